package tenancy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/policies"
)

// TestSightIsTheDecision: the filter that the database is given finds exactly the files for which the table decides yes, for random
// rules, people and files; and a sight that is unset or empty finds none.
func TestSightIsTheDecision(t *testing.T) {
	w := coretest.New(t)
	users := []ident.UserID{{}, w.A.Scope("broker").Actor().User(), w.A.Scope("second_broker").Actor().User()}
	branches := []string{"", "bari", "lec_ce"}
	cents := []int64{0, 1, 100_000_00, 250_000_00}
	var files []access.File
	for _, u := range users[1:] {
		for _, b := range branches {
			for _, c := range cents[1:] {
				files = append(files, access.File{Owner: u, Branch: b, AmountCents: c})
			}
		}
	}
	w.Exec(t, `alter table applications drop constraint applications_instance_fkey`)
	for i, f := range files {
		w.Exec(t, `insert into applications (tenant_id, id, number, purpose, product_kind, rate_kind, amount_cents, term_months, nominal_rate_bps, planned_submission, owner_id, created_by, created_at, updated_at, branch)
			values ($1, gen_random_uuid(), $2, 'first_home', 'mortgage', 'fixed', $3, 240, 300, '2026-12-01', $4, 'system', now(), now(), $5)`, w.A.ID, fmt.Sprint(i), f.AmountCents, f.Owner, f.Branch)
	}
	find := func(sight access.Sight) string {
		t.Helper()
		got, err := w.Raw(t, "pratica_app", `with s as (select set_config('app.tenant_id', $1, false), set_config('app.sight', $2, false))
			select coalesce((select string_agg(a.number, ' ' order by a.number::int) from applications a), '') from s`, w.A.ID.UUID.String(), string(sight))
		if err != nil {
			t.Fatalf("%s: %v", sight, err)
		}
		return got
	}
	if all := find(access.Everything); len(all) < 2*len(files) {
		t.Fatalf("everything is %q", all)
	}
	if got := find(""); got != "" {
		t.Errorf("an empty sight finds %q", got)
	}
	if got, err := w.Raw(t, "pratica_app", `with s as (select set_config('app.tenant_id', $1, false)) select (select count(*) from applications)::text from s`, w.A.ID.UUID.String()); err != nil || got != "0" {
		t.Errorf("without a sight %q are found (%v)", got, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var rules []access.Rule
		for range rapid.IntRange(1, 5).Draw(t, "rules") {
			rules = append(rules, access.Rule{Role: "r", Action: rapid.SampledFrom([]access.Action{access.Looking, "tasks.read"}).Draw(t, "action"), Allow: rapid.Bool().Draw(t, "allow"), When: access.Condition{
				Unless: rapid.Bool().Draw(t, "unless"), Own: rapid.Bool().Draw(t, "own"), Branch: rapid.Bool().Draw(t, "branch"),
				MinCents: rapid.SampledFrom(cents).Draw(t, "least"), MaxCents: rapid.SampledFrom(cents).Draw(t, "most")}})
		}
		table := access.NewTable(nil, map[string][]string{"r": {"r"}}, rules)
		who := access.Person{User: rapid.SampledFrom(users).Draw(t, "user"), Branch: rapid.SampledFrom(branches).Draw(t, "of branch")}
		looking, reading := table.Grant([]string{"r"}, access.Looking), table.Grant([]string{"r"}, "tasks.read")
		want := ""
		for i, f := range files {
			if looking.For(f, who) && reading.For(f, who) {
				want += fmt.Sprint(" ", i)
			}
		}
		if want != "" {
			want = want[1:]
		}
		if got := find(who.Sight(looking, reading)); got != want {
			t.Fatalf("%s\nfinds %s\nwant  %s", who.Sight(looking, reading), got, want)
		}
	})
}

// TestOnEveryServer: what one server changes the next request on another is judged by, with nothing between them but the database:
// no Redis is there, and none is needed. Roles, rules and a network's bounds.
func TestOnEveryServer(t *testing.T) {
	w := coretest.New(t)
	second, err := policies.New()
	must(t, err)
	other, err := tenancy.Open(ctx, w.URL("pratica_app"), 2, second, w.Clock.Now)
	must(t, err)
	t.Cleanup(other.Close)
	scope := w.A.Do("broker", "properties.read")
	there := other.Enter(scope.Actor(), w.A.ID, "test").For("properties.read")
	both := func(want fault.Kind, what string) {
		t.Helper()
		start := time.Now()
		for name, err := range map[string]error{"the first": w.DB.Load(ctx, scope), "the other": other.Load(ctx, there)} {
			if want == 0 && err != nil || want != 0 && !fault.Is(err, want) {
				t.Errorf("%s, %s server: %v", what, name, err)
			}
		}
		t.Logf("%s: both servers answered after %s", what, time.Since(start))
	}
	both(0, "before")
	change := func(sql string, args ...any) {
		t.Helper()
		must(t, w.DB.Write(ctx, w.A.Do("agency_admin", "roles.write"), func(tx *tenancy.Tx) error {
			tx.Exec(sql, args...)
			return nil
		}))
	}
	change(`insert into policy_rules (tenant_id, id, role, action, effect) values ($1, gen_random_uuid(), 'broker', 'properties.read', 'deny')`, w.A.ID)
	both(fault.Forbidden, "a rule")
	change(`delete from policy_rules`)
	both(0, "the rule taken back")
	must(t, w.Networks.Write(ctx, w.DoNetwork(t, "networks.govern"), func(tx *tenancy.Tx) error {
		tx.Exec(`insert into network_policy_bounds (network_id, action, kind, created_at) values ($1, 'properties.read', 'forbidden', now())`, w.Network)
		return nil
	}))
	both(fault.Forbidden, "a bound")
	must(t, w.Networks.Write(ctx, w.DoNetwork(t, "networks.govern"), func(tx *tenancy.Tx) error {
		tx.Exec(`delete from network_policy_bounds`)
		return nil
	}))
	both(0, "the bound taken back")
	change(`insert into roles (tenant_id, key, title, parent, created_at) values ($1, 'junior', '{}', 'broker', now())`, w.A.ID)
	change(`update members set roles = '{junior}' where user_id = $1`, scope.Actor().User())
	both(0, "an own role")
	change(`update roles set parent = ''`)
	change(`insert into policy_rules (tenant_id, id, role, action, effect) values ($1, gen_random_uuid(), 'any', 'properties.read', 'deny')`, w.A.ID)
	both(fault.Forbidden, "a role without its parent")
	change(`update members set roles = '{nobody}' where user_id = $1`, scope.Actor().User())
	both(fault.Forbidden, "a revoked role")
}

// TestMayAboutAThing: what else somebody may do is about the thing the scope is on, where rules have conditions.
func TestMayAboutAThing(t *testing.T) {
	w := coretest.New(t)
	mine, hers := ident.NewProperty(), ident.NewProperty()
	for scope, id := range map[string]ident.PropertyID{"broker": mine, "second_broker": hers} {
		must(t, w.DB.Write(ctx, w.A.Do(scope, "properties.write"), func(tx *tenancy.Tx) error { property(tx, id); return nil }))
	}
	w.Exec(t, `insert into policy_rules (tenant_id, id, role, action, effect, unless, own) values ($1, gen_random_uuid(), 'broker', 'properties.delete', 'deny', true, true)`, w.A.ID)
	ask := func(s tenancy.Scope) (may []access.Action) {
		t.Helper()
		must(t, w.DB.Read(ctx, s, func(tx *tenancy.Tx) error {
			if err := tx.Load(); err != nil {
				return err
			}
			may = slices.DeleteFunc([]access.Action{"properties.write", "properties.delete", "members.write"}, func(a access.Action) bool { return !tx.May(a) })
			return nil
		}))
		return may
	}
	scope := w.A.Do("broker", "properties.read")
	if got := ask(scope.On("prp", mine.UUID)); !slices.Equal(got, []access.Action{"properties.write", "properties.delete"}) {
		t.Errorf("of one's own record: %v", got)
	}
	for name, s := range map[string]tenancy.Scope{"another's": scope.On("prp", hers.UUID), "none in particular": scope} {
		if got := ask(s); !slices.Equal(got, []access.Action{"properties.write"}) {
			t.Errorf("of %s: %v", name, got)
		}
	}
	if n := count(t, w.DB, scope.For("properties.delete")); n != 1 { // the same conditions narrow what is found, where nothing is named
		t.Errorf("%d records to delete, want 1", n)
	}
	if err := w.DB.Load(ctx, scope.For("properties.delete").On("prp", hers.UUID)); fault.As(err).Code != "access.denied" {
		t.Errorf("deleting another's: %v", err)
	}
}
