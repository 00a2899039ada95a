package migrate

import (
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Moved is what a move comes to.
type Moved struct {
	From            []string              `json:"from"`
	To              []string              `json:"to"`
	Instance        workflow.Instance     `json:"-"` // the next one
	FactChanges     []workflow.FactChange `json:"-"`
	FactsRead       map[string]any        `json:"-"` // what back-fills looked at
	TimersArmed     []workflow.Timer      `json:"timers_armed"`
	TimersCancelled []workflow.Timer      `json:"timers_cancelled"`
	TimersPaused    []workflow.Timer      `json:"-"` // stand still from the move on
	TimersReleased  []workflow.Timer      `json:"-"` // waited for a breach to be gone, and try again
	ApprovalsVoided int                   `json:"approvals_voided"`
	NewlyBlocked    []Blocked             `json:"newly_blocked"`
	NewlyBroken     []workflow.Blocker    `json:"newly_broken"`
}

// Blocked is an event that somebody could send before the move and nobody can after it, and why.
type Blocked struct {
	Event    string             `json:"event"`
	Blockers []workflow.Blocker `json:"blockers"`
}

// Apply moves one instance. w is what its machine sees now; facts are those of the old template. The error says, in a sentence
// for people, why this instance cannot move.
func (m *Move) Apply(inst workflow.Instance, w workflow.World) (Moved, error) {
	if inst.Ended != "" {
		return Moved{}, &Problem{0, "it has ended and stays as it is"}
	}
	to, err := m.Route(inst.States)
	if err != nil {
		return Moved{}, err
	}
	active, err := m.New.Standing(to)
	if err != nil {
		return Moved{}, err
	}
	out := Moved{From: slices.Clone(inst.States), To: to, Instance: inst}
	out.Instance.States, out.Instance.Sequence = to, inst.Sequence+1
	after := w
	if after.Facts, err = m.facts(&out, inst, w); err != nil {
		return Moved{}, err
	}
	m.timers(&out, inst, active, w)
	m.consents(&out, inst, active)
	out.Instance.Frozen = m.frozen(inst, active)
	out.Instance.History = m.past(inst)
	m.compare(&out, inst, w, after)
	return out, nil
}

// past carries over what history states of the same name remember, where the plan says what each remembered state becomes.
func (m *Move) past(inst workflow.Instance) map[string][]string {
	var out map[string][]string
	for name, states := range inst.History {
		h := m.New.State(name)
		if h == nil || h.Kind != "history" {
			continue
		}
		var to []string
		for _, s := range states {
			targets, mapped := m.Plan.States[s]
			if !mapped {
				targets = []string{s}
			}
			to = append(to, targets...)
		}
		if slices.ContainsFunc(to, func(s string) bool { x := m.New.State(s); return x == nil || !x.Inside(h.Parent) }) {
			continue // it begins anew
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[name] = to
	}
	return out
}

// Result is the move as a macrostep of the new machine, for its history.
func (m Moved) Result() workflow.Result {
	return workflow.Result{Outcome: workflow.Fired, From: m.From, To: m.To, Instance: m.Instance, Blockers: []workflow.Blocker{},
		FactChanges: m.FactChanges, FactsRead: m.FactsRead, TimersArmed: m.TimersArmed, TimersCancelled: m.TimersCancelled, TimersPaused: m.TimersPaused, TimersReleased: m.TimersReleased}
}

// facts gives what the new machine sees: the same values, but those that are back-filled and those it does not know.
func (m *Move) facts(out *Moved, inst workflow.Instance, w workflow.World) (workflow.Facts, error) {
	raw := map[string]any{}
	maps.Copy(raw, w.Facts)
	change := func(name string, v any) {
		raw[name] = v
		out.FactChanges = append(out.FactChanges, workflow.FactChange{Sequence: out.Instance.Sequence, Name: name, Value: v,
			Source: workflow.SourceMigration + m.Digest, Actor: "system", At: w.Now})
	}
	filled := map[string]bool{}
	for _, f := range m.fills {
		v, read, verdict, problem := f.value.Eval(inst, w)
		if out.FactsRead == nil {
			out.FactsRead = map[string]any{}
		}
		maps.Copy(out.FactsRead, read)
		switch verdict {
		case workflow.Error:
			return nil, &Problem{0, fmt.Sprintf("the value of %s cannot be computed: %s", f.fact.Name, problem)}
		case workflow.Missing:
			v = nil
		}
		one, err := m.New.Normalize(map[string]any{f.fact.Name: v})
		if err != nil {
			return nil, &Problem{0, "the value of " + err.Error()}
		}
		filled[f.fact.Name] = true
		change(f.fact.Name, one[f.fact.Name])
	}
	for _, name := range slices.Sorted(maps.Keys(w.Facts)) {
		if w.Facts[name] != nil && m.Old.Own(name) && !m.New.Own(name) && m.New.Fact(name) == nil {
			change(name, nil)
		}
	}
	facts, err := m.New.Normalize(raw)
	if err != nil {
		return nil, &Problem{0, fmt.Sprintf("a recorded value does not fit the new template, and the plan does not back-fill it: %s", err)}
	}
	sort.SliceStable(out.FactChanges, func(i, j int) bool { return out.FactChanges[i].Name < out.FactChanges[j].Name })
	return facts, nil
}

// timers carries deadlines over, see the package.
func (m *Move) timers(out *Moved, inst workflow.Instance, active map[string]*workflow.State, w workflow.World) {
	kept := map[string]workflow.Timer{} // by state of the new template
	if m.Plan.Timers == Keep {
		for _, t := range inst.Timers {
			for _, heir := range m.heirs(t.State) {
				if s := active[heir]; s != nil && s.SLA != nil {
					t.State, t.Event, t.Waits = heir, s.SLA.Emits, false // what waited for a breach to be gone tries again
					kept[heir] = t
				}
			}
		}
	}
	out.Instance.Timers = nil
	if m.Plan.Timers != Cancel {
		for _, name := range slices.Sorted(maps.Keys(active)) {
			s := active[name]
			if s.SLA == nil {
				continue
			}
			t, carried := kept[name]
			if !carried {
				t = workflow.Timer{State: name, Event: s.SLA.Emits, Entry: out.Instance.Sequence, Due: s.SLA.Due(w.Now, w.Holidays)}
			}
			out.Instance.Timers = append(out.Instance.Timers, t)
		}
	}
	out.Instance.Timers = m.New.Paused(out.Instance, w.Now, w.Holidays)
	out.TimersArmed, out.TimersCancelled = []workflow.Timer{}, []workflow.Timer{}
	for _, t := range out.Instance.Timers {
		switch {
		case slices.Contains(inst.Timers, t):
		case t.Runs() && slices.ContainsFunc(inst.Timers, func(x workflow.Timer) bool { return x.Waits && x.Same(t) }):
			out.TimersReleased = append(out.TimersReleased, t)
		case t.Runs():
			out.TimersArmed = append(out.TimersArmed, t)
		default:
			out.TimersPaused = append(out.TimersPaused, t)
		}
	}
	for _, t := range inst.Timers {
		if !slices.ContainsFunc(out.Instance.Timers, t.Same) {
			out.TimersCancelled = append(out.TimersCancelled, t)
		}
	}
}

// consents carries approvals and waivers over.
func (m *Move) consents(out *Moved, inst workflow.Instance, active map[string]*workflow.State) {
	out.Instance.Approvals, out.Instance.Waivers = nil, nil
	for _, a := range inst.Approvals {
		i := slices.IndexFunc(m.New.Template.Transitions, func(t *workflow.Transition) bool { return t.ID == a.Transition && t.Approvals != nil })
		kept := false
		if i >= 0 && m.Plan.Approvals == Keep {
			for _, heir := range m.heirs(a.State) {
				if active[heir] != nil && slices.Contains(m.New.Template.Transitions[i].From, heir) {
					a.State, kept = heir, true
					break
				}
			}
		}
		if kept {
			out.Instance.Approvals = append(out.Instance.Approvals, a)
		} else {
			out.ApprovalsVoided++
		}
	}
	for _, w := range inst.Waivers {
		if slices.ContainsFunc(m.New.Template.Invariants, func(i *workflow.Invariant) bool {
			return i.ID == w.Invariant && slices.ContainsFunc(i.In, func(s string) bool { return active[s] != nil })
		}) {
			out.Instance.Waivers = append(out.Instance.Waivers, w)
		}
	}
}

// frozen are the facts that may no longer change: those that were, and those the new states freeze.
func (m *Move) frozen(inst workflow.Instance, active map[string]*workflow.State) []string {
	var out []string
	for _, f := range m.New.Template.Facts {
		if slices.Contains(inst.Frozen, f.Name) || active[f.FrozenAfter] != nil {
			out = append(out, f.Name)
		}
	}
	sort.Strings(out)
	return out
}

// compare says what the move takes away: for somebody with every role, so that only the process itself can stand in the way.
func (m *Move) compare(out *Moved, inst workflow.Instance, before, after workflow.World) {
	out.NewlyBlocked, out.NewlyBroken = []Blocked{}, []workflow.Blocker{}
	possible := map[string]bool{}
	for _, o := range m.New.Explain(out.Instance, m.New.Everybody(), after) {
		possible[o.Event] = o.Enabled
	}
	for _, o := range m.Old.Explain(inst, m.Old.Everybody(), before) {
		if o.Enabled && !o.System && !possible[o.Event] {
			r := m.New.Step(out.Instance, workflow.Event{Name: o.Event, Actor: m.New.Everybody()}, after)
			out.NewlyBlocked = append(out.NewlyBlocked, Blocked{o.Event, r.Blockers})
		}
	}
	broken := map[string]bool{}
	for _, b := range m.Old.Breaches(inst, before) {
		broken[guardOf(b)] = true
	}
	for _, b := range m.New.Breaches(out.Instance, after) {
		if !broken[guardOf(b)] {
			out.NewlyBroken = append(out.NewlyBroken, b)
		}
	}
}

func guardOf(b workflow.Blocker) string {
	if b.Guard == nil {
		return ""
	}
	return *b.Guard
}
