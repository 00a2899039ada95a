// Package outbox writes what has to happen after a transaction, inside that transaction.
// The relay (core/queue) carries it out: dispatch, mail, the other machine's event, the browser's news.
package outbox

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Topics. A row's payload is the JSON of the type its topic names.
const (
	Changed   = "changed"   // Change: something a browser may be showing has changed
	Operation = "operation" // Dispatch: ref is the operation to dispatch
	Urgent    = "urgent"    // the same, for which a person waits: carried apart from the others
	Mail      = "mail"      // Message: an e-mail to send
	Event     = "event"     // Signal: an event one machine sends to another; ref is the other one
)

// Change names what changed; the browser asks again for what it shows of it.
type Change struct {
	Topic   string `json:"topic"` // a noun of the URL: "applications"
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Wake is the channel of PostgreSQL on which relays hear that an operation was written for which a person waits.
const Wake = "pratica_wake"

// Dispatch is how an operation is to be dispatched. Version is that of its row: the same version is not dispatched twice in short.
type Dispatch struct {
	Priority   string             `json:"priority"`
	Connector  string             `json:"connector"`
	Connection ident.ConnectionID `json:"connection"`
	Weight     int                `json:"weight"`
	Version    int                `json:"version"`
}

// Signal is an event of actor system to the machine of another noun.
type Signal struct {
	To    string `json:"to"`    // applications, submissions
	Event string `json:"event"` // "": its file has changed, and it looks whether something comes of that
}

// Message is an e-mail in the reader's language. It is encrypted nowhere, so it holds no personal data beyond the address.
type Message struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Emit writes one row. ref is the noun it is about.
func Emit(tx *tenancy.Tx, topic string, ref fmt.Stringer, payload any) error {
	body := []byte("{}")
	if payload != nil {
		var err error
		if body, err = json.Marshal(payload); err != nil {
			return fmt.Errorf("encode %s: %w", topic, err)
		}
	}
	tx.Exec(`insert into outbox (tenant_id, id, topic, ref, payload, created_at) values ($1, $2, $3, $4, $5, $6)`,
		tx.Scope().Tenant(), uuid.Must(uuid.NewV7()), topic, ref.String(), body, tx.Now())
	return nil
}

// Tell emits Changed for a noun.
func Tell(tx *tenancy.Tx, topic string, id fmt.Stringer, version int) error {
	return Emit(tx, Changed, id, Change{Topic: topic, ID: id.String(), Version: version})
}

// MailRole mails the members who act in a role, or only one of them who holds it: keeper, zero for nobody in particular.
// The text holds no personal data.
func MailRole(tx *tenancy.Tx, ref fmt.Stringer, role string, keeper ident.UserID, subject, text string) error {
	var to []string
	err := tx.Load(tenancy.Scan(`select email from members m where status = 'active' and $1 && roles
		and (user_id = $2 or not exists (select from members o where o.user_id = $2 and o.status = 'active' and $1 && o.roles)) order by email limit 100`, []any{tx.Table().ActingAs(role), keeper}, func(rows pgx.Rows) error {
		var email string
		err := rows.Scan(&email)
		to = append(to, email)
		return err
	}))
	for _, email := range to {
		if err := Emit(tx, Mail, ref, Message{To: email, Subject: subject, Text: text}); err != nil {
			return err
		}
	}
	return err
}
