package consents_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/verifications"
)

// What is about people besides their bank, by the same connector in the same world.

// named gives the kit's person a tax code.
func (k *kit) named(t *testing.T) {
	t.Helper()
	k.code = subjects.ComputeTaxCode("Rossi", "Ada", calendar.On(1980, time.January, 1).AddDays(int(k.Clock.Now().Unix()/10%9000)), "F", "A662")
	k.change(t, "tax_code", k.code)
}

// change sets one of the person's data.
func (k *kit) change(t *testing.T, name, value string) {
	t.Helper()
	s, err := k.Subjects.Get(ctx, k.A.Do("broker", "subjects.read"), k.person)
	ok(t, err)
	_, err = k.Subjects.Change(ctx, k.A.Do("broker", "subjects.write"), k.person, s.Version, map[string]json.RawMessage{name: json.RawMessage(`"` + value + `"`)})
	ok(t, err)
}

func (k *kit) agree(t *testing.T, state string) {
	t.Helper()
	_, err := k.rights.Consent(ctx, k.A.Do("broker", "consents.write"), k.person, privacy.ConsentInput{Purpose: creditreports.Consent, State: state, Channel: "in_person"})
	ok(t, err)
}

func (k *kit) budget(t *testing.T, cents int64) {
	t.Helper()
	b, err := k.links.Budget(ctx, k.A.Do("agency_admin", "connectors.write"))
	ok(t, err)
	_, err = k.links.SetBudget(ctx, k.A.Do("agency_admin", "connectors.write"), b.Version, connectors.BudgetInput{MonthlyCents: cents})
	ok(t, err)
}

// creditReports: nothing is bought without a consent, above the price that was shown, without money, or twice; what is bought is sealed, masked from
// who may not see it, and facts of the file.
func creditReports(t *testing.T, k *kit) {
	in := creditreports.Input{ApplicationID: k.app, ConnectionID: k.bank, Purpose: "creditworthiness", CostMaxCents: 250}
	buy := func(in creditreports.Input) (creditreports.Report, error) {
		return k.reports.Buy(ctx, k.A.Do("broker", "credit_reports.buy"), k.person, in)
	}
	want := func(in creditreports.Input, reason string) {
		t.Helper()
		if _, err := buy(in); code(err) != reason {
			t.Errorf("%v, want %s", err, reason)
		}
	}
	k.budget(t, 100)
	want(in, "credit_report.tax_code")
	k.named(t)
	want(in, "credit_report.no_consent")
	k.agree(t, "given")
	cheaper := in
	cheaper.CostMaxCents = 249
	want(cheaper, "credit_report.price")
	want(in, "budget.spent")
	k.budget(t, 10_000)
	r, err := buy(in)
	ok(t, err)
	if r.State != "requested" || r.CostCents != 250 || r.TextVersion != 1 {
		t.Errorf("%+v", r)
	}
	want(in, "credit_report.under_way")
	b, err := k.links.Budget(ctx, k.A.Do("agency_admin", "connectors.write"))
	ok(t, err)
	if b.ReservedCents != 250 {
		t.Errorf("reserved: %+v", b)
	}
	k.run(t)
	list, err := k.reports.Of(ctx, k.A.Do("broker", "credit_reports.read"), k.person)
	ok(t, err)
	if len(list) != 1 || list[0].State != "ready" || list[0].CostCents != 200 || list[0].Content == nil || list[0].Content.Score != 612 || len(list[0].Content.Facilities) != 4 {
		t.Fatalf("%+v", list)
	}
	text := strings.Join(k.asked(t), "\n")
	if strings.Count(text, "report creditworthiness 250 ") != 1 || strings.Count(text, "reconcile") != 1 {
		t.Error(text)
	}
	f := k.facts(t)
	if f["credit.score"] != int64(612) || f["credit.instalments_cents"] != int64(290_00) || f["credit.late"] != int64(2) || f["credit.defaults"] != int64(1) {
		t.Errorf("%v", f)
	}
	list, err = k.reports.Of(ctx, k.A.Do("read_only", "credit_reports.read"), k.person)
	ok(t, err)
	if list[0].Content != nil || !list[0].Masked {
		t.Errorf("who may not see it: %+v", list[0])
	}
	if _, err := k.reports.Of(ctx, k.B.Do("broker", "credit_reports.read"), k.person); code(err) != "subject.not_found" {
		t.Errorf("B: %v", err)
	}
	want(in, "credit_report.recent")
	in.Again = true
	_, err = buy(in)
	ok(t, err)
	k.agree(t, "withdrawn") // before it has left
	k.run(t)
	list, err = k.reports.Of(ctx, k.A.Do("broker", "credit_reports.read"), k.person)
	ok(t, err)
	if len(list) != 2 || list[0].State != "failed" || strings.Count(strings.Join(k.asked(t), "\n"), "report creditworthiness") != 1 {
		t.Errorf("%+v", list[0])
	}
}

// templateAsks: a file's transition buys the borrowers' reports, and its template hears of the end.
func templateAsks(t *testing.T, k *kit) {
	const source = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: assessed}
subject: application
states:
  open:     {kind: atomic, initial: true}
  assessed: {kind: final, outcome: won}
events: {assess: {by: [broker]}, bureau.report.done: {by: [system]}, bureau.report.failed: {by: [system]}, close: {by: [broker]}}
transitions:
  - {id: t_assess, from: open, on: assess, actions: [{do: connector.call, ref: bureau.report}]}
  - {id: t_done, from: open, on: bureau.report.done, to: assessed, guards: [{id: g, expr: "credit.score >= 600", text: {en: Score, it: Punteggio}}]}
  - {id: t_failed, from: open, on: bureau.report.failed}
  - {id: t_close, from: open, on: close, to: assessed}
`
	k.Clock.Advance(time.Second)
	k.A.Publish(t, source)
	app, person, _ := k.Peopled(t)
	k.app, k.person = app.ID, person
	k.named(t)
	send := func() error {
		_, err := k.Applications.Send(ctx, k.A.Do("broker", "applications.transition"), k.app, 0, applications.Send{Event: "assess"})
		return err
	}
	if err := send(); code(err) != "credit_report.no_consent" {
		t.Errorf("without a consent: %v", err)
	}
	k.agree(t, "given")
	ok(t, send())
	k.run(t)
	n, err := k.Raw(t, "", `select string_agg(payload->>'event', ' ') from outbox where ref = $1 and topic = 'event' and payload->>'to' = 'applications'`, k.app.String())
	ok(t, err)
	if n != "bureau.report.done" {
		t.Errorf("the file hears %q", n)
	}
	system, err := k.Operator.Scope(k.A.ID, "event")
	ok(t, err)
	moved, err := k.Applications.Send(ctx, system.For("applications.transition"), k.app, 0, applications.Send{Event: n})
	ok(t, err)
	if moved.State != "assessed" {
		t.Errorf("%+v", moved)
	}
}

// identity: the person proves who they are through their link; somebody else, or too low a level, is refused where it can be seen.
func identity(t *testing.T, k *kit) {
	in := verifications.Input{ApplicationID: k.app, ConnectionID: k.bank, Provider: "spid", Level: "substantial"}
	start := func() (verifications.Verification, error) {
		return k.proofs.Start(ctx, k.A.Do("broker", "verifications.write"), k.person, in)
	}
	if _, err := start(); code(err) != "verification.no_tax_code" {
		t.Errorf("%v", err)
	}
	k.named(t)
	prove := func(query string) verifications.Verification {
		t.Helper()
		v, err := start()
		ok(t, err)
		reads, err := k.proofs.Of(ctx, k.A.Do("read_only", "verifications.read"), k.person)
		ok(t, err)
		if reads[0].ID != v.ID || reads[0].Link != nil {
			t.Errorf("who only reads has the person's link: %+v", reads[0])
		}
		token := strings.TrimPrefix(*v.Link, public+"/callbacks/")
		if view, err := k.doors.Visit(ctx, token, callbacks.Came{}); err != nil || view.Stand != callbacks.Ask {
			t.Fatalf("%+v %v", view, err)
		}
		_, err = k.doors.Visit(ctx, token, callbacks.Came{Posted: true})
		ok(t, err)
		k.run(t)
		view, err := k.doors.Visit(ctx, token, callbacks.Came{})
		ok(t, err)
		at, err := url.Parse(view.URL)
		ok(t, err)
		if view.Stand != callbacks.Go || at.Query().Get("back") != public+"/callbacks/return" {
			t.Fatalf("%+v", view)
		}
		raw, err := k.Raw(t, "", `select count(*)::text from callback_states where about_id = $1 and kind = 'return' and used_at is null`, v.ID)
		ok(t, err)
		if raw != "1" {
			t.Fatalf("%s ways back", raw)
		}
		back, err := k.doors.Visit(ctx, k.wayBack(t, v.ID), callbacks.Came{Query: query})
		ok(t, err)
		if back.Next != token {
			t.Errorf("sent on to %q", back.Next)
		}
		k.run(t)
		list, err := k.proofs.Of(ctx, k.A.Do("broker", "verifications.read"), k.person)
		ok(t, err)
		return list[0]
	}
	refusal := func(v verifications.Verification) string {
		if v.Refusal == nil {
			return v.State
		}
		return *v.Refusal
	}
	if f := k.facts(t); f["identity_verified"] != false || f["identity_level"] != nil {
		t.Errorf("before: %v", f)
	}
	for query, want := range map[string]string{"error=denied": "provider", "tax_code=RSSMRA79B11C566R&level=high": "tax_code", "tax_code=" + k.code + "&level=low": "level"} {
		if v := prove(query); refusal(v) != want || v.Link != nil {
			t.Errorf("%s: %+v", query, v)
		}
	}
	tasks, err := k.Applications.Tasks(ctx, k.A.Do("broker", "applications.read"), k.app)
	ok(t, err)
	if !slices.ContainsFunc(tasks, func(x applications.Task) bool {
		return strings.HasPrefix(x.Title.EN, "Somebody else's digital identity")
	}) {
		t.Errorf("%+v", tasks)
	}
	v := prove("tax_code=TINIT-" + k.code + "&level=high")
	if v.State != "verified" || v.Level != "high" || !v.Evidence || v.VerifiedAt == nil {
		t.Errorf("%+v", v)
	}
	if f := k.facts(t); f["identity_verified"] != true || f["identity_level"] != "high" {
		t.Errorf("after: %v", f)
	}
	if last := k.asked(t)[len(k.asked(t))-1]; last != "evidence proof ip=" {
		t.Errorf("%q", last)
	}
	if _, err := k.proofs.Of(ctx, k.B.Do("broker", "verifications.read"), k.person); code(err) != "subject.not_found" {
		t.Errorf("B: %v", err)
	}
}

// wayBack is the secret that the digital identity was given, which nobody here can read: the person's key opens it.
func (k *kit) wayBack(t *testing.T, id ident.VerificationID) (token string) {
	t.Helper()
	for _, line := range k.asked(t) {
		if strings.HasPrefix(line, "verify ") {
			token = strings.Fields(line)[3]
		}
	}
	return token
}

// erased: what was read of a person goes with them.
func erased(t *testing.T, k *kit) {
	c := k.agreed(t, k.bank)
	_, err := k.Applications.Send(ctx, k.A.Do("broker", "applications.transition"), k.app, 0, applications.Send{Event: "close"})
	ok(t, err)
	_, err = k.rights.Erase(ctx, k.A.Do("compliance_officer", "privacy.erase"), k.person, "objection")
	ok(t, err)
	left, err := k.Raw(t, "", `select concat_ws(' ', (select count(*) from bank_pages where subject_id = $1), (select count(figures) from cash_flows where subject_id = $1),
		(select count(details) from bank_consents where subject_id = $1), (select count(accounts) from bank_reads where subject_id = $1), (select count(received) from callback_states where subject_id = $1),
		(select count(*) from timers where instance_id = $2 and settled_at is null))`, k.person, c.ID)
	ok(t, err)
	if left != "0 0 0 0 0 0" {
		t.Errorf("left: %s", left)
	}
}
