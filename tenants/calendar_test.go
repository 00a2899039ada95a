package tenants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/tenants"
)

// timed is a template with a deadline of two working days.
const timed = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: timed}
subject: application
states:
  open:    {kind: atomic, initial: true}
  waiting: {kind: atomic, sla: {within: P2D, calendar: business, emits: late}}
  closed:  {kind: final, outcome: won}
events: {wait: {by: [broker]}, late: {by: [system]}, close: {by: [broker]}}
transitions: [{id: t_wait, from: open, on: wait, to: waiting}, {id: t_late, from: waiting, on: late, to: open}, {id: t_close, from: open, on: close, to: closed}]
`

type house struct {
	*office.Office
	t       *testing.T
	tenants *tenants.Service
}

func newHouse(t *testing.T) *house {
	h := &house{office.New(t), t, nil}
	h.tenants = tenants.New(h.DB, h.Networks, nil, h.Policy.Roles(), nil)
	h.Clock.Advance(time.Second)
	for _, a := range []*coretest.Agency{h.A, h.B} {
		a.Publish(t, timed)
	}
	h.Clock.Advance(time.Date(2026, 12, 4, 9, 0, 0, 0, time.UTC).Sub(h.Clock.Now())) // a Friday
	return h
}

// waiting opens a file of an agency, lets it wait, and says on which day the deadline ends.
func (h *house) waiting(a *coretest.Agency) (ident.ApplicationID, string) {
	h.t.Helper()
	app, err := h.Applications.Create(h.t.Context(), a.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage",
		RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, PlannedSubmission: office.Planned})
	office.Must(h.t, err)
	_, err = h.Applications.Send(h.t.Context(), a.Do("broker", "applications.transition"), app.ID, app.Version, applications.Send{Event: "wait"})
	office.Must(h.t, err)
	app, err = h.Applications.Get(h.t.Context(), a.Do("broker", "applications.read"), app.ID)
	office.Must(h.t, err)
	return app.ID, app.Deadline.Format(time.DateOnly)
}

func day(date, name string) tenants.CalendarDay {
	d, err := calendar.Parse(date)
	if err != nil {
		panic(err)
	}
	return tenants.CalendarDay{Day: d, Title: workflow.Text{IT: name}}
}

// TestCalendar: an agency's own days move the deadlines that start after them, not those that run, and not another agency's;
// and a history replays to the deadlines it had, whatever the calendar says now.
func TestCalendar(t *testing.T) {
	h := newHouse(t)
	admin := h.A.Do("agency_admin", "agency.write")
	if _, due := h.waiting(h.A); due != "2026-12-09" { // the 8th is a national holiday
		t.Errorf("by the national calendar it ends on %s", due)
	}
	set, err := h.tenants.SetCalendar(t.Context(), admin, 1, tenants.CalendarDays{Closed: []tenants.CalendarDay{day("2026-12-07", "Sant'Ambrogio")}})
	office.Must(t, err)
	if set.Version != 2 || set.Closed[0].Title.EN != "Sant'Ambrogio" || len(set.National) != 14 {
		t.Errorf("%+v", set)
	}
	kept, due := h.waiting(h.A)
	if due != "2026-12-10" {
		t.Errorf("closed on the 7th it ends on %s", due)
	}
	set, err = h.tenants.SetCalendar(t.Context(), admin, 2, tenants.CalendarDays{Worked: []tenants.CalendarDay{day("2026-12-08", "Si lavora")}})
	office.Must(t, err)
	if len(set.Closed) != 0 || len(set.Worked) != 1 {
		t.Errorf("%+v", set)
	}
	if _, due := h.waiting(h.A); due != "2026-12-08" {
		t.Errorf("worked on the 8th it ends on %s", due)
	}
	if _, due := h.waiting(h.B); due != "2026-12-09" {
		t.Errorf("B's ends on %s", due)
	}
	again, err := h.Applications.Replay(t.Context(), h.A.Do("broker", "applications.read"), kept)
	office.Must(t, err)
	if timers := again.Instance.Timers; !again.OK || len(timers) != 1 || timers[0].Due.Format(time.DateOnly) != "2026-12-10" {
		t.Errorf("replayed: %v %+v", again.OK, timers)
	}
	b, err := h.tenants.Calendar(t.Context(), h.B.Do("agency_admin", "agency.read"))
	office.Must(t, err)
	if len(b.Closed)+len(b.Worked) != 0 || b.Version != 1 {
		t.Errorf("B sees %+v", b)
	}
}

// TestCalendarRefuses: each day that does not fit is named, and nothing is changed.
func TestCalendarRefuses(t *testing.T) {
	h := newHouse(t)
	admin := h.A.Do("agency_admin", "agency.write")
	_, err := h.tenants.SetCalendar(t.Context(), admin, 1, tenants.CalendarDays{
		Closed: []tenants.CalendarDay{day("2026-12-07", "Sant'Ambrogio"), day("2026-12-07", "again"), {Title: workflow.Text{EN: "no day"}}, day("2026-12-24", " ")},
		Worked: []tenants.CalendarDay{day("2026-12-09", "a working day"), day("2027-08-15", "a Sunday")},
	})
	e := fault.As(err)
	var at []string
	for _, f := range e.Fields {
		at = append(at, f.Pointer)
	}
	if e.Kind != fault.Invalid || strings.Join(at, " ") != "/closed/1/day /closed/2/day /closed/3/title /worked/0/day /worked/1/day" {
		t.Errorf("%v at %v", err, at)
	}
	for what, try := range map[string]struct {
		scope   tenancy.Scope
		version int
		code    string
	}{"an older version": {admin, 7, "version.stale"}, "a broker": {h.A.Do("broker", "agency.write"), 1, "access.denied"}} {
		if _, err := h.tenants.SetCalendar(t.Context(), try.scope, try.version, tenants.CalendarDays{}); fault.As(err).Code != try.code {
			t.Errorf("%s: %v", what, err)
		}
	}
	if c, err := h.tenants.Calendar(t.Context(), h.A.Do("broker", "agency.read")); err != nil || c.Version != 1 || len(c.Closed) != 0 {
		t.Errorf("after the refusals: %+v, %v", c, err)
	}
}
