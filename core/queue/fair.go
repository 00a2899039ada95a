package queue

import (
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// Caps bound what runs at once in this worker. The last quarter of each is kept for jobs that a person waits for.
type Caps struct {
	All             int // of everybody
	Tenant          int // of one agency
	TenantConnector int // of one agency with one connector: a connector that hangs holds up no other of the agency
	Connector       int // with one connector, of all agencies
	Connection      int // of one agency with one bank
}

// quantum is what an agency may spend in a turn, in weights.
const quantum = 4

// nightlyEvery: of so many turns that no person waits for, one is nightly work's, if there is any: it never starves.
const nightlyEvery = 8

// fair decides whose jobs are taken next. Among priorities the more urgent goes first; among the agencies of a priority it is
// deficit round robin: each in its turn gains a quantum and pays for what it takes by weight. What a lane holds is only known
// once it is taken, so an agency may overdraw, and then waits until its turns have paid for it. Not for concurrent use.
type fair struct {
	caps  [5]int // as holds
	busy  map[hold]running
	rings map[Priority]*ring
	rests map[Lane]time.Time // until when
	now   time.Time
	turns int // that no person waited for
}

// ring is the agencies that have something waiting in one priority; at is whose turn it is.
type ring struct {
	order []ident.AgencyID
	at    int
	of    map[ident.AgencyID]*account
}

// account is an agency's lanes with something waiting, served in turn, and what it may spend; below zero it is in debt.
type account struct {
	lanes  []Lane
	at     int
	credit int
}

// hold is what a cap counts by: an agency, a connector, a connection, some of them or none.
type hold struct {
	tenant     ident.AgencyID
	connector  string
	connection ident.ConnectionID
}

// running is how many jobs run, people's and the others.
type running struct{ people, others int }

func newFair(c Caps) *fair {
	f := &fair{caps: [5]int{c.All, c.Tenant, c.TenantConnector, c.Connector, c.Connection}, busy: map[hold]running{}, rings: map[Priority]*ring{}, rests: map[Lane]time.Time{}}
	for _, p := range []Priority{Screen, Background, Nightly} {
		f.rings[p] = &ring{of: map[ident.AgencyID]*account{}}
	}
	return f
}

func (l Lane) holds() [5]hold {
	return [5]hold{{}, {tenant: l.Tenant}, {tenant: l.Tenant, connector: l.Connector}, {connector: l.Connector}, {l.Tenant, l.Connector, l.Connection}}
}

// unbound reports whether a hold is none: a lane without a connection is bounded as the agency's connector.
func (l Lane) unbound(i int) bool { return i == 4 && l.Connection.IsZero() }

// room is how many more jobs of a lane may run now.
func (f *fair) room(l Lane) int {
	if until, rests := f.rests[l]; rests && until.After(f.now) {
		return 0
	} else if rests {
		delete(f.rests, l)
	}
	room := f.caps[0]
	for i, h := range l.holds() {
		if l.unbound(i) {
			continue
		}
		most, now := f.caps[i], f.busy[h]
		room = min(room, most-now.people-now.others)
		if l.Priority != Screen {
			room = min(room, (3*most+3)/4-now.others)
		}
	}
	return max(0, room)
}

// began and ended count a lane's running jobs.
func (f *fair) began(l Lane, n int) {
	for i, h := range l.holds() {
		if l.unbound(i) {
			continue
		}
		now := f.busy[h]
		if l.Priority == Screen {
			now.people += n
		} else {
			now.others += n
		}
		if f.busy[h] = now; now == (running{}) {
			delete(f.busy, h)
		}
	}
}

func (f *fair) ended(l Lane) { f.began(l, -1) }

// hear notes that something may wait in a lane.
func (f *fair) hear(l Lane) {
	r := f.rings[l.Priority]
	if r == nil {
		return // a priority of a later version: its workers know it
	}
	a := r.of[l.Tenant]
	if a == nil {
		a = &account{}
		r.of[l.Tenant] = a
		r.order = slices.Insert(r.order, r.at, l.Tenant) // behind everybody who waits already
		r.at++
	}
	if !slices.Contains(a.lanes, l) {
		a.lanes = append(a.lanes, l)
	}
}

// next is the lane to take from, and how many jobs at most; ok is false when nothing may run now. took must be called with what came.
func (f *fair) next() (lane Lane, most int, ok bool) {
	order := [3]Priority{Screen, Background, Nightly}
	if f.turns%nightlyEvery == nightlyEvery-1 {
		order[1], order[2] = Nightly, Background
	}
	for _, p := range order {
		if lane, most, ok = f.rings[p].next(f.room); ok {
			return lane, most, true
		}
	}
	return Lane{}, 0, false
}

func (r *ring) next(room func(Lane) int) (Lane, int, bool) {
	for {
		open := false // somebody is not held by a cap
		for range r.order {
			r.at %= len(r.order)
			tenant := r.order[r.at]
			a := r.of[tenant]
			lane, most := a.first(room)
			open = open || most > 0
			if most > 0 && a.credit <= 0 {
				a.credit += quantum
			}
			if most > 0 && a.credit > 0 {
				return lane, min(most, a.credit), true
			}
			r.at++ // held by a cap, or in debt
		}
		if !open {
			return Lane{}, 0, false
		}
	}
}

// first is the agency's first lane with room, in turn.
func (a *account) first(room func(Lane) int) (Lane, int) {
	for i := range a.lanes {
		lane := a.lanes[(a.at+i)%len(a.lanes)]
		if most := room(lane); most > 0 {
			return lane, most
		}
	}
	return Lane{}, 0
}

// took charges what was taken of the lane that was next. An empty lane is out until it is heard of again.
func (f *fair) took(l Lane, jobs []Job) {
	if l.Priority != Screen {
		f.turns++
	}
	f.began(l, len(jobs))
	r := f.rings[l.Priority]
	a := r.of[l.Tenant]
	a.at++
	for _, j := range jobs {
		a.credit -= max(1, j.Weight)
	}
	if len(jobs) == 0 {
		a.lanes = slices.DeleteFunc(a.lanes, func(other Lane) bool { return other == l })
	}
	switch i := slices.Index(r.order, l.Tenant); {
	case len(a.lanes) == 0:
		delete(r.of, l.Tenant)
		if r.order = slices.Delete(r.order, i, i+1); i < r.at {
			r.at--
		}
	case a.credit <= 0:
		r.at = i + 1
	}
}
