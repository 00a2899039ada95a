package instances

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

// Standing is an instance with what its machine sees, as the feature that owns it knows.
type Standing struct {
	Running *Running
	World   func(now time.Time) (workflow.World, error) // for the machine that Running has at that moment
	Moved   func(trail map[string]string) error         // tells whoever is looking that it stands elsewhere, and the audit by what
}

// Feature is who runs the machines of a subject. applications and submissions implement it.
type Feature interface {
	// Stand reads an instance, locked when it is to be moved.
	Stand(tx *tenancy.Tx, id ident.InstanceID, lock bool) (Standing, error)
}

// Mover does the work of migrations.
type Mover struct {
	db       *tenancy.DB
	engine   *Engine
	features map[string]Feature // by subject
}

// NewMover builds it; features are by the subject of their templates.
func NewMover(db *tenancy.DB, engine *Engine, features map[string]Feature) *Mover {
	return &Mover{db, engine, features}
}

// Work moves a batch of instances, each in a transaction of its own, so that nobody waits for a batch. A dry run reads
// each and moves none.
func (m *Mover) Work(ctx context.Context, scope tenancy.Scope, job jobs.Job, items []jobs.Item) error {
	request, err := jobs.Decode[migrating](job)
	if err != nil {
		return err
	}
	var about aboutMigration
	if err := json.Unmarshal(job.About, &about); err != nil {
		return err
	}
	move, err := m.move(ctx, scope, request)
	if err != nil {
		return err
	}
	if request.DryRun {
		return m.dry(ctx, scope, request, move, items)
	}
	for _, item := range items {
		if err := m.db.Write(ctx, scope, func(tx *tenancy.Tx) error { return m.one(tx, job, request, about, move, item) }); err != nil {
			return err
		}
	}
	return nil
}

// move compiles the job's plan against the two versions, which are in memory.
func (m *Mover) move(ctx context.Context, scope tenancy.Scope, request migrating) (*migrate.Move, error) {
	from, err := m.engine.Pinned(ctx, m.db, scope, request.From)
	if err != nil {
		return nil, err
	}
	to, err := m.engine.Pinned(ctx, m.db, scope, request.To)
	if err != nil {
		return nil, err
	}
	plan, err := migrate.Parse(request.Plan)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "workflow.plan", "The plan cannot be read any more.")
	}
	return migrate.Compile(plan, from, to)
}

// told is what an item's result says.
type told struct {
	*migrate.Moved
	Problem *string `json:"problem"`
}

func problem(text string) told { return told{Problem: &text} }

// outcome is what an attempt at a move comes to, for the job.
func outcome(moved migrate.Moved, err error) (jobs.Outcome, error) {
	var why *migrate.Problem
	switch {
	case errors.As(err, &why):
		return jobs.Outcome{State: "failed", Notable: true, Result: problem(why.Text)}, nil
	case err != nil:
		return jobs.Outcome{}, err
	}
	return jobs.Outcome{State: "done", Notable: len(moved.NewlyBlocked)+len(moved.NewlyBroken) > 0, Result: told{Moved: &moved}}, nil
}

var (
	movedMeanwhile = jobs.Outcome{State: "skipped", Notable: true, Result: problem("It has ended, moved on or moved to another version meanwhile.")}
	stillLocked    = jobs.Outcome{State: "skipped", Notable: true, Result: problem("Somebody was working on it, twice. Migrate it again.")}
)

// dry says for each item what would come of it.
func (m *Mover) dry(ctx context.Context, scope tenancy.Scope, request migrating, move *migrate.Move, items []jobs.Item) error {
	outcomes := make([]jobs.Outcome, len(items))
	for i, item := range items {
		err := m.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
			at, w, err := m.stand(tx, item, false)
			switch {
			case err != nil:
				return err
			case !request.meant(at.Running):
				outcomes[i] = movedMeanwhile
				return nil
			}
			outcomes[i], err = outcome(move.Apply(at.Running.Instance, w))
			return err
		})
		if err != nil {
			return err
		}
	}
	return m.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		for i, item := range items {
			if err := jobs.Settle(tx, item, outcomes[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Mover) stand(tx *tenancy.Tx, item jobs.Item, lock bool) (Standing, workflow.World, error) {
	feature := m.features[item.Noun]
	if feature == nil {
		return Standing{}, workflow.World{}, fault.New(fault.Internal, "migration.subject", "No feature runs machines of this subject.")
	}
	at, err := feature.Stand(tx, item.Instance(), lock)
	if err != nil {
		return at, workflow.World{}, err
	}
	w, err := at.World(tx.Now())
	return at, w, err
}

// one moves an instance, in the transaction that settles its item. One that somebody else has locked comes again at the end;
// locked a second time, it is left where it is.
func (m *Mover) one(tx *tenancy.Tx, job jobs.Job, request migrating, about aboutMigration, move *migrate.Move, item jobs.Item) error {
	mine, free := false, false
	err := tx.Load(jobs.LoadTake(&mine, item), tenancy.Value(&free, `select true from instances where id = $1 for update skip locked`, item.ID))
	switch {
	case err != nil || !mine:
		return err
	case !free && item.Attempts == 0:
		jobs.Postpone(tx, item)
		return nil
	case !free:
		return jobs.Settle(tx, item, stillLocked)
	}
	at, w, err := m.stand(tx, item, true)
	switch {
	case err != nil:
		return err
	case !request.meant(at.Running):
		return jobs.Settle(tx, item, movedMeanwhile)
	}
	moved, err := move.Apply(at.Running.Instance, w)
	done, failure := outcome(moved, err)
	if failure != nil {
		return failure
	}
	if err == nil {
		if err := m.engine.cross(tx, at, move, request.To, moved, workflow.Actor{ID: job.CreatedBy}); err != nil {
			return err
		}
		if err := at.Moved(map[string]string{"plan": move.Digest, "from": strconv.Itoa(about.FromVersion), "to": strconv.Itoa(about.ToVersion)}); err != nil {
			return err
		}
	}
	return jobs.Settle(tx, item, done)
}

// cross writes a move: a macrostep of the new machine, and the version the instance is pinned to from now on.
func (e *Engine) cross(tx *tenancy.Tx, at Standing, move *migrate.Move, to ident.WorkflowID, moved migrate.Moved, by workflow.Actor) error {
	r := at.Running
	result := moved.Result()
	entry, read := move.New.Crossed(&result, by, tx.Now(), r.Recorded, workflow.Crossing{From: move.Old.Digest, Plan: move.Digest})
	r.Machine, r.Workflow = move.New, to
	tx.Exec(`update instances set workflow_version_id = $2 where id = $1`, r.ID, to)
	w, err := at.World(tx.Now())
	if err != nil {
		return err
	}
	return e.record(tx, r, result, w, entry, append(read, result.FactChanges...))
}
