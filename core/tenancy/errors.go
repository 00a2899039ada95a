package tenancy

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/fault"
)

// translate gives a database error its kind. Errors that already have one, and Replay, pass.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	var replay *Replay
	if errors.As(err, &known) || errors.As(err, &replay) {
		return err
	}
	if err = sealed(err); errors.As(err, &known) {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fromState(pg, err)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, fault.Unavailable, "request.cancelled", "The request was cancelled.")
	case tooLarge(err):
		return fault.Wrap(err, fault.Invalid, "input.out_of_range", "A value is outside what can be stored.")
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded), pgconn.SafeToRetry(err), lost(err):
		return away(err)
	}
	return fault.As(err)
}

func away(err error) error {
	e := fault.Wrap(err, fault.Unavailable, "database.unavailable", "The database does not answer right now. Nothing was changed; try again shortly.")
	e.Retry = 2e9
	return e
}

// lost recognises a connection that broke while in use; pgconn gives such errors no type.
func lost(err error) bool {
	text := err.Error()
	return strings.Contains(text, "unexpected EOF") || strings.Contains(text, "conn closed") || strings.Contains(text, "closed pool") || strings.Contains(text, "broken pipe")
}

// tooLarge recognises a number that does not fit its column, which the driver finds before the database does; it gives such errors no type.
func tooLarge(err error) bool {
	text := err.Error()
	return strings.Contains(text, "failed to encode args") && (strings.Contains(text, "is greater than maximum value for int") || strings.Contains(text, "is less than minimum value for int"))
}

func fromState(pg *pgconn.PgError, err error) error {
	switch {
	case pg.Code == "23505":
		return fault.Wrap(err, fault.Conflict, "conflict.exists", "Something with the same key already exists.")
	case pg.Code == "23503" && strings.HasPrefix(pg.Message, "update or delete"):
		return fault.Wrap(err, fault.Conflict, "conflict.in_use", "It is still in use elsewhere and cannot be removed.")
	case pg.Code == "23503":
		return fault.Wrap(err, fault.NotFound, "reference.not_found", "Something this refers to does not exist.")
	case pg.Code == "23514" || pg.Code == "23502" || strings.HasPrefix(pg.Code, "22"):
		return fault.Wrap(err, fault.Invalid, "input.out_of_range", "A value is outside what can be stored.")
	case pg.Code == "25006":
		return fault.Wrap(err, fault.Forbidden, "access.read_only", "This view only reads.")
	case pg.Code == "QU001": // raised by the quota triggers: the noun, and the number of it
		return fault.Wrap(err, fault.Limited, "quota."+pg.Message, "The agency has all it may have: "+pg.Detail+" "+quotaUnits[pg.Message]+". Its network can raise the number (PUT /api/v1/networks/{id}/agencies/{agencyId}/quotas).")
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "53"):
		return away(err)
	case retryable(err):
		return fault.Wrap(err, fault.Unavailable, "database.busy", "Too many changes at once. Try again.")
	}
	return fault.As(err)
}

// quotaUnits is what each quota counts.
var quotaUnits = map[string]string{"members": "members", "files": "files", "storage": "bytes of documents"}

// retryable: a serialization failure, a deadlock, or two requests with the same idempotency key at once.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.ConstraintName == "idempotency_keys_pkey" || pg.ConstraintName == "network_idempotency_keys_pkey")
}

// Violates reports whether err came from the named constraint.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
