package tenancy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var ctx = context.Background()

func property(tx *tenancy.Tx, id ident.PropertyID) {
	tx.Exec(`insert into properties (tenant_id, id, address_line, street, city, province, postal_code, created_at, updated_at)
		values ($1, $2, 'Via Roma 1, Bari', 'Via Roma 1', 'Bari', 'BA', '70121', $3, $3)`, tx.Scope().Tenant(), id, tx.Now())
}

func count(t *testing.T, db *tenancy.DB, s tenancy.Scope) (n int) {
	t.Helper()
	if err := db.Load(ctx, s, tenancy.Value(&n, "select count(*) from properties")); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteIsSeenInItsAgencyOnly(t *testing.T) {
	w := coretest.New(t)
	id := ident.NewProperty()
	err := w.DB.Write(ctx, w.A.Do("broker", "properties.write"), func(tx *tenancy.Tx) error {
		property(tx, id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, w.DB, w.A.Do("broker", "properties.read")); n != 1 {
		t.Errorf("A sees %d of its own rows, want 1", n)
	}
	if n := count(t, w.DB, w.B.Do("broker", "properties.read")); n != 0 {
		t.Errorf("B sees %d rows of A", n)
	}
	// The raw application role, without a tenant and with an empty one, sees nothing.
	for _, set := range []string{"", "set app.tenant_id = ''"} {
		if set != "" {
			set += ";"
		}
		got, err := w.Raw(t, "pratica_app", "select count(*)::text from properties")
		if err != nil || got != "0" {
			t.Errorf("raw role sees %s rows (%v) %s", got, err, set)
		}
	}
}

func TestDoorRefuses(t *testing.T) {
	w := coretest.New(t)
	cases := []struct {
		name  string
		scope tenancy.Scope
		want  fault.Kind
	}{
		{"a zero scope", tenancy.Scope{}, fault.Internal},
		{"a scope without an action", w.A.Scope("broker"), fault.Internal},
		{"an agency the actor is no member of", w.DB.Enter(w.A.Scope("broker").Actor(), w.B.ID, "test").For("properties.read"), fault.NotFound},
		{"an agency that does not exist", w.DB.Enter(w.A.Scope("broker").Actor(), ident.NewAgency(), "test").For("properties.read"), fault.NotFound},
		{"a role without the permission", w.A.Do("read_only", "properties.write"), fault.Forbidden},
		{"an action nobody knows", w.A.Do("agency_admin", "properties.burn"), fault.Forbidden},
	}
	for _, c := range cases {
		decoded := false
		look := tenancy.Scan("select id from agencies", nil, func(pgx.Rows) error { decoded = true; return nil })
		if err := w.DB.Load(ctx, c.scope, look); !fault.Is(err, c.want) {
			t.Errorf("%s: Load gave %v, want kind %d", c.name, err, c.want)
		}
		err := w.DB.Write(ctx, c.scope, func(tx *tenancy.Tx) error {
			property(tx, ident.NewProperty())
			return nil
		})
		if !fault.Is(err, c.want) {
			t.Errorf("%s: Write gave %v, want kind %d", c.name, err, c.want)
		}
		if decoded {
			t.Errorf("%s: rows were decoded before the decision", c.name)
		}
	}
	if n := count(t, w.DB, w.A.Do("broker", "properties.read")) + count(t, w.DB, w.B.Do("broker", "properties.read")); n != 0 {
		t.Errorf("%d rows were written by refused scopes", n)
	}
}

func TestRevokedMemberIsRefusedAtOnce(t *testing.T) {
	w := coretest.New(t)
	scope := w.A.Do("broker", "properties.read")
	if count(t, w.DB, scope) != 0 {
		t.Fatal("want an empty agency")
	}
	w.Exec(t, "update members set status = 'disabled' where user_id = $1", scope.Actor().User())
	if err := w.DB.Load(ctx, scope); !fault.Is(err, fault.NotFound) {
		t.Errorf("a disabled member got %v", err)
	}
}

// TestMay: what else an actor may do is known with the first answer, never before.
func TestMay(t *testing.T) {
	w := coretest.New(t)
	must(t, w.DB.Read(t.Context(), w.A.Do("broker", "subjects.read"), func(tx *tenancy.Tx) error {
		if tx.May("subjects.read") {
			t.Error("roles that were not read yet decided something")
		}
		if err := tx.Load(); err != nil {
			return err
		}
		if !tx.May("subjects.write") || tx.May("subjects.assess") || tx.May("nothing.known") {
			t.Error("a broker writes people, assesses nobody, and does nothing unknown")
		}
		return nil
	}))
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	w := coretest.New(t)
	scope := w.A.Do("broker", "properties.write")
	boom := errors.New("boom")
	for name, spoil := range map[string]func(*tenancy.Tx) error{
		"error":     func(*tenancy.Tx) error { return boom },
		"statement": func(tx *tenancy.Tx) error { tx.Exec("select 1 / 0"); return nil },
		"twin":      func(tx *tenancy.Tx) error { return tx.Load(tenancy.Value(new(int), "select 1/0")) },
	} {
		err := w.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
			property(tx, ident.NewProperty())
			if err := tx.Load(); err != nil {
				return err
			}
			return spoil(tx)
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_ = w.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
			property(tx, ident.NewProperty())
			_ = tx.Load()
			panic("boom")
		})
	}()
	cancelled, cancel := context.WithCancel(ctx)
	_ = w.DB.Write(cancelled, scope, func(tx *tenancy.Tx) error {
		property(tx, ident.NewProperty())
		cancel()
		return tx.Load()
	})
	if n := count(t, w.DB, w.A.Do("broker", "properties.read")); n != 0 {
		t.Errorf("%d rows survived", n)
	}
}

func TestIdempotencyKey(t *testing.T) {
	w := coretest.New(t)
	runs := 0
	write := func(body string) error {
		return w.DB.Write(ctx, w.A.Do("broker", "properties.write").Once("k1", []byte(body)), func(tx *tenancy.Tx) error {
			if err := tx.Load(); err != nil {
				return err
			}
			runs++
			property(tx, ident.NewProperty())
			return tx.Answer(map[string]int{"run": runs})
		})
	}
	if err := write("x"); err != nil {
		t.Fatal(err)
	}
	var replay *tenancy.Replay
	if err := write("x"); !errors.As(err, &replay) || string(replay.Answer) != `{"run":1}` {
		t.Errorf("repetition gave %v", err)
	}
	if err := write("y"); !fault.Is(err, fault.Invalid) {
		t.Errorf("another body gave %v", err)
	}
	// The key of another actor or agency is another key.
	err := w.DB.Write(ctx, w.B.Do("broker", "properties.write").Once("k1", []byte("z")), func(tx *tenancy.Tx) error { return tx.Answer(1) })
	if err != nil {
		t.Errorf("B's own key: %v", err)
	}
	if runs != 1 {
		t.Errorf("ran %d times", runs)
	}
}

func TestForeignKeyCannotReachAnotherAgency(t *testing.T) {
	w := coretest.New(t)
	lender := ident.NewLender()
	insert := `insert into lenders (tenant_id, id, key, name, created_at) values ($1, $2, 'x', 'X', now())`
	must(t, w.DB.Write(ctx, w.A.Do("agency_admin", "lenders.write"), func(tx *tenancy.Tx) error {
		tx.Exec(insert, tx.Scope().Tenant(), lender)
		return nil
	}))
	agree := func(a *coretest.Agency) error {
		return w.DB.Write(ctx, a.Do("agency_admin", "lenders.write"), func(tx *tenancy.Tx) error {
			tx.Exec(`insert into lender_agreements (tenant_id, id, lender_id, starts_on) values ($1, $2, $3, '2026-01-01')`, tx.Scope().Tenant(), ident.NewAgreement(), lender)
			return nil
		})
	}
	must(t, agree(w.A))
	if err := agree(w.B); !fault.Is(err, fault.NotFound) {
		t.Errorf("B referenced A's lender: %v", err)
	}
	// The same key is free in B: uniqueness does not cross.
	must(t, w.DB.Write(ctx, w.B.Do("agency_admin", "lenders.write"), func(tx *tenancy.Tx) error {
		tx.Exec(insert, tx.Scope().Tenant(), ident.NewLender())
		return nil
	}))
}

func TestBootRefusesRolesThatSeePastRowSecurity(t *testing.T) {
	w := coretest.New(t)
	for _, target := range []string{w.AdminURL(), w.URL("pratica_owner")} {
		if db, err := tenancy.Open(ctx, target, 2, w.Policy, w.Clock.Now); err == nil {
			db.Close()
			t.Error("a role that could see past row security was accepted")
		}
	}
	for version, want := range map[int]bool{150013: false, 150014: true, 160009: false, 160010: true, 170005: false, 170006: true, 180000: true, 140020: false} {
		if tenancy.SafeServer(version) != want {
			t.Errorf("server %d: want %v", version, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
