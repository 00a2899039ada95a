package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Networks is the second exception of the door: a network onboards agencies. Its database role
// sees the network's own row and its agencies; in an agency it may only write the first rows.
type Networks struct {
	pool   *pgxpool.Pool
	policy access.Authorizer
	now    func() time.Time
}

// NetworkScope is who acts for which network, to do what.
type NetworkScope struct {
	network ident.NetworkID
	actor   Actor
	action  access.Action
	request string
	once    once
}

// Network is the network acted for.
func (s NetworkScope) Network() ident.NetworkID { return s.network }

// For narrows the scope to one action; the casbin domain is the network's id.
func (s NetworkScope) For(action access.Action) NetworkScope {
	s.action = action
	return s
}

// Once makes the next Write of this scope idempotent under the key; body tells a repetition from a reuse.
func (s NetworkScope) Once(key string, body []byte) NetworkScope {
	s.once = newOnce(key, body)
	return s
}

// OpenNetworks connects the network role.
func OpenNetworks(ctx context.Context, url string, poolSize int32, policy access.Authorizer, now func() time.Time) (*Networks, error) {
	pool, err := connect(ctx, url, poolSize)
	if err != nil {
		return nil, err
	}
	if err := checkRole(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Networks{pool, policy, now}, nil
}

// Close closes the connections.
func (n *Networks) Close() { n.pool.Close() }

// Enter makes the scope of an actor in a network; membership is checked with the first statement.
func (n *Networks) Enter(actor Actor, network ident.NetworkID, request string) NetworkScope {
	return NetworkScope{network: network, actor: actor, request: request}
}

// Write gives fn a transaction for the network.
func (n *Networks) Write(ctx context.Context, s NetworkScope, fn func(*Tx) error) error {
	if s.network.IsZero() || s.actor.user.IsZero() && !s.actor.Provisions() || s.action == "" {
		return fault.New(fault.Internal, "scope.empty", "A transaction was asked for without a scope.")
	}
	return attempts(func() error {
		return withTx(ctx, n.pool, n.now, func(tx *Tx) error {
			tx.scope = Scope{actor: s.actor, action: s.action, request: s.request, once: s.once}
			tx.network, tx.policy = s.network, n.policy
			tx.begin, tx.writes = "begin", true
			tx.prelude = n.prelude(s, tx)
			return tx.finish(fn(tx))
		})
	})
}

func (n *Networks) prelude(s NetworkScope, tx *Tx) []Load {
	take := func(rows pgx.Rows) error {
		tx.who.member = true
		return rows.Scan(&tx.who.roles)
	}
	who := Scan(`select roles from network_members m where network_id = $1 and user_id = $2
		and not exists (select from network_people p where p.network_id = m.network_id and p.user_id = m.user_id and not p.active)`, []any{s.network, s.actor.user}, take)
	if s.actor.Provisions() {
		who = Scan("select array['scim'] from network_scim_tokens where network_id = $1 and id = $2 and revoked_at is null and expires_at > now()", []any{s.network, s.actor.scim}, take)
	}
	who.after = func() error { return n.admit(s, tx) }
	return append([]Load{exec("select set_config('app.network_id', $1, true)", s.network.UUID.String()), who}, tx.answered("network_idempotency_keys")...)
}

// admit decides in the network's own domain, whose only rules are the platform's: there is one version of them.
func (n *Networks) admit(s NetworkScope, tx *Tx) (err error) {
	if !tx.who.member {
		return fault.Missing("network")
	}
	if tx.table = n.policy.Table(s.network.UUID, 0); tx.table == nil {
		if tx.table, err = n.policy.Compile(s.network.UUID, 0, access.Rulebook{}); err != nil {
			return err
		}
	}
	if tx.grant = tx.table.Grant(tx.who.roles, s.action); !tx.grant.Always() {
		return Denied(s.action)
	}
	return nil
}

// Onboard points the rest of a network's transaction at an agency it has just made, so that the
// agency's first rows can be written. The agency must be new: it is inserted in this transaction.
func (tx *Tx) Onboard(agency ident.AgencyID) {
	tx.scope.tenant = agency
	tx.Exec("select set_config('app.tenant_id', $1, true)", agency.UUID.String())
}
