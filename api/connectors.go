package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
)

// ConnectionPath names a connection in the address. Exported because huma reads embedded fields only then.
type ConnectionPath struct {
	ID ident.ConnectionID `path:"id"`
}

// ConnectorPath names a connector in the address.
type ConnectorPath struct {
	Name string `path:"name" maxLength:"64"`
}

func connectorRoutes(d Deps) []Route {
	s := d.Connectors
	return []Route{
		on("GET", "/connectors", "connectors.read", "The connectors an agency can connect to, with the schema of their settings", func(ctx context.Context, c Call, _ *none) (list[connectors.Connector], error) {
			return listOf(s.Available(ctx, c.Scope))
		}),
		on("GET", "/connectors/{name}", "connectors.read", "A connector: what it asks for, how it is, and whether the agency uses it", func(ctx context.Context, c Call, in *ConnectorPath) (connectors.Connector, error) {
			return s.Connector(ctx, c.Scope, in.Name)
		}),
		on("PUT", "/connectors/{name}/enablement", "connectors.write", "Use a connector, or no more: its connections stop then", func(ctx context.Context, c Call, in *struct {
			ConnectorPath
			Body connectors.EnablementInput
		}) (connectors.Connector, error) {
			return s.SetEnabled(ctx, c.Scope, in.Name, c.Version, in.Body)
		}).matched(),
		on("GET", "/connections/{id}", "connectors.write", "A connection with its settings; secrets are never read back", func(ctx context.Context, c Call, in *ConnectionPath) (connectors.ConnectionDetail, error) {
			return s.Connection(ctx, c.Scope, in.ID)
		}),
		on("GET", "/connections", "connectors.read", "The agency's connections; settings are never read back", func(ctx context.Context, c Call, _ *none) (list[connectors.Connection], error) {
			return listOf(s.Connections(ctx, c.Scope))
		}),
		on("POST", "/connections", "connectors.write", "Connect a lender through a connector", func(ctx context.Context, c Call, in *struct{ Body connectors.ConnectionInput }) (connectors.Connection, error) {
			return s.Connect(ctx, c.Scope, in.Body)
		}).created(),
		on("PATCH", "/connections/{id}", "connectors.write", "Change a connection's settings; a stopped one starts again", func(ctx context.Context, c Call, in *struct {
			ConnectionPath
			Body connectors.ConnectionPatch
		}) (connectors.Connection, error) {
			return s.Reconnect(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("POST", "/connections/{id}/check", "connectors.write", "Ask the connector whether the settings work", func(ctx context.Context, c Call, in *ConnectionPath) (connectors.Health, error) {
			return s.CheckConnection(ctx, c.Scope, in.ID)
		}),
		on("GET", "/connections/{id}/products", "connectors.read", "What the lender offers over a connection, as it says itself", func(ctx context.Context, c Call, in *ConnectionPath) (list[connectors.OfferedProduct], error) {
			return listOf(s.Products(ctx, c.Scope, in.ID))
		}),
		on("GET", "/operations", "operations.read", "Work for connectors, the newest first", func(ctx context.Context, c Call, in *connectors.Which) (page.Page[connectors.Operation], error) {
			return s.List(ctx, c.Scope, *in)
		}),
		on("POST", "/operations/{id}/retry", "operations.retry", "Try a failed operation again, under the same key", func(ctx context.Context, c Call, in *struct {
			ID ident.OperationID `path:"id"`
		}) (connectors.Operation, error) {
			return s.Retry(ctx, c.Scope, in.ID)
		}),
		on("POST", "/operations/replay", "operations.retry", "Try again what was given up: of a connector, of a reason, or all; 200 at a time", func(ctx context.Context, c Call, in *struct{ Body connectors.Dead }) (connectors.Replayed, error) {
			return s.Replay(ctx, c.Scope, in.Body)
		}),
		on("GET", "/budget", "budgets.read", "What paid requests may cost in a month, and what they have cost in this one", func(ctx context.Context, c Call, _ *none) (connectors.Budget, error) {
			return s.Budget(ctx, c.Scope)
		}),
		on("PUT", "/budget", "budgets.write", "Set what paid requests may cost in a month", func(ctx context.Context, c Call, in *struct{ Body connectors.BudgetInput }) (connectors.Budget, error) {
			return s.SetBudget(ctx, c.Scope, c.Version, in.Body)
		}).matched(),
	}
}
