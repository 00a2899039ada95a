package migrations_test

import (
	"context"
	"database/sql"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/schema"
	"github.com/pratica-crm/pratica/migrations"
)

// TestWithdrawnBefore: a consent that a person took back before withdrawals had a column of their own (0051) stays taken back: the trail
// knows it, under the id as people read it.
func TestWithdrawnBefore(t *testing.T) {
	const name = "pratica_test_withdrawn"
	ctx, admin := context.Background(), coretest.New(t).AdminURL()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(schema.Bootstrap(ctx, admin, name, "test-only"))
	t.Cleanup(func() { _ = schema.Drop(ctx, admin, name) })
	at := func(user string) string {
		u, err := url.Parse(admin)
		ok(err)
		if u.Path = "/" + name; user != "" {
			u.User = url.UserPassword(user, "test-only")
		}
		return u.String()
	}
	db, err := sql.Open("pgx", at("pratica_owner"))
	ok(err)
	defer db.Close()
	steps, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files)
	ok(err)
	_, err = steps.UpTo(ctx, 50)
	ok(err)
	root, err := pgx.Connect(ctx, at(""))
	ok(err)
	defer root.Close(ctx)
	_, err = root.Exec(ctx, `set session_replication_role = replica`) // rows alone, without what they point to
	ok(err)
	taken, stands := ident.NewBankConsent(), ident.NewBankConsent()
	for _, id := range []ident.BankConsentID{taken, stands} {
		_, err = root.Exec(ctx, `insert into bank_consents (tenant_id, id, subject_id, application_id, connection_id, connector, institution, institution_name, valid_until, external_refs, created_by, created_at, updated_at)
			values ('00000000-0000-0000-0000-000000000001', $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'c', '', 'Banca', now()::date + 90, array['one', 'one', 'two'], 'x', now(), now())`, id.UUID)
		ok(err)
		_, err = root.Exec(ctx, `insert into bank_reads (tenant_id, id, consent_id, subject_id, day, from_on, to_on, started_at, state) select tenant_id, gen_random_uuid(), id, subject_id, now()::date, now()::date, now()::date, now(), 'done' from bank_consents where id = $1`, id.UUID)
		ok(err)
	}
	_, err = root.Exec(ctx, `insert into audit_entries (tenant_id, id, at, actor_id, action, ref) values ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), now(), 'sub_x', 'bank_consent.withdrawn', $1)`, taken.String())
	ok(err)
	_, err = steps.UpTo(ctx, 51)
	ok(err)
	for id, want := range map[ident.BankConsentID]bool{taken: true, stands: false} {
		var withdrawn, over bool
		var refs int
		ok(root.QueryRow(ctx, `select c.withdrawn_at is not null, r.over_at is not null, (select count(*) from bank_consent_refs x where x.consent_id = c.id) from bank_consents c join bank_reads r on r.consent_id = c.id where c.id = $1`, id.UUID).Scan(&withdrawn, &over, &refs))
		if withdrawn != want || over != want || refs != 2 {
			t.Errorf("withdrawn %v, its read over %v, want %v; %d names", withdrawn, over, want, refs)
		}
	}
	var open int
	ok(root.QueryRow(ctx, `select count(*) from pg_class where relname in ('bank_consents', 'bank_reads', 'bank_consent_refs', 'instances', 'audit_entries') and not relforcerowsecurity`).Scan(&open))
	if open != 0 {
		t.Errorf("row security no longer holds the owner of %d tables", open)
	}
}
