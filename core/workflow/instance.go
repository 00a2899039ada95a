package workflow

import (
	"slices"
	"time"
)

// Instance is where one application, submission or consent stands. It is plain data: store it as JSON.
// Version and compare-and-set are the caller's; Sequence counts macrosteps.
type Instance struct {
	States    []string   `json:"states"` // active atomic and final states, sorted
	Approvals []Approval `json:"approvals,omitempty"`
	Waivers   []Waiver   `json:"waivers,omitempty"`
	Timers    []Timer    `json:"timers,omitempty"`
	Frozen    []string   `json:"frozen,omitempty"`  // facts that may no longer change
	History   past       `json:"history,omitempty"` // what history states restore
	Sequence  int64      `json:"sequence"`
	Ended     string     `json:"ended,omitempty"` // won | lost
	Head      string     `json:"head,omitempty"`  // hash of the last history entry
}

// Approval is one recorded consent; leaving State voids it.
type Approval struct {
	Transition string    `json:"transition"`
	State      string    `json:"state"`
	Actor      string    `json:"actor"`
	For        string    `json:"for,omitempty"` // the absent person a delegate approved for
	At         time.Time `json:"at"`
}

// Waiver lets an invariant stand broken while the instance stays in the states it names.
type Waiver struct {
	Invariant string    `json:"invariant"`
	Actor     string    `json:"actor"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}

// Timer is a deadline bound to the state entry (macrostep Entry) that armed it.
type Timer struct {
	State string    `json:"state"`
	Event string    `json:"event"`
	Entry int64     `json:"entry"`
	Due   time.Time `json:"due"`
	// Paused is since when the deadline stands still, by the SLA's pause_in; zero while it runs.
	Paused time.Time `json:"paused,omitzero"`
	// Waits is true when the deadline ended while a breach stood that refused its event: it fires once none stands any more.
	Waits bool `json:"waits,omitempty"`
}

// Actor is who sends an event. The actor of timers and connectors is System.
type Actor struct {
	ID    string   `json:"id"`
	Roles []string `json:"roles"`
	For   string   `json:"for,omitempty"` // the absent person a delegate acts for
}

// System is the actor of timers, connectors and other machines.
func System() Actor { return Actor{ID: "system", Roles: []string{"system"}} }

// Event is what somebody sends.
type Event struct {
	Name    string
	Actor   Actor
	Payload map[string]any
	Reason  string
}

// World is what a macrostep sees besides the instance; it is frozen for the step.
type World struct {
	Facts    Facts     // normalized, see Machine.Normalize
	Now      time.Time // the accepted-at moment
	Domain   Domain    // nil: the domain functions read their answers from Facts, unset is true
	Holidays Holidays  // nil: Italian holidays
	Reader   []string  // roles of whoever reads the explanation; nil: the actor's
}

// Outcomes of a macrostep.
const (
	Fired    = "fired"
	Refused  = "refused"
	Recorded = "recorded"
)

// Result says what a macrostep did. Refused leaves everything but consumed timers as it was.
type Result struct {
	Outcome         string
	From, To        []string // active states before and after
	Instance        Instance // the next one; store it
	Blockers        []Blocker
	Transitions     []string // ids that fired, in order
	Actions         []Action // for the outbox; fact.set is not among them
	FactChanges     []FactChange
	FactsRead       map[string]any // what clauses looked at; nil values were missing
	Clauses         []ClauseOutcome
	TimersArmed     []Timer
	TimersCancelled []Timer
	TimersPaused    []Timer // stand still from now on; one that goes on is among TimersArmed with its new moment
	TimersReleased  []Timer // waited for a breach that no longer stands: they are due now
	Stale           bool    // a timer that no longer belongs to the instance: an audited no-op

	timer  *Timer // the deadline that sent the event
	waived string // the invariant a waiver names
}

// Finished tells whether the instance has ended: its outcome is Instance.Ended.
func (r *Result) Finished() bool { return r.Instance.Ended != "" }

// ClauseOutcome is the answer of one clause in one macrostep.
type ClauseOutcome struct {
	Transition string  `json:"transition,omitempty"` // "" for an invariant
	Guard      string  `json:"guard"`
	Outcome    Verdict `json:"outcome"`
}

// Action is an entry for the outbox, its arguments computed.
type Action struct {
	Transition string         `json:"transition"`
	Do         string         `json:"do"`
	Ref        string         `json:"ref,omitempty"`
	With       map[string]any `json:"with,omitempty"`
	Role       string         `json:"role,omitempty"`
	Party      string         `json:"party,omitempty"`
	Title      *Text          `json:"title,omitempty"`
	Due        string         `json:"due,omitempty"` // ISO 8601 duration
	Kind       string         `json:"kind,omitempty"`
	From       string         `json:"from,omitempty"`
	Template   string         `json:"template,omitempty"`
	Subject    string         `json:"subject,omitempty"`
	To         string         `json:"to,omitempty"`
	Event      string         `json:"event,omitempty"`
}

// FactChange is one row of the append-only fact_changes.
type FactChange struct {
	Sequence int64     `json:"sequence"`
	Name     string    `json:"name"`
	Value    any       `json:"value"` // nil is missing
	Source   string    `json:"source"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	Erased   bool      `json:"erased,omitempty"` // the value was erased by law; its digest cannot be checked again
}

func (i Instance) clone() Instance {
	i.States, i.Approvals, i.Waivers = slices.Clone(i.States), slices.Clone(i.Approvals), slices.Clone(i.Waivers)
	i.Timers, i.Frozen = slices.Clone(i.Timers), slices.Clone(i.Frozen)
	return i
}
