package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// WebhookPath names an endpoint of an agency's own systems in the address. Exported because huma reads embedded fields only then.
type WebhookPath struct {
	ID ident.WebhookID `path:"id"`
}

func webhookRoutes(d Deps) []Route {
	s := d.Webhooks
	return []Route{
		on("GET", "/webhook-types", "webhooks.read", "The types of events that can be subscribed to, with an example of each as it is posted", func(ctx context.Context, c Call, _ *none) (list[webhooks.Kind], error) {
			return listOf(s.Types(ctx, c.Scope))
		}),
		on("GET", "/webhooks", "webhooks.read", "The addresses of the agency's own systems that are told what happens; secrets and queries are never read back", func(ctx context.Context, c Call, _ *none) (list[webhooks.Endpoint], error) {
			return listOf(s.List(ctx, c.Scope))
		}),
		on("POST", "/webhooks", "webhooks.write", "Register an address; the secret that its deliveries are signed with is shown once", func(ctx context.Context, c Call, in *struct{ Body webhooks.Input }) (webhooks.NewEndpoint, error) {
			return s.Create(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/webhooks/{id}", "webhooks.read", "One address", func(ctx context.Context, c Call, in *WebhookPath) (webhooks.Endpoint, error) {
			return s.Get(ctx, c.Scope, in.ID)
		}),
		on("PATCH", "/webhooks/{id}", "webhooks.write", "Change an address, pause it, or take it up again", func(ctx context.Context, c Call, in *struct {
			WebhookPath
			Body webhooks.Patch
		}) (webhooks.Endpoint, error) {
			return s.Change(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("DELETE", "/webhooks/{id}", "webhooks.write", "Take an address away, with what waits for it", func(ctx context.Context, c Call, in *WebhookPath) (None, error) {
			return None{}, s.Delete(ctx, c.Scope, in.ID, c.Version)
		}).matched(),
		on("POST", "/webhooks/{id}/rotate-secret", "webhooks.write", "Make a new secret; for a day deliveries are signed with both", func(ctx context.Context, c Call, in *WebhookPath) (webhooks.NewEndpoint, error) {
			return s.Rotate(ctx, c.Scope, in.ID)
		}),
		on("POST", "/webhooks/{id}/test", "webhooks.replay", "Send a test event", func(ctx context.Context, c Call, in *WebhookPath) (webhooks.Delivery, error) {
			return s.Ping(ctx, c.Scope, in.ID)
		}),
		on("GET", "/webhooks/{id}/deliveries", "webhooks.read", "What was sent or waits, the newest first", func(ctx context.Context, c Call, in *struct {
			WebhookPath
			webhooks.Filter
		}) (page.Page[webhooks.Delivery], error) {
			return s.Deliveries(ctx, c.Scope, in.ID, in.Filter)
		}),
		on("POST", "/webhooks/{id}/deliveries/{eventId}/replay", "webhooks.replay", "Send one event again, under the same id", func(ctx context.Context, c Call, in *struct {
			WebhookPath
			EventID ident.EventID `path:"eventId"`
		}) (webhooks.Delivery, error) {
			return s.Replay(ctx, c.Scope, in.ID, in.EventID)
		}),
		on("POST", "/webhooks/{id}/replay", "webhooks.replay", "Send again whatever has failed since an instant", func(ctx context.Context, c Call, in *struct {
			WebhookPath
			Body webhooks.Since
		}) (webhooks.Replayed, error) {
			return s.ReplayFailed(ctx, c.Scope, in.ID, in.Body)
		}),
	}
}
