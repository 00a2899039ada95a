package scxml_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/draw"
	"github.com/pratica-crm/pratica/core/workflow/scxml"
)

var update = flag.Bool("update", false, "rewrite the golden configurations")

var clock = time.Date(2026, 10, 1, 9, 30, 0, 0, time.UTC)

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// imported compiles a document's template.
func imported(t fataler, document string) *workflow.Machine {
	t.Helper()
	source, err := scxml.Import(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%s\n%s", err, document)
	}
	m, findings := workflow.Compile(source)
	if m == nil {
		t.Fatalf("%v\n%s", findings, source)
	}
	return m
}

// byMachine gives the configuration after the start and after each event, and whether a macrostep found no end, which is the
// last that is told.
func byMachine(m *workflow.Machine, events []string) (out []string, endless bool) {
	world := workflow.World{Now: clock}
	r := m.Start(world)
	for i := 0; ; i++ {
		if len(r.Blockers) > 0 && r.Blockers[0].Code == workflow.Ambiguous {
			return out, true
		}
		out = append(out, strings.Join(r.To, " "))
		if i == len(events) {
			return out, false
		}
		r = m.Step(r.Instance, workflow.Event{Name: events[i], Actor: workflow.Actor{ID: "someone"}}, world)
	}
}

// byStandard says the same by the algorithm of the Recommendation.
func byStandard(document string, events []string) (out []string, endless bool) {
	r := newReference(document)
	for i := 0; ; i++ {
		if r.endless {
			return out, true
		}
		out = append(out, strings.Join(r.configuration(), " "))
		if i == len(events) {
			return out, false
		}
		r.send(events[i])
	}
}

// equal fails where the imported template and the standard's algorithm do not stand in the same states.
func equal(t fataler, m *workflow.Machine, document string, events []string) []string {
	t.Helper()
	want, wantEndless := byStandard(document, events)
	got, gotEndless := byMachine(m, events)
	if strings.Join(got, "|") != strings.Join(want, "|") || gotEndless != wantEndless {
		t.Fatalf("events %v:\nthe template stands in %v (endless: %v)\nthe standard says     %v (endless: %v)\n%s", events, got, gotEndless, want, wantEndless, document)
	}
	return got
}

// sameStory fails where a document that was imported and drawn again stands elsewhere than the first.
func sameStory(t fataler, document, again string, events []string) {
	t.Helper()
	want, wantEndless := byStandard(document, events)
	byHand, handEndless := byStandard(again, events)
	if strings.Join(byHand, "|") != strings.Join(want, "|") || handEndless != wantEndless {
		t.Fatalf("events %v: drawn again it stands in %v, not in %v\n%s\n%s", events, byHand, want, document, again)
	}
	equal(t, imported(t, again), again, events)
}

// Each file of testdata/charts is a topic of the standard: what it is about, a chart, events, and where the chart stands
// after the start and after each event.
func TestChartsStandWhereTheStandardSays(t *testing.T) {
	files, err := filepath.Glob("testdata/charts/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d charts, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(source), "\n---\n")
			if len(parts) != 4 {
				t.Fatalf("%d parts; a chart has its words, a document, events and configurations", len(parts))
			}
			events := strings.Fields(parts[2])
			var b strings.Builder
			m := imported(t, parts[1])
			sameStory(t, parts[1], draw.SCXML(m), events)
			for i, c := range equal(t, m, parts[1], events) {
				fmt.Fprintf(&b, "%s: %s\n", append([]string{"start"}, events...)[i], c)
			}
			if b.String() == parts[3] {
				return
			}
			if *update {
				parts[3] = b.String()
				if err := os.WriteFile(path, []byte(strings.Join(parts, "\n---\n")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the configurations are\n%s\nnot\n%s", b.String(), parts[3])
		})
	}
}
