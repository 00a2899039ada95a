package consents_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

func day(k *kit, ahead int) calendar.Date { return calendar.Of(k.Clock.Now()).AddDays(ahead) }

func (k *kit) file(t *testing.T) (map[string]any, error) {
	var facts map[string]any
	err := k.DB.Read(ctx, k.A.Do("broker", "applications.read"), func(tx *tenancy.Tx) error {
		f, err := k.Applications.Fetch(tx, k.app, false)
		if err == nil {
			facts = f.Facts()
		}
		return err
	})
	return facts, err
}

// fire fires what is due.
func (k *kit) fire(t *testing.T, id ident.BankConsentID) {
	t.Helper()
	n, err := k.Raw(t, "", `select count(*)::text from timers where instance_id = $1 and settled_at is null and due_at <= $2`, id, k.Clock.Now())
	ok(t, err)
	if n == "0" {
		t.Fatal("no deadline is due")
	}
	scope, err := k.Operator.Scope(k.A.ID, "timer")
	ok(t, err)
	ok(t, k.consents.Fire(ctx, scope.For("bank_consents.transition"), id))
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

// fromAskingToFacts: a person is asked, agrees at the bank, comes back once; their accounts are read page by page while they
// are there, figures are drawn, and the file's guards see both. With the end of the consent the transactions go; the figures stay, and are facts no more.
func fromAskingToFacts(t *testing.T, k *kit) {
	k.change(t, "email", "ada@example.org")
	c := k.ask(t, "", k.bank)
	if c.State != "requested" || c.Link == nil || c.Link.Stand != callbacks.Ask || !c.Link.Mailed || !c.Link.Until.Equal(c.CreatedAt.Add(14*24*time.Hour)) {
		t.Fatalf("%+v %+v", c, c.Link)
	}
	mail, err := k.Raw(t, "", `select payload->>'to' || ' ' || (payload->>'subject') || ' ' || (payload->>'text') from outbox where topic = 'mail' and ref = $1`, k.person.String())
	ok(t, err)
	if !strings.HasPrefix(mail, "ada@example.org ") || strings.Count(mail, c.Link.URL+"\n") != 2 || strings.Contains(mail, "Banca Esempio") || !strings.Contains(mail, "i tuoi conti") || !strings.Contains(mail, "your bank accounts") {
		t.Errorf("the mail: %s", mail)
	}
	if f := k.facts(t); f["open_banking.consent_valid"] != false || f["cashflow.monthly_income_cents"] != nil {
		t.Errorf("before: %v", f)
	}
	k.come(t, c, "code=good&state=x")
	if again, err := k.doors.Visit(ctx, strings.TrimPrefix(c.Link.URL, public+"/callbacks/"), callbacks.Came{}); err != nil || again.Stand != callbacks.Wait {
		t.Errorf("while the bank is asked: %+v %v", again, err)
	}
	k.run(t)
	c = k.get(t, c.ID)
	if c.State != "valid" || c.Link != nil || c.LastRead == nil || c.LastRead.State != "done" || !c.LastRead.Attended || c.LastRead.Transactions != 6 || c.ReadsToday != 0 {
		t.Fatalf("%+v %+v", c, c.LastRead)
	}
	for _, want := range []string{"complete code=good&state=x ip=192.0.2.7", "page a1  ip=192.0.2.7", "page a1 1 ip=192.0.2.7", "page a1 2 ip=192.0.2.7", "page a2  ip=192.0.2.7"} {
		if n := strings.Count(strings.Join(k.asked(t), "\n")+"\n", want+"\n"); n != 1 {
			t.Errorf("%q was asked %d times:\n%s", want, n, strings.Join(k.asked(t), "\n"))
		}
	}
	if !strings.Contains(k.asked(t)[0], public+"/callbacks/connectors/") {
		t.Errorf("the bank is not told where to call back: %s", k.asked(t)[0])
	}
	f := k.facts(t)
	if f["open_banking.consent_valid"] != true || f["cashflow.monthly_income_cents"] != int64(2_000_00) || f["cashflow.days_below_zero"] != int64(3) || f["cashflow.gambling_monthly_cents"] != nil {
		t.Errorf("after: %v", f)
	}
	if until := f["open_banking.valid_until"].(time.Time); !until.Equal(time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("valid until %v", until)
	}
	flow, err := k.consents.CashFlow(ctx, k.A.Do("broker", "subjects.read_income"), k.person)
	ok(t, err)
	if len(flow.Figures) != 2 || len(flow.Figures[0].Transactions) != 6 || len(flow.Behind) != 6 || flow.Behind[0].ID != "1.1.6" || flow.Behind[0].Bank != "Banca Esempio" || !flow.InForce || flow.Behind[0].AmountCents != 2_000_00 || len(flow.Accounts) != 2 || len(flow.Recurring) != 1 {
		t.Errorf("%+v", flow)
	}
	// Nothing of it is anywhere else: no operation keeps what the bank said, and B has none of it.
	n, err := k.Raw(t, "", `select count(*)::text from operations where result is not null`)
	ok(t, err)
	if n != "0" {
		t.Errorf("%s operations keep an answer", n)
	}
	if _, err := k.consents.Get(ctx, k.B.Do("broker", "bank_consents.read"), c.ID); code(err) != "bank_consent.not_found" {
		t.Errorf("B: %v", err)
	}
	if _, err := k.consents.CashFlow(ctx, k.B.Do("broker", "subjects.read_income"), k.person); code(err) != "subject.not_found" {
		t.Errorf("B: %v", err)
	}
	// The broker takes it back: the bank is told, the transactions go, the figures stay to be shown, and guards see them no more.
	if _, err := k.consents.Send(ctx, k.A.Do("broker", "bank_consents.transition"), c.ID, c.Version+7, applications.Send{Event: "revoke"}); code(err) != "version.stale" {
		t.Errorf("a stale version: %v", err)
	}
	_, err = k.consents.Send(ctx, k.A.Do("broker", "bank_consents.transition"), c.ID, c.Version, applications.Send{Event: "revoke", Reason: "client"})
	ok(t, err)
	k.run(t)
	if last := k.asked(t)[len(k.asked(t))-1]; !strings.HasPrefix(last, "revoke bank-opr_") {
		t.Errorf("the bank was asked %q", last)
	}
	flow, err = k.consents.CashFlow(ctx, k.A.Do("broker", "subjects.read_income"), k.person)
	ok(t, err)
	if len(flow.Figures) != 2 || len(flow.Behind) != 0 || len(flow.Accounts) != 0 || flow.InForce {
		t.Errorf("after the end: %+v", flow)
	}
	if f := k.facts(t); f["open_banking.consent_valid"] != false || f["open_banking.valid_until"] != nil || f["cashflow.monthly_income_cents"] != nil || f["cashflow.days_below_zero"] != nil {
		t.Errorf("after the end: %v", f)
	}
	if _, err := k.consents.Read(ctx, k.A.Do("broker", "bank_consents.write"), c.ID); code(err) != "bank_consent.not_valid" {
		t.Errorf("a read after the end: %v", err)
	}
	list, err := k.consents.Of(ctx, k.A.Do("broker", "bank_consents.read"), k.person)
	ok(t, err)
	if len(list) != 1 || list[0].StateTitle.IT != "Revocato" || !list[0].Ended {
		t.Errorf("%+v", list)
	}
}

// boundsOfTheLaw: not a day more than 180, not a fifth unattended read in a day of Rome, and who is refused learns until when.
func boundsOfTheLaw(t *testing.T, k *kit) {
	for ahead, want := range map[int]string{-1: "bank_consent.too_short", 181: "bank_consent.too_long", 180: ""} {
		_, err := k.consents.Create(ctx, k.A.Do("broker", "bank_consents.write"), k.person, consents.Input{ApplicationID: k.app, ConnectionID: k.bank, Name: "Banca", ValidUntil: day(k, ahead)})
		if code(err) != want {
			t.Errorf("%d days: %v", ahead, err)
		}
	}
	if _, err := k.consents.Create(ctx, k.A.Do("broker", "bank_consents.write"), k.Person(t, "Altri"), consents.Input{ApplicationID: k.app, ConnectionID: k.bank, Name: "Banca", ValidUntil: day(k, 90)}); code(err) != "bank_consent.no_party" {
		t.Errorf("somebody who is not in the file: %v", err)
	}
	c := k.agreed(t, k.bank)
	read := func() error {
		_, err := k.consents.Read(ctx, k.A.Do("broker", "bank_consents.write"), c.ID)
		return err
	}
	ok(t, read())
	if err := read(); code(err) != "bank_consent.reading" {
		t.Errorf("two at once: %v", err)
	}
	k.run(t)
	for range 3 {
		ok(t, read())
		k.run(t)
	}
	before := len(k.asked(t))
	err := read()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != "bank_consent.reads_spent" || f.Kind != fault.Refused {
		t.Fatalf("a fifth: %v", err)
	}
	b := f.Blockers.([]workflow.Blocker)[0]
	if b.Earliest == nil || !b.Earliest.Equal(time.Date(2026, 11, 2, 23, 0, 0, 0, time.UTC)) || !strings.Contains(b.Text.IT, "03/11/2026, 00:00") {
		t.Errorf("%+v", b)
	}
	k.run(t)
	if after := len(k.asked(t)); after != before {
		t.Errorf("the bank was asked all the same")
	}
	// The database holds it too, whatever the program counts.
	if _, err := k.Raw(t, "", `insert into bank_reads (tenant_id, id, consent_id, subject_id, day, number, from_on, to_on, started_at, state) select tenant_id, gen_random_uuid(), consent_id, subject_id, day, 5, from_on, to_on, started_at, 'done' from bank_reads limit 1`); err == nil {
		t.Error("the database takes a fifth read")
	}
	k.Clock.Advance(15 * time.Hour) // past midnight in Rome
	ok(t, read())
	if got := k.get(t, c.ID); got.ReadsToday != 1 || got.LastRead.Attended {
		t.Errorf("the next day: %+v", got)
	}
}

// lifeOfAConsent: the renewal is a task fourteen days before the end, the end comes by itself, a newer one replaces the older one, one that nobody
// agrees to lapses, and what a bank refuses or ends is ended here.
func lifeOfAConsent(t *testing.T, k *kit) {
	scope := k.A.Do("broker", "bank_consents.read")
	state := func(id ident.BankConsentID, want string) {
		t.Helper()
		if c, err := k.consents.Get(ctx, scope, id); err != nil || c.State != want {
			t.Fatalf("%s %v, want %s", c.State, err, want)
		}
	}
	first := k.agreed(t, k.bank)
	k.Clock.Advance(77 * 24 * time.Hour) // the renewal day has begun in Rome
	k.fire(t, first.ID)
	state(first.ID, "expiring")
	tasks, err := k.Applications.Tasks(ctx, k.A.Do("broker", "applications.read"), k.app)
	ok(t, err)
	if !slices.ContainsFunc(tasks, func(x applications.Task) bool {
		return x.Title.EN == "Renew the consent to read bank accounts" && x.DueOn != nil
	}) {
		t.Errorf("no task: %+v", tasks)
	}
	second := k.agreed(t, k.bank)
	n, err := k.Raw(t, "", `select string_agg(payload->>'event' || ' ' || ref, ' ') from outbox where payload->>'to' = 'bank_consents' and ref = $1`, first.ID.String())
	ok(t, err)
	if n != "replace "+first.ID.String() {
		t.Errorf("events between machines: %s", n)
	}
	system, err := k.Operator.Scope(k.A.ID, "event")
	ok(t, err)
	_, err = k.consents.Send(ctx, system.For("bank_consents.transition"), first.ID, 0, applications.Send{Event: "replace"})
	ok(t, err)
	state(first.ID, "replaced")
	if f := k.facts(t); f["open_banking.consent_valid"] != true {
		t.Errorf("%v", f)
	}
	k.Clock.Advance(91 * 24 * time.Hour)
	k.fire(t, second.ID)
	state(second.ID, "expired")
	if f := k.facts(t); f["open_banking.consent_valid"] != false {
		t.Errorf("%v", f)
	}
	lapsing := k.ask(t, "", k.bank)
	refused := k.ask(t, "refusing", k.bank)
	if shown := k.begin(t, refused); shown.Stand != callbacks.Ended {
		t.Errorf("whom the bank refuses sees %+v", shown)
	}
	state(refused.ID, "revoked")
	k.come(t, lapsing, "error=access_denied")
	k.run(t)
	state(lapsing.ID, "revoked")
	nobody := k.ask(t, "", k.bank)
	k.Clock.Advance(15 * 24 * time.Hour)
	k.fire(t, nobody.ID)
	state(nobody.ID, "expired")
	app := k.ask(t, "app", k.bank) // the bank asks in its app, and is asked whether they have agreed
	k.begin(t, app)
	state(app.ID, "valid")
	gone := k.agreed(t, k.connect(t, map[string]string{"ended": "yes"}))
	state(gone.ID, "revoked")
	var entries []workflow.Entry
	ok(t, k.DB.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(instances.LoadHistory(&entries, ident.Instance(gone.ID), 0, 100))
	}))
	if last := entries[0]; len(entries) == 0 || last.Event != "end_at_bank" && entries[len(entries)-1].Event != "end_at_bank" {
		t.Errorf("%+v", entries)
	}
}

// readGoesOnAfterACrash: the connector dies in the middle of a read; what was taken is not read again, and nothing is there twice.
func readGoesOnAfterACrash(t *testing.T, k *kit) {
	c := k.agreed(t, k.connect(t, map[string]string{"dies": "yes"}))
	if c.LastRead.State != "done" || c.LastRead.Transactions != 6 {
		t.Fatalf("%+v", c.LastRead)
	}
	text := strings.Join(k.asked(t), "\n") + "\n"
	for page, want := range map[string]int{"page a1  ": 1, "page a1 1 ": 2, "page a1 2 ": 1, "accounts ": 1} {
		if n := strings.Count(text, page); n != want {
			t.Errorf("%q was asked %d times, want %d:\n%s", page, n, want, text)
		}
	}
}

// doors: whatever does not fit is the same 404; a way back opens once; a bank's callback is kept before it is read, by its connector, and
// the same again is nothing new. What it has news of is asked about.
func doors(t *testing.T, k *kit) {
	c := k.agreed(t, k.bank)
	address := strings.Fields(k.asked(t)[0])[2]
	token := address[strings.LastIndex(address, "/")+1:]
	ref, err := k.Raw(t, "", `select external_refs[1] from bank_consents where id = $1`, c.ID)
	ok(t, err)
	count := func() string {
		n, err := k.Raw(t, "", `select count(*) || ' ' || count(request) from callbacks`)
		ok(t, err)
		return n
	}
	send := func(to, path, signature, body string) error {
		return k.doors.Receive(ctx, to, callbacks.Request{Path: path, Method: "POST", Headers: []callbacks.Header{{Name: "X-Signature", Value: signature}}, Body: []byte(body)})
	}
	for _, err := range []error{send("nothing", "news", "genuine", ref), send(token, "other", "genuine", ref)} {
		if code(err) != "callback.not_found" {
			t.Errorf("%v", err)
		}
	}
	if err := send(token, "news", "genuine", strings.Repeat("x", callbacks.MaxBody+1)); code(err) != "callback.too_large" {
		t.Errorf("%v", err)
	}
	ok(t, send(token, "news", "forged", ref+" "))
	ok(t, send(token, "news", "genuine", ref))
	ok(t, send(token, "news", "genuine", ref))
	if got := count(); got != "2 2" {
		t.Errorf("kept %s", got)
	}
	k.run(t)
	if got := count(); got != "2 0" {
		t.Errorf("kept %s", got)
	}
	if got := k.get(t, c.ID); got.State != "revoked" { // the bank says so when it is asked
		t.Errorf("%+v", got)
	}
	text := strings.Join(k.asked(t), "\n")
	if strings.Count(text, "callback news genuine") != 1 || strings.Count(text, "get "+ref) != 1 {
		t.Error(text)
	}
	k.Clock.Advance(25 * time.Hour)
	ok(t, send(token, "news", "genuine", ref))
	if got := count(); got != "3 1" {
		t.Errorf("a day later: %s", got)
	}
	// The way back opens once, and not after the end.
	late := k.ask(t, "", k.bank)
	k.come(t, late, "code=good")
	used, err := k.Raw(t, "", `select count(*)::text from callback_states where used_at is not null and received is not null and subject_id = $1`, k.person)
	ok(t, err)
	if used != "2" {
		t.Errorf("%s states were used", used)
	}
	if _, err := k.doors.Visit(ctx, "nothing", callbacks.Came{}); code(err) != "callback.not_found" {
		t.Errorf("%v", err)
	}
	link := strings.TrimPrefix(late.Link.URL, public+"/callbacks/")
	k.Clock.Advance(100 * 24 * time.Hour)
	if _, err := k.doors.Visit(ctx, link, callbacks.Came{}); code(err) != "callback.not_found" {
		t.Errorf("after the end: %v", err)
	}
}
