package workflow

import (
	"maps"
	"slices"
	"time"
)

// Entry is one row of an instance's history. Each carries the hash of the one before,
// so that an altered, removed or inserted row is named by Replay.
type Entry struct {
	Sequence    int64           `json:"sequence"`
	From        []string        `json:"from"`
	To          []string        `json:"to"`
	Event       string          `json:"event"` // "" for the start and for a change of facts
	Payload     map[string]any  `json:"payload,omitempty"`
	Actor       Actor           `json:"actor"`
	Reason      string          `json:"reason,omitempty"`
	At          time.Time       `json:"at"`
	Outcome     string          `json:"outcome"` // fired | recorded
	Transitions []string        `json:"transitions"`
	FactsDigest string          `json:"facts_digest"`
	Template    string          `json:"template_digest"`
	Clauses     []ClauseOutcome `json:"clauses"`
	Ended       string          `json:"ended,omitempty"`
	Timer       *Timer          `json:"timer,omitempty"`     // when a deadline sent the event
	Invariant   string          `json:"invariant,omitempty"` // what a waiver waived
	Migration   *Crossing       `json:"migration,omitempty"` // when the row is a move to another template, whose digest the row carries
	Previous    string          `json:"previous"`
	Hash        string          `json:"hash"`
}

// Crossing says where a move between templates came from. The plan is kept under its digest, so that Replay can move again.
type Crossing struct {
	From string `json:"from"` // digest of the template left
	Plan string `json:"plan"` // digest of the plan
}

// MigrationReason is the reason of a history row that is a move to another template.
const MigrationReason = "migration"

// Crossed makes the history row of a move into this machine's template, as Entry does for a macrostep.
func (m *Machine) Crossed(r *Result, by Actor, at time.Time, recorded Facts, c Crossing) (entry Entry, read []FactChange) {
	entry, read, _ = m.Entry(r, Event{Actor: by, Reason: MigrationReason}, at, recorded)
	entry.Migration = &c
	entry.Hash = entry.digest()
	r.Instance.Head = entry.Hash
	return entry, read
}

// Entry makes the history row of a macrostep and advances the instance's head. Refusals have no row (ok is false).
// Store r.Instance after this call. The returned changes are the facts the step read whose recorded value differs:
// append them to fact_changes before the step's own, or Replay cannot rebuild what the clauses saw.
func (m *Machine) Entry(r *Result, ev Event, at time.Time, recorded Facts) (entry Entry, read []FactChange, ok bool) {
	if r.Outcome == Refused {
		return Entry{}, nil, false
	}
	at = at.UTC().Truncate(time.Microsecond) // what a database keeps
	entry = Entry{
		Sequence: r.Instance.Sequence, From: texts(r.From), To: texts(r.To), Event: ev.Name, Payload: ev.Payload, Actor: ev.Actor, Reason: ev.Reason, At: at,
		Outcome: r.Outcome, Transitions: texts(r.Transitions), FactsDigest: DigestFacts(r.FactsRead), Template: m.Digest, Clauses: slices.Clone(r.Clauses),
		Ended: r.Instance.Ended, Timer: r.timer, Invariant: r.waived, Previous: r.Instance.Head,
	}
	if entry.Clauses == nil {
		entry.Clauses = []ClauseOutcome{}
	}
	entry.Actor.Roles = texts(entry.Actor.Roles)
	entry.Hash = entry.digest()
	r.Instance.Head = entry.Hash
	for _, name := range slices.Sorted(maps.Keys(r.FactsRead)) {
		if v := r.FactsRead[name]; !sameValue(v, recorded[name]) {
			read = append(read, FactChange{Sequence: entry.Sequence, Name: name, Value: v, Source: "read", Actor: "system", At: at})
		}
	}
	return entry, read, true
}

// digest covers everything but the hash itself.
func (e Entry) digest() string {
	e.Hash = ""
	e.At = e.At.UTC()
	return digestOf(e)
}

func sameValue(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := a.(time.Time); ok {
		y, same := b.(time.Time)
		return same && x.Equal(y)
	}
	switch a.(type) {
	case []any, map[string]any:
		return digestOf(a) == digestOf(b)
	}
	return a == b
}

func texts(s []string) []string {
	if s == nil {
		return []string{}
	}
	return slices.Clone(s)
}
