package workflow

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const hostilePreamble = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: hostile}
subject: application
facts:
  type: object
  properties:
    s: {type: string, maxLength: 2000}
    l: {type: array, maxItems: 10000, items: {type: integer}}
    t: {type: array, maxItems: 10000, items: {type: string, maxLength: 2000}}
    m: {type: array, maxItems: 10000, items: {type: object, properties: {a: {type: string, maxLength: 2000}, b: {type: array, maxItems: 10000, items: {type: integer}}}}}
    at: {type: string, format: date-time}
states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}}
events: {go: {by: [broker]}}
transitions:
  - {id: t_go, from: open, on: go, to: end, guards: [{id: g, expr: %q}]}
`

// hostileFacts fill the schema to its bounds.
func hostileFacts() Facts {
	l, ts, m := make([]any, 10000), make([]any, 10000), make([]any, 10000)
	for i := range l {
		l[i], ts[i] = int64(i), strings.Repeat("x", 100)
		m[i] = map[string]any{"a": "x", "b": l}
	}
	return Facts{"s": strings.Repeat("a", 2000), "l": l, "t": ts, "m": m, "at": testClock}
}

// hostile are guards that try to take long: by walking lists within lists, by texts and lists that double, by calls whose work
// the size of their arguments hides.
var hostile = map[string]string{
	"nested 3":              "l.all(x, l.all(y, l.all(z, true)))",
	"nested false":          "l.exists(x, l.exists(y, false))",
	"nested and":            "l.all(x, l.all(y, x + y >= 0 && y * x >= 0))",
	"map map":               "size(l.map(x, l.map(y, l))) > 1",
	"map":                   "size(l.map(x, x).map(x, x).map(x, x)) > 1",
	"filter":                "size(l.filter(x, l.exists(y, y > 20000))) > 1",
	"string doubling":       "size([s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x)[0]) > 1",
	"string doubling plain": "size(" + doubled("s", 8) + ") > 1",
	"list doubling":         "size([l].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x)[0]) > 1",
	"empty doubling":        "size([l.filter(x, false)]" + strings.Repeat(".map(x,x+x)", 12) + "[0]) == 0",
	"long doubling":         "size([l]" + strings.Repeat(".map(x,x+x)", 12) + "[0]) == 0",
	"walk doubling":         "[l]" + strings.Repeat(".map(x,x+x)", 10) + "[0].all(x, x >= 0)",
	"compare strings":       "l.all(x, s == s)",
	"compare built":         "[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x)" + ".all(b, l.all(x, b == b))",
	"in list":               "l.all(x, (x + 20000) in l)",
	"in texts":              "t.all(x, (x + 'y') in t)",
	"compare lists":         "l.all(x, l == l)",
	"compare doubled":       "[l]" + strings.Repeat(".map(x,x+x)", 10) + ".all(x, x == x)",
	"in doubled":            "[l]" + strings.Repeat(".map(x,x+x)", 10) + ".all(x, 0 - 1 in x)",
	"zones":                 "l.all(x, at.getHours('Europe/Rome') >= 0)",
	"no zones":              "l.all(x, at.getHours() >= 0)",
	"timestamps":            "l.all(x, timestamp('2026-01-01T00:00:00Z') < at)",
	"durations":             "l.all(x, duration('1h2m3s') + at > at)",
	"int of big":            "[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).all(b, int(b) > 1)",
	"timestamp of big":      "[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).all(b, timestamp(b) > at)",
	"duration of big":       "[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).all(b, duration(b) > duration('1s'))",
	"size of big":           "[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x).all(b, l.all(x, size(b) > 1))",
	"contains":              "l.all(x, s.contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab') || true)",
	"starts":                "l.all(x, s.startsWith(s))",
	"matches":               "l.all(x, s.matches('(a|aa)+$'))",
	"matches hard":          "s.matches('(.*)(.*)(.*)(.*)(.*)[b]$')",
	"matches many":          "l.all(x, !s.matches('(x+x+)+y'))",
	"string":                "l.all(x, string(x) != '')",
	"bytes":                 "l.all(x, size(bytes(s)) > 0)",
	"doc":                   "l.all(x, docs.valid('payslip', at))",
	"docs dyn":              "t.all(x, docs.valid(x, at))",
	"states":                "l.all(x, state_in('open'))",
	"members":               "m.all(x, x.b.all(y, y >= 0))",
	"missing":               "m.all(x, m.all(y, y.a == x.a))",
	"maps":                  "l.all(x, {x: 1, x+1: 2}[x] == 1)",
	"types":                 "l.all(x, type(x) == int)",
	"ternary":               "l.all(x, x > 5 ? x >= 0 : x <= 5)",
	"ors":                   "l.all(x, " + strings.TrimSuffix(strings.Repeat("x < 0 || ", 200), " || ") + " || true)",
	"lists":                 "l.all(x, size([x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x]) > 1)",

	"concat index": "[" + strings.TrimSuffix(strings.Repeat("l+", 20), "+") + "].all(c, l.all(x, c[x] >= 0))",
	"doubles":      "l.all(x, double(x) * 1.5 >= 0.0)",
	"has":          "m.all(x, has(x.a))",
	"known":        "l.all(x, known(s))",
	"exists_one":   "l.exists_one(x, l.exists_one(y, x == y))",
	"nested lit":   "[1,2,3,4,5,6,7,8,9].all(a," + strings.Repeat("[1,2,3,4,5,6,7,8,9].all(a,", 12) + "true" + strings.Repeat(")", 13),
}

// doubled is (x+x), and that doubled again, n times.
func doubled(x string, n int) string {
	for range n {
		x = "(" + x + "+" + x + ")"
	}
	return x
}

// guardOf compiles the one guard of the hostile template; nil when it is refused.
func guardOf(t testing.TB, expr string) (*clause, *evaluation, []Finding) {
	t.Helper()
	m, findings := Compile(fmt.Appendf(nil, hostilePreamble, expr))
	if m == nil {
		return nil, nil, findings
	}
	e := &evaluation{m: m, facts: hostileFacts(), now: testClock, at: m.configuration([]string{"open"})}
	return m.edges[m.states["open"]]["go"][0].clauses[0], e, nil
}

// A guard that runs away, on the largest facts its template allows, ends within its cost: see BenchmarkHostile for what that is in time.
func TestHostileGuardsEndWithinTheirCost(t *testing.T) {
	for name, expr := range hostile {
		c, e, findings := guardOf(t, expr)
		if c == nil {
			t.Errorf("%s: %v", name, findings)
			continue
		}
		_, details, err := c.program.Eval(e)
		if details == nil || details.ActualCost() == nil {
			continue // it is cheap by proof: no meter runs
		}
		// The limit is looked at after each call, and one call makes at most twice as much text as was paid for.
		if cost := *details.ActualCost(); cost > 2*costLimit || cost > costLimit && err == nil {
			t.Errorf("%s: cost %d, %v", name, cost, err)
		}
	}
}

func TestHostileGuardsRefused(t *testing.T) {
	for name, x := range map[string]struct{ expr, code, says string }{
		"lists of lists":       {"[l] == [l]", "type_error", "all() or exists()"},
		"lists of objects":     {"m == m", "type_error", "all() or exists()"},
		"an object in a list":  {"m[0] in m", "type_error", "all() or exists()"},
		"behind dyn":           {"dyn(m) == dyn(m)", "type_error", "all() or exists()"},
		"mixed lists":          {"[1, 'a'] == [1, 'a']", "type_error", "all() or exists()"},
		"a built pattern":      {"s.matches(s + '*')", "type_error", "in quotes"},
		"a large pattern":      {"s.matches('(abc{30}d){30}')", "type_error", "too large"},
		"classes repeated":     {"s.matches('" + strings.Repeat("(\\\\pL{900})", 100) + "')", "type_error", "too large"},
		"a broken pattern":     {"s.matches('(')", "type_error", "cannot be read"},
		"nesting":              {strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), "syntax", ""},
		"long":                 {strings.Repeat("true && ", 600) + "true", "schema", "longer than 4000"},
		"a list over and over": {"size([l]" + strings.Repeat(".map(x,x+x)", 200) + "[0]) == 0", "syntax", "recursion"},
		"a map walked":         {"{1: 2}.all(k, k > 0)", "type_error", "random"},
		"a missing function":   {"s.replace('a', 'aa') == s", "unknown_name", "replace"},
	} {
		c, _, findings := guardOf(t, x.expr)
		if c != nil || !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == x.code && strings.Contains(f.Message, x.says) }) {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

// matches is the library's, but for the bound on one match.
func TestMatches(t *testing.T) {
	for expr, want := range map[string]Verdict{
		"s.matches('^a+$')": True, "matches(s, 'b')": False, "(s + s).matches('^(a|b)*$')": True,
		"[s].map(x,x+x).map(x,x+x).map(x,x+x).map(x,x+x)[0].matches('(ab|cd|ef|gh|ij|kl|mn|op|qr|st)*$')": Error,
	} {
		c, e, findings := guardOf(t, expr)
		if c == nil {
			t.Errorf("%s: %v", expr, findings)
		} else if got, problem := c.eval(e); got != want {
			t.Errorf("%s: %s %s", expr, got, problem)
		}
	}
}

// What a person is told of an error is short, however large the value that caused it.
func TestErrorsAreShort(t *testing.T) {
	c, e, findings := guardOf(t, "timestamp(s + s) > at")
	if c == nil {
		t.Fatal(findings)
	}
	if v, problem := c.eval(e); v != Error || len(problem) > maxProblem+3 {
		t.Errorf("%s: %d bytes", v, len(problem))
	}
}

// BenchmarkHostile shows what the cost limit is in CPU time: the dearest guard of all, a µs figure under 10,000.
func BenchmarkHostile(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const runs = 50 // the clock of a thread ticks in milliseconds
	worst, name := time.Duration(0), ""
	for b.Loop() {
		for n, expr := range hostile {
			c, e, findings := guardOf(b, expr)
			if c == nil {
				b.Fatal(n, findings)
			}
			start := threadTime()
			for range runs {
				c.program.Eval(e)
			}
			if took := (threadTime() - start) / runs; took > worst {
				worst, name = took, n
			}
		}
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-µs/clause")
	b.Logf("the dearest guard is %q: %.100s", name, hostile[name])
}

func threadTime() time.Duration { return cpuTime(rusageThread) }

func cpuTime(of int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(of, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Many guards that each stay within their cost do not add up: a step ends, as an error.
func TestAStepEndsWithinItsCost(t *testing.T) {
	guards := ""
	for i := range 40 {
		guards += fmt.Sprintf("{id: g%d, expr: %q}, ", i, "l.all(x, l.all(y, true))")
	}
	source := strings.Replace(fmt.Sprintf(hostilePreamble, "true"), `{id: g, expr: "true"}`, guards, 1)
	m, findings := Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	w := World{Facts: hostileFacts(), Now: testClock}
	r := m.Step(m.Start(w).Instance, Event{Name: "go", Actor: Actor{ID: "u", Roles: []string{"broker"}}}, w)
	said := map[string]int{}
	for _, b := range r.Blockers {
		_, problem, _ := strings.Cut(b.Text.EN, ") (")
		said[problem]++
	}
	if r.Outcome != Refused || said["operation cancelled: actual cost limit exceeded)"] != 10 || said[errStepLimit.Error()+")"] != 30 {
		t.Errorf("%s %v", r.Outcome, said)
	}
}

// A template whose tests would take minutes says so instead.
func TestTestsEndWithinTheirCost(t *testing.T) {
	step := "{event: go, expect: refused}, "
	source := fmt.Sprintf(hostilePreamble, "l.all(x, l.all(y, true))") + "tests:\n" + strings.Repeat("  - {name: long, steps: ["+strings.Repeat(step, 400)+"], expect: open}\n", 3)
	m, findings := Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	if results, _ := m.RunTests(); !slices.ContainsFunc(results, func(r TestResult) bool { return !r.Passed && r.Message == overBudget }) {
		t.Error(results)
	}
}

// hostileTemplates are refused as a whole, at a place and with a sentence, before anything is compiled.
func TestHostileTemplates(t *testing.T) {
	with := func(old, new string) string {
		return strings.Replace(fmt.Sprintf(hostilePreamble, "true"), old, new, 1)
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for _, c := range "bcdefgh" {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	nested := "states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}, " + many(40, "c%d: {kind: compound, initial: x, states: {") + strings.Repeat("}}", 40) + "}"
	for name, x := range map[string]struct{ source, code, says string }{
		"an alias bomb":             {bomb, "syntax", "too many nodes"},
		"an alias of itself":        {"a: &a [*a]", "syntax", ""},
		"deep nesting":              {strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "syntax", ""},
		"deep blocks":               {many(500, "%[1]*[1]s- a:\n"), "syntax", ""},
		"deep states":               {with("states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}}", nested), "syntax", "too deeply"},
		"many states":               {with("states: {", "states: {"+strings.ReplaceAll(many(3, "c%d: {kind: compound, initial: a0, states: {BODY}}, "), "BODY", many(190, "a%d: {kind: atomic}, "))), "schema", "575 states"},
		"many edges":                {with("transitions:\n", "transitions:\n"+many(60, "  - {id: t%d, from: ["+strings.Repeat("open, ", 100)+"], on: go, to: end}\n")), "schema", "6001 states that transitions start from"},
		"many transitions":          {with("transitions:\n", "transitions:\n"+many(1100, "  - {id: t%d, from: open, on: go, to: end}\n")), "schema", "at most 1000 items"},
		"expressions over and over": {with("[{id: g, expr: \"true\"}]", "[{id: g, expr: &e \""+strings.Repeat("true && ", 490)+"true\"}, "+many(49, "{id: g%d, expr: *e}, ")+"]") + many(3, "  - {id: u%[1]d, from: open, on: go, to: end, guards: ["+strings.Repeat("{id: h, expr: *e}, ", 50)+"]}\n"), "schema", "200000 characters together"},
		"long names":                {with("open: {kind", strings.Repeat("n", 101)+": {kind: atomic}, open: {kind"), "schema", "is not a name"},
		"a million elements":        {with("maxItems: 10000", "maxItems: 1000000"), "schema", "between 0 and 10000"},
		"a text without end":        {with("maxLength: 2000", "maxLength: 9000000000"), "schema", "between 0 and 100000"},
		"a negative bound":          {with("maxItems: 10000", "maxItems: -1"), "schema", "between 0 and 10000"},
		"a deadline of no time":     {with("initial: true}", "initial: true, sla: {within: PT0S, emits: go}}"), "schema", "may not be zero"},
		"a deadline of no day":      {with("initial: true}", "initial: true, sla: {within: P0D, calendar: business, emits: go}}"), "schema", "may not be zero"},
		"a deadline of centuries":   {with("initial: true}", "initial: true, sla: {within: P9999W, calendar: business, emits: go}}"), "schema", "at most 1000 days"},
		"no ISO duration":           {with("initial: true}", "initial: true, sla: {within: P99999999999D, emits: go}}"), "schema", "form"},
		"many steps":                {fmt.Sprintf(hostilePreamble, "true") + "tests:\n" + many(11, "  - {name: n%d, steps: ["+strings.Repeat("go, ", 480)+"], expect: end}\n"), "schema", "5280 steps of tests"},
	} {
		t.Run(name, func(t *testing.T) {
			m, findings := Compile([]byte(x.source))
			if m != nil || !slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Code == x.code && f.Line > 0 && strings.Contains(f.Message, x.says)
			}) {
				t.Errorf("wanted %s saying %q, found %.500s", x.code, x.says, fmt.Sprint(findings))
			}
		})
	}
}

// A fact beyond its bound is refused with the limit named, and so is nothing else.
func TestFactsAboveTheirBound(t *testing.T) {
	m, findings := Compile(fmt.Appendf(nil, hostilePreamble, "true"))
	if m == nil {
		t.Fatal(findings)
	}
	long := make([]any, maxItems+1)
	for i := range long {
		long[i] = int64(1)
	}
	_, err := m.Normalize(map[string]any{"l": long, "s": strings.Repeat("è", 2001), "m": []any{map[string]any{"b": long}}})
	want := "l: has more than 10000 items\nm: item 0 b has more than 10000 items\ns: is longer than 2000 characters"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if _, err := m.Normalize(map[string]any{"l": long[1:], "s": strings.Repeat("è", 2000)}); err != nil {
		t.Error(err)
	}
}
