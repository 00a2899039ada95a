package proof

import (
	"math"

	"github.com/pratica-crm/pratica/core/workflow"
)

// costs bounds every expression of the template by the sizes that its schemas declare.
func (x *examination) costs() {
	asked := map[*workflow.Guard]bool{}
	ask := func(c workflow.Clause, at string) {
		switch cost := c.Cost(); {
		case asked[c.Guard]:
		case cost == math.MaxUint64:
			x.add("unbounded_cost", workflow.SeverityError, at, c.Guard.At, nil,
				"nothing bounds what this expression costs: nest fewer walks over lists, or give the lists a smaller maxItems")
		case cost > workflow.PublishCost:
			x.add("guard_too_costly", workflow.SeverityError, at, c.Guard.At, nil,
				"this expression may cost %d steps, and %d are allowed: walk over one list at a time, or give the lists a smaller maxItems and the texts a smaller maxLength", cost, workflow.PublishCost)
		}
		asked[c.Guard] = true
	}
	for _, e := range x.m.Edges() {
		for _, c := range e.Clauses {
			ask(c, "guard:"+c.Guard.ID)
		}
		for _, c := range e.Computed() {
			ask(c, "transition:"+e.ID)
		}
	}
	for _, c := range x.m.Conditions() {
		ask(c.Clause, "invariant:"+c.ID)
	}
}
