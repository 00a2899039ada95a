package host

import (
	"slices"
	"sync"
	"time"
)

// drainAtMost bounds how long calls under way may keep a process that was replaced: longer than any call's deadline.
const drainAtMost = time.Minute

// lane is a place where one version of a connector takes calls, and is exchanged for another without losing one:
// the next one starts, and only when it is healthy new calls go to it; the one before ends when its last call has ended.
type lane struct {
	unit *unit
	name string

	mu       sync.Mutex
	now      *supervisor     // takes the calls; nil: nothing runs
	next     *supervisor     // on its way in
	releases []Release       // in order of preference
	bad      map[string]bool // those that could not stay up here, by digest
}

// lanes is what lanes need of the host.
type lanes struct {
	launch func(name string, r Release, failed func(*supervisor)) *supervisor // begins to run one
	tell   func(Event)
}

func newLane(u *unit, name string) *lane { return &lane{unit: u, name: name, bad: map[string]bool{}} }

// want says which versions should run, the first that can. What runs and is not among the allowed ones is ended at once, with the calls
// it has; anything else drains.
func (l *lane) want(releases, allowed []Release) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.EqualFunc(l.releases, releases, func(a, b Release) bool { return a.SHA256 == b.SHA256 }) {
		l.bad = map[string]bool{}
	}
	l.releases = releases
	for _, s := range []*supervisor{l.now, l.next} {
		if s != nil && !slices.ContainsFunc(allowed, s.is) {
			s.end()
		}
	}
	if l.now != nil && !slices.ContainsFunc(allowed, l.now.is) {
		l.now = nil
	}
	l.settle()
}

// settle takes the next step to the version that should run; the caller holds the lock.
func (l *lane) settle() {
	if len(l.releases) == 0 {
		for _, s := range []*supervisor{l.now, l.next} {
			if s != nil {
				go s.drain()
			}
		}
		l.now, l.next = nil, nil
		return
	}
	target := l.releases[0]
	for _, r := range l.releases {
		if !l.bad[r.SHA256] {
			target = r
			break
		}
	}
	if l.next != nil && !l.next.is(target) {
		l.next.end()
		l.next = nil
	}
	switch {
	case l.now != nil && l.now.is(target), l.next != nil:
	case l.now == nil:
		l.now = l.unit.lanes.launch(l.unit.name, target, l.failed)
	case l.now.useless(): // calls wait for the one that starts instead of being told that this one rests
		old := l.now
		l.now = l.unit.lanes.launch(l.unit.name, target, l.failed)
		old.end()
	default:
		l.next = l.unit.lanes.launch(l.unit.name, target, l.failed)
		go l.bringIn(l.next)
	}
}

// bringIn gives the calls to the next version once it is healthy.
func (l *lane) bringIn(s *supervisor) {
	for {
		state, _, _, changed := s.look()
		if state == Stopped {
			return
		}
		if state == Healthy {
			break
		}
		<-changed
	}
	l.mu.Lock()
	if l.next != s {
		l.mu.Unlock()
		return
	}
	old := l.now
	l.now, l.next = s, nil
	l.mu.Unlock()
	l.unit.lanes.tell(Event{Connector: l.unit.name, Version: s.release.Version, SHA256: s.release.SHA256, Code: Swapped, Detail: l.name})
	old.drain()
}

// failed hears that a version crashed too often, or is refused. There may be another to fall back to.
func (l *lane) failed(s *supervisor) {
	l.mu.Lock()
	if l.now != s && l.next != s {
		l.mu.Unlock()
		return
	}
	if l.name == "canary" {
		l.mu.Unlock()
		l.unit.rollBack(s, "it could not stay up")
		return
	}
	others := slices.DeleteFunc(slices.Clone(l.releases), func(r Release) bool { return s.is(r) || l.bad[r.SHA256] })
	if len(others) == 0 {
		l.mu.Unlock()
		return // it rests, and is tried again
	}
	l.bad[s.release.SHA256] = true
	if l.next == s {
		l.next = nil
		go s.end()
	}
	l.settle()
	l.mu.Unlock()
	l.unit.lanes.tell(Event{Connector: l.unit.name, Version: s.release.Version, SHA256: s.release.SHA256, Code: FellBack, Detail: "to " + others[0].called()})
}

// enter holds the process that takes calls until leave.
func (l *lane) enter() (*supervisor, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return nil, nil
	}
	s := l.now
	s.calls.Add(1)
	return s, s.calls.Done
}

func (l *lane) current() *supervisor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *lane) has(s *supervisor) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now == s || l.next == s
}
