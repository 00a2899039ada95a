package api

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/reports"
)

type reportQuery struct {
	NetworkPath
	From string `query:"from" maxLength:"7" doc:"First month in which files were opened, as 2026-01; eleven months before the last when absent"`
	To   string `query:"to" maxLength:"7" doc:"Last month; the present one when absent"`
}

// reportRoutes are a network's aggregates; there is no route by which it reads a row of an agency.
func reportRoutes(d Deps) []Route {
	return []Route{
		Endpoint[reportQuery, reports.Report]{Method: "GET", Path: "/networks/{id}/report", Summary: "What the files of a network's agencies come to; nothing of fewer than five files", For: Networks, Action: "networks.read",
			Do: func(ctx context.Context, c Call, in *reportQuery) (reports.Report, error) {
				return d.Reports.Read(ctx, d.network(c, in.ID, "networks.read"), in.From, in.To)
			}},
		Raw{Method: "GET", Path: base + "/networks/{id}/report.csv", For: Networks, Action: "networks.read", Summary: "The same as a table", Serve: d.reportTable},
	}
}

func (d Deps) reportTable(w http.ResponseWriter, r *http.Request, c Call) error {
	id, err := ident.ParseNetwork(mux.Vars(r)["id"])
	if err != nil {
		return fault.Missing("network")
	}
	q := r.URL.Query()
	report, err := d.Reports.Read(r.Context(), d.network(c, id, "networks.read"), q.Get("from"), q.Get("to"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="report-`+report.From+`-`+report.To+`.csv"`)
	return report.CSV(w)
}
