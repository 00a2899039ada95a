package scxml

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// template writes the chart down as a template, in document order.
func (c *chart) template() ([]byte, error) {
	title, _ := c.root.attr("name")
	meta := mapping(pair{"key", text(key(title))})
	if title != "" {
		meta.Content = append(meta.Content, text("title"), words(title))
	}
	begin := c.root.initial
	first, err := c.targets(c.root.element, begin)
	if err != nil {
		return nil, err
	}
	if len(begin) == 0 {
		first = text(c.root.first())
	}
	states, err := c.states(c.root.children)
	if err != nil {
		return nil, err
	}
	transitions, err := c.transitions()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err = encoder.Encode(mapping(
		pair{"apiVersion", text("pratica/v1")},
		pair{"kind", text("Workflow")},
		pair{"metadata", inline(meta)},
		pair{"subject", text("case")},
		pair{"priority", text("document")},
		pair{"initial", first},
		pair{"states", states},
		pair{"events", c.events()},
		pair{"transitions", transitions},
	))
	if err != nil {
		return nil, fmt.Errorf("scxml: %w", err)
	}
	return out.Bytes(), nil
}

// first is where a state begins that does not say: its first child in document order.
func (n *node) first() string {
	i := slices.IndexFunc(n.children, func(c *node) bool { return c.name != "history" })
	return n.children[i].label
}

func (c *chart) states(nodes []*node) (*yaml.Node, error) {
	out := mapping()
	for _, n := range nodes {
		body, err := c.state(n)
		if err != nil {
			return nil, err
		}
		if n.id != "" && n.id != n.label {
			body.Content = append(body.Content, text("title"), words(n.id))
		}
		out.Content = append(out.Content, text(n.label), body)
	}
	return out, nil
}

func (c *chart) state(n *node) (*yaml.Node, error) {
	switch {
	case n.name == "history":
		return c.history(n)
	case n.name == "parallel":
		return c.parallel(n)
	case len(n.children) > 0:
		return c.compound(n)
	case n.name == "final" && n.parent == c.root:
		return inline(mapping(pair{"kind", text("final")}, pair{"outcome", text("won")})), nil
	case n.name == "final":
		return inline(mapping(pair{"kind", text("final")})), nil
	}
	return inline(mapping(pair{"kind", text("atomic")})), nil
}

func (c *chart) history(n *node) (*yaml.Node, error) {
	depth, given := n.attr("type")
	if !given {
		depth = "shallow"
	}
	out := mapping(pair{"kind", text("history")}, pair{"depth", text(depth)})
	if len(n.transitions) == 0 {
		return inline(out), nil
	}
	targets, err := c.targets(n.transitions[0].element, n.transitions[0].target)
	if err != nil {
		return nil, err
	}
	out.Content = append(out.Content, text("initial"), targets)
	return inline(out), nil
}

func (c *chart) compound(n *node) (*yaml.Node, error) {
	initial := text(n.first())
	if len(n.initial) > 0 {
		var err error
		if initial, err = c.targets(n.element, n.initial); err != nil {
			return nil, err
		}
	}
	states, err := c.states(n.children)
	if err != nil {
		return nil, err
	}
	return mapping(pair{"kind", text("compound")}, pair{"initial", initial}, pair{"states", states}), nil
}

// parallel wraps each child state in a region of the same name; histories stand beside the regions.
func (c *chart) parallel(n *node) (*yaml.Node, error) {
	regions := mapping()
	var histories []*node
	for _, x := range n.children {
		if x.name == "history" {
			histories = append(histories, x)
			continue
		}
		states, err := c.states([]*node{x})
		if err != nil {
			return nil, err
		}
		regions.Content = append(regions.Content, text(x.label), mapping(pair{"initial", text(x.label)}, pair{"states", states}))
	}
	out := mapping(pair{"kind", text("parallel")}, pair{"regions", regions})
	if len(histories) > 0 {
		states, err := c.states(histories)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, text("states"), states)
	}
	return out, nil
}

// events declares every event that somebody may send, by anyone.
func (c *chart) events() *yaml.Node {
	out := mapping()
	seen := map[string]bool{}
	for _, n := range c.nodes {
		for _, t := range n.transitions {
			for _, e := range t.events {
				if e == everyEvent || e == "done" || strings.HasPrefix(e, doneState) || seen[e] {
					continue
				}
				seen[e] = true
				out.Content = append(out.Content, text(e), inline(mapping()))
			}
		}
	}
	if len(out.Content) == 0 {
		return inline(out)
	}
	return out
}

func (c *chart) transitions() (*yaml.Node, error) {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	for _, n := range c.nodes {
		if n.name == "history" {
			continue
		}
		for _, t := range n.transitions {
			if err := c.transition(out, n, t); err != nil {
				return nil, err
			}
		}
	}
	if len(out.Content) == 0 {
		return inline(out), nil
	}
	return out, nil
}

// transition adds one entry for each event the transition waits for, next to each other.
func (c *chart) transition(out *yaml.Node, source *node, t *edge) error {
	events, err := c.completions(t)
	if err != nil {
		return err
	}
	targets, err := c.targets(t.element, t.target)
	if err != nil {
		return err
	}
	for i := range max(1, len(events)) {
		if c.entries++; c.entries > maxElements {
			return t.refuse("with one transition for each event there are more than %d; a statechart that large should be split", maxElements)
		}
		id := t.id
		if i > 0 {
			id = fmt.Sprintf("%s.%d", t.id, i+1)
		}
		c.places["transition:"+id] = t.element
		m := mapping(pair{"id", text(id)}, pair{"from", text(source.label)})
		if len(events) > 0 {
			m.Content = append(m.Content, text("on"), text(events[i]))
		}
		if len(t.target) > 0 {
			m.Content = append(m.Content, text("to"), targets)
		}
		if kind, _ := t.attr("type"); kind == "internal" && len(t.target) > 0 {
			m.Content = append(m.Content, text("inside"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		}
		out.Content = append(out.Content, inline(m))
	}
	return nil
}

// completions are a transition's events, where done.state.PREFIX, which names no state, stands for all states it begins.
func (c *chart) completions(t *edge) ([]string, error) {
	var out []string
	for _, e := range t.events {
		prefix, ok := strings.CutPrefix(e, doneState)
		if !ok || c.places["state:"+prefix] != nil {
			out = append(out, e)
			continue
		}
		found := false
		for _, n := range c.nodes {
			if strings.HasPrefix(n.label, prefix+".") {
				out, found = append(out, doneState+n.label), true
			}
		}
		if !found {
			return nil, t.refuse("waits for %s, but the document has no such state", e)
		}
	}
	return out, nil
}

// targets names states by their ids: one name, or a list of them.
func (c *chart) targets(e *element, ids []string) (*yaml.Node, error) {
	out := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, id := range ids {
		n := c.names[id]
		if n == nil {
			return nil, e.refuse("%q is not the id of a state in this document", id)
		}
		out.Content = append(out.Content, text(n.label))
	}
	if len(ids) == 1 {
		return out.Content[0], nil
	}
	return out, nil
}

type pair struct {
	key   string
	value *yaml.Node
}

func mapping(pairs ...pair) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range pairs {
		n.Content = append(n.Content, text(p.key), p.value)
	}
	return n
}

func inline(n *yaml.Node) *yaml.Node {
	n.Style = yaml.FlowStyle
	return n
}

// text is a scalar that stays a text whatever it looks like.
func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func words(s string) *yaml.Node { return inline(mapping(pair{"en", text(s)})) }
