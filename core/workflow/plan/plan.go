// Package plan finds the shortest way of an instance to a state: which events are to be sent, what must be cleared before each,
// and who does it.
//
// It is a search over configurations (Dijkstra): an event costs one step, and so does each thing that stands in its way and was
// not cleared earlier on the way. Facts are taken as they are; what blocks a move is supposed to be cleared by its owner, after
// which the move leads where its transition says. A plan is therefore advice, computed by the machine that will decide.
package plan

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Kinds of steps.
const (
	Clear   = "clear"   // something that blocks: a fact, a document, a breach
	Wait    = "wait"    // until a moment; nobody has to do anything
	Approve = "approve" // the consent of one person
	Send    = "event"
)

// Step is one thing to do. By names the roles that can; Automatic is what connectors, timers and the machine itself do.
type Step struct {
	Do        string            `json:"do"`
	Event     string            `json:"event,omitempty"` // that the step is for
	Text      workflow.Text     `json:"text"`
	By        []string          `json:"by"`
	Automatic bool              `json:"automatic"`
	Until     *time.Time        `json:"until,omitempty"` // of a wait
	Blocker   *workflow.Blocker `json:"blocker,omitempty"`
	States    []string          `json:"states,omitempty"` // after an event
}

// Plan is the way to a state; Reachable is false when no transitions lead there.
type Plan struct {
	To        string        `json:"to"`
	Reachable bool          `json:"reachable"`
	Steps     []Step        `json:"steps"`
	Text      workflow.Text `json:"text"` // in one sentence
}

// maxVisits bounds the search; a template has at most a few hundred states.
const maxVisits = 5_000

// To plans the shortest way from where an instance stands to a state (or into one that is around others).
func To(m *workflow.Machine, inst workflow.Instance, target string, w workflow.World) Plan {
	out := Plan{To: target, Steps: []Step{}}
	queue := &frontier{{inst: inst, world: w}}
	found := 0
	visited := map[string]bool{}
	for visits := 0; queue.Len() > 0 && visits < maxVisits; visits++ {
		n := heap.Pop(queue).(*node)
		if m.Active(n.inst, target) {
			out.Reachable, out.Steps = true, append(out.Steps, n.steps...)
			break
		}
		key := strings.Join(n.inst.States, "\x00")
		if visited[key] {
			continue
		}
		visited[key] = true
		for _, move := range m.Moves(n.inst, n.world) {
			if next := n.after(m, move, found); next != nil {
				found++
				heap.Push(queue, next)
			}
		}
	}
	out.Text = words(m, out)
	return out
}

// node is a configuration on the way, with what was done to come there.
type node struct {
	inst  workflow.Instance
	world workflow.World
	steps []Step
	order int
}

// after supposes a move; nil when it cannot be taken or changes nothing.
func (n *node) after(m *workflow.Machine, move workflow.Move, order int) *node {
	next, set, ok := m.Suppose(n.inst, move, n.world)
	if !ok || slices.Equal(next.States, n.inst.States) {
		return nil
	}
	steps := slices.Clone(n.steps)
	for _, b := range move.Blockers {
		switch {
		case b.Code == workflow.NotApproved: // the approvals are steps of their own
		case len(b.Facts) == 0 && b.Earliest == nil: // no fact clears it, only another state: the search finds that way
			return nil
		case !supplied(steps, b):
			steps = append(steps, clearing(b, move.Event))
		}
	}
	if !move.Automatic() {
		steps = append(steps, approvals(m, move)...)
		decl := m.Event(move.Event)
		steps = append(steps, Step{Do: Send, Event: move.Event, Text: decl.Words(), By: decl.Roles(), Automatic: decl.System(), States: next.States})
	}
	world := n.world
	if len(set) > 0 {
		world.Facts = maps.Clone(world.Facts)
		maps.Copy(world.Facts, set)
	}
	return &node{inst: next, world: world, steps: steps, order: order}
}

// approvals are the consents before the last, which is the event itself.
func approvals(m *workflow.Machine, move workflow.Move) (out []Step) {
	decl := m.Event(move.Event)
	for i := 1; i < move.Approvals; i++ {
		out = append(out, Step{Do: Approve, Event: move.Event, By: roles(move.Transition.Approvals.Roles, decl), Text: workflow.Text{
			EN: fmt.Sprintf("%s: approval %d of %d", decl.Words().EN, i, move.Approvals),
			IT: fmt.Sprintf("%s: approvazione %d di %d", decl.Words().IT, i, move.Approvals),
		}})
	}
	return out
}

func roles(approvers []string, decl *workflow.EventDecl) []string {
	if len(approvers) > 0 {
		return approvers
	}
	return decl.Roles()
}

// clearing is the step that removes a blocker.
func clearing(b workflow.Blocker, event string) Step {
	s := Step{Do: Clear, Event: event, Text: b.Text, By: []string{}, Blocker: &b}
	if b.Earliest != nil {
		s.Do, s.Until, s.Automatic = Wait, b.Earliest, true
		return s
	}
	for _, f := range b.Facts {
		if f.Owner == "system" {
			s.Automatic = len(s.By) == 0
		} else if f.Owner != "" && !slices.Contains(s.By, f.Owner) {
			s.By, s.Automatic = append(s.By, f.Owner), false
		}
	}
	return s
}

// supplied tells whether earlier steps clear a blocker: the same one, or every fact that it misses.
func supplied(steps []Step, b workflow.Blocker) bool {
	misses, known := 0, 0
	for _, f := range b.Facts {
		if f.Missing {
			misses++
			if slices.ContainsFunc(steps, func(s Step) bool {
				return s.Blocker != nil && s.Blocker.Code == workflow.FactMissing && names(s.Blocker, f.Name)
			}) {
				known++
			}
		}
	}
	if b.Code == workflow.FactMissing && misses == known {
		return true
	}
	return slices.ContainsFunc(steps, func(s Step) bool {
		return s.Blocker != nil && s.Text == b.Text && text(s.Blocker.Subject) == text(b.Subject) && text(s.Blocker.Kind) == text(b.Kind)
	})
}

func names(b *workflow.Blocker, fact string) bool {
	return slices.ContainsFunc(b.Facts, func(f workflow.BlockerFact) bool { return f.Name == fact && f.Missing })
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// words say the plan in a sentence: "3 steps: the income proof (broker), bureau report (automatic), …".
func words(m *workflow.Machine, p Plan) workflow.Text {
	title := m.Template.StateTitle(p.To)
	switch {
	case !p.Reachable:
		return workflow.Text{EN: "No way leads to \"" + title.EN + "\" from here.", IT: "Da qui nessun percorso porta a «" + title.IT + "»."}
	case len(p.Steps) == 0:
		return workflow.Text{EN: "Already there.", IT: "Già raggiunto."}
	}
	var en, it []string
	for _, s := range p.Steps {
		who := workflow.Text{EN: strings.Join(s.By, ", "), IT: strings.Join(s.By, ", ")}
		switch {
		case s.Do == Wait:
			day := s.Until.Format(time.DateOnly)
			who = workflow.Text{EN: "from " + day, IT: "dal " + day}
		case s.Automatic:
			who = workflow.Text{EN: "automatic", IT: "automatico"}
		case len(s.By) == 0:
			who = workflow.Text{EN: "anyone", IT: "chiunque"}
		}
		en, it = append(en, s.Text.EN+" ("+who.EN+")"), append(it, s.Text.IT+" ("+who.IT+")")
	}
	count := workflow.Text{EN: fmt.Sprintf("%d steps: ", len(en)), IT: fmt.Sprintf("%d passi: ", len(it))}
	if len(en) == 1 {
		count = workflow.Text{EN: "1 step: ", IT: "1 passo: "}
	}
	return workflow.Text{EN: count.EN + strings.Join(en, "; "), IT: count.IT + strings.Join(it, "; ")}
}

// frontier is the queue of the search: fewest steps first, then the order in which ways were found.
type frontier []*node

func (f frontier) Len() int { return len(f) }
func (f frontier) Less(i, j int) bool {
	if len(f[i].steps) != len(f[j].steps) {
		return len(f[i].steps) < len(f[j].steps)
	}
	return f[i].order < f[j].order
}
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)   { *f = append(*f, x.(*node)) }
func (f *frontier) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}
