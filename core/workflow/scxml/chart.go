package scxml

import (
	"fmt"
	"slices"
	"strings"
)

const namespace = "http://www.w3.org/2005/07/scxml"

// grammar says what an element may hold and which attributes it may have. What SCXML knows besides is executable content
// and data, which a template cannot carry out as the document's author meant it.
var grammar = map[string]struct{ children, attrs []string }{
	"scxml":      {[]string{"state", "parallel", "final"}, []string{"initial", "name", "version", "datamodel", "binding", "profile", "exmode", "id"}},
	"state":      {[]string{"state", "parallel", "final", "history", "initial", "transition"}, []string{"id", "initial"}},
	"parallel":   {[]string{"state", "parallel", "history", "transition"}, []string{"id"}},
	"final":      {nil, []string{"id"}},
	"history":    {[]string{"transition"}, []string{"id", "type"}},
	"initial":    {[]string{"transition"}, nil},
	"transition": {nil, []string{"event", "cond", "target", "type"}},
}

// idle elements say nothing about states as long as they hold nothing but each other.
var idle = []string{"log", "onentry", "onexit", "datamodel", "donedata", "finalize"}

// notes are the namespaces in which known editors keep their own notes, such as where a box is drawn.
var notes = []string{"http://www.qt.io/2015/02/scxml-ext"}

// node is a state of the document.
type node struct {
	*element
	id          string // as the document has it; "" when it has none
	label       string // the state's name in the template
	parent      *node
	children    []*node // states, in document order
	initial     []string
	transitions []*edge
}

// edge is a transition of the document.
type edge struct {
	*element
	id     string
	events []string // descriptors in the template's words; none: eventless
	target []string // ids
}

// chart is a document whose elements are known to be such that a template can say the same.
type chart struct {
	root    *node
	nodes   []*node          // all states, in document order
	names   map[string]*node // id → state
	places  map[string]*element
	edges   int // transitions of the document
	entries int // transitions of the template
}

func chartOf(root *element) (*chart, error) {
	if root.name != "scxml" || root.space != "" && root.space != namespace {
		return nil, root.refuse("not an SCXML document: the root is <scxml xmlns=%q>", namespace)
	}
	if err := allowed(root, root.space); err != nil {
		return nil, err
	}
	c := &chart{names: map[string]*node{}, places: map[string]*element{"/initial": root}}
	var err error
	if c.root, err = c.node(root, nil); err != nil {
		return nil, err
	}
	c.label()
	for _, n := range c.nodes {
		if n.name == "history" && c.returns(n, n, map[*node]bool{}) {
			return nil, n.refuse("leads back to itself before there is a past; give its <transition> a state as target")
		}
	}
	return c, nil
}

// returns tells whether what a history means before there is a past leads through histories to another one.
func (c *chart) returns(from, to *node, seen map[*node]bool) bool {
	targets := from.parent.initial
	if len(from.transitions) > 0 {
		targets = from.transitions[0].target
	}
	for _, id := range targets {
		next := c.names[id]
		if next == nil || next.name != "history" || seen[next] {
			continue
		}
		if seen[next] = true; next == to || c.returns(next, to, seen) {
			return true
		}
	}
	return false
}

// allowed walks the document and refuses the first element or attribute that a template cannot say.
func allowed(e *element, space string) error {
	rule := grammar[e.name]
	for _, a := range e.attrs {
		if !slices.Contains(rule.attrs, a.Name.Local) {
			return e.refuse("the attribute %s is not known here; known are: %s", a.Name.Local, strings.Join(rule.attrs, ", "))
		}
	}
	var kept []*element
	for _, x := range e.children {
		switch {
		case slices.Contains(notes, x.space):
			continue
		case x.space != space:
			return x.refuse("an element of %q has no meaning in a statechart that is imported; remove it", x.space)
		case slices.Contains(rule.children, x.name):
			if err := allowed(x, space); err != nil {
				return err
			}
			kept = append(kept, x)
		case grammar[x.name].attrs != nil || x.name == "initial":
			return x.refuse("may not stand inside <%s>", e.name)
		default:
			if loud := speaks(x); loud != nil {
				return loud.refuse("executable content and data are not imported: a template does such things with actions and facts. Remove it and add what it did to the template")
			}
		}
	}
	e.children = kept
	return nil
}

// speaks finds the first element in e, or e itself, that does more than log.
func speaks(e *element) *element {
	if !slices.Contains(idle, e.name) {
		return e
	}
	for _, x := range e.children {
		if loud := speaks(x); loud != nil {
			return loud
		}
	}
	return nil
}

func (c *chart) node(e *element, parent *node) (*node, error) {
	n := &node{element: e, parent: parent, initial: e.words("initial")}
	if parent != nil {
		if c.nodes = append(c.nodes, n); len(c.nodes) > maxElements {
			return nil, e.refuse("there are more than %d states; a statechart that large should be split", maxElements)
		}
		n.id, _ = e.attr("id")
		if other := c.names[n.id]; other != nil {
			return nil, e.refuse("the id %q stands twice, first in line %d", n.id, other.line)
		}
		if n.id != "" {
			c.names[n.id] = n
		}
	}
	if kind, given := e.attr("type"); given && e.name == "history" && kind != "shallow" && kind != "deep" {
		return nil, e.refuse("type=%q; a history is shallow or deep", kind)
	}
	for _, x := range e.children {
		switch x.name {
		case "initial":
			if err := n.begin(x); err != nil {
				return nil, err
			}
		case "transition":
			t, err := c.edge(x, e)
			if err != nil {
				return nil, err
			}
			n.transitions = append(n.transitions, t)
		default:
			child, err := c.node(x, n)
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, child)
		}
	}
	return n, n.whole()
}

// begin reads an <initial> element.
func (n *node) begin(e *element) error {
	if _, twice := n.attr("initial"); twice || len(n.initial) > 0 {
		return e.refuse("the state says twice where it begins; keep one attribute initial or one <initial>")
	}
	if len(e.children) != 1 {
		return e.refuse("needs exactly one <transition>")
	}
	t := e.children[0]
	n.initial = t.words("target")
	return leads(t)
}

// whole checks what an element needs to be a state that a template can say.
func (n *node) whole() error {
	states := slices.ContainsFunc(n.children, func(c *node) bool { return c.name != "history" })
	switch {
	case n.name == "history" && len(n.transitions) > 1:
		return n.transitions[1].refuse("a history has one transition: where it leads before there is a past")
	case n.name == "history" && len(n.transitions) == 1:
		return leads(n.transitions[0].element)
	case (n.name == "parallel" || n.name == "scxml") && !states:
		return n.refuse("needs states in it")
	case !states && len(n.children) > 0:
		return n.refuse("has a <history> but no states whose past it could keep")
	case !states && len(n.initial) > 0:
		return n.refuse("says where it begins but holds no states")
	}
	return nil
}

// leads refuses the transition of an <initial> or <history> that is more than a target.
func leads(t *element) error {
	_, event := t.attr("event")
	switch {
	case event:
		return t.refuse("the transition of an <initial> or a <history> waits for no event")
	case len(t.words("target")) == 0:
		return t.refuse("the transition of an <initial> or a <history> needs a target")
	}
	return trivial(t)
}

// trivial refuses a condition that is more than true.
func trivial(t *element) error {
	if cond, given := t.attr("cond"); given && strings.TrimSpace(cond) != "true" {
		return t.refuse("the condition %q is not imported; only conditions that are absent or \"true\" are. Remove it and add a guard to the template", cond)
	}
	return nil
}

// maxElements bounds states and transitions; a template holds no more.
const maxElements = 1000

func (c *chart) edge(e, source *element) (*edge, error) {
	c.edges++
	t := &edge{element: e, id: fmt.Sprintf("t%d", c.edges), target: slices.Compact(e.words("target"))}
	if err := trivial(e); err != nil {
		return nil, err
	}
	for _, word := range e.words("event") {
		d, ok := descriptor(word)
		if !ok {
			return nil, e.refuse("%q is no event descriptor; write a name, a name with .* behind it, or *", word)
		}
		t.events = append(t.events, d)
	}
	kind, given := e.attr("type")
	switch {
	case given && kind != "internal" && kind != "external":
		return nil, e.refuse("type=%q; a transition is internal or external", kind)
	case len(t.events) == 0 && len(t.target) == 0 && source.name != "history":
		return nil, e.refuse("has neither event nor target: it would run for ever")
	}
	return t, nil
}

// label gives every state its name in the template: its id, escaped, or one that no id can be.
func (c *chart) label() {
	unnamed := 0
	for _, n := range c.nodes {
		n.label = escape(n.id)
		for n.label == "" {
			unnamed++
			if made := fmt.Sprintf("unnamed_%d", unnamed); c.names[made] == nil {
				n.label = made
			}
		}
		c.places["state:"+n.label] = n.element
		c.places["region:"+n.label] = n.element
	}
}
