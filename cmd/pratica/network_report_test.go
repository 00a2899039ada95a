package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/reports"
)

// TestNetworkReportInWords: what is hidden is a dash, what leaves months out says so.
func TestNetworkReportInWords(t *testing.T) {
	at, files, cents := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), 12, int64(1_234_56)
	r := reports.Report{From: "2026-10", To: "2026-11", AsOf: &at, Total: reports.Cell{Files: &files, AmountCents: &cents, Partial: true},
		ByAgency: []reports.AgencyCell{{Name: "Agenzia a", Cell: reports.Cell{Hidden: true}}}}
	var out strings.Builder
	must(t, NetworkReportCmd{}.write(&out, r))
	for _, want := range []string{"12+", "1234.56 €", "agency       Agenzia a  -"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	r.AsOf = nil
	must(t, NetworkReportCmd{}.write(&out, r))
	if !strings.Contains(out.String(), "Nothing is counted") {
		t.Errorf("without a count: %s", out.String())
	}
}
