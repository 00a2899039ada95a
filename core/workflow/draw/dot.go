package draw

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// DOT draws the template for Graphviz: what holds states is a cluster, a region a dashed one. Edges of a cluster end at the
// dot inside it where its states begin.
func DOT(m *workflow.Machine) string {
	c := chartOf(m)
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(m.Template.Key))
	fmt.Fprintf(&b, "  graph [compound=true, rankdir=LR, label=%s];\n", dotText(m.Template.Title.Or(workflow.Text{EN: m.Template.Key}).EN))
	b.WriteString("  node [shape=box, style=rounded];\n")
	fmt.Fprintf(&b, "  %s [shape=point];\n", dotText(dotStart(c, nil)))
	for _, s := range m.Template.States {
		c.dotState(&b, s, "  ")
	}
	c.dotStarts(&b, nil, m.Initial(), "  ")
	c.each(m.Template.States, func(s *workflow.State) {
		if len(c.initial(s)) > 0 {
			c.dotStarts(&b, s, c.initial(s), "  ")
		}
	})
	for _, a := range c.arrows {
		c.dotArrow(&b, a)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotStart names the dot where the states inside one begin; for the whole, nil.
func dotStart(c *chart, s *workflow.State) string {
	if s == nil {
		return " start"
	}
	return " start of " + c.id(s)
}

func (c *chart) dotState(b *strings.Builder, s *workflow.State, indent string) {
	title := s.Words().EN
	switch {
	case len(s.Children) > 0:
		fmt.Fprintf(b, "%ssubgraph %s {\n", indent, dotText("cluster_"+c.id(s)))
		style := "rounded"
		if s.Kind == "region" {
			style = "dashed"
		}
		fmt.Fprintf(b, "%s  label=%s; style=%s;\n", indent, dotText(title), style)
		fmt.Fprintf(b, "%s  %s [shape=point];\n", indent, dotText(dotStart(c, s)))
		for _, child := range s.Children {
			c.dotState(b, child, indent+"  ")
		}
		fmt.Fprintf(b, "%s}\n", indent)
	case s.Kind == "history":
		fmt.Fprintf(b, "%s%s [shape=circle, label=%s];\n", indent, dotText(c.id(s)), dotText(historyMark(s)))
	case s.Kind == "final":
		fmt.Fprintf(b, "%s%s [label=%s, peripheries=2];\n", indent, dotText(c.id(s)), dotText(title))
	default:
		if s.SLA != nil {
			title += "\n" + deadline(s.SLA)
		}
		fmt.Fprintf(b, "%s%s [label=%s];\n", indent, dotText(c.id(s)), dotText(title))
	}
}

// dotStarts draws where states begin, or what a history means before there is a past.
func (c *chart) dotStarts(b *strings.Builder, s *workflow.State, first []*workflow.State, indent string) {
	from, style := dotStart(c, s), ""
	if s != nil && s.Kind == "history" {
		from, style = c.id(s), "style=dashed"
	}
	for _, to := range first {
		fmt.Fprintf(b, "%s%s -> %s%s;\n", indent, dotText(from), dotText(c.dotNode(to)), dotAttrs(style, c.dotEnd("lhead", to, s)))
	}
}

func (c *chart) dotArrow(b *strings.Builder, a arrow) {
	targets, style := a.to, ""
	if len(targets) == 0 {
		targets, style = []*workflow.State{a.from}, "style=dotted"
	}
	label := ""
	if words := a.label(); words != "" {
		label = "label=" + dotText(words)
	}
	for _, to := range targets {
		fmt.Fprintf(b, "  %s -> %s%s;\n", dotText(c.dotNode(a.from)), dotText(c.dotNode(to)),
			dotAttrs(label, style, c.dotEnd("ltail", a.from, to), c.dotEnd("lhead", to, a.from)))
	}
}

// dotNode is the node that stands for a state in edges.
func (c *chart) dotNode(s *workflow.State) string {
	if len(s.Children) > 0 {
		return dotStart(c, s)
	}
	return c.id(s)
}

// dotEnd cuts an edge at the border of a cluster, unless its other end lies inside.
func (c *chart) dotEnd(key string, s, other *workflow.State) string {
	if len(s.Children) == 0 || other == s || other != nil && other.Inside(s) {
		return ""
	}
	return key + "=" + dotText("cluster_"+c.id(s))
}

func dotAttrs(attrs ...string) string {
	var out []string
	for _, a := range attrs {
		if a != "" {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " [" + strings.Join(out, ", ") + "]"
}

func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", `\n`).Replace(s) + `"`
}
