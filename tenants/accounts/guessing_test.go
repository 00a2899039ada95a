package accounts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// guessing: a password and a code are slowed down for a person, with ever longer waits and never for good; a passkey and a mailed
// link go past that; and the answer is the same for an address nobody has.
func (h *house) guessing(t *testing.T) {
	ctx := t.Context()
	const email = "agency_admin@b.test"
	id := h.somebody(t, email)
	d := h.holds(t, id)
	waits := map[string][]time.Duration{}
	for _, who := range []string{email, "nobody@b.test"} {
		for n := range 10 {
			_, err := h.Login(ctx, who, "wrong", accounts.Origin{Address: "192.0.2.77"})
			if n < 8 {
				wants(t, err, "auth.wrong")
				continue
			}
			wants(t, err, "auth.too_often")
			wait := fault.As(err).Retry
			waits[who] = append(waits[who], wait.Round(time.Second))
			h.clock.Advance(wait)
			_, err = h.Login(ctx, who, "wrong", accounts.Origin{Address: "192.0.2.77"})
			wants(t, err, "auth.wrong")
		}
	}
	for who, got := range waits {
		if len(got) != 2 || got[0] != 30*time.Second || got[1] != time.Minute {
			t.Errorf("%s waits %v", who, got)
		}
	}
	if entry, err := h.LoginByPasskey(ctx, d.answers(t, h.asked(t)), here); err != nil || entry.Token == "" {
		t.Errorf("a passkey while passwords wait: %v", err)
	}
	_, err := h.Login(ctx, email, password, here)
	wants(t, err, "auth.too_often")
	h.setPassword(t, email)
	if _, err := h.Login(ctx, email, password, here); err != nil {
		t.Errorf("after a mailed link: %v", err)
	}
	for n := range 11 {
		_, err := h.Verify(ctx, id, accounts.Proof{Code: "000000"}, here)
		if n < 10 {
			wants(t, err, "auth.proof")
		} else {
			wants(t, err, "auth.too_often")
		}
	}
}

// invited: an invitation sets a password and makes a member, and still asks for the second factor: a mailbox is none.
func (h *house) invited(t *testing.T) {
	ctx := t.Context()
	id := h.somebody(t, "second_broker@b.test")
	_, recovery := h.app(t, id)
	user := id.Actor.User()
	h.Exec(t, `insert into members (tenant_id, id, user_id, name, email, roles, status) values ($1, gen_random_uuid(), $2, 'x', 'x@b.test', '{broker}', 'invited')`, h.A.ID, user)
	token, hash := accounts.NewToken()
	must(t, h.Directory.IssueToken(ctx, hash, "invite", user, h.A.ID, time.Now().Add(time.Hour)))
	_, err := h.Accept(ctx, token, "Bruna", "second_broker1", here)
	wants(t, err, "auth.password_common")
	entry, err := h.Accept(ctx, token, "Bruna", password, here)
	must(t, err)
	if entry.Token != "" || entry.Pending == "" {
		t.Fatalf("%+v", entry)
	}
	if entry, err = h.SecondFactor(ctx, entry.Pending, accounts.Proof{RecoveryCode: recovery[0]}, here); err != nil || h.owner(t, entry.Token).Agency != h.A.ID {
		t.Errorf("%+v, %v", entry, err)
	}
	_, err = h.Accept(ctx, token, "Bruna", password, here)
	wants(t, err, "auth.link")
}

// reset: the operator takes everything off, and the person is told.
func (h *house) reset(t *testing.T) {
	ctx := t.Context()
	const email = "read_only@b.test"
	id := h.somebody(t, email)
	h.app(t, id)
	d := h.holds(t, id)
	h.Exec(t, `update users set locale = 'en' where email = $1`, email)
	for len(h.mails.sent) > 0 {
		<-h.mails.sent
	}
	wants(t, h.ResetFactors(ctx, "nobody@b.test"), "user.not_found")
	must(t, h.ResetFactors(ctx, email))
	for {
		m := <-h.mails.sent
		if m[0] == email && strings.Contains(m[2], "An operator took all passkeys") {
			break
		}
	}
	_, err := h.LoginByPasskey(ctx, d.answers(t, h.asked(t)), here)
	wants(t, err, "auth.passkey")
	if open, err := h.Sessions(ctx, id); err != nil || len(open) != 0 {
		t.Errorf("%d sessions are open, %v", len(open), err)
	}
	if entry, err := h.Login(ctx, email, password, here); err != nil || entry.Token == "" {
		t.Errorf("%+v, %v", entry, err)
	}
	if n, err := h.Raw(t, "", `select count(*)::text from audit_entries where tenant_id = $1 and action = 'factor.done' and ref = $2 and detail->>'method' = 'reset'`, h.B.ID, id.Actor.User().String()); err != nil || n != "1" {
		t.Errorf("%s lines in the agency's trail, %v", n, err)
	}
}
