package isolation_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

// TestQuietFunctions calls the functions whose answer does not show what they do, as another owner and as the owner, and looks at what
// came of it; then without the line that binds them to their owner, which must be noticed.
func TestQuietFunctions(t *testing.T) {
	w := coretest.New(t)
	other, _ := w.Elsewhere(t)
	admin, err := pgx.Connect(t.Context(), w.AdminURL())
	must(t, err)
	t.Cleanup(func() { _ = admin.Close(t.Context()) })
	who, reported := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	w.Exec(t, `insert into users (id, email, name) values ($1, 'quiet@example.test', 'Quieta')`, who)
	for _, network := range []uuid.UUID{w.Network.UUID, other.Network.UUID} {
		w.Exec(t, `insert into network_people (network_id, user_id, name, email, active) values ($1, $2, 'Quieta', 'quiet@example.test', true)`, network, who)
	}
	w.Exec(t, `insert into suspicion_reports (tenant_id, id, subject_id, reason, created_by, created_at, updated_at) values ($1, $2, $3, 'sealed', 'nobody', now(), now())`, w.A.ID.UUID, uuid.Must(uuid.NewV7()), reported)
	w.Exec(t, `insert into sessions (id, token_hash, user_id, agency_id, created_at, expires_at) values ($1, 'quiet', $2, $3, now(), now() + interval '1 hour')`, uuid.Must(uuid.NewV7()), who, w.A.ID.UUID)
	quiet := map[string]struct {
		role, setting string
		theirs, ours  uuid.UUID
		call, seen    string // seen counts what came of the call, which gives its answer as v
	}{
		"network_offer": {"pratica_network", "app.network_id", other.Network.UUID, w.Network.UUID,
			fmt.Sprintf(`select network_offer('%s', '%s', gen_random_uuid(), '{broker}', now())::text as v`, w.A.ID.UUID, who), `select count(*) from member_offers`},
		"subject_reported":    {"pratica_app", "app.tenant_id", w.B.ID.UUID, w.A.ID.UUID, fmt.Sprintf(`select (subject_reported('%s'))::text as v`, reported), ""},
		"end_agency_sessions": {"pratica_app", "app.tenant_id", w.B.ID.UUID, w.A.ID.UUID, `select end_agency_sessions()::text as v`, `select count(*) from sessions where token_hash = 'quiet' and revoked_at is not null`},
	}
	if got, want := slices.Sorted(maps.Keys(quiet)), slices.Sorted(maps.Keys(elsewhere)); !slices.Equal(got, want) {
		t.Errorf("asked about: %v; left out of the suite: %v", got, want)
	}
	for name, q := range quiet {
		// did says what an owner's call came to; nothing of it stays.
		did := func(mutant string, owner uuid.UUID) (n int) {
			tx, err := admin.Begin(t.Context())
			must(t, err)
			defer func() { _ = tx.Rollback(t.Context()) }()
			if mutant != "" {
				_, err = tx.Exec(t.Context(), mutant)
				must(t, err)
			}
			var answer *string
			_, err = tx.Exec(t.Context(), fmt.Sprintf("set local role %s; set local %s = '%s'", q.role, q.setting, owner))
			must(t, err)
			must(t, tx.QueryRow(t.Context(), q.call).Scan(&answer))
			if q.seen == "" {
				return map[bool]int{true: 1}[answer != nil && *answer == "true"]
			}
			_, err = tx.Exec(t.Context(), "reset role")
			must(t, err)
			must(t, tx.QueryRow(t.Context(), q.seen).Scan(&n))
			return n
		}
		var source string
		must(t, admin.QueryRow(t.Context(), `select pg_get_functiondef(oid) from pg_proc where proname = $1`, name).Scan(&source))
		if theirs, ours := did("", q.theirs), did("", q.ours); theirs != 0 || ours != 1 {
			t.Errorf("%s: another owner's call did %d, the owner's %d", name, theirs, ours)
		}
		if n := did(ownership.ReplaceAllString(source, "true"), q.theirs); n != 1 {
			t.Errorf("%s without its owner went unnoticed", name)
		}
	}
}
