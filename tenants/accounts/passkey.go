package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// challengeFor is how long an authenticator may take to answer.
const challengeFor = 5 * time.Minute

// Options is what a browser hands to navigator.credentials: its publicKey, in the JSON form of WebAuthn.
type Options struct {
	PublicKey any `json:"publicKey"`
}

// Passkey is one of a person's keys as they see it.
type Passkey struct {
	ID         ident.PasskeyID `json:"id"`
	Name       string          `json:"name"`
	CreatedAt  time.Time       `json:"created_at"`
	LastUsedAt *time.Time      `json:"last_used_at"`
	Cloned     bool            `json:"cloned" doc:"It seems to exist twice and opens nothing any more; remove it"`
}

var (
	errPasskeyHost = fault.New(fault.Refused, "auth.passkey_host", "Passkeys need a host name. Open Pratica under its name, or localhost, instead of an IP address (PRATICA_PUBLIC_URL).")
	errPasskeyAdd  = fault.Input("auth.passkey_invalid", "/passkey", "This authenticator's answer cannot be taken. Ask for new options and try again.")
	errPasskeyDup  = fault.New(fault.Conflict, "auth.passkey_exists", "This passkey is known already, or there are twenty. Remove one first.")
	errPasskey     = fault.New(fault.Unauthenticated, "auth.passkey", "This passkey does not open anything here, or took too long. Try again, or sign in another way.")
)

// relying is this installation as authenticators know it; nil when its address has no name that a key could be bound to.
func relying(public string) *webauthn.WebAuthn {
	u, err := url.Parse(public)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Pratica", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil
	}
	return w
}

// holder is a person as the library wants one. Their handle is the user id: random enough, and it names nobody.
type holder struct {
	id          ident.UserID
	email, name string
	keys        []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.id.UUID[:] }
func (h holder) WebAuthnName() string                       { return h.email }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// Passkeys lists a person's keys.
func (s *Service) Passkeys(ctx context.Context, id tenancy.Identity) ([]Passkey, error) {
	rows, err := s.directory.Passkeys(ctx, id.Actor.User())
	out := make([]Passkey, len(rows))
	for i, r := range rows {
		out[i] = Passkey{r.ID, r.Name, r.CreatedAt, r.LastUsedAt, r.Cloned}
	}
	return out, err
}

// NewPasskey is what an authenticator is asked when a person adds it.
func (s *Service) NewPasskey(ctx context.Context, id tenancy.Identity) (Options, error) {
	if s.relying == nil {
		return Options{}, errPasskeyHost
	}
	rows, err := s.directory.Passkeys(ctx, id.Actor.User())
	if err != nil {
		return Options{}, err
	}
	h := holder{id: id.Actor.User(), email: id.Email, name: id.Name}
	for _, r := range rows {
		c, err := credential(r)
		if err != nil {
			return Options{}, err
		}
		h.keys = append(h.keys, c)
	}
	creation, ceremony, err := s.relying.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return Options{}, fmt.Errorf("begin a passkey: %w", err)
	}
	return Options{creation.Response}, s.keep(ctx, ceremony, h.id)
}

// AddPasskey takes an authenticator's answer. A first second factor comes with recovery codes, which are shown this once.
func (s *Service) AddPasskey(ctx context.Context, id tenancy.Identity, name string, answer json.RawMessage, from Origin) (p Passkey, codes []string, err error) {
	if s.relying == nil {
		return p, nil, errPasskeyHost
	}
	user := id.Actor.User()
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return p, nil, errPasskeyAdd
	}
	asked, ceremony, err := s.take(ctx, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return p, nil, err
	}
	if ceremony == nil || asked != user {
		return p, nil, s.refuse(ctx, user, stepFactor, "passkey", from, errPasskeyAdd)
	}
	made, err := s.relying.CreateCredential(holder{id: user, email: id.Email, name: id.Name}, *ceremony, parsed)
	if err != nil {
		return p, nil, s.refuse(ctx, user, stepFactor, "passkey", from, errPasskeyAdd)
	}
	record, err := json.Marshal(made)
	if err != nil {
		return p, nil, fmt.Errorf("keep a passkey: %w", err)
	}
	had, err := s.directory.Factors(ctx, user)
	if err != nil {
		return p, nil, err
	}
	p = Passkey{ID: ident.NewPasskey(), Name: name, CreatedAt: s.now()}
	switch added, err := s.directory.AddPasskey(ctx, p.ID, user, made.ID, name, record, made.Authenticator.SignCount); {
	case err != nil:
		return p, nil, err
	case !added:
		return p, nil, errPasskeyDup
	}
	if err := s.changed(ctx, user, passkeyAdded, from); err != nil {
		return p, nil, err
	}
	if had.RecoveryCodes == 0 {
		codes, err = s.renewCodes(ctx, user)
	}
	return p, codes, err
}

// RenamePasskey renames one of a person's keys.
func (s *Service) RenamePasskey(ctx context.Context, id tenancy.Identity, key ident.PasskeyID, name string) error {
	there, err := s.directory.RenamePasskey(ctx, id.Actor.User(), key, name)
	if err == nil && !there {
		return fault.Missing("passkey")
	}
	return err
}

// RemovePasskey takes one of a person's keys away.
func (s *Service) RemovePasskey(ctx context.Context, id tenancy.Identity, key ident.PasskeyID, from Origin) error {
	user := id.Actor.User()
	switch there, err := s.directory.RemovePasskey(ctx, user, key); {
	case err != nil:
		return err
	case !there:
		return fault.Missing("passkey")
	}
	if err := s.directory.DropStrayCodes(ctx, user); err != nil {
		return err
	}
	return s.changed(ctx, user, passkeyRemoved, from)
}

// PasskeyOptions is what any authenticator is asked by which somebody wants to sign in, or to prove who they are. It names
// nobody: the authenticator tells who its person is.
func (s *Service) PasskeyOptions(ctx context.Context, from Origin) (Options, error) {
	if s.relying == nil {
		return Options{}, errPasskeyHost
	}
	if err := s.limits.try(ctx, perAsked(from.Address)); err != nil {
		return Options{}, err
	}
	assertion, ceremony, err := s.relying.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Options{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return Options{assertion.Response}, s.keep(ctx, ceremony, ident.UserID{})
}

// LoginByPasskey opens a session by an authenticator's answer alone.
func (s *Service) LoginByPasskey(ctx context.Context, answer json.RawMessage, from Origin) (Entry, error) {
	if err := s.limits.try(ctx, perKey(from.Address)); err != nil {
		return Entry{}, err
	}
	user, err := s.assert(ctx, answer, from)
	if err != nil {
		if fault.Is(err, fault.Unauthenticated) && !user.IsZero() {
			err = s.refuse(ctx, user, stepSignIn, "passkey", from, err)
		}
		return Entry{}, err
	}
	s.limits.undo(ctx, perKey(from.Address))
	return s.enter(ctx, user, ident.AgencyID{}, "passkey", from)
}

// assert judges an authenticator's answer to PasskeyOptions and tells whose it is. With errPasskey, user is set when it is known
// whose key was tried.
func (s *Service) assert(ctx context.Context, answer json.RawMessage, from Origin) (user ident.UserID, err error) {
	if s.relying == nil {
		return user, errPasskeyHost
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return user, errPasskey
	}
	asked, ceremony, err := s.take(ctx, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return user, err
	}
	if ceremony == nil || !asked.IsZero() {
		return user, errPasskey
	}
	row, user, count, found, err := s.directory.FindPasskey(ctx, parsed.RawID)
	if err != nil {
		return user, err
	}
	if !found || row.Cloned {
		return user, errPasskey
	}
	key, err := credential(row)
	if err != nil {
		return user, err
	}
	key.Authenticator.SignCount = count
	find := func(_, _ []byte) (webauthn.User, error) {
		return holder{id: user, keys: []webauthn.Credential{key}}, nil
	}
	if _, _, err := s.relying.ValidatePasskeyLogin(find, *ceremony, parsed); err != nil {
		return user, errPasskey
	}
	switch good, err := s.directory.UsePasskey(ctx, row.ID, parsed.Response.AuthenticatorData.Counter); {
	case err != nil:
		return user, err
	case !good:
		if err := s.changed(ctx, user, passkeyCloned, from); err != nil {
			return user, err
		}
		return user, errPasskey
	}
	return user, nil
}

// keep keeps a ceremony under its challenge; user is zero for anybody's.
func (s *Service) keep(ctx context.Context, ceremony *webauthn.SessionData, user ident.UserID) error {
	data, err := json.Marshal(ceremony)
	if err != nil {
		return fmt.Errorf("keep a challenge: %w", err)
	}
	return s.directory.KeepChallenge(ctx, Hash(ceremony.Challenge), user, data, challengeFor)
}

// take takes the ceremony of a challenge away; nil when it was never asked, is answered already, or is too old.
func (s *Service) take(ctx context.Context, challenge string) (user ident.UserID, ceremony *webauthn.SessionData, err error) {
	user, data, found, err := s.directory.TakeChallenge(ctx, Hash(challenge))
	if err != nil || !found {
		return user, nil, err
	}
	ceremony = &webauthn.SessionData{}
	if err := json.Unmarshal(data, ceremony); err != nil {
		return user, nil, fmt.Errorf("read a challenge: %w", err)
	}
	return user, ceremony, nil
}

func credential(p tenancy.Passkey) (c webauthn.Credential, err error) {
	if err := json.Unmarshal(p.Record, &c); err != nil {
		return c, fmt.Errorf("read a passkey: %w", err)
	}
	return c, nil
}
