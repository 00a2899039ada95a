package instances_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/templates"
)

// asks is every use of an action that the format knows, with the trace it leaves where somebody carries it out.
var asks = []struct{ action, trace string }{
	{`{do: task.create, role: broker, title: {en: Look, it: Guardare}}`, "task"},
	{`{do: notify, role: broker, template: t}`, "mail"},
	{`{do: notify, party: applicant, template: t}`, "mail"},
	{`{do: fact.set, fact: noted, value: "1"}`, "fact"},
	{`{do: document.request, kind: payslip, from: applicant}`, "document"},
	{`{do: instance.start, template: bank-submission, subject: submission}`, "submission"},
	{`{do: event.send, to: submissions, event: withdraw}`, "event to submissions"},
	{`{do: event.send, to: application, event: lender_submitted}`, "event to applications"},
	{`{do: connector.call, ref: bankportal.submit}`, "operation"},
	{`{do: connector.call, ref: bankportal.withdraw}`, "operation"},
	{`{do: connector.call, ref: bankportal.answer}`, ""}, // each item was sent when it was answered
	{`{do: connector.call, ref: bureau.report}`, "operation"},
}

// TestPublishedIsCarriedOut holds what may be published against what the features do: each action goes live in a template of each
// subject, an event asks for it, and either it leaves its trace or the template is one that is not published.
func TestPublishedIsCarriedOut(t *testing.T) {
	o := office.New(t)
	for _, subject := range []string{"submission", "application"} { // files of the first round run under the template agencies start from
		for i, ask := range asks {
			t.Run(subject+" "+ask.action, func(t *testing.T) {
				key := fmt.Sprintf("asks-%s-%d", subject, i)
				source := asking(key, subject, ask.action)
				_, err := o.Templates.Publish(t.Context(), o.A.Do("agency_admin", "workflows.publish"), key, instances.Publication{Source: source})
				if err != nil {
					wantFault(t, err, fault.Invalid, "workflow.not_carried_out")
					if e := fault.As(err); len(e.Fields) != 1 || e.Fields[0].Pointer != "transition:t_go" || !strings.Contains(e.Fields[0].Message, "Transition t_go asks for ") ||
						!strings.Contains(e.Fields[0].Message, "in a template of subject "+subject) {
						t.Errorf("it says %+v", e.Fields)
					}
				}
				if done := carriesOut(t, o, subject, source, ask.trace, err != nil); done != (err == nil) {
					t.Errorf("carried out: %v, published: %v", done, err == nil)
				}
			})
		}
	}
}

func asking(key, subject, action string) string {
	return `apiVersion: pratica/v1
kind: Workflow
metadata: {key: ` + key + `}
subject: ` + subject + `
facts: {type: object, properties: {noted: {type: integer, minimum: 0, maximum: 9}}}
states:
  open:   {kind: atomic, initial: true}
  closed: {kind: final, outcome: won}
events: {go: {by: [broker]}, end: {by: [broker]}}
transitions:
  - {id: t_go, from: open, on: go, actions: [` + action + `]}
  - {id: t_end, from: open, on: end, to: closed}
`
}

// carriesOut runs the template, past the publishing if need be, and looks whether the event leaves the trace.
func carriesOut(t *testing.T, o *office.Office, subject, source, trace string, seed bool) bool {
	t.Helper()
	app := o.File(t)
	lender := o.Lender(t, strings.ToLower(ident.NewLender().UUID.String()))
	o.Exec(t,
		`insert into connections (tenant_id, id, connector, lender_id, name, config, created_at) values ($1, $2, 'bankportal', $3, 'x', '{}', now())`,
		o.A.ID, ident.NewConnection(), lender)
	if seed {
		o.Clock.Advance(time.Second)
		sealed, err := instances.Seal([]byte(source))
		must(t, err)
		must(t, o.DB.Write(t.Context(), o.A.Do("agency_admin", "workflows.publish"), func(tx *tenancy.Tx) error { instances.Seed(tx, sealed); return nil }))
	}
	if subject == "application" { // one under the new template
		app = o.File(t)
	}
	sub, err := o.Submissions.Create(t.Context(), o.A.Do("broker", "submissions.write"), app.ID, submissions.Draft{LenderID: lender})
	must(t, err)
	o.Exec(t, `update submissions set lender_reference = 'R-1' where id = $1`, sub.ID)
	before := traces(t, o, app.ID, sub.ID)
	if subject == "application" {
		_, err = o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), app.ID, 0, applications.Send{Event: "go"})
	} else {
		_, err = o.Submissions.Send(t.Context(), o.A.Do("broker", "submissions.transition"), sub.ID, 0, applications.Send{Event: "go"})
	}
	if err != nil {
		return false
	}
	return trace == "" || strings.Count(traces(t, o, app.ID, sub.ID), trace+";") > strings.Count(before, trace+";")
}

// traces lists what a file and its submission have left behind.
func traces(t *testing.T, o *office.Office, app ident.ApplicationID, sub ident.SubmissionID) string {
	t.Helper()
	text, err := o.Raw(t, "", `select coalesce(string_agg(x, ''), '') from (
		select 'task;' x from tasks where application_id = $1
		union all select 'document;' from documents where application_id = $1
		union all select 'submission;' from submissions where application_id = $1
		union all select 'operation;' from operations where submission_id = $2
		union all select 'fact;' from fact_changes where name = 'noted' and instance_id in ($1, $2)
		union all select case topic when 'event' then 'event to ' || (payload->>'to') || ';' else topic || ';' end from outbox) y`, app, sub)
	must(t, err)
	return text
}

// TestDefaultsAreCarriedOut: what every agency starts from can be published as it is.
func TestDefaultsAreCarriedOut(t *testing.T) {
	o := office.New(t)
	for i, key := range []string{"mortgage", "bank-submission"} {
		v, err := o.Templates.Publish(t.Context(), o.A.Do("agency_admin", "workflows.publish"), key, instances.Publication{Source: string(templates.All()[i])})
		must(t, err)
		if v.Status != "published" || v.Version != 2 {
			t.Errorf("%+v", v)
		}
	}
	if _, err := o.Templates.Draft(t.Context(), o.A.Do("agency_admin", "workflows.write"), asking("sketch", "application", asks[4].action)); err != nil {
		t.Errorf("a draft may ask for what is not there yet: %v", err)
	}
	list, err := o.Templates.List(t.Context(), o.B.Do("agency_admin", "workflows.read"))
	must(t, err)
	for _, v := range list {
		if v.Version != 1 || v.Key == "sketch" {
			t.Errorf("B sees %s version %d", v.Key, v.Version)
		}
	}
}
