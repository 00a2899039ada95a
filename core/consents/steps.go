package consents

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// moved writes what follows from a step.
func (s *Service) moved(tx *tenancy.Tx, r *running, result workflow.Result) (applications.Moved, error) {
	before := r.State
	r.State, r.Version = r.machine.State(), r.machine.Version
	r.StateTitle, r.Ended = r.machine.Machine.Template.StateTitle(r.State), r.machine.Instance.Ended != ""
	for _, a := range result.Actions {
		if err := s.act(tx, r, a); err != nil {
			return applications.Moved{}, err
		}
	}
	tx.Exec("update bank_consents set updated_at = $2 where id = $1", r.ID, tx.Now())
	if r.Ended {
		r.Link = nil
		forget(tx, r.ID)
	}
	out := applications.Moved{Outcome: result.Outcome, State: r.State, States: r.machine.Instance.States, Version: r.Version, Sequence: r.machine.Instance.Sequence, Blockers: result.Blockers}
	if err := outbox.Tell(tx, "bank_consents", r.ID, r.Version); err != nil {
		return out, err
	}
	if before == r.State {
		return out, nil
	}
	if before == "requested" && !r.Ended {
		if err := s.replaceOthers(tx, r); err != nil {
			return out, err
		}
	}
	return out, s.files.SubjectChanged(tx, r.SubjectID)
}

// replaceOthers ends older consents of the person at the same bank: this one stands in their place.
func (s *Service) replaceOthers(tx *tenancy.Tx, r *running) error {
	var older []Consent
	if err := tx.Load(load(&older, `where c.subject_id = $2 and c.connection_id = $3 and c.institution = $4 and c.id <> $5 and i.state in ('valid', 'expiring') order by c.id limit 50`,
		tx.Now(), r.SubjectID, r.ConnectionID, r.Institution, r.ID)); err != nil {
		return err
	}
	for _, c := range older {
		if err := outbox.Emit(tx, outbox.Event, c.ID, outbox.Signal{To: "bank_consents", Event: "replace"}); err != nil {
			return err
		}
	}
	return nil
}

// act carries out what a transition asks for; tasks and mails are the file's.
func (s *Service) act(tx *tenancy.Tx, r *running, a workflow.Action) error {
	switch _, method, _ := strings.Cut(a.Ref, "."); {
	case a.Do == "notify":
		return s.files.Notify(tx, r.app, a.Role, r.news())
	case a.Do != "connector.call":
		return s.files.Act(tx, r.app, a)
	case method == "fetch":
		_, err := s.read(tx, r)
		return err
	case method == "revoke":
		if len(r.refs) == 0 {
			return nil // the bank knows of nothing
		}
		_, err := s.enqueue(tx, &r.Consent, connectors.RevokeConsent, connectors.Background, task{})
		return err
	}
	return fault.New(fault.Internal, "connector.method", fmt.Sprintf("The template calls %q, which no connector has.", a.Ref))
}

// news says in a mail how a consent stands: the file by its number, the bank, the state.
func (r *running) news() applications.News {
	return applications.News{Subject: "Pratica " + r.app.Number + " · " + r.Name + ": " + r.StateTitle.IT,
		Text: "Il consenso alla lettura dei conti presso " + r.Name + " (pratica " + r.app.Number + ") è ora nello stato «" + r.StateTitle.IT + "».\n" +
			"The consent to read accounts at " + r.Name + " (file " + r.app.Number + ") is now in state \"" + r.StateTitle.EN + "\".\n"}
}

// Fire does what time alone brings about: the renewal, the end, a request that nobody came for.
func (s *Service) Fire(ctx context.Context, scope tenancy.Scope, id ident.BankConsentID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		for due := true; due; {
			r, err := s.fetch(tx, id, true)
			if err != nil {
				return err
			}
			w, err := r.world(tx)
			if err != nil {
				return err
			}
			var result workflow.Result
			if result, due, err = s.engine.Fire(tx, r.machine, w); err != nil {
				return err
			}
			if due {
				audit.Record(tx, "bank_consent.deadline", id, map[string]string{"outcome": result.Outcome})
				if _, err := s.moved(tx, r, result); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Stand gives a consent to a migration.
func (s *Service) Stand(tx *tenancy.Tx, id ident.InstanceID, lock bool) (instances.Standing, error) {
	r, err := s.fetch(tx, ident.BankConsentID(id), lock)
	if err != nil {
		return instances.Standing{}, err
	}
	return instances.Standing{Running: r.machine,
		World: func(_ time.Time) (workflow.World, error) { return r.world(tx) },
		Moved: func(detail map[string]string) error {
			audit.Record(tx, "bank_consent.migrated", r.ID, detail)
			_, err := s.moved(tx, r, workflow.Result{})
			return err
		}}, nil
}
