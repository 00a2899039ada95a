package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/search"
)

func searchRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/search", "search.read", "People, properties and files by name, number, code or address", func(ctx context.Context, c Call, in *struct {
			Words string `query:"q" minLength:"2" maxLength:"100" required:"true"`
		}) (list[search.Hit], error) {
			return listOf(d.Search.Find(ctx, noteSearch(c.Scope, in.Words), in.Words))
		}),
	}
}
