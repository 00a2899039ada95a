package verifications

import (
	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// View shows the person how their verification stands.
func (s *Service) View(tx *tenancy.Tx, id uuid.UUID) (callbacks.View, error) {
	v, err := fetch(tx, ident.VerificationID{UUID: id}, "")
	if err != nil {
		return callbacks.View{}, err
	}
	out := callbacks.View{With: names[v.Provider]}
	switch v.State {
	case "refused":
		out.Stand, out.Reason = callbacks.Ended, *v.Refusal
	case "verified":
		out.Stand = callbacks.Done
	default:
		out.Stand, out.URL = v.details.Stand(tx.Now()), v.details.URL
	}
	return out, nil
}

// Begin asks the digital identity for the page where the person proves who they are.
func (s *Service) Begin(tx *tenancy.Tx, id uuid.UUID, ip string) error {
	v, err := fetch(tx, ident.VerificationID{UUID: id}, " for update of v")
	if err != nil || v.State != "started" || !v.details.Begins(tx.Now()) {
		return err
	}
	asks, err := s.enqueue(tx, v, connectors.StartVerification, task{Verification: v.ID})
	if err != nil {
		return err
	}
	v.details.Way = callbacks.Waits(tx.Now(), ip, asks)
	v.details.Return = callbacks.Door(tx, callbacks.Return, v.SubjectID, callbacks.Verification, v.ID.UUID, v.Expires)
	audit.Record(tx, "verification.begun", v.ID, nil)
	return save(tx, v)
}

// Returned goes on when the person has come back.
func (s *Service) Returned(tx *tenancy.Tx, id uuid.UUID, state ident.CallbackID) (string, error) {
	v, err := fetch(tx, ident.VerificationID{UUID: id}, " for update of v")
	if err != nil {
		return "", err
	}
	if v.State != "started" {
		return v.details.Token, nil
	}
	asks, err := s.enqueue(tx, v, connectors.CompleteVerification, task{Verification: v.ID, State: state})
	if err != nil {
		return "", err
	}
	v.details.Way = callbacks.Returns(tx.Now(), asks)
	return v.details.Token, save(tx, v)
}
