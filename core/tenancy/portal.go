package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
)

// A person in the applicants' portal is an Actor with a portal access. Their only role is "applicant", which no member can have and no
// agency makes rules over; row security shows them themself and their own files (app.subject), whatever a statement asks for.

// How long a portal session lives without use, and at most. By the database's clock.
const (
	PortalIdle = 30 * time.Minute
	PortalFor  = 12 * time.Hour
)

// Portal is the access of a person in the portal; zero for everybody else.
func (a Actor) Portal() ident.PortalID { return a.portal }

// Subject is who of the agency's people a person in the portal is; zero for everybody else.
func (a Actor) Subject() ident.SubjectID { return a.subject }

// OpenPortal turns an invitation, by the SHA-256 of its link, into a session with a token of that SHA-256; of two callers at once one gets it.
func (d *Directory) OpenPortal(ctx context.Context, link, token []byte) (Identity, bool, error) {
	return d.portal(ctx, "select access_id, agency_id, subject_id from directory_open_portal($1, $2)", link, token)
}

// PortalLink tells which agency mailed a link, by its SHA-256, and whether it is open, used or expired. Nothing is spent.
func (d *Directory) PortalLink(ctx context.Context, link []byte) (agency, state string, found bool, err error) {
	found, err = d.row(ctx, "select agency, state from directory_portal_link($1)", []any{link}, &agency, &state)
	return agency, state, found, err
}

// Portal finds whose portal session it is, by its token's SHA-256. It counts as its use.
func (d *Directory) Portal(ctx context.Context, token []byte) (Identity, bool, error) {
	return d.portal(ctx, "select access_id, agency_id, subject_id from directory_portal($1, $2, $3)", token, PortalIdle, PortalFor)
}

func (d *Directory) portal(ctx context.Context, sql string, args ...any) (id Identity, found bool, err error) {
	found, err = d.row(ctx, sql, args, &id.Actor.portal, &id.Agency, &id.Actor.subject)
	return id, found, err
}

// portalPrelude narrows row security to the person's own, and reads whether their access is in force.
func portalPrelude(a Actor, take func(pgx.Rows) error) (loads []Load, who Load) {
	return []Load{exec("select set_config('app.subject', $1, true)", a.subject.UUID.String())},
		Scan(`select array['applicant'], a.policy_version, a.key_version, '' from portal_accesses p join agencies a on a.id = p.tenant_id
			where p.id = $1 and p.subject_id = $2 and p.opened_at is not null and p.ended_at is null and a.status = 'active'`, []any{a.portal, a.subject}, take)
}

// Restricted lets the rest of the transaction see people who are restricted or erased, and what is theirs: for the law's sake, and for
// actions that only compliance and the platform have.
func (tx *Tx) Restricted() { tx.Exec("select set_config('app.restricted', 'on', true)") }
