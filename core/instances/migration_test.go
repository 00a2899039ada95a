package instances_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// moving is an office whose files run under version 1 of a process, with version 2 published beside it.
type moving struct {
	*office.Office
	t     *testing.T
	files []applications.Application // one open, one waiting, one checked
}

func newMoving(t *testing.T) *moving {
	m := &moving{Office: office.New(t), t: t}
	m.publish(visit)
	for _, events := range [][]string{{}, {"submit"}, {"submit", "check"}} {
		f := m.File(t)
		for _, e := range events {
			_, err := m.Applications.Send(t.Context(), m.A.Do("broker", "applications.transition"), f.ID, 0, applications.Send{Event: e})
			must(t, err)
		}
		m.files = append(m.files, f)
	}
	m.publish(visit2)
	return m
}

func (m *moving) publish(source string) {
	m.t.Helper()
	m.Clock.Advance(time.Second)
	_, err := m.Templates.Publish(m.t.Context(), m.A.Do("agency_admin", "workflows.publish"), "visit", instances.Publication{Source: source, InFlight: instances.Stay})
	must(m.t, err)
}

func (m *moving) migrate(from, to int, plan string, more ...func(*instances.MigrationRequest)) (jobs.Job, error) {
	in := instances.MigrationRequest{FromVersion: from, ToVersion: to, Plan: []byte(plan)}
	for _, change := range more {
		change(&in)
	}
	return m.Templates.Migrate(context.Background(), m.A.Do("agency_admin", "workflows.publish"), "visit", in)
}

func dryRun(in *instances.MigrationRequest) { in.DryRun = true }

func (m *moving) job(id ident.JobID) jobs.Job {
	m.t.Helper()
	j, err := m.Jobs.Get(m.t.Context(), m.A.Do("agency_admin", "jobs.read"), id)
	must(m.t, err)
	return j
}

// items are what came of a job, a line each.
func (m *moving) items(id ident.JobID) string {
	m.t.Helper()
	items, err := m.Jobs.Items(m.t.Context(), m.A.Do("agency_admin", "jobs.read"), id, jobs.ItemFilter{})
	must(m.t, err)
	var out []string
	for _, i := range items.Items {
		var r struct {
			From, To     []string
			NewlyBlocked []struct{ Event string } `json:"newly_blocked"`
			Problem      *string
		}
		must(m.t, json.Unmarshal(i.Result, &r))
		line := fmt.Sprintf("%s %s %v>%v", i.Label, i.State, r.From, r.To)
		for _, b := range r.NewlyBlocked {
			line += " blocked:" + b.Event
		}
		if r.Problem != nil {
			line += " " + *r.Problem
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// stands says where the files are: version and state of each, and whether its history verifies.
func (m *moving) stands() string {
	m.t.Helper()
	var out []string
	for _, f := range m.files {
		a, err := m.Applications.Get(m.t.Context(), m.A.Do("broker", "applications.read"), f.ID)
		must(m.t, err)
		r, err := m.Applications.Replay(m.t.Context(), m.A.Do("broker", "applications.read"), f.ID)
		must(m.t, err)
		line := fmt.Sprintf("%d:%s", a.Workflow.Version, a.State)
		if !r.OK {
			line += fmt.Sprintf(" (row %d: %+v)", r.Bad, r.Verdicts)
		}
		out = append(out, line)
	}
	return strings.Join(out, " ")
}

func (m *moving) wantStands(want string) {
	m.t.Helper()
	if got := m.stands(); got != want {
		m.t.Errorf("the files stand at %s, want %s", got, want)
	}
}

// TestMigration: tried first, then done, then undone; every history verifies all along.
func TestMigration(t *testing.T) {
	m := newMoving(t)
	tried, err := m.migrate(1, 2, visitPlan, dryRun)
	must(t, err)
	if tried.State != "queued" || tried.Total != 3 || tried.Percent != 0 {
		t.Errorf("%+v", tried)
	}
	m.Work(t)
	const came = "2026-0001 done [open]>[open]\n2026-0002 done [waiting]>[review] blocked:check\n2026-0003 done [checked]>[checked]"
	if got := m.items(tried.ID); got != came {
		t.Errorf("the dry run says\n%s", got)
	}
	m.wantStands("1:open 1:waiting 1:checked")

	done, err := m.migrate(1, 2, visitPlan)
	must(t, err)
	m.Work(t)
	if j := m.job(done.ID); j.State != "done" || j.Percent != 100 || j.Done != 3 || j.Notable != 1 || j.FinishedAt == nil || !strings.Contains(string(j.About), `"to_version": 2`) {
		t.Errorf("%+v %s", j, j.About)
	}
	if got := m.items(done.ID); got != came {
		t.Errorf("the migration says\n%s", got)
	}
	m.wantStands("2:open 2:review 2:checked")
	steps, err := m.Applications.History(t.Context(), m.A.Do("broker", "applications.read"), m.files[1].ID, page.Query{})
	must(t, err)
	if last := steps.Items[0]; last.Reason != workflow.MigrationReason || last.EventTitle.IT != "Passata a un'altra versione del processo" ||
		last.To[0] != "review" || last.Actor.ID != done.CreatedBy || last.Actor.ID == "system" {
		t.Errorf("%+v", last)
	}
	audited, err := m.Raw(t, "", `select count(*)::text from audit_entries
		where action = 'application.migrated' and request_id = 'job ' || $1 and detail->>'from' = '1' and detail->>'to' = '2'
			and detail->>'plan' = (select about->>'plan_digest' from jobs where id = $2)`, done.ID.String(), done.ID)
	must(t, err)
	timers, err := m.Raw(t, "", `select string_agg(state || ':' || coalesce(verdict, 'armed'), ' ' order by id) from timers where instance_id = $1`, m.files[1].ID)
	must(t, err)
	if audited != "3" || timers != "waiting:cancelled review:armed" {
		t.Errorf("%s in the trail; timers %s", audited, timers)
	}
	_, err = m.Applications.Send(t.Context(), m.A.Do("broker", "applications.transition"), m.files[1].ID, 0, applications.Send{Event: "check"})
	wantFault(t, err, fault.Refused, "event.refused")
	_, err = m.Applications.Send(t.Context(), m.A.Do("broker", "applications.transition"), m.files[0].ID, 0, applications.Send{Event: "submit"})
	must(t, err)

	back, err := m.Templates.Undo(t.Context(), m.A.Do("agency_admin", "workflows.publish"), done.ID)
	must(t, err)
	if !strings.Contains(string(back.About), `"notes": []`) {
		t.Errorf("nothing is lost, but %s", back.About)
	}
	m.Work(t)
	m.wantStands("1:waiting 1:waiting 1:checked") // the first has moved on meanwhile, and moves back from where it is
	if j := m.job(done.ID); j.UndoneBy == nil || *j.UndoneBy != back.ID {
		t.Errorf("%+v", j)
	}
	_, err = m.Templates.Undo(t.Context(), m.A.Do("agency_admin", "workflows.publish"), done.ID)
	wantFault(t, err, fault.Conflict, "job.not_undoable")
	_, err = m.Templates.Undo(t.Context(), m.A.Do("agency_admin", "workflows.publish"), tried.ID)
	wantFault(t, err, fault.Conflict, "job.not_undoable")

	for _, see := range []func() error{
		func() error {
			_, err := m.Jobs.Get(t.Context(), m.B.Do("agency_admin", "jobs.read"), done.ID)
			return err
		},
		func() error {
			_, err := m.Jobs.Cancel(t.Context(), m.B.Do("agency_admin", "jobs.write"), done.ID)
			return err
		},
		func() error {
			_, err := m.Jobs.Items(t.Context(), m.B.Do("agency_admin", "jobs.read"), done.ID, jobs.ItemFilter{})
			return err
		},
		func() error {
			_, err := m.Templates.Undo(t.Context(), m.B.Do("agency_admin", "workflows.publish"), done.ID)
			return err
		},
	} {
		wantFault(t, see(), fault.NotFound, "job.not_found")
	}
	if list, err := m.Jobs.List(t.Context(), m.B.Do("agency_admin", "jobs.read"), jobs.Filter{}); err != nil || len(list.Items) != 0 {
		t.Errorf("B sees %+v, %v", list, err)
	}
	if list, err := m.Jobs.List(t.Context(), m.A.Do("agency_admin", "jobs.read"), jobs.Filter{Query: page.Query{Limit: 2}}); err != nil ||
		len(list.Items) != 2 || list.NextCursor == nil {
		t.Errorf("A sees %+v, %v", list, err)
	}
}

// TestMigrationResetsNoClock: a file that stands in a renamed state has stood there since before, and its stay has not ended.
func TestMigrationResetsNoClock(t *testing.T) {
	m := newMoving(t)
	clocks := func() string {
		m.t.Helper()
		got, err := m.Raw(t, "", `select string_agg(i.entered_at::text || ' ' || (select count(*) from stays s where s.instance_id = i.id) || ' ' || coalesce(i.expected_by::text, '-'), E'\n' order by i.id)
			from instances i where i.subject = 'application'`)
		must(t, err)
		return got
	}
	before := clocks()
	m.Clock.Advance(time.Hour)
	_, err := m.migrate(1, 2, visitPlan)
	must(t, err)
	m.Work(t)
	m.wantStands("2:open 2:review 2:checked")
	if after := clocks(); after != before {
		t.Errorf("the clocks are\n%s\nand were\n%s", after, before)
	}
}

// TestMigrationRefused: a plan that does not fit is refused at once, and nothing moves.
func TestMigrationRefused(t *testing.T) {
	m := newMoving(t)
	for want, plan := range map[string]string{
		"the plan says nothing of the state checked":       `{"states": {"open": "open", "waiting": "review"}}`,
		"waiting is mapped to won_, which ends":            `{"states": {"waiting": "won_"}}`,
		"line 1: the plan has no key stat":                 `{"stat": {}}`,
		"from and to are about other versions":             `{"from": "2", "states": {"open": "open"}}`,
		"nobody is not a fact of the new template":         `{"states": {"open": "open"}, "facts": [{"fact": "nobody", "value": "1"}]}`,
		"amount_cents is computed and cannot be back-fill": `{"states": {"open": "open"}, "facts": [{"fact": "amount_cents", "value": "1"}]}`,
	} {
		_, err := m.migrate(1, 2, plan, dryRun)
		wantFault(t, err, fault.Invalid, "workflow.plan")
		if said := fmt.Sprint(fault.As(err).Fields); !strings.Contains(said, want) {
			t.Errorf("%s does not say %q", said, want)
		}
	}
	_, err := m.migrate(1, 1, visitPlan)
	wantFault(t, err, fault.Invalid, "workflow.plan")
	_, err = m.migrate(1, 9, visitPlan)
	wantFault(t, err, fault.NotFound, "workflow.version_not_found")
	_, err = m.Templates.Draft(t.Context(), m.A.Do("agency_admin", "workflows.write"), visit)
	must(t, err)
	_, err = m.migrate(1, 3, visitPlan)
	wantFault(t, err, fault.Conflict, "workflow.not_published")
	_, err = m.migrate(1, 2, visitPlan, func(in *instances.MigrationRequest) { in.Filter.IDs = []string{"here"} })
	wantFault(t, err, fault.Invalid, "workflow.filter")
	m.wantStands("1:open 1:waiting 1:checked")
}

// TestMigrationOfSome: states, files, an owner.
func TestMigrationOfSome(t *testing.T) {
	m := newMoving(t)
	owner := m.files[0].Owner.ID
	for name, c := range map[string]struct {
		filter instances.MigrationFilter
		total  int
	}{
		"states":     {instances.MigrationFilter{States: []string{"waiting", "open"}}, 2},
		"files":      {instances.MigrationFilter{IDs: []string{m.files[2].ID.String()}}, 1},
		"owner":      {instances.MigrationFilter{Owner: owner}, 3},
		"nobody's":   {instances.MigrationFilter{Owner: ident.NewUser()}, 0},
		"all of it":  {instances.MigrationFilter{States: []string{"waiting"}, IDs: []string{m.files[1].ID.String()}, Owner: owner}, 1},
		"no overlap": {instances.MigrationFilter{States: []string{"open"}, IDs: []string{m.files[1].ID.String()}}, 0},
	} {
		j, err := m.migrate(1, 2, visitPlan, dryRun, func(in *instances.MigrationRequest) { in.Filter = c.filter })
		must(t, err)
		if j.Total != c.total {
			t.Errorf("%s: %d files, want %d", name, j.Total, c.total)
		}
	}
	_, err := m.migrate(1, 2, `{"states": {"waiting": "review"}}`, func(in *instances.MigrationRequest) { in.Filter.States = []string{"waiting"} })
	must(t, err) // a plan need only cover what is chosen
	m.Work(t)
	m.wantStands("1:open 2:review 1:checked")
	j, err := m.migrate(1, 2, visitPlan, func(in *instances.MigrationRequest) { in.Filter.States = []string{"open"} })
	must(t, err)
	_, err = m.Applications.Send(t.Context(), m.A.Do("broker", "applications.transition"), m.files[0].ID, 0, applications.Send{Event: "submit"})
	must(t, err)
	m.Work(t)
	m.wantStands("1:waiting 2:review 1:checked") // it was chosen for standing in open, and no longer does
	if now := m.job(j.ID); now.Skipped != 1 || now.Notable != 1 {
		t.Errorf("%+v", now)
	}
}

// TestMigrationBackFills: a value computed from the old facts is recorded, replays, and keeps the migration from being undone.
func TestMigrationBackFills(t *testing.T) {
	m := newMoving(t)
	j, err := m.migrate(1, 2, `{"states": {"open": "open", "waiting": "review", "checked": "review"}, "facts": [{"fact": "reviewed", "value": "reviewed + 1"}], "timers": "restart"}`)
	must(t, err)
	m.Work(t)
	m.wantStands("2:open 2:review 2:review")
	facts := []string{}
	must(t, m.DB.Read(t.Context(), m.A.Do("broker", "applications.read"), func(tx *tenancy.Tx) error {
		for _, f := range m.files {
			var r instances.Running
			if err := tx.Load(instances.Load(&r, ident.Instance(f.ID), false)); err != nil {
				return err
			}
			if err := m.Engine.Attach(tx, &r); err != nil {
				return err
			}
			facts = append(facts, fmt.Sprint(r.Recorded["reviewed"]))
		}
		return nil
	}))
	if said := strings.Join(facts, " "); said != "<nil> 2 2" {
		t.Errorf("reviewed: %s", said)
	}
	_, err = m.Templates.Undo(t.Context(), m.A.Do("agency_admin", "workflows.publish"), j.ID)
	wantFault(t, err, fault.Conflict, "job.not_undoable")
	if said := fmt.Sprint(fault.As(err).Fields); !strings.Contains(said, "checked and waiting both became review") || !strings.Contains(said, "reviewed was back-filled") {
		t.Error(said)
	}
}

// TestMigrationGoesOn: a worker that dies in the middle leaves what is done; the next one does the rest, and nothing twice.
func TestMigrationGoesOn(t *testing.T) {
	m := newMoving(t)
	j, err := m.migrate(1, 2, visitPlan)
	must(t, err)
	work := m.Runner.Kinds[instances.JobMigration]
	dying, die := context.WithCancel(t.Context())
	crash := &jobs.Runner{DB: m.DB, Operator: m.Operator, Lease: time.Hour, Kinds: map[string]jobs.Work{instances.JobMigration: func(ctx context.Context,
		s tenancy.Scope, job jobs.Job, items []jobs.Item) error {
		if err := work(ctx, s, job, items[:1]); err != nil {
			return err
		}
		die()
		return ctx.Err()
	}}}
	_, err = crash.Once(dying)
	if err == nil {
		t.Fatal("it did not die")
	}
	m.Exec(t, `update jobs set lease_until = now() + interval '1 hour'`) // as a worker leaves it that is gone without a word
	if worked, err := m.Runner.Once(t.Context()); worked || err != nil {
		t.Errorf("the batch of another worker was taken: %v", err)
	}
	if now := m.job(j.ID); now.State != "running" || now.Done != 1 || now.Percent != 33 || now.Estimate == nil {
		t.Errorf("%+v", now)
	}
	m.Exec(t, `update jobs set lease_until = now() - interval '1 second'`) // its lease has run out
	m.Work(t)
	m.wantStands("2:open 2:review 2:checked")
	rows, err := m.Raw(t, "", `select count(*)::text from history where entry ? 'migration'`)
	must(t, err)
	if rows != "3" {
		t.Errorf("%s moves", rows)
	}
}

// TestMigrationIsCancelled: what is done stays done, the rest where it is.
func TestMigrationIsCancelled(t *testing.T) {
	m := newMoving(t)
	j, err := m.migrate(1, 2, strings.Replace(visitPlan, "}}", `}, "timers": "restart"}`, 1))
	must(t, err)
	work := m.Runner.Kinds[instances.JobMigration]
	m.Runner.Kinds[instances.JobMigration] = func(ctx context.Context, s tenancy.Scope, job jobs.Job, items []jobs.Item) error {
		must(t, work(ctx, s, job, items[:1]))
		_, err := m.Jobs.Cancel(ctx, m.A.Do("agency_admin", "jobs.write"), job.ID)
		must(t, err)
		return work(ctx, s, job, items[1:])
	}
	m.Work(t)
	m.wantStands("2:open 1:waiting 1:checked")
	if now := m.job(j.ID); now.State != "cancelled" || now.Done != 1 || now.Estimate != nil {
		t.Errorf("%+v", now)
	}
	_, err = m.Jobs.Cancel(t.Context(), m.A.Do("agency_admin", "jobs.write"), j.ID)
	wantFault(t, err, fault.Conflict, "job.ended")
	back, err := m.Templates.Undo(t.Context(), m.A.Do("agency_admin", "workflows.publish"), j.ID)
	must(t, err)
	if said := string(back.About); !strings.Contains(said, "the time that had passed before does not come back") || !strings.Contains(said, "il tempo già trascorso non torna") {
		t.Errorf("what is lost: %s", said)
	}
	m.Work(t)
	m.wantStands("1:open 1:waiting 1:checked")
}

// TestMigrationLeavesWhatIsBusy: a file that is locked is tried once more at the end; one that ended meanwhile stays as it is.
func TestMigrationLeavesWhatIsBusy(t *testing.T) {
	m := newMoving(t)
	j, err := m.migrate(1, 2, visitPlan)
	must(t, err)
	_, err = m.Applications.Send(t.Context(), m.A.Do("broker", "applications.transition"), m.files[2].ID, 0, applications.Send{Event: "grant"})
	must(t, err)
	conn, err := pgx.Connect(t.Context(), m.AdminURL())
	must(t, err)
	defer conn.Close(context.Background())
	hold, err := conn.Begin(t.Context())
	must(t, err)
	_, err = hold.Exec(t.Context(), `select 1 from instances where id = $1 for update`, m.files[0].ID)
	must(t, err)
	m.Work(t)
	must(t, hold.Rollback(t.Context()))
	m.wantStands("1:open 2:review 1:won_")
	if got := m.items(j.ID); got != "2026-0001 skipped []>[] Somebody was working on it, twice. Migrate it again.\n"+
		"2026-0002 done [waiting]>[review] blocked:check\n2026-0003 skipped []>[] It has ended, moved on or moved to another version meanwhile." {
		t.Errorf("%s", got)
	}
}

// TestMigrationGoesAroundBroken: a file that cannot be read has failed, and holds up no other; nor a look at what would come of them.
func TestMigrationGoesAroundBroken(t *testing.T) {
	m := newMoving(t)
	m.Exec(t, `update instances set machine = '[]' where id = $1`, m.files[1].ID)
	for _, change := range []func(*instances.MigrationRequest){dryRun, func(*instances.MigrationRequest) {}} {
		j, err := m.migrate(1, 2, visitPlan, change)
		must(t, err)
		m.Work(t)
		if now := m.job(j.ID); now.State != "done" || now.Done != 2 || now.Failed != 1 {
			t.Errorf("%+v", now)
		}
		if got := m.items(j.ID); !strings.Contains(got, "2026-0002 failed []>[] Something went wrong on our side.") {
			t.Error(got)
		}
	}
}
