package applications

import (
	"context"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/plan"
)

// Send is an event somebody sends to a file.
type Send struct {
	Event   string
	Reason  string
	Payload map[string]any
}

// Moved is what an event came to.
type Moved struct {
	Outcome  string             `json:"outcome" enum:"fired,recorded"`
	State    string             `json:"state"`
	States   []string           `json:"states"`
	Version  int                `json:"version"`
	Sequence int64              `json:"sequence"`
	Blockers []workflow.Blocker `json:"blockers"`
}

// Tag is the version answered as ETag.
func (m Moved) Tag() int { return m.Version }

// Send offers an event to the file's machine: two round trips, lock and read, then write and commit.
// version is the one the caller saw; 0 for the platform's own events.
func (s *Service) Send(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, in Send) (Moved, error) {
	var out Moved
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, true)
		if err != nil {
			return err
		}
		if version != 0 && f.Version != version {
			return errStale
		}
		w, err := f.World(tx.Now())
		if err != nil {
			return err
		}
		ev := workflow.Event{Name: in.Event, Reason: in.Reason, Payload: in.Payload, Actor: workflow.Actor{ID: scope.Actor().ID(), Roles: tx.Roles()}}
		result, err := s.engine.Send(tx, f.Machine, ev, w)
		if err != nil {
			return err
		}
		audit.Record(tx, "application.event", id, map[string]string{"event": in.Event, "outcome": result.Outcome})
		if err := s.moved(tx, f, result); err != nil {
			return err
		}
		out = movedTo(f, result)
		return tx.Answer(out)
	})
	return out, err
}

func movedTo(f *File, result workflow.Result) Moved {
	return Moved{Outcome: result.Outcome, State: f.State, States: f.States, Version: f.Version, Sequence: f.Machine.Instance.Sequence, Blockers: result.Blockers}
}

// Recompute lets a file's machine see data that changed elsewhere: a document, a subject, a submission.
func (s *Service) Recompute(tx *tenancy.Tx, id ident.ApplicationID, cause string) error {
	f, err := s.Fetch(tx, id, true)
	if err != nil || f.Outcome != nil {
		return err
	}
	return s.settled(tx, f, cause, nil)
}

// Fire fires the deadlines of a file that are due.
func (s *Service) Fire(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, true)
		if err != nil {
			return err
		}
		for due := true; due; {
			w, err := f.World(tx.Now())
			if err != nil {
				return err
			}
			var result workflow.Result
			if result, due, err = s.engine.Fire(tx, f.Machine, w); err != nil {
				return err
			}
			if result.Stale {
				audit.Record(tx, "application.deadline_stale", id, nil)
			}
			if due {
				audit.Record(tx, "application.deadline", id, map[string]string{"outcome": result.Outcome})
				if err := s.moved(tx, f, result); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Act carries out what a transition asks for in this package's own house, and hands the rest upward.
func (s *Service) Act(tx *tenancy.Tx, f *File, a workflow.Action) error {
	switch a.Do {
	case "task.create":
		title := workflow.Text{EN: a.Do, IT: a.Do}
		if a.Title != nil {
			title = *a.Title
		}
		var role *string
		if a.Role != "" {
			role = &a.Role
		}
		id := ident.NewTask()
		insertTask(tx, id, f.ID, title, role, nil, dueOn(tx.Now(), a.Due), "workflow")
		return outbox.Tell(tx, "tasks", id, 1)
	case "notify":
		return s.Notify(tx, f, a.Role, f.news())
	}
	return s.effects.Apply(tx, f, a)
}

func dueOn(now time.Time, within string) *calendar.Date {
	at, ok := workflow.After(now, within)
	if !ok {
		return nil
	}
	day := calendar.Of(at)
	return &day
}

// News is a mail about a file: numbers, names of lenders and states, no personal data.
type News struct{ Subject, Text string }

func (f *File) news() News {
	return News{
		Subject: "Pratica " + f.Number + ": " + f.StateTitle.IT,
		Text: "La pratica " + f.Number + " è ora nello stato «" + f.StateTitle.IT + "».\n" +
			"File " + f.Number + " is now in state \"" + f.StateTitle.EN + "\".\n",
	}
}

// Notify mails the file's owner when they hold the role, else the role's members.
func (s *Service) Notify(tx *tenancy.Tx, f *File, role string, news News) error {
	return outbox.MailRole(tx, f.ID, role, f.Owner.ID, news.Subject, news.Text)
}

// Plan is the shortest way of a file to a state of its template: what must be cleared and sent, and by whom.
func (s *Service) Plan(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, to string) (out plan.Plan, err error) {
	err = s.look(ctx, scope, id, func(tx *tenancy.Tx, f *File) error {
		m := f.Machine.Machine
		if _, err := m.Configuration(to); err != nil {
			return fault.Input("state.unknown", "/to", "The workflow of this file has no such state: it has "+strings.Join(m.StateNames(), ", ")+".")
		}
		w, err := f.World(tx.Now())
		w.Reader = tx.Roles()
		if err == nil {
			out = plan.To(m, f.Machine.Instance, to, w)
		}
		return err
	})
	return out, err
}

// look gives fn a file in a read-only transaction.
func (s *Service) look(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, fn func(*tenancy.Tx, *File) error) error {
	return s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, false)
		if err != nil {
			return err
		}
		return fn(tx, f)
	})
}

// Ratios computes the file's ratios with their working. It only reads, in a transaction that can note what was shown.
func (s *Service) Ratios(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (out Ratios, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, false)
		if err != nil {
			return err
		}
		out = f.Ratios
		out.DTI.mask(tx.May)
		return nil
	})
	return out, err
}
