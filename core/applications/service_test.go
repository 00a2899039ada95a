package applications_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

func wantFault(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if e := fault.As(err); err == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// TestFile: a file is opened, numbered, peopled and changed; the agency sees it in every view, the other agency in none.
func TestFile(t *testing.T) {
	o := office.New(t)
	read, write := o.A.Do("broker", "applications.read"), o.A.Do("broker", "applications.write")
	app, applicant, home := o.Peopled(t)
	if app.Number != "2026-0001" || app.State != "pre_assessment" || app.Title != "Rossi Ada" {
		t.Errorf("it is %s %q in %s", app.Number, app.Title, app.State)
	}
	if app.LTVBPS == nil || *app.LTVBPS != 5000 || app.DTIBPS == nil || *app.DTIBPS <= 0 {
		t.Errorf("its ratios are %v and %v", app.LTVBPS, app.DTIBPS)
	}
	_, err := o.Applications.AddParty(t.Context(), write, app.ID, 0, applications.Party{SubjectID: applicant, RoleType: "applicant"})
	wantFault(t, "the same person in the same role", err, fault.Conflict, "party.exists")
	_, err = o.Applications.AddParty(t.Context(), write, app.ID, 0, applications.Party{SubjectID: ident.NewSubject(), RoleType: "guarantor"})
	wantFault(t, "a person nobody knows", err, fault.NotFound, "subject.not_found")
	_, err = o.Applications.AddProperty(t.Context(), write, app.ID, 0, applications.Collateral{PropertyID: home.ID, Purpose: "mortgaged"})
	wantFault(t, "the same property for the same purpose", err, fault.Conflict, "property.exists")

	amount := int64(120_000_00)
	changed, err := o.Applications.Change(t.Context(), write, app.ID, app.Version, applications.Patch{AmountCents: &amount})
	office.Must(t, err)
	if changed.Version <= app.Version || *changed.LTVBPS != 6000 {
		t.Errorf("version %d after %d, ratio %d", changed.Version, app.Version, *changed.LTVBPS)
	}
	_, err = o.Applications.Change(t.Context(), write, app.ID, app.Version, applications.Patch{AmountCents: &amount})
	wantFault(t, "an older version", err, fault.Stale, "version.stale")
	out, err := o.Applications.RemoveParty(t.Context(), write, app.ID, changed.Version, changed.Parties[0].ID)
	office.Must(t, err)
	if len(out.Parties) != 0 || out.DTIBPS != nil {
		t.Errorf("nobody is left, and the ratio to their income is %v", out.DTIBPS)
	}
	list, err := o.Applications.List(t.Context(), read, applications.Filter{Query: page.Query{Limit: 10}, Q: "2026-0001"})
	office.Must(t, err)
	if len(list.Items) != 1 || list.Items[0].ID != app.ID {
		t.Errorf("A lists %d files", len(list.Items))
	}
	replayed, err := o.Applications.Replay(t.Context(), read, app.ID)
	if err != nil || !replayed.OK {
		t.Errorf("%v %+v", err, replayed)
	}
	unseen(t, o, app, applicant)
}

// unseen: to B the file is not there, whatever it asks for, and none of its people can be brought into a file of B's.
func unseen(t *testing.T, o *office.Office, app applications.Application, applicant ident.SubjectID) {
	t.Helper()
	s, read, write := o.Applications, o.B.Do("broker", "applications.read"), o.B.Do("broker", "applications.write")
	for name, ask := range map[string]func() error{
		"get":     func() error { _, err := s.Get(t.Context(), read, app.ID); return err },
		"offers":  func() error { _, err := s.Offers(t.Context(), read, app.ID); return err },
		"history": func() error { _, err := s.History(t.Context(), read, app.ID, page.Query{}); return err },
		"replay":  func() error { _, err := s.Replay(t.Context(), read, app.ID); return err },
		"graph":   func() error { _, err := s.Graph(t.Context(), read, app.ID); return err },
		"tasks":   func() error { _, err := s.Tasks(t.Context(), read, app.ID); return err },
		"facts":   func() error { _, err := s.OwnFacts(t.Context(), read, app.ID); return err },
		"change":  func() error { _, err := s.Change(t.Context(), write, app.ID, 0, applications.Patch{}); return err },
		"add": func() error {
			_, err := s.AddParty(t.Context(), write, app.ID, 0, applications.Party{SubjectID: applicant, RoleType: "guarantor"})
			return err
		},
		"send": func() error {
			_, err := s.Send(t.Context(), o.B.Do("broker", "applications.transition"), app.ID, 0, applications.Send{Event: "sign_mandate"})
			return err
		},
	} {
		if err := ask(); !fault.Is(err, fault.NotFound) {
			t.Errorf("B, %s: %v", name, err)
		}
	}
	list, err := s.List(t.Context(), read, applications.Filter{Query: page.Query{Limit: 10}})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("B lists %d files, %v", len(list.Items), err)
	}
	own, err := s.Create(t.Context(), write, applications.Input{Purpose: "first_home", ProductKind: "mortgage", RateKind: "fixed", AmountCents: 1_000_00, TermMonths: 12, PlannedSubmission: office.Planned})
	office.Must(t, err)
	if own.Number != "2026-0001" {
		t.Errorf("B's first file is %s: it tells how many A has", own.Number)
	}
	_, err = s.AddParty(t.Context(), write, own.ID, 0, applications.Party{SubjectID: applicant, RoleType: "applicant"})
	wantFault(t, "B brings in a person of A", err, fault.NotFound, "subject.not_found")
}

// TestTwoEventsAtOnce: of two people who send an event to the same version of a file at the same moment, exactly one moves it.
func TestTwoEventsAtOnce(t *testing.T) {
	o := office.New(t)
	for range 5 {
		app, _, _ := o.Peopled(t)
		start := make(chan struct{})
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, who := range []string{"broker", "second_broker"} {
			both.Go(func() {
				<-start
				_, errs[i] = o.Applications.Send(t.Context(), o.A.Do(who, "applications.transition"), app.ID, app.Version, applications.Send{Event: "sign_mandate"})
			})
		}
		close(start)
		both.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Stale) {
				t.Errorf("the other one is told %v", err)
			}
		}
		steps, err := o.Applications.History(t.Context(), o.A.Do("broker", "applications.read"), app.ID, page.Query{})
		office.Must(t, err)
		signed := 0
		for _, s := range steps.Items {
			if s.Event == "sign_mandate" {
				signed++
			}
		}
		if won != 1 || signed != 1 {
			t.Fatalf("%d won, the mandate was signed %d times", won, signed)
		}
	}
}

// TestSentAgain: the same request with the same key is answered as before and changes nothing; with another body it is refused.
func TestSentAgain(t *testing.T) {
	o := office.New(t)
	app, _, _ := o.Peopled(t)
	send := func(body string) error {
		_, err := o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition").Once("k", []byte(body)), app.ID, app.Version, applications.Send{Event: "sign_mandate"})
		return err
	}
	office.Must(t, send("a"))
	var replay *tenancy.Replay
	if err := send("a"); !errors.As(err, &replay) {
		t.Fatalf("the same request again: %v", err)
	}
	var first applications.Moved
	if err := json.Unmarshal(replay.Answer, &first); err != nil || first.State != "mandated" {
		t.Errorf("%s: %v", replay.Answer, err)
	}
	wantFault(t, "the key with another body", send("b"), fault.Invalid, "idempotency.other_body")
}

// TestOwnFacts: a fact is set by whom it belongs to, within its bounds, and is seen in A only.
func TestOwnFacts(t *testing.T) {
	o := office.New(t)
	app := o.File(t)
	for _, c := range []struct {
		what, role, name, value, code string
		kind                          fault.Kind
	}{
		{"of the agency's admin", "back_office", "mediation_fee_cents", `100000`, "fact.owner", fault.Forbidden},
		{"unknown", "broker", "height", `1`, "fact.unknown", fault.Invalid},
		{"built in", "broker", "ltv_bps", `1`, "fact.unknown", fault.Invalid},
		{"too large", "broker", "mediation_fee_cents", `99999999999`, "fact.value", fault.Invalid},
		{"a fraction", "broker", "mediation_fee_cents", `1.5`, "fact.value", fault.Invalid},
	} {
		_, err := o.Applications.SetFacts(t.Context(), o.A.Do(c.role, "applications.write"), app.ID, app.Version, map[string]json.RawMessage{c.name: json.RawMessage(c.value)})
		wantFault(t, c.what, err, c.kind, c.code)
	}
	facts, err := o.Applications.SetFacts(t.Context(), o.A.Do("broker", "applications.write"), app.ID, app.Version, map[string]json.RawMessage{"mediation_fee_cents": json.RawMessage(`150000`)})
	office.Must(t, err)
	for _, f := range facts.Items {
		if f.Name == "mediation_fee_cents" && (f.Value != int64(150000) || f.Source == nil || *f.Source != "form") {
			t.Errorf("%+v", f)
		}
	}
	_, err = o.Applications.SetFacts(t.Context(), o.A.Do("broker", "applications.write"), app.ID, app.Version, nil)
	wantFault(t, "an older version", err, fault.Stale, "version.stale")
}
