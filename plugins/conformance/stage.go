package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Stage is a connector in a host, before a bank, for its author to look at.
type Stage struct{ k *kit }

// Step is a call and what came of it.
type Step struct {
	At        time.Time       `json:"at"`
	Method    string          `json:"method"`
	Ended     string          `json:"ended"`
	Took      time.Duration   `json:"took"`
	Payload   json.RawMessage `json:"payload,omitempty"`
	Exchanges []Exchange      `json:"exchanges"`

	answer connectors.Answer
}

// Exchange is what the connector asked the bank. Status 0: it had no answer.
type Exchange struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
}

// OpenStage starts a connector. Without the jail a debugger can attach to its process.
func OpenStage(ctx context.Context, o Options, noJail bool) (*Stage, error) {
	o.noJail = noJail
	k, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Stage{k}, nil
}

// Close ends it.
func (s *Stage) Close() { s.k.close() }

// About is what the connector says of itself.
func (s *Stage) About() *pb.DescribeResponse { return s.k.inside.About }

// PID is its process's, now.
func (s *Stage) PID() int { return s.k.host.Inside(s.k.name).PID }

// Log is what it printed on standard error.
func (s *Stage) Log() string { return s.k.stderr.String() }

// Reports are what an operator would be told of it.
func (s *Stage) Reports() (out []string) {
	for _, r := range s.k.host.Reports(s.k.name) {
		out = append(out, r.Text("en"))
	}
	return out
}

// moods are the ways a bank can be, by name.
var moods = map[string]mood{"sound": sound, "limited": limited, "denied": denied, "lost": lost, "cut": cut, "webpage": webpage, "hanging": hanging, "refusing": refusing}

// Moods are the names of the ways a bank can be.
func Moods() []string { return slices.Sorted(maps.Keys(moods)) }

// Mood has the bank behave in a way from now on.
func (s *Stage) Mood(name string) error {
	how, known := moods[name]
	if !known {
		return fmt.Errorf("%q is none of %s", name, strings.Join(Moods(), ", "))
	}
	s.k.now(how)
	return nil
}

// Main has the connector do what it is for, and look at what came of it.
func (s *Stage) Main() ([]Step, error) {
	if why := s.k.needsSide(); why != "" {
		return nil, fmt.Errorf("%s", why)
	}
	l := s.k.lanes[0]
	order, err := s.k.scenario.order(s.k, l, s.k.next())
	if err != nil {
		return nil, err
	}
	first := s.step(s.k.scenario.method, order)
	steps := []Step{first}
	if ref := reference(first.answer); s.k.scenario.look != "" && ref != "" {
		steps = append(steps, s.step(s.k.scenario.look, s.k.scenario.question(ref, first.answer)))
	}
	return steps, nil
}

// Call has it do one method with a payload.
func (s *Stage) Call(method string, payload json.RawMessage) Step { return s.step(method, payload) }

func (s *Stage) step(method string, payload any) Step {
	l := s.k.lanes[0]
	bank, identity, began := l.bank.count(), l.identity.count(), time.Now()
	a := s.k.call(l, method, payload)
	out := Step{At: began, Method: method, Ended: said(a), Took: time.Since(began), Payload: a.Payload, Exchanges: []Exchange{}, answer: a}
	for _, x := range append(l.bank.since(bank), l.identity.since(identity)...) {
		out.Exchanges = append(out.Exchanges, Exchange{x.method, x.path, int(x.status.Load())})
	}
	return out
}
