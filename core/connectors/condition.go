package connectors

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// Condition is how a connection's way to the other side is at present, over all programs that run. It speaks of the agency's own
// connection alone: that others go the same way, and how they fare, is not in it.
type Condition struct {
	Host    string     `json:"host" enum:"healthy,starting,failing,quarantined,refused,revoked,none" doc:"How the connector's program is: failing is started again in a moment, quarantined rests after too many crashes, none runs nowhere"`
	Breaker string     `json:"breaker" enum:"closed,half_open,open" doc:"Open: the other side has not answered and is left alone until retry_at; half_open: the next call tries whether it answers again"`
	RetryAt *time.Time `json:"retry_at" doc:"Of an open breaker: when the next call may try"`
	Why     string     `json:"why" enum:",unavailable,timeout,internal,other" doc:"What kind of error opened it"`
}

// Observer knows how the ways out are. cmd makes one of what running programs say.
type Observer interface {
	// Condition is that of an agency's connection with these settings.
	Condition(ctx context.Context, agency ident.AgencyID, connector string, config json.RawMessage) (Condition, error)
}

// Observe has connections say how they are. Without an observer they say nothing of it.
func (s *Service) Observe(o Observer) { s.observer = o }

// observed is a connection with its condition, when that is known at the moment.
func (s *Service) observed(ctx context.Context, agency ident.AgencyID, r connectionRow) Connection {
	out := r.connection()
	if s.observer == nil {
		return out
	}
	c, err := s.observer.Condition(ctx, agency, r.Connector, r.Config)
	if err != nil {
		slog.Warn("how connections are cannot be read", "error", err)
		return out
	}
	out.Condition = &c
	return out
}
