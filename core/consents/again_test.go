package consents_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/verifications"
)

// count counts the connector's lines that begin so.
func (k *kit) count(t *testing.T, prefix string) int {
	t.Helper()
	n := 0
	for _, line := range k.lines(t) {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// newest is the newest operation of a method.
func (k *kit) newest(t *testing.T, method string) connectors.Operation {
	t.Helper()
	list, err := k.links.List(ctx, k.A.Do("broker", "operations.read"), connectors.Which{})
	ok(t, err)
	i := slices.IndexFunc(list.Items, func(o connectors.Operation) bool { return o.Method == method })
	if i < 0 {
		t.Fatalf("no %s", method)
	}
	return list.Items[i]
}

// carry carries the newest operation of a method one attempt further, and nothing else.
func (k *kit) carry(t *testing.T, method string) {
	t.Helper()
	scope, err := k.Operator.Scope(k.A.ID, "test")
	ok(t, err)
	ok(t, k.links.Run(ctx, scope, k.newest(t, method).ID))
}

// retry has an operator try a failed operation once more.
func (k *kit) retry(t *testing.T, id ident.OperationID) {
	t.Helper()
	_, err := k.links.Retry(ctx, k.A.Do("back_office", "operations.retry"), id)
	ok(t, err)
	k.run(t)
}

// news has the bank call back about a consent.
func (k *kit) news(t *testing.T, id ident.BankConsentID) {
	t.Helper()
	address, err := k.Raw(t, "", `select external_refs[1] from bank_consents where id = $1`, id)
	ok(t, err)
	ok(t, k.doors.Receive(ctx, k.address(t), news("genuine", address)))
}

// address is the secret of the address that the bank was told to call back to when it was last asked for a page.
func (k *kit) address(t *testing.T) string {
	t.Helper()
	lines := k.lines(t)
	for i := range lines {
		if line := lines[len(lines)-1-i]; strings.HasPrefix(line, "start ") {
			_, token, _ := strings.Cut(line, "/callbacks/connectors/")
			return strings.Fields(token)[0]
		}
	}
	t.Fatal("the bank was asked nothing")
	return ""
}

func news(signature, body string) callbacks.Request {
	return callbacks.Request{Path: "news", Method: "POST", Headers: []callbacks.Header{{Name: "X-Signature", Value: signature}}, Body: []byte(body)}
}

// seen counts how often the trail says that somebody was shown something of the person, and which groups.
func (k *kit) seen(t *testing.T, action string) string {
	t.Helper()
	n, err := k.Raw(t, "", `select concat(count(*), ' by ', max(detail->>'groups')) from audit_entries where action = $1 and ref = $2`, action, k.person.String())
	ok(t, err)
	return n
}

// whatWasLeft: an operation that had failed, and is tried again after the person or the agency went another way, does nothing: no second
// consent at the bank, no other page at the digital identity, no report bought twice.
func whatWasLeft(t *testing.T, k *kit) {
	c := k.ask(t, "broken", k.bank)
	k.begin(t, c)
	first := k.newest(t, connectors.StartConsent)
	k.begin(t, c)
	second := k.newest(t, connectors.StartConsent)
	if first.ID == second.ID || k.count(t, "start ") != 2 {
		t.Fatalf("begun twice: %v", k.lines(t))
	}
	for _, id := range []ident.OperationID{first.ID, second.ID} { // nobody is there now who could go on to the page
		k.retry(t, id)
		if n := k.count(t, "start "); n != 2 {
			t.Errorf("the bank was asked %d times", n)
		}
	}
	if got := k.get(t, c.ID); got.State != "requested" || got.Link == nil || got.Link.Stand != callbacks.Again {
		t.Errorf("%+v", got)
	}

	odd := k.connect(t, map[string]string{"odd": "yes"})
	k.named(t)
	v, err := k.proofs.Start(ctx, k.A.Do("broker", "verifications.write"), k.person, verifications.Input{ApplicationID: k.app, ConnectionID: odd, Provider: "spid", Level: "low"})
	ok(t, err)
	_, err = k.doors.Visit(ctx, strings.TrimPrefix(*v.Link, public+"/callbacks/"), callbacks.Came{Posted: true})
	ok(t, err)
	k.run(t)
	k.retry(t, k.newest(t, connectors.StartVerification).ID)
	if n := k.count(t, "verify "); n != 1 {
		t.Errorf("the digital identity was asked %d times", n)
	}

	k.agree(t, "given")
	k.budget(t, 10_000)
	in := creditreports.Input{ApplicationID: k.app, ConnectionID: odd, Purpose: "creditworthiness", CostMaxCents: 250}
	buy := func() error {
		_, err := k.reports.Buy(ctx, k.A.Do("broker", "credit_reports.buy"), k.person, in)
		return err
	}
	ok(t, buy())
	k.run(t)
	dead := k.newest(t, connectors.RequestReport)
	_, err = k.links.Retry(ctx, k.A.Do("back_office", "operations.retry"), dead.ID)
	ok(t, err)
	in.ConnectionID = k.bank
	if err := buy(); code(err) != "credit_report.under_way" {
		t.Errorf("while the first is tried again: %v", err)
	}
	k.run(t)
	ok(t, buy())
	k.run(t)
	for _, role := range []string{"broker", "read_only", "broker"} {
		_, err := k.reports.Of(ctx, k.A.Do(role, "credit_reports.read"), k.person)
		ok(t, err)
	}
	if n := k.seen(t, "subject.credit_reports_seen"); n != "1 by credit_history" {
		t.Errorf("looks at the reports in the trail: %s", n)
	}
	before := k.count(t, "report ")
	k.retry(t, dead.ID)
	if n := k.count(t, "report "); n != before {
		t.Errorf("bought once more: %v", k.lines(t))
	}
}

// whatBanksSay: one page after the other for a set of consents, each back through the same address; what was only a step is over and not held
// against the others; an end that comes earlier is kept to; a person who left without a word may begin again; who does not come back is not
// needed once the bank has told; and a callback that was refused may come again.
func whatBanksSay(t *testing.T, k *kit) {
	c := k.ask(t, "set", k.bank)
	k.come(t, c, "code=good")
	k.come(t, c, "code=good")
	k.run(t)
	refs, err := k.Raw(t, "", `select array_to_string(external_refs, ' ') from bank_consents where id = $1`, c.ID)
	ok(t, err)
	if got := k.get(t, c.ID); got.State != "valid" || strings.Contains(refs, " ") || !strings.HasSuffix(refs, "-second") {
		t.Errorf("%+v under %q", got, refs)
	}
	_, err = k.consents.CashFlow(ctx, k.A.Do("broker", "subjects.read_income"), k.person)
	ok(t, err)
	if n := k.seen(t, "subject.accounts_seen"); n != "1 by income" {
		t.Errorf("looks at the accounts in the trail: %s", n)
	}
	k.news(t, c.ID)
	k.run(t)
	if got := k.get(t, c.ID); got.State != "valid" {
		t.Errorf("after news of the set: %+v", got)
	}

	shorter := k.agreed(t, k.connect(t, map[string]string{"shorter": day(k, 20).String()}))
	k.news(t, shorter.ID)
	k.run(t)
	k.Clock.Advance(8 * 24 * time.Hour)
	k.fire(t, shorter.ID)
	if got := k.get(t, shorter.ID); got.State != "expiring" {
		t.Errorf("an end that comes earlier: %+v", got)
	}

	lost := k.ask(t, "unnoticed", k.bank)
	k.come(t, lost, "")
	k.carry(t, connectors.CompleteConsent)
	if stand := k.stands(t, lost).Stand; stand != callbacks.Wait {
		t.Errorf("just back: %s", stand)
	}
	k.Clock.Advance(11 * time.Minute)
	before := k.count(t, "start unnoticed ")
	if view := k.begin(t, lost); view.Stand != callbacks.Go || k.count(t, "start unnoticed ") != before+1 {
		t.Errorf("beginning again: %+v", view)
	}

	told := k.ask(t, "notified", k.bank)
	k.begin(t, told)
	completed := k.count(t, "complete ")
	k.news(t, told.ID)
	k.run(t)
	if got := k.get(t, told.ID); got.State != "valid" || k.count(t, "complete ") != completed+1 {
		t.Errorf("told by the bank: %+v", got)
	}

	for range 2 { // a forged one, and the bank's own with the same body
		ok(t, k.doors.Receive(ctx, k.address(t), news("forged", "nothing")))
		k.run(t)
		ok(t, k.doors.Receive(ctx, k.address(t), news("genuine", "nothing")))
		k.run(t)
	}
	if n := k.count(t, "callback news genuine nothing"); n != 1 {
		t.Errorf("handled %d times", n)
	}
}

// outOfSight: a read that the person was there for counts as one of the four from when they no longer are.
func outOfSight(t *testing.T, k *kit) {
	c := k.ask(t, "", k.bank)
	k.come(t, c, "code=good")
	k.carry(t, connectors.CompleteConsent)
	k.Clock.Advance(16 * time.Minute) // nobody has carried the read to the bank yet
	k.run(t)
	if n := k.count(t, "accounts ip="); n != 1 || slices.Contains(k.lines(t), "accounts ip="+here) {
		t.Fatalf("%v", k.lines(t))
	}
	if got := k.get(t, c.ID); got.ReadsToday != 1 || got.LastRead.State != "done" {
		t.Errorf("%+v", got)
	}
	read := func() error {
		_, err := k.consents.Read(ctx, k.A.Do("broker", "bank_consents.write"), c.ID)
		return err
	}
	for range 3 {
		ok(t, read())
		k.run(t)
	}
	if err := read(); code(err) != "bank_consent.reads_spent" {
		t.Errorf("a fifth: %v", err)
	}
}

// withoutPlace: a template that lets nobody revoke takes nothing from the person: the bank is told, nothing is read any more, and no guard sees
// it as valid from the moment it is withdrawn, before anything has followed from that.
func withoutPlace(t *testing.T, k *kit) {
	source, err := os.ReadFile("../../tenants/templates/consent.yaml")
	ok(t, err)
	lines := slices.DeleteFunc(strings.Split(string(source), "\n"), func(l string) bool { return strings.Contains(l, "on: revoke,") || strings.HasPrefix(l, "  revoke:") })
	body, _, _ := strings.Cut(strings.Replace(strings.Join(lines, "\n"), "key: bank-consent,", "key: without,", 1), "\ntests:")
	k.Clock.Advance(time.Second)
	k.A.Publish(t, body+"\n")
	k.change(t, "email", "ada@example.org")
	c, waits := k.agreed(t, k.bank), k.ask(t, "", k.bank)
	me := k.enter(t)
	system, err := k.Operator.Scope(k.A.ID, "event")
	ok(t, err)
	if f := k.facts(t); f["open_banking.consent_valid"] != true || f["cashflow.monthly_income_cents"] == nil {
		t.Fatalf("before: %v", f)
	}
	for _, of := range []consents.Consent{c, waits} {
		_, err := k.consents.Withdraw(ctx, me, of.ID)
		ok(t, err)
		if f := k.facts(t); f["open_banking.consent_valid"] != false || f["open_banking.valid_until"] != nil || f["cashflow.monthly_income_cents"] != nil {
			t.Errorf("withdrawn: %v", f)
		}
		_, err = k.consents.Send(ctx, system.For("bank_consents.transition"), of.ID, 0, applications.Send{Event: "withdraw"})
		ok(t, err)
		k.run(t)
	}
	if n := k.count(t, "revoke bank-opr_"); n != 1 {
		t.Errorf("the bank was told %d times", n)
	}
	if _, err := k.consents.Read(ctx, k.A.Do("broker", "bank_consents.write"), c.ID); code(err) != "bank_consent.not_valid" {
		t.Errorf("a read: %v", err)
	}
	if got := k.get(t, c.ID); got.State != "valid" || got.WithdrawnAt == nil {
		t.Errorf("the broker sees %+v", got)
	}
	pages, err := k.Raw(t, "", `select count(*)::text from bank_pages p join bank_reads r on r.id = p.read_id where r.consent_id = $1`, c.ID)
	ok(t, err)
	if pages != "0" {
		t.Errorf("%s pages are left", pages)
	}
	before := k.count(t, "start ")
	if view := k.begin(t, waits); view.Stand != callbacks.Ended || k.count(t, "start ") != before {
		t.Errorf("beginning after that: %+v", view)
	}
}
