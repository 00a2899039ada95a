package instances_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/tenants/templates"
)

// loan is what a network lets its agencies start from: they may ask for more, shorten and reword, add steps before the check,
// and leave the check itself as it is.
const loan = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan, title: {en: Loan, it: Prestito}}
subject: application
params: {max_cents: {type: integer, default: 5000000, minimum: 1000000, maximum: 9000000}}
states:
  open:    {kind: atomic, initial: true, slot: before_check, seal: extend}
  check:   {kind: atomic, mandatory: true, seal: sealed, sla: {within: P3D, emits: late}}
  granted: {kind: final, outcome: won}
  lost_:   {kind: final, outcome: lost}
events: {submit: {by: [broker]}, late: {by: [system]}, grant: {by: [back_office]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, seal: extend, from: open, on: submit, to: check, guards: [{id: g_amount, expr: amount_cents <= params.max_cents, text: {en: Within the limit, it: Entro il limite}}]}
  - {id: t_late, from: check, on: late, to: lost_}
  - {id: t_grant, from: check, on: grant, to: granted}
  - {id: t_decline, from: [open, check], on: decline, to: lost_}
`

// careful is an agency's overlay on it.
func careful(version int, operations ...string) string {
	return fmt.Sprintf(`# Ours, since March.
apiVersion: pratica/v1
kind: WorkflowOverlay
metadata:
  key: careful-loan
  title: {en: Careful loan, it: Prestito prudente}
  extends: {key: loan, version: %d} # the network's
operations:
  - {op: set_param, param: max_cents, value: 3000000}
`, version) + strings.Join(operations, "")
}

// network opens an office whose network has published the loan.
func network(t *testing.T) (*office.Office, func(source string) instances.BaseVersion) {
	o := office.New(t)
	publish := func(source string) instances.BaseVersion {
		t.Helper()
		b, err := o.Bases.Publish(t.Context(), o.DoNetwork(t, "networks.publish"), source)
		must(t, err)
		return b
	}
	if b := publish(loan); b.Key != "loan" || b.Version != 1 || b.Certificate == nil || !b.Certificate.Publishable || b.On != nil {
		t.Fatalf("%+v", b)
	}
	return o, publish
}

// TestInherit: an agency publishes an overlay, and what runs is the template it gives, certified as it runs.
func TestInherit(t *testing.T) {
	o, _ := network(t)
	ctx, read, publish := t.Context(), o.A.Do("broker", "workflows.read"), o.A.Do("agency_admin", "workflows.publish")
	source := careful(1, "  - {op: add_guard, transition: t_submit, guard: {id: g_term, expr: term_months <= 240, text: {en: Twenty years, it: Vent'anni}}}\n")
	report, err := o.Templates.Check(ctx, read, source)
	must(t, err)
	if !report.Publishable || report.Digest == "" {
		t.Fatalf("%+v", report)
	}
	live, err := o.Templates.Publish(ctx, publish, "careful-loan", instances.Publication{Source: source})
	must(t, err)
	if live.Overlay != source || live.Base == nil || live.Base.Key != "loan" || live.Base.Version != 1 || live.Digest != report.Digest || live.Certificate.Template != report.Digest ||
		!strings.Contains(live.Source, "kind: Workflow\n") || !strings.Contains(live.Source, "g_term") || live.NewBase != nil {
		t.Errorf("%+v", live)
	}
	app := o.File(t) // of a hundred thousand euros
	if app.Workflow.Key != "careful-loan" {
		t.Fatalf("the file runs under %+v", app.Workflow)
	}
	_, err = o.Applications.Send(ctx, o.A.Do("broker", "applications.transition"), app.ID, 0, applications.Send{Event: "submit"})
	wantFault(t, err, fault.Refused, "event.refused")

	// A stored draft is proved anew from what was written.
	draft, err := o.Templates.Draft(ctx, o.A.Do("agency_admin", "workflows.write"), source)
	must(t, err)
	certified, err := o.Templates.Certify(ctx, o.A.Do("agency_admin", "workflows.write"), "careful-loan", draft.Version)
	must(t, err)
	if certified.Overlay != source || certified.Digest != live.Digest {
		t.Errorf("%+v", certified)
	}
	for _, sql := range []string{`update workflow_versions set overlay = 'x' where key = 'careful-loan'`, `update workflow_versions set base_version = 9 where key = 'careful-loan'`,
		`update network_workflows set digest = 'x'`, `delete from network_workflows`} {
		if _, err := o.Raw(t, "", sql+" returning 1"); err == nil {
			t.Errorf("the database lets %s pass", sql)
		}
	}
	_, err = o.Templates.Versions(ctx, o.B.Do("agency_admin", "workflows.read"), "careful-loan", instances.VersionQuery{})
	wantFault(t, err, fault.NotFound, "workflow.not_found")
}

// TestOverlayWherever: what takes a source takes an overlay, and files in flight move to it by a plan like to any version.
func TestOverlayWherever(t *testing.T) {
	o, _ := network(t)
	ctx, publish := t.Context(), o.A.Do("agency_admin", "workflows.publish")
	own := strings.Replace(loan, "key: loan", "key: careful-loan", 1)
	_, err := o.Templates.Publish(ctx, publish, "careful-loan", instances.Publication{Source: own})
	must(t, err)
	app := o.File(t)
	seen, err := o.Applications.Simulate(ctx, o.A.Do("agency_admin", "workflows.read"), o.Templates, applications.Simulation{Source: careful(1)})
	must(t, err)
	if strings.Join(seen.States, " ") != "open" {
		t.Errorf("%+v", seen)
	}
	_, err = o.Applications.Simulate(ctx, o.A.Do("agency_admin", "workflows.read"), o.Templates, applications.Simulation{Source: careful(2)})
	wantFault(t, err, fault.Invalid, "workflow.not_publishable")
	job, err := o.Templates.Diverge(ctx, o.A.Do("agency_admin", "workflows.write"), "careful-loan", instances.DivergenceRequest{Source: careful(1), Since: calendar.On(2026, 1, 1)})
	must(t, err)
	moved, err := o.Templates.Publish(ctx, publish, "careful-loan", instances.Publication{Source: careful(1), InFlight: instances.Migrate,
		Plan: []byte(`{"from": 1, "states": {"open": "open", "check": "check"}}`)})
	must(t, err)
	o.Work(t)
	if done, err := o.Jobs.Get(ctx, o.A.Do("agency_admin", "jobs.read"), job.ID); err != nil || done.State != "done" {
		t.Errorf("%+v %v", done, err)
	}
	app, err = o.Applications.Get(ctx, o.A.Do("broker", "applications.read"), app.ID)
	must(t, err)
	if app.Workflow.Version != moved.Version {
		t.Errorf("the file is under %+v", app.Workflow)
	}
}

// TestOverlayFindings: what is wrong stands where the overlay's author can act.
func TestOverlayFindings(t *testing.T) {
	o, publish := network(t)
	publish(strings.NewReplacer("key: loan", "key: quick", "seal: extend, from", "seal: free, from").Replace(loan))
	ctx, read := t.Context(), o.A.Do("agency_admin", "workflows.read")
	for name, c := range map[string]struct {
		source, code, at string
		line, column     int
		says             string
	}{
		"a seal": {careful(1,
			"  - {op: add_guard, transition: t_grant, guard: {id: g, expr: 'true', text: {en: x, it: x}}}\n"+
				"  - {op: disable, transition: t_late}\n"), "seal_broken", "operation:3", 11, 31, "t_late"},
		"a bound":            {strings.Replace(careful(1), "3000000", "300", 1), "seal_broken", "operation:1", 9, 46, "minimum 1000000"},
		"a form":             {careful(1, "  - {op: add_gard}\n"), "schema", "operation:2", 10, 10, "add_guard"},
		"an unknown version": {careful(3), "unknown_name", "/metadata/extends", 7, 12, "no loan version 3; the newest is version 1"},
		"an unknown base":    {strings.Replace(careful(1), "{key: loan,", "{key: lone,", 1), "unknown_name", "/metadata/extends", 7, 12, "nearest known name: loan"},
		"an element it adds": {careful(1,
			"  - op: add_guard\n    transition: t_submit\n    guard: {id: g_no, expr: nothing_known < 3, text: {en: x, it: x}}\n"), "unknown_name", "guard:g_no", 12, 12, "nothing_known"},
		"a role it adds": {careful(1, "  - {op: add_action, transition: t_submit, action: {do: task.create, role: notary, title: {en: x, it: x}}}\n"),
			"unknown_role", "transition:t_submit", 10, 52, "notary"},
		"the base under it": {strings.Replace(careful(1, "  - {op: disable, transition: t_submit}\n"), "{key: loan,", "{key: quick,", 1), "unreachable",
			"state:check", 7, 12, "in the base quick version 1: "},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := o.Templates.Check(ctx, read, c.source)
			must(t, err)
			if report.Publishable || len(report.Findings) == 0 {
				t.Fatal("it passes")
			}
			f := report.Findings[0]
			if f.Code != c.code || f.At != c.at || f.Line != c.line || f.Column != c.column && c.column != 0 || !strings.Contains(f.Message, c.says) {
				t.Errorf("%+v", f)
			}
			_, err = o.Templates.Publish(ctx, o.A.Do("agency_admin", "workflows.publish"), "careful-loan", instances.Publication{Source: c.source})
			wantFault(t, err, fault.Invalid, "workflow.not_publishable")
		})
	}
}

// TestChainOfBases: a base may be an overlay on another one of the network; an agency's stands on either.
func TestChainOfBases(t *testing.T) {
	o, publish := network(t)
	region := publish(strings.NewReplacer("careful-loan", "south", "3000000", "4000000").Replace(careful(1)))
	if region.Key != "south" || region.On == nil || region.On.Key != "loan" || !strings.Contains(region.Source, "kind: Workflow\n") || region.Overlay == "" {
		t.Fatalf("%+v", region)
	}
	ours := strings.Replace(careful(1), "{key: loan,", "{key: south,", 1)
	live, err := o.Templates.Publish(t.Context(), o.A.Do("agency_admin", "workflows.publish"), "careful-loan", instances.Publication{Source: ours})
	must(t, err)
	if live.Base.Key != "south" || !strings.Contains(live.Source, "default: 3000000") {
		t.Errorf("%+v", live)
	}
	_, err = o.Bases.Publish(t.Context(), o.DoNetwork(t, "networks.publish"), strings.Replace(ours, "key: south,", "key: north,", 1))
	wantFault(t, err, fault.Invalid, "workflow.not_publishable")
}

// TestUpgrade: a new version of the base is seen, shown and taken over; the author's text keeps every character but the number.
func TestUpgrade(t *testing.T) {
	o, publish := network(t)
	ctx, read, write := t.Context(), o.A.Do("broker", "workflows.read"), o.A.Do("agency_admin", "workflows.write")
	source := careful(1, "  - {op: set_text, path: /events/submit/title, text: {en: Hand in, it: Consegna}} # as people here say\n")
	live := func(source string) {
		t.Helper()
		_, err := o.Templates.Publish(ctx, o.A.Do("agency_admin", "workflows.publish"), "careful-loan", instances.Publication{Source: source})
		must(t, err)
	}
	live(source)
	up, err := o.Templates.Upgrade(ctx, read, "careful-loan")
	must(t, err)
	if up.Base != (instances.BaseStep{Key: "loan", From: 1, To: 1}) || !up.Publishable || len(up.Changes) != 0 {
		t.Errorf("%+v", up)
	}
	_, err = o.Templates.StartUpgrade(ctx, write, "careful-loan")
	wantFault(t, err, fault.Conflict, "workflow.base_newest")

	publish(strings.Replace(loan, "P3D", "P2D", 1))
	list, err := o.Templates.List(ctx, read)
	must(t, err)
	for _, w := range list {
		if (w.NewBase != nil) != (w.Key == "careful-loan") || w.NewBase != nil && *w.NewBase != 2 || w.Source != "" || w.Overlay != "" {
			t.Errorf("%+v", w)
		}
	}
	up, err = o.Templates.Upgrade(ctx, read, "careful-loan")
	must(t, err)
	if up.Base != (instances.BaseStep{Key: "loan", From: 1, To: 2}) || !up.Publishable || len(up.Conflicts) != 0 || len(up.Changes) != 1 ||
		up.Changes[0].At != "state:check" || up.Changes[0].Weight != "tightens" {
		t.Errorf("%+v", up)
	}
	draft, err := o.Templates.StartUpgrade(ctx, write, "careful-loan")
	must(t, err)
	if want := strings.Replace(source, "version: 1}", "version: 2}", 1); draft.Overlay != want || draft.Status != "draft" || draft.Version != 2 ||
		draft.Base.Version != 2 || !strings.Contains(draft.Source, "P2D") {
		t.Errorf("%+v", draft)
	}
	_, err = o.Templates.Publish(ctx, o.A.Do("agency_admin", "workflows.publish"), "careful-loan", instances.Publication{Version: 2})
	must(t, err)

	// The third version takes away what the overlay names, and refuses its figure.
	publish(strings.NewReplacer("minimum: 1000000", "minimum: 4000000", "submit:", "hand_in:", "submit,", "hand_in,").Replace(loan))
	up, err = o.Templates.Upgrade(ctx, read, "careful-loan")
	must(t, err)
	if up.Publishable || len(up.Conflicts) != 2 || up.Conflicts[0].Line != 9 || up.Conflicts[0].Why != "out_of_bounds" ||
		up.Conflicts[1].Op != "set_text" || up.Conflicts[1].Text.IT == "" {
		t.Errorf("%+v", up)
	}
	_, err = o.Templates.StartUpgrade(ctx, write, "careful-loan")
	wantFault(t, err, fault.Conflict, "workflow.base_conflicts")
	if f := fault.As(err).Fields; len(f) != 2 || f[0].Pointer != "operation:1" || f[1].Pointer != "operation:2" {
		t.Errorf("%+v", f)
	}

	// The fifth takes every operation, but a guard of the overlay reads what is gone: the template it gives is not sound.
	publish(strings.Replace(loan, "states:", "facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 9}}}\nstates:", 1))
	live(careful(4, "  - {op: add_guard, transition: t_submit, guard: {id: g_score, expr: score > 3, text: {en: x, it: x}}}\n"))
	publish(loan)
	up, err = o.Templates.Upgrade(ctx, read, "careful-loan")
	must(t, err)
	if up.Base.From != 4 || up.Base.To != 5 || up.Publishable || len(up.Conflicts) != 0 || len(up.Findings) != 1 ||
		up.Findings[0].Code != "unknown_name" || up.Findings[0].At != "guard:g_score" || up.Findings[0].Line != 10 {
		t.Errorf("%+v", up)
	}
	_, err = o.Templates.Upgrade(ctx, read, "bank-submission")
	wantFault(t, err, fault.NotFound, "workflow.no_base")
	_, err = o.Templates.Upgrade(ctx, o.B.Do("broker", "workflows.read"), "careful-loan")
	wantFault(t, err, fault.NotFound, "workflow.not_found")
}

// TestBasesStayInside: agencies of the network read its bases; those of another do not hear that there is one. Neither does
// anybody past the product.
func TestBasesStayInside(t *testing.T) {
	o, _ := network(t)
	ctx := t.Context()
	other, c := o.Elsewhere(t)
	inside, outside := o.B.Do("broker", "workflows.read"), c.Do("broker", "workflows.read")
	list, err := o.Templates.Bases(ctx, inside)
	must(t, err)
	if len(list) != 1 || list[0].Key != "loan" || list[0].Version != 1 || list[0].Title.IT != "Prestito" || list[0].Digest == "" || list[0].Source != "" {
		t.Errorf("%+v", list)
	}
	base, err := o.Templates.Base(ctx, inside, "loan", 1)
	must(t, err)
	if base.Source != loan {
		t.Errorf("%+v", base)
	}
	list, err = o.Templates.Bases(ctx, outside)
	must(t, err)
	if len(list) != 0 {
		t.Errorf("%+v", list)
	}
	_, err = o.Templates.Base(ctx, outside, "loan", 1)
	wantFault(t, err, fault.NotFound, "base.not_found")
	_, never := o.Templates.Base(ctx, outside, "never", 1)
	if fmt.Sprint(err) != fmt.Sprint(never) {
		t.Errorf("%v tells more than %v", err, never)
	}
	for _, key := range []string{"loan", "never"} {
		report, err := o.Templates.Check(ctx, outside, strings.Replace(careful(1), "{key: loan,", "{key: "+key+",", 1))
		must(t, err)
		if len(report.Findings) != 1 || report.Findings[0].Message != "the network has no base "+key+"; it publishes none" {
			t.Errorf("%+v", report)
		}
	}
	mine, err := o.Bases.List(ctx, o.DoNetwork(t, "networks.read"))
	must(t, err)
	theirs, err := o.Bases.List(ctx, other.DoNetwork(t, "networks.read"))
	must(t, err)
	if len(mine) != 1 || len(theirs) != 0 {
		t.Errorf("%+v %+v", mine, theirs)
	}
	_, err = o.Bases.Versions(ctx, other.DoNetwork(t, "networks.read"), "loan", instances.VersionQuery{})
	wantFault(t, err, fault.NotFound, "base.not_found")
	first, err := o.Bases.Publish(ctx, other.DoNetwork(t, "networks.publish"), loan) // its count is its own
	must(t, err)
	if first.Version != 1 {
		t.Errorf("%+v", first)
	}
	for _, role := range []string{"pratica_app", "pratica_network"} {
		for _, sql := range []string{`select count(*)::text from network_workflows`, `select count(*)::text from agency_bases(null, null)`,
			`select count(*)::text from network_base_use()`, `select count(*)::text from network_audit_entries`} {
			if n, err := o.Raw(t, role, sql); err == nil && n != "0" {
				t.Errorf("%s outside the door reads %s of %s", role, n, sql)
			}
		}
	}
}

// TestBaseUse: the network sees how many agencies work under a version, once they are five, and its trail says who published what.
func TestBaseUse(t *testing.T) {
	o, publish := network(t)
	ctx := t.Context()
	publish(loan)
	_, err := o.Templates.Publish(ctx, o.A.Do("agency_admin", "workflows.publish"), "careful-loan", instances.Publication{Source: careful(1)})
	must(t, err)
	copies := func(n int) {
		for range n {
			o.Exec(t, `with a as (insert into agencies (id, network_id, name)
					select gen_random_uuid(), network_id, 'Agenzia ' || gen_random_uuid() from agencies where id = $1 returning id)
				insert into workflow_versions (tenant_id, id, key, version, subject, title, source, digest, status, created_by, created_at,
					overlay, base_key, base_version)
				select a.id, gen_random_uuid(), key, version, subject, title, source, digest, status, created_by, created_at, overlay, base_key, base_version
				from workflow_versions, a where key = 'careful-loan' and tenant_id = $1`, o.A.ID)
		}
	}
	use := func() []instances.BaseUse {
		t.Helper()
		list, err := o.Bases.List(ctx, o.DoNetwork(t, "networks.read"))
		must(t, err)
		if len(list) != 1 || list[0].Version != 2 || len(list[0].Use) != 2 || list[0].Source != "" {
			t.Fatalf("%+v", list)
		}
		return list[0].Use
	}
	copies(3)
	if u := use(); u[1].Version != 1 || u[1].Agencies != nil || u[0].Agencies != nil {
		t.Errorf("four agencies are shown: %+v", u)
	}
	copies(1)
	if u := use(); u[1].Agencies == nil || *u[1].Agencies != 5 || u[0].Agencies != nil {
		t.Errorf("%+v", u)
	}
	// What was stored later but published before is not what they work under.
	o.Exec(t, `update workflow_versions set published_at = now() where key = 'careful-loan'`)
	o.Exec(t, `insert into workflow_versions (tenant_id, id, key, version, subject, title, source, digest, status, created_by, created_at, published_at,
			overlay, base_key, base_version)
		select tenant_id, gen_random_uuid(), key, 2, subject, title, source, digest, status, created_by, created_at, published_at - interval '1 day',
			overlay, base_key, 2
		from workflow_versions where key = 'careful-loan'`)
	if u := use(); u[1].Agencies == nil || *u[1].Agencies != 5 || u[0].Agencies != nil {
		t.Errorf("%+v", u)
	}
	trail, err := o.Raw(t, "", `select string_agg(action || ' ' || (detail->>'key') || ' ' || left(actor_id, 4) || ' ' || left(ref, 4), ', ')
		from network_audit_entries where network_id = $1`, o.Network)
	must(t, err)
	if trail != "base.published loan usr_ wft_, base.published loan usr_ wft_" {
		t.Error(trail)
	}
	_, err = o.Bases.Publish(ctx, o.DoNetwork(t, "networks.read").For("networks.unheard"), loan)
	wantFault(t, err, fault.Forbidden, "access.denied")
	_, err = o.Bases.Publish(ctx, o.DoNetwork(t, "networks.publish"), strings.Replace(loan, "to: granted", "to: nowhere", 1))
	wantFault(t, err, fault.Invalid, "workflow.not_publishable")
}

// TestDefaultsAsBases: what every agency starts from is a base a network can publish: there is room where an agency works, and
// none around due diligence and the check.
func TestDefaultsAsBases(t *testing.T) {
	o := office.New(t)
	ctx, check := t.Context(), o.A.Do("agency_admin", "workflows.read")
	for _, source := range templates.All() {
		_, err := o.Bases.Publish(ctx, o.DoNetwork(t, "networks.publish"), string(source))
		must(t, err)
	}
	for operation, code := range map[string]string{
		`set_param, param: max_ltv_bps, value: 7500`: "",
		`add_guard, transition: t_open_collection, guard: {id: g_meeting, expr: known(client_meeting), text: {en: Met, it: Visto}}`: "",
		`shorten_sla, state: file_check, within: P1D`:                                                                   "",
		`add_state, slot: collection, state: {copies: {kind: atomic}}`:                                                  "unreachable",
		`set_param, param: max_ltv_bps, value: 10001`:                                                                   "seal_broken",
		`disable, transition: t_release`:                                                                                "seal_broken",
		`set_text, path: /transitions/t_open_collection/guards/g_privacy/text, text: {en: Whatever, it: Fa lo stesso}`:  "seal_broken",
		`set_text, path: /invariants/inv_ltv/text, text: {en: Whatever, it: Fa lo stesso}`:                              "seal_broken",
		`add_transition, slot: collection, transition: {id: t_around, from: file_check, on: hold, to: ready_to_submit}`: "seal_broken",
	} {
		report, err := o.Templates.Check(ctx, check,
			"apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: ours, extends: {key: mortgage, version: 1}}\noperations:\n  - {op: "+operation+"}\n")
		must(t, err)
		if report.Publishable != (code == "") || code != "" && (report.Findings[0].Code != code || report.Findings[0].Line != 5) {
			t.Errorf("%s: %+v", operation, report.Findings)
		}
	}
}
