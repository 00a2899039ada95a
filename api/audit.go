package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/page"
)

func auditRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/audit", "audit.read", "Who did what, the newest first", func(ctx context.Context, c Call, in *audit.Filter) (page.Page[audit.Entry], error) {
			return audit.List(ctx, d.DB, c.Scope, *in)
		}),
	}
}
