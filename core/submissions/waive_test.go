package submissions_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/submissions"
)

const guarded = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: guarded}
subject: submission
states: {draft: {kind: atomic, initial: true}, sent: {kind: atomic}, taken: {kind: final, outcome: won}}
events: {send: {by: [broker]}, take: {by: [broker]}}
transitions: [{id: t_send, from: draft, on: send, to: sent}, {id: t_take, from: sent, on: take, to: taken}]
invariants: [{id: inv_amount, in: [draft, sent], expr: application.amount_cents <= 5000000, waive: [back_office], text: {en: Small, it: Piccola}}]
`

// TestABreachOfASubmission: it is on the submission, a task of its file says at which lender, and who may waives it.
func TestABreachOfASubmission(t *testing.T) {
	o := office.New(t)
	o.Clock.Advance(time.Second)
	o.A.Publish(t, guarded)
	app := o.File(t)
	sub, err := o.Submissions.Create(t.Context(), o.A.Do("broker", "submissions.write"), app.ID, submissions.Draft{LenderID: o.Lender(t, "aurora")})
	office.Must(t, err)
	if len(sub.Breaches) != 1 || sub.Breaches[0].Invariant != "inv_amount" {
		t.Fatalf("%+v", sub.Breaches)
	}
	task := func() string {
		text, err := o.Raw(t, "", `select state || ' ' || role || ' ' || (title->>'en') from tasks where application_id = $1`, app.ID)
		office.Must(t, err)
		return text
	}
	if got := task(); got != "open back_office Banca aurora. No longer holds: Small" {
		t.Errorf("the task: %s", got)
	}
	waive := func(role string, version int) error {
		_, err := o.Submissions.Waive(t.Context(), o.A.Do(role, "submissions.waive"), sub.ID, version, applications.Waiver{Invariant: "inv_amount", Reason: "agreed by phone"})
		return err
	}
	for role, code := range map[string]string{"broker": "waiver.role", "read_only": "access.denied"} {
		if err := waive(role, sub.Version); fault.As(err).Code != code {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := waive("back_office", sub.Version+1); !fault.Is(err, fault.Stale) {
		t.Errorf("another version: %v", err)
	}
	if _, err := o.Submissions.Waive(t.Context(), o.B.Do("back_office", "submissions.waive"), sub.ID, sub.Version, applications.Waiver{Invariant: "inv_amount", Reason: "x"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("B: %v", err)
	}
	office.Must(t, waive("back_office", sub.Version))
	sub, err = o.Submissions.Get(t.Context(), o.A.Do("broker", "submissions.read"), sub.ID)
	office.Must(t, err)
	if len(sub.Breaches) != 0 || task()[:4] != "done" {
		t.Errorf("after the waiver: %+v, %s", sub.Breaches, task())
	}
	_, err = o.Submissions.Send(t.Context(), o.A.Do("broker", "submissions.transition"), sub.ID, sub.Version, applications.Send{Event: "send"})
	office.Must(t, err)
}

// TestASubmissionSeesItsFile: a change of the file asks its open submissions to look; what breaks there is on the file, its list and the
// board with the lender's name, until it holds again. A look of which nothing comes leaves nothing behind.
func TestASubmissionSeesItsFile(t *testing.T) {
	o := office.New(t)
	o.Clock.Advance(time.Second)
	o.A.Publish(t, guarded)
	ctx, app := t.Context(), o.File(t)
	ask := func(cents int64) {
		t.Helper()
		_, err := o.Applications.Change(ctx, o.A.Do("broker", "applications.write"), app.ID, 0, applications.Patch{AmountCents: &cents})
		office.Must(t, err)
	}
	ask(40_000_00)
	sub, err := o.Submissions.Create(ctx, o.A.Do("broker", "submissions.write"), app.ID, submissions.Draft{LenderID: o.Lender(t, "aurora")})
	office.Must(t, err)
	other, err := o.Submissions.Create(ctx, o.A.Do("broker", "submissions.write"), app.ID, submissions.Draft{LenderID: o.Lender(t, "borea")})
	office.Must(t, err)
	_, err = o.Submissions.Send(ctx, o.A.Do("broker", "submissions.transition"), other.ID, other.Version, applications.Send{Event: "send"})
	office.Must(t, err)
	look := func() {
		t.Helper()
		asked, err := o.Raw(t, "", `select count(*)::text from outbox where topic = 'event' and ref = $1 and payload->>'event' = ''`, sub.ID.String())
		office.Must(t, err)
		if asked == "0" {
			t.Error("it is not asked to look")
		}
		o.Exec(t, `delete from outbox where topic = 'event'`)
		scope, err := o.Operator.Scope(o.A.ID, "test")
		office.Must(t, err)
		for _, id := range []ident.SubmissionID{sub.ID, other.ID} {
			office.Must(t, o.Submissions.Look(ctx, scope.For("submissions.transition"), id))
		}
	}
	shown := func() string {
		t.Helper()
		file, err := o.Applications.Get(ctx, o.A.Do("read_only", "applications.read"), app.ID)
		office.Must(t, err)
		list, err := o.Applications.List(ctx, o.A.Do("read_only", "applications.read"), applications.Filter{})
		office.Must(t, err)
		board, err := o.Applications.Board(ctx, o.A.Do("read_only", "applications.read"), false)
		office.Must(t, err)
		text := func(b *applications.SentBreaches) string {
			if b == nil {
				return "nothing"
			}
			return fmt.Sprintf("%d, %s: %s", b.Count, b.Lender, b.First.IT)
		}
		out := text(file.Sent)
		if text(list.Items[0].Sent) != out || text(board.Columns[0].Items[0].Sent) != out {
			t.Errorf("the file says %s, the list and the board something else", out)
		}
		return out
	}
	version := func() string {
		v, err := o.Raw(t, "", "select version::text from instances where id = $1", sub.ID)
		office.Must(t, err)
		return v
	}
	before := version()
	ask(45_000_00)
	look()
	if got := shown(); got != "nothing" || version() != before {
		t.Errorf("a change that breaks nothing shows %s, and version %s after %s", got, version(), before)
	}
	ask(60_000_00)
	look()
	if got := shown(); got != "2, Banca aurora: Piccola" {
		t.Errorf("a change that breaks it shows %s", got)
	}
	ask(30_000_00)
	look()
	if got := shown(); got != "nothing" {
		t.Errorf("when it holds again it shows %s", got)
	}
}
