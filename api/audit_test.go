package api_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
)

// TestAuditRoutes: the trail is listed by whatever narrows it, in pages; its proof leads from one entry to the next; its export
// verifies; and reading it takes the permission.
func TestAuditRoutes(t *testing.T) {
	s := newSite(t)
	admin, broker := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker")
	rossi := broker.do("POST", "/subjects", person("Rossi", 2_600_00)).want(201).str("id")
	s.Clock.Advance(time.Hour)
	bianchi := broker.do("POST", "/subjects", person("Bianchi", 2_600_00)).want(201).str("id")
	key := &caller{t: t, site: s, key: admin.do("POST", "/api-keys", map[string]any{"name": "machine", "roles": []string{"broker"}}).want(201).str("secret")}
	key.do("GET", "/subjects/"+rossi, nil).want(200)
	broker.do("GET", "/search?q="+person("Rossi", 1)["tax_code"].(string), nil).want(200)
	broker.do("GET", "/subjects?q=rssmra85", nil).want(200)
	broker.do("GET", "/search?q=Rossi", nil).want(200)
	broker.do("GET", "/subjects/"+strings.Replace(rossi, "sub_0", "sub_1", 1), nil).want(404)
	s.as(t, s.A, "read_only").do("GET", "/subjects", nil).want(200)

	list := func(query string) (done []string, all []map[string]any) {
		t.Helper()
		all = admin.do("GET", "/audit"+query, nil).want(200).items()
		for _, e := range all {
			done = append(done, fmt.Sprint(e["seq"], " ", e["action"]))
		}
		return done, all
	}
	whole := "9 subject.listed, 8 subject.listed, 7 subjects.listed, 6 search.tax_code, 5 search.tax_code, 4 subject.seen, 3 api_key.created, 2 subject.created, 1 subject.created"
	_, entries := list("")
	named := entries[:2]
	entries = entries[2:]
	if named[0]["ref"] != rossi || named[1]["ref"] != bianchi || !strings.HasPrefix(fmt.Sprint(named[0]["detail"]), "map[groups:identifiers contacts bank risk income") {
		t.Errorf("who was in the list: %v", named)
	}
	second := entries[5]
	for query, want := range map[string]string{
		"":                     whole,
		"?ref=" + rossi:        "9 subject.listed, 4 subject.seen, 1 subject.created",
		"?ref=" + bianchi:      "8 subject.listed, 2 subject.created",
		"?action=subject.seen": "4 subject.seen",
		"?action=none":         "",
		"?actor=" + fmt.Sprint(entries[5]["actor_id"]):                                          "6 search.tax_code, 5 search.tax_code, 2 subject.created, 1 subject.created",
		"?actor=" + fmt.Sprint(entries[3]["actor_id"]):                                          "4 subject.seen",
		"?to=" + url.QueryEscape(fmt.Sprint(second["at"])):                                      "1 subject.created",
		"?action=subject.created&from=" + url.QueryEscape(fmt.Sprint(second["at"])):             "2 subject.created",
		"?action=subject.created&ref=" + rossi + "&actor=" + fmt.Sprint(entries[3]["actor_id"]): "",
	} {
		if got, _ := list(query); strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	if d := fmt.Sprint(entries[3]["detail"]); d != "map[groups:identifiers contacts bank risk income liabilities identity_documents health legal]" || !strings.HasPrefix(fmt.Sprint(entries[3]["actor_id"]), "key_") {
		t.Errorf("the page was seen as %v", entries[3])
	}
	if d := fmt.Sprint(entries[0]["detail"]); d != "map[groups:identifiers contacts bank risk income liabilities identity_documents]" {
		t.Errorf("who is not shown health and legal matters was noted with %v", d)
	}
	if strings.Contains(strings.ToLower(string(admin.do("GET", "/audit", nil).raw)), "rssmra") {
		t.Error("the code that was searched for is in the trail")
	}
	admin.do("GET", "/audit?from=yesterday", nil).want(422)
	var paged []string
	for query := "?limit=2"; query != ""; {
		page := admin.do("GET", "/audit"+query, nil).want(200)
		for _, e := range page.items() {
			paged = append(paged, fmt.Sprint(e["seq"], " ", e["action"]))
		}
		query = ""
		if next, ok := page.body["next_cursor"].(string); ok {
			query = "?limit=2&cursor=" + next
		}
	}
	if got := strings.Join(paged, ", "); got != whole {
		t.Errorf("in pages: %s", got)
	}

	if p := admin.do("GET", "/audit/proof?from=2&limit=3", nil).want(200); p.body["checkpoint"] != nil || fmt.Sprint(p.body["next"]) != "5" || len(p.body["entries"].([]any)) != 3 {
		t.Errorf("a range: %s", p.raw)
	}
	must(t, s.deps.Audit.SealAll(t.Context()))
	broker.do("GET", "/subjects/"+rossi, nil).want(200)
	p := admin.do("GET", "/audit/proof", nil).want(200)
	since := p.body["entries"].([]any)
	if seq := p.body["checkpoint"].(map[string]any)["seq"]; seq != 9.0 || len(since) != 1 || since[0].(map[string]any)["previous"] != p.body["checkpoint"].(map[string]any)["hash"] {
		t.Errorf("since the checkpoint: %s", p.raw)
	}
	admin.do("GET", "/audit/proof?from=3&to=2", nil).code(422, "audit.range")

	export := admin.do("GET", "/audit/export", nil).want(200)
	r, err := audit.VerifyFile(bytes.NewReader(export.raw), nil)
	if err != nil || len(r.Findings) != 0 || r.Entries != 11 || r.SealedTo != 11 || !strings.Contains(string(export.raw), `"action":"audit.exported"`) {
		t.Errorf("%+v %v", r, err)
	}
	for _, path := range []string{"/audit", "/audit/proof", "/audit/export"} {
		broker.do("GET", path, nil).code(403, "access.denied")
	}
	if other := s.as(t, s.B, "agency_admin"); len(other.do("GET", "/audit", nil).want(200).items()) != 0 || len(other.do("GET", "/audit/proof?from=1", nil).want(200).body["entries"].([]any)) != 0 {
		t.Error("B sees A's trail")
	}
}
