package accounts_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pratica-crm/pratica/tenants/accounts"
)

// secondFactor: a right password opens nothing by itself; each factor completes it; five wrong ones end it.
func (h *house) secondFactor(t *testing.T) {
	ctx := t.Context()
	const email = "compliance_officer@a.test"
	id := h.somebody(t, email)
	secret, recovery := h.app(t, id)
	d := h.holds(t, id)
	login := func() string { return h.held(t, id) }
	entry, err := h.Login(ctx, email, password, here)
	must(t, err)
	if entry.Token != "" || strings.Join(entry.Factors, " ") != "totp recovery passkey" || h.owner(t, entry.Pending).Actor.ID() != "" {
		t.Fatalf("%+v", entry)
	}
	second := func(pending string, p accounts.Proof) error {
		t.Helper()
		entry, err := h.SecondFactor(ctx, pending, p, here)
		if err == nil && h.owner(t, entry.Token).Actor.User() != id.Actor.User() {
			t.Errorf("%+v", entry)
		}
		return err
	}
	pending := entry.Pending
	code := h.code(t, secret)
	must(t, second(pending, accounts.Proof{Code: code}))
	wants(t, second(pending, accounts.Proof{RecoveryCode: recovery[0]}), "auth.pending") // it went through
	must(t, second(login(), accounts.Proof{RecoveryCode: strings.ToUpper(strings.ReplaceAll(recovery[0], "-", " "))}))
	must(t, second(login(), accounts.Proof{Passkey: d.answers(t, h.asked(t))}))

	pending = login()
	wants(t, second(pending, accounts.Proof{}), "auth.one_proof")
	wants(t, second(pending, accounts.Proof{Password: password}), "auth.one_proof")
	wants(t, second(pending, accounts.Proof{Code: code}), "auth.factor") // used
	wants(t, second(pending, accounts.Proof{RecoveryCode: recovery[0]}), "auth.factor")
	wants(t, second(pending, accounts.Proof{Passkey: h.holds(t, h.somebody(t, "read_only@a.test")).answers(t, h.asked(t))}), "auth.factor") // somebody else's
	for range 2 {
		wants(t, second(pending, accounts.Proof{RecoveryCode: "aaaa-aaaa-aaaa-aaaa"}), "auth.factor")
	}
	wants(t, second(pending, accounts.Proof{RecoveryCode: recovery[1]}), "auth.pending") // the sixth

	pending = login()
	h.Exec(t, `update pending_sign_ins set expires_at = now()`)
	wants(t, second(pending, accounts.Proof{RecoveryCode: recovery[1]}), "auth.pending")
	wants(t, second("forged", accounts.Proof{RecoveryCode: recovery[1]}), "auth.pending")
	pending = login()
	h.setPassword(t, email) // ends what waits, too
	wants(t, second(pending, accounts.Proof{RecoveryCode: recovery[1]}), "auth.pending")

	if got := h.lines(t, id); !strings.Contains(got, "second_factor recovery refused") || !strings.Contains(got, "second_factor passkey done") {
		t.Errorf("trail:\n%s", got)
	}
	if n, err := h.Raw(t, "", `select count(*)::text from audit_entries where tenant_id = $1 and action = 'second_factor.refused' and ref = $2`, h.A.ID, id.Actor.User().String()); err != nil || n != "5" {
		t.Errorf("%s refusals in the agency's trail, %v", n, err)
	}
	if n, err := h.Raw(t, "", `select count(*)::text from audit_entries where tenant_id = $1`, h.B.ID); err != nil || n == "" {
		t.Error(err)
	} else if m, err := h.Raw(t, "", `select count(*)::text from audit_entries where tenant_id = $1 and ref = $2`, h.B.ID, id.Actor.User().String()); err != nil || m != "0" {
		t.Errorf("the other agency has %s lines of A's person, %v", m, err)
	}
}

// onceEach: of many at once with the same code, recovery code or held sign-in, one gets through.
func (h *house) onceEach(t *testing.T) {
	ctx := t.Context()
	id := h.somebody(t, "compliance_officer@b.test")
	secret, recovery := h.app(t, id)
	pending := make([]string, 5)
	for i := range pending {
		pending[i] = h.held(t, id)
	}
	code := h.code(t, secret)
	for name, try := range map[string]func(i int) (string, accounts.Proof){
		"code":          func(i int) (string, accounts.Proof) { return pending[i], accounts.Proof{Code: code} },
		"recovery code": func(i int) (string, accounts.Proof) { return pending[i], accounts.Proof{RecoveryCode: recovery[0]} },
	} {
		var won atomic.Int32
		var all sync.WaitGroup
		for i := range pending {
			all.Go(func() {
				token, p := try(i)
				if _, err := h.SecondFactor(ctx, token, p, here); err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d got through with one %s", won.Load(), name)
		}
	}
}
