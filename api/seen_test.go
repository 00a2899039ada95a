package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestAccessLog: a person reads in the portal who was shown their data and how: on a page, in a short list, in a support view, at a lender;
// of what was shown of others they read nothing, nor of what was refused to themself.
func TestAccessLog(t *testing.T) {
	s := newSite(t)
	admin, broker, office := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "back_office")
	one, other := s.applicant(t, s.A), s.applicant(t, s.A)
	file := broker.do("POST", "/applications", asked).want(201).str("id")
	broker.do("POST", "/applications/"+file+"/parties", m{"subject_id": one.id, "role_type": "applicant"}).want(201)
	lender := admin.do("POST", "/lenders", m{"key": "aurora", "name": "Banca Aurora", "agreement_from": "2026-01-01"}).want(201).str("id")
	sent := broker.do("POST", "/applications/"+file+"/submissions", m{"lender_id": lender}, "Idempotency-Key: sent").want(201).str("id")

	lines := func(by *applicant) string {
		t.Helper()
		var out []string
		for _, l := range by.do("GET", "/portal/access-log?limit=100", nil).want(200).items() {
			out = append(out, fmt.Sprint(l["by"].(m)["en"], " ", l["action"].(m)["en"], " (", l["about"], ", ", l["why"].(m)["en"], ")"))
		}
		return strings.Join(out, "\n")
	}
	const listed = "the back office shown in a list or a search (person, "
	if got := lines(one); strings.Contains(got, listed) || strings.Contains(got, "support") || !strings.Contains(got, "a broker prepared for a lender: Banca Aurora (file, ") {
		t.Errorf("before anybody looked:\n%s", got)
	}

	name := one.do("GET", "/portal/me", nil).want(200).str("display_name")
	query := "/subjects?q=" + strings.ReplaceAll(name, " ", "%20")
	for range 2 { // typing asks again
		if found := office.do("GET", query, nil).want(200).items(); len(found) != 1 || found[0]["id"] != one.id {
			t.Fatalf("the search found %v", found)
		}
	}
	if got := lines(one); strings.Count(got, listed) != 1 {
		t.Errorf("a search that found the person:\n%s", got)
	}
	if got := lines(other); strings.Contains(got, listed) {
		t.Errorf("somebody a search did not find:\n%s", got)
	}

	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	admin.do("POST", s.askedFor(network)+"/approve", nil).want(200)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	for _, path := range []string{"/subjects/" + one.id, "/applications/" + file, "/submissions/" + sent, query} {
		network.do("GET", path, nil)
	}
	network.do("PATCH", "/subjects/"+one.id, m{"last_name": "X"}, `If-Match: "1"`).want(403)
	const why = ", help to the agency by its network)"
	got := lines(one)
	for _, want := range []string{"asked to see (person", "asked to see (file", "asked to see: Banca Aurora (file"} {
		if strings.Count(got, "support of the network "+want+why) != 1 {
			t.Errorf("the log lacks, or has twice, support that %s:\n%s", want, got)
		}
	}
	if strings.Count(got, "support of the network") != 3 || strings.Contains(lines(other), "support of the network") {
		t.Errorf("support:\n%s\nand to the other:\n%s", got, lines(other))
	}

	must(t, s.deps.Federation.Refused(t.Context(), tenancy.Owner{Agency: s.A.ID, By: one.id}, "portal.scope", "GET /portal/me", "req"))
	if n, err := s.Raw(t, "", `select count(*)::text from audit_entries where action = 'access.refused' and ref = $1`, one.id); err != nil || n != "1" {
		t.Fatalf("nothing was refused: %s %v", n, err)
	}
	if got := lines(one); strings.Contains(got, "refused") {
		t.Errorf("what was refused to the person is no reading:\n%s", got)
	}

	admin.do("POST", "/roles", m{"key": "junior", "title": m{"it": "Apprendista", "en": "Junior"}, "parent": "broker", "rules": []m{}}).want(201)
	s.Exec(t, `update members set roles = '{junior}' where tenant_id = $1 and 'back_office' = any(roles)`, s.A.ID)
	if got := lines(one); !strings.Contains(got, "a broker shown in a list") {
		t.Errorf("an own role is told by the role it is made from:\n%s", got)
	}
	s.Exec(t, `delete from members where tenant_id = $1 and 'junior' = any(roles)`, s.A.ID)
	if got := lines(one); !strings.Contains(got, "a person of the agency shown in a list") {
		t.Errorf("who has left the agency:\n%s", got)
	}
}
