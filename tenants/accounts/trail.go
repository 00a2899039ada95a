package accounts

import (
	"context"
	"log/slog"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Steps and outcomes of a trail.
const (
	stepSignIn = "sign_in"
	stepSecond = "second_factor"
	stepUp     = "step_up"
	stepFactor = "factor" // one was added or taken away
	done       = "done"
	refused    = "refused"
)

// note writes a line of a person's trail before what it tells takes effect: what cannot be written down does not happen. The
// agencies the person works for learn of refusals, of confirmations and of changed factors; a sign-in that went well they see
// in what the person does.
func (s *Service) note(ctx context.Context, user ident.UserID, step, method, outcome string, from Origin) error {
	a := from.arrival(method)
	fresh, err := s.directory.Trail(ctx, user, tenancy.Attempt{Step: step, Method: method, Outcome: outcome, Device: a.Device, Network: a.Network})
	if err != nil {
		return err
	}
	if fresh && step != stepFactor { // factors have a mail of their own
		s.later(ctx, func(ctx context.Context) error { return s.mail(ctx, user, deviceMail(a, s.now())) })
	}
	if s.parts.Audit == nil || (outcome == done && (step == stepSignIn || step == stepSecond)) {
		return nil
	}
	places, err := s.directory.Agencies(ctx, user)
	if err != nil {
		return err
	}
	for _, p := range places {
		if err := s.parts.Audit(ctx, p.Agency, user, step+"."+outcome, map[string]string{"method": method}); err != nil {
			return err
		}
	}
	return nil
}

// refuse notes a refusal and returns its reason; that it could not be noted is the worse news.
func (s *Service) refuse(ctx context.Context, user ident.UserID, step, method string, from Origin, why error) error {
	if err := s.note(ctx, user, step, method, refused, from); err != nil {
		return err
	}
	return why
}

// refuseEmail notes a wrong password. Whose e-mail it is, and whether anybody's, is looked up afterwards: the answer
// takes as long for an unknown one.
func (s *Service) refuseEmail(ctx context.Context, email string, from Origin) {
	s.later(ctx, func(ctx context.Context) error {
		user, found, err := s.directory.User(ctx, email)
		if err != nil || !found {
			return err
		}
		return s.note(ctx, user.ID, stepSignIn, "password", refused, from)
	})
}

// mail writes to a person in their language.
func (s *Service) mail(ctx context.Context, user ident.UserID, in map[string]message) error {
	email, u, found, err := s.directory.Contact(ctx, user)
	if err != nil || !found || s.mailer == nil {
		return err
	}
	m := in[u.Locale]
	return s.mailer.Send(ctx, email, m.subject, m.text)
}

const (
	choresWaiting = 1000            // what may wait for Serve; beyond it a request waits
	choresFor     = 5 * time.Second // for what waits when the server stops
)

// later leaves work to Serve. It waits while too much waits already, for known and unknown people alike.
func (s *Service) later(ctx context.Context, work func(context.Context) error) {
	select {
	case s.chores <- work:
	case <-ctx.Done():
		slog.Warn("a line of a sign-in trail or its mail was lost: too many wait")
	}
}

func chore(ctx context.Context, work func(context.Context) error) {
	if err := work(ctx); err != nil {
		slog.Warn("a line of a sign-in trail or its mail was lost", "error", err)
	}
}

// finish does what still waits when the server stops.
func (s *Service) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), choresFor)
	defer cancel()
	for {
		select {
		case work := <-s.chores:
			chore(ctx, work)
		default:
			return
		}
	}
}
