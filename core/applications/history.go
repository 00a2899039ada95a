package applications

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Step is a line of a machine's history, with the words of the template it is pinned to.
type Step struct {
	Sequence   int64                    `json:"sequence"`
	Event      string                   `json:"event"`
	EventTitle workflow.Text            `json:"event_title"`
	From       []string                 `json:"from"`
	FromTitles []workflow.Text          `json:"from_titles"`
	To         []string                 `json:"to"`
	ToTitles   []workflow.Text          `json:"to_titles"`
	Actor      Person                   `json:"actor"`
	For        *Person                  `json:"for" doc:"The absent member for whom the actor, their delegate, approved"`
	Reason     string                   `json:"reason"`
	Payload    map[string]any           `json:"payload" doc:"What came with the event: a reason code, a lender's words"`
	At         time.Time                `json:"at"`
	Outcome    string                   `json:"outcome"`
	Clauses    []workflow.ClauseOutcome `json:"clauses"`
	Digest     string                   `json:"digest"`
}

// History pages through the macrosteps of a file, the newest first.
func (s *Service) History(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, q page.Query) (page.Page[Step], error) {
	return StepsOf(ctx, s.db, s.engine, scope, ident.Instance(id), q, errMissing)
}

// StepsOf reads a page of the macrosteps of any instance, the newest first, in one round trip, once its template is in memory;
// miss when there is no such instance.
func StepsOf(ctx context.Context, db *tenancy.DB, engine *instances.Engine, scope tenancy.Scope, id ident.InstanceID, q page.Query, miss error) (page.Page[Step], error) {
	var none page.Page[Step]
	var before int64
	if _, err := q.Key(&before); err != nil {
		return none, err
	}
	var entries []workflow.Entry
	var pinned ident.WorkflowID
	names := people{}
	err := db.Load(ctx, scope, tenancy.Value(&pinned, "select workflow_version_id from instances where id = $1", id), names.load(), instances.LoadHistory(&entries, id, before, q.Size()+1))
	if err == nil && pinned.IsZero() {
		err = miss
	}
	if err != nil {
		return none, err
	}
	m, err := engine.Pinned(ctx, db, scope, pinned)
	if err != nil {
		return none, err
	}
	out := []Step{}
	for _, e := range entries {
		var absent *Person
		if e.Actor.For != "" {
			p := names.named(e.Actor.For)
			absent = &p
		}
		out = append(out, Step{For: absent, Sequence: e.Sequence, Event: e.Event, EventTitle: eventTitle(m, e), From: orEmpty(e.From), FromTitles: titles(m, e.From), To: orEmpty(e.To),
			ToTitles: titles(m, e.To), Actor: names.named(e.Actor.ID), Reason: e.Reason, Payload: e.Payload, At: e.At, Outcome: e.Outcome, Clauses: e.Clauses, Digest: e.Hash})
	}
	return page.Of(out, q.Size(), func(s Step) int64 { return s.Sequence }), nil
}

// eventTitle names what happened; a macrostep without an event is the start, or data that changed.
func eventTitle(m *workflow.Machine, e workflow.Entry) workflow.Text {
	if i := m.Invariant(e.Invariant); i != nil {
		text := i.Words()
		return workflow.Text{EN: "Waived: " + text.EN, IT: "Deroga: " + text.IT}
	}
	if d := m.Event(e.Event); d != nil {
		return d.Words()
	}
	if e.Migration != nil {
		return workflow.Text{EN: "Moved to another version of the process", IT: "Passata a un'altra versione del processo"}
	}
	if e.Sequence <= 1 {
		return workflow.Text{EN: "Opened", IT: "Aperta"}
	}
	return workflow.Text{EN: "Data changed", IT: "Dati modificati"}
}

func titles(m *workflow.Machine, states []string) []workflow.Text {
	out := []workflow.Text{}
	for _, s := range states {
		out = append(out, m.Template.StateTitle(s))
	}
	return out
}

var errErased = fault.New(fault.Conflict, "application.erased", "What this file held of people was erased when its time was over. Who moved it when is still there; facts and reasons are not, so nothing can be run again.")

// Replay runs a file's history again; application.erased (409) when what it ran on was erased.
func (s *Service) Replay(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (out workflow.Replayed, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		erased := false
		if err := tx.Load(tenancy.Value(&erased, `select erased_at is not null from applications where id = $1`, id)); err != nil {
			return err
		}
		if erased {
			return errErased
		}
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
