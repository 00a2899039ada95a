package fragment

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

const source = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: fragment}
subject: case
facts:
  type: object
  properties:
    n: {type: integer, minimum: -5, maximum: 5}
    m: {type: integer, minimum: -5, maximum: 5}
    b: {type: boolean}
    e: {type: string, enum: [x, y, z]}
    who: {type: string, maxLength: 20}
    due: {type: string, format: date-time}
params: {limit: {type: integer, default: 2}}
states: {open: {kind: atomic, initial: true}, won: {kind: final, outcome: won}}
events: {go: {by: [broker], payload: {type: object, properties: {grade: {type: integer, minimum: 0, maximum: 3}}}}}
transitions:
  - {id: t, from: open, on: go, to: won, guards: [{id: g, expr: '%s'}]}
`

func condition(t *rapid.T, depth int) string {
	if depth > 0 && rapid.IntRange(0, 3).Draw(t, "nest") > 0 {
		a, b, c := condition(t, depth-1), condition(t, depth-1), condition(t, depth-1)
		return rapid.SampledFrom([]string{"(" + a + " && " + b + ")", "(" + a + " || " + b + ")", "!(" + a + ")", "(" + a + " ? " + b + " : " + c + ")"}).Draw(t, "form")
	}
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
	figure := rapid.IntRange(-6, 6).Draw(t, "figure")
	return rapid.SampledFrom([]string{
		fmt.Sprintf("n %s %d", op, figure), fmt.Sprintf("%d %s m", figure, op), fmt.Sprintf("n %s m", op), fmt.Sprintf("n + %d %s m - 1", max(figure, 0), op), "n " + op + " params.limit",
		"b", "b == true", "b != false", `e == "x"`, `e != "y"`, `e in ["x", "z"]`, `!(e in ["y"])`, "actor.id == who", "who != actor.id", `who == "u"`,
		"known(n)", "known(who)", "known(due)", `"broker" in actor.roles`, `"boss" in actor.roles`, `state_in("open")`, `event.name == "go"`, fmt.Sprintf("event.payload.grade %s %d", op, figure),
		"due " + op + " now", `due + duration("36h") ` + op + ` now`, `now - due ` + op + ` duration("24h")`, `now ` + op + ` timestamp("2026-01-10T00:00:00Z")`,
		`docs.valid("deed", now)`, `checklist.complete(due)`, "true", "false",
	}).Draw(t, "atom")
}

// What a clause answers and what its term answers are the same, for every condition in the fragment and all values.
func TestTermsAnswerAsClauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := condition(t, 3)
		d := workflow.Read([]byte(fmt.Sprintf(source, text)))
		if !d.Complete {
			t.Fatal(d.Findings)
		}
		r := NewReader(d.Machine, nil)
		clause := d.Machine.Edges()[0].Clauses[0]
		term := r.Clause(clause, "go")
		model := r.Standing(d.Machine.ActiveIn(d.Machine.Entered()))
		for _, v := range term.Vars() {
			if r.IsOpaque(v) {
				t.Fatalf("%s is outside the fragment: %s", text, r.OpaqueText(v))
			}
			if _, known := model[v]; !known {
				model[v] = some(t, r, v)
			}
		}
		model[r.EventName()] = r.Operand("go").Plus
		c := r.Case(model, []string{"nobody"})
		facts, err := d.Machine.Normalize(c.Facts)
		if err != nil {
			t.Fatal(err)
		}
		got := d.Machine.Ask(clause, d.Machine.Entered(), workflow.Event{Name: "go", Actor: c.Actor, Payload: c.Payload, Reason: c.Reason}, workflow.World{Facts: facts, Now: c.At(time.Time{})})
		want := map[workflow.Verdict]logic.Outcome{workflow.True: logic.True, workflow.False: logic.False, workflow.Missing: logic.Missing, workflow.Error: logic.Error}[got]
		solver := logic.Solver{Budget: 1000, Each: 1000, Tries: 1}
		for _, o := range []logic.Outcome{logic.True, logic.False, logic.Missing, logic.Error} {
			_, answer := solver.Solve([]*logic.Term{logic.Is(o, term)}, model, nil)
			if (answer == logic.Proven) != (o == want) {
				t.Fatalf("%s with %v is %s; the term: outcome %d gives %d", text, c, got, o, answer)
			}
		}
	})
}

// some value of a variable.
func some(t *rapid.T, r *Reader, v *logic.Var) logic.Value {
	if v.Optional && rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		return logic.Absent
	}
	switch {
	case v.Sort == logic.Bool:
		return rapid.Int64Range(0, 1).Draw(t, v.Name)
	case v.Sort == logic.Text && v.Values != nil:
		return rapid.SampledFrom(v.Values).Draw(t, v.Name)
	case v.Sort == logic.Text:
		return rapid.SampledFrom([]logic.Value{logic.Fresh, logic.Fresh + 1, r.Operand("u").Plus}).Draw(t, v.Name)
	case v.Usual != 0:
		return v.Usual + rapid.Int64Range(-100, 100).Draw(t, v.Name)*3600
	}
	return rapid.Int64Range(v.Min, v.Max).Draw(t, v.Name)
}

// The cells stand for all values: what they cannot satisfy, no values satisfy, and the other way round.
func TestCellsTryEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figures := func(label string) string {
			op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, label)
			a, b := rapid.IntRange(-7, 7).Draw(t, label), rapid.IntRange(0, 3).Draw(t, label)
			return rapid.SampledFrom([]string{fmt.Sprintf("n %s %d", op, a), fmt.Sprintf("m %s %d", op, a), fmt.Sprintf("n + %d %s m", b, op), fmt.Sprintf("m %s n - %d", op, b), `e == "x"`, "!known(e)"}).Draw(t, label)
		}
		text := "true"
		for i := range rapid.IntRange(1, 6).Draw(t, "clauses") {
			text += fmt.Sprintf(" && (%s || %s)", figures(fmt.Sprint("a", i)), figures(fmt.Sprint("b", i)))
		}
		d := workflow.Read([]byte(fmt.Sprintf(source, text)))
		if !d.Complete {
			t.Fatal(d.Findings)
		}
		r := NewReader(d.Machine, nil)
		clause := d.Machine.Edges()[0].Clauses[0]
		solver := logic.Solver{Budget: 1 << 20, Each: 1 << 20, Tries: 1}
		_, answer := solver.Solve([]*logic.Term{logic.Is(logic.True, r.Clause(clause, "go"))}, nil, nil)
		possible := false
		for n := int64(-5); n <= 5 && !possible; n++ {
			for m := int64(-5); m <= 5 && !possible; m++ {
				for _, e := range []any{nil, "x", "y"} {
					w := workflow.World{Facts: workflow.Facts{"n": n, "m": m, "e": e}}
					possible = possible || d.Machine.Ask(clause, d.Machine.Entered(), workflow.Event{}, w) == workflow.True
				}
			}
		}
		if answer == logic.Unsure || possible != (answer == logic.Proven) {
			t.Fatalf("%s can hold: %v; the cells say %d", text, possible, answer)
		}
	})
}
