package applications_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/submissions"
)

// watched is a template whose open files must stay below an amount, and before a day.
const watched = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: watched}
subject: application
states:
  open:   {kind: atomic, initial: true}
  closed: {kind: final, outcome: won}
  gone:   {kind: final, outcome: lost}
events: {close: {by: [broker]}, drop: {by: [broker]}}
transitions:
  - {id: t_close, from: open, on: close, to: closed}
  - {id: t_drop, from: open, on: drop, to: gone}
invariants:
  - {id: inv_amount, in: [open], expr: amount_cents <= 15000000, waive: [compliance_officer], text: {en: At most 150000, it: Al massimo 150000}}
  - {id: inv_day, in: [open], expr: now <= planned_submission, text: {en: Before the planned day, it: Prima del giorno previsto}}
  - {id: inv_sent, in: [open], expr: submissions_open <= 0, text: {en: With no bank, it: In nessuna banca}}
`

// seed makes a template the one that A's next files run under.
func seed(t *testing.T, o *office.Office, source string) {
	t.Helper()
	o.Clock.Advance(time.Second)
	o.A.Publish(t, source)
}

// breachTasks are the tasks of broken invariants of a file: state, role and title.
func breachTasks(t *testing.T, o *office.Office, id ident.ApplicationID) string {
	t.Helper()
	text, err := o.Raw(t, "", `select coalesce(string_agg(state || ' ' || role || ' ' || (title->>'it'), '; ' order by id), '') from tasks where application_id = $1 and origin like 'invariant %'`, id)
	office.Must(t, err)
	return text
}

func get(t *testing.T, o *office.Office, id ident.ApplicationID) applications.Application {
	t.Helper()
	a, err := o.Applications.Get(t.Context(), o.A.Do("broker", "applications.read"), id)
	office.Must(t, err)
	return a
}

func ask(t *testing.T, o *office.Office, a applications.Application, cents int64) applications.Application {
	t.Helper()
	_, err := o.Applications.Change(t.Context(), o.A.Do("broker", "applications.write"), a.ID, a.Version, applications.Patch{AmountCents: &cents})
	office.Must(t, err)
	return get(t, o, a.ID)
}

func broken(a applications.Application) string {
	var ids []string
	for _, b := range a.Breaches {
		ids = append(ids, b.Invariant)
	}
	return strings.Join(ids, " ")
}

// TestBreach: an amount that rises too far breaks an invariant at once. It is on the file and in the lists, one task is open,
// nothing moves; it ends by itself, or by a waiver of who may, with a reason, which is in the history.
func TestBreach(t *testing.T) {
	o := office.New(t)
	seed(t, o, watched)
	a := o.File(t)
	if len(a.Breaches) != 0 {
		t.Fatalf("a new file is broken: %+v", a.Breaches)
	}
	a = ask(t, o, a, 160_000_00)
	if broken(a) != "inv_amount" || a.Breaches[0].Text.IT != "Al massimo 150000" || strings.Join(a.Breaches[0].Waive, " ") != "compliance_officer" ||
		a.Breaches[0].Blockers[0].Facts[0].Value != float64(160_000_00) {
		t.Errorf("%+v", a.Breaches)
	}
	since := a.Breaches[0].Since
	a = ask(t, o, a, 170_000_00)
	if len(a.Breaches) != 1 || !a.Breaches[0].Since.Equal(since) {
		t.Errorf("it stands since %v, want %v", a.Breaches, since)
	}
	if got := breachTasks(t, o, a.ID); got != "open compliance_officer Non vale più: Al massimo 150000" {
		t.Errorf("tasks: %s", got)
	}
	list, err := o.Applications.List(t.Context(), o.A.Do("broker", "applications.read"), applications.Filter{Query: page.Query{Limit: 10}, Stuck: true})
	office.Must(t, err)
	if len(list.Items) != 1 || len(list.Items[0].Breaches) != 1 || list.Items[0].Blocked.First.EN != "At most 150000" {
		t.Errorf("the list shows %+v", list.Items)
	}
	_, err = o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), a.ID, a.Version, applications.Send{Event: "close"})
	wantFault(t, "moving on while it is broken", err, fault.Refused, "event.refused")

	waive := func(who *office.Office, role string, version int, invariant, reason string) error {
		_, err := who.Applications.Waive(t.Context(), who.A.Do(role, "applications.waive"), a.ID, version, applications.Waiver{Invariant: invariant, Reason: reason})
		return err
	}
	wantFault(t, "a role it does not name", waive(o, "broker", a.Version, "inv_amount", "known client"), fault.Forbidden, "waiver.role")
	wantFault(t, "an invariant nobody may waive", waive(o, "compliance_officer", a.Version, "inv_day", "known client"), fault.Forbidden, "waiver.role")
	wantFault(t, "an invariant there is not", waive(o, "compliance_officer", a.Version, "inv_x", "known client"), fault.Refused, "waiver.wrong_state")
	wantFault(t, "no reason", waive(o, "compliance_officer", a.Version, "inv_amount", " \n"), fault.Invalid, "waiver.reason")
	wantFault(t, "an older version", waive(o, "compliance_officer", a.Version-1, "inv_amount", "known client"), fault.Stale, "version.stale")
	_, err = o.Applications.Waive(t.Context(), o.A.Do("read_only", "applications.waive"), a.ID, a.Version, applications.Waiver{Invariant: "inv_amount", Reason: "x"})
	wantFault(t, "who may not waive at all", err, fault.Forbidden, "access.denied")
	_, err = o.Applications.Waive(t.Context(), o.B.Do("compliance_officer", "applications.waive"), a.ID, a.Version, applications.Waiver{Invariant: "inv_amount", Reason: "x"})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("B waives: %v", err)
	}
	if got := get(t, o, a.ID); got.Version != a.Version || broken(got) != "inv_amount" {
		t.Errorf("after the refusals it is %+v", got.Card)
	}

	office.Must(t, waive(o, "compliance_officer", a.Version, "inv_amount", "known client"))
	a = get(t, o, a.ID)
	if broken(a) != "" || breachTasks(t, o, a.ID) != "done compliance_officer Non vale più: Al massimo 150000" {
		t.Errorf("after the waiver: %q, tasks %s", broken(a), breachTasks(t, o, a.ID))
	}
	wantFault(t, "waiving it again", waive(o, "compliance_officer", a.Version, "inv_amount", "known client"), fault.Conflict, "waiver.not_broken")
	steps, err := o.Applications.History(t.Context(), o.A.Do("broker", "applications.read"), a.ID, page.Query{})
	office.Must(t, err)
	if last := steps.Items[0]; last.EventTitle.IT != "Deroga: Al massimo 150000" || last.Reason != "known client" || last.Actor.Name != "compliance_officer a" {
		t.Errorf("the history says %+v", last)
	}
	if n, err := o.Raw(t, "", `select count(*)::text from audit_entries where action = 'application.waived' and ref = $1`, a.ID.String()); err != nil || n != "1" {
		t.Errorf("the trail has it %s times, %v", n, err)
	}
	_, err = o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), a.ID, a.Version, applications.Send{Event: "close"})
	office.Must(t, err)
	if r, err := o.Applications.Replay(t.Context(), o.A.Do("broker", "applications.read"), a.ID); err != nil || !r.OK {
		t.Errorf("%v %+v", err, r)
	}
}

// TestAWaiverLetsGoOn: what a breach held back that needs no event moves with the waiver, and what follows from it happens.
func TestAWaiverLetsGoOn(t *testing.T) {
	o := office.New(t)
	seed(t, o, `apiVersion: pratica/v1
kind: Workflow
metadata: {key: held}
subject: application
states: {open: {kind: atomic, initial: true}, ready: {kind: final, outcome: won}}
events: {}
transitions: [{id: t_ready, from: open, to: ready, guards: [{id: g_term, expr: term_months <= 120}], actions: [{do: task.create, role: broker, title: {en: Call, it: Chiamare}}]}]
invariants: [{id: inv_amount, in: [open], expr: amount_cents <= 5000000, waive: [compliance_officer]}]
`)
	a, term := o.File(t), 100
	a, err := o.Applications.Change(t.Context(), o.A.Do("broker", "applications.write"), a.ID, a.Version, applications.Patch{TermMonths: &term})
	office.Must(t, err)
	if a.State != "open" {
		t.Fatalf("it moved while it is broken: %+v", a.Card)
	}
	moved, err := o.Applications.Waive(t.Context(), o.A.Do("compliance_officer", "applications.waive"), a.ID, a.Version, applications.Waiver{Invariant: "inv_amount", Reason: "known client"})
	office.Must(t, err)
	a = get(t, o, a.ID)
	if a.State != "ready" || *a.Outcome != "won" || moved.State != "ready" || moved.Version != a.Version || moved.Outcome != "fired" {
		t.Errorf("%+v, answered %+v", a.Card, moved)
	}
	tasks, err := o.Raw(t, "", `select string_agg(state || ' ' || (title->>'en'), ', ' order by id) from tasks where application_id = $1`, a.ID)
	office.Must(t, err)
	if tasks != "done No longer holds: amount_cents <= 5000000, open Call" {
		t.Errorf("tasks: %s", tasks)
	}
	if r, err := o.Applications.Replay(t.Context(), o.A.Do("broker", "applications.read"), a.ID); err != nil || !r.OK {
		t.Errorf("%v %+v", err, r)
	}
}

// TestBreachEndsByItself: what holds again closes its task; what breaks again has a new one; the end of the file closes it.
func TestBreachEndsByItself(t *testing.T) {
	o := office.New(t)
	seed(t, o, watched)
	a := ask(t, o, o.File(t), 160_000_00)
	a = ask(t, o, a, 140_000_00)
	if broken(a) != "" || !strings.HasPrefix(breachTasks(t, o, a.ID), "done ") {
		t.Errorf("%q, tasks %s", broken(a), breachTasks(t, o, a.ID))
	}
	a = ask(t, o, a, 160_000_00)
	if got := breachTasks(t, o, a.ID); strings.Count(got, "open ") != 1 || strings.Count(got, "done ") != 1 {
		t.Errorf("tasks %s", got)
	}
	_, err := o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), a.ID, a.Version, applications.Send{Event: "drop"})
	office.Must(t, err)
	if got := breachTasks(t, o, a.ID); strings.Contains(got, "open") || broken(get(t, o, a.ID)) != "" {
		t.Errorf("after its end: tasks %s", got)
	}
}

// watch is what waits to look at a file's invariants: the instant and how the row ended.
func watch(t *testing.T, o *office.Office, id ident.ApplicationID) string {
	t.Helper()
	text, err := o.Raw(t, "", `select coalesce(string_agg(to_char(due_at at time zone 'UTC', 'YYYY-MM-DD') || ' ' || coalesce(verdict, 'armed'), ', ' order by id), '') from timers where instance_id = $1 and event = ''`, id)
	office.Must(t, err)
	return text
}

// TestBreachByTimeAlone: nobody touches the file, and the day passes: the timer that stood for it shows the breach.
func TestBreachByTimeAlone(t *testing.T) {
	o := office.New(t)
	seed(t, o, watched)
	a := o.File(t)
	if got := watch(t, o, a.ID); got != "2026-11-16 armed" {
		t.Fatalf("what waits: %s", got)
	}
	later := calendar.On(2026, time.November, 18)
	_, err := o.Applications.Change(t.Context(), o.A.Do("broker", "applications.write"), a.ID, a.Version, applications.Patch{PlannedSubmission: &later})
	office.Must(t, err)
	fire := func() {
		t.Helper()
		scope, err := o.Operator.Scope(o.A.ID, "test")
		office.Must(t, err)
		office.Must(t, o.Applications.Fire(t.Context(), scope.For("applications.transition"), a.ID))
	}
	o.Clock.Advance(15 * 24 * time.Hour)
	fire()
	if got := watch(t, o, a.ID); got != "2026-11-16 cancelled, 2026-11-18 armed" || broken(get(t, o, a.ID)) != "" {
		t.Errorf("what waits: %s, broken %q", got, broken(get(t, o, a.ID)))
	}
	o.Clock.Advance(2 * 24 * time.Hour)
	fire()
	fire() // a second worker
	if got := watch(t, o, a.ID); got != "2026-11-16 cancelled, 2026-11-18 fired" {
		t.Errorf("what waits: %s", got)
	}
	if a = get(t, o, a.ID); broken(a) != "inv_day" || breachTasks(t, o, a.ID) != "open agency_admin Non vale più: Prima del giorno previsto" {
		t.Errorf("%q, tasks %s", broken(a), breachTasks(t, o, a.ID))
	}
	if r, err := o.Applications.Replay(t.Context(), o.A.Do("broker", "applications.read"), a.ID); err != nil || !r.OK {
		t.Errorf("%v %+v", err, r)
	}
}

// TestEveryChangeIsSeen: whatever facts of a file are computed from, a change of it is a macrostep of the file, at once.
func TestEveryChangeIsSeen(t *testing.T) {
	o := office.New(t)
	app, person, home := o.Peopled(t)
	ctx, write := t.Context(), o.A.Do("broker", "documents.write")
	var paper documents.Document
	subject := func() int {
		s, err := o.Subjects.Get(ctx, o.A.Do("broker", "subjects.read"), person)
		office.Must(t, err)
		return s.Version
	}
	lender := o.Lender(t, "aurora")
	sub, err := o.Submissions.Create(ctx, o.A.Do("broker", "submissions.write"), app.ID, submissions.Draft{LenderID: lender})
	office.Must(t, err)
	for _, c := range []struct {
		what   string
		change func() error
	}{
		{"a person's income", func() error {
			_, err := o.Subjects.Change(ctx, o.A.Do("broker", "subjects.write"), person, subject(), map[string]json.RawMessage{"incomes": json.RawMessage(`[{"net_monthly_cents": 200000}]`)})
			return err
		}},
		{"a person's risk", func() error {
			_, err := o.Subjects.Assess(ctx, o.A.Do("compliance_officer", "subjects.assess"), person, subject(), "low")
			return err
		}},
		{"a property's price", func() error {
			_, err := o.Properties.Change(ctx, o.A.Do("broker", "properties.write"), home.ID, home.Version, json.RawMessage(`{"price_cents": 19000000}`))
			return err
		}},
		{"a paper asked for", func() (err error) {
			paper, err = o.Documents.Request(ctx, write, app.ID, documents.Input{Kind: "mandate"})
			return err
		}},
		{"a paper uploaded", func() (err error) {
			paper, err = o.Documents.Upload(ctx, write, paper.ID, paper.Version, "a.pdf", strings.NewReader("%PDF-1.4\nsigned\n%%EOF\n"))
			return err
		}},
		{"a paper accepted", func() (err error) {
			paper, err = o.Documents.Accept(ctx, o.A.Do("broker", "documents.review"), paper.ID, paper.Version, documents.Dates{})
			return err
		}},
		{"a paper dated", func() (err error) {
			paper, err = o.Documents.Redate(ctx, o.A.Do("broker", "documents.review"), paper.ID, paper.Version, documents.Dates{ExpiresOn: calendar.On(2027, time.January, 1)})
			return err
		}},
		{"a paper rejected", func() error {
			_, err := o.Documents.Reject(ctx, o.A.Do("broker", "documents.review"), paper.ID, paper.Version, "cut off")
			return err
		}},
		{"a submission withdrawn", func() error {
			_, err := o.Submissions.Send(ctx, o.A.Do("broker", "submissions.transition"), sub.ID, sub.Version, applications.Send{Event: "withdraw"})
			return err
		}},
	} {
		before := get(t, o, app.ID).Version
		office.Must(t, c.change())
		if after := get(t, o, app.ID).Version; after == before {
			t.Errorf("%s: the file has not seen it", c.what)
		}
	}
}
