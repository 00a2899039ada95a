package api_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/reports"
)

// TestNetworkReport: a network reads its figures as JSON and as a table; nobody else finds them.
func TestNetworkReport(t *testing.T) {
	s := newSite(t)
	elsewhere, _ := s.Elsewhere(t)
	broker := s.as(t, s.A, "broker")
	for range 5 {
		broker.do("POST", "/applications", asked).want(201)
	}
	s.as(t, s.B, "broker").do("POST", "/applications", asked).want(201)
	_, err := (&reports.Keeper{Operator: s.Operator}).Once(t.Context(), s.Clock.Now())
	must(t, err)
	network, path := &caller{t: t, site: s, cookie: s.NetworkToken(t)}, "/networks/"+s.Network.String()+"/report"
	r := network.do("GET", path, nil).want(200)
	total := r.body["total"].(map[string]any)
	if total["files"] != 6.0 || total["hidden"] != false {
		t.Errorf("total %v", total)
	}
	for _, a := range r.body["by_agency"].([]any) { // B's one file, and A's: six minus five would tell it
		if a := a.(map[string]any); a["files"] != nil || a["amount_cents"] != nil || a["hidden"] != true {
			t.Errorf("shown: %v", a)
		}
	}
	table := network.do("GET", path+".csv?from=2026-11&to=2026-11", nil).want(200)
	lines, err := csv.NewReader(strings.NewReader(string(table.raw))).ReadAll()
	must(t, err)
	if table.Header.Get("Content-Disposition") != `attachment; filename="report-2026-11-2026-11.csv"` || lines[1][0] != "total" || lines[1][3] != "6" {
		t.Errorf("%v %v", table.Header, lines[1])
	}
	network.do("GET", path+"?from=2026-12&to=2026-11", nil).code(422, "report.range")
	network.do("GET", path+".csv?from=%0a", nil).code(422, "report.range")
	network.do("GET", "/networks/net_x/report.csv", nil).code(404, "network.not_found")
	for _, other := range []*caller{s.as(t, s.A, "agency_admin"), {t: t, site: s, cookie: elsewhere.NetworkToken(t)}} {
		other.do("GET", path, nil).code(404, "network.not_found")
		other.do("GET", path+".csv", nil).code(404, "network.not_found")
	}
}
