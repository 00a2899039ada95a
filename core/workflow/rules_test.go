package workflow

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "rewrite the golden traces")

// ruleStep is one line of a rule's story.
type ruleStep struct {
	Event   string         `yaml:"event"`
	Actor   string         `yaml:"actor"`
	Roles   []string       `yaml:"roles"`
	Facts   map[string]any `yaml:"facts"`
	Payload map[string]any `yaml:"payload"`
	At      string         `yaml:"at"`
	Waive   string         `yaml:"waive"`
	Reason  string         `yaml:"reason"`
}

// Every rule of the machine is a file: what it says, a template, a story, and the trace the machine gives.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.txt")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d rules, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			parts := strings.Split(string(read(t, path)), "\n---\n")
			if len(parts) != 4 {
				t.Fatalf("%d parts; a rule has its words, a template, a story and a trace", len(parts))
			}
			got := tell(t, parts[1], parts[2])
			if got == parts[3] {
				return
			}
			if *update {
				parts[3] = got
				if err := os.WriteFile(path, []byte(strings.Join(parts, "\n---\n")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the trace is\n%s\nnot\n%s", got, parts[3])
		})
	}
}

const rulePreamble = "apiVersion: pratica/v1\nkind: Workflow\nmetadata: {key: rule}\nsubject: case\n"

// tell plays a story and writes down what happened.
func tell(t *testing.T, template, story string) string {
	t.Helper()
	m, findings := Compile([]byte(rulePreamble + template))
	if m == nil {
		t.Fatal(findings)
	}
	var steps []ruleStep
	if err := yaml.Unmarshal([]byte(story), &steps); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	facts, now := Facts{}, testClock
	take := func(inst *Instance, r Result) {
		*inst = r.Instance
		for _, c := range r.FactChanges {
			facts[c.Name] = c.Value
		}
	}
	merge := func(raw map[string]any) {
		normal, err := m.Normalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range normal {
			facts[k] = v
		}
	}
	var inst Instance
	if len(steps) > 0 && steps[0].Event == "" && steps[0].At == "" && steps[0].Waive == "" {
		merge(steps[0].Facts)
		steps = steps[1:]
	}
	r := m.Start(World{Facts: facts, Now: now})
	take(&inst, r)
	trace(&b, "start", r)
	for _, s := range steps {
		if s.At != "" {
			at, err := time.Parse(time.RFC3339, s.At)
			if err != nil {
				t.Fatal(err)
			}
			for timer := inst.DueBy(at); timer != nil; timer = inst.DueBy(at) {
				r := m.Fire(inst, *timer, World{Facts: facts, Now: timer.Due})
				take(&inst, r)
				trace(&b, timer.Event+" (deadline of "+timer.State+", "+timer.Due.Format(time.RFC3339)+")", r)
			}
			now = at
		}
		merge(s.Facts)
		w := World{Facts: facts, Now: now}
		actor := Actor{ID: s.Actor, Roles: s.Roles}
		switch {
		case s.Waive != "":
			r := m.Waive(inst, s.Waive, s.Reason, actor, w)
			take(&inst, r)
			trace(&b, "waive "+s.Waive, r)
		case s.Event != "":
			r := m.Step(inst, Event{Name: s.Event, Actor: actor, Payload: s.Payload, Reason: s.Reason}, w)
			take(&inst, r)
			trace(&b, s.Event, r)
		case s.Facts != nil:
			r := m.FactsChanged(inst, w)
			take(&inst, r)
			trace(&b, fmt.Sprint("facts ", s.Facts), r)
		}
	}
	return b.String()
}

func trace(b *strings.Builder, what string, r Result) {
	fmt.Fprintf(b, "%s: %s, %s\n", what, r.Outcome, strings.Join(r.To, ", "))
	if len(r.Transitions) > 0 {
		fmt.Fprintf(b, "    by %s\n", strings.Join(r.Transitions, ", "))
	}
	for _, x := range r.Blockers {
		fmt.Fprintf(b, "    blocked: %s", x.Code)
		if x.Guard != nil {
			fmt.Fprintf(b, " %s", *x.Guard)
		}
		if x.Need != nil {
			fmt.Fprintf(b, " %d/%d", *x.Have, *x.Need)
		}
		fmt.Fprintf(b, ": %s", x.Text.EN)
		for _, f := range x.Facts {
			fmt.Fprintf(b, "; %s=%v missing=%v %s", f.Name, f.Value, f.Missing, strings.TrimSpace(f.Owner+" "+f.Fix))
		}
		fmt.Fprintln(b)
	}
	for _, c := range r.FactChanges {
		fmt.Fprintf(b, "    set %s=%v\n", c.Name, c.Value)
	}
	for _, a := range r.Actions {
		fmt.Fprintf(b, "    action %s %s%s%s %v\n", a.Do, a.Ref, a.Event, a.Role, a.With)
	}
	for _, x := range r.TimersCancelled {
		fmt.Fprintf(b, "    cancelled %s\n", x.Event)
	}
	for _, x := range r.TimersPaused {
		fmt.Fprintf(b, "    paused %s\n", x.Event)
	}
	for _, x := range r.TimersArmed {
		fmt.Fprintf(b, "    armed %s for %s\n", x.Event, x.Due.Format(time.RFC3339))
	}
	for _, x := range r.TimersReleased {
		fmt.Fprintf(b, "    released %s\n", x.Event)
	}
	if r.Instance.Ended != "" {
		fmt.Fprintf(b, "    ended %s\n", r.Instance.Ended)
	}
}
