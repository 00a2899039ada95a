package host

import (
	"slices"
	"sync"

	"github.com/pratica-crm/pratica/core/ident"
)

// unit is one connector: a lane that all agencies share, perhaps one for the canary, and one for each agency that has its own.
type unit struct {
	name  string
	lanes *lanes // what lanes need of the host

	mu        sync.RWMutex
	shared    *lane
	canary    *lane
	first     *Canary // whom the canary is for
	failed    string  // the canary that was rolled back here: it is not tried again until another is planned
	own       map[ident.AgencyID]*lane
	publisher string
	revoked   bool
}

func newUnit(name string, with *lanes) *unit {
	u := &unit{name: name, lanes: with, own: map[ident.AgencyID]*lane{}}
	u.shared = newLane(u, "shared")
	return u
}

// apply makes the unit what a plan says. Applied again, it changes nothing.
func (u *unit) apply(p Plan) {
	u.mu.Lock()
	u.revoked = p.Revoked
	if len(p.Releases) > 0 {
		u.publisher = p.Releases[0].Publisher
	}
	ended := []*lane{}
	if u.canary != nil && (p.Canary == nil || p.Canary.SHA256 != u.first.SHA256) {
		ended = append(ended, u.canary)
		u.canary, u.first = nil, nil
	}
	switch {
	case p.Canary == nil:
		u.failed = ""
	case u.failed != p.Canary.SHA256:
		if u.canary == nil {
			u.canary = newLane(u, "canary")
		}
		u.first = p.Canary
	}
	for agency, l := range u.own {
		if !slices.Contains(p.Dedicated, agency) {
			ended = append(ended, l)
			delete(u.own, agency)
		}
	}
	for _, agency := range p.Dedicated {
		if u.own[agency] == nil {
			u.own[agency] = newLane(u, agency.String())
		}
	}
	running, canary := u.all(), u.canary
	u.mu.Unlock()
	allowed := slices.Concat(p.Releases, p.Leaving)
	if p.Canary != nil {
		allowed = append(allowed, p.Canary.Release)
	}
	for _, l := range running {
		if l == canary {
			l.want([]Release{p.Canary.Release}, allowed)
		} else {
			l.want(p.Releases, allowed)
		}
	}
	for _, l := range ended {
		l.want(nil, allowed)
	}
}

// all are the unit's lanes; the caller holds the lock.
func (u *unit) all() []*lane {
	out := []*lane{u.shared}
	if u.canary != nil {
		out = append(out, u.canary)
	}
	for _, l := range u.own {
		out = append(out, l)
	}
	return out
}

// enter chooses the process that an agency's call goes to and holds it until leave. An agency of the canary gets the version in
// force while the canary is not up. None: nothing may run.
func (u *unit) enter(agency ident.AgencyID) (s *supervisor, leave func()) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	if u.canary != nil && u.first.includes(u.name, agency) {
		if s, leave := u.canary.enter(); s != nil {
			if state, _, _, _ := s.look(); state == Healthy {
				return s, leave
			}
			leave()
		}
	}
	if l := u.own[agency]; l != nil {
		if s, leave := l.enter(); s != nil {
			return s, leave
		}
	}
	return u.shared.enter()
}

// judge ends the canary when it does worse than the version in force.
func (u *unit) judge(s *supervisor) {
	u.mu.RLock()
	canary := u.canary
	u.mu.RUnlock()
	if canary == nil || !canary.has(s) {
		return
	}
	standing := record{}
	if old := u.shared.current(); old != nil {
		standing = old.outcomes.record()
	}
	if mine := s.outcomes.record(); overspent(mine, standing) {
		u.rollBack(s, mine.String()+" against "+standing.String()+" of the version in force")
	}
}

// rollBack sends the canary's agencies to the version in force again.
func (u *unit) rollBack(s *supervisor, why string) {
	u.mu.Lock()
	canary := u.canary
	if canary == nil || !canary.has(s) {
		u.mu.Unlock()
		return
	}
	u.failed = s.release.SHA256
	u.canary, u.first = nil, nil
	u.mu.Unlock()
	u.lanes.tell(Event{Connector: u.name, Version: s.release.Version, SHA256: s.release.SHA256, Code: RolledBack, Detail: why})
	canary.want(nil, []Release{s.release}) // what is under way with it may end
}

// main is the process of the version in force; nil when nothing may run.
func (u *unit) main() *supervisor { return u.shared.current() }

func (u *unit) isRevoked() bool {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.revoked
}
