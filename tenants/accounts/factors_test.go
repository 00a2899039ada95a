package accounts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// TestFactors: each way to prove who one is, right, wrong, twice, late and as somebody else.
func TestFactors(t *testing.T) {
	h := newHouse(t)
	t.Run("passkey", h.passkey)
	t.Run("passkey copied", h.passkeyCopied)
	t.Run("totp", h.totp)
	t.Run("second factor", h.secondFactor)
	t.Run("once each", h.onceEach)
	t.Run("guessing", h.guessing)
	t.Run("invited", h.invited)
	t.Run("reset", h.reset)
}

func (h *house) passkey(t *testing.T) {
	ctx := t.Context()
	id, other := h.somebody(t, "broker@a.test"), h.somebody(t, "broker@b.test")
	d := newDevice(id.Actor.User())
	options, err := h.NewPasskey(ctx, id)
	must(t, err)
	answer := d.registers(t, options)
	_, _, err = h.AddPasskey(ctx, other, "x", answer, here) // asked of somebody else; the challenge is spent with it
	wants(t, err, "auth.passkey_invalid")
	_, _, err = h.AddPasskey(ctx, id, "x", answer, here)
	wants(t, err, "auth.passkey_invalid")
	for name, spoil := range map[string]func(*device){
		"another site":  func(d *device) { d.site.Origin = "https://evil.test" },
		"another name":  func(d *device) { d.site.ID = "evil.test" },
		"user unproven": func(d *device) { d.auth.Options.UserNotVerified = true },
	} {
		bad := newDevice(id.Actor.User())
		spoil(bad)
		options, err := h.NewPasskey(ctx, id)
		must(t, err)
		if _, _, err := h.AddPasskey(ctx, id, "x", bad.registers(t, options), here); fault.As(err).Code != "auth.passkey_invalid" {
			t.Errorf("registered from %s: %v", name, err)
		}
	}
	options, err = h.NewPasskey(ctx, id)
	must(t, err)
	p, codes, err := h.AddPasskey(ctx, id, "telefono", d.registers(t, options), here)
	must(t, err)
	if len(codes) != accounts.RecoveryCodes {
		t.Errorf("a first factor came with %d recovery codes", len(codes))
	}
	if options, err = h.NewPasskey(ctx, id); err != nil || !strings.Contains(string(asJSON(t, options)), "excludeCredentials") {
		t.Errorf("the key that is there is not excluded: %v", err)
	}

	entry, err := h.LoginByPasskey(ctx, d.answers(t, h.asked(t)), here)
	must(t, err)
	if got := h.owner(t, entry.Token); got.Actor.User() != id.Actor.User() || !got.Proven || got.Agency != h.A.ID {
		t.Errorf("signed in as %+v", got)
	}
	asked := h.asked(t)
	once := d.answers(t, asked)
	if _, err := h.LoginByPasskey(ctx, once, here); err != nil {
		t.Error(err)
	}
	refused := map[string]func() json.RawMessage{
		"a second time": func() json.RawMessage { return once },
		"late": func() json.RawMessage {
			late := d.answers(t, h.asked(t))
			h.Exec(t, `update challenges set expires_at = now() - interval '1 second'`)
			return late
		},
		"never asked": func() json.RawMessage {
			return d.answers(t, accounts.Options{PublicKey: map[string]string{"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rpId": "pratica.test"}})
		},
		"from another site": func() json.RawMessage {
			evil := *d
			evil.site.Origin = "https://pratica.test.evil"
			return evil.answers(t, h.asked(t))
		},
		"user unproven": func() json.RawMessage {
			weak := *d
			weak.auth.Options.UserNotVerified = true
			return weak.answers(t, h.asked(t))
		},
		"another's handle": func() json.RawMessage {
			stolen := *d
			handle := other.Actor.User().UUID
			stolen.auth.Options.UserHandle = handle[:]
			return stolen.answers(t, h.asked(t))
		},
		"unknown key":     func() json.RawMessage { return newDevice(id.Actor.User()).answers(t, h.asked(t)) },
		"a registration":  func() json.RawMessage { return d.registers(t, options) },
		"for registering": func() json.RawMessage { return d.answers(t, options) },
		"nonsense":        func() json.RawMessage { return json.RawMessage(`{"id":"x","type":"public-key"}`) },
	}
	for name, make := range refused {
		if _, err := h.LoginByPasskey(ctx, make(), here); fault.As(err).Code != "auth.passkey" {
			t.Errorf("%s: %v", name, err)
		}
	}

	wants(t, h.RenamePasskey(ctx, other, p.ID, "mia"), "passkey.not_found")
	wants(t, h.RemovePasskey(ctx, other, p.ID, here), "passkey.not_found")
	must(t, h.RenamePasskey(ctx, id, p.ID, "chiave"))
	if keys, err := h.Passkeys(ctx, id); err != nil || len(keys) != 1 || keys[0].Name != "chiave" || keys[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", keys, err)
	}
	must(t, h.RemovePasskey(ctx, id, p.ID, here))
	_, err = h.LoginByPasskey(ctx, d.answers(t, h.asked(t)), here)
	wants(t, err, "auth.passkey")
	if f, err := h.Factors(ctx, id); err != nil || f.RecoveryCodes != 0 || f.Second() {
		t.Errorf("after the last factor went: %+v, %v", f, err)
	}
}

// passkeyCopied: a counter that does not go up shuts the key for good, for both who hold it.
func (h *house) passkeyCopied(t *testing.T) {
	ctx := t.Context()
	id := h.somebody(t, "second_broker@a.test")
	d := h.holds(t, id)
	copied := *d
	for range 2 {
		_, err := h.LoginByPasskey(ctx, d.answers(t, h.asked(t)), here)
		must(t, err)
	}
	for _, one := range []*device{&copied, d} { // the one that lags behind is found out, and both lose the key
		_, err := h.LoginByPasskey(ctx, one.answers(t, h.asked(t)), here)
		wants(t, err, "auth.passkey")
	}
	if keys, err := h.Passkeys(ctx, id); err != nil || len(keys) != 1 || !keys[0].Cloned {
		t.Errorf("%+v, %v", keys, err)
	}
	if entry, err := h.Login(ctx, "second_broker@a.test", password, here); err != nil || entry.Token == "" {
		t.Errorf("the password alone, with no factor left: %+v, %v", entry, err)
	}
}

func (h *house) totp(t *testing.T) {
	ctx := t.Context()
	id := h.somebody(t, "back_office@a.test")
	user := id.Actor.User()
	_, err := h.ConfirmTOTP(ctx, id, "000000", here)
	wants(t, err, "auth.totp_off")
	first, err := h.EnrolTOTP(ctx, id)
	must(t, err)
	e, err := h.EnrolTOTP(ctx, id)
	must(t, err)
	if !strings.HasPrefix(e.URL, "otpauth://totp/Pratica:back_office@a.test?") || !strings.HasPrefix(e.QR, "data:image/png;base64,iVBOR") {
		t.Errorf("%s, %.40s", e.URL, e.QR)
	}
	_, err = h.ConfirmTOTP(ctx, id, h.code(t, first.Secret), here) // replaced
	wants(t, err, "auth.code")
	code := h.code(t, e.Secret)
	codes, err := h.ConfirmTOTP(ctx, id, code, here)
	must(t, err)
	if len(codes) != accounts.RecoveryCodes || len(codes[0]) != 19 {
		t.Errorf("recovery codes: %v", codes)
	}
	_, err = h.EnrolTOTP(ctx, id)
	wants(t, err, "auth.totp_on")
	_, err = h.ConfirmTOTP(ctx, id, code, here)
	wants(t, err, "auth.totp_on")

	sealed, err := h.Raw(t, "", `select encode(sealed, 'escape') from totp_secrets where user_id = $1`, user)
	must(t, err)
	if strings.Contains(sealed, e.Secret) {
		t.Error("the secret lies open")
	}
	verify := func(code string) error { _, err := h.Verify(ctx, id, accounts.Proof{Code: code}, here); return err }
	wants(t, verify(code), "auth.proof") // its half minute is taken
	h.clock.Advance(30 * time.Second)
	next := h.code(t, e.Secret)
	must(t, verify(next[:3]+" "+next[3:]))
	wants(t, verify(next), "auth.proof")
	h.clock.Advance(5 * 30 * time.Second)
	wants(t, verify(next), "auth.proof")
	wants(t, verify("١٢٣٤٥٦"), "auth.proof")

	other := h.somebody(t, "back_office@b.test")
	h.app(t, other)
	h.Exec(t, `update totp_secrets set sealed = (select sealed from totp_secrets where user_id = $1) where user_id = $2`, user, other.Actor.User())
	if _, err := h.Verify(ctx, other, accounts.Proof{Code: h.code(t, e.Secret)}, here); err == nil || fault.As(err).Kind != fault.Internal {
		t.Errorf("somebody's secret opens under another's name: %v", err)
	}
	must(t, h.RemoveTOTP(ctx, id, here))
	wants(t, h.RemoveTOTP(ctx, id, here), "totp.not_found")
	if n, err := h.Raw(t, "", `select count(*)::text from recovery_codes where user_id = $1`, user); err != nil || n != "0" {
		t.Errorf("%s recovery codes for no factor, %v", n, err)
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return text
}
