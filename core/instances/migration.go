package instances

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

// JobMigration is the kind of the jobs that move instances.
const JobMigration = "migration"

// MigrationRequest asks for a migration, or for a dry run of it.
type MigrationRequest struct {
	FromVersion, ToVersion int
	Plan                   json.RawMessage // as core/workflow/migrate reads it
	DryRun                 bool
	Filter                 MigrationFilter
}

// migrating is what the job needs to do the work.
type migrating struct {
	From   ident.WorkflowID `json:"from"`
	To     ident.WorkflowID `json:"to"`
	Plan   json.RawMessage  `json:"plan"`
	DryRun bool             `json:"dry_run"`
	States []string         `json:"states"` // only what still stands in one of these; none: wherever it stands
}

// meant tells whether an instance is still one of those that were chosen.
func (m migrating) meant(r *Running) bool {
	return r.Workflow == m.From && r.Instance.Ended == "" &&
		(len(m.States) == 0 || slices.ContainsFunc(r.Instance.States, func(s string) bool { return slices.Contains(m.States, s) }))
}

// aboutMigration is what people see of the job.
type aboutMigration struct {
	Key         string          `json:"key"`
	FromVersion int             `json:"from_version"`
	ToVersion   int             `json:"to_version"`
	DryRun      bool            `json:"dry_run"`
	Plan        json.RawMessage `json:"plan"`
	PlanDigest  string          `json:"plan_digest"`
	Notes       []workflow.Text `json:"notes"`                 // of an undo: what it does not bring back
	UnknownIDs  int             `json:"unknown_ids,omitempty"` // of the filter's ids, those that are of no file or submission of the agency
}

// migration is a plan that was found to fit, on its way to become a job.
type migration struct {
	key    string
	from   planTo
	to     planTo
	move   *migrate.Move
	filter MigrationFilter
	dryRun bool
	undoOf ident.JobID
	notes  []workflow.Text
}

// planTo is one end of a plan.
type planTo struct {
	id      ident.WorkflowID
	version int
	machine *workflow.Machine
}

// is tells whether a plan's from or to can mean this version: its number, its digest, or nothing. What is not stored yet has no number.
func (e planTo) is(said string) bool {
	return said == "" || e.version > 0 && said == strconv.Itoa(e.version) || said == e.machine.Digest
}

// Migrate starts a job that moves the instances of one version to another, or says for each what would come of it. A plan that does
// not fit, or misses a state in which one of the chosen instances stands, is refused at once, and nothing moves.
func (s *Templates) Migrate(ctx context.Context, scope tenancy.Scope, key string, in MigrationRequest) (jobs.Job, error) {
	to, err := s.end(ctx, scope, key, in.ToVersion)
	if err != nil {
		return jobs.Job{}, err
	}
	from, err := s.end(ctx, scope, key, in.FromVersion)
	if err != nil {
		return jobs.Job{}, err
	}
	plan, err := migrate.Parse(in.Plan)
	if err != nil {
		return jobs.Job{}, badPlan(err)
	}
	m, err := s.fits(ctx, scope, &migration{key: key, from: from, to: to, filter: in.Filter, dryRun: in.DryRun}, plan)
	if err != nil {
		return jobs.Job{}, err
	}
	return s.begin(ctx, scope, m)
}

// Undo starts a job that moves back what a migration has moved; its about says under notes what does not come back. A plan that does not lead back is refused with the reasons.
func (s *Templates) Undo(ctx context.Context, scope tenancy.Scope, id ident.JobID) (jobs.Job, error) {
	var done jobs.Job
	var request migrating
	var about aboutMigration
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) (err error) { // a repeated request is answered as before
		if done, err = jobs.Read(tx, id); err != nil {
			return err
		}
		if request, err = jobs.Decode[migrating](done); err != nil {
			return err
		}
		return json.Unmarshal(done.About, &about)
	})
	switch {
	case err != nil:
		return done, err
	case done.Kind != JobMigration || request.DryRun:
		return done, fault.New(fault.Conflict, "job.not_undoable", "Only a migration that moved files can be undone.")
	case !done.Ended():
		return done, fault.New(fault.Conflict, "job.not_undoable", "The migration is still under way. Cancel it first, or wait for its end.")
	case done.UndoneBy != nil:
		return done, fault.New(fault.Conflict, "job.not_undoable", "The migration has been undone already.")
	}
	from, err := s.end(ctx, scope, about.Key, about.FromVersion)
	if err != nil {
		return done, err
	}
	to, err := s.end(ctx, scope, about.Key, about.ToVersion)
	if err != nil {
		return done, err
	}
	plan, err := migrate.Parse(request.Plan)
	if err != nil {
		return done, err
	}
	back, err := plan.Invert(from.machine, to.machine)
	if err != nil {
		return done, &fault.Error{Kind: fault.Conflict, Code: "job.not_undoable", Message: "The migration cannot be undone; see errors.", Fields: planFields(err)}
	}
	move, err := migrate.Compile(back, to.machine, from.machine)
	if err != nil {
		return done, badPlan(err)
	}
	return s.begin(ctx, scope, &migration{key: about.Key, from: to, to: from, move: move, undoOf: id, notes: plan.Lost(from.machine, to.machine)})
}

// end reads one end of a plan: a published or retired version.
func (s *Templates) end(ctx context.Context, scope tenancy.Scope, key string, version int) (planTo, error) {
	t, err := s.stored(ctx, scope, key, version)
	if err != nil {
		return planTo{}, err
	}
	if t.Status != "published" && t.Status != "retired" {
		return planTo{}, fault.New(fault.Conflict, "workflow.not_published", "Files run only under published versions; this one is "+t.Status+". Publish it first.")
	}
	m, _ := workflow.Compile([]byte(t.Source))
	if m == nil {
		return planTo{}, fault.New(fault.Internal, "workflow.broken", "A published template does not compile any more.")
	}
	return planTo{t.ID, t.Version, m}, nil
}

// planned reads the plan of somebody who publishes: its from names the version that is left.
func (s *Templates) planned(ctx context.Context, scope tenancy.Scope, key string, text json.RawMessage, to planTo) (*migration, error) {
	plan, err := migrate.Parse(text)
	if err != nil {
		return nil, badPlan(err)
	}
	version := 0
	if err := s.db.Load(ctx, scope, tenancy.Value(&version, `select version from workflow_versions
		where key = $1 and (version::text = $2 or digest = $2) order by version desc limit 1`, key, plan.From)); err != nil {
		return nil, err
	}
	if version == 0 {
		return nil, fault.Input("workflow.plan", "/plan/from", "The plan's from is the version, or the digest of it, whose files are to move.")
	}
	from, err := s.end(ctx, scope, key, version)
	if err != nil {
		return nil, err
	}
	return s.fits(ctx, scope, &migration{key: key, from: from, to: to}, plan)
}

// fits compiles the plan and looks whether it covers where the chosen instances stand.
func (s *Templates) fits(ctx context.Context, scope tenancy.Scope, m *migration, plan migrate.Plan) (*migration, error) {
	if m.from.id == m.to.id {
		return nil, fault.Input("workflow.plan", "/to_version", "A migration leads to another version.")
	}
	if !m.from.is(plan.From) || !m.to.is(plan.To) {
		return nil, fault.Input("workflow.plan", "/plan", "The plan's from and to are about other versions than those asked for.")
	}
	move, err := migrate.Compile(plan, m.from.machine, m.to.machine)
	if err != nil {
		return nil, badPlan(err)
	}
	m.move = move
	if err := m.filter.knows(m.from.machine); err != nil {
		return nil, err
	}
	args, err := m.filter.args(m.from.id)
	if err != nil {
		return nil, err
	}
	var occupied [][]string
	if err := s.db.Load(ctx, scope, tenancy.Scan(`select distinct i.states`+chosen, args, func(rows pgx.Rows) error {
		var states []string
		err := rows.Scan(&states)
		occupied = append(occupied, states)
		return err
	})); err != nil {
		return nil, err
	}
	if err := move.Covers(occupied); err != nil {
		return nil, badPlan(err)
	}
	return m, nil
}

// begin makes the job of a migration.
func (s *Templates) begin(ctx context.Context, scope tenancy.Scope, m *migration) (jobs.Job, error) {
	var out jobs.Job
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		id, err := m.start(tx)
		if err != nil {
			return err
		}
		if out, err = jobs.Read(tx, id); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "jobs_undo_idx") {
		err = fault.Wrap(err, fault.Conflict, "job.not_undoable", "The migration has been undone already.")
	}
	return out, err
}

// start queues the job with an item for each instance that is to move.
func (m *migration) start(tx *tenancy.Tx) (ident.JobID, error) {
	plan, err := json.Marshal(m.move.Plan)
	if err != nil {
		return ident.JobID{}, err
	}
	ids, err := m.filter.ids()
	if err != nil {
		return ident.JobID{}, err
	}
	unknown := 0
	if err := tx.Load(tenancy.Value(&unknown, `select count(*) from unnest($1::uuid[]) asked where not exists (select from instances i where i.id = asked)`, ids)); err != nil {
		return ident.JobID{}, err
	}
	id, err := jobs.Create(tx, jobs.Spec{Kind: JobMigration, UndoOf: m.undoOf, Request: migrating{m.from.id, m.to.id, plan, m.dryRun, m.filter.States},
		About: aboutMigration{m.key, m.from.version, m.to.version, m.dryRun, plan, m.move.Digest, append([]workflow.Text{}, m.notes...), unknown}})
	if err != nil {
		return id, err
	}
	if m.undoOf.IsZero() {
		args, err := m.filter.args(m.from.id)
		if err != nil {
			return id, err
		}
		jobs.Fill(tx, id, `select i.subject, i.id, coalesce(a.number, f.number, '')`+chosen+` order by i.id`, args...)
	} else {
		jobs.Fill(tx, id, `select noun, ref, label from job_items where job_id = $1 and state = 'done' order by number`, m.undoOf)
	}
	if !m.dryRun {
		tx.Exec(`insert into migration_plans (tenant_id, digest, from_version_id, to_version_id, plan, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict on constraint migration_plans_pkey do nothing`, tx.Scope().Tenant(), m.move.Digest, m.from.id, m.to.id, plan, tx.Scope().Actor().ID(), tx.Now())
		audit.Record(tx, "workflow.migration", id, map[string]string{"key": m.key, "plan": m.move.Digest})
	}
	return id, outbox.Tell(tx, "jobs", id, 1)
}

// badPlan is the refusal of a plan, a field for each thing that is wrong with it.
func badPlan(err error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "workflow.plan", Message: "The plan does not fit; see errors.", Fields: planFields(err)}
}

func planFields(err error) (fields []fault.Field) {
	for _, line := range strings.Split(err.Error(), "\n") {
		fields = append(fields, fault.Field{Pointer: "/plan", Message: line})
	}
	return fields
}
