package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Lifetimes of what is handed out.
const (
	SessionFor    = 12 * time.Hour // a working day, however busy: whoever comes back tomorrow signs in; tenancy.IdleFor ends it sooner
	InvitationFor = 7 * 24 * time.Hour
	ResetFor      = time.Hour
)

// Mailer sends what is not written in an agency's transaction: resets, before any agency is known.
type Mailer interface {
	Send(ctx context.Context, to, subject, text string) error
}

// Service signs people in.
type Service struct {
	directory *tenancy.Directory
	mailer    Mailer
	public    string // base of links
	now       func() time.Time
	hasher    hasher
	limits    *limiter
	parts     Parts
	relying   *webauthn.WebAuthn               // nil: passkeys cannot be bound to the public URL
	resets    chan string                      // addresses a new password is asked for; Serve takes them
	chores    chan func(context.Context) error // lines of trails and mails; Serve takes them
}

// Parts is what the service uses of the rest of the product; cmd wires it.
type Parts struct {
	Sealer Sealer // keeps TOTP secrets
	Tries  Tries  // counts tries for all servers; nil: each counts its own
	// Audit writes into an agency's trail what was tried with the account of one of its people; nil: nowhere.
	Audit func(ctx context.Context, agency ident.AgencyID, user ident.UserID, event string, detail map[string]string) error
}

// New builds the service; publicURL is the base of the links in mails, and what passkeys are bound to.
func New(d *tenancy.Directory, m Mailer, publicURL string, now func() time.Time) *Service {
	return &Service{directory: d, mailer: m, public: strings.TrimSuffix(publicURL, "/"), now: now, hasher: newHasher(2), limits: newLimiter(now),
		relying: relying(publicURL), resets: make(chan string, resetsWaiting), chores: make(chan func(context.Context) error, choresWaiting)}
}

// Equip gives the service its parts, before it is used.
func (s *Service) Equip(p Parts) *Service {
	s.parts, s.limits.shared = p, p.Tries
	return s
}

// Now is the clock of everything that ends.
func (s *Service) Now() time.Time { return s.now() }

// NewToken returns a fresh secret and its SHA-256, which is all that is stored.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, Hash(token)
}

// Hash is what of a token is stored.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

var (
	errWrong = fault.New(fault.Unauthenticated, "auth.wrong", "E-mail or password is not right. You can ask for a new password.")
	errLink  = fault.New(fault.Unauthenticated, "auth.link", "This link was already used or has expired. Ask for a new one.")
)

// Login opens a session by password, or holds it until a second factor comes.
func (s *Service) Login(ctx context.Context, email, password string, from Origin) (Entry, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := s.limits.try(ctx, perEmail(email), perAddress(from.Address)); err != nil {
		return Entry{}, err
	}
	user, found, err := s.directory.User(ctx, email)
	if err != nil {
		return Entry{}, err
	}
	if !s.hasher.matches(user.PasswordHash, password) || !found || user.PasswordHash == "" {
		s.refuseEmail(ctx, email, from)
		return Entry{}, errWrong
	}
	s.limits.forget(ctx, perEmail(email))
	s.limits.undo(ctx, perAddress(from.Address))
	return s.enter(ctx, user.ID, ident.AgencyID{}, "password", from)
}

// LoginByLink opens a session by a one-time link of the operator's command line.
func (s *Service) LoginByLink(ctx context.Context, link string, from Origin) (Entry, error) {
	if err := s.limits.try(ctx, perLink(from.Address)); err != nil {
		return Entry{}, err
	}
	user, agency, found, err := s.directory.SpendToken(ctx, Hash(link), "login")
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, errLink
	}
	s.limits.undo(ctx, perLink(from.Address))
	return s.enter(ctx, user, agency, "link", from)
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, id tenancy.Identity) error {
	return s.directory.CloseSession(ctx, id.Actor.Session())
}

// ChooseAgency moves the session to another agency of its person.
func (s *Service) ChooseAgency(ctx context.Context, id tenancy.Identity, agency ident.AgencyID) error {
	moved, err := s.directory.ChooseAgency(ctx, id.Actor.Session(), agency)
	if err == nil && !moved {
		return fault.Missing("agency")
	}
	return err
}

// LoginLink makes a one-time link's token for a person.
func (s *Service) LoginLink(ctx context.Context, email string, ttl time.Duration) (token string, err error) {
	user, found, err := s.directory.User(ctx, email)
	if err != nil {
		return "", err
	}
	if !found {
		return "", fault.Missing("user")
	}
	token, hash := NewToken()
	return token, s.directory.IssueToken(ctx, hash, "login", user.ID, ident.AgencyID{}, s.now().Add(ttl))
}

// Accept takes up an invitation: the person gets a name and a password, the membership becomes active, a session is opened, or held
// until a second factor comes: a mailbox alone is none.
func (s *Service) Accept(ctx context.Context, link, name, password string, from Origin) (Entry, error) {
	_, encoded, err := s.follow(ctx, link, "invite", name, password, from)
	if err != nil {
		return Entry{}, err
	}
	user, agency, found, err := s.directory.SpendToken(ctx, Hash(link), "invite")
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, errLink
	}
	if err := s.directory.SetPassword(ctx, user, encoded); err != nil {
		return Entry{}, err
	}
	if err := s.directory.SetProfile(ctx, user, name, ""); err != nil {
		return Entry{}, err
	}
	if err := s.directory.Join(ctx, user, agency); err != nil {
		return Entry{}, err
	}
	entry, err := s.enter(ctx, user, agency, "invite", from)
	if err == nil && entry.Pending != "" && s.parts.Audit != nil {
		err = s.parts.Audit(ctx, agency, user, "member.arrived", nil) // otherwise the session does it
	}
	return entry, err
}

// follow tells whose a mailed link is and encodes the password chosen through it, by somebody called name from now on. A link that is
// not good costs its sender a try and the server no hashing.
func (s *Service) follow(ctx context.Context, link, purpose, name, password string, from Origin) (id tenancy.Identity, encoded string, err error) {
	if err := s.limits.try(ctx, perLink(from.Address)); err != nil {
		return id, "", err
	}
	id, found, err := s.directory.Token(ctx, Hash(link), purpose)
	if err != nil {
		return id, "", err
	}
	if !found {
		return id, "", errLink
	}
	s.limits.undo(ctx, perLink(from.Address))
	around, err := s.directory.Agencies(ctx, id.Actor.User())
	if err != nil {
		return id, "", err
	}
	own := []string{"Pratica", id.Email, id.Name, name}
	for _, place := range around {
		own = append(own, place.Name)
	}
	if err := judge(password, own...); err != nil {
		return id, "", err
	}
	encoded, err = s.hasher.hash(password)
	return id, encoded, err
}

// SetLocale changes the language of a person's mails and workspace.
func (s *Service) SetLocale(ctx context.Context, user ident.UserID, locale string) error {
	return s.directory.SetProfile(ctx, user, "", locale)
}

// Invite issues an invitation's link in the transaction that makes the member.
func (s *Service) Invite(tx *tenancy.Tx, user ident.UserID) (link string) {
	token, hash := NewToken()
	tx.Exec("select issue_invitation($1, $2, $3)", hash, user, s.now().Add(InvitationFor))
	return s.public + "/invite/" + token
}

// EnsureUser returns the person of an e-mail, made if new.
func (s *Service) EnsureUser(ctx context.Context, email, name, locale string) (ident.UserID, error) {
	return s.directory.EnsureUser(ctx, strings.ToLower(strings.TrimSpace(email)), name, locale)
}
