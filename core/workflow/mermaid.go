package workflow

import (
	"fmt"
	"strings"
)

// Mermaid draws the template as a state diagram, in the template's order.
func (m *Machine) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	if m.Template.Title.EN != "" {
		fmt.Fprintf(&b, "    accTitle: %s\n", plainWords(m.Template.Title.EN))
	}
	drawStates(&b, m.Template.States, 1)
	for _, s := range m.initial {
		fmt.Fprintf(&b, "    [*] --> %s\n", drawName(s.Name))
	}
	for _, t := range m.Template.Transitions {
		for _, from := range t.From {
			targets := t.To
			if len(targets) == 0 {
				targets = []string{from}
			}
			for _, to := range targets {
				fmt.Fprintf(&b, "    %s --> %s%s\n", drawName(from), drawName(to), drawLabel(t))
			}
		}
	}
	for _, s := range m.Template.States {
		if s.Kind == "final" {
			fmt.Fprintf(&b, "    %s --> [*]\n", drawName(s.Name))
		}
	}
	return b.String()
}

func drawStates(b *strings.Builder, states []*State, depth int) {
	indent := strings.Repeat("    ", depth)
	for _, s := range states {
		fmt.Fprintf(b, "%sstate \"%s\" as %s\n", indent, plainWords(s.Words().EN), drawName(s.Name))
		if s.Kind != "compound" {
			continue
		}
		fmt.Fprintf(b, "%sstate %s {\n", indent, drawName(s.Name))
		drawStates(b, s.Children, depth+1)
		fmt.Fprintf(b, "%s    [*] --> %s\n", indent, drawName(strings.Join(s.Initial, " ")))
		for _, c := range s.Children {
			if c.Kind == "final" {
				fmt.Fprintf(b, "%s    %s --> [*]\n", indent, drawName(c.Name))
			}
		}
		fmt.Fprintf(b, "%s}\n", indent)
	}
}

// drawLabel names the event, its guards and what else it waits for.
func drawLabel(t *Transition) string {
	var parts []string
	if t.On != "" {
		parts = append(parts, t.On)
	}
	var guards []string
	for _, g := range t.Guards {
		guards = append(guards, g.ID)
	}
	if len(guards) > 0 {
		parts = append(parts, "["+strings.Join(guards, ", ")+"]")
	}
	if t.Otherwise {
		parts = append(parts, "[otherwise]")
	}
	if t.Approvals != nil {
		parts = append(parts, fmt.Sprintf("(%d approvals)", t.Approvals.Count))
	}
	if len(t.To) == 0 {
		parts = append(parts, "(stays)")
	}
	if len(parts) == 0 {
		return ""
	}
	return " : " + strings.Join(parts, " ")
}

// drawName keeps what Mermaid accepts as an identifier.
func drawName(name string) string {
	switch name {
	case "end", "note", "state", "direction", "class": // words of Mermaid's own
		return name + "_"
	}
	return strings.NewReplacer(".", "_", "-", "_").Replace(name)
}

func plainWords(s string) string {
	return strings.NewReplacer("\"", "'", "\n", " ", ";", ",", "#", "").Replace(s)
}
