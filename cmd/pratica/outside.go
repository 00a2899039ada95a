package main

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/verifications"
)

// analyser is the connector that draws figures from transactions; it needs no connection.
const analyser = "cashflow"

// outsiders ask banks, bureaus and digital identities about people, and let in whoever comes back.
type outsiders struct {
	consents      *consents.Service
	reports       *creditreports.Service
	verifications *verifications.Service
	doors         *callbacks.Service
}

// outside puts them together.
func (a *app) outside(engine *instances.Engine, files *applications.Service, links *connectors.Service, sent *submissions.Service) outsiders {
	public := a.cfg.PublicURL
	links.CallbacksTo(public)
	o := outsiders{
		consents:      consents.New(a.db, engine, files, public, analyser, a.offering("open_banking")),
		reports:       creditreports.New(a.db, files, a.prices),
		verifications: verifications.New(a.db, files, public, a.offering("identity")),
		doors:         callbacks.New(a.db, a.directory, a.operator, a.callbackPaths),
	}
	o.doors.Admit(callbacks.BankConsent, o.consents)
	o.doors.Admit(callbacks.Verification, o.verifications)
	o.doors.Tell(o.consents)
	links.Deliver(o.consents.Takers())
	links.Deliver(o.reports.Takers())
	links.Deliver(o.verifications.Takers())
	links.Deliver(connectors.Takers{connectors.Callback: o.doors})
	files.Carry(o.reports.Before(sent))
	return o
}

// those lists the connectors with a capability.
func (a *app) those(ctx context.Context, capability string) ([]connectors.Connector, error) {
	known, err := a.caller.Available(ctx)
	return slices.DeleteFunc(known, func(c connectors.Connector) bool { return !slices.Contains(c.Capabilities, capability) }), err
}

// prices are what a report costs at most, by bureau.
func (a *app) prices(ctx context.Context) (map[string]int64, error) {
	bureaus, err := a.those(ctx, "credit_bureau")
	out := map[string]int64{}
	for _, c := range bureaus {
		out[c.Name] = int64(c.CostCents[connectors.RequestReport])
	}
	return out, err
}

// offering tells which connectors have a capability and which have not, of those whose description is known: one that is down may be neither.
func (a *app) offering(capability string) func(context.Context) (map[string]bool, error) {
	return func(ctx context.Context) (map[string]bool, error) {
		known, err := a.caller.Available(ctx)
		out := map[string]bool{}
		for _, c := range known {
			if len(c.Capabilities) > 0 {
				out[c.Name] = slices.Contains(c.Capabilities, capability)
			}
		}
		return out, err
	}
}

// callbackPaths are those a connector declares.
func (a *app) callbackPaths(ctx context.Context, name string) ([]string, error) {
	known, err := a.caller.Available(ctx)
	if i := slices.IndexFunc(known, func(c connectors.Connector) bool { return c.Name == name }); i >= 0 {
		return known[i].CallbackPaths, err
	}
	return nil, err
}
