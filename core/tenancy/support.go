package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// A person of the network who looks into an agency is an Actor with a support grant. Their only role there is "support", their
// transactions are read only in the database, and the grant is asked for with every one of them: it ends when it ends.

// Support is the grant under which the actor looks into an agency; zero for everybody else.
func (a Actor) Support() ident.SupportID { return a.support }

// At is the identity in an agency of its own, with nothing left of a support view.
func (id Identity) At(agency ident.AgencyID) Identity {
	id.Agency, id.Actor.support = agency, ident.SupportID{}
	return id
}

// Supporting is the identity in the agency that its session looks into; unchanged where there is none.
func (d *Directory) Supporting(ctx context.Context, id Identity) (Identity, error) {
	_, err := d.row(ctx, "select grant_id, agency_id from directory_support($1)", []any{id.Actor.session}, &id.Actor.support, &id.Agency)
	return id, err
}

// EnterSupport binds a grant in force at an instant to a session of its person; found is false where there is none.
func (d *Directory) EnterSupport(ctx context.Context, session ident.SessionID, agency ident.AgencyID, at time.Time) (found bool, err error) {
	_, err = d.row(ctx, "select directory_enter_support($1, $2, $3)", []any{session, agency, at}, &found)
	return found, err
}

// LeaveSupport closes the view that a session has open; the grant lasts.
func (d *Directory) LeaveSupport(ctx context.Context, session ident.SessionID) error {
	return d.do(ctx, "select directory_leave_support($1)", session)
}

// Witness gives fn the one transaction of a support view that may write: what is looked at goes into the trail before it is shown.
func (db *DB) Witness(ctx context.Context, s Scope, fn func(*Tx) error) error {
	if s.actor.support.IsZero() {
		return fault.New(fault.Internal, "scope.empty", "Only a support view has a witness.")
	}
	s.actor.trail = true
	return db.Write(ctx, s, fn)
}

// Reach points the rest of a network's transaction at an agency that it asks something of, for the agency's trail and mail: its
// role adds such rows and reads none.
func (tx *Tx) Reach(agency ident.AgencyID) { tx.Onboard(agency) }

// supportPrelude makes the transaction read only, and reads whether the actor's grant is in force.
func supportPrelude(a Actor, tx *Tx, take func(pgx.Rows) error) (loads []Load, who Load) {
	if !a.trail {
		loads = append(loads, exec("select set_config('transaction_read_only', 'on', true)"))
	}
	return loads, Scan(`select array['support'], a.policy_version, a.key_version, '' from support_grants g join agencies a on a.id = g.tenant_id
		where g.id = $1 and g.user_id = $2 and g.session_id = $3 and g.state = 'approved' and g.expires_at > $4 and a.status = 'active'`,
		[]any{a.support, a.user, a.session, tx.now}, take)
}
