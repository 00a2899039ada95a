package main

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/instances"
)

// analyser is the connector that draws figures from transactions; it needs no connection.
const analyser = "cashflow"

// outside puts together what asks banks about people, and the doors through which they come back.
func (a *app) outside(engine *instances.Engine, files *applications.Service, links *connectors.Service) (*consents.Service, *callbacks.Service) {
	links.CallbacksTo(a.cfg.PublicURL)
	agreed := consents.New(a.db, engine, files, a.cfg.PublicURL, analyser)
	doors := callbacks.New(a.db, a.directory, a.operator, func(ctx context.Context, name string) ([]string, error) {
		known, err := a.caller.Available(ctx)
		if i := slices.IndexFunc(known, func(c connectors.Connector) bool { return c.Name == name }); i >= 0 {
			return known[i].CallbackPaths, err
		}
		return nil, err
	})
	doors.Admit(callbacks.BankConsent, agreed)
	doors.Tell(agreed)
	links.Deliver(agreed.Takers())
	links.Deliver(connectors.Takers{connectors.Callback: doors})
	return agreed, doors
}
