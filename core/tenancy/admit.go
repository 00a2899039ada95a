package tenancy

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
)

// errPolicyUnknown: nothing is compiled for the tenant's policy version yet.
var errPolicyUnknown = errors.New("policy version not compiled")

// otherSight: the transaction was opened with another sight than the actor has.
type otherSight struct{ sight access.Sight }

func (*otherSight) Error() string { return "another sight is needed" }

// glance finds out what the actor sees, where that is not everything for everybody: a round trip of its own, which only agencies whose
// rules have conditions pay. What it says is verified in the transaction itself.
func (db *DB) glance(ctx context.Context, s Scope) (access.Sight, error) {
	if !s.actor.portal.IsZero() {
		return access.Nothing, nil // but for what is the subject's own
	}
	if !db.policy.Conditional(s.tenant.UUID) {
		return access.Everything, nil
	}
	s.expect = nil // it asks where the actor is, and takes nothing for granted: rules may have got conditions between two tries
	err := db.enter(ctx, s, access.Everything, func(tx *Tx) error { return tx.once(nil) })
	var needed *otherSight
	if errors.As(err, &needed) {
		return needed.sight, nil
	}
	return access.Everything, err
}

// enter opens one transaction in the scope, with a sight.
func (db *DB) enter(ctx context.Context, s Scope, sight access.Sight, use func(*Tx) error) error {
	var grant access.Grant
	err := withTx(ctx, db.pool, db.now, func(tx *Tx) error {
		tx.scope, tx.sight, tx.policy, tx.vault = s, sight, db.policy, db.vault
		tx.prelude = tenantPrelude(s, tx, db.policy.Conditional(s.tenant.UUID))
		err := use(tx)
		grant = tx.grant
		return err
	})
	var pg *pgconn.PgError
	if sight != access.Everything && errors.As(err, &pg) && pg.Code == "42501" { // a row would leave what the actor may do this to
		return DeniedFor(s.action, grant.Limits())
	}
	return err
}

// admit decides on the first rows of a transaction, before any other row is decoded.
func (tx *Tx) admit() error {
	s, who := tx.scope, tx.who
	if !who.member {
		return fault.New(fault.NotFound, "agency.not_found", "No such agency.")
	}
	if tx.table = tx.policy.Table(s.tenant.UUID, who.version); tx.table == nil {
		return errPolicyUnknown
	}
	tx.grant = tx.table.Grant(who.roles, s.action)
	switch {
	case !who.takes(s.action):
		return Denied(s.action)
	case tx.grant.Never() && tx.table.Bounded(who.roles, s.action):
		return forbidden(s.action)
	case tx.grant.Never():
		return Denied(s.action)
	}
	if !s.actor.portal.IsZero() {
		return tx.hold(tx.vault) // what they see is not a matter of roles
	}
	looking := tx.table.Grant(who.roles, access.Looking)
	if len(tx.about) > 0 {
		switch {
		case !tx.any(looking):
			return fault.New(fault.NotFound, "route.not_found", "There is nothing of this id.")
		case !tx.any(looking, tx.grant):
			return DeniedFor(s.action, tx.grant.Limits())
		}
	}
	grants := []access.Grant{looking}
	if s.action.Filed() {
		grants = append(grants, tx.grant)
	}
	if needed := who.Person.Sight(grants...); needed != tx.sight {
		return &otherSight{needed}
	}
	return tx.hold(tx.vault)
}

// any reports whether the thing the transaction is about follows a file for which all grants hold.
func (tx *Tx) any(grants ...access.Grant) bool {
	return slices.ContainsFunc(tx.about, func(f followed) bool {
		return f.Open || !slices.ContainsFunc(grants, func(g access.Grant) bool { return !g.For(f.File, tx.who.Person) })
	})
}

// May reports whether the actor may also do another action, under the roles and policy version of this transaction: for what a
// caller is shown of a row they may read. Where rules have conditions, it is about the thing the scope is on (Scope.On), and no
// without one. False until the first statement has answered.
func (tx *Tx) May(action access.Action) bool {
	if tx.table == nil || !tx.who.takes(action) {
		return false
	}
	g := tx.table.Grant(tx.who.roles, action)
	return g.Always() || !g.Never() && tx.any(tx.table.Grant(tx.who.roles, access.Looking), g)
}

// Ever reports whether the actor may do an action at all, for some files at least.
func (tx *Tx) Ever(action access.Action) bool {
	return tx.table != nil && slices.Contains(tx.Permissions(), action)
}

// Permissions lists what the actor may do, for some files at least: what their roles have, less what a machine is narrowed from.
// Known once the first statement has answered.
func (tx *Tx) Permissions() []access.Action {
	return slices.DeleteFunc(tx.table.Permissions(tx.who.roles), func(a access.Action) bool { return !tx.who.takes(a) })
}

// Roles are the roles the actor acts in: those given, and those an agency's own roles stand for. They are known once the first
// statement has answered.
func (tx *Tx) Roles() []string {
	if tx.table == nil {
		return tx.who.roles
	}
	return tx.table.Acting(tx.who.roles)
}

// Table is what the transaction is judged by; nil until the first statement has answered.
func (tx *Tx) Table() *access.Table { return tx.table }

// Given are the roles the actor was given, as they stand in their membership or key.
func (tx *Tx) Given() []string { return tx.who.roles }

// Narrowed reports whether the actor is a machine that may only some of what its roles may.
func (tx *Tx) Narrowed() bool { return tx.who.actions != nil }

// Everywhere runs what follows from a change in files beyond the actor's sight too: somebody who sees one file of a person may
// change the person, and the person's other files have to take it in. Nothing of what fn reads may be shown to the actor.
func (tx *Tx) Everywhere(fn func() error) error {
	if tx.sight == access.Everything {
		return fn()
	}
	tx.see(access.Everything)
	err := fn()
	tx.see(tx.sight)
	return err
}

func (tx *Tx) see(sight access.Sight) {
	tx.Exec("select set_config('app.sight', $1, true)", string(sight))
}

// Denied is the refusal of an action; it names the missing permission.
func Denied(action access.Action) error {
	return fault.New(fault.Forbidden, "access.denied", "Your roles do not include the permission "+string(action)+". Ask an agency admin.")
}

// forbidden is the refusal of an action that somebody's roles include and their network forbids: nobody in the agency can help.
func forbidden(action access.Action) error {
	return fault.New(fault.Forbidden, "access.network_forbids", "Your network forbids "+string(action)+" in its agencies. Ask the network.")
}

// DeniedFor is the refusal of an action that is allowed for some files only; it names the permission and the conditions, and nothing
// of the file.
func DeniedFor(action access.Action, limits string) error {
	return fault.New(fault.Forbidden, "access.denied", "Your roles include the permission "+string(action)+" for "+limits+"; this would be outside it. Ask an agency admin.")
}

// Book reads an agency's own roles and rules and its network's bounds: those that count. One that was laid down when it still could be
// binds nobody any more.
func (tx *Tx) Book(book *access.Rulebook) []Load {
	boundable := tx.policy.Boundable()
	roles := Scan("select key, parent from roles order by key", nil, func(rows pgx.Rows) error {
		var r access.Role
		err := rows.Scan(&r.Key, &r.Parent)
		book.Roles = append(book.Roles, r)
		return err
	})
	roles.start = func() { *book = access.Rulebook{} }
	return []Load{roles,
		Scan(`select id::text, role, action, effect = 'allow', unless, own, branch, coalesce(min_amount_cents, 0), coalesce(max_amount_cents, 0)
			from policy_rules order by role, action, id`, nil, func(rows pgx.Rows) error {
			var r access.Rule
			err := rows.Scan(&r.Source, &r.Role, &r.Action, &r.Allow, &r.When.Unless, &r.When.Own, &r.When.Branch, &r.When.MinCents, &r.When.MaxCents)
			book.Rules = append(book.Rules, r)
			return err
		}),
		Scan("select action, kind from agency_policy_bounds()", nil, func(rows pgx.Rows) error {
			var b access.Bound
			err := rows.Scan(&b.Action, &b.Kind)
			if slices.Contains(boundable, b.Action) {
				book.Bounds = append(book.Bounds, b)
			}
			return err
		})}
}

// compile reads an agency's own rules and has the policy build its table.
func (db *DB) compile(ctx context.Context, s Scope) error {
	return withTx(ctx, db.pool, db.now, func(tx *Tx) error {
		tx.policy = db.policy
		tx.prelude = []Load{exec("select set_config('app.tenant_id', $1, true)", s.tenant.UUID.String())}
		var version int
		var book access.Rulebook
		// The version first: rules that are newer than it are only compiled once more.
		if err := tx.once(append([]Load{Value(&version, "select policy_version from agencies where id = $1", s.tenant)}, tx.Book(&book)...)); err != nil {
			return err
		}
		_, err := db.policy.Compile(s.tenant.UUID, version, book)
		return err
	})
}

// Boundable lists what a network may reserve or forbid in its agencies.
func (tx *Tx) Boundable() []access.Action { return tx.policy.Boundable() }

// Try builds the table that would hold under another rulebook; nobody else sees it.
func (tx *Tx) Try(book access.Rulebook) (*access.Table, error) { return tx.policy.Try(book) }
