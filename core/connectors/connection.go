package connectors

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Connection is an agency's settings of a connector, for one lender. Settings are written, never read back.
type Connection struct {
	ID        ident.ConnectionID `json:"id"`
	Connector string             `json:"connector"`
	LenderID  ident.LenderID     `json:"lender_id"`
	Name      string             `json:"name"`
	Status    string             `json:"status" enum:"active,stopped"`
	Stopped   *Stopped           `json:"stopped"`
	Condition *Condition         `json:"condition" doc:"How its way to the other side is at present; null in the answer to a change, and when it cannot be told"`
	Version   int                `json:"version"`
}

// Tag is the version answered as ETag.
func (c Connection) Tag() int { return c.Version }

// ConnectionInput are the settings, by the connector's own schema.
type ConnectionInput struct {
	Connector string          `json:"connector" minLength:"1" maxLength:"100"`
	LenderID  ident.LenderID  `json:"lender_id"`
	Name      string          `json:"name" minLength:"1" maxLength:"200"`
	Config    json.RawMessage `json:"config"`
}

// Health is what a connector says of a connection.
type Health struct {
	OK      bool   `json:"ok"`
	Message string `json:"message"`
}

// Connections lists an agency's connections.
func (s *Service) Connections(ctx context.Context, scope tenancy.Scope) ([]Connection, error) {
	var rows []connectionRow
	if err := s.db.Load(ctx, scope, loadConnections(&rows, "order by name, id limit 200")); err != nil {
		return nil, err
	}
	out := []Connection{}
	for _, r := range rows {
		out = append(out, s.observed(ctx, scope.Tenant(), r))
	}
	return out, nil
}

func (r connectionRow) connection() Connection {
	return Connection{ID: r.ID, Connector: r.Connector, LenderID: r.LenderID, Name: r.Name, Status: r.Status, Stopped: r.Stopped, Version: r.Version}
}

var errDisabled = fault.New(fault.Conflict, "connector.disabled", "Your agency does not use this connector. An agency admin enables it under Settings, Connectors.")

// Connect stores a connection; a connector nobody has approved is refused.
func (s *Service) Connect(ctx context.Context, scope tenancy.Scope, in ConnectionInput) (Connection, error) {
	known, err := s.Available(ctx, scope)
	if err != nil {
		return Connection{}, err
	}
	i := slices.IndexFunc(known, func(c Connector) bool { return c.Name == in.Connector })
	if i < 0 {
		return Connection{}, fault.Input("connection.connector", "/connector", "There is no such connector. GET /api/v1/connectors lists them.")
	}
	if !known[i].Enabled {
		return Connection{}, errDisabled
	}
	if err := fits(known[i].ConfigSchema, in.Config); err != nil {
		return Connection{}, err
	}
	if err := s.validate(ctx, scope, connectionRow{Connector: in.Connector, Config: in.Config}); err != nil {
		return Connection{}, err
	}
	r := connectionRow{ID: ident.NewConnection(), Connector: in.Connector, LenderID: in.LenderID, Name: in.Name, Config: in.Config, Status: "active", Version: 1}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		config, err := seal(tx, "connections", r.ID, "config", r.Config)
		if err != nil {
			return err
		}
		tx.Exec(`insert into connections (tenant_id, id, connector, lender_id, name, config, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			scope.Tenant(), r.ID, r.Connector, r.LenderID, r.Name, config, tx.Now())
		audit.Record(tx, "connection.created", r.ID, nil)
		if err := outbox.Tell(tx, "connections", r.ID, r.Version); err != nil {
			return err
		}
		return tx.Answer(r.connection())
	})
	switch {
	case tenancy.Violates(err, "connections_lender_key"):
		return Connection{}, fault.Wrap(err, fault.Conflict, "connection.exists", "This lender is already connected through this connector.")
	case tenancy.Violates(err, "connections_lender_fkey"):
		return Connection{}, fault.Missing("lender")
	}
	return r.connection(), err
}

// ConnectionPatch changes settings; what is absent stays, within the config too, and null takes a setting out.
type ConnectionPatch struct {
	Name   *string         `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Config json.RawMessage `json:"config,omitempty" required:"false"`
}

// Reconnect changes a connection's settings and starts it again when it was stopped, with the operations that waited for
// that. version is the one the caller saw.
func (s *Service) Reconnect(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID, version int, in ConnectionPatch) (Connection, error) {
	var seen, r connectionRow
	if err := s.db.Load(ctx, scope, loadConnection(&seen, id, "")); err != nil {
		return Connection{}, err
	}
	c, err := s.Connector(ctx, scope, seen.Connector)
	switch known := err == nil; {
	case err != nil && !fault.Is(err, fault.NotFound):
		return Connection{}, err
	case known && !c.Enabled:
		return Connection{}, errDisabled
	case len(in.Config) > 0 && len(c.ConfigSchema) == 0: // which settings are secrets, and which addresses, nobody knows now
		return Connection{}, fault.New(fault.Unavailable, "connector.unavailable", "This connector does not run just now, and without it its settings cannot be changed. Try again in a moment.")
	case len(in.Config) > 0:
		if in.Config, err = merged(c, seen.Config, in.Config); err == nil {
			err = fits(c.ConfigSchema, in.Config)
		}
		if err == nil {
			err = s.validate(ctx, scope, connectionRow{ID: id, Connector: seen.Connector, Config: in.Config})
		}
		if err != nil {
			return Connection{}, err
		}
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(loadConnection(&r, id, " for update")); err != nil {
			return err
		}
		if version != 0 && r.Version != version || len(in.Config) > 0 && r.Version != seen.Version {
			return fault.New(fault.Stale, "version.stale", "This connection was changed since you read it. Load it again.")
		}
		if in.Name != nil {
			r.Name = *in.Name
		}
		if len(in.Config) > 0 {
			r.Config = in.Config
		}
		r.Status, r.Stopped, r.Version = "active", nil, r.Version+1
		config, err := seal(tx, "connections", id, "config", r.Config)
		if err != nil {
			return err
		}
		tx.Exec(`update connections set name = $2, config = $3, status = $4, version = $5, stopped = null where id = $1`, id, r.Name, config, r.Status, r.Version)
		resume(tx, "connection_id = $1", id)
		audit.Record(tx, "connection.changed", id, nil)
		return outbox.Tell(tx, "connections", id, r.Version)
	})
	return r.connection(), err
}

// CheckConnection asks the connector whether the settings work. One that the agency does not use is told nothing.
func (s *Service) CheckConnection(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID) (Health, error) {
	var r connectionRow
	if err := s.db.Load(ctx, scope, loadConnection(&r, id, "")); err != nil {
		return Health{}, err
	}
	if r.Stopped != nil && r.Stopped.Code == Disabled {
		return Health{}, errDisabled
	}
	a := s.question(ctx, scope, r, Check, callDeadline, nil)
	if a.Verdict == Done {
		return Health{OK: true, Message: "connection.ok"}, nil
	}
	message := "connection.pending"
	if a.Failure != nil {
		message = "connection." + a.Failure.Kind
	}
	return Health{Message: message}, nil
}
