package tenancy

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
)

// Client finds the machine of an OAuth2 client by its id and its secret's SHA-256.
func (d *Directory) Client(ctx context.Context, client ident.APIKeyID, hash []byte) (id Identity, found bool, err error) {
	found, err = d.row(ctx, "select key_id, agency_id from directory_client($1, $2)", []any{client, hash}, &id.Actor.key, &id.Agency)
	return id, found, err
}

// AccessToken finds the machine that has bought the token of a SHA-256. It counts as use of the client's key.
func (d *Directory) AccessToken(ctx context.Context, hash []byte) (id Identity, found bool, err error) {
	found, err = d.row(ctx, "select key_id, agency_id, token_id from directory_access_token($1)", []any{hash}, &id.Actor.key, &id.Agency, &id.Actor.token)
	if found && err == nil {
		err = d.do(ctx, "select directory_key_used($1)", id.Actor.key)
	}
	return id, found, err
}

// ScimToken finds the network whose own directory has the token of a SHA-256.
func (d *Directory) ScimToken(ctx context.Context, hash []byte) (id Identity, found bool, err error) {
	found, err = d.row(ctx, "select token_id, network_id from directory_scim_token($1)", []any{hash}, &id.Actor.scim, &id.Network)
	if found && err == nil {
		err = d.do(ctx, "select directory_scim_token_used($1)", id.Actor.scim)
	}
	return id, found, err
}

// Exchanging is a client's actor while it buys a token: its secret opens nothing else.
func (a Actor) Exchanging() Actor {
	a.buys = !a.key.IsZero()
	return a
}

// BoundAgency is the one agency that a session by its identity provider is in; none when the person is no active member any more.
func (d *Directory) BoundAgency(ctx context.Context, session ident.SessionID) ([]Place, error) {
	return collect[Place](ctx, d, "select agency_id, null::uuid as network_id, name, roles from directory_bound_agency($1)", session)
}

// machinePrelude reads what a key may, or a token that its machine has bought: of the token's roles and actions those that the key
// still has. A revoked key ends its tokens on the very next request.
func machinePrelude(a Actor, tx *Tx) Load {
	take := func(rows pgx.Rows) error {
		tx.who.member = true
		return rows.Scan(&tx.who.roles, &tx.who.actions, &tx.who.version, &tx.who.keys)
	}
	if a.token.IsZero() {
		return Scan(`select k.roles, k.actions, a.policy_version, a.key_version from api_keys k join agencies a on a.id = k.tenant_id
			where k.id = $1 and k.client = $2 and k.revoked_at is null and k.expires_at > now() and a.status = 'active'`, []any{a.key, a.buys}, take)
	}
	return Scan(`select array(select unnest(t.roles) intersect select unnest(k.roles)),
			case when k.actions is null then t.actions when t.actions is null then k.actions else array(select unnest(t.actions) intersect select unnest(k.actions)) end,
			a.policy_version, a.key_version
		from access_tokens t join api_keys k on k.id = t.key_id join agencies a on a.id = k.tenant_id
		where t.id = $2 and k.id = $1 and t.expires_at > now() and k.revoked_at is null and k.expires_at > now() and a.status = 'active'`, []any{a.key, a.token}, take)
}

// SelfKnowledge is what every machine may, however narrowed: to know whose it is.
const SelfKnowledge access.Action = "agency.read"

// takes reports whether a machine that is narrowed to some actions may do one of them, its roles permitting.
func (e entry) takes(action access.Action) bool {
	return e.actions == nil || action == SelfKnowledge || slices.Contains(e.actions, action)
}
