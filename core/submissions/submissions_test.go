package submissions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/templates"
)

// script is a lender behind the port that connectors are reached by: what it answers, a test says. The real path, with
// processes and a bank, is cmd/pratica's story.
type script struct {
	mu    sync.Mutex
	calls []string
	next  func(method string) connectors.Answer
}

func (s *script) Call(_ context.Context, _, method string, c connectors.Call, _ json.RawMessage) connectors.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, method)
	return s.next(method)
}
func (s *script) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn, ConfigSchema: json.RawMessage(`{}`)}}, nil
}

type kit struct {
	w     *coretest.World
	bank  *script
	links *connectors.Service
	subs  *submissions.Service
	apps  *applications.Service
	app   applications.Application
	lend  ident.LenderID
}

var ctx = context.Background()

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func setup(t *testing.T) *kit {
	t.Helper()
	w := coretest.New(t)
	k := &kit{w: w, bank: &script{}}
	engine := instances.NewEngine()
	k.apps = applications.New(w.DB, engine, documents.Source{})
	k.links = connectors.New(w.DB, k.bank, nil)
	k.subs = submissions.New(w.DB, engine, k.apps)
	k.links.Deliver(connectors.Portal(k.subs))
	// the default template, submit without guards
	var src string
	for _, s := range templates.All() {
		if strings.Contains(string(s), "subject: submission") {
			src = string(s)
		}
	}
	i := strings.Index(src, "    guards:\n      - {id: g_file_ready")
	j := i + strings.Index(src[i:], "    actions:\n")
	src = src[:i] + src[j:]
	src = src[:strings.Index(src, "\ntests:")] + "\n"
	_, err := instances.NewTemplates(w.DB, w.Policy.Roles()).Publish(ctx, w.A.Do("agency_admin", "workflows.publish"), "bank-submission", instances.Publication{Source: src, InFlight: instances.Stay})
	ok(t, err)
	day, err := calendar.Parse("2026-12-01")
	ok(t, err)
	k.app, err = k.apps.Create(ctx, w.A.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage", RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, NominalRateBPS: 300, PlannedSubmission: day})
	ok(t, err)
	from, _ := calendar.Parse("2020-01-01")
	l, err := products.New(w.DB).AddLender(ctx, w.A.Do("agency_admin", "lenders.write"), products.LenderInput{Key: "aurora", Name: "Aurora", MaxLTVBPS: 8000, MaxDTIBPS: 3500, AgreementFrom: from})
	ok(t, err)
	k.lend = l.ID
	w.Exec(t, `insert into connections (tenant_id, id, connector, lender_id, name, created_at) values ($1, $2, 'bankportal', $3, 'x', now())`, w.A.ID, ident.NewConnection(), l.ID)
	return k
}

func (k *kit) send(t *testing.T, s submissions.Submission, event string) (submissions.Submission, error) {
	t.Helper()
	cur, err := k.subs.Get(ctx, k.w.A.Do("broker", "submissions.read"), s.ID)
	ok(t, err)
	_, err = k.subs.Send(ctx, k.w.A.Do("broker", "submissions.transition"), s.ID, cur.Version, applications.Send{Event: event})
	cur, e := k.subs.Get(ctx, k.w.A.Do("broker", "submissions.read"), s.ID)
	ok(t, e)
	return cur, err
}

func (k *kit) state(t *testing.T, s submissions.Submission) submissions.Submission {
	cur, e := k.subs.Get(ctx, k.w.A.Do("broker", "submissions.read"), s.ID)
	ok(t, e)
	return cur
}

// run runs every due operation once, n rounds a minute and a half apart.
func (k *kit) run(t *testing.T, rounds int) (errs []error) {
	for range rounds {
		k.w.Clock.Advance(90 * time.Second)
		list, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), connectors.Which{})
		ok(t, err)
		scope, err := k.w.Operator.Scope(k.w.A.ID, "test")
		ok(t, err)
		for _, o := range list.Items {
			if o.State == "done" || o.State == "failed" {
				continue
			}
			if err := k.links.Run(ctx, scope, o.ID); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}

func done(payload string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Done, Payload: json.RawMessage(payload)}
}
func pending(payload string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Pending, PollAfter: time.Second, Payload: json.RawMessage(payload)}
}

func (k *kit) submitted(t *testing.T) submissions.Submission {
	s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
	ok(t, err)
	s, err = k.send(t, s, "submit")
	ok(t, err)
	k.bank.next = func(m string) connectors.Answer {
		if m == connectors.Submit {
			return done(`{"reference":"R1"}`)
		}
		return pending(`{"events":[]}`)
	}
	k.run(t, 2)
	return k.state(t, s)
}

func (k *kit) ops(t *testing.T) string {
	list, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), connectors.Which{})
	ok(t, err)
	out := ""
	for _, o := range list.Items {
		out += fmt.Sprintf("[%s %s attempt=%d err=%v] ", o.Method, o.State, o.Attempt, o.Error)
	}
	return out
}

const asks = `{"id":"1","type":"acknowledged"},{"id":"2","type":"info_requested","items":[{"id":"i1","kind":"payslip","text":"x"}]}`

// asked is a submission whose lender waits for a document, and a document of the file.
func (k *kit) asked(t *testing.T) (submissions.Submission, ident.DocumentID) {
	t.Helper()
	s := k.submitted(t)
	k.bank.next = func(string) connectors.Answer { return pending(`{"events":[` + asks + `]}`) }
	k.run(t, 1)
	s = k.state(t, s)
	if s.State != "info_requested" || len(s.RequestedItems) != 1 {
		t.Fatalf("state %s, items %v", s.State, s.RequestedItems)
	}
	return s, k.paper(t, k.app.ID)
}

func (k *kit) paper(t *testing.T, of ident.ApplicationID) ident.DocumentID {
	t.Helper()
	doc := ident.NewDocument()
	k.w.Exec(t, `insert into documents (tenant_id,id,kind,application_id,state,blob_key,sha256,created_by,created_at,updated_at) values ($1,$2,'payslip',$3,'accepted','x','\x00','x',now(),now())`, k.w.A.ID, doc, of)
	return doc
}

func (k *kit) count(t *testing.T, sql string) string {
	t.Helper()
	n, err := k.w.Raw(t, "", sql)
	ok(t, err)
	return n
}

// A lender that goes on before the broker has sent the answer event: its verdict waits, and is taken when the machine is there.
func TestAVerdictThatComesEarlyIsTakenLater(t *testing.T) {
	k := setup(t)
	s, doc := k.asked(t)
	_, err := k.subs.AnswerRequest(ctx, k.w.A.Do("broker", "submissions.write"), s.ID, submissions.Answer{ItemID: s.RequestedItems[0].ID, DocumentID: doc})
	ok(t, err)
	k.bank.next = func(m string) connectors.Answer {
		if m == connectors.Status {
			return done(`{"events":[` + asks + `,{"id":"3","type":"rejected","reason_code":"ltv"}],"final":true}`)
		}
		return done(`{}`)
	}
	k.run(t, 3)
	if got := k.state(t, s).State; got != "info_requested" {
		t.Fatalf("state %s before the answer was sent", got)
	}
	_, err = k.send(t, s, "answer")
	ok(t, err)
	k.run(t, 2)
	if got := k.state(t, s).State; got != "rejected" {
		t.Errorf("state %s, the lender rejected: %s", got, k.ops(t))
	}
}

// Somebody entered by hand what the lender then says: it is spent, and what follows is taken.
func TestAStepThatWasEnteredByHandIsSpent(t *testing.T) {
	k := setup(t)
	s := k.submitted(t)
	cur := k.state(t, s)
	_, err := k.subs.Send(ctx, k.w.A.Do("back_office", "submissions.transition"), s.ID, cur.Version, applications.Send{Event: "acknowledge"})
	ok(t, err)
	k.bank.next = func(string) connectors.Answer {
		return pending(`{"events":[{"id":"1","type":"acknowledged"},{"id":"2","type":"income_approved"},{"id":"x","type":"new_kind"}]}`)
	}
	k.run(t, 2)
	if got := k.state(t, s).State; got != "income_approved" {
		t.Errorf("state %s", got)
	}
	if n := k.count(t, "select count(*)::text from taken_events"); n != "3" {
		t.Errorf("%s steps are taken, want 3", n)
	}
}

// An item that is asked for twice is one item, open again.
func TestAnItemAskedForAgain(t *testing.T) {
	k := setup(t)
	s, doc := k.asked(t)
	scope := k.w.A.Do("broker", "submissions.write").Once("key-1", []byte("body"))
	_, err := k.subs.AnswerRequest(ctx, scope, s.ID, submissions.Answer{ItemID: s.RequestedItems[0].ID, DocumentID: doc})
	ok(t, err)
	var replay *tenancy.Replay
	if _, err := k.subs.AnswerRequest(ctx, scope, s.ID, submissions.Answer{ItemID: s.RequestedItems[0].ID, DocumentID: doc}); !errors.As(err, &replay) {
		t.Errorf("the same request again: %v", err)
	}
	if n := k.count(t, "select count(*)::text from operations where method = 'AnswerRequest'"); n != "1" {
		t.Errorf("%s answers on their way to the lender, want 1", n)
	}
	_, err = k.send(t, s, "answer")
	ok(t, err)
	k.bank.next = func(m string) connectors.Answer {
		if m == connectors.Status {
			return pending(`{"events":[` + asks + `,{"id":"3","type":"info_requested","items":[{"id":"i1","kind":"payslip","text":"illegible"},{"id":"i1","kind":"payslip","text":"illegible"}]}]}`)
		}
		return done(`{}`)
	}
	k.run(t, 2)
	s = k.state(t, s)
	if len(s.RequestedItems) != 1 || !s.RequestedItems[0].AnsweredDocumentID.IsZero() || s.RequestedItems[0].Text != "illegible" {
		t.Errorf("items: %+v", s.RequestedItems)
	}
}

// What cannot be kept ends as a failure that somebody sees, after a few tries.
func TestAnAnswerThatCannotBeKept(t *testing.T) {
	k := setup(t)
	s := k.submitted(t)
	k.bank.next = func(string) connectors.Answer {
		return pending(`{"events":[{"id":"1","type":"acknowledged"},{"id":"2","type":"info_requested","items":[{"id":"i1","kind":"payslip","text":"a\u0000b"}]}]}`)
	}
	if errs := k.run(t, 20); len(errs) != 0 {
		t.Errorf("%d runs ended in an error, the first: %v", len(errs), errs[0])
	}
	if o := k.state(t, s).Operation; o == nil || o.Method != connectors.Status || o.State != "failed" || o.UserMessage == nil {
		t.Errorf("the submission shows %+v", o)
	}
}

// A lender that took a submission in without a receipt yet is asked about it, not sent it again.
func TestAReceiptThatComesLater(t *testing.T) {
	k := setup(t)
	s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
	ok(t, err)
	_, err = k.send(t, s, "submit")
	ok(t, err)
	k.bank.next = func(m string) connectors.Answer {
		if m == connectors.Reconcile && len(k.bank.calls) > 3 {
			return done(`{"reference":"R1"}`)
		}
		return connectors.Answer{Verdict: connectors.Pending, PollAfter: time.Second}
	}
	k.run(t, 5)
	sends := 0
	for _, m := range k.bank.calls {
		if m == connectors.Submit {
			sends++
		}
	}
	if got := k.state(t, s); sends != 1 || got.LenderReference == nil {
		t.Errorf("sent %d times, reference %v: %v", sends, got.LenderReference, k.bank.calls)
	}
}

// Rate and end of an offer come one by one, and neither wipes the other.
func TestWhatALenderSaidStays(t *testing.T) {
	k := setup(t)
	s := k.submitted(t)
	k.bank.next = func(string) connectors.Answer {
		return pending(`{"events":[{"id":"1","type":"acknowledged","rate_bps":310},{"id":"2","type":"income_approved","expires":"2026-12-30T00:00:00Z"}]}`)
	}
	k.run(t, 1)
	if s = k.state(t, s); s.RateBPS == nil || *s.RateBPS != 310 || s.OfferExpires == nil {
		t.Errorf("rate %v, expires %v", s.RateBPS, s.OfferExpires)
	}
}

// One open submission a lender, however many ask at once.
func TestOneSubmissionALender(t *testing.T) {
	k := setup(t)
	var made atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend}); err == nil {
				made.Add(1)
			} else if fault.As(err).Code != "submission.exists" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d submissions to one lender", made.Load())
	}
}

// What is another file's, another lender's or another agency's is not there.
func TestOnlyWhatBelongsToTheFile(t *testing.T) {
	k := setup(t)
	s, _ := k.asked(t)
	day, err := calendar.Parse("2026-12-01")
	ok(t, err)
	other, err := k.apps.Create(ctx, k.w.A.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage", RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, PlannedSubmission: day})
	ok(t, err)
	if _, err := k.subs.AnswerRequest(ctx, k.w.A.Do("broker", "submissions.write"), s.ID, submissions.Answer{ItemID: s.RequestedItems[0].ID, DocumentID: k.paper(t, other.ID)}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a document of another file: %v", err)
	}
	shop := products.New(k.w.DB)
	from, err := calendar.Parse("2020-01-01")
	ok(t, err)
	borea, err := shop.AddLender(ctx, k.w.A.Do("agency_admin", "lenders.write"), products.LenderInput{Key: "borea", Name: "Borea", MaxLTVBPS: 8000, MaxDTIBPS: 3500, AgreementFrom: from})
	ok(t, err)
	product, err := shop.AddProduct(ctx, k.w.A.Do("agency_admin", "lenders.write"), products.ProductInput{LenderID: borea.ID, Name: "x", ProductKind: "mortgage", RateKind: "fixed", MinAmountCents: 1, MaxAmountCents: 2, MaxTermMonths: 3})
	ok(t, err)
	if _, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), other.ID, submissions.Draft{LenderID: k.lend, ProductID: product.ID}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a product of another lender: %v", err)
	}
	if _, err := k.subs.Get(ctx, k.w.B.Do("broker", "submissions.read"), s.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("B reads a submission of A: %v", err)
	}
	if _, err := k.subs.List(ctx, k.w.B.Do("broker", "submissions.read"), k.app.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("B lists submissions of A: %v", err)
	}
	if list, err := k.links.List(ctx, k.w.B.Do("broker", "operations.read"), connectors.Which{}); err != nil || len(list.Items) != 0 {
		t.Errorf("B lists %d operations, %v", len(list.Items), err)
	}
}

// What is sent is the file as it stands when it is sent.
func TestTheAmountIsTheFiles(t *testing.T) {
	k := setup(t)
	s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
	ok(t, err)
	cur, err := k.apps.Get(ctx, k.w.A.Do("broker", "applications.read"), k.app.ID)
	ok(t, err)
	lower := int64(60_000_00)
	_, err = k.apps.Change(ctx, k.w.A.Do("broker", "applications.write"), k.app.ID, cur.Version, applications.Patch{AmountCents: &lower})
	ok(t, err)
	s, err = k.send(t, s, "submit")
	ok(t, err)
	ops, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), connectors.Which{Submission: s.ID})
	ok(t, err)
	if sent := string(ops.Items[0].Payload()); ops.Items[0].Method != connectors.Submit || !strings.Contains(sent, `"amount_cents":6000000,`) || s.AmountCents != lower {
		t.Errorf("sent %s, shown %d", sent, s.AmountCents)
	}
}

// A lender that refuses the token stops the connection, its admins hear of it, and everything goes on when it is mended.
func TestAConnectionThatStopsAndGoesOn(t *testing.T) {
	k := setup(t)
	s := k.submitted(t)
	k.bank.next = func(string) connectors.Answer {
		return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "unauthenticated", Code: "bank.token", SideEffect: "none"}}
	}
	k.run(t, 3)
	if o := k.state(t, s).Operation; o == nil || o.State != "waiting_user" || o.UserMessage == nil {
		t.Errorf("the submission shows %+v", o)
	}
	if n := k.count(t, "select count(*)::text from outbox where topic = 'mail' and payload->>'to' = 'agency_admin@a.test'"); n != "1" {
		t.Errorf("%s mails to the admin, want 1", n)
	}
	list, err := k.links.Connections(ctx, k.w.A.Do("agency_admin", "connectors.read"))
	ok(t, err)
	if list[0].Status != "stopped" {
		t.Errorf("the connection is %s", list[0].Status)
	}
	_, err = k.links.Reconnect(ctx, k.w.A.Do("agency_admin", "connectors.write"), list[0].ID, list[0].Version, connectors.ConnectionPatch{Config: json.RawMessage(`{}`)})
	ok(t, err)
	k.bank.next = func(string) connectors.Answer { return pending(`{"events":[{"id":"1","type":"acknowledged"}]}`) }
	k.run(t, 1)
	if got := k.state(t, s).State; got != "lender_review" {
		t.Errorf("state %s after the settings were mended: %s", got, k.ops(t))
	}
}

// The owner's mail says which lender, and how the submission stands there.
func TestTheMailSaysWhatTheLenderAnswered(t *testing.T) {
	k := setup(t)
	k.submitted(t)
	k.bank.next = func(string) connectors.Answer {
		return done(`{"final":true,"events":[{"id":"1","type":"acknowledged"},{"id":"2","type":"rejected","reason_code":"ltv"}]}`)
	}
	k.run(t, 1)
	if n := k.count(t, "select count(*)::text from outbox where topic = 'mail' and payload->>'subject' like '%Aurora: Respinta' and payload->>'text' like '%Rejected%'"); n != "1" {
		t.Errorf("%s mails say that Aurora rejected: %s", n, k.count(t, "select string_agg(payload->>'subject', ' / ') from outbox where topic = 'mail'"))
	}
}

// A submission that is withdrawn before it has left does not leave.
func TestWithdrawnBeforeItLeft(t *testing.T) {
	k := setup(t)
	s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
	ok(t, err)
	_, err = k.send(t, s, "submit")
	ok(t, err)
	_, err = k.send(t, s, "withdraw")
	ok(t, err)
	k.bank.next = func(string) connectors.Answer { return done(`{"reference":"R1"}`) }
	k.run(t, 2)
	if len(k.bank.calls) != 0 {
		t.Errorf("the lender was called: %v", k.bank.calls)
	}
}

// Neither does one that is withdrawn while the lender was down, when it is back: if it may have arrived it is asked, and not sent again.
func TestWithdrawnWhileTheLenderWasDown(t *testing.T) {
	k := setup(t)
	for effect, calls := range map[string][]string{"none": {connectors.Submit}, "unknown": {connectors.Submit, connectors.Reconcile}} {
		k.bank.calls = nil
		s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
		ok(t, err)
		_, err = k.send(t, s, "submit")
		ok(t, err)
		k.bank.next = func(string) connectors.Answer { return failed("timeout", "x", effect) }
		k.run(t, 1)
		_, err = k.send(t, s, "withdraw")
		ok(t, err)
		k.bank.next = func(m string) connectors.Answer {
			if m == connectors.Reconcile {
				return failed("rejected", "not_found", "none")
			}
			return done(`{"reference":"R1"}`)
		}
		k.run(t, 3)
		if !slices.Equal(k.bank.calls, calls) {
			t.Errorf("side effect %s: the lender was called %v: %s", effect, k.bank.calls, k.ops(t))
		}
		if said := k.count(t, "select error->>'code' from operations order by id desc limit 1"); said != "withdrawn" {
			t.Errorf("side effect %s: it ended %s", effect, said)
		}
	}
}

func failed(kind, code, effect string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: kind, Code: code, SideEffect: effect}}
}

// A submission that has ended here is asked about no more, whatever its lender still thinks of it.
func TestNobodyIsAskedAboutWhatHasEnded(t *testing.T) {
	k := setup(t)
	s := k.submitted(t)
	_, err := k.send(t, s, "withdraw")
	ok(t, err)
	k.run(t, 3)
	if o := k.count(t, "select string_agg(distinct state, ' ') from operations where method = 'GetStatus'"); o != "done" {
		t.Errorf("the look for news is %s: %s", o, k.ops(t))
	}
}

// In place of a refusal a lender offers less: it waits for a choice, is answered once, and what is accepted is what counts from then on.
func TestCounterOffer(t *testing.T) {
	for choice, want := range map[string]int64{"accept": 12_000_000, "decline": 0} {
		k := setup(t)
		s := k.submitted(t)
		before := s.AmountCents
		counter := `{"id":"1","type":"acknowledged"},{"id":"2","type":"counter_offer","amount_cents":"12000000","rate_bps":340,"term_months":240,"note":"less","items":[{"id":"2","kind":"counter_offer","text":"less"}]}`
		k.bank.next = func(string) connectors.Answer { return pending(`{"events":[` + counter + `]}`) }
		k.run(t, 1)
		s = k.state(t, s)
		if s.State != "info_requested" || len(s.RequestedItems) != 1 || *s.RequestedItems[0].AmountCents != 12_000_000 || *s.RequestedItems[0].RateBPS != 340 || s.AmountCents != before {
			t.Fatalf("state %s, items %+v", s.State, s.RequestedItems)
		}
		scope, item := k.w.A.Do("broker", "submissions.write"), s.RequestedItems[0].ID
		for name, wrong := range map[string]submissions.Answer{"a document": {ItemID: item, DocumentID: k.paper(t, k.app.ID)}, "nothing": {ItemID: item}} {
			if _, err := k.subs.AnswerRequest(ctx, scope, s.ID, wrong); fault.As(err).Code != "submission.answer" {
				t.Errorf("%s for a counter-offer: %v", name, err)
			}
		}
		s, err := k.subs.AnswerRequest(ctx, scope, s.ID, submissions.Answer{ItemID: item, Choice: choice})
		ok(t, err)
		if want == 0 {
			want = before
		}
		if s.AmountCents != want {
			t.Errorf("after %s the amount is %d", choice, s.AmountCents)
		}
		if _, err := k.subs.AnswerRequest(ctx, scope, s.ID, submissions.Answer{ItemID: item, Choice: "accept"}); fault.As(err).Code != "submission.chosen" {
			t.Errorf("answered twice: %v", err)
		}
		if n := k.count(t, "select count(*)::text from operations where method = 'AnswerRequest'"); n != "1" {
			t.Errorf("%s answers on their way to the lender", n)
		}
		if _, err := k.subs.AnswerRequest(ctx, k.w.B.Do("broker", "submissions.write"), s.ID, submissions.Answer{ItemID: item, Choice: "accept"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("from another agency: %v", err)
		}
	}
}

// A document nobody asked for goes to a lender that has the file, and to no other.
func TestAddDocument(t *testing.T) {
	k := setup(t)
	s, err := k.subs.Create(ctx, k.w.A.Do("broker", "submissions.write"), k.app.ID, submissions.Draft{LenderID: k.lend})
	ok(t, err)
	scope, doc := k.w.A.Do("broker", "submissions.write"), k.paper(t, k.app.ID)
	if _, err := k.subs.AddDocument(ctx, scope, s.ID, doc); fault.As(err).Code != "submission.not_there" {
		t.Errorf("before it was sent: %v", err)
	}
	s, err = k.send(t, s, "submit")
	ok(t, err)
	k.bank.next = func(m string) connectors.Answer {
		if m == connectors.Submit {
			return done(`{"reference":"R1"}`)
		}
		return pending(`{"events":[]}`)
	}
	k.run(t, 2)
	if _, err := k.subs.AddDocument(ctx, k.w.B.Do("broker", "submissions.write"), s.ID, doc); !fault.Is(err, fault.NotFound) {
		t.Errorf("from another agency: %v", err)
	}
	_, err = k.subs.AddDocument(ctx, scope, s.ID, doc)
	ok(t, err)
	if n := k.count(t, "select count(*)::text from operations where method = 'AddDocument'"); n != "1" {
		t.Errorf("%s documents on their way", n)
	}
}
