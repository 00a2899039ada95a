package policies

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestDecisions is the whole default policy as a table a person can review.
func TestDecisions(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	roles := []string{"network_admin", "agency_admin", "broker", "back_office", "compliance_officer", "read_only", "system", "support", "applicant"}
	var b strings.Builder
	for _, action := range p.Actions() {
		var may []string
		for _, r := range roles {
			if p.plain.Grant([]string{r}, action).Always() {
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

// TestTableEqualsCasbin: for random hierarchies, rules with conditions, bounds of a network, people and files, the compiled table
// answers as casbin does, for actors with several roles too.
func TestTableEqualsCasbin(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	own := []string{"junior", "senior", "desk", "helper"}
	users := []ident.UserID{{}, ident.NewUser(), ident.NewUser()}
	branches := []string{"", "bari", "lecce"}
	cents := []int64{0, 1, 100_000_00, 100_000_01, 250_000_00}
	rapid.Check(t, func(t *rapid.T) {
		roles := append([]string{"any", "staff", "broker", "broker", "agency_admin", "system", "network_admin"}, own...)
		acts := []access.Action{"applications.read", "documents.review", "members.write", "nothing.known"}
		draw := func(from []string, what string) string { return rapid.SampledFrom(from).Draw(t, what) }
		var book access.Rulebook
		for _, key := range own[:rapid.IntRange(0, len(own)).Draw(t, "made")] {
			book.Roles = append(book.Roles, access.Role{Key: key, Parent: draw(append(roles, ""), "parent")}) // circles among them
		}
		for range rapid.IntRange(2, 12).Draw(t, "rules") {
			r := access.Rule{Role: draw(roles, "role"), Action: rapid.SampledFrom(acts).Draw(t, "action"), Allow: rapid.Bool().Draw(t, "allow")}
			if rapid.Bool().Draw(t, "conditional") {
				r.When = access.Condition{Unless: rapid.Bool().Draw(t, "unless"), Own: rapid.Bool().Draw(t, "own"), Branch: rapid.Bool().Draw(t, "branch"),
					MinCents: rapid.SampledFrom(cents).Draw(t, "least"), MaxCents: rapid.SampledFrom(cents).Draw(t, "most")}
			}
			book.Rules = append(book.Rules, r)
		}
		for range rapid.IntRange(0, 2).Draw(t, "bounds") {
			book.Bounds = append(book.Bounds, access.Bound{Action: rapid.SampledFrom(acts).Draw(t, "bound"), Kind: draw([]string{access.Reserved, access.Forbidden}, "kind")})
		}
		e, err := p.base.enforcer(book)
		if err != nil {
			t.Fatal(err)
		}
		table, err := p.Try(book)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 25 {
			who := access.Person{User: rapid.SampledFrom(users).Draw(t, "user"), Branch: draw(branches, "of branch")}
			file := access.File{Owner: rapid.SampledFrom(users[1:]).Draw(t, "owner"), Branch: draw(branches, "branch"), AmountCents: rapid.SampledFrom(cents[1:]).Draw(t, "cents")}
			holds := rapid.SliceOfNDistinct(rapid.SampledFrom(append(roles, "nobody")), 1, 3, rapid.ID[string]).Draw(t, "holds")
			actor := fmt.Sprint("actor", i)
			for _, r := range holds {
				if _, err := e.AddGroupingPolicy(actor, r, domain); err != nil {
					t.Fatal(err)
				}
			}
			action := rapid.SampledFrom(acts).Draw(t, "asked")
			want, err := e.Enforce(actor, domain, string(action), who, file)
			if err != nil {
				t.Fatal(err)
			}
			g := table.Grant(holds, action)
			if got := g.For(file, who); got != want {
				t.Fatalf("%v %s %+v %+v: table %v, casbin %v\n%+v", holds, action, who, file, got, want, book)
			}
			if g.Always() && !want || g.Never() && want {
				t.Fatalf("%v %s is always %v or never %v, casbin says %v\n%+v", holds, action, g.Always(), g.Never(), want, book)
			}
		}
	})
}

// TestVersionAndDeny: no answer of another version, a deny overrides, bounds hold whatever the rules say, the platform is beyond them.
func TestVersionAndDeny(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	agency := uuid.New()
	if p.Table(agency, 1) != nil {
		t.Error("an agency that was never compiled must not be known")
	}
	table, err := p.Compile(agency, 1, access.Rulebook{
		Roles: []access.Role{{Key: "junior", Parent: "broker"}, {Key: "climber", Parent: "network_admin"}},
		Rules: []access.Rule{{Role: "broker", Action: "subjects.read"}, {Role: "read_only", Action: "lenders.write", Allow: true}, {Role: "read_only", Action: "subjects.write", Allow: true},
			{Role: "system", Action: "jobs.run"}, {Role: "undefined", Action: "tasks.write", Allow: true}},
		Bounds: []access.Bound{{Action: "subjects.write", Kind: access.Reserved}, {Action: "tasks.write", Kind: access.Forbidden}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		roles  string
		action access.Action
		want   bool
		why    string
	}{
		{"broker agency_admin", "subjects.read", false, "a deny overrides another role's allow"},
		{"agency_admin", "subjects.read", true, "the deny of one role is not another's"},
		{"junior", "subjects.read", false, "a deny is inherited"},
		{"junior", "subjects.delete", true, "an own role may what its parent may"},
		{"climber", "networks.onboard", false, "no role of an agency inherits from a network's"},
		{"read_only", "lenders.write", true, "an agency's rule adds"},
		{"read_only", "subjects.write", false, "what a network reserves no agency's rule gives"},
		{"broker", "subjects.write", true, "what a network reserves stays as the platform has it"},
		{"agency_admin", "tasks.write", false, "what a network forbids nobody may"},
		{"undefined", "tasks.write", false, "not even a role that only a rule names"},
		{"system", "tasks.write", true, "the platform is beyond the bounds"},
		{"system", "jobs.run", true, "and beyond an agency's rules"},
	} {
		if got := table.Grant(strings.Fields(c.roles), c.action).Always(); got != c.want {
			t.Errorf("%s %s: %v; %s", c.roles, c.action, got, c.why)
		}
	}
	if got := table.Acting([]string{"junior"}); !slices.Equal(got, []string{"junior", "broker"}) {
		t.Errorf("junior acts as %v", got)
	}
	if got := table.ActingAs("broker"); !slices.Equal(got, []string{"broker", "junior"}) {
		t.Errorf("broker is acted for by %v", got)
	}
	if p.Table(agency, 2) != nil || p.Table(agency, 1) != table {
		t.Error("a table answers for exactly its version")
	}
}

func BenchmarkDecide(b *testing.B) {
	p, err := New()
	if err != nil {
		b.Fatal(err)
	}
	agency := uuid.New()
	if _, err := p.Compile(agency, 1, access.Rulebook{}); err != nil {
		b.Fatal(err)
	}
	roles := []string{"broker"}
	for b.Loop() {
		if !p.Table(agency, 1).Grant(roles, "applications.read").Always() {
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
	for action, want := range map[access.Action]bool{"members.write": true, "api_keys.write": true, "connectors.write": true, "agency.protect": true, "networks.govern": true, "members.read": false, "": false} {
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

// cpu is the processor time this process has used: what a decision costs on a machine that does other things besides.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAgencies: 10,000 agencies with 50 rules each. Reports ns a warm decision (of one agency after the
// other, so that little is in the processor's caches), ms to compile one agency's table when it is
// cold, and what all tables hold in memory.
func BenchmarkAgencies(b *testing.B) {
	const agencies, rules = 10_000, 50
	p, err := New()
	if err != nil {
		b.Fatal(err)
	}
	filed := slices.DeleteFunc(p.Actions(), func(a access.Action) bool { return !a.Filed() })
	ids := make([]uuid.UUID, agencies)
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, worst, whole := memory(), time.Duration(0), time.Now()
	for i := range ids {
		ids[i] = uuid.New()
		book := access.Rulebook{Roles: []access.Role{{Key: "junior", Parent: "broker"}, {Key: "desk", Parent: "back_office"}, {Key: "trainee", Parent: "junior"}}}
		for n := range rules { // fresh strings, as they come from the database
			book.Rules = append(book.Rules, access.Rule{Source: uuid.NewString(), Role: strings.Clone([]string{"junior", "desk", "trainee", "broker"}[n%4]), Action: access.Action(strings.Clone(string(filed[n%len(filed)]))),
				Allow: n%5 != 0, When: access.Condition{Own: n%2 == 0, MaxCents: int64(n) * 10_000_00}})
		}
		start := time.Now()
		if _, err := p.Compile(ids[i], 1, book); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(start))
	}
	cold := time.Since(whole) / agencies
	held := memory() - before
	roles, who, file := []string{"trainee"}, access.Person{User: ident.NewUser()}, access.File{AmountCents: 50_000_00}
	n, yes, spent := 0, 0, cpu(b)
	for b.Loop() {
		if p.Table(ids[n*7919%agencies], 1).Grant(roles, filed[n%len(filed)]).For(file, who) {
			yes++
		}
		n++
	}
	spent = cpu(b) - spent
	if yes == 0 || yes == n {
		b.Fatal("every decision was the same")
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(n), "cpu-ns/decision")
	b.ReportMetric(float64(cold.Microseconds())/1000, "ms/cold")
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms/coldest")
	b.ReportMetric(float64(held)/(1<<20), "MiB")
	runtime.KeepAlive(p)
}
