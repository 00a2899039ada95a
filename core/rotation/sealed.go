package rotation

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/compliance"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// column is one that the agency's key itself seals. Whoever seals another one adds it here: a test compares this with the database.
type column struct {
	table, name string
	place       func(id uuid.UUID) crypto.Place
}

func at(table, name string, row func(uuid.UUID) string) column {
	return column{table, name, func(id uuid.UUID) crypto.Place { return crypto.Place{Table: table, Row: row(id), Column: name} }}
}

func connection(id uuid.UUID) string { return ident.ConnectionID{UUID: id}.String() }
func operation(id uuid.UUID) string  { return ident.OperationID{UUID: id}.String() }

func webhook(name string) column {
	return column{"webhook_endpoints", name, func(id uuid.UUID) crypto.Place { return webhooks.Place(ident.WebhookID{UUID: id}, name) }}
}

var columns = []column{
	{"subjects", "data_key", func(id uuid.UUID) crypto.Place { return keys.SubjectPlace(ident.SubjectID{UUID: id}) }},
	{"instances", "data_key", func(id uuid.UUID) crypto.Place { return instances.KeyPlace(ident.InstanceID{UUID: id}) }},
	{"documents", "data_key", func(id uuid.UUID) crypto.Place {
		return crypto.ContentPlace(ident.DocumentID{UUID: id}.String())
	}},
	{"subject_exports", "data_key", func(id uuid.UUID) crypto.Place { return crypto.ContentPlace(ident.ExportID{UUID: id}.String()) }},
	at("connections", "config", connection),
	at("operations", "payload", operation),
	at("operations", "result", operation),
	at("identity_providers", "client_secret", func(id uuid.UUID) string { return ident.ProviderID{UUID: id}.String() }),
	webhook("url"), webhook("secret"), webhook("previous_secret"),
	{"suspicion_reports", "reason", func(id uuid.UUID) crypto.Place { return compliance.Place(ident.SuspicionID{UUID: id}) }},
}

// chunk is how many rows one item wraps anew, in one transaction.
const chunk = 200

// rewrap wraps anew up to chunk values of a column, of rows from an id on; it tells how many there were.
func (c column) rewrap(tx *tenancy.Tx, from uuid.UUID) (int, error) {
	k, err := tx.Keys()
	if err != nil {
		return 0, err
	}
	old := map[uuid.UUID][]byte{}
	if err := tx.Load(tenancy.Scan(fmt.Sprintf(`select id, %[2]s from %[1]s where id >= $1 and %[2]s is not null and substring(%[2]s from 1 for 5) <> $2
			order by id limit %[3]d for update`, c.table, c.name, chunk), []any{from, k.Header()}, func(rows pgx.Rows) error {
		var id uuid.UUID
		var sealed []byte
		err := rows.Scan(&id, &sealed)
		old[id] = sealed
		return err
	})); err != nil {
		return 0, err
	}
	for id, sealed := range old {
		fresh, err := k.Rewrap(c.place(id), sealed)
		if err != nil {
			return 0, fmt.Errorf("%s.%s of %s: %w", c.table, c.name, id, err)
		}
		tx.Exec(fmt.Sprintf(`update %s set %s = $2 where id = $1`, c.table, c.name), id, fresh)
	}
	return len(old), nil
}

// rewrapAnswers does the same for the answers to repeated requests, which are at most a day old.
func rewrapAnswers(tx *tenancy.Tx) (int, error) {
	k, err := tx.Keys()
	if err != nil {
		return 0, err
	}
	type answer struct {
		actor, key string
		sealed     []byte
	}
	var old []answer
	if err := tx.Load(tenancy.Scan(fmt.Sprintf(`select actor_id, key, answer from idempotency_keys where substring(answer from 1 for 5) <> $1 limit %d for update`, chunk),
		[]any{k.Header()}, func(rows pgx.Rows) error {
			var a answer
			err := rows.Scan(&a.actor, &a.key, &a.sealed)
			a.sealed = bytes.Clone(a.sealed)
			old = append(old, a)
			return err
		})); err != nil {
		return 0, err
	}
	for _, a := range old {
		fresh, err := k.Rewrap(tenancy.AnswerPlace(a.actor, a.key), a.sealed)
		if err != nil {
			return 0, fmt.Errorf("idempotency_keys.answer: %w", err)
		}
		tx.Exec(`update idempotency_keys set answer = $3 where actor_id = $1 and key = $2`, a.actor, a.key, fresh)
	}
	return len(old), nil
}

// tables are those of the columns, each once.
func tables() (out []string) {
	for _, c := range columns {
		if !slices.Contains(out, c.table) {
			out = append(out, c.table)
		}
	}
	return out
}

// Columns names what a rotation wraps anew, as table.column.
func Columns() []string {
	out := []string{"idempotency_keys.answer"}
	for _, c := range columns {
		out = append(out, c.table+"."+c.name)
	}
	return out
}
