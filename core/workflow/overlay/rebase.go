package overlay

import (
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/diff"
)

// Conflict is an operation that a new base no longer takes.
type Conflict struct {
	Operation int           `json:"operation"` // from one
	Op        string        `json:"op"`
	Why       string        `json:"why"`  // target_gone | text_path | seal | out_of_bounds | wrong_type | name_taken | otherwise
	Code      string        `json:"code"` // the finding it would be
	Line      int           `json:"line"`
	Column    int           `json:"column"`
	Text      workflow.Text `json:"text"` // with what to do
}

// Rebased is an overlay on a new base.
type Rebased struct {
	Resolved  Resolved      // with the operations that still apply; not to be published while there are conflicts
	Changes   []diff.Change // from the old base under the overlay to the new one under it
	Conflicts []Conflict    // in the overlay's order
}

// Rebase applies an overlay that fits its old base to a new one. The version in extends is not looked at, the key is.
// Findings say that the overlay does not even fit the old base; an error is about one of the bases.
func Rebase(oldBase, newBase, source []byte) (Rebased, []workflow.Finding, error) {
	old, found, err := Resolve(oldBase, source)
	if err != nil || len(found) > 0 {
		return Rebased{}, found, err
	}
	o, _ := read(source) // it was read above
	w, err := newWork(Resolved{Source: newBase}, o.key)
	if err != nil {
		return Rebased{}, nil, err
	}
	if key := w.key(); key != o.extends.Key {
		return Rebased{}, []workflow.Finding{wrongBase(o, key)}, nil
	}
	out := Rebased{Conflicts: []Conflict{}}
	for _, r := range w.apply(o) {
		out.Conflicts = append(out.Conflicts, Conflict{r.op.number, r.op.name, string(r.why), codes[r.why], r.node.Line, r.node.Column, r.text})
	}
	if out.Resolved, err = w.write(); err != nil {
		return Rebased{}, nil, err
	}
	out.Changes, err = diff.Sources(old.Source, out.Resolved.Source)
	return out, nil, err
}
