package connectors

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// prepared is the payload a call leaves with, and why it does not leave. asks: an earlier attempt may have arrived, and that stays a
// question until it is put.
func prepared(ctx context.Context, p Preparer, scope tenancy.Scope, o Operation, call *Call, asks bool) (json.RawMessage, *Failure) {
	away := &Failure{Kind: "internal", Code: unprepared, SideEffect: map[bool]string{false: "none", true: "unknown"}[asks]}
	payload, refused, err := p.Prepare(ctx, scope, o, call)
	if err != nil {
		slog.Warn("a call cannot be prepared", "operation", o.ID, "method", o.Method, "error", err)
		if fault.Is(err, fault.Unavailable) {
			away.Kind = "unavailable"
		}
		return nil, away
	}
	if payload == nil && refused != nil {
		return nil, refused
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, away
	}
	return body, refused
}

// TakenBack is the refusal of what a person here has taken back before it left.
func TakenBack() *Failure { return &Failure{Kind: "rejected", Code: withdrawn, SideEffect: "none"} }

// Forget takes away what the operation keeps of its answer: who has taken it keeps it elsewhere, under a person's key.
func Forget(tx *tenancy.Tx, o Operation) {
	tx.Exec(`update operations set result = null where id = $1`, o.ID)
}

// Given reports whether an operation whose answer is being taken has come to its end without success.
func Given(tx *tenancy.Tx, o Operation) (up bool, err error) {
	err = tx.Load(tenancy.Value(&up, `select state = 'failed' from operations where id = $1`, o.ID))
	return up, err
}

// CallbacksTo says where the platform is reached from outside ("https://pratica.example"): calls tell the other side where to call back.
func (s *Service) CallbacksTo(public string) { s.public = public }

// address is where the other side of a connection calls back to, less the connector's path. Its secret is made once.
func (s *Service) address(tx *tenancy.Tx, id ident.ConnectionID) (string, error) {
	if s.public == "" || id.IsZero() {
		return "", nil
	}
	var row ident.CallbackID
	var sealed []byte
	read := tenancy.Scan(`select id, token from callback_addresses where connection_id = $1`, []any{id}, func(rows pgx.Rows) error { return rows.Scan(&row, &sealed) })
	if err := tx.Load(read); err != nil {
		return "", err
	}
	if sealed == nil {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw) // never fails: the runtime aborts instead
		token := base64.RawURLEncoding.EncodeToString(raw)
		hash, made := sha256.Sum256([]byte(token)), ident.NewCallback()
		fresh, err := seal(tx, "callback_addresses", made, "token", json.RawMessage(token))
		if err != nil {
			return "", err
		}
		tx.Exec(`insert into callback_addresses (tenant_id, id, connection_id, token, hash) values ($1, $2, $3, $4, $5) on conflict (tenant_id, connection_id) do nothing`, tx.Scope().Tenant(), made, id, fresh, hash[:])
		if err := tx.Load(read); err != nil { // of two at once the second takes the first one's
			return "", err
		}
	}
	keys, err := tx.Keys()
	if err != nil {
		return "", err
	}
	token, err := unseal(keys, "callback_addresses", row, "token", sealed)
	return s.public + "/callbacks/connectors/" + string(token), err
}

// News brings forward what waits for the other side of a connection: operations under one of its references, and questions about
// submissions that it calls so.
func News(tx *tenancy.Tx, connection ident.ConnectionID, references []string) {
	tx.Exec(`update operations o set next_attempt_at = $3, version = version + 1, updated_at = $3 where o.connection_id = $1 and o.state in ('queued', 'reconciling') and o.lease_until is null
		and (o.external_ref = any($2) or o.submission_id in (select s.id from submissions s where s.lender_reference = any($2)))`, connection, references, tx.Now())
}

// Named reads what calls need of a connection: which connector it is of. Errors: connection.not_found.
func Named(tx *tenancy.Tx, id ident.ConnectionID) (connector string, err error) {
	if err = tx.Load(tenancy.Scan(`select connector from connections where id = $1`, []any{id}, func(rows pgx.Rows) error { return rows.Scan(&connector) })); err == nil && connector == "" {
		err = fault.Missing("connection")
	}
	return connector, err
}
