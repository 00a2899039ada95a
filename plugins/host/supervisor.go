package host

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
)

// State is what a connector is doing.
type State string

// The states. Refused lasts until another version is planned or the host is opened again, quarantined for crashWindow.
const (
	Starting    State = "starting"
	Healthy     State = "healthy"
	Backoff     State = "backoff"
	Quarantined State = "quarantined"
	Refused     State = "refused"
	Stopped     State = "stopped"
)

// program is a verified connector.
type program struct {
	entry
	path    string
	number  int    // among the host's; its user comes from it
	printed func() // told when it prints what nobody reads
}

// supervisor keeps one version of a connector running, as one process.
type supervisor struct {
	name     string
	release  Release
	log      *slog.Logger
	end      func()            // ends it at once
	over     <-chan struct{}   // closed when it is to end
	failed   func(*supervisor) // hears that it is quarantined or refused
	calls    sync.WaitGroup    // under way, and on their way to it
	outcomes outcomes
	start    func(context.Context) (*process, error)
	now      func() time.Time
	pause    func(context.Context, time.Duration) // waits, with jitter
	rest     func(context.Context, time.Duration) // waits out a quarantine

	reports *reports

	mu      sync.Mutex
	state   State
	process *process              // while healthy
	about   *connectors.Connector // once it has ever been healthy
	to      []string              // its settings that hold an address, as about says
	texts   messages              // for its failures, as about says
	why     string                // of the state, where there is more to say
	since   time.Time             // it is in the state
	outside outside               // what it may do outside, as about says
	changed chan struct{}         // closed at the next change of state
	crashes crashes
}

// keep starts the connector, again and again, until ctx ends. In quarantine it rests: a bank's outage or a full disk that made it
// crash goes by without anybody's help, a broken program is not started for ever.
func (s *supervisor) keep(ctx context.Context) {
	for ctx.Err() == nil {
		s.set(Starting, nil)
		began := s.now()
		p, err := s.start(ctx)
		if err == nil {
			s.set(Healthy, p)
			s.log.Info("connector started", "version", p.about.GetVersion(), "pid", p.run.ID())
			select {
			case <-p.exited():
			case <-ctx.Done():
			}
			p.close()
		}
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, errRefused) {
			s.log.Error("connector refused", "error", err)
			s.reports.add(s.name, NotAdmitted, err.Error())
			s.because(Refused, err.Error())
			s.failed(s)
			<-ctx.Done()
			break
		}
		wait, quarantined := s.crashes.add(s.now(), s.now().Sub(began))
		if err != nil {
			s.log.Warn("connector did not start", "error", err)
			s.reports.add(s.name, NotStarted, err.Error())
		} else {
			s.reports.add(s.name, ended(p), p.run.cmd.ProcessState.String())
			s.log.Warn("connector ended", "how", p.run.cmd.ProcessState.String(), "printed", p.run.said.dropped)
		}
		if quarantined {
			s.log.Error("connector quarantined", "crashes", crashesAtMost, "within", crashWindow)
			s.reports.add(s.name, QuarantinedNow, "")
			s.set(Quarantined, nil)
			s.failed(s)
			s.rest(ctx, crashWindow)
			s.crashes = crashes{}
			continue
		}
		s.set(Backoff, nil)
		s.pause(ctx, wait)
	}
	s.set(Stopped, nil)
}

func (s *supervisor) set(state State, p *process) { s.change(state, p, "") }

func (s *supervisor) because(state State, why string) { s.change(state, nil, why) }

func (s *supervisor) change(state State, p *process, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.process, s.why, s.since = state, p, why, s.now()
	if p != nil {
		s.about = describe(p.about)
		s.to = addressFields(s.about.ConfigSchema)
		s.texts = textsOf(p.about.GetMessages())
		s.outside = outsideOf(p.about)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *supervisor) look() (State, *process, *connectors.Connector, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.process, s.about, s.changed
}

// is tells whether this is the version it runs.
func (s *supervisor) is(r Release) bool { return s.release.SHA256 == r.SHA256 }

// useless: a call has nothing to wait for here.
func (s *supervisor) useless() bool {
	state, _, _, _ := s.look()
	return state == Quarantined || state == Refused || state == Stopped
}

// drain ends it when the calls it has have ended, or after a while. Nobody may send it new ones.
func (s *supervisor) drain() {
	idle := make(chan struct{})
	go func() {
		s.calls.Wait()
		close(idle)
	}()
	timer := time.NewTimer(drainAtMost)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	case <-s.over:
	}
	s.end()
}

// bank names whom a call with these settings goes to.
func (s *supervisor) bank(settings settings) string {
	s.mu.Lock()
	fields := s.to
	s.mu.Unlock()
	return bankOf(s.name, fields, settings)
}

// messages are the connector's texts for its failures.
func (s *supervisor) messages() messages {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts
}

// mayOutside is what its calls may do outside.
func (s *supervisor) mayOutside() outside {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outside
}

// settled waits while the connector is starting, until ctx ends.
func (s *supervisor) settled(ctx context.Context) (State, *process, *connectors.Connector) {
	for {
		state, p, about, changed := s.look()
		if state != Starting {
			return state, p, about
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return state, nil, about
		}
	}
}

func pause(ctx context.Context, d time.Duration) { wholly(ctx, jitter(d)) }

// wholly waits for all of d, or until ctx ends.
func wholly(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
