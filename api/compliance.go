package api

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/compliance"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
)

// SuspicionPath names a suspicion report in the address. Exported because huma reads embedded fields only then.
type SuspicionPath struct {
	ID ident.SuspicionID `path:"id"`
}

type suspicionBody struct{ Body compliance.Input }

type suspicionPatch struct {
	SuspicionPath
	Body map[string]json.RawMessage
}

func complianceRoutes(d Deps) []Route {
	const action = "compliance.report"
	return []Route{
		on("GET", "/suspicion-reports", action, "Suspicious-transaction reports, the newest first", func(ctx context.Context, c Call, in *page.Query) (page.Page[compliance.Report], error) {
			return d.Compliance.List(ctx, c.Scope, *in)
		}),
		on("POST", "/suspicion-reports", action, "Write a suspicious-transaction report", func(ctx context.Context, c Call, in *suspicionBody) (compliance.Report, error) {
			return d.Compliance.Create(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/suspicion-reports/{id}", action, "A suspicious-transaction report", func(ctx context.Context, c Call, in *SuspicionPath) (compliance.Report, error) {
			return d.Compliance.Get(ctx, c.Scope, in.ID)
		}),
		on("PATCH", "/suspicion-reports/{id}", action, "Change a report, or say that it was sent or archived (merge patch)", func(ctx context.Context, c Call, in *suspicionPatch) (compliance.Report, error) {
			return d.Compliance.Change(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("GET", "/suspicion-trail", action, "Who did what with suspicious-transaction reports, the newest first", func(ctx context.Context, c Call, in *audit.Filter) (page.Page[audit.Entry], error) {
			return d.Compliance.Trail(ctx, c.Scope, *in)
		}),
	}
}
