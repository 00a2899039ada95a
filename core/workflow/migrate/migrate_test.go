package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

const before = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000}, colour: {type: string, maxLength: 10}}}
states:
  intake:  {kind: atomic, initial: true}
  waiting: {kind: atomic, sla: {within: P3D, emits: late}}
  checked: {kind: atomic}
  granted: {kind: final, outcome: won}
  lost:    {kind: final, outcome: lost}
events: {submit: {by: [broker]}, late: {by: [system]}, check: {by: [broker]}, grant: {by: [office]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, from: intake, on: submit, to: waiting}
  - {id: t_late, from: waiting, on: late, to: lost}
  - {id: t_check, from: waiting, on: check, to: checked}
  - {id: t_grant, from: checked, on: grant, to: granted, approvals: {count: 2, roles: [office]}}
  - {id: t_decline, from: [intake, waiting, checked], on: decline, to: lost}
`

const after = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000, x-owner: broker, x-fix: "form:score"}, band: {type: integer, minimum: 0, maximum: 10}}}
states:
  intake:  {kind: atomic, initial: true}
  review:  {kind: atomic, sla: {within: P5D, emits: stale}}
  checked: {kind: atomic}
  granted: {kind: final, outcome: won}
  lost:    {kind: final, outcome: lost}
events: {submit: {by: [broker]}, stale: {by: [system]}, check: {by: [broker]}, grant: {by: [office]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, from: intake, on: submit, to: review}
  - {id: t_stale, from: review, on: stale, to: lost}
  - {id: t_check, from: review, on: check, to: checked, guards: [{id: g_score, expr: score >= 600, text: {en: "Score of 600", it: "Punteggio 600"}}]}
  - {id: t_grant, from: checked, on: grant, to: granted, approvals: {count: 2, roles: [office]}}
  - {id: t_decline, from: [intake, review, checked], on: decline, to: lost}
invariants: [{id: inv_band, in: [checked], expr: "band >= 5", waive: [office]}]
`

const plan = `
from: 1
to: 2
states: {intake: intake, waiting: review, checked: checked}
facts: [{fact: band, value: score / 100}]
`

func machine(t *testing.T, source string) *workflow.Machine {
	t.Helper()
	m, findings := workflow.Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

func parse(t *testing.T, text string) migrate.Plan {
	t.Helper()
	p, err := migrate.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compile(t *testing.T, text string) *migrate.Move {
	t.Helper()
	m, err := migrate.Compile(parse(t, text), machine(t, before), machine(t, after))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var monday = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// TestPlanIsRead: a plan is YAML or JSON, and says where it is wrong.
func TestPlanIsRead(t *testing.T) {
	yaml, json := parse(t, plan), parse(t, `{"from":"1","to":"2","states":{"intake":"intake","waiting":["review"],"checked":"checked"},"facts":[{"fact":"band","value":"score / 100"}]}`)
	if yaml.Digest() != json.Digest() || yaml.Timers != "keep" || yaml.Approvals != "void" {
		t.Errorf("%+v is not %+v", yaml, json)
	}
	for text, want := range map[string]string{
		"":                                   "the plan is empty",
		"states: [":                          "line 1: not YAML",
		"from: 1":                            "line 1: the plan has no states",
		"states: {a: b}\nstate: {}":          "line 2: the plan has no key state; nearest known name: states",
		"states: {a: b, a: c}":               "the key a stands twice",
		"states: {a: b}\ntimers: stop":       "line 2: stop is not one of keep, restart, cancel",
		"states: {a: []}":                    "line 1: a is mapped to nothing",
		"states: {a: {b: c}}":                "line 1: a name is wanted here",
		"states: {a: b}\nfacts: [{fact: x}]": "line 2: a back-fill needs fact and value",
		"states: {a: b}\nfacts: [{fact: x, value: '" + strings.Repeat("1+", 2000) + "1'}]": "line 2: the value of x is longer than 4000 characters",
		"states: {a: b}\nfacts: {x: 1}":                   "line 2: facts is a list",
		"states: {a: b}\n# " + strings.Repeat("x", 1<<20): "larger than 1 MiB",
	} {
		if _, err := migrate.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

// TestPlanFitsBothTemplates: all that does not is said at once.
func TestPlanFitsBothTemplates(t *testing.T) {
	p := parse(t, `
states: {intake: reviewed, waitin: review, checked: granted}
facts: [{fact: bandx, value: "1"}, {fact: band, value: "'blue'"}, {fact: score, value: colour == 'x'}]
`)
	_, err := migrate.Compile(p, machine(t, before), machine(t, after))
	if err == nil {
		t.Fatal("it compiled")
	}
	for _, want := range []string{"intake is mapped to reviewed, which is not a state of the new template; nearest known name: review", "waitin is not a state of the old template; nearest known name: waiting",
		"checked is mapped to granted, which ends the instance", "bandx is not a fact of the new template; nearest known name: band", "the value of band: the expression gives string where int is needed",
		"the value of score: the expression gives bool where int is needed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said in:\n%s", want, err)
		}
	}
}

// TestPlanFillsWhatChangesItsType: a value is taken along only where it is still of the fact's type.
func TestPlanFillsWhatChangesItsType(t *testing.T) {
	const text = "score: {type: integer, minimum: 0, maximum: 1000, x-owner: broker, x-fix: \"form:score\"}"
	for name, c := range map[string]struct{ fact, plan, want string }{
		"changed":          {`score: {type: string, maxLength: 10}`, ``, "the fact score changes its type from integer to string"},
		"a format":         {`score: {type: string, format: date}`, ``, "the fact score changes its type from integer to date"},
		"back-filled":      {`score: {type: string, maxLength: 10}`, `facts: [{fact: score, value: "'high'"}]`, ""},
		"only its bounds":  {`score: {type: integer, minimum: 0, maximum: 10}`, ``, ""},
		"a fact is let go": {`points: {type: integer, minimum: 0, maximum: 10}`, ``, ""},
	} {
		to := strings.NewReplacer(text, c.fact, "score >= 600", "band >= 600").Replace(after)
		_, err := migrate.Compile(parse(t, "states: {intake: intake}\n"+c.plan), machine(t, before), machine(t, to))
		if said := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(said, c.want) || c.want != "" && !strings.Contains(said, "back-fill it under facts") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlanCoversWhatIsOccupied: a state the plan misses is named; so is one that leads nowhere.
func TestPlanCoversWhatIsOccupied(t *testing.T) {
	m := compile(t, "states: {intake: intake, waiting: [review, checked]}")
	err := m.Covers([][]string{{"intake"}, {"checked"}, {"checked"}, {"waiting"}})
	if err == nil || strings.Count(err.Error(), "says nothing of the state checked") != 1 || !strings.Contains(err.Error(), "where no instance can stand: the template has to have one active state, not 2 (review, checked)") {
		t.Errorf("%v", err)
	}
	if err := m.Covers([][]string{{"intake"}}); err != nil {
		t.Error(err)
	}
}

// TestMove is each part of a move, one line each.
func TestMove(t *testing.T) {
	waits := workflow.Timer{State: "waiting", Event: "late", Entry: 2, Due: monday.AddDate(0, 0, 1)}
	given := workflow.Approval{Transition: "t_grant", State: "checked", Actor: "u1", At: monday}
	for _, c := range []struct {
		name, plan string
		inst       workflow.Instance
		facts      workflow.Facts
		want       string // states; timers; approvals; facts; newly blocked; newly broken
	}{
		{"the state is mapped and its deadline goes on", plan, workflow.Instance{States: []string{"waiting"}, Timers: []workflow.Timer{waits}}, workflow.Facts{"score": int64(700)},
			"[review]; stale@2026-10-06/2; 0; band=7; ; "},
		{"deadlines begin anew", plan + "timers: restart", workflow.Instance{States: []string{"waiting"}, Sequence: 4, Timers: []workflow.Timer{waits}}, workflow.Facts{"score": int64(700)},
			"[review]; stale@2026-10-10/5; 0; band=7; ; "},
		{"deadlines end", plan + "timers: cancel", workflow.Instance{States: []string{"waiting"}, Timers: []workflow.Timer{waits}}, workflow.Facts{"score": int64(700)},
			"[review]; ; 0; band=7; ; "},
		{"a guard that is new blocks what was possible", plan, workflow.Instance{States: []string{"waiting"}, Timers: []workflow.Timer{waits}}, workflow.Facts{"score": int64(500)},
			"[review]; stale@2026-10-06/2; 0; band=5; check guard_false; "},
		{"what is missing is never zero", plan, workflow.Instance{States: []string{"checked"}}, nil,
			"[checked]; ; 0; band=<nil>; grant invariant; invariant inv_band"},
		{"an invariant that is new is broken", plan, workflow.Instance{States: []string{"checked"}}, workflow.Facts{"score": int64(300)},
			"[checked]; ; 0; band=3; grant invariant; invariant inv_band"},
		{"approvals are void", plan, workflow.Instance{States: []string{"checked"}, Approvals: []workflow.Approval{given}}, workflow.Facts{"score": int64(900)},
			"[checked]; ; 0; band=9; ; "},
		{"approvals are kept", plan + "approvals: keep", workflow.Instance{States: []string{"checked"}, Approvals: []workflow.Approval{given}}, workflow.Facts{"score": int64(900)},
			"[checked]; ; 1; band=9; ; "},
		{"a fact nobody declares any more goes missing", plan, workflow.Instance{States: []string{"intake"}}, workflow.Facts{"score": int64(900), "colour": "blue"},
			"[intake]; ; 0; band=9 colour=<nil>; ; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			moved, err := compile(t, c.plan).Apply(c.inst, workflow.World{Facts: c.facts, Now: monday})
			if err != nil {
				t.Fatal(err)
			}
			if got := words(moved); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if moved.Instance.Sequence != c.inst.Sequence+1 {
				t.Errorf("sequence %d", moved.Instance.Sequence)
			}
		})
	}
}

func words(m migrate.Moved) string {
	var timers, facts, blocked, broken []string
	for _, x := range m.Instance.Timers {
		timers = append(timers, fmt.Sprintf("%s@%s/%d", x.Event, x.Due.Format(time.DateOnly), x.Entry))
	}
	for _, x := range m.FactChanges {
		facts = append(facts, fmt.Sprintf("%s=%v", x.Name, x.Value))
	}
	for _, x := range m.NewlyBlocked {
		blocked = append(blocked, x.Event+" "+x.Blockers[0].Code)
	}
	for _, x := range m.NewlyBroken {
		broken = append(broken, x.Code+" "+*x.Guard)
	}
	return fmt.Sprintf("%v; %s; %d; %s; %s; %s", m.To, strings.Join(timers, " "), len(m.Instance.Approvals), strings.Join(facts, " "), strings.Join(blocked, " "), strings.Join(broken, " "))
}

// TestMoveIsRefused: what cannot move says why.
func TestMoveIsRefused(t *testing.T) {
	for want, c := range map[string]struct {
		plan  string
		inst  workflow.Instance
		facts workflow.Facts
	}{
		"says nothing of the state checked": {"states: {intake: intake}", workflow.Instance{States: []string{"checked"}}, nil},
		"it has ended":                      {plan, workflow.Instance{States: []string{"granted"}, Ended: "won"}, nil},
		"band: is above the maximum 10":     {strings.Replace(plan, "score / 100", "score / 10", 1), workflow.Instance{States: []string{"intake"}}, workflow.Facts{"score": int64(900)}},
		"division by zero":                  {strings.Replace(plan, "score / 100", "100 / score", 1), workflow.Instance{States: []string{"intake"}}, workflow.Facts{"score": int64(0)}},
	} {
		if _, err := compile(t, c.plan).Apply(c.inst, workflow.World{Facts: c.facts, Now: monday}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestParallelMapsLeafByLeaf: one state for each region, and every region has one.
func TestParallelMapsLeafByLeaf(t *testing.T) {
	const checks = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
states:
  intake: {kind: atomic, initial: true}
  checks:
    kind: parallel
    regions:
      income:   {initial: income_pending,   states: {income_pending: {kind: atomic},   income_done: {kind: final}}}
      property: {initial: property_pending, states: {property_pending: {kind: atomic}, property_done: {kind: final}}}
  granted: {kind: final, outcome: won}
  lost:    {kind: final, outcome: lost}
events: {submit: {by: [broker]}, income_ok: {by: [broker]}, property_ok: {by: [broker]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, from: intake, on: submit, to: checks}
  - {id: t_income, from: income_pending, on: income_ok, to: income_done}
  - {id: t_property, from: property_pending, on: property_ok, to: property_done}
  - {id: t_done, from: checks, on: done, to: granted}
  - {id: t_decline, from: [intake, checks], on: decline, to: lost}
`
	to := machine(t, checks)
	m, err := migrate.Compile(parse(t, "states: {waiting: [income_pending, property_done], checked: income_done}"), machine(t, before), to)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Route([]string{"waiting"}); err != nil || !slices.Equal(got, []string{"income_pending", "property_done"}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := m.Route([]string{"checked"}); err == nil || !strings.Contains(err.Error(), "region property of checks has no active state") {
		t.Errorf("%v", err)
	}
}

// TestThePastMovesToo: what a history state remembers is mapped like what is active, and forgotten where it has no place.
func TestThePastMovesToo(t *testing.T) {
	const held = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
states:
  work: {kind: compound, initial: %[1]s, states: {%[1]s: {kind: atomic}, %[2]s: {kind: atomic}, before: {kind: history}}}
  held: {kind: atomic, initial: true}
  end:  {kind: final, outcome: lost}
events: {resume: {by: [broker]}, close: {by: [broker]}}
transitions:
  - {id: t_resume, from: held, on: resume, to: before}
  - {id: t_next, from: %[1]s, on: resume, to: %[2]s}
  - {id: t_close, from: work, on: close, to: end}
`
	from, to := machine(t, fmt.Sprintf(held, "first", "second")), machine(t, fmt.Sprintf(held, "one", "two"))
	m, err := migrate.Compile(parse(t, "states: {first: one, second: two, held: held}"), from, to)
	if err != nil {
		t.Fatal(err)
	}
	inst := workflow.Instance{States: []string{"held"}, Sequence: 4, History: map[string][]string{"before": {"second"}, "gone": {"first"}}}
	moved, err := m.Apply(inst, workflow.World{Now: time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)})
	if err != nil || len(moved.Instance.History) != 1 || moved.Instance.History["before"][0] != "two" {
		t.Fatalf("%v, %v", moved.Instance.History, err)
	}
	r := to.Step(moved.Instance, workflow.Event{Name: "resume", Actor: workflow.Actor{ID: "u", Roles: []string{"broker"}}}, workflow.World{})
	if !slices.Equal(r.To, []string{"two"}) {
		t.Error(r.To)
	}
}

// TestUndo: a plan leads back where nothing was lost on the way.
func TestUndo(t *testing.T) {
	from, to := machine(t, before), machine(t, before)
	back, err := parse(t, "{from: 1, to: 2, states: {intake: waiting, waiting: intake, checked: checked}}").Invert(from, to)
	if err != nil || back.From != "2" || back.To != "1" || back.States["waiting"][0] != "intake" || back.States["intake"][0] != "waiting" {
		t.Errorf("%+v, %v", back, err)
	}
	_, err = parse(t, "{states: {intake: checked, checked: checked}, facts: [{fact: band, value: '1'}]}").Invert(from, machine(t, after))
	for _, want := range []string{"checked and intake both became checked", "the fact band was back-filled", "the fact colour was given up"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestUndoSaysWhatIsLost: each thing the way back does not bring back, and nothing where all of it comes.
func TestUndoSaysWhatIsLost(t *testing.T) {
	watched := before + "invariants: [{id: inv_old, in: [checked], expr: score >= 1, waive: [office]}]\n"
	for _, c := range []struct{ plan, old, new, want string }{
		{"approvals: keep", before, before, ""},
		{"", before, before, "Approvals"},
		{"timers: restart", before, before, "Approvals, Deadlines that the migration restarted"},
		{"approvals: keep\ntimers: cancel", before, before, "Deadlines that the migration ended"},
		{"approvals: keep", before, strings.Replace(before, ", sla: {within: P3D, emits: late}", "", 1), "Deadlines that the migration ended"},
		{"approvals: keep", watched, watched, ""},
		{"approvals: keep", watched, before, "Waivers"},
	} {
		lost := parse(t, "states: {intake: intake, waiting: waiting, checked: checked}\n"+c.plan).Lost(machine(t, c.old), machine(t, c.new))
		var got []string
		for _, l := range lost {
			if l.IT == "" {
				t.Errorf("no Italian for %q", l.EN)
			}
			got = append(got, l.EN)
		}
		wants := strings.Split(c.want, ", ")
		if c.want == "" {
			wants = nil
		}
		if !slices.EqualFunc(got, wants, strings.HasPrefix) {
			t.Errorf("%s: %q, want %q", c.plan, got, c.want)
		}
	}
}

// TestReplayCrosses: a history across a move verifies; another plan in the place of the one that was used does not.
func TestReplayCrosses(t *testing.T) {
	from, to := machine(t, before), machine(t, after)
	m := compile(t, plan)
	recorded := workflow.Facts{}
	var entries []workflow.Entry
	var changes []workflow.FactChange
	keep := func(r workflow.Result, e workflow.Entry, read []workflow.FactChange) workflow.Instance {
		entries = append(entries, e)
		for _, c := range append(read, r.FactChanges...) {
			changes = append(changes, c)
			recorded[c.Name] = c.Value
		}
		return r.Instance
	}
	facts := workflow.Facts{"score": int64(700)}
	world := func(day int) workflow.World { return workflow.World{Facts: facts, Now: monday.AddDate(0, 0, day)} }
	step := func(mm *workflow.Machine, r workflow.Result, ev workflow.Event, day int) workflow.Instance {
		e, read, ok := mm.Entry(&r, ev, monday.AddDate(0, 0, day), recorded)
		if !ok {
			t.Fatalf("%s refused: %v", ev.Name, r.Blockers)
		}
		return keep(r, e, read)
	}
	broker := workflow.Actor{ID: "u1", Roles: []string{"broker"}}
	inst := step(from, from.Start(world(0)), workflow.Event{Actor: workflow.System()}, 0)
	inst = step(from, from.Step(inst, workflow.Event{Name: "submit", Actor: broker}, world(0)), workflow.Event{Name: "submit", Actor: broker}, 0)
	moved, err := m.Apply(inst, world(1))
	if err != nil {
		t.Fatal(err)
	}
	r := moved.Result()
	e, read := to.Crossed(&r, workflow.Actor{ID: "u9"}, monday.AddDate(0, 0, 1), recorded, workflow.Crossing{From: from.Digest, Plan: m.Digest})
	inst = keep(r, e, read)
	facts["band"] = int64(7)
	inst = step(to, to.Step(inst, workflow.Event{Name: "check", Actor: broker}, world(1)), workflow.Event{Name: "check", Actor: broker}, 1)

	replay := func(plan *migrate.Move) workflow.Replayed {
		again := from.Replayer(changes, nil)
		again.Follow(func(c workflow.Crossing, digest string, inst workflow.Instance, w workflow.World) (*workflow.Machine, workflow.Result) {
			if c.Plan != m.Digest || digest != to.Digest {
				t.Errorf("asked for plan %s to %s", c.Plan, digest)
			}
			moved, err := plan.Apply(inst, w)
			if err != nil {
				t.Fatal(err)
			}
			return to, moved.Result()
		})
		for _, e := range entries {
			again.Row(e)
		}
		return again.Replayed()
	}
	if out := replay(m); !out.OK || out.Instance.Head != inst.Head || !slices.Equal(out.Instance.States, []string{"checked"}) {
		t.Errorf("%+v", out)
	}
	if out := replay(compile(t, strings.Replace(plan, "waiting: review", "waiting: intake", 1))); out.OK || out.Bad != 3 || out.Verdicts[2].Verdict != workflow.ReplayDiffers {
		t.Errorf("%+v", out)
	}
	if out := from.Replay(entries, changes, nil); out.OK || out.Bad != 3 || out.Verdicts[2].Verdict != workflow.ReplayTemplate {
		t.Errorf("without a way across: %+v", out)
	}
}
