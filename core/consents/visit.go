package consents

import (
	"slices"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// View shows the person how their consent stands.
func (s *Service) View(tx *tenancy.Tx, id uuid.UUID) (callbacks.View, error) {
	r, err := s.fetch(tx, ident.BankConsentID{UUID: id}, false)
	if err != nil {
		return callbacks.View{}, err
	}
	v := callbacks.View{With: r.Name, Until: r.ValidUntil.String(), Stand: callbacks.Wait, Reason: r.details.Reason}
	switch {
	case r.Ended:
		v.Stand = callbacks.Ended
	case r.State != "requested":
		v.Stand = callbacks.Done
	case r.details.Way == "redirect" && r.details.URL != "":
		v.Stand, v.URL = callbacks.Go, r.details.URL
	}
	return v, nil
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
	r.details.Way, r.details.URL = "wait", ""
	if err := save(tx, &r.Consent); err != nil {
		return "", err
	}
	audit.Record(tx, "bank_consent.returned", r.ID, nil)
	_, err = s.enqueue(tx, &r.Consent, connectors.CompleteConsent, connectors.Screen, task{State: state.String()})
	return r.details.Token, err
}

// Told asks anew about consents that the bank has news of.
func (s *Service) Told(tx *tenancy.Tx, connection ident.ConnectionID, references []string) error {
	var rows []Consent
	if err := tx.Load(load(&rows, `where c.connection_id = $2 and c.external_refs && $3 and i.outcome is null order by c.id limit 50`, tx.Now(), connection, references)); err != nil {
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
