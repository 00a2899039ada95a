package consents

import (
	"slices"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// View shows the person how their consent stands.
func (s *Service) View(tx *tenancy.Tx, id uuid.UUID) (callbacks.View, error) {
	r, err := s.fetch(tx, ident.BankConsentID{UUID: id}, false)
	if err != nil {
		return callbacks.View{}, err
	}
	v := callbacks.View{With: r.Name, Until: r.ValidUntil.String(), Reason: r.details.Reason}
	switch {
	case r.Ended, r.WithdrawnAt != nil:
		v.Stand = callbacks.Ended
	case r.State != "requested":
		v.Stand = callbacks.Done
	default:
		v.Stand, v.URL = r.details.Stand(tx.Now()), r.details.URL
	}
	return v, nil
}

// Begin asks the bank for the page where the person agrees. Where they had begun before, what is left of that at the bank ends: never are
// two consents agreed to for one that was asked for.
func (s *Service) Begin(tx *tenancy.Tx, id uuid.UUID, ip string) error {
	r, err := s.fetch(tx, ident.BankConsentID{UUID: id}, true)
	if err != nil || r.State != "requested" || r.WithdrawnAt != nil || !r.details.Begins(tx.Now()) {
		return err
	}
	if len(r.refs) > 0 {
		r.details.Left = append(r.details.Left, started{r.refs, r.details.Context})
		r.refs, r.details.Context, r.details.IBANs = []string{}, nil, nil
		if _, err := s.enqueue(tx, &r.Consent, connectors.RevokeConsent, connectors.Background, task{Left: len(r.details.Left)}); err != nil {
			return err
		}
	}
	asks, err := s.enqueue(tx, &r.Consent, connectors.StartConsent, connectors.Screen, task{})
	if err != nil {
		return err
	}
	r.details.Way = callbacks.Waits(tx.Now(), ip, asks)
	r.details.Return = callbacks.Door(tx, callbacks.Return, r.SubjectID, callbacks.BankConsent, r.ID.UUID, ends(r.ValidUntil))
	audit.Record(tx, "bank_consent.begun", r.ID, nil)
	return s.keep(tx, r)
}

// keep writes how far the person is, for whoever looks.
func (s *Service) keep(tx *tenancy.Tx, r *running) error {
	if err := save(tx, &r.Consent); err != nil {
		return err
	}
	return outbox.Tell(tx, "bank_consents", r.ID, r.Version)
}

// Returned goes on when the person has come back from the bank.
func (s *Service) Returned(tx *tenancy.Tx, id uuid.UUID, state ident.CallbackID) (string, error) {
	r, err := s.fetch(tx, ident.BankConsentID{UUID: id}, true)
	if err != nil {
		return "", err
	}
	if r.State != "requested" {
		return r.details.Token, nil
	}
	asks, err := s.enqueue(tx, &r.Consent, connectors.CompleteConsent, connectors.Screen, task{State: state.String()})
	if err != nil {
		return "", err
	}
	r.details.Way = callbacks.Returns(tx.Now(), asks)
	audit.Record(tx, "bank_consent.returned", r.ID, nil)
	return r.details.Token, s.keep(tx, r)
}

// referred are the consents at a connection that go by one of some names there.
const referred = `where c.connection_id = $2 and c.id in (select x.consent_id from bank_consent_refs x where x.reference = any($3)) and i.outcome is null order by c.id limit 50`

// Told asks anew about consents that the bank has news of.
func (s *Service) Told(tx *tenancy.Tx, connection ident.ConnectionID, references []string) error {
	var rows []Consent
	if err := tx.Load(load(&rows, referred, tx.Now(), connection, references)); err != nil {
		return err
	}
	for i := range rows {
		if !slices.Contains([]string{"requested", "valid", "expiring"}, rows[i].State) {
			continue
		}
		if _, err := s.enqueue(tx, &rows[i], connectors.GetConsent, connectors.Background, task{}); err != nil {
			return err
		}
	}
	return nil
}
