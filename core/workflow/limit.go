package workflow

import "regexp"

// Limit is a figure of the template that a clause compares with: the other half of "LTV: 90 %".
type Limit struct {
	Guard string `json:"guard"`
	Name  string `json:"name"`
	Title Text   `json:"title"`
	Value any    `json:"value"`
}

var paramName = regexp.MustCompile(`\bparams\.(\w+)`)

// Limits lists the figures that the clause of a guard or invariant names, each once, in the clause's order.
func (m *Machine) Limits(clause string) (out []Limit) {
	seen := map[string]bool{}
	for _, found := range paramName.FindAllStringSubmatch(m.clause(clause), -1) {
		for _, p := range m.Template.Params {
			if p.Name == found[1] && !seen[p.Name] {
				seen[p.Name] = true
				out = append(out, Limit{clause, p.Name, p.Title.Or(Text{p.Name, p.Name}), p.Default})
			}
		}
	}
	return out
}

// clause is the expression of a guard or invariant; "" when the template has none of the id.
func (m *Machine) clause(id string) string {
	for _, t := range m.Template.Transitions {
		for _, g := range t.Guards {
			if g.ID == id {
				return g.Expr
			}
		}
	}
	for _, i := range m.Template.Invariants {
		if i.ID == id {
			return i.Guard.Expr
		}
	}
	return ""
}
