package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
)

// Any text, as the guard of a template: it is refused at a place with a sentence, or it runs, on small and on large facts,
// within its cost, and its answer is one of the four.
func FuzzGuard(f *testing.F) {
	for _, expr := range []string{"s == 'a'", "l.all(x, x > 2) && known(s)", "known(s) || true", "'a' in actor.roles", "now > at", "l[0] / 0 == 1", "checklist.complete(now)", "[1,2].map(x, x * 2) == [2]", "size(s) > 3",
		"m.exists_one(x, has(x.a) && x.a.matches('^a+$'))", "timestamp(s) < at + duration('24h')", "docs.valid('payslip', at)", "state_in('open') ? s.contains('a') : int(s) > 1", "{'a': 1}[s] == 1", "string(l[0]).endsWith('1')", "at.getHours('Europe/Rome') > 8", "dyn(s) == dyn('a')", "s < t[0] + s", "type(l) == type(t)", "[l, l].map(x, x + x)[0][0] == 1u || bytes(s) == b'a' || 1.5 > double(s)"} {
		f.Add(expr)
	}
	for _, expr := range hostile {
		f.Add(expr)
	}
	large := hostileFacts()
	small := Facts{"s": "", "l": []any{int64(1)}, "t": []any{"a"}, "m": []any{map[string]any{}}}
	f.Fuzz(func(t *testing.T, expr string) {
		if len(expr) > 600 {
			return
		}
		m, findings := Compile(fmt.Appendf(nil, hostilePreamble, strings.ToValidUTF8(expr, "?")))
		if m == nil {
			if len(findings) == 0 || findings[0].Message == "" || findings[0].Line == 0 {
				t.Errorf("%q is refused without a word: %+v", expr, findings)
			}
			return
		}
		c := m.edges[m.states["open"]]["go"][0].clauses[0]
		program := metered(t, m, c)
		for _, facts := range []Facts{{}, small, large} {
			e := &evaluation{m: m, facts: facts, now: testClock, at: m.configuration([]string{"open"})}
			if v, problem := c.eval(e); v == Error && problem == "" || len(problem) > maxProblem+3 {
				t.Errorf("%q: %s %q", expr, v, problem)
			}
			if cost := program.cost(e); cost > 3*costLimit || !c.metered && cost > 2*freeCost {
				t.Errorf("%q costs %d, metered %v", expr, cost, c.metered)
			}
		}
		w := World{Facts: small, Now: testClock}
		r := m.Step(m.Start(w).Instance, Event{Name: "go", Actor: Actor{ID: "u", Roles: []string{"broker"}}}, w)
		if r.Outcome == Refused && len(r.Blockers) == 0 {
			t.Errorf("%q is refused without a reason", expr)
		}
	})
}

// meteredProgram counts what a clause costs also where it runs without a meter.
type meteredProgram struct{ cel.Program }

func metered(t *testing.T, m *Machine, c *clause) meteredProgram {
	env, err := newEnvironment(m.Template, m.facts)
	if err != nil {
		t.Fatal(err)
	}
	again := env.compile(c.guard, "go", "", cel.BoolType, &findings{})
	program, err := env.base.Program(again.ast, cel.CostTracking(meter{env.patterns}), cel.CostLimit(costLimit))
	if err != nil {
		t.Fatal(err)
	}
	return meteredProgram{program}
}

func (p meteredProgram) cost(e *evaluation) uint64 {
	_, details, _ := p.Eval(e)
	return *details.ActualCost()
}

// Any facts that come from outside: normal ones are normal again, and everything else is refused by its name.
func FuzzFacts(f *testing.F) {
	m, findings := Compile(fmt.Appendf(nil, hostilePreamble, "known(s)"))
	if m == nil {
		f.Fatal(findings)
	}
	f.Add([]byte(`{"s": "a", "l": [1, 2], "m": [{"a": "x", "b": [3]}], "at": "2026-11-02T09:00:00Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var raw map[string]any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&raw) != nil {
			return
		}
		facts, err := m.Normalize(raw)
		if err != nil {
			return
		}
		again, err := m.Normalize(facts)
		if err != nil || !reflect.DeepEqual(again, facts) {
			t.Errorf("%s is %v, and then %v, %v", text, facts, again, err)
		}
	})
}
