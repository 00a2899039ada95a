package draw

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Mermaid draws the template as a state diagram. Mermaid knows no history: it is a state named [H] or [H*].
func Mermaid(m *workflow.Machine) string {
	c := chartOf(m)
	names := mermaidNames(c)
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	if m.Template.Title.EN != "" {
		fmt.Fprintf(&b, "    accTitle: %s\n", mermaidWords(m.Template.Title.EN))
	}
	c.mermaidStates(&b, names, m.Template.States, 1)
	for _, s := range m.Initial() {
		fmt.Fprintf(&b, "    [*] --> %s\n", names[s])
	}
	for _, a := range c.arrows {
		label := a.label()
		if label != "" {
			label = " : " + mermaidWords(label)
		}
		targets := a.to
		if len(targets) == 0 {
			targets = []*workflow.State{a.from}
		}
		for _, to := range targets {
			fmt.Fprintf(&b, "    %s --> %s%s\n", names[a.from], names[to], label)
		}
	}
	c.mermaidEnds(&b, names, m.Template.States, "    ")
	return b.String()
}

func (c *chart) mermaidStates(b *strings.Builder, names map[*workflow.State]string, states []*workflow.State, depth int) {
	indent := strings.Repeat("    ", depth)
	for _, s := range states {
		if s.Kind == "history" {
			fmt.Fprintf(b, "%sstate \"[%s]\" as %s\n", indent, historyMark(s), names[s])
			continue
		}
		fmt.Fprintf(b, "%sstate \"%s\" as %s\n", indent, mermaidWords(s.Words().EN), names[s])
		if len(s.Children) == 0 {
			continue
		}
		fmt.Fprintf(b, "%sstate %s {\n", indent, names[s])
		if s.Kind == "parallel" {
			c.mermaidRegions(b, names, s, depth)
		} else {
			c.mermaidInside(b, names, s, depth+1)
		}
		fmt.Fprintf(b, "%s}\n", indent)
	}
}

// mermaidRegions separates regions by --; a history of the parallel state stands in the first.
func (c *chart) mermaidRegions(b *strings.Builder, names map[*workflow.State]string, s *workflow.State, depth int) {
	indent := strings.Repeat("    ", depth+1)
	regions := s.Regions()
	c.mermaidStates(b, names, s.Children[len(regions):], depth+1)
	for i, r := range regions {
		if i > 0 {
			fmt.Fprintf(b, "%s--\n", indent)
		}
		c.mermaidInside(b, names, r, depth+1)
	}
}

func (c *chart) mermaidInside(b *strings.Builder, names map[*workflow.State]string, s *workflow.State, depth int) {
	indent := strings.Repeat("    ", depth)
	c.mermaidStates(b, names, s.Children, depth)
	for _, first := range c.initial(s) {
		fmt.Fprintf(b, "%s[*] --> %s\n", indent, names[first])
	}
	c.mermaidEnds(b, names, s.Children, indent)
}

func (c *chart) mermaidEnds(b *strings.Builder, names map[*workflow.State]string, states []*workflow.State, indent string) {
	for _, s := range states {
		if s.Kind == "final" {
			fmt.Fprintf(b, "%s%s --> [*]\n", indent, names[s])
		}
	}
}

// mermaidNames gives each state an identifier that Mermaid accepts and no other state has.
func mermaidNames(c *chart) map[*workflow.State]string {
	out, used := map[*workflow.State]string{}, taken{}
	c.each(c.Template.States, func(s *workflow.State) {
		name := strings.NewReplacer(".", "_", "-", "_").Replace(c.id(s))
		switch strings.ToLower(name) {
		case "end", "note", "state", "direction", "class", "classdef", "style", "as", "hide", "scale", "default", "click", "href": // words of Mermaid's own
			name += "_"
		}
		out[s] = used.free(name)
	})
	return out
}

func mermaidWords(s string) string {
	return strings.NewReplacer("\"", "'", "\r", " ", "\n", " ", ";", ",", "#", "", "<", "‹", ">", "›").Replace(s)
}
