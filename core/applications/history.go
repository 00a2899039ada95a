package applications

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Step is a line of a file's history.
type Step struct {
	Sequence int64                    `json:"sequence"`
	Event    string                   `json:"event"`
	From     []string                 `json:"from"`
	To       []string                 `json:"to"`
	Actor    Person                   `json:"actor"`
	Reason   string                   `json:"reason"`
	At       time.Time                `json:"at"`
	Outcome  string                   `json:"outcome"`
	Clauses  []workflow.ClauseOutcome `json:"clauses"`
	Digest   string                   `json:"digest"`
}

// History lists the macrosteps of a file, oldest first.
func (s *Service) History(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) ([]Step, error) {
	var entries []workflow.Entry
	names := people{}
	err := s.exists(ctx, scope, id, names.load(), instances.LoadHistory(&entries, ident.Instance(id)))
	return Steps(entries, names.named), err
}

// StepsOf reads the macrosteps of any instance, beside one load of the caller's, in one round trip.
func StepsOf(ctx context.Context, db *tenancy.DB, scope tenancy.Scope, id ident.InstanceID, also tenancy.Load) ([]Step, error) {
	var entries []workflow.Entry
	names := people{}
	err := db.Load(ctx, scope, names.load(), instances.LoadHistory(&entries, id), also)
	return Steps(entries, names.named), err
}

// Steps turns engine entries into lines with people's names.
func Steps(entries []workflow.Entry, named func(string) Person) []Step {
	out := []Step{}
	for _, e := range entries {
		out = append(out, Step{Sequence: e.Sequence, Event: e.Event, From: e.From, To: e.To, Actor: named(e.Actor.ID), Reason: e.Reason,
			At: e.At, Outcome: e.Outcome, Clauses: e.Clauses, Digest: e.Hash})
	}
	return out
}

// Replay runs a file's history again.
func (s *Service) Replay(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (out workflow.Replayed, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = s.engine.Replay(tx, ident.Instance(id))
		return err
	})
	return out, err
}

// Schedule lays out the payments of what is asked for.
func (s *Service) Schedule(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (products.Schedule, error) {
	a, err := s.Get(ctx, scope, id)
	if err != nil {
		return products.Schedule{}, err
	}
	return products.NewSchedule(a.AmountCents, a.NominalRateBPS, a.TermMonths), nil
}
