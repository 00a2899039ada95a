package workflow

import "testing"

// The tests in the templates every agency starts from have seen each clause and each invariant both true and not true.
func TestDefaultTemplatesAreCoveredBothWays(t *testing.T) {
	for name, least := range map[string]int{"application": 10, "submission": 10, "consent": 3} { // consents move by the clock and by facts alone, too
		m, findings := Compile(read(t, "../../tenants/templates/"+name+".yaml"))
		if m == nil {
			t.Fatal(findings)
		}
		results, coverage := m.RunTests()
		for _, r := range results {
			if !r.Passed {
				t.Errorf("%s: %s: %s", name, r.Name, r.Message)
			}
		}
		for _, c := range coverage {
			if !c.BothWays() {
				t.Errorf("%s: %s %s was only seen %v", name, c.Transition, c.Guard, c.Seen)
			}
		}
		if len(results) < least || len(coverage) < least {
			t.Errorf("%s: %d tests, %d clauses", name, len(results), len(coverage))
		}
	}
}
