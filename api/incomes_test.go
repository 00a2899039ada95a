package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/audit"
)

// TestIncomesOnFiles: a page of a file that opens tax codes or incomes in clear is in the trail, once a quarter of an hour for each reader;
// whoever may not be shown incomes is shown the ratio only, whoever may not see people no tax code, and what is shown to nobody leaves
// nothing; nor does a file nobody is in. A search shows no tax code. A support view is shown no income.
func TestIncomesOnFiles(t *testing.T) {
	s := newSite(t)
	admin, broker, office := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "back_office")
	admin.rules("back_office", m{"action": "subjects.read_income", "effect": "deny"})
	file := broker.do("POST", "/applications", asked).want(201).str("id")
	path := "/applications/" + file
	notes := func() string {
		n, err := s.Raw(t, "", `select string_agg(concat(detail->>'groups', ' by ', actor_id), ', ' order by at, id) from audit_entries where action in ('application.seen', 'application.incomes_seen') and ref = $1`, file)
		must(t, err)
		return n
	}
	read := func(by *caller) (file, ratios answer) {
		file = by.do("GET", path, nil).want(200)
		by.do("GET", path+"/parties", nil).want(200)
		return file, by.do("GET", path+"/ratios", nil).want(200)
	}
	read(broker)
	if got := notes(); got != "" {
		t.Errorf("a file nobody is in: %s", got)
	}
	code := person("Rossi", 2_617_23)["tax_code"].(string)
	who := broker.do("POST", "/subjects", person("Rossi", 2_617_23)).want(201).str("id")
	broker.do("POST", path+"/parties", map[string]any{"subject_id": who, "role_type": "applicant"}).want(201)

	seen, ratios := read(office)
	for _, a := range []answer{seen, ratios} {
		if strings.Contains(string(a.raw), "261723") {
			t.Errorf("an income is shown: %s", a.raw)
		}
	}
	if seen.body["dti_bps"] == nil || ratios.body["dti"].(m)["result_bps"] == nil {
		t.Errorf("the ratio is the file's, and not shown: %s %s", seen.raw, ratios.raw)
	}
	if len(seen.body["masked"].([]any)) != 1 || !strings.Contains(string(seen.raw), code) {
		t.Errorf("tax codes are not taken with incomes: %s", seen.raw)
	}
	theirs := "identifiers by " + office.id().(string)
	if got := notes(); got != theirs {
		t.Errorf("who is shown tax codes alone: %s, want %s", got, theirs)
	}
	narrow := &caller{t: t, site: s, key: admin.do("POST", "/api-keys", m{"name": "narrow", "roles": []string{"broker"}, "actions": []string{"applications.read"}}).want(201).str("secret")}
	narrow.do("GET", "/subjects/"+who, nil).want(403)
	for _, page := range []string{path, path + "/parties"} {
		if a := narrow.do("GET", page, nil).want(200); strings.Contains(string(a.raw), code) || !strings.Contains(string(a.raw), who) {
			t.Errorf("%s tells who may not see people a tax code: %s", page, a.raw)
		}
	}
	if got := notes(); got != theirs {
		t.Errorf("who is shown neither: %s", got)
	}
	if a := broker.do("GET", "/search?q=Rossi", nil).want(200); strings.Contains(string(a.raw), code) || !strings.Contains(string(a.raw), who) {
		t.Errorf("a search tells a tax code: %s", a.raw)
	}
	me := broker.id().(string)
	look := ", identifiers income by " + me + ", income by " + me
	for i, want := range []string{theirs + look, theirs + look, theirs + look + look} {
		if i == 2 {
			s.Clock.Advance(audit.SeenEvery)
		}
		if seen, _ := read(broker); !strings.Contains(string(seen.raw), "261723") {
			t.Fatalf("no income to be noted: %s", seen.raw)
		}
		if got := notes(); got != want {
			t.Errorf("look %d: %q, want %q", i, got, want)
		}
	}

	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	admin.do("POST", s.askedFor(network)+"/approve", nil).want(200)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	for _, page := range []string{path, "/applications", "/applications/board", path + "/events"} {
		ratio := fmt.Sprint(int(seen.body["dti_bps"].(float64)))
		if a := network.do("GET", page, nil).want(200); strings.Contains(string(a.raw), `"dti_bps":`+ratio) || strings.Contains(string(a.raw), `"value":`+ratio) {
			t.Errorf("%s shows a support view the ratio: %s", page, a.raw)
		}
	}
}
