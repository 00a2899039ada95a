package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/creditreports"
)

func creditReportRoutes(d Deps) []Route {
	s := d.CreditReports
	return []Route{
		on("GET", "/subjects/{id}/credit-reports", "credit_reports.read", "Credit reports on a person, the newest first; what they say to whoever may see it", func(ctx context.Context, c Call, in *SubjectPath) (list[creditreports.Report], error) {
			return listOf(s.Of(ctx, c.Scope, in.ID))
		}),
		on("POST", "/subjects/{id}/credit-reports", "credit_reports.buy", "Buy a credit report at the price that was shown", func(ctx context.Context, c Call, in *struct {
			SubjectPath
			Body creditreports.Input
		}) (creditreports.Report, error) {
			return s.Buy(ctx, c.Scope, in.ID, in.Body)
		}).created().once(),
	}
}
