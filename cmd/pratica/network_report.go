package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/reports"
)

// NetworkReportCmd shows what GET /networks/{id}/report answers; figures below five are hidden here too.
type NetworkReportCmd struct {
	Network string `required:"" help:"Id of the network (net_…)."`
	From    string `help:"First month in which files were opened, as 2026-01; eleven months before the last when absent."`
	To      string `help:"Last month; the present one when absent."`
	Format  string `help:"How to write it." enum:"text,csv,json" default:"text"`
}

// Run reads the report and writes it to standard output.
func (c NetworkReportCmd) Run(ctx context.Context, cfg Config) error {
	network, err := ident.ParseNetwork(c.Network)
	if err != nil {
		return fault.Missing("network")
	}
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	months, err := reports.ParseRange(c.From, c.To, a.now())
	if err != nil {
		return err
	}
	r, err := reports.ReadAs(ctx, a.operator, network, months)
	if err != nil {
		return err
	}
	if len(r.ByAgency) == 0 {
		return fault.New(fault.NotFound, "network.no_agencies", "There is no such network, or it has no agencies yet.")
	}
	return c.write(os.Stdout, r)
}

func (c NetworkReportCmd) write(w io.Writer, r reports.Report) error {
	switch c.Format {
	case "csv":
		return r.CSV(w)
	case "json":
		return json.NewEncoder(w).Encode(r)
	}
	if r.AsOf == nil {
		_, err := fmt.Fprintf(w, "Nothing is counted for files opened from %s to %s yet; the worker counts every half minute.\n", r.From, r.To)
		return err
	}
	_, _ = fmt.Fprintf(w, "files opened from %s to %s, as of %s; - is fewer than five, or would tell such a figure; + periods in which it is hidden are not in it\n\n", r.From, r.To, r.AsOf.Format(time.RFC3339))
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	line := func(what, name string, files *int, cents *int64, partial bool) {
		if files == nil {
			_, _ = fmt.Fprintf(t, "%s\t%s\t-\t-\n", what, name)
			return
		}
		more := ""
		if partial {
			more = "+"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d%s\t%d.%02d €\n", what, name, *files, more, *cents/100, *cents%100)
	}
	cell := func(what, name string, c reports.Cell) { line(what, name, c.Files, c.AmountCents, c.Partial) }
	cell("total", "", r.Total)
	for _, c := range r.ByOutcome {
		cell("outcome", c.Key, c.Cell)
	}
	for _, c := range r.ByState {
		cell("state", c.State, c.Cell)
	}
	for _, c := range r.ByAgency {
		cell("agency", c.Name, c.Cell)
	}
	for _, c := range r.ByProduct {
		cell("product", c.Key, c.Cell)
	}
	for _, c := range r.ByPurpose {
		cell("purpose", c.Key, c.Cell)
	}
	for _, c := range r.Ageing {
		cell("days in state", c.Key, c.Cell)
	}
	f := r.Commissions.Total
	line("commissions", "", f.Files, f.FeeCents, f.Partial)
	for _, c := range r.Commissions.ByAgency {
		line("commissions", c.Name, c.Files, c.FeeCents, c.Partial)
	}
	return t.Flush()
}
