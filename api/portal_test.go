package api_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/privacy"
)

// applicant is a person of an agency's files, in the portal.
type applicant struct {
	caller
	id, email, link, token string
}

func (a *applicant) headers() []string { return []string{"Cookie: pratica_portal=" + a.token} }

func (a *applicant) do(method, path string, body any, headers ...string) answer {
	a.t.Helper()
	return a.caller.do(method, path, body, append(a.headers(), headers...)...)
}

var applicants int

// applicant invites somebody new of an agency, and opens the link.
func (s *site) applicant(t *testing.T, a *coretest.Agency) *applicant {
	t.Helper()
	applicants++
	broker := s.as(t, a, "broker")
	data := person(fmt.Sprintf("Ospite%c", 'a'+applicants), 2_600_00)
	data["email"], data["tax_code"] = fmt.Sprintf("ospite%d@people.test", applicants), nil
	p := &applicant{caller: caller{t: t, site: s}, id: broker.do("POST", "/subjects", data).want(201).str("id"), email: data["email"].(string)}
	p.enter(broker)
	return p
}

// enter invites the person again, and opens the mailed link.
func (a *applicant) enter(broker *caller) {
	a.t.Helper()
	broker.do("POST", "/subjects/"+a.id+"/portal-access", nil).want(201)
	mail, err := a.site.Raw(a.t, "", `select payload->>'text' from outbox where topic = 'mail' and ref = $1 order by id desc limit 1`, a.id)
	must(a.t, err)
	_, rest, found := strings.Cut(mail, "/portal#")
	if !found || !strings.Contains(mail, "area riservata") || !strings.Contains(mail, "your own area") {
		a.t.Fatalf("the mail: %s", mail)
	}
	a.link = strings.Fields(rest)[0]
	for range 2 { // looking spends nothing
		if l := a.caller.do("POST", "/portal/link", map[string]any{"token": a.link}).want(200); l.str("state") != "open" || l.str("agency") == "" {
			a.t.Errorf("the link: %s", l.raw)
		}
	}
	opened := a.caller.do("POST", "/portal/session", map[string]any{"token": a.link}).want(204)
	cookie := opened.Header.Get("Set-Cookie")
	for _, want := range []string{"pratica_portal=", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			a.t.Errorf("the cookie %s lacks %s", cookie, want)
		}
	}
	_, rest, _ = strings.Cut(cookie, "pratica_portal=")
	a.token, _, _ = strings.Cut(rest, ";")
}

// TestPortal: what a person in the portal sees and may do; every route of it shows one nothing of another, in the same agency or not.
func TestPortal(t *testing.T) {
	s := newSite(t)
	broker, compliance := s.as(t, s.A, "broker"), s.as(t, s.A, "compliance_officer")
	one, other, foreign := s.applicant(t, s.A), s.applicant(t, s.A), s.applicant(t, s.B)
	file := func(by *caller, people ...*applicant) string {
		id := by.do("POST", "/applications", asked).want(201).str("id")
		for _, p := range people {
			by.do("POST", "/applications/"+id+"/parties", map[string]any{"subject_id": p.id, "role_type": "applicant"}).want(201)
		}
		return id
	}
	both, hers, theirs := file(broker, one, other), file(broker, other), file(s.as(t, s.B, "broker"), foreign)
	compliance.do("POST", "/subjects/"+one.id+"/risk", map[string]any{"risk_profile": "low"}, compliance.do("GET", "/subjects/"+one.id, nil).want(200).match()).want(200)

	me := one.do("GET", "/portal/me", nil).want(200)
	if me.str("agency") != "Agenzia a" || !strings.HasPrefix(me.str("display_name"), "Ospite") || len(me.body) != 9 {
		t.Errorf("me: %s", me.raw)
	}
	if files := one.do("GET", "/portal/files", nil).want(200).items(); len(files) != 1 || files[0]["id"] != both || files[0]["stage"].(map[string]any)["it"] != "Prefattibilità" {
		t.Errorf("files: %v", files)
	}
	if asked := one.do("GET", "/portal/asked", nil).want(200).items(); len(asked) < 3 || asked[0]["kind"] != "identity" || asked[0]["state"] != "missing" {
		t.Errorf("asked for: %v", asked)
	}
	one.do("POST", "/portal/consents", map[string]any{"purpose": "marketing", "state": "given"}).want(200)
	one.do("POST", "/portal/consents", map[string]any{"purpose": "aml", "state": "withdrawn"}).code(422, "consent.purpose")
	ledger := broker.do("GET", "/subjects/"+one.id+"/consents", nil).want(200)
	if line := ledger.body["ledger"].([]any)[0].(map[string]any); line["channel"] != "portal" || line["actor_id"] != one.id {
		t.Errorf("the ledger: %s", ledger.raw)
	}
	log := one.do("GET", "/portal/access-log", nil).want(200)
	for _, want := range []string{"la compliance", "un consulente", "valutato", "Antiriciclaggio"} {
		if !strings.Contains(string(log.raw), want) {
			t.Errorf("the access log lacks %q: %s", want, log.raw)
		}
	}
	one.pages(t, "/portal/access-log", log)
	if strings.Contains(string(log.raw), "compliance_officer a") || strings.Contains(string(log.raw), "usr_") {
		t.Errorf("the access log names somebody: %s", log.raw)
	}
	for _, p := range []*applicant{one, other, foreign} {
		p.do("POST", "/portal/requests", map[string]any{"kind": "access"}).want(201)
	}
	if open := compliance.do("GET", "/privacy/requests", nil).want(200).items(); len(open) != 2 || open[0]["state"] != "open" {
		t.Errorf("compliance has %v", open)
	}

	exports := map[*applicant]string{}
	for p, by := range map[*applicant]*caller{one: compliance, other: compliance, foreign: s.as(t, s.B, "compliance_officer")} {
		by.do("POST", "/subjects/"+p.id+"/exports", map[string]any{"locale": "it"}).want(202)
		s.work(t)
		exports[p] = by.do("GET", "/subjects/"+p.id+"/exports", nil).want(200).items()[0]["id"].(string)
	}
	if left := compliance.do("GET", "/privacy/requests", nil).want(200).items(); left[0]["state"] != "done" {
		t.Errorf("a copy answers the request: %v", left)
	}
	open := one.do("POST", "/portal/exports/"+exports[one]+"/link", map[string]any{"format": "json"}).want(200).str("url")
	if copied := one.do("GET", open, nil).want(200); copied.body["schema"] != privacy.Schema || copied.Header.Get("Content-Disposition") == "" {
		t.Errorf("the copy: %.200s", copied.raw)
	}

	consents := map[*applicant]string{one: s.atBank(t, s.A, both, one), other: s.atBank(t, s.A, both, other), foreign: s.atBank(t, s.B, theirs, foreign)}

	if mine := one.do("GET", "/portal/bank-consents", nil).want(200).items(); len(mine) != 1 || mine[0]["id"] != consents[one] || mine[0]["state"] != "asked" || mine[0]["link"].(map[string]any)["stand"] != "ask" {
		t.Errorf("consents at banks: %v", mine)
	}

	// One walks every route of the portal: what belongs to the others is in no answer, and by their ids nothing is found.
	secrets := []string{other.id, foreign.id, hers, theirs, exports[other], exports[foreign], consents[other], consents[foreign], other.email, foreign.email}
	walked := 0
	for _, r := range api.Table(api.Deps{}) {
		if r.For != api.Applicants || strings.HasSuffix(r.Path, "/logout") {
			continue
		}
		walked++
		ids := exports
		if strings.Contains(r.Path, "/bank-consents/") {
			ids = consents
		}
		var body any
		switch {
		case strings.HasSuffix(r.Path, "/consents") && r.Method == http.MethodPost:
			body = map[string]any{"purpose": "insurance", "state": "given"}
		case strings.HasSuffix(r.Path, "/requests"):
			body = map[string]any{"kind": "erasure"}
		case strings.HasSuffix(r.Path, "/link"):
			body = map[string]any{"format": "pdf"}
		}
		if !strings.Contains(r.Path, "{") {
			a := one.do(r.Method, r.Path, body)
			if a.Status > 299 {
				t.Errorf("%s: %d %s", a.what, a.Status, a.raw)
			}
			for _, secret := range secrets {
				if strings.Contains(string(a.raw), secret) {
					t.Errorf("%s tells %s", a.what, secret)
				}
			}
		}
		for _, stranger := range []*applicant{other, foreign} {
			path := strings.NewReplacer("{id}", ids[stranger], "/open/{token}", strings.TrimPrefix(open, "/api/v1/portal/exports")).Replace(r.Path)
			if path == r.Path {
				continue
			}
			by := one
			if strings.Contains(r.Path, "{token}") { // one's own link, in another's hands
				by = stranger
			}
			if a := by.do(r.Method, path, body); a.Status != 404 {
				t.Errorf("%s: %d, want 404: %s", a.what, a.Status, a.raw)
			}
		}
		// Without a visit, with a member's session, and with a session of the portal where members work: nothing opens.
		for who, a := range map[string]answer{
			"nobody":   (&caller{t: t, site: s}).do(r.Method, strings.ReplaceAll(r.Path, "{id}", ids[one]), body),
			"a member": compliance.do(r.Method, strings.ReplaceAll(r.Path, "{id}", ids[one]), body),
		} {
			if a.Status != 401 {
				t.Errorf("%s by %s: %d", a.what, who, a.Status)
			}
		}
	}
	if walked < 8 {
		t.Errorf("only %d routes were walked", walked)
	}
	for _, path := range []string{"/subjects", "/subjects/" + one.id, "/applications/" + both, "/me", "/audit", "/privacy/register"} {
		one.do("GET", path, nil).want(401)
		one.do("GET", path, nil, "Authorization: Bearer "+one.token).want(401)
	}
}

// atBank asks a person of a file to let their accounts be read.
func (s *site) atBank(t *testing.T, a *coretest.Agency, app string, p *applicant) string {
	t.Helper()
	connection := ident.NewConnection()
	s.Exec(t, `insert into connections (tenant_id, id, connector, name, created_at) values ($1, $2, 'outside', 'Outside', now())`, a.ID, connection)
	return s.as(t, a, "broker").do("POST", "/subjects/"+p.id+"/bank-consents", map[string]any{"application_id": app, "connection_id": connection.String(), "institution": "", "institution_name": "Banca " + p.id,
		"valid_until": calendar.Of(s.Clock.Now()).AddDays(90).String()}, "Idempotency-Key: at a bank "+p.id).want(201).str("id")
}

// pages walks a list two by two: the same lines in the same order, none twice.
func (a *applicant) pages(t *testing.T, path string, whole answer) {
	t.Helper()
	var lines []any
	for cursor := "limit=2"; cursor != ""; {
		got := a.do("GET", path+"?"+cursor, nil).want(200)
		lines = append(lines, got.body["items"].([]any)...)
		cursor = ""
		if next, more := got.body["next_cursor"].(string); more {
			cursor = "limit=2&cursor=" + next
		}
	}
	if all := whole.body["items"].([]any); len(all) < 5 || !reflect.DeepEqual(lines, all) {
		t.Errorf("%s, two by two: %v\nwhole: %v", path, lines, all)
	}
}

// TestPortalErasure: what an erasure would do is told before it is asked for, and nothing of what compliance keeps to itself.
func TestPortalErasure(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	one := s.applicant(t, s.A)
	plan := func() map[string]any { return one.do("GET", "/portal/erasure", nil).want(200).body }
	goes := func(title string) any {
		for _, d := range plan()["data"].([]any) {
			if line := d.(map[string]any); line["title"].(map[string]any)["en"] == title {
				return line["goes"]
			}
		}
		return nil
	}
	if p := plan(); len(p["open"].([]any)) != 0 || goes("Name and civil data") != true {
		t.Errorf("nothing keeps them: %v", p)
	}
	file := broker.do("POST", "/applications", asked).want(201)
	broker.do("POST", "/applications/"+file.str("id")+"/parties", map[string]any{"subject_id": one.id, "role_type": "applicant"}).want(201)
	before := plan()
	if !reflect.DeepEqual(before["open"], []any{file.str("number")}) || goes("Name and civil data") != false || goes("Marital status") == false {
		t.Errorf("with a file under way: %v", before)
	}
	s.as(t, s.A, "compliance_officer").do("POST", "/suspicion-reports", map[string]any{"subject_id": one.id, "reason": "Versamenti in contanti"}).want(201)
	if after := plan(); !reflect.DeepEqual(after, before) {
		t.Errorf("a report shows: %v", after)
	}
}

// TestPortalEnds: a link opens once, a new invitation ends the visit before, and so do leaving, half an hour without use, and restriction.
func TestPortalEnds(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	a := s.applicant(t, s.A)
	nobody := &caller{t: t, site: s}
	nobody.do("POST", "/portal/session", map[string]any{"token": a.link}).code(401, "portal.link")
	nobody.do("POST", "/portal/session", map[string]any{"token": "x"}).code(401, "portal.link")
	stands := func(want string) {
		t.Helper()
		if l := nobody.do("POST", "/portal/link", map[string]any{"token": a.link}).want(200); l.str("state") != want || l.str("agency") != "Agenzia a" {
			t.Errorf("the link is %s, want %s", l.raw, want)
		}
	}
	stands("used")
	nobody.do("POST", "/portal/link", map[string]any{"token": "x"}).code(401, "portal.link")
	before := *a
	a.enter(broker)
	before.do("GET", "/portal/me", nil).code(401, "portal.ended")
	a.do("GET", "/portal/me", nil).want(200)
	a.do("POST", "/portal/logout", nil).want(204)
	a.do("GET", "/portal/me", nil).code(401, "portal.ended")
	a.enter(broker)
	s.Exec(t, `update portal_accesses set seen_at = now() - interval '31 minutes' where ended_at is null`)
	a.do("GET", "/portal/me", nil).code(401, "portal.ended")
	broker.do("POST", "/subjects/"+a.id+"/portal-access", nil).want(201)
	s.Exec(t, `update portal_accesses set link_until = now() - interval '1 minute' where opened_at is null`)
	a.do("POST", "/portal/session", map[string]any{"token": a.link}).code(401, "portal.link")
	a.enter(broker)
	s.Exec(t, `update portal_accesses set opened_at = null, link_until = now() - interval '1 minute' where ended_at is null`)
	stands("expired")
	s.as(t, s.A, "compliance_officer").do("POST", "/subjects/"+a.id+"/erasure", map[string]any{"reason": "objection"}).want(200)
	nobody.do("POST", "/portal/link", map[string]any{"token": a.link}).code(401, "portal.link") // of somebody who is locked away nothing is told
	a.do("GET", "/portal/me", nil).code(401, "portal.ended")
	mute := broker.do("POST", "/subjects", person("Senzaposta", 2_600_00)).want(201).str("id")
	broker.do("POST", "/subjects/"+mute+"/portal-access", nil).code(409, "portal.no_email")
}

// TestPrivacyRoles: what is dangerous needs the permission and a recent proof; papers come in both languages.
func TestPrivacyRoles(t *testing.T) {
	s := newSite(t)
	broker, compliance := s.as(t, s.A, "broker"), s.as(t, s.A, "compliance_officer")
	who := "/subjects/" + broker.do("POST", "/subjects", person("Rossi", 2_600_00)).want(201).str("id")
	for path, body := range map[string]any{"/erasure": map[string]any{"reason": "objection"}, "/exports": map[string]any{"locale": "it"}} {
		broker.do("POST", who+path, body).code(403, "access.denied")
		s.as(t, s.B, "compliance_officer").do("POST", who+path, body).want(404)
		stale := s.as(t, s.A, "compliance_officer")
		s.Exec(t, `update sessions set verified_at = now() - interval '1 hour' where created_at = (select max(created_at) from sessions)`)
		stale.do("POST", who+path, body).code(403, "auth.step_up")
	}
	broker.do("GET", who+"/erasure", nil).code(403, "access.denied")
	if plan := compliance.do("GET", who+"/erasure", nil).want(200); plan.str("state") != "none" || len(plan.body["data"].([]any)) == 0 {
		t.Errorf("what would become of it: %s", plan.raw)
	}
	compliance.do("GET", who+"/erasure/certificate", nil).want(404)
	compliance.do("POST", who+"/erasure", map[string]any{"reason": "gone"}).want(422)
	if done := compliance.do("POST", who+"/erasure", map[string]any{"reason": "objection"}).want(200); done.str("state") != "done" {
		t.Errorf("nobody needs this person's data: %s", done.raw)
	}
	broker.do("GET", who, nil).want(404)
	for _, path := range []string{who + "/erasure/certificate", "/privacy/register/document"} {
		it, en := compliance.do("GET", path, nil).want(200), compliance.do("GET", path+"?locale=en", nil).want(200)
		if string(it.raw) == string(en.raw) || !strings.Contains(string(it.raw), "Agenzia a") {
			t.Errorf("%s: %s", path, it.raw)
		}
		if pdf := compliance.do("GET", path+"?format=pdf", nil).want(200); !strings.HasPrefix(string(pdf.raw), "%PDF-") {
			t.Errorf("%s is no PDF", path)
		}
		compliance.do("GET", path+"?format=docx", nil).want(422)
	}
	if r := broker.do("GET", "/privacy/register", nil).want(200); r.body["purposes"].(map[string]any)["aml"].(map[string]any)["months"] != 120.0 {
		t.Errorf("the register: %.300s", r.raw)
	}
	terms := compliance.do("GET", "/privacy/retention", nil).want(200)
	compliance.do("PUT", "/privacy/retention", map[string]any{"months": map[string]any{"aml": 132}}).code(428, "version.required")
	compliance.do("PUT", "/privacy/retention", map[string]any{"months": map[string]any{"aml": 12}}, terms.match()).code(422, "retention.shorter")
	compliance.do("PUT", "/privacy/retention", map[string]any{"months": map[string]any{"aml": 132}}, terms.match()).want(200)
}

// work makes the copies that wait.
func (s *site) work(t *testing.T) {
	t.Helper()
	runner := &jobs.Runner{DB: s.DB, Operator: s.Operator, Kinds: map[string]jobs.Work{privacy.JobExport: s.deps.Privacy.Work}}
	for worked := true; worked; {
		var err error
		worked, err = runner.Once(context.Background())
		must(t, err)
	}
}
