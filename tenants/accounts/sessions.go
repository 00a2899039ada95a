package accounts

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Session is one of a person's open sessions as they see it.
type Session struct {
	ID        ident.SessionID `json:"id"`
	Device    string          `json:"device" doc:"In words, as the browser says: Firefox, Windows; empty when unknown"`
	Network   string          `json:"network" doc:"Where it was opened from, cut to /24 or /48"`
	Method    string          `json:"method" enum:"password,totp,recovery,passkey,link,invite,oidc"`
	CreatedAt time.Time       `json:"created_at"`
	SeenAt    time.Time       `json:"seen_at" doc:"Last use, to the minute"`
	Current   bool            `json:"current"`
}

// Attempt is a line of a person's trail as they see it.
type Attempt struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step" enum:"sign_in,second_factor,step_up,factor"`
	Method  string    `json:"method"`
	Outcome string    `json:"outcome" enum:"done,refused"`
	Device  string    `json:"device"`
	Network string    `json:"network"`
}

// Sessions lists a person's open sessions, last used first.
func (s *Service) Sessions(ctx context.Context, id tenancy.Identity) ([]Session, error) {
	rows, err := s.directory.Sessions(ctx, id.Actor.User())
	out := make([]Session, len(rows))
	for i, r := range rows {
		out[i] = Session{r.ID, r.Device, r.Network, r.Method, r.CreatedAt, r.SeenAt, r.ID == id.Actor.Session()}
	}
	return out, err
}

// EndSession ends one of a person's sessions.
func (s *Service) EndSession(ctx context.Context, id tenancy.Identity, session ident.SessionID) error {
	ended, err := s.directory.EndSession(ctx, id.Actor.User(), session)
	if err == nil && !ended {
		return fault.Missing("session")
	}
	return err
}

// EndOtherSessions ends a person's sessions but this one.
func (s *Service) EndOtherSessions(ctx context.Context, id tenancy.Identity) error {
	return s.directory.EndOtherSessions(ctx, id.Actor.User(), id.Actor.Session())
}

// Attempts lists what was tried with a person's account in the last 90 days, newest first, at most 200.
func (s *Service) Attempts(ctx context.Context, id tenancy.Identity) ([]Attempt, error) {
	rows, err := s.directory.Attempts(ctx, id.Actor.User())
	out := make([]Attempt, len(rows))
	for i, r := range rows {
		out[i] = Attempt(r)
	}
	return out, err
}
