package connectors

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// BuiltIn is the publisher of what came with the platform. An agency uses its connectors unless it says otherwise; those of other
// publishers only when it says so.
const BuiltIn = "built-in"

// Disabled is the code of connections that stopped, and of operations that wait, because their connector was disabled.
const Disabled = "connector_disabled"

// EnablementInput says whether the agency uses a connector.
type EnablementInput struct {
	Enabled bool `json:"enabled"`
}

type enablement struct {
	enabled bool
	version int
}

func loadEnablements(dst map[string]enablement) tenancy.Load {
	return tenancy.Scan(`select connector, enabled, version from connector_enablements`, nil, func(rows pgx.Rows) error {
		var name string
		var e enablement
		err := rows.Scan(&name, &e.enabled, &e.version)
		dst[name] = e
		return err
	}).From(func() { clear(dst) })
}

// Available lists the connectors an operator has approved, with whether the agency uses them.
func (s *Service) Available(ctx context.Context, scope tenancy.Scope) ([]Connector, error) {
	chosen := map[string]enablement{}
	if err := s.db.Load(ctx, scope, loadEnablements(chosen)); err != nil {
		return nil, err
	}
	known, err := s.caller.Available(ctx)
	for i := range known {
		c := &known[i]
		c.Enabled, c.Revision = c.Publisher == BuiltIn, 1
		if e, said := chosen[c.Name]; said {
			c.Enabled, c.Revision = e.enabled, e.version
		}
		c.Reveals = PermissionsOf(*c).Reveals
	}
	return known, err
}

// Connector is one of Available.
func (s *Service) Connector(ctx context.Context, scope tenancy.Scope, name string) (Connector, error) {
	known, err := s.Available(ctx, scope)
	if err != nil {
		return Connector{}, err
	}
	if i := slices.IndexFunc(known, func(c Connector) bool { return c.Name == name }); i >= 0 {
		return known[i], nil
	}
	return Connector{}, fault.Missing("connector")
}

// SetEnabled has the agency use a connector, or no more: its connections stop then, and go on when it is used again. version is the
// Revision the caller saw.
func (s *Service) SetEnabled(ctx context.Context, scope tenancy.Scope, name string, version int, in EnablementInput) (Connector, error) {
	c, err := s.Connector(ctx, scope, name)
	if err != nil {
		return c, err
	}
	if err = s.enable(ctx, scope, name, version, in.Enabled); err == nil {
		c.Enabled, c.Revision = in.Enabled, version+1
	}
	return c, err
}

// Enable is SetEnabled by the platform, for an agency that asked for it: the caller knows that the connector is approved.
func (s *Service) Enable(ctx context.Context, scope tenancy.Scope, name string) error {
	return s.enable(ctx, scope.For("connectors.enable"), name, 0, true)
}

// loadDisabled tells whether the agency has said that it does not use a connector.
func loadDisabled(dst *bool, connector string) tenancy.Load {
	return tenancy.Value(dst, `select not enabled from connector_enablements where connector = $1`, connector)
}

var errChosen = fault.New(fault.Stale, "version.stale", "This connector was changed since you read it. Load it again.")

func (s *Service) enable(ctx context.Context, scope tenancy.Scope, name string, version int, enabled bool) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		at := 1
		var of []connectionRow
		where, args := `where connector = $1 and status = 'stopped' and stopped->>'code' = $2 for update`, []any{name, Disabled}
		if !enabled {
			where, args = `where connector = $1 and status = 'active' for update`, args[:1]
		}
		if err := tx.Load(tenancy.Value(&at, `select version from connector_enablements where connector = $1`, name), loadConnections(&of, where, args...)); err != nil {
			return err
		}
		if version != 0 && version != at {
			return errChosen
		}
		tx.ExecOne(errChosen, `insert into connector_enablements (tenant_id, connector, enabled, version, updated_by, updated_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (tenant_id, connector) do update set enabled = excluded.enabled, version = excluded.version, updated_by = excluded.updated_by, updated_at = excluded.updated_at
			where connector_enablements.version = $7`, scope.Tenant(), name, enabled, at+1, scope.Actor().ID(), tx.Now(), at)
		for _, c := range of {
			if enabled {
				tx.Exec(`update connections set status = 'active', stopped = null, version = version + 1 where id = $1`, c.ID)
				resume(tx, "connection_id = $1", c.ID)
			} else {
				tx.Exec(`update connections set status = 'stopped', stopped = $2, version = version + 1 where id = $1`, c.ID, &Stopped{Code: Disabled, Fields: []string{}})
			}
			if err := outbox.Tell(tx, "connections", c.ID, c.Version+1); err != nil {
				return err
			}
		}
		if enabled {
			resume(tx, "connection_id is null and connector = $1", name)
		}
		audit.Record(tx, map[bool]string{true: "connector.enabled", false: "connector.disabled"}[enabled], scope.Tenant(), map[string]string{"connector": name})
		return nil
	})
}
