package proof

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

// largeTemplate has 60 states, 200 transitions and 400 clauses over twenty facts: in each state an event with three answers told
// apart by figures, codes, documents and roles, and now and then a way back, a deadline or a frozen fact.
func largeTemplate() []byte {
	const waiting = 58
	var b strings.Builder
	b.WriteString(preamble + "facts:\n  type: object\n  properties:\n")
	for i := range 12 {
		freeze := ""
		if i == 11 {
			freeze = ", x-frozen-after: s30"
		}
		fmt.Fprintf(&b, "    n%d: {type: integer, minimum: 0, maximum: 100000%s}\n", i, freeze)
	}
	for i := range 4 {
		fmt.Fprintf(&b, "    b%d: {type: boolean}\n    c%d: {type: string, enum: [red, green, blue, none]}\n", i, i)
	}
	b.WriteString("    due: {type: string, format: date-time}\nstates:\n")
	for i := range waiting {
		initial, sla := "", ""
		if i == 0 {
			initial = ", initial: true"
		}
		if i%10 == 3 {
			sla = ", sla: {within: P3D, emits: late}"
		}
		fmt.Fprintf(&b, "  s%d: {kind: atomic%s%s}\n", i, initial, sla)
	}
	b.WriteString("  won: {kind: final, outcome: won}\n  lost: {kind: final, outcome: lost}\n")
	b.WriteString("events: {decide: {by: [clerk, boss]}, back: {by: [boss]}, late: {by: [system]}}\ntransitions:\n")
	count, clauses := 0, 0
	add := func(from, to, on string, guards ...string) {
		fmt.Fprintf(&b, "  - {id: t%d, from: %s, to: %s, on: %s", count, from, to, on)
		if len(guards) > 0 {
			b.WriteString(", guards: [")
			for i, g := range guards {
				fmt.Fprintf(&b, "{id: g%d_%d, expr: '%s'}, ", count, i, g)
				clauses++
			}
			b.WriteString("]")
		}
		b.WriteString("}\n")
		count++
	}
	for i := range waiting {
		here, next, far := fmt.Sprintf("s%d", i), fmt.Sprintf("s%d", i+1), fmt.Sprintf("s%d", (i*7+3)%waiting)
		if i == waiting-1 {
			next = "won"
		}
		n, m, c, flag := i%12, (i*5+1)%11, i%4, (i+1)%4
		figure := 1000 + 37*i
		add(here, next, "decide", fmt.Sprintf("n%d <= %d", n, figure), fmt.Sprintf(`n%d < %d || b%d || c%d in ["red", "green"]`, m, 2*figure, flag, c))
		add(here, far, "decide", fmt.Sprintf("n%d > %d && n%d <= %d", n, figure, n, 2*figure), fmt.Sprintf(`docs.valid("payslip", now) || (n%d > %d && "boss" in actor.roles) || due > now + duration("48h")`, m, figure))
		add(here, "lost", "decide", fmt.Sprintf("n%d > %d", n, 2*figure), fmt.Sprintf(`c%d != "blue" || b%d || n%d != %d`, c, flag, m, figure))
		if i%10 == 3 {
			add(here, "lost", "late")
		}
	}
	for i := 0; count < 200; i++ {
		add(fmt.Sprintf("s%d", 20+i), fmt.Sprintf("s%d", i), "back", fmt.Sprintf("n%d + 100 < n%d", i%4, i%4+4), fmt.Sprintf("n%d > %d", (i+5)%12, i), fmt.Sprintf("!b%d", i%4))
	}
	return []byte(b.String())
}

// The budget is counted in steps: it suffices for the largest template the product promises, on any machine.
func TestLargeTemplateIsDecided(t *testing.T) {
	source := largeTemplate()
	d := workflow.Read(source)
	if !d.Complete {
		t.Fatal(d.Findings)
	}
	clauses := 0
	for _, tr := range d.Machine.Template.Transitions {
		clauses += len(tr.Guards)
	}
	if s, tr := len(d.Machine.Template.States), len(d.Machine.Template.Transitions); s != 60 || tr != 200 || clauses < 400 {
		t.Fatalf("%d states, %d transitions, %d clauses", s, tr, clauses)
	}
	report := Check(source)
	if i := slices.IndexFunc(report.Findings, func(f workflow.Finding) bool { return f.Code == "undecided" }); i >= 0 {
		t.Errorf("%+v", report.Findings[i])
	}
	for _, f := range report.Findings {
		t.Logf("%s %s %s %s", f.Severity, f.Code, f.At, f.Message)
	}
}

func BenchmarkCheckLargeTemplate(b *testing.B) {
	source := largeTemplate()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		Check(source)
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/check")
	b.ReportMetric(float64(after.Sys)/(1<<20), "MiB-process")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/(1<<20), "MiB-allocated/check")
}

// Past its budget the analysis says so, and claims neither that something is absent nor that all is well.
func TestPastTheBudgetIsUndecided(t *testing.T) {
	var b strings.Builder
	b.WriteString(preamble + "states:\n  done: {kind: final, outcome: won}\n  work:\n    kind: parallel\n    initial: true\n    regions:\n")
	var transitions strings.Builder
	for r := range 7 {
		fmt.Fprintf(&b, "      r%d: {initial: r%d_s0, states: {", r, r)
		for s := range 5 {
			fmt.Fprintf(&b, "r%d_s%d: {kind: atomic}, ", r, s)
			fmt.Fprintf(&transitions, "  - {id: t%d_%d, from: r%d_s%d, to: r%d_s%d, on: e%d}\n", r, s, r, s, r, (s+1)%5, r)
		}
		b.WriteString("}}\n")
	}
	b.WriteString("events: {close: {by: [clerk]}, ")
	for r := range 7 {
		fmt.Fprintf(&b, "e%d: {by: [clerk]}, ", r)
	}
	b.WriteString("}\ntransitions:\n  - {id: t_close, from: work, to: done, on: close}\n" + transitions.String())
	report := Check([]byte(b.String()))
	if len(report.Findings) != 1 || report.Findings[0].Code != "undecided" || report.Findings[0].Severity != workflow.SeverityUndecided || report.Findings[0].At != "/states" {
		t.Errorf("%+v", report.Findings)
	}
}

// Two ways at each of sixteen forks without an event are too many to walk one by one.
func TestForksAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(preamble + "facts:\n  type: object\n  properties:\n")
	for i := range 16 {
		fmt.Fprintf(&b, "    b%d: {type: boolean}\n", i)
	}
	b.WriteString("states:\n  open: {kind: atomic, initial: true}\n  yes: {kind: final, outcome: won}\n")
	for i := range 15 {
		fmt.Fprintf(&b, "  s%d: {kind: atomic}\n", i)
	}
	b.WriteString("events: {go: {by: [clerk]}, leave: {by: [clerk]}}\ntransitions:\n  - {id: t, from: open, on: go, to: s0}\n")
	for i := range 15 {
		to := fmt.Sprintf("s%d", i+1)
		if i == 14 {
			to = "yes"
		}
		fmt.Fprintf(&b, "  - {id: x%d, from: s%d, to: %s, guards: [{id: gx%d, expr: b%d}]}\n  - {id: y%d, from: s%d, to: %s, guards: [{id: gy%d, expr: '!b%d'}]}\n", i, i, to, i, i, i, i, to, i, i)
		fmt.Fprintf(&b, "  - {id: l%d, from: s%d, on: leave, to: yes}\n", i, i)
	}
	report := Check([]byte(b.String()))
	if !slices.ContainsFunc(report.Findings, func(f workflow.Finding) bool { return f.Code == "undecided" && f.At == "/states" }) {
		t.Errorf("%+v", report.Findings)
	}
}

// Hundreds of transitions that all overlap are said in a readable report: twenty pairs, and how many more there are.
func TestManyPairsAreCollapsed(t *testing.T) {
	var b strings.Builder
	b.WriteString(preamble + "facts:\n  type: object\n  properties:\n")
	for i := range 60 {
		fmt.Fprintf(&b, "    f%d: {type: integer, minimum: 0, maximum: 100000}\n", i)
	}
	b.WriteString("states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}}\nevents: {go: {by: [broker]}}\ntransitions:\n")
	for i := range 300 {
		var pairs []string
		for k := range 12 {
			pairs = append(pairs, fmt.Sprintf("(f%d > %d && f%d < %d)", (i*7+k*11)%60, (i*977+k*131)%99000, (i*13+k*17+1)%60, (i*389+k*733)%99000+1))
		}
		fmt.Fprintf(&b, "  - {id: t%d, from: open, on: go, to: end, guards: [{id: g%d, expr: '%s'}]}\n", i, i, strings.Join(pairs, " || "))
	}
	report := Check([]byte(b.String()))
	collapsed := slices.ContainsFunc(report.Findings, func(f workflow.Finding) bool {
		return f.Code == "undecided" && f.Severity == workflow.SeverityError && strings.Contains(f.Message, "44830 more pairs")
	})
	if !collapsed || report.Publishable || len(report.Findings) > 30 {
		t.Errorf("%d findings: %+v", len(report.Findings), report.Findings[:min(3, len(report.Findings))])
	}
}
