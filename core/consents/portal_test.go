package consents_test

import (
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// enter opens the portal for the kit's person.
func (k *kit) enter(t *testing.T) tenancy.Scope {
	t.Helper()
	_, err := k.rights.Invite(ctx, k.A.Do("broker", "portal.invite"), k.person)
	ok(t, err)
	mail, err := k.Raw(t, "", `select payload->>'text' from outbox where topic = 'mail' and ref = $1 and payload->>'text' like '%/portal#%'`, k.person.String())
	ok(t, err)
	_, link, _ := strings.Cut(mail, "/portal#")
	_, hash := privacy.NewToken()
	id, found, err := k.Directory.OpenPortal(ctx, privacy.HashToken(strings.Fields(link)[0]), hash)
	ok(t, err)
	if !found {
		t.Fatal("the portal does not open")
	}
	return k.DB.Enter(id.Actor, id.Agency, "visit").For("portal.use")
}

// theirOwn: the person sees their consents in the portal, nobody else's, and takes one back there: the bank is told, whoever the template
// lets revoke. The file shows it at a glance. A connection that leads to several banks names them.
func theirOwn(t *testing.T, k *kit) {
	k.change(t, "email", "ada@example.org")
	looks := glance.New(k.DB, k.Engine)
	seen := func() glance.Borrower {
		t.Helper()
		list, err := looks.Of(ctx, k.A.Do("broker", "applications.read"), k.app)
		ok(t, err)
		if len(list) != 1 || list[0].SubjectID != k.person || list[0].Report != nil || list[0].Identity != nil {
			t.Fatalf("%+v", list)
		}
		return list[0]
	}
	if b := seen(); b.Consent != nil || b.CashFlowAt != nil {
		t.Errorf("%+v", b)
	}
	c := k.agreed(t, k.bank)
	k.ask(t, "", k.bank) // a newer one that nobody has come for: the one in force is shown
	if b := seen(); b.Consent == nil || b.Consent.State != "valid" || b.Consent.StateTitle.IT != "Valido" || b.Consent.ValidUntil != c.ValidUntil || b.CashFlowAt == nil {
		t.Errorf("%+v", b)
	}
	if _, err := looks.Of(ctx, k.B.Do("broker", "applications.read"), k.app); code(err) != "application.not_found" {
		t.Errorf("B: %v", err)
	}
	me, they := k.enter(t), k.fresh(t)
	theirs := they.ask(t, "", they.bank)
	states := func() string {
		t.Helper()
		list, err := k.consents.Owned(ctx, me)
		ok(t, err)
		out := []string{}
		for _, o := range list {
			if o.ID == theirs.ID || o.Name != "Banca Esempio" || (o.Link != nil && o.Link.URL != "") != (o.State == "asked") {
				t.Errorf("%+v", o)
			}
			out = append(out, o.State)
		}
		return strings.Join(out, " ")
	}
	if got := states(); got != "asked valid" {
		t.Errorf("their own: %s", got)
	}
	if _, err := k.consents.Withdraw(ctx, me, theirs.ID); code(err) != "bank_consent.not_found" {
		t.Errorf("somebody else's: %v", err)
	}
	for range 2 {
		got, err := k.consents.Withdraw(ctx, me, c.ID)
		ok(t, err)
		if got.State != "ending" {
			t.Errorf("%+v", got)
		}
	}
	events, err := k.Raw(t, "", `select string_agg(payload->>'event', ' ') from outbox where topic = 'event' and ref = $1`, c.ID.String())
	ok(t, err)
	if got := states(); got != "asked ending" || events != "withdraw" {
		t.Errorf("withdrawn: %s, %s", got, events)
	}
	if _, err := k.consents.Send(ctx, k.A.Do("broker", "bank_consents.transition"), c.ID, 0, applications.Send{Event: events}); code(err) != "event.unknown" {
		t.Errorf("a broker in their place: %v", err)
	}
	system, err := k.Operator.Scope(k.A.ID, "event")
	ok(t, err)
	_, err = k.consents.Send(ctx, system.For("bank_consents.transition"), c.ID, 0, applications.Send{Event: events})
	ok(t, err)
	k.run(t)
	if got := states(); got != "asked ended" || !strings.Contains(strings.Join(k.asked(t), "\n"), "revoke bank-opr_") {
		t.Errorf("at the end: %s\n%s", got, strings.Join(k.asked(t), "\n"))
	}
	by, err := k.Raw(t, "", `select actor_id from audit_entries where action = 'bank_consent.withdrawn' and ref = $1`, c.ID.String())
	if err != nil || by != k.person.String() {
		t.Errorf("the trail says %q did it (%v)", by, err)
	}
	for settings, want := range map[string]string{"": "", "yes": "Banca Alfa, banca Zeta"} {
		banks, err := k.links.Institutions(ctx, k.A.Do("broker", "connectors.read"), k.connect(t, map[string]string{"banks": settings}))
		ok(t, err)
		names := []string{}
		for _, b := range banks {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("banks: %q, want %q", got, want)
		}
	}
}
