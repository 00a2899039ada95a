package tenants_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

const approved = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: approved}
subject: application
states: {check: {kind: atomic, initial: true}, out: {kind: final, outcome: won}, gone: {kind: final, outcome: lost}}
events: {release: {by: [compliance_officer]}, drop: {by: [compliance_officer]}}
transitions:
  - {id: t_release, from: check, on: release, to: out, approvals: {count: 1, roles: [compliance_officer]}}
  - {id: t_drop, from: check, on: drop, to: gone}
`

// member is the agency's member with a name.
func (h *house) member(a *coretest.Agency, name string) tenants.Member {
	h.t.Helper()
	list, err := h.tenants.Members(h.t.Context(), a.Do("agency_admin", "members.read"))
	office.Must(h.t, err)
	i := slices.IndexFunc(list, func(m tenants.Member) bool { return m.Name == name })
	if i < 0 {
		h.t.Fatalf("nobody is called %s", name)
	}
	return list[i]
}

// TestDelegate: while somebody is away their delegate gives the approvals that want them, and the history says for whom; nothing
// else, and not after the last day.
func TestDelegate(t *testing.T) {
	h := newHouse(t)
	h.Clock.Advance(time.Second)
	h.A.Publish(t, approved)
	send := func(app ident.ApplicationID, event string) error {
		_, err := h.Applications.Send(t.Context(), h.A.Do("broker", "applications.transition"), app, 0, applications.Send{Event: event})
		return err
	}
	offer := func(app ident.ApplicationID, event string) applications.Offer {
		t.Helper()
		offers, err := h.Applications.Offers(t.Context(), h.A.Do("broker", "applications.read"), app)
		office.Must(t, err)
		return offers.Items[slices.IndexFunc(offers.Items, func(o applications.Offer) bool { return o.Event == event })]
	}
	first, second := h.File(t).ID, h.File(t).ID
	if err := send(first, "release"); fault.As(err).Code != "event.role" {
		t.Errorf("before anybody is away: %v", err)
	}
	away, broker := h.member(h.A, "compliance_officer a"), h.member(h.A, "broker a")
	_, err := h.tenants.SetDelegate(t.Context(), h.A.Do("compliance_officer", "members.delegate"), away.ID, away.Version, tenants.Delegate{DelegateID: broker.UserID, Until: calendar.On(2026, time.December, 5)})
	office.Must(t, err)
	if o := offer(first, "release"); !o.Enabled || o.For == nil || o.For.Name != "compliance_officer a" {
		t.Errorf("the delegate is offered %+v", o)
	}
	if o := offer(first, "drop"); o.Enabled || o.For != nil {
		t.Errorf("the delegate is offered what is no approval: %+v", o)
	}
	if err := send(first, "drop"); fault.As(err).Code != "event.role" {
		t.Errorf("what is no approval: %v", err)
	}
	office.Must(t, send(first, "release"))
	steps, err := h.Applications.History(t.Context(), h.A.Do("broker", "applications.read"), first, page.Query{})
	office.Must(t, err)
	if last := steps.Items[0]; last.Actor.Name != "broker a" || last.For == nil || last.For.Name != "compliance_officer a" {
		t.Errorf("the history says %+v for %+v", last.Actor, last.For)
	}
	if r, err := h.Applications.Replay(t.Context(), h.A.Do("broker", "applications.read"), first); err != nil || !r.OK {
		t.Errorf("%v %+v", err, r)
	}
	h.Clock.Advance(48 * time.Hour) // to the 6th
	if err := send(second, "release"); fault.As(err).Code != "event.role" {
		t.Errorf("after the last day: %v", err)
	}
}

// TestDelegateRefuses: who may name whom, until when.
func TestDelegateRefuses(t *testing.T) {
	h := newHouse(t)
	away, broker, other := h.member(h.A, "compliance_officer a"), h.member(h.A, "broker a"), h.member(h.B, "broker b")
	until := calendar.On(2026, time.December, 31)
	for what, c := range map[string]struct {
		by      tenancy.Scope
		version int
		in      tenants.Delegate
		code    string
	}{
		"somebody else":           {h.A.Do("broker", "members.delegate"), 1, tenants.Delegate{DelegateID: broker.UserID, Until: until}, "access.denied"},
		"somebody of B":           {h.B.Do("agency_admin", "members.delegate"), 1, tenants.Delegate{}, "member.not_found"},
		"themselves":              {h.A.Do("compliance_officer", "members.delegate"), 1, tenants.Delegate{DelegateID: away.UserID, Until: until}, "member.delegate"},
		"a member of B":           {h.A.Do("compliance_officer", "members.delegate"), 1, tenants.Delegate{DelegateID: other.UserID, Until: until}, "member.delegate"},
		"without an end":          {h.A.Do("compliance_officer", "members.delegate"), 1, tenants.Delegate{DelegateID: broker.UserID}, "member.delegate_until"},
		"until yesterday":         {h.A.Do("compliance_officer", "members.delegate"), 1, tenants.Delegate{DelegateID: broker.UserID, Until: calendar.On(2026, time.December, 3)}, "member.delegate_until"},
		"of another version seen": {h.A.Do("compliance_officer", "members.delegate"), 9, tenants.Delegate{}, "version.stale"},
	} {
		if _, err := h.tenants.SetDelegate(t.Context(), c.by, away.ID, c.version, c.in); fault.As(err).Code != c.code {
			t.Errorf("%s: %v, want %s", what, err, c.code)
		}
	}
	m, err := h.tenants.SetDelegate(t.Context(), h.A.Do("agency_admin", "members.delegate"), away.ID, 1, tenants.Delegate{DelegateID: broker.UserID, Until: until})
	office.Must(t, err)
	if m.DelegateID != broker.UserID || m.DelegateUntil != until {
		t.Errorf("%+v", m)
	}
	if m, err = h.tenants.SetDelegate(t.Context(), h.A.Do("compliance_officer", "members.delegate"), away.ID, m.Version, tenants.Delegate{}); err != nil || !m.DelegateID.IsZero() || !m.DelegateUntil.IsZero() {
		t.Errorf("ended: %+v, %v", m, err)
	}
}
