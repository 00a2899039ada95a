package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Deps are the services the interface speaks for; cmd builds them.
type Deps struct {
	DB        *tenancy.DB
	Directory *tenancy.Directory
	Networks  *tenancy.Networks
	News      News
	Health    map[string]func(context.Context) error // reported by /readyz, never gating
	Web       http.Handler                           // the workspace
	Secure    bool                                   // the public URL is https
}

// routes is the whole route table, feature by feature.
func routes(d Deps) []Route {
	return slices.Concat[[]Route]()
}

// Table lists every route with its action; it is golden-tested.
func Table(d Deps) []RouteInfo {
	var all []RouteInfo
	for _, r := range routes(d) {
		all = append(all, r.Info())
	}
	return all
}
