package workflow

import "testing"

func example(t testing.TB) *Machine {
	t.Helper()
	m, findings := Compile(read(t, "testdata/mortgage-example.yaml"))
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

func BenchmarkGuard(b *testing.B) {
	m := example(b)
	clause := m.edges[m.states["underwriting"]]["decide"][1].clauses[0]
	e := &evaluation{m: m, facts: Facts{"ltv_bps": int64(8500), "dti_bps": int64(4000)}, now: testClock}
	b.ReportAllocs()
	for b.Loop() {
		if v, _ := clause.eval(e); v != True {
			b.Fatal(v)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	m := example(b)
	inst := Instance{States: []string{"underwriting"}, Sequence: 2}
	w := World{Facts: Facts{"ltv_bps": int64(7500), "dti_bps": int64(3000), "created_by": "u1"}, Now: testClock}
	ev := Event{Name: "decide", Actor: Actor{ID: "u9", Roles: []string{"underwriter"}}}
	b.ReportAllocs()
	for b.Loop() {
		if r := m.Step(inst, ev, w); r.Outcome != Fired {
			b.Fatal(r.Outcome)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	source := read(b, "../../tenants/templates/application.yaml")
	for b.Loop() {
		if m, _ := Compile(source); m == nil {
			b.Fatal("does not compile")
		}
	}
}
