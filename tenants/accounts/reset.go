package accounts

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// resetsWaiting bounds how many requests for a new password wait for the mail server.
const resetsWaiting = 100

// AskReset has a reset link mailed if the e-mail is known. Whether it is known is looked up afterwards, by Serve: the
// answer is the same either way, and takes as long.
func (s *Service) AskReset(ctx context.Context, email string, from Origin) error {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := s.limits.try(ctx, perReset(email), perAddress(from.Address)); err != nil {
		return err
	}
	select {
	case s.resets <- email:
		return nil
	default:
		e := fault.New(fault.Unavailable, "auth.reset_busy", "Too many people ask for a new password right now. Try again in a minute.")
		e.Retry = time.Minute
		return e
	}
}

// Serve mails the links that were asked for, and writes the trails of wrong passwords, until ctx ends. A link that still waits then
// is asked for again by whoever needs it; a trail is written to its end.
func (s *Service) Serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			s.finish(ctx)
			return
		case work := <-s.chores:
			chore(ctx, work)
		case email := <-s.resets:
			if err := s.mailReset(ctx, email); err != nil {
				slog.Warn("a link for a new password was not mailed", "error", err)
			}
		}
	}
}

func (s *Service) mailReset(ctx context.Context, email string) error {
	user, found, err := s.directory.User(ctx, email)
	if err != nil || !found {
		return err
	}
	token, hash := NewToken()
	if err := s.directory.IssueToken(ctx, hash, "reset", user.ID, ident.AgencyID{}, s.now().Add(ResetFor)); err != nil {
		return err
	}
	m := resetMail(user.Locale, s.public+"/reset/"+token)
	return s.mailer.Send(ctx, email, m.subject, m.text)
}

// Reset sets a new password by a reset link and ends every session of the person. It signs nobody in: a second factor is still asked
// for. Whoever has the mailbox is not slowed down for what others tried.
func (s *Service) Reset(ctx context.Context, link, password string, from Origin) error {
	id, encoded, err := s.follow(ctx, link, "reset", "", password, from)
	if err != nil {
		return err
	}
	user, _, found, err := s.directory.SpendToken(ctx, Hash(link), "reset")
	if err != nil {
		return err
	}
	if !found {
		return errLink
	}
	if err := s.directory.SetPassword(ctx, user, encoded); err != nil {
		return err
	}
	s.limits.forget(ctx, perEmail(id.Email))
	return s.directory.CloseSessions(ctx, user)
}
