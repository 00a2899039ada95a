package accounts

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const (
	// PendingFor is how long a right password waits for the second factor: time to find the telephone.
	PendingFor = 10 * time.Minute
	// pendingTries is how often the second factor may be wrong before the password is asked for again.
	pendingTries = 5
)

// Entry is what a sign-in came to: a session's token, or one that waits for a second factor, with which ones there are.
type Entry struct {
	Token   string
	Pending string
	Factors []string // totp, recovery, passkey
}

// Proof is one thing that proves a person; exactly one is given.
type Proof struct {
	Password     string          `json:"password,omitempty" maxLength:"200" required:"false"`
	Code         string          `json:"code,omitempty" maxLength:"20" required:"false" doc:"Six digits of the app"`
	RecoveryCode string          `json:"recovery_code,omitempty" maxLength:"40" required:"false"`
	Passkey      json.RawMessage `json:"passkey,omitempty" required:"false" doc:"The authenticator's answer to POST /auth/passkey/options"`
}

func (p Proof) given() (n int) {
	for _, there := range []bool{p.Password != "", p.Code != "", p.RecoveryCode != "", len(p.Passkey) > 0} {
		if there {
			n++
		}
	}
	return n
}

var (
	errPending = fault.New(fault.Unauthenticated, "auth.pending", "This sign-in has ended. Begin again with your password.")
	errFactor  = fault.New(fault.Unauthenticated, "auth.factor", "This is not right, or was used before. Try the next code.")
	errProof   = fault.New(fault.Forbidden, "auth.proof", "This does not prove who you are. Nothing was done; try again.")
	errOne     = fault.Input("auth.one_proof", "", "Send exactly one proof of who you are.")
)

// enter opens a session, or holds the sign-in back until a second factor comes. A passkey that verified its user is two factors by itself. A link of the operator's command line is a whole sign-in too:
// whoever can make one holds the database's secrets, and could take the factor away as well.
func (s *Service) enter(ctx context.Context, user ident.UserID, agency ident.AgencyID, method string, from Origin) (Entry, error) {
	if method == "password" || method == "invite" {
		f, err := s.directory.Factors(ctx, user)
		if err != nil {
			return Entry{}, err
		}
		if f.Second() {
			token, hash := NewToken()
			return Entry{Pending: token, Factors: names(f)}, s.directory.HoldSignIn(ctx, hash, user, agency, PendingFor)
		}
	}
	return s.Open(ctx, user, agency, method, from)
}

func names(f tenancy.Factors) (out []string) {
	for _, o := range []struct {
		name  string
		there bool
	}{{"totp", f.TOTP}, {"recovery", f.RecoveryCodes > 0}, {"passkey", f.Passkeys > 0}} {
		if o.there {
			out = append(out, o.name)
		}
	}
	return out
}

// Open signs in somebody who has proved wholly who they are, by a method of tenancy.Arrival. Agency is where to; zero for wherever
// the person is at home.
func (s *Service) Open(ctx context.Context, user ident.UserID, agency ident.AgencyID, method string, from Origin) (Entry, error) {
	return s.open(ctx, user, agency, stepSignIn, method, from)
}

// open records a fresh session: a token from before a sign-in is never taken over. A person of one agency is in it at once.
func (s *Service) open(ctx context.Context, user ident.UserID, agency ident.AgencyID, step, method string, from Origin) (Entry, error) {
	if agency.IsZero() {
		places, err := s.directory.Agencies(ctx, user)
		if err != nil {
			return Entry{}, err
		}
		if len(places) > 0 {
			agency = places[0].Agency
		}
	}
	if err := s.note(ctx, user, step, method, done, from); err != nil {
		return Entry{}, err
	}
	token, hash := NewToken()
	_, err := s.directory.OpenSessionFrom(ctx, hash, user, agency, s.now().Add(SessionFor), from.arrival(method))
	return Entry{Token: token}, err
}

// SecondFactor completes a sign-in that was held back. Five wrong ones end it.
func (s *Service) SecondFactor(ctx context.Context, pending string, p Proof, from Origin) (Entry, error) {
	p.Password = "" // it was the first
	if p.given() != 1 {
		return Entry{}, errOne
	}
	user, agency, found, err := s.directory.TryHeld(ctx, Hash(pending), pendingTries)
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, errPending
	}
	method, err := s.prove(ctx, user, p, from)
	if err != nil {
		return Entry{}, s.unless(ctx, err, user, stepSecond, method, from, errFactor)
	}
	switch won, err := s.directory.TakeHeld(ctx, Hash(pending)); {
	case err != nil:
		return Entry{}, err
	case !won:
		return Entry{}, errPending
	}
	return s.open(ctx, user, agency, stepSecond, method, from)
}

// Verify renews a session's proof and returns its new token; the old one ends.
func (s *Service) Verify(ctx context.Context, id tenancy.Identity, p Proof, from Origin) (token string, err error) {
	p.RecoveryCode = "" // they are for whoever cannot sign in
	if p.given() != 1 {
		return "", errOne
	}
	user := id.Actor.User()
	method, err := s.prove(ctx, user, p, from)
	if err != nil {
		return "", s.unless(ctx, err, user, stepUp, method, from, errProof)
	}
	if err := s.note(ctx, user, stepUp, method, done, from); err != nil {
		return "", err
	}
	token, hash := NewToken()
	alive, err := s.directory.ProveSession(ctx, id.Actor.Session(), hash)
	if err == nil && !alive {
		err = fault.New(fault.Unauthenticated, "auth.ended", "This sign-in is not valid any more. Sign in again.")
	}
	return token, err
}

// unless passes what went wrong on our side, and slowness, and notes anything else as a refusal with the reason why.
func (s *Service) unless(ctx context.Context, err error, user ident.UserID, step, method string, from Origin, why error) error {
	if fault.Is(err, fault.Unauthenticated) {
		return s.refuse(ctx, user, step, method, from, why)
	}
	return err
}

// prove judges the one proof that is given; a wrong one is an error of kind Unauthenticated. What can be guessed is slowed down for
// the person as a whole; a passkey and a recovery code cannot, so they go past that.
func (s *Service) prove(ctx context.Context, user ident.UserID, p Proof, from Origin) (method string, err error) {
	switch {
	case len(p.Passkey) > 0:
		who, err := s.assert(ctx, p.Passkey, from)
		if err == nil && who != user {
			err = errFactor
		}
		return "passkey", err
	case p.RecoveryCode != "":
		ok, err := s.directory.SpendRecoveryCode(ctx, user, hashCode(p.RecoveryCode))
		return "recovery", failed(ok, err)
	}
	method = "totp"
	if p.Password != "" {
		method = "password"
	}
	if err := s.limits.try(ctx, perPerson(user.String())); err != nil {
		return method, err
	}
	ok := false
	if p.Password != "" {
		_, u, _, lookup := s.directory.Contact(ctx, user)
		ok, err = s.hasher.matches(u.PasswordHash, p.Password) && u.PasswordHash != "", lookup
	} else {
		ok, err = s.takeCode(ctx, user, p.Code, false)
	}
	if err = failed(ok, err); err == nil {
		s.limits.forget(ctx, perPerson(user.String()))
	}
	return method, err
}

func failed(ok bool, err error) error {
	if err == nil && !ok {
		return errFactor
	}
	return err
}
