package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Lifetimes of what is handed out.
const (
	SessionFor    = 12 * time.Hour
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
	resets    chan string // addresses a new password is asked for; Serve takes them
}

// New builds the service; publicURL is the base of the links in mails.
func New(d *tenancy.Directory, m Mailer, publicURL string, now func() time.Time) *Service {
	return &Service{directory: d, mailer: m, public: strings.TrimSuffix(publicURL, "/"), now: now, hasher: newHasher(2), limits: newLimiter(now), resets: make(chan string, resetsWaiting)}
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

// Login opens a session by password and returns its token. from is the caller's address, for the limit.
func (s *Service) Login(ctx context.Context, email, password, from string) (token string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := s.limits.try(email, from); err != nil {
		return "", err
	}
	user, found, err := s.directory.User(ctx, email)
	if err != nil {
		return "", err
	}
	if !s.hasher.matches(user.PasswordHash, password) || !found || user.PasswordHash == "" {
		return "", errWrong
	}
	s.limits.forgive(email)
	return s.open(ctx, user.ID, ident.AgencyID{})
}

// LoginByLink opens a session by a one-time link.
func (s *Service) LoginByLink(ctx context.Context, link string) (token string, err error) {
	user, agency, found, err := s.directory.SpendToken(ctx, Hash(link), "login")
	if err != nil {
		return "", err
	}
	if !found {
		return "", errLink
	}
	return s.open(ctx, user, agency)
}

// open records a fresh session: a token from before a sign-in is never taken over. A person of one agency is in it at once.
func (s *Service) open(ctx context.Context, user ident.UserID, agency ident.AgencyID) (string, error) {
	if agency.IsZero() {
		places, err := s.directory.Agencies(ctx, user)
		if err != nil {
			return "", err
		}
		if len(places) > 0 {
			agency = places[0].Agency
		}
	}
	token, hash := NewToken()
	_, err := s.directory.OpenSession(ctx, hash, user, agency, s.now().Add(SessionFor))
	return token, err
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

// Accept takes up an invitation: the person gets a name and a password, the membership becomes active, a session is opened.
// from is the caller's address, for the limit.
func (s *Service) Accept(ctx context.Context, link, name, password, from string) (token string, err error) {
	encoded, err := s.follow(ctx, link, "invite", password, from)
	if err != nil {
		return "", err
	}
	user, agency, found, err := s.directory.SpendToken(ctx, Hash(link), "invite")
	if err != nil {
		return "", err
	}
	if !found {
		return "", errLink
	}
	if err := s.directory.SetPassword(ctx, user, encoded); err != nil {
		return "", err
	}
	if err := s.directory.SetProfile(ctx, user, name, ""); err != nil {
		return "", err
	}
	if err := s.directory.Join(ctx, user, agency); err != nil {
		return "", err
	}
	return s.open(ctx, user, agency)
}

// follow encodes the password somebody chooses through a mailed link. A link that is not good costs its sender a try and
// the server no hashing.
func (s *Service) follow(ctx context.Context, link, purpose, password, from string) (encoded string, err error) {
	if err := s.limits.tryLink(from); err != nil {
		return "", err
	}
	switch _, found, err := s.directory.Token(ctx, Hash(link), purpose); {
	case err != nil:
		return "", err
	case !found:
		return "", errLink
	}
	return s.encode(password)
}

// SetLocale changes the language of a person's mails and workspace.
func (s *Service) SetLocale(ctx context.Context, user ident.UserID, locale string) error {
	return s.directory.SetProfile(ctx, user, "", locale)
}

// encode refuses a password that is too short to protect anybody.
func (s *Service) encode(password string) (string, error) {
	if len([]rune(password)) < 10 || len(password) > 200 {
		return "", fault.Input("auth.password", "/password", "Choose a password of 10 to 200 characters.")
	}
	return s.hasher.hash(password)
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
