package migrate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

// A file that can be put on hold; PAUSE is what its deadline says of that, WORK what its state is called.
const holdable = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
states:
  open:
    kind: parallel
    initial: true
    regions:
      work: {initial: WORK, states: {WORK: {kind: atomic, sla: {within: P3D, emits: late PAUSE}}, done: {kind: final}}}
      hold: {initial: running, states: {running: {kind: atomic}, held: {kind: atomic}}}
  lost: {kind: final, outcome: lost}
events: {late: {by: [system]}, hold: {by: [broker]}, resume: {by: [broker]}, decline: {by: [broker]}, finish: {by: [broker]}}
transitions:
  - {id: t_late, from: WORK, on: late, to: lost}
  - {id: t_hold, from: running, on: hold, to: held}
  - {id: t_resume, from: held, on: resume, to: running}
  - {id: t_decline, from: open, on: decline, to: lost}
  - {id: t_finish, from: WORK, on: finish, to: done}
`

func holding(t *testing.T, work, pause string) *workflow.Machine {
	t.Helper()
	return machine(t, strings.NewReplacer("WORK", work, "PAUSE", pause).Replace(holdable))
}

// TestMoveOnHold: a deadline never stands still for ever, and never runs while the new template says it stands still.
func TestMoveOnHold(t *testing.T) {
	const pauses, runs = ", pause_in: held", ""
	for _, c := range []struct {
		name, from, to, work, timers string
		moved, resumed               string // the deadline after the move, two days on hold; and after a resume a day later
		armed                        int    // rows the move arms
	}{
		{"what no longer pauses runs on at once", pauses, runs, "work_a", "keep", "2026-10-10", "2026-10-10", 1},
		{"what now pauses stands still at once", runs, pauses, "work_a", "keep", "still", "2026-10-09", 0},
		{"a fresh deadline on hold stands still", pauses, pauses, "work_a", "restart", "still", "2026-10-11", 0},
		{"on hold before and after", pauses, pauses, "work_a", "keep", "still", "2026-10-11", 0},
		{"the same under another name", pauses, pauses, "work_b", "keep", "still", "2026-10-11", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to := holding(t, "work_a", c.from), holding(t, c.work, c.to)
			m, err := migrate.Compile(parse(t, "states: {work_a: "+c.work+", held: held}\ntimers: "+c.timers), from, to)
			if err != nil {
				t.Fatal(err)
			}
			day := func(n int) workflow.World { return workflow.World{Now: monday.AddDate(0, 0, n)} }
			broker := workflow.Actor{ID: "u", Roles: []string{"broker"}}
			inst := from.Start(day(0)).Instance
			held := from.Step(inst, workflow.Event{Name: "hold", Actor: broker}, day(0))
			moved, err := m.Apply(held.Instance, day(2))
			if err != nil {
				t.Fatal(err)
			}
			if got := ends(moved.Instance); got != c.moved || len(moved.TimersArmed) != c.armed {
				t.Errorf("moved: %s, want %s; armed %v", got, c.moved, moved.TimersArmed)
			}
			back := to.Step(moved.Instance, workflow.Event{Name: "resume", Actor: broker}, day(3))
			if got := ends(back.Instance); got != c.resumed {
				t.Errorf("resumed: %s, want %s (%v)", got, c.resumed, back.Blockers)
			}
		})
	}
}

func ends(inst workflow.Instance) string {
	var out []string
	for _, x := range inst.Timers {
		if !x.Runs() {
			out = append(out, "still")
		} else {
			out = append(out, x.Due.Format(time.DateOnly))
		}
	}
	return strings.Join(out, " ")
}
