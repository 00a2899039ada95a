package policies

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/access"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestDecisions is the whole default policy as a table a person can review.
func TestDecisions(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	roles := []string{"network_admin", "agency_admin", "broker", "back_office", "compliance_officer", "read_only", "system", "support"}
	var b strings.Builder
	for _, action := range p.Actions() {
		var may []string
		for _, r := range roles {
			if p.plain.allows([]string{r}, action) {
				may = append(may, r)
			}
		}
		fmt.Fprintf(&b, "%-24s %s\n", action, strings.Join(may, " "))
	}
	const golden = "testdata/decisions"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("decisions changed; review and run with -update:\n%s", b.String())
	}
}

// TestTableEqualsCasbin: for random rules of an agency, the compiled table answers as casbin does.
func TestTableEqualsCasbin(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) access.Rule {
			return access.Rule{
				Role:   rapid.SampledFrom(append(p.base.roles, "junior")).Draw(t, "role"),
				Action: rapid.SampledFrom(p.base.acts).Draw(t, "action"),
				Allow:  rapid.Bool().Draw(t, "allow"),
			}
		}), 0, 6).Draw(t, "rules")
		e, err := p.base.enforcer(rules)
		if err != nil {
			t.Fatal(err)
		}
		agency := uuid.New()
		if err := p.Compile(agency, 7, rules); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			role := rapid.SampledFrom(append(p.base.roles, "junior", "nobody")).Draw(t, "asked role")
			action := rapid.SampledFrom(append(p.base.acts, "nothing.known")).Draw(t, "asked action")
			want, err := e.Enforce(role, domain, string(action))
			if err != nil {
				t.Fatal(err)
			}
			got, known := p.Decide(agency, 7, []string{role}, action)
			if !known || got != want {
				t.Fatalf("%s %s: table %v (known %v), casbin %v", role, action, got, known, want)
			}
		}
	})
}

func TestVersionAndDeny(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	agency := uuid.New()
	if _, known := p.Decide(agency, 1, []string{"broker"}, "subjects.read"); known {
		t.Error("an agency that was never compiled must not be known")
	}
	if err := p.Compile(agency, 1, []access.Rule{{Role: "broker", Action: "subjects.read"}}); err != nil {
		t.Fatal(err)
	}
	if ok, _ := p.Decide(agency, 1, []string{"broker", "agency_admin"}, "subjects.read"); ok {
		t.Error("a deny overrides another role's allow")
	}
	if ok, _ := p.Decide(agency, 1, []string{"agency_admin"}, "subjects.read"); !ok {
		t.Error("the deny of one role is not another's")
	}
	if _, known := p.Decide(agency, 2, []string{"broker"}, "subjects.read"); known {
		t.Error("a newer version must be compiled before it is answered")
	}
}

func BenchmarkDecide(b *testing.B) {
	p, err := New()
	if err != nil {
		b.Fatal(err)
	}
	agency := uuid.New()
	if err := p.Compile(agency, 1, nil); err != nil {
		b.Fatal(err)
	}
	roles := []string{"broker"}
	for b.Loop() {
		if ok, _ := p.Decide(agency, 1, roles, "applications.read"); !ok {
			b.Fatal("refused")
		}
	}
}

// TestStepUp: what step_up.csv names needs a proof, and a name nobody uses is an error instead of a hole.
func TestStepUp(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for action, want := range map[access.Action]bool{"members.write": true, "api_keys.write": true, "connectors.write": true, "agency.protect": true, "members.read": false, "": false} {
		if p.NeedsProof(action) != want {
			t.Errorf("%q: %v", action, !want)
		}
	}
	var b base
	for _, line := range []string{"p, any, members.write", "s, member.write"} {
		if err := b.add("x.csv", line); err != nil {
			t.Fatal(err)
		}
	}
	if b.settle() == nil {
		t.Error("a misspelt action protects nothing, and nobody says so")
	}
}
