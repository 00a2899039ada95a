package consents

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Own is a consent as the person in the portal sees it.
type Own struct {
	ID         ident.BankConsentID `json:"id"`
	Name       string              `json:"institution_name"`
	State      string              `json:"state" enum:"asked,valid,ending,ended" doc:"ending: withdrawn here, and the agency's side follows"`
	ValidUntil calendar.Date       `json:"valid_until" doc:"The last day, in Rome"`
	Link       *Link               `json:"link" doc:"Where to agree, while it is asked for"`
	LastReadAt *time.Time          `json:"last_read_at"`
	CreatedAt  time.Time           `json:"created_at"`
}

// own is a consent in short.
func (c *Consent) own() Own {
	o := Own{ID: c.ID, Name: c.Name, State: "valid", ValidUntil: c.ValidUntil, Link: c.Link, CreatedAt: c.CreatedAt}
	if c.LastRead != nil {
		o.LastReadAt = &c.LastRead.StartedAt
	}
	switch {
	case c.Ended:
		o.State = "ended"
	case c.WithdrawnAt != nil:
		o.State, o.Link = "ending", nil
	case c.State == "requested":
		o.State = "asked"
	}
	return o
}

// Owned lists the consents of the person in the portal, the newest first.
func (s *Service) Owned(ctx context.Context, scope tenancy.Scope) ([]Own, error) {
	list, err := s.Of(ctx, scope, scope.Actor().Subject())
	out := []Own{}
	for i := range list {
		out = append(out, list[i].own())
	}
	return out, err
}

// withdraw is the event by which a person takes their consent back. It is no template's: see Send.
const withdraw = "withdraw"

// Withdraw takes back a consent of the person in the portal. They see no more of the agency than what is theirs, so what follows from it,
// for the file and at the bank, is the platform's to do: an event carries it there.
func (s *Service) Withdraw(ctx context.Context, scope tenancy.Scope, id ident.BankConsentID) (out Own, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Consent
		if err := tx.Load(load(&rows, `where c.id = $2 and c.subject_id = $3 for update of c`, tx.Now(), id, scope.Actor().Subject())); err != nil {
			return err
		}
		if len(rows) == 0 {
			return errMissing
		}
		c := &rows[0]
		if now := tx.Now(); !c.Ended && c.WithdrawnAt == nil {
			c.WithdrawnAt = &now
			tx.Exec(`update bank_consents set withdrawn_at = $2, updated_at = $2 where id = $1`, c.ID, now)
			over(tx, c.ID)
			audit.Record(tx, "bank_consent.withdrawn", c.ID, nil)
			if err := outbox.Emit(tx, outbox.Event, c.ID, outbox.Signal{To: "bank_consents", Event: withdraw}); err != nil {
				return err
			}
		}
		out = c.own()
		return tx.Answer(out)
	})
	return out, err
}

// withdrawn ends a consent for its person. It is theirs to take back whatever roles a template lets revoke: they act with those. Where a
// template has no place for it the machine stays where it is, until the bank says that it is over; nothing is read any more all the same, and
// guards have seen it as over since it was withdrawn.
func (s *Service) withdrawn(tx *tenancy.Tx, r *running) (out applications.Moved, err error) {
	actor := workflow.Actor{ID: r.SubjectID.String()}
	if revoke := r.machine.Machine.Event("revoke"); revoke != nil {
		actor.Roles = revoke.Roles()
	}
	out, err = s.send(tx, r, applications.Send{Event: "revoke", Reason: "client"}, actor)
	if err != nil && !r.Ended && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused)) {
		forget(tx, r.ID)
		if err = s.act(tx, r, workflow.Action{Do: "connector.call", Ref: "openbanking.revoke"}); err == nil {
			err = s.files.SubjectChanged(tx, r.SubjectID)
		}
	}
	if err != nil {
		return out, err
	}
	return out, s.files.Notify(tx, r.app, "broker", r.news())
}
