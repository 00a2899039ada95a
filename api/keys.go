package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/rotation"
)

func keyRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/agency/keys", "keys.read", "The agency's encryption keys with their ages; nothing of the keys themselves", func(ctx context.Context, c Call, _ *none) (list[rotation.Key], error) {
			return listOf(d.Rotation.Keys(ctx, c.Scope))
		}),
		on("POST", "/agency/keys/rotate", "keys.rotate", "Give the agency a new key, and wrap anew what the older ones hold", func(ctx context.Context, c Call, _ *none) (jobs.Job, error) {
			return d.Rotation.Rotate(ctx, c.Scope)
		}).accepted(),
	}
}
