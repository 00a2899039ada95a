package workflow

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"
)

// Severity of a finding; only errors stand in the way of publishing.
const (
	SeverityError     = "error"
	SeverityWarning   = "warning"
	SeverityUndecided = "undecided"
)

// Finding is one thing the check has to say about a template.
type Finding struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	At       string   `json:"at"` // "state:referred", "guard:g_x", "/events/submit" for places without an id
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Message  string   `json:"message"`
	Witness  *Witness `json:"witness"`
}

// Witness is a path a person can follow to see the finding for themselves.
type Witness struct {
	Events []string       `json:"events"`          // what is sent, in order; "(facts)" where facts only change
	Facts  map[string]any `json:"facts"`           // as they stand at the end; null is missing
	Steps  []WitnessStep  `json:"steps,omitempty"` // the same path, complete: who sends what with which facts
}

// WitnessStep is one line of a log that shows a finding: facts are merged, then the event is sent.
type WitnessStep struct {
	Event   string         `json:"event,omitempty"` // none: facts change, or an invariant is waived
	Waive   string         `json:"waive,omitempty"` // an invariant
	At      time.Time      `json:"at"`
	Actor   Actor          `json:"actor"`
	Reason  string         `json:"reason,omitempty"`
	Facts   map[string]any `json:"facts,omitempty"`
	Payload map[string]any `json:"payload,omitempty"`
}

// MarshalJSON keeps both members present, so that readers need no null checks inside a witness.
func (w Witness) MarshalJSON() ([]byte, error) {
	if w.Events == nil {
		w.Events = []string{}
	}
	if w.Facts == nil {
		w.Facts = map[string]any{}
	}
	type plain Witness
	return json.Marshal(plain(w))
}

// Report is the answer of a check.
type Report struct {
	Publishable bool      `json:"publishable"`
	Digest      string    `json:"digest"` // "" when the source is not YAML
	Findings    []Finding `json:"findings"`
}

type findings struct {
	list []Finding
	seen map[string]bool
}

func (f *findings) add(code, at string, pos Position, format string, args ...any) *Finding {
	return f.put(Finding{Code: code, Severity: SeverityError, At: at, Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf(format, args...)})
}

// put keeps one finding per code, place and sentence: a transition from five states is said once.
func (f *findings) put(x Finding) *Finding {
	key := x.Code + "\x00" + x.At + "\x00" + x.Message
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	if f.seen[key] {
		return &Finding{}
	}
	f.seen[key] = true
	f.list = append(f.list, x)
	return &f.list[len(f.list)-1]
}

func (f *findings) errors() int {
	n := 0
	for _, x := range f.list {
		if x.Severity == SeverityError {
			n++
		}
	}
	return n
}

// sorted orders by place, so that the same input gives the same output.
func (f *findings) sorted() []Finding {
	out := append([]Finding{}, f.list...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Column != b.Column:
			return a.Column < b.Column
		case a.Code != b.Code:
			return a.Code < b.Code
		case a.At != b.At:
			return a.At < b.At
		}
		return a.Message < b.Message
	})
	return out
}
