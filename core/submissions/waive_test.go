package submissions_test

import (
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
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
	sub, err := o.Submissions.Create(t.Context(), o.A.Do("broker", "submissions.write"), app.ID, o.Lender(t, "aurora"), ident.ProductID{})
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
