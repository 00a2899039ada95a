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
		if to.FactDecl(f.Name) == nil {
			reasons = append(reasons, &Problem{0, fmt.Sprintf("the fact %s was given up: the new template does not know it", f.Name)})
		}
	}
	return back, errors.Join(reasons...)
}
