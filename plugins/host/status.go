package host

import (
	"strings"
	"time"
)

// What happens to versions. An event names no agency.
const (
	Swapped    = "swapped"     // a version has taken the calls over
	FellBack   = "fell_back"   // a version could not stay up, and one before it runs instead
	RolledBack = "rolled_back" // a canary did worse than the version in force, and its agencies are back on that
)

// Event is something that happened to a version, for operators.
type Event struct {
	Connector, Version, SHA256 string
	Code                       string
	Detail                     string // English
}

func (h *Host) told(e Event) {
	h.log.Info("connector versions", "connector", e.Connector, "version", e.Version, "code", e.Code, "how", e.Detail)
	h.reports.add(e.Connector, e.Code, strings.TrimSpace(e.Version+" "+e.Detail))
	if h.tell != nil {
		h.tell(e)
	}
}

// Status is what a process of a connector is doing.
type Status struct {
	Connector string    `json:"connector"`
	Version   string    `json:"version"` // as the catalogue, or else the program itself, calls it; empty until that is known
	Publisher string    `json:"publisher"`
	SHA256    string    `json:"sha256"`
	Lane      string    `json:"lane"` // shared, canary, or the agency whose own it is
	State     State     `json:"state"`
	Why       string    `json:"why"` // English; empty when the state says it all
	Since     time.Time `json:"since"`
	PID       string    `json:"pid"`
	Calls     int       `json:"calls"` // of the last ones
	Bad       int       `json:"bad"`   // of these, ended by the connector's fault
}

// Status tells what each process of each connector is doing, in the plans' order.
func (h *Host) Status() []Status {
	out := []Status{}
	for _, u := range h.units() {
		u.mu.RLock()
		all, revoked := u.all(), u.revoked
		u.mu.RUnlock()
		before := len(out)
		for _, l := range all {
			l.mu.Lock()
			now, next := l.now, l.next
			l.mu.Unlock()
			for _, s := range []*supervisor{now, next} {
				if s != nil {
					out = append(out, s.status(l.name))
				}
			}
		}
		if len(out) == before && revoked {
			out = append(out, Status{Connector: u.name, Lane: "shared", State: Stopped, Why: "no version of it may run: what was approved is revoked"})
		}
	}
	return out
}

func (s *supervisor) status(lane string) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.outcomes.record()
	out := Status{Connector: s.name, Version: s.release.Version, Publisher: s.release.Publisher, SHA256: s.release.SHA256, Lane: lane, State: s.state,
		Why: s.why, Since: s.since, Calls: r.calls, Bad: r.bad}
	if s.about != nil {
		out.Version = s.about.Version
	}
	if s.process != nil {
		out.PID = s.process.run.ID()
	}
	return out
}

// called is how operators name a release.
func (r Release) called() string {
	if r.Version != "" {
		return r.Version
	}
	return r.SHA256[:min(12, len(r.SHA256))]
}
