package scxml_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow/draw"
	"pgregory.net/rapid"
)

// sketch is a random statechart that the standard allows: histories with defaults inside their state, targets that can be
// entered together.
type sketch struct {
	kind, id string
	parent   *sketch
	children []*sketch
}

const alphabet = 4 // events are e0 … e3, and e0.x

func drawSketch(t *rapid.T) *sketch {
	count := 0
	root := &sketch{kind: "scxml"}
	var grow func(around *sketch, depth int)
	grow = func(around *sketch, depth int) {
		fewest, kinds := 1, []string{"atomic", "atomic", "compound", "parallel"}
		if around.kind == "parallel" {
			fewest = rapid.IntRange(1, 2).Draw(t, "fewest")
		} else {
			kinds = append(kinds, "final")
		}
		if depth == 0 {
			kinds = slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == "compound" || k == "parallel" })
		}
		for range rapid.IntRange(fewest, 3).Draw(t, "children") {
			count++
			s := &sketch{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), id: fmt.Sprintf("s%d", count), parent: around}
			around.children = append(around.children, s)
			if s.kind == "compound" || s.kind == "parallel" {
				grow(s, depth-1)
			}
		}
		if around.kind == "scxml" {
			return
		}
		for _, kind := range []string{"deep", "shallow"} {
			if rapid.IntRange(0, 2).Draw(t, kind) == 0 {
				count++
				h := &sketch{kind: kind, id: fmt.Sprintf("h%d", count), parent: around}
				at := rapid.IntRange(0, len(around.children)).Draw(t, "place")
				around.children = slices.Insert(around.children, at, h)
			}
		}
	}
	grow(root, 3)
	return root
}

func (s *sketch) isHistory() bool { return s.kind == "deep" || s.kind == "shallow" }

func (s *sketch) inside(around *sketch) bool {
	for p := s.parent; p != nil; p = p.parent {
		if p == around {
			return true
		}
	}
	return false
}

// all lists what lies inside s.
func (s *sketch) all() (out []*sketch) {
	for _, c := range s.children {
		out = append(append(out, c), c.all()...)
	}
	return out
}

func (s *sketch) states() []*sketch {
	return slices.DeleteFunc(slices.Clone(s.children), (*sketch).isHistory)
}

// together tells whether two states can be targets at once: they lie in different children of one parallel state.
func together(a, b *sketch) bool {
	if a == b || a.inside(b) || b.inside(a) {
		return false
	}
	beside := func(s, p *sketch) bool { return s.isHistory() && s.parent == p }
	for p := a.parent; p != nil; p = p.parent {
		if b.inside(p) {
			return p.kind == "parallel" && !beside(a, p) && !beside(b, p)
		}
	}
	return false
}

// drawTargets gives up to three ids among states that can be entered together.
func drawTargets(t *rapid.T, among []*sketch) string {
	chosen := []*sketch{rapid.SampledFrom(among).Draw(t, "target")}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "more") {
		fits := slices.DeleteFunc(slices.Clone(among), func(s *sketch) bool {
			return slices.ContainsFunc(chosen, func(c *sketch) bool { return !together(s, c) })
		})
		if len(fits) > 0 {
			chosen = append(chosen, rapid.SampledFrom(fits).Draw(t, "another"))
		}
	}
	var ids []string
	for _, s := range chosen {
		ids = append(ids, s.id)
	}
	return strings.Join(ids, " ")
}

// drawDocument writes a random statechart down.
func drawDocument(t *rapid.T) string {
	root := drawSketch(t)
	everywhere := root.all()
	real := slices.DeleteFunc(slices.Clone(everywhere), (*sketch).isHistory)
	var b strings.Builder
	var write func(s *sketch, indent string)
	begins := func(s *sketch) string {
		inside := slices.DeleteFunc(s.all(), (*sketch).isHistory)
		if rapid.IntRange(0, 2).Draw(t, "begins") == 0 {
			return fmt.Sprintf(" initial=%q", drawTargets(t, inside))
		}
		return ""
	}
	write = func(s *sketch, indent string) {
		tag := map[string]string{"atomic": "state", "compound": "state", "deep": "history", "shallow": "history"}[s.kind]
		if tag == "" {
			tag = s.kind
		}
		fmt.Fprintf(&b, "%s<%s id=%q", indent, tag, s.id)
		switch s.kind {
		case "compound":
			b.WriteString(begins(s))
		case "final":
			b.WriteString("/>\n")
			return
		case "deep", "shallow":
			among := slices.DeleteFunc(s.parent.all(), (*sketch).isHistory)
			if s.kind == "shallow" {
				among = s.parent.states()
			}
			fmt.Fprintf(&b, " type=%q><transition target=%q/></history>\n", s.kind, drawTargets(t, among))
			return
		}
		b.WriteString(">\n")
		for range rapid.IntRange(0, 3).Draw(t, "transitions") {
			fmt.Fprintf(&b, "%s  <transition%s/>\n", indent, drawEdge(t, everywhere, real))
		}
		for _, c := range s.children {
			write(c, indent+"  ")
		}
		fmt.Fprintf(&b, "%s</%s>\n", indent, tag)
	}
	fmt.Fprintf(&b, "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" version=\"1.0\"%s>\n", begins(root))
	for _, c := range root.children {
		write(c, "  ")
	}
	b.WriteString("</scxml>\n")
	return b.String()
}

func drawEdge(t *rapid.T, everywhere, real []*sketch) string {
	var out string
	event := ""
	switch rapid.IntRange(0, 11).Draw(t, "trigger") {
	case 0: // eventless
	case 1:
		event = "*"
	case 2, 3:
		event = "done.state." + rapid.SampledFrom(real).Draw(t, "done").id
	case 4:
		event = fmt.Sprintf("e%d.* e%d", rapid.IntRange(0, alphabet-1).Draw(t, "event"), rapid.IntRange(0, alphabet-1).Draw(t, "event"))
	default:
		event = fmt.Sprintf("e%d", rapid.IntRange(0, alphabet-1).Draw(t, "event"))
	}
	if event != "" {
		out += fmt.Sprintf(" event=%q", event)
	}
	if event == "" || rapid.IntRange(0, 7).Draw(t, "targetless") > 0 {
		out += fmt.Sprintf(" target=%q", drawTargets(t, everywhere))
		if rapid.IntRange(0, 3).Draw(t, "internal") == 0 {
			out += ` type="internal"`
		}
	}
	return out
}

func drawEvents(t *rapid.T) []string {
	names := []string{"e0.x", "other"}
	for i := range alphabet {
		names = append(names, fmt.Sprintf("e%d", i))
	}
	return rapid.SliceOfN(rapid.SampledFrom(names), 1, 12).Draw(t, "events")
}

// Whatever the chart and whatever happens, the template stands where the standard's algorithm stands: hundreds of charts, four
// stories each.
func TestRandomChartsStandWhereTheStandardSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := drawDocument(t)
		m := imported(t, document)
		for range 4 {
			equal(t, m, document, drawEvents(t))
		}
	})
}

// What is imported and drawn as SCXML again is the same chart: by the standard's algorithm, and imported once more.
func TestRandomChartsSurviveTheRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := drawDocument(t)
		again := draw.SCXML(imported(t, document))
		events := drawEvents(t)
		sameStory(t, document, again, events)
	})
}

func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		_ = checks.Value.Set("600")
	}
	m.Run()
}
