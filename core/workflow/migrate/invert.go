package migrate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Invert gives the plan that leads back, deadlines kept. The error says why there is none: two states of the old template became
// one, or facts were back-filled, or facts were given up because the new template does not know them.
func (p Plan) Invert(from, to *workflow.Machine) (Plan, error) {
	back := Plan{From: p.To, To: p.From, States: map[string]Targets{}, Timers: Keep, Approvals: Keep}
	var reasons []error
	for _, old := range slices.Sorted(maps.Keys(p.States)) {
		for _, target := range p.States[old] {
			if other, taken := back.States[target]; taken && other[0] != old {
				reasons = append(reasons, &Problem{0, fmt.Sprintf("%s and %s both became %s: nobody can tell which it was", other[0], old, target)})
			}
			back.States[target] = Targets{old}
		}
	}
	for _, f := range p.Facts {
		reasons = append(reasons, &Problem{0, fmt.Sprintf("the fact %s was back-filled: what it was before is no longer its value", f.Fact)})
	}
	for _, f := range from.OwnFacts() {
		if to.Fact(f.Name) == nil {
			reasons = append(reasons, &Problem{0, fmt.Sprintf("the fact %s was given up: the new template does not know it", f.Name)})
		}
	}
	return back, errors.Join(reasons...)
}

// Lost says, a sentence for each, what a way back by Invert does not bring back: what the move itself gives up.
func (p Plan) Lost(from, to *workflow.Machine) []workflow.Text {
	out := []workflow.Text{}
	for _, l := range []struct {
		lost bool
		text workflow.Text
	}{
		{p.Approvals == Void && slices.ContainsFunc(from.Template.Transitions, func(t *workflow.Transition) bool { return t.Approvals != nil }), lostApprovals},
		{p.Timers == Restart, lostTime},
		{p.endsDeadlines(from, to), lostDeadlines},
		{slices.ContainsFunc(from.Template.Invariants, func(i *workflow.Invariant) bool {
			return len(i.Waive) > 0 && to.Invariant(i.ID) == nil
		}), lostWaivers},
	} {
		if l.lost {
			out = append(out, l.text)
		}
	}
	return out
}

var (
	lostApprovals = workflow.Text{EN: "Approvals that the migration voided do not come back: they have to be given again.", IT: "Le approvazioni annullate dalla migrazione non tornano: vanno date di nuovo."}
	lostTime      = workflow.Text{EN: "Deadlines that the migration restarted go on from there: the time that had passed before does not come back.", IT: "Le scadenze fatte ripartire dalla migrazione proseguono da lì: il tempo già trascorso non torna."}
	lostDeadlines = workflow.Text{EN: "Deadlines that the migration ended begin anew with the undo.", IT: "Le scadenze chiuse dalla migrazione ripartono da capo con l'annullamento."}
	lostWaivers   = workflow.Text{EN: "Waivers that the migration dropped do not come back: they have to be given again.", IT: "Le deroghe fatte cadere dalla migrazione non tornano: vanno concesse di nuovo."}
)

// endsDeadlines tells whether a deadline can be over by the move: all of them, or those mapped to where there is none.
func (p Plan) endsDeadlines(from, to *workflow.Machine) (ends bool) {
	from.Template.EachState(func(s *workflow.State) {
		targets, mapped := p.States[s.Name]
		if s.SLA == nil || !mapped && to.State(s.Name) == nil {
			return
		}
		if !mapped {
			targets = Targets{s.Name}
		}
		kept := slices.ContainsFunc(targets, func(name string) bool { x := to.State(name); return x != nil && x.SLA != nil })
		ends = ends || !kept || p.Timers == Cancel
	})
	return ends
}
