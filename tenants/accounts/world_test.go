package accounts_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

const password = "una frase lunga e segreta"

// house is a world whose people sign in; what they are mailed is kept.
type house struct {
	*coretest.World
	*accounts.Service
	clock  *coretest.Clock
	mails  mails
	hashed bool
}

type mails struct{ sent chan [3]string }

func (m mails) Send(_ context.Context, to, subject, text string) error {
	m.sent <- [3]string{to, subject, text}
	return nil
}

// newHouse serves until the test ends. Its clock is the real one, which a test can move on: sessions and challenges live by the
// database's, codes and limits by this one.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{World: coretest.New(t), clock: coretest.NewClock(time.Now()), mails: mails{make(chan [3]string, 100)}}
	root, err := crypto.OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	h.Service = accounts.New(h.Directory, h.mails, "https://pratica.test", h.clock.Now).Equip(accounts.Parts{Sealer: root, Audit: h.audit})
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { h.Serve(ctx) })
	t.Cleanup(func() { stop(); serving.Wait() })
	return h
}

func (h *house) audit(ctx context.Context, agency ident.AgencyID, user ident.UserID, event string, detail map[string]string) error {
	scope, err := h.Operator.Scope(agency, "test")
	if err != nil {
		return err
	}
	return h.DB.Write(ctx, scope.For("sign_ins.record"), func(tx *tenancy.Tx) error {
		audit.Record(tx, event, user, detail)
		return nil
	})
}

// somebody has a password and is signed in. It is hashed once: that is made to be expensive.
func (h *house) somebody(t *testing.T, email string) tenancy.Identity {
	t.Helper()
	if !h.hashed {
		h.setPassword(t, "second_broker@a.test")
		h.hashed = true
	}
	h.Exec(t, `update users set password_hash = (select password_hash from users where email = 'second_broker@a.test') where email = $1`, email)
	u, _, err := h.Directory.User(t.Context(), email)
	must(t, err)
	entry, err := h.Open(t.Context(), u.ID, ident.AgencyID{}, "password", here)
	must(t, err)
	return h.owner(t, entry.Token)
}

// held is a sign-in whose password was right.
func (h *house) held(t *testing.T, id tenancy.Identity) (token string) {
	t.Helper()
	token, hash := accounts.NewToken()
	must(t, h.Directory.HoldSignIn(t.Context(), hash, id.Actor.User(), ident.AgencyID{}, accounts.PendingFor))
	return token
}

func (h *house) setPassword(t *testing.T, email string) {
	t.Helper()
	u, found, err := h.Directory.User(t.Context(), email)
	must(t, err)
	if !found {
		t.Fatalf("nobody is %s", email)
	}
	token, hash := accounts.NewToken()
	must(t, h.Directory.IssueToken(t.Context(), hash, "reset", u.ID, ident.AgencyID{}, time.Now().Add(time.Hour)))
	must(t, h.Reset(t.Context(), token, password, here))
}

// owner is whose session a token opens; a zero identity for nobody's.
func (h *house) owner(t *testing.T, token string) tenancy.Identity {
	t.Helper()
	id, _, err := h.Directory.PeekSession(t.Context(), accounts.Hash(token))
	must(t, err)
	return id
}

// app is a code generator set up and confirmed; its clock is the house's.
func (h *house) app(t *testing.T, id tenancy.Identity) (secret string, recovery []string) {
	t.Helper()
	e, err := h.EnrolTOTP(t.Context(), id)
	must(t, err)
	codes, err := h.ConfirmTOTP(t.Context(), id, h.code(t, e.Secret), here)
	must(t, err)
	h.clock.Advance(30 * time.Second)
	return e.Secret, codes
}

func (h *house) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.clock.Now())
	must(t, err)
	return code
}

// device is an authenticator with one key.
type device struct {
	site virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func newDevice(user ident.UserID) *device {
	return &device{virtualwebauthn.RelyingParty{ID: "pratica.test", Name: "Pratica", Origin: "https://pratica.test"},
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: user.UUID[:]}), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

// registers answers the options for a new key.
func (d *device) registers(t *testing.T, o accounts.Options) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(o)
	must(t, err)
	asked, err := virtualwebauthn.ParseAttestationOptions(string(text))
	must(t, err)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(d.site, d.auth, d.key, *asked))
}

// answers signs a challenge with the next counter.
func (d *device) answers(t *testing.T, o accounts.Options) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(o)
	must(t, err)
	asked, err := virtualwebauthn.ParseAssertionOptions(string(text))
	must(t, err)
	d.key.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(d.site, d.auth, d.key, *asked))
}

// asked is a fresh challenge.
func (h *house) asked(t *testing.T) accounts.Options {
	t.Helper()
	o, err := h.PasskeyOptions(t.Context(), here)
	must(t, err)
	return o
}

// holds adds a device to a person.
func (h *house) holds(t *testing.T, id tenancy.Identity) *device {
	t.Helper()
	d := newDevice(id.Actor.User())
	o, err := h.NewPasskey(t.Context(), id)
	must(t, err)
	_, _, err = h.AddPasskey(t.Context(), id, "telefono", d.registers(t, o), here)
	must(t, err)
	return d
}

// lines are the steps, methods and outcomes of a person's trail, newest first.
func (h *house) lines(t *testing.T, id tenancy.Identity) string {
	t.Helper()
	rows, err := h.Attempts(t.Context(), id)
	must(t, err)
	var out []string
	for _, r := range rows {
		out = append(out, r.Step+" "+r.Method+" "+r.Outcome)
	}
	return strings.Join(out, "\n")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code fails unless the error has the code.
func wants(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || fault.As(err).Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}
