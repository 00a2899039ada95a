package connectors

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const operationColumns = `o.id, o.submission_id, o.application_id, o.connector, o.method, o.state, o.attempt, o.lease_until, o.next_attempt_at, o.error, o.created_at, o.version,
	o.subject_id, o.consent_id, o.priority, o.weight, o.purpose, o.cost_cents, o.dead_at, coalesce(o.dead_reason, ''), o.connection_id, o.payload, coalesce(o.external_ref, ''), case when o.state = 'waiting_user' then o.result end`

func loadOperations(dst *[]Operation, where string, args ...any) tenancy.Load {
	return tenancy.Unseal("select "+operationColumns+" from operations o "+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		o, err := scanOperation(k, rows)
		*dst = append(*dst, o)
		return err
	})
}

// LoadLatest reads each submission's newest operation; a look for news only when it cannot go on.
func LoadLatest(dst map[ident.SubmissionID]Operation, where string, args ...any) tenancy.Load {
	return tenancy.Unseal("select distinct on (o.submission_id) "+operationColumns+" from operations o "+where+" and (o.method <> 'GetStatus' or o.state in ('waiting_user', 'failed')) order by o.submission_id, o.id desc", args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		o, err := scanOperation(k, rows)
		dst[o.SubmissionID] = o
		return err
	})
}

func scanOperation(k *crypto.TenantKey, rows pgx.Rows) (Operation, error) {
	var o Operation
	var payload, result []byte
	var kept *keptFailure
	if err := rows.Scan(&o.ID, &o.SubmissionID, &o.ApplicationID, &o.Connector, &o.Method, &o.State, &o.Attempt, &o.LeaseUntil, &o.NextAttemptAt,
		&kept, &o.CreatedAt, &o.Version, &o.SubjectID, &o.ConsentID, &o.Priority, &o.weight, &o.Purpose, &o.CostCents, &o.DeadAt, &o.DeadReason, &o.connection, &payload, &o.external, &result); err != nil {
		return o, err
	}
	if kept != nil {
		o.Error, o.idleSince = &kept.Failure, kept.IdleSince
	}
	o.UserMessage = o.message()
	var err error
	if o.payload, err = unseal(k, "operations", o.ID, "payload", payload); err == nil {
		o.UserAction, err = unseal(k, "operations", o.ID, "result", result)
	}
	return o, err
}

// claim takes an operation that is due, with a lease; before tells the state it was in. No row: somebody else has it, or it is settled.
func claim(tx *tenancy.Tx, id ident.OperationID) (o Operation, before string, found bool, err error) {
	var rows []Operation
	if err = tx.Load(loadOperations(&rows, `where o.id = $1 and o.next_attempt_at <= $2
		and (o.state = 'queued' or (o.state in ('running', 'reconciling') and (o.lease_until is null or o.lease_until < $2))) for update of o skip locked`, id, tx.Now())); err != nil || len(rows) == 0 {
		return o, "", false, err
	}
	o = rows[0]
	before = o.State
	o.Attempt++
	o.Version++
	if before == "queued" {
		o.State = "running"
	} else {
		o.State = "reconciling"
	}
	tx.Exec(`update operations set state = $2, attempt = $3, version = $4, lease_until = $5, updated_at = $6 where id = $1`,
		o.ID, o.State, o.Attempt, o.Version, tx.Now().Add(leaseFor), tx.Now())
	return o, before, true, nil
}

// settle writes what an attempt came to; errTaken when the lease was lost to another worker meanwhile.
func settle(tx *tenancy.Tx, o Operation, n next, a Answer) error {
	kept := a.Payload
	if a.Verdict == NeedsUser {
		kept = a.UserAction
	}
	result, err := seal(tx, "operations", o.ID, "result", kept)
	if err != nil {
		return err
	}
	attempt := o.Attempt
	if a.Verdict == Pending {
		attempt = 0 // asking again on schedule is no retry
	} else if a.Failure.putOff() || a.Failure != nil && a.Failure.Kind == "rate_limited" {
		attempt-- // neither is waiting one's turn, or for a bank that is left alone
	}
	tx.ExecOne(errTaken, `update operations set state = $3, attempt = $4, version = version + 1, lease_until = null, next_attempt_at = $5,
			external_ref = coalesce(nullif($6, ''), external_ref), error = $7, result = $8, updated_at = $9::timestamptz,
			priority = case when $10::boolean then 'background' else priority end, dead_at = case when $11::text <> '' then $9::timestamptz end, dead_reason = nullif($11::text, '')
		where id = $1 and version = $2 and state in ('running', 'reconciling')`,
		o.ID, o.Version, n.state, attempt, tx.Now().Add(n.after), a.ExternalRef, orNull(a.Failure, o.idleSince), result, tx.Now(), a.Verdict == Pending && o.Priority == Screen, n.dead)
	settleCost(tx, o, n.state, a)
	return nil
}

// stop ends a connection whose settings the lender refuses, unless they were changed since the call read them; then its
// operations go on at once. stopped tells whether this call did it, so that it is said once.
func stop(tx *tenancy.Tx, c connectionRow, why *Failure) (stopped, mended bool, err error) {
	var status string
	if err := tx.Load(tenancy.Value(&stopped, `update connections set status = 'stopped', stopped = $3, version = version + 1 where id = $1 and version = $2 and status = 'active' returning true`, c.ID, c.Version, stoppedBy(why)),
		tenancy.Value(&status, `select status from connections where id = $1`, c.ID)); err != nil {
		return false, false, err
	}
	return stopped, status == "active", nil
}

// resume takes up what waited for a connection's settings, or for a connector without any; which says of what, by $1.
func resume(tx *tenancy.Tx, which string, arg any) {
	tx.Exec(`update operations set state = case when method = any($3) then 'reconciling' else 'queued' end, attempt = 0, error = null, lease_until = null,
			next_attempt_at = $2, version = version + 1, updated_at = $2
		where `+which+` and state = 'waiting_user' and error->>'kind' in ('invalid_config', 'unauthenticated')`, arg, tx.Now(), acting)
}

// Cancel takes back what has not arrived: a submission withdrawn before it was sent, or while it waits for another try. What may have
// arrived is not queued.
func Cancel(tx *tenancy.Tx, submission ident.SubmissionID) {
	releaseCosts(tx, `o.submission_id = $1 and o.method = 'SubmitApplication' and o.state = 'queued'`, submission)
	tx.Exec(`update operations set state = 'failed', error = $3, version = version + 1, updated_at = $2
		where submission_id = $1 and method = 'SubmitApplication' and state = 'queued'`, submission, tx.Now(), TakenBack())
}

// askAgain puts an operation that was just settled back in the queue, after a pause: a person here will clear what holds
// the lender's step, and should not wait long to see it taken.
func askAgain(tx *tenancy.Tx, o Operation) {
	pause := max(pollIfUnstated, min(tx.Now().Sub(o.CreatedAt)/20, 30*time.Second))
	tx.Exec(`update operations set state = 'queued', attempt = 0, next_attempt_at = greatest(next_attempt_at, $2), version = version + 1, updated_at = $3 where id = $1`,
		o.ID, tx.Now().Add(pause), tx.Now())
}

// errTaken ends the taking of a result that somebody else has taken.
var errTaken = fault.New(fault.Conflict, "operation.taken", "Another worker has this operation.")

func insertOperation(tx *tenancy.Tx, o Operation) error {
	payload, err := seal(tx, "operations", o.ID, "payload", o.payload)
	if err != nil {
		return err
	}
	tx.Exec(`insert into operations (tenant_id, id, submission_id, application_id, connection_id, connector, method, payload, next_attempt_at, created_at, updated_at,
			subject_id, consent_id, priority, weight, purpose, cost_cents)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Scope().Tenant(), o.ID, o.SubmissionID, o.ApplicationID, o.connection, o.Connector, o.Method, payload, o.NextAttemptAt, tx.Now(),
		o.SubjectID, o.ConsentID, o.Priority, o.weight, o.Purpose, o.CostCents)
	return nil
}

type connectionRow struct {
	ID        ident.ConnectionID
	Connector string
	LenderID  ident.LenderID
	Name      string
	Config    json.RawMessage
	Status    string
	Stopped   *Stopped
	Version   int

	callback string // where the other side calls back to
}

func loadConnections(dst *[]connectionRow, where string, args ...any) tenancy.Load {
	return tenancy.Unseal("select id, connector, lender_id, name, config, status, stopped, version from connections "+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var c connectionRow
		var config []byte
		if err := rows.Scan(&c.ID, &c.Connector, &c.LenderID, &c.Name, &config, &c.Status, &c.Stopped, &c.Version); err != nil {
			return err
		}
		var err error
		c.Config, err = unseal(k, "connections", c.ID, "config", config)
		*dst = append(*dst, c)
		return err
	}).From(func() { *dst = nil })
}

// loadConnection reads the one of an id; also ends the statement, to lock it.
func loadConnection(dst *connectionRow, id ident.ConnectionID, also string) tenancy.Load {
	var rows []connectionRow
	return loadConnections(&rows, "where id = $1"+also, id).Then(func(*tenancy.Tx) error {
		if len(rows) == 0 {
			return fault.Missing("connection")
		}
		*dst = rows[0]
		return nil
	})
}

// keptFailure is a failure as the operation's row keeps it. What takes the failure away (a replay, an answer) begins its time anew.
type keptFailure struct {
	Failure
	IdleSince time.Time `json:"idle_since,omitzero"`
}

func orNull(f *Failure, idleSince time.Time) any {
	if f == nil {
		return nil
	}
	return keptFailure{*f, idleSince}
}

// seal encrypts a column of a row by the agency's key; nothing stays null.
func seal(tx *tenancy.Tx, table string, id fmt.Stringer, column string, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	keys, err := tx.Keys()
	if err != nil {
		return nil, err
	}
	return keys.Seal(crypto.Place{Table: table, Row: id.String(), Column: column}, raw)
}

func unseal(keys *crypto.TenantKey, table string, id fmt.Stringer, column string, sealed []byte) (json.RawMessage, error) {
	if sealed == nil {
		return nil, nil
	}
	return keys.Open(crypto.Place{Table: table, Row: id.String(), Column: column}, sealed)
}
