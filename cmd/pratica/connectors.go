package main

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/connectors"
)

// absent answers for a platform without connector programs: lenders are served by hand.
type absent struct{}

// Call says that nothing can be reached and nothing was sent.
func (absent) Call(context.Context, string, string, connectors.Call, json.RawMessage) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "unavailable", Code: "no_connectors", SideEffect: "none"}}
}

// Available lists nothing.
func (absent) Available(context.Context) ([]connectors.Connector, error) { return nil, nil }
