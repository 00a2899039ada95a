package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
)

// ConnectionPath names a connection in the address. Exported because huma reads embedded fields only then.
type ConnectionPath struct {
	ID ident.ConnectionID `path:"id"`
}

type operationFilter struct {
	Submission ident.SubmissionID `query:"submission_id"`
	State      string             `query:"state" enum:"queued,running,reconciling,waiting_user,done,failed"`
}

func connectorRoutes(d Deps) []Route {
	s := d.Connectors
	return []Route{
		on("GET", "/connectors", "connectors.read", "The connectors an agency can connect to, with the schema of their settings", func(ctx context.Context, c Call, _ *none) (list[connectors.Connector], error) {
			return listOf(s.Available(ctx, c.Scope))
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
		on("GET", "/connections/{id}/products", "connectors.read", "What the lender offers over a connection, as it says itself", func(ctx context.Context, c Call, in *ConnectionPath) (list[connectors.Product], error) {
			return listOf(s.Products(ctx, c.Scope, in.ID))
		}),
		on("GET", "/operations", "operations.read", "Work for connectors, the newest first", func(ctx context.Context, c Call, in *operationFilter) (list[connectors.Operation], error) {
			return listOf(s.List(ctx, c.Scope, in.Submission, in.State))
		}),
		on("POST", "/operations/{id}/retry", "operations.retry", "Try a failed operation again, under the same key", func(ctx context.Context, c Call, in *struct {
			ID ident.OperationID `path:"id"`
		}) (connectors.Operation, error) {
			return s.Retry(ctx, c.Scope, in.ID)
		}),
	}
}
