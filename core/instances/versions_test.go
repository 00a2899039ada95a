package instances_test

import (
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/instances"
)

// visit is a process of three states; its second version calls one of them otherwise and asks for more.
const visit = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: visit}
subject: application
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000}, reviewed: {type: integer, minimum: 0, maximum: 9}}}
states:
  open:    {kind: atomic, initial: true}
  waiting: {kind: atomic, sla: {within: P3D, emits: late}}
  checked: {kind: atomic}
  won_:    {kind: final, outcome: won}
  lost_:   {kind: final, outcome: lost}
events: {submit: {by: [broker]}, late: {by: [system]}, check: {by: [broker]}, grant: {by: [broker]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, from: open, on: submit, to: waiting, actions: [{do: fact.set, fact: reviewed, value: "1"}]}
  - {id: t_late, from: waiting, on: late, to: lost_}
  - {id: t_check, from: waiting, on: check, to: checked}
  - {id: t_grant, from: checked, on: grant, to: won_}
  - {id: t_decline, from: [open, waiting, checked], on: decline, to: lost_}
`

// visit2 calls waiting review, and checks the amount there.
var visit2 = strings.NewReplacer("waiting", "review", "on: check, to: checked}",
	`on: check, to: checked, guards: [{id: g_amount, expr: amount_cents < 5000000, text: {en: "Below 50,000", it: "Sotto 50.000"}}]}`).Replace(visit)

const visitPlan = `{"states": {"open": "open", "waiting": "review", "checked": "checked"}}`

// TestVersionsStep: draft, certified, published, retired, in this order, each with its traces.
func TestVersionsStep(t *testing.T) {
	o := office.New(t)
	ctx := t.Context()
	write, publish := o.A.Do("agency_admin", "workflows.write"), o.A.Do("agency_admin", "workflows.publish")
	draft, err := o.Templates.Draft(ctx, write, visit)
	must(t, err)
	if draft.Status != "draft" || draft.Certificate != nil {
		t.Errorf("%+v", draft)
	}
	certified, err := o.Templates.Certify(ctx, write, "visit", 1)
	must(t, err)
	if c := certified.Certificate; certified.Status != "certified" || c.Template != draft.Digest || !c.Publishable || c.Analyser == "" ||
		!strings.HasPrefix(c.By, "usr_") || c.At.IsZero() {
		t.Errorf("%+v %+v", certified, c)
	}
	_, err = o.Templates.Certify(ctx, write, "visit", 1)
	wantFault(t, err, fault.Conflict, "workflow.certified")
	live, err := o.Templates.Publish(ctx, publish, "visit", instances.Publication{Version: 1})
	must(t, err)
	if live.Status != "published" || live.Version != 1 || live.Certificate.At != certified.Certificate.At || live.JobID != nil {
		t.Errorf("%+v", live)
	}
	_, err = o.Templates.Publish(ctx, publish, "visit", instances.Publication{Version: 1})
	wantFault(t, err, fault.Conflict, "workflow.published")
	second, err := o.Templates.Publish(ctx, publish, "visit", instances.Publication{Source: visit2})
	must(t, err)
	if second.Version != 2 || second.Certificate == nil {
		t.Errorf("%+v", second)
	}
	retired, err := o.Templates.Retire(ctx, publish, "visit", 2)
	must(t, err)
	if retired.Status != "retired" || retired.RetiredAt == nil {
		t.Errorf("%+v", retired)
	}
	_, err = o.Templates.Retire(ctx, publish, "visit", 2)
	wantFault(t, err, fault.Conflict, "workflow.not_published")
	_, err = o.Templates.Retire(ctx, publish, "visit", 9)
	wantFault(t, err, fault.NotFound, "workflow.version_not_found")
	_, err = o.Templates.Retire(ctx, publish, "bank-submission", 1)
	wantFault(t, err, fault.Conflict, "workflow.last")
	if app := o.File(t); app.Workflow.Key != "visit" || app.Workflow.Version != 1 {
		t.Errorf("after the retirement of version 2 a file opens under %+v", app.Workflow)
	}
	for _, sql := range []string{`update workflow_versions set status = 'draft' where key = 'visit'`, `update workflow_versions set certificate = '{}' where key = 'visit'`,
		`update workflow_versions set source = 'x' where key = 'visit' and status = 'published'`} {
		if _, err := o.Raw(t, "", sql+" returning 1"); err == nil {
			t.Errorf("the database lets %s pass", sql)
		}
	}
	_, err = o.Templates.Versions(ctx, o.B.Do("agency_admin", "workflows.read"), "visit", instances.VersionQuery{})
	wantFault(t, err, fault.NotFound, "workflow.not_found")
}

// TestUnknownRoles: a role nobody in the agency can have is an error, with its place; one the agency has made is none.
func TestUnknownRoles(t *testing.T) {
	o := office.New(t)
	source := strings.NewReplacer("submit: {by: [broker]}", "submit: {by: [brokr]}", "do: fact.set, fact: reviewed, value: \"1\"",
		"do: task.create, role: notary, title: {en: x, it: x}").Replace(visit)
	_, err := o.Templates.Publish(t.Context(), o.A.Do("agency_admin", "workflows.publish"), "visit", instances.Publication{Source: source})
	wantFault(t, err, fault.Invalid, "workflow.not_publishable")
	report, err := o.Templates.Check(t.Context(), o.A.Do("agency_admin", "workflows.read"), source)
	must(t, err)
	if report.Publishable || len(report.Findings) != 2 || report.Findings[0].Code != "unknown_role" || report.Findings[0].At != "event:submit" || report.Findings[0].Line != 12 ||
		!strings.Contains(report.Findings[0].Message, "brokr; nearest known name: broker") || report.Findings[1].At != "transition:t_submit" {
		t.Errorf("%+v", report.Findings)
	}
	o.Exec(t, `insert into policy_rules (tenant_id, id, role, action) values ($1, gen_random_uuid(), 'notary', 'tasks.read')`, o.A.ID)
	report, err = o.Templates.Check(t.Context(), o.A.Do("agency_admin", "workflows.read"), strings.Replace(source, "brokr", "broker", 1))
	must(t, err)
	if !report.Publishable {
		t.Errorf("%+v", report.Findings)
	}
}

// TestInFlight: whoever publishes over files in flight says what becomes of them.
func TestInFlight(t *testing.T) {
	o := office.New(t)
	ctx, publish := t.Context(), o.A.Do("agency_admin", "workflows.publish")
	try := func(p instances.Publication) (instances.Published, error) {
		return o.Templates.Publish(ctx, publish, "visit", p)
	}
	_, err := try(instances.Publication{Source: visit})
	must(t, err)
	o.Clock.Advance(1e9)
	o.File(t)
	_, err = try(instances.Publication{Source: visit2})
	wantFault(t, err, fault.Conflict, "workflow.in_flight")
	if !strings.Contains(err.Error(), "1 files are in flight") {
		t.Error(err)
	}
	for _, bad := range []instances.Publication{{Source: visit2, InFlight: instances.Drain}, {Source: visit2, InFlight: instances.Drain, By: calendar.On(2026, 1, 1)}} {
		_, err = try(bad)
		wantFault(t, err, fault.Invalid, "workflow.drain")
	}
	for _, plan := range []string{``, `{"from": 7, "states": {"open": "open"}}`, `{"from": 1, "states": {"waiting": "review"}}`, `{"from": 1, "states": {"open": "nowhere"}}`} {
		_, err = try(instances.Publication{Source: visit2, InFlight: instances.Migrate, Plan: []byte(plan)})
		wantFault(t, err, fault.Invalid, "workflow.plan")
	}
	if versions, err := o.Templates.Versions(ctx, publish, "visit", instances.VersionQuery{}); err != nil || len(versions.Items) != 1 {
		t.Fatalf("what was refused left something behind: %v %+v", err, versions)
	}
	_, err = try(instances.Publication{Source: visit2, InFlight: instances.Stay})
	must(t, err)
	_, err = try(instances.Publication{Source: visit2, InFlight: instances.Drain, By: calendar.On(2026, 12, 31)})
	must(t, err)
	o.Exec(t, `update workflow_versions set drain_by = current_date - 1 where key = 'visit' and drain_by = '2026-12-31'`)
	moved, err := try(instances.Publication{Source: visit2, InFlight: instances.Migrate, Plan: []byte(`{"from": 1, "states": {"open": "open"}}`)})
	must(t, err)
	if moved.JobID == nil || moved.Version != 4 {
		t.Fatalf("%+v", moved)
	}
	versions, err := o.Templates.Versions(ctx, publish, "visit", instances.VersionQuery{})
	must(t, err)
	if first, second := versions.Items[3], versions.Items[2]; first.Instances != 1 || first.DrainBy == nil || !first.Overdue || second.Overdue || second.DrainBy != nil {
		t.Errorf("%+v", versions)
	}
	o.Work(t)
	versions, err = o.Templates.Versions(ctx, publish, "visit", instances.VersionQuery{})
	must(t, err)
	if v := versions.Items; v[0].Instances != 1 || v[3].Instances != 0 || v[3].Overdue {
		t.Errorf("after the migration: %+v", versions)
	}
}
