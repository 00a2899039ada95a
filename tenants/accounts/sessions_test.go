package accounts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

var elsewhere = accounts.Origin{Address: "2001:db8:1:2::3", Agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"}

// TestSessions: what is open is listed, told apart, ended one by one or all but this; it ends when idle; a confirmation gives it a new
// secret; and a sign-in from somewhere new is mailed, once, in the person's language.
func TestSessions(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	const email = "broker@a.test"
	id := h.somebody(t, email)
	h.Exec(t, `update sessions set revoked_at = now() where user_id = $1 and id <> $2`, id.Actor.User(), id.Actor.Session())
	for len(h.mails.sent) > 0 {
		<-h.mails.sent
	}
	for range 2 { // the second time it is known
		_, err := h.Login(ctx, email, password, elsewhere)
		must(t, err)
	}
	h.Exec(t, `update users set locale = 'en' where email = $1`, email)
	_, err := h.Login(ctx, email, password, accounts.Origin{Address: "198.51.100.7"})
	must(t, err)
	if m := <-h.mails.sent; m[0] != email || m[1] != "Nuovo accesso a Pratica" || !strings.Contains(m[2], "Safari, iPhone") || !strings.Contains(m[2], "2001:db8:1::/48") {
		t.Errorf("mailed %q", m)
	}
	if m := <-h.mails.sent; m[1] != "New sign-in to Pratica" || !strings.Contains(m[2], "198.51.100.0/24") {
		t.Errorf("mailed %q", m)
	}

	open, err := h.Sessions(ctx, id)
	must(t, err)
	var current, away int
	for _, s := range open {
		if s.Current {
			current++
			if s.ID != id.Actor.Session() || s.Device != "Firefox, Windows" || s.Network != "192.0.2.0/24" || s.Method != "password" || s.SeenAt.Second() != 0 {
				t.Errorf("this one: %+v", s)
			}
		}
		if s.Network == "2001:db8:1::/48" {
			away++
			if away == 1 {
				must(t, h.EndSession(ctx, id, s.ID))
				wants(t, h.EndSession(ctx, id, s.ID), "session.not_found")
			}
		}
	}
	if len(open) != 4 || current != 1 || away != 2 {
		t.Errorf("open: %+v", open)
	}
	other := h.somebody(t, "broker@b.test")
	wants(t, h.EndSession(ctx, other, id.Actor.Session()), "session.not_found")
	wants(t, h.EndSession(ctx, id, ident.NewSession()), "session.not_found")
	must(t, h.EndOtherSessions(ctx, id))
	if open, err = h.Sessions(ctx, id); err != nil || len(open) != 1 || !open[0].Current {
		t.Errorf("after the others ended: %+v, %v", open, err)
	}
	if open, err = h.Sessions(ctx, other); err != nil || len(open) == 0 {
		t.Errorf("somebody else's ended, too: %v", err)
	}

	entry, err := h.Login(ctx, email, password, here)
	must(t, err)
	id = h.owner(t, entry.Token)
	h.Exec(t, `update sessions set verified_at = now() - interval '10 minutes' where id = $1`, id.Actor.Session())
	if h.owner(t, entry.Token).Proven {
		t.Error("a proof holds for ten minutes")
	}
	fresh, err := h.Verify(ctx, id, accounts.Proof{Password: password}, here)
	must(t, err)
	if got := h.owner(t, fresh); got.Actor.Session() != id.Actor.Session() || !got.Proven || h.owner(t, entry.Token).Actor.ID() != "" {
		t.Errorf("confirmed: %+v", got)
	}
	_, err = h.Verify(ctx, id, accounts.Proof{Password: "wrong"}, here)
	wants(t, err, "auth.proof")
	_, err = h.Verify(ctx, id, accounts.Proof{RecoveryCode: "aaaa"}, here)
	wants(t, err, "auth.one_proof")

	idle := func(by string) {
		h.Exec(t, `update sessions set seen_at = now() - $2::interval where id = $1`, id.Actor.Session(), by)
	}
	idle("119 minutes")
	if h.owner(t, fresh).Actor.ID() == "" { // looked at, as by a stream: that is no use of it
		t.Error("ended too soon")
	}
	if open, err := h.Sessions(ctx, id); err != nil || time.Since(open[len(open)-1].SeenAt) < 118*time.Minute {
		t.Errorf("a look kept it alive: %v", err)
	}
	if _, found, err := h.Directory.Session(ctx, accounts.Hash(fresh)); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if open, err := h.Sessions(ctx, id); err != nil || time.Since(open[0].SeenAt) > 2*time.Minute {
		t.Errorf("its use was not written down: %v", err)
	}
	idle("2 hours")
	if h.owner(t, fresh).Actor.ID() != "" {
		t.Error("an idle session goes on")
	}
	_, err = h.Verify(ctx, h.owner(t, fresh), accounts.Proof{}, here)
	wants(t, err, "auth.one_proof")

	past, err := h.Raw(t, "", `select string_agg(r || ' may touch ' || c, ', ') from unnest(array['pratica_app', 'pratica_directory', 'pratica_network', 'pratica_operator']) r,
		unnest(array['passkeys', 'totp_secrets', 'recovery_codes', 'challenges', 'pending_sign_ins', 'sign_ins', 'sessions']) c where has_table_privilege(r, c, 'select, insert, update, delete')`)
	if err != nil || past != "" {
		t.Errorf("past the directory's functions: %s, %v", past, err)
	}
	got := h.lines(t, id)
	for _, line := range []string{"sign_in password done", "step_up password done", "step_up password refused"} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is missing in the trail:\n%s", line, got)
		}
	}
	_, err = h.Login(ctx, email, "wrong", elsewhere)
	wants(t, err, "auth.wrong")
	for until := time.Now().Add(10 * time.Second); !strings.Contains(h.lines(t, id), "sign_in password refused"); { // written by Serve
		if time.Now().After(until) {
			t.Fatalf("a wrong password left no trace:\n%s", h.lines(t, id))
		}
	}
	h.Exec(t, `update sign_ins set at = now() - interval '91 days'`)
	if got := h.lines(t, id); got != "" {
		t.Errorf("after 91 days: %s", got)
	}
}

// TestSessionsAreBounded: of more than a hundred sessions of one person the one used longest ago ends; nobody else's does.
func TestSessionsAreBounded(t *testing.T) {
	w := coretest.New(t)
	live := func(token string) bool {
		t.Helper()
		_, found, err := w.Directory.PeekSession(t.Context(), accounts.Hash(token))
		must(t, err)
		return found
	}
	other, old, used := w.Token(t, w.B, "broker"), w.Token(t, w.A, "broker"), w.Token(t, w.A, "broker")
	w.Exec(t, `update sessions set seen_at = now() - interval '1 hour' where token_hash <> sha256(convert_to($1, 'UTF8'))`, used)
	w.Exec(t, `update sessions set seen_at = now() - interval '90 minutes' where token_hash = sha256(convert_to($1, 'UTF8'))`, old)
	for range 97 { // the world has opened one of theirs, too
		w.Token(t, w.A, "broker")
	}
	if !live(old) {
		t.Error("ended before there were too many")
	}
	last := w.Token(t, w.A, "broker")
	if live(old) || !live(used) || !live(last) || !live(other) {
		t.Errorf("old %v, used %v, last %v, another's %v", live(old), live(used), live(last), live(other))
	}
}
