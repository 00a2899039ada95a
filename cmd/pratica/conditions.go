package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/plugins/host"
)

// saidFor is how long what programs said is used before it is read again: a list of connections asks once for each.
const saidFor = time.Second

// conditions tell agencies how their connections are, by what every running program says of its connectors: the one that
// answers an agency is not the one that works for it.
type conditions struct {
	keeper catalogue.Keeper
	bank   func(connector string, config json.RawMessage) string

	mu   sync.Mutex
	read time.Time
	said [][]hostState // by program
}

// Condition implements connectors.Observer.
func (c *conditions) Condition(ctx context.Context, agency ident.AgencyID, connector string, config json.RawMessage) (connectors.Condition, error) {
	said, err := c.all(ctx)
	if err != nil {
		return connectors.Condition{}, err
	}
	return conditionOf(said, agency.String(), connector, breakers.Digest(c.bank(connector, config)), time.Now()), nil
}

func (c *conditions) all(ctx context.Context) ([][]hostState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.read) < saidFor {
		return c.said, nil
	}
	hosts, err := c.keeper.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	c.said = nil
	for _, h := range hosts {
		var states []hostState
		if json.Unmarshal(h.State, &states) == nil { // a program of another version may say what this one cannot read
			c.said = append(c.said, states)
		}
	}
	c.read = time.Now()
	return c.said, nil
}

// order are the states of a process, the best first.
var order = []host.State{host.Healthy, host.Starting, host.Backoff, host.Quarantined, host.Refused, host.Stopped}

// words are how agencies are told of a state, where it is not by its own name.
var words = map[host.State]string{host.Backoff: "failing", host.Stopped: "revoked"}

// conditionOf puts together what programs say: of each the best process that this agency's calls may go to (while a version is
// exchanged there are two), and of these the worst, since any of them may get the next operation.
func conditionOf(said [][]hostState, agency, connector, bank string, now time.Time) connectors.Condition {
	out := connectors.Condition{Host: "none", Breaker: "closed"}
	worst := -1
	for _, states := range said {
		best := len(order)
		for _, s := range states {
			if s.Connector != connector {
				continue
			}
			if at := slices.Index(order, s.State); at >= 0 && (s.Lane == "shared" || s.Lane == agency) {
				best = min(best, at)
			}
			for _, b := range s.Banks {
				if b.Bank == bank {
					out = resting(out, b, now)
				}
			}
		}
		if best < len(order) {
			worst = max(worst, best)
		}
	}
	if worst >= 0 {
		out.Host = cmp.Or(words[order[worst]], string(order[worst]))
	}
	return out
}

// resting adds what one program's breaker says: open weighs more than half open, and what is open longest most.
func resting(c connectors.Condition, b breakers.Rest, now time.Time) connectors.Condition {
	why := b.Why
	if !slices.Contains([]string{"unavailable", "timeout", "internal"}, why) {
		why = "other" // it is not known what the bank has done
	}
	switch open := b.State == "open" && b.Until.After(now); {
	case open && (c.RetryAt == nil || b.Until.After(*c.RetryAt)):
		c.Breaker, c.RetryAt, c.Why = "open", &b.Until, why
	case !open && c.Breaker == "closed":
		c.Breaker, c.Why = "half_open", why
	}
	return c
}
