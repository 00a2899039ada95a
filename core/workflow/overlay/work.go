package overlay

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// work is a base while operations change it.
type work struct {
	root    *yaml.Node
	overlay string
	base    map[int]Origin          // where the lines of the base come from, when it was resolved itself
	origins map[*yaml.Node]Origin   // what this overlay put in
	beside  map[string][]*yaml.Node // slot → bodies of the states put beside its state
}

func newWork(base Resolved, key string) (*work, error) {
	if len(base.Source) > workflow.MaxTemplate {
		return nil, errors.New("the base is larger than 1 MiB")
	}
	root, err := parse(base.Source)
	if err != nil {
		return nil, fmt.Errorf("the base: %w", err)
	}
	if kind := scalar(get(root, "kind")); kind != "Workflow" {
		return nil, fmt.Errorf("the base is of kind %q, not Workflow; resolve an overlay before another one stands on it", kind)
	}
	return &work{root: root, overlay: key, base: base.Origins, origins: map[*yaml.Node]Origin{}, beside: map[string][]*yaml.Node{}}, nil
}

func (w *work) key() string { return scalar(get(get(w.root, "metadata"), "key")) }

// apply works off the operations in order and goes on past a refusal; what was refused changed nothing.
func (w *work) apply(o *overlay) (refused []*refusal) {
	for _, op := range o.operations {
		if r := operations[op.name](w, op); r != nil {
			r.op = op
			refused = append(refused, r)
		}
	}
	metadata := child(w.root, "metadata", yaml.MappingNode)
	w.open([]*yaml.Node{metadata})
	for _, key := range []string{"key", "title"} {
		if v := get(o.metadata, key); v != nil {
			put(metadata, key, w.own(v, operation{}))
		}
	}
	drop(w.root, "tests")
	if o.tests != nil {
		put(w.root, "tests", w.own(o.tests, operation{}))
	}
	return refused
}

// own copies a node of the overlay and remembers where it stood.
func (w *work) own(n *yaml.Node, op operation) *yaml.Node {
	return clone(n, func(c *yaml.Node) {
		w.origins[c] = Origin{Overlay: w.overlay, Operation: op.number, Line: c.Line, Column: c.Column}
	})
}

// open takes the brackets from around a place, so that what is put there gets a line of its own.
func (w *work) open(path []*yaml.Node) {
	for _, n := range path {
		n.Style &^= yaml.FlowStyle
	}
}

// write gives the text, and reads it back: what a reader will find is what was meant, line by line.
func (w *work) write() (Resolved, error) {
	source, err := encode(w.root)
	if err != nil {
		return Resolved{}, fmt.Errorf("writing the resolved template: %w", err)
	}
	if len(source) > workflow.MaxTemplate {
		return Resolved{}, errors.New("the resolved template is larger than 1 MiB; take operations out or split the base")
	}
	again, err := parse(source)
	if err != nil {
		return Resolved{}, fmt.Errorf("reading the resolved template back: %w", err)
	}
	own, inherited := map[int]Origin{}, map[int]Origin{}
	if !w.compare(w.root, again, own, inherited) {
		return Resolved{}, errors.New("the resolved template does not read as it was meant; write the base without its comments and try again")
	}
	maps.Copy(inherited, own) // a value of this overlay may stand behind a key of one below
	return Resolved{Source: source, Origins: inherited}, nil
}

// compare walks what was meant beside what was written and notes where each line comes from: the first of its parts
// that this overlay put in, and the first that the base had from another.
func (w *work) compare(meant, written *yaml.Node, own, inherited map[int]Origin) bool {
	if meant.Kind != written.Kind || meant.Value != written.Value || meant.ShortTag() != written.ShortTag() || len(meant.Content) != len(written.Content) {
		return false
	}
	origins, line := own, written.Line
	origin, known := w.origins[meant]
	if !known {
		origins = inherited
		origin, known = w.base[meant.Line]
	}
	if _, said := origins[line]; known && !said {
		origins[line] = origin
	}
	for i := range meant.Content {
		if !w.compare(meant.Content[i], written.Content[i], own, inherited) {
			return false
		}
	}
	return true
}

// element is something that a name finds in the template.
type element struct {
	noun   noun
	name   string
	node   *yaml.Node
	path   []*yaml.Node // from the root's member down to node
	within *yaml.Node   // of a state: the mapping that holds it
}

// seal is the element's own, or that of the nearest element around it.
func (e element) seal() seal {
	for _, n := range slices.Backward(e.path) {
		if s, ok := sealOf(get(n, "seal")); ok {
			return s
		}
	}
	return tighten
}

// states lists every state and region, from the outside in.
func (w *work) states() (out []element) {
	var walk func(dict *yaml.Node, path []*yaml.Node)
	walk = func(dict *yaml.Node, path []*yaml.Node) {
		path = append(slices.Clip(path), dict)
		pairs(dict, func(name string, s *yaml.Node) {
			e := element{nounState, name, s, append(slices.Clip(path), s), dict}
			out = append(out, e)
			walk(get(s, "states"), e.path)
			regions := get(s, "regions")
			pairs(regions, func(name string, r *yaml.Node) {
				e := element{nounRegion, name, r, append(slices.Clip(e.path), regions, r), nil}
				out = append(out, e)
				walk(get(r, "states"), e.path)
			})
		})
	}
	walk(get(w.root, "states"), nil)
	return out
}

// named lists the members of a section: a mapping by its keys, a list by its ids.
func (w *work) named(n noun, around []*yaml.Node, section *yaml.Node) (out []element) {
	path := append(slices.Clip(around), section)
	pairs(section, func(name string, v *yaml.Node) {
		out = append(out, element{noun: n, name: name, node: v, path: append(slices.Clip(path), v)})
	})
	for _, v := range content(section) {
		out = append(out, element{noun: n, name: scalar(get(v, "id")), node: v, path: append(slices.Clip(path), v)})
	}
	return out
}

// all lists the elements of a kind.
func (w *work) all(n noun) []element {
	switch n {
	case nounState:
		return slices.DeleteFunc(w.states(), func(e element) bool { return e.noun != nounState })
	case nounSlot:
		return w.slots()
	case nounFact:
		facts := get(w.root, "facts")
		return w.named(n, []*yaml.Node{facts}, get(facts, "properties"))
	}
	return w.named(n, nil, get(w.root, sections[n]))
}

// slots lists the states and regions that carry a slot, by the slot's name.
func (w *work) slots() (out []element) {
	for _, e := range w.states() {
		if name := scalar(get(e.node, "slot")); name != "" {
			e.name = name
			e.noun = nounSlot
			out = append(out, e)
		}
	}
	return out
}

var sections = map[noun]string{nounTransition: "transitions", nounParam: "params", nounEvent: "events", nounInvariant: "invariants"}

// find looks a name up, or refuses with the nearest one.
func (w *work) find(n noun, at *yaml.Node) (element, *refusal) {
	return pick(n, w.all(n), at, at.Value)
}

func pick(n noun, all []element, at *yaml.Node, name string) (element, *refusal) {
	known := make([]string, 0, len(all))
	for _, e := range all {
		if e.name == name {
			return e, nil
		}
		known = append(known, e.name)
	}
	return element{}, refuseGone(n, at, name, workflow.Nearest(name, known))
}

func (w *work) has(n noun, name string) bool {
	return slices.ContainsFunc(w.all(n), func(e element) bool { return e.name == name })
}
