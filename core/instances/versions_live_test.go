package instances_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/instances"
)

// TestLiveIsPublishedLast: drafts may go live in another order than they were stored. Files open under what was published last,
// and an upgrade starts from it.
func TestLiveIsPublishedLast(t *testing.T) {
	o, publish := network(t)
	ctx, write, live := t.Context(), o.A.Do("agency_admin", "workflows.write"), o.A.Do("agency_admin", "workflows.publish")
	publish(strings.Replace(loan, "P3D", "P2D", 1))
	for base := range 2 { // version 1 stands on base 1, version 2 on base 2
		_, err := o.Templates.Draft(ctx, write, careful(base+1))
		must(t, err)
	}
	for _, version := range []int{2, 1} {
		o.Clock.Advance(time.Second)
		_, err := o.Templates.Publish(ctx, live, "careful-loan", instances.Publication{Version: version})
		must(t, err)
	}
	if app := o.File(t); app.Workflow.Key != "careful-loan" || app.Workflow.Version != 1 {
		t.Errorf("a file opens under %+v", app.Workflow)
	}
	up, err := o.Templates.Upgrade(ctx, write, "careful-loan")
	must(t, err)
	if up.Base.From != 1 || up.Base.To != 2 {
		t.Errorf("the upgrade starts from %+v", up.Base)
	}
	o.Clock.Advance(time.Second)
	_, err = o.Templates.Publish(ctx, live, "visit", instances.Publication{Source: visit})
	must(t, err)
	_, err = o.Templates.Upgrade(ctx, write, "careful-loan")
	wantFault(t, err, fault.Conflict, "workflow.not_live")
}

// TestReplaces: whoever publishes hears what new files began under until now, and the audit keeps it with the choice.
func TestReplaces(t *testing.T) {
	o := office.New(t)
	ctx, publish := t.Context(), o.A.Do("agency_admin", "workflows.publish")
	o.Clock.Advance(time.Second)
	first, err := o.Templates.Publish(ctx, publish, "visit", instances.Publication{Source: visit})
	must(t, err)
	if r := first.Replaces; r == nil || *r != (instances.Replaced{Key: "mortgage", Version: 1}) {
		t.Errorf("%+v", r)
	}
	o.File(t)
	o.Clock.Advance(time.Second)
	_, err = o.Templates.Draft(ctx, o.A.Do("agency_admin", "workflows.write"), visit2)
	must(t, err)
	second, err := o.Templates.Publish(ctx, publish, "visit", instances.Publication{Version: 2, InFlight: instances.Drain, By: calendar.On(2026, 12, 31)})
	must(t, err)
	if r := second.Replaces; r == nil || *r != (instances.Replaced{Key: "visit", Version: 1}) {
		t.Errorf("%+v", r)
	}
	trail, err := o.Raw(t, "", `select string_agg(concat_ws(' ', action, detail->>'version', detail->>'in_flight', detail->>'by', detail->>'replaces'), ', ' order by id)
		from audit_entries where action like 'workflow.%'`)
	must(t, err)
	if trail != "workflow.draft 1, workflow.certified 1, workflow.published 1 mortgage version 1, "+
		"workflow.draft 2, workflow.certified 2, workflow.published 2 drain 2026-12-31 visit version 1" {
		t.Error(trail)
	}
}

// TestAKeyKeepsItsSubject: files would begin under a template of which nobody thinks.
func TestAKeyKeepsItsSubject(t *testing.T) {
	o := office.New(t)
	ctx, write, publish := t.Context(), o.A.Do("agency_admin", "workflows.write"), o.A.Do("agency_admin", "workflows.publish")
	other := strings.Replace(visit, "subject: application", "subject: submission", 1)
	_, err := o.Templates.Draft(ctx, write, other) // before anything of the key is published, it may be about anything
	must(t, err)
	_, err = o.Templates.Publish(ctx, publish, "visit", instances.Publication{Source: visit})
	must(t, err)
	for _, p := range []instances.Publication{{Version: 1}, {Source: other}} {
		_, err = o.Templates.Publish(ctx, publish, "visit", p)
		wantFault(t, err, fault.Invalid, "workflow.subject")
	}
	_, err = o.Templates.Draft(ctx, write, other)
	wantFault(t, err, fault.Invalid, "workflow.subject")
}

// TestPlanOfASource: a version that has no number yet is meant by none.
func TestPlanOfASource(t *testing.T) {
	m := newMoving(t)
	publish := func(plan string) (instances.Published, error) {
		return m.Templates.Publish(t.Context(), m.A.Do("agency_admin", "workflows.publish"), "visit",
			instances.Publication{Source: visit2, InFlight: instances.Migrate, Plan: []byte(plan)})
	}
	states := strings.TrimPrefix(visitPlan, "{")
	_, err := publish(`{"from": "1", "to": "77", ` + states)
	wantFault(t, err, fault.Invalid, "workflow.plan")
	out, err := publish(`{"from": "1", ` + states)
	must(t, err)
	if out.JobID == nil {
		t.Errorf("%+v", out)
	}
}

// TestVersionsArePaged: with their texts, the newest first; the list of templates comes without.
func TestVersionsArePaged(t *testing.T) {
	o := office.New(t)
	ctx, read, write := t.Context(), o.A.Do("broker", "workflows.read"), o.A.Do("agency_admin", "workflows.write")
	const stored = 24
	for n := range stored {
		_, err := o.Templates.Draft(ctx, write, strings.Replace(visit, "maximum: 9}", fmt.Sprintf("maximum: %d}", 9+n), 1))
		must(t, err)
		if n == 1 { // what is certified is kept, however many drafts come after it
			_, err = o.Templates.Certify(ctx, write, "visit", 2)
			must(t, err)
		}
	}
	var seen []int
	for q, more := (instances.VersionQuery{}), true; more; {
		p, err := o.Templates.Versions(ctx, read, "visit", q)
		must(t, err)
		if len(p.Items) > 20 {
			t.Errorf("%d on a page", len(p.Items))
		}
		for _, v := range p.Items {
			seen = append(seen, v.Version)
			if v.Source == "" {
				t.Errorf("version %d without its source", v.Version)
			}
		}
		if more = p.NextCursor != nil; more {
			q.Cursor = *p.NextCursor
		}
	}
	if fmt.Sprint(seen) != "[24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 2]" {
		t.Errorf("%v are left: the oldest drafts make room, nothing else", seen)
	}
	_, err := o.Templates.Versions(ctx, read, "visit", instances.VersionQuery{Cursor: "?"})
	wantFault(t, err, fault.Invalid, "list.cursor")
	if _, err := o.Raw(t, "", `delete from workflow_versions where status = 'certified' returning 1`); err == nil {
		t.Error("the database lets a certified version go")
	}
	list, err := o.Templates.List(ctx, read)
	must(t, err)
	for _, w := range list {
		if w.Source != "" || w.Overlay != "" || w.Certificate != nil {
			t.Errorf("%+v", w)
		}
	}
}

// TestMigrationFilterIsHeld: states that are none are refused, ids that are nobody's are counted.
func TestMigrationFilterIsHeld(t *testing.T) {
	m := newMoving(t)
	only := func(f instances.MigrationFilter) func(*instances.MigrationRequest) {
		return func(in *instances.MigrationRequest) { in.DryRun, in.Filter = true, f }
	}
	_, err := m.migrate(1, 2, visitPlan, only(instances.MigrationFilter{States: []string{"open", "waitin"}}))
	wantFault(t, err, fault.Invalid, "workflow.filter")
	if f := fault.As(err).Fields; len(f) != 1 || f[0].Pointer != "/filter/states/1" || !strings.Contains(f[0].Message, "waiting") {
		t.Errorf("%+v", f)
	}
	j, err := m.migrate(1, 2, visitPlan, only(instances.MigrationFilter{IDs: []string{m.files[0].ID.String(), "app_" + strings.Repeat("0", 25) + "4"}}))
	must(t, err)
	if j.Total != 1 || !strings.Contains(string(j.About), `"unknown_ids": 1`) {
		t.Errorf("%d %s", j.Total, j.About)
	}
}
