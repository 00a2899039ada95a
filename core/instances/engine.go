package instances

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Engine steps instances.
type Engine struct {
	compiled *lru.Cache[uuid.UUID, *workflow.Machine] // by template version: a published source never changes
	once     singleflight.Group                       // a version is compiled once, whoever asks for it at the same moment
	turns    chan struct{}                            // and only so many at once that other requests keep a processor
}

// NewEngine keeps up to a thousand compiled templates.
func NewEngine() *Engine {
	cache, err := lru.New[uuid.UUID, *workflow.Machine](1000)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Engine{compiled: cache, turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
}

// machine compiles a template version, which the scope must be able to see when it is not in memory yet.
func (e *Engine) machine(tx *tenancy.Tx, id ident.WorkflowID) (*workflow.Machine, error) {
	if m, ok := e.compiled.Get(id.UUID); ok {
		return m, nil
	}
	var source string
	if err := tx.Load(tenancy.Value(&source, "select source from workflow_versions where id = $1", id)); err != nil {
		return nil, err
	}
	return e.compile(id, source)
}

func (e *Engine) compile(id ident.WorkflowID, source string) (*workflow.Machine, error) {
	m, err, _ := e.once.Do(id.String(), func() (any, error) {
		if m, ok := e.Cached(id); ok {
			return m, nil
		}
		e.turns <- struct{}{}
		defer func() { <-e.turns }()
		m, findings := workflow.Compile([]byte(source))
		if m == nil {
			return nil, fault.Wrap(errors.New(findings[0].Message), fault.Internal, "workflow.broken", "A published template does not compile any more.")
		}
		e.compiled.Add(id.UUID, m)
		return m, nil
	})
	if err != nil {
		return nil, err
	}
	return m.(*workflow.Machine), nil
}

// Pinned compiles a template version for a reader, or takes it from memory.
func (e *Engine) Pinned(ctx context.Context, db *tenancy.DB, s tenancy.Scope, id ident.WorkflowID) (*workflow.Machine, error) {
	if m, ok := e.Cached(id); ok {
		return m, nil
	}
	var source string
	if err := db.Load(ctx, s, tenancy.Value(&source, "select source from workflow_versions where id = $1", id)); err != nil {
		return nil, err
	}
	return e.compile(id, source)
}

// Cached returns a compiled template version that is in memory.
func (e *Engine) Cached(id ident.WorkflowID) (*workflow.Machine, bool) {
	return e.compiled.Get(id.UUID)
}

// Open starts an instance under the live template of its subject. The caller's own row comes after it.
func (e *Engine) Open(tx *tenancy.Tx, subject string, id ident.InstanceID) (*Running, error) {
	var version ident.WorkflowID
	var source string
	var own map[string]bool
	err := tx.Load(tenancy.Scan(`select w.id, w.source from live_workflows l join workflow_versions w on w.tenant_id = l.tenant_id and w.id = l.id
		where l.subject = $1`, []any{subject}, func(rows pgx.Rows) error { return rows.Scan(&version, &source) }),
		tenancy.Value(&own, "select "+ownDays))
	if err != nil {
		return nil, err
	}
	if version.IsZero() {
		return nil, fault.New(fault.Conflict, "workflow.missing", "The agency has no published workflow for this. An agency admin publishes one under Settings, Workflows.")
	}
	m, ok := e.Cached(version)
	if !ok {
		if m, err = e.compile(version, source); err != nil {
			return nil, err
		}
	}
	r := &Running{ID: id, Subject: subject, Workflow: version, Machine: m, Recorded: workflow.Facts{}, entered: tx.Now(), ownDays: own}
	keys, err := tx.Keys()
	if err != nil {
		return nil, err
	}
	sealed, key, err := keys.NewDataKey(KeyPlace(id))
	if err != nil {
		return nil, err
	}
	r.key = key
	r.Version = 1
	result := m.Start(workflow.World{Facts: workflow.Facts{}, Now: tx.Now(), Holidays: workflow.CalendarOf(own)})
	if result.Outcome == workflow.Refused {
		return nil, refusal(m, workflow.Event{}, result)
	}
	return r, tx.Everywhere(func() error { // it has no file yet by which anybody could see it
		tx.Exec(`insert into instances (tenant_id, id, subject, workflow_version_id, state, states, machine, data_key, entered_at, created_at, updated_at)
			values ($1, $2, $3, $4, '', '{}', '{}', $5, $6, $6, $6)`, tx.Scope().Tenant(), id, subject, version, sealed, tx.Now())
		return e.write(tx, r, result, workflow.Event{Actor: workflow.System()}, workflow.World{Facts: workflow.Facts{}}, nil)
	})
}

// Send offers an event. Refused, it is an error that carries the blockers, and nothing is written. An approval that wants somebody
// else may be that of an absent member whose delegate the actor is: then it is recorded as theirs, given by the actor.
func (e *Engine) Send(tx *tenancy.Tx, r *Running, ev workflow.Event, w workflow.World) (workflow.Result, error) {
	result := r.Machine.Step(r.Instance, ev, w)
	if result.Outcome == workflow.Refused && WantsSomebody(result.Blockers) {
		deputies, err := Deputies(tx, ev.Actor)
		if err != nil {
			return result, err
		}
		if given, as, ok := StandsIn(r, ev, w, deputies); ok {
			result, ev.Actor = given, as
		}
	}
	if result.Outcome == workflow.Refused {
		return result, refusal(r.Machine, ev, result)
	}
	return result, e.write(tx, r, result, ev, w, nil)
}

// Settle is the macrostep of changed facts: eventless transitions and invariants are looked at. given are facts a person
// or connector has just set.
func (e *Engine) Settle(tx *tenancy.Tx, r *Running, w workflow.World, given []workflow.FactChange) (workflow.Result, error) {
	result := r.Machine.FactsChanged(r.Instance, w)
	return result, e.write(tx, r, result, workflow.Event{Actor: workflow.System()}, w, given)
}

// write makes a macrostep's history row and records it; a refusal leaves nothing behind.
func (e *Engine) write(tx *tenancy.Tx, r *Running, result workflow.Result, ev workflow.Event, w workflow.World, given []workflow.FactChange) error {
	for i := range given {
		given[i].Sequence = result.Instance.Sequence
		r.Recorded[given[i].Name] = given[i].Value
	}
	entry, read, ok := r.Machine.Entry(&result, ev, tx.Now(), r.Recorded)
	if !ok {
		return nil
	}
	return e.record(tx, r, result, w, entry, slices.Concat(given, read, result.FactChanges))
}

// record keeps a macrostep: history, facts, timers, the row.
func (e *Engine) record(tx *tenancy.Tx, r *Running, result workflow.Result, w workflow.World, entry workflow.Entry, changes []workflow.FactChange) error {
	if err := keyed(tx, r); err != nil {
		return err
	}
	body, sealed, err := splitEntry(r.key, r.ID, entry)
	if err != nil {
		return err
	}
	s := tx.Scope()
	tx.Exec(`insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values ($1, $2, $3, $4, $5, $6)`, s.Tenant(), r.ID, entry.Sequence, body, sealed, tx.Now())
	for _, c := range changes {
		r.changes++
		value, err := sealChange(r.key, r.ID, r.changes, c.Value)
		if err != nil {
			return err
		}
		tx.Exec(`insert into fact_changes (tenant_id, instance_id, number, sequence, name, value, source, actor_id, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			s.Tenant(), r.ID, r.changes, c.Sequence, c.Name, value, c.Source, c.Actor, c.At)
		r.Recorded[c.Name] = c.Value
	}
	left := r.State()
	r.Instance = result.Instance
	keepTimers(tx, r, result)
	if entry.Migration == nil {
		e.stay(tx, r, left, result)
	} else {
		r.expected = r.deadline() // a move ends no stay: whoever waited before it still does
	}
	w.Facts = maps.Clone(w.Facts) // what blocks now is judged with what the step has just set
	for _, c := range result.FactChanges {
		w.Facts[c.Name] = c.Value
	}
	return e.save(tx, r, w)
}

// save writes the row with its version raised. The row is locked and its history's key is unique: nobody moved it meanwhile.
func (e *Engine) save(tx *tenancy.Tx, r *Running, w workflow.World) error {
	e.judge(tx, r, w)
	var outcome *string
	if r.Instance.Ended != "" {
		outcome = &r.Instance.Ended
	}
	r.Version++
	if err := keyed(tx, r); err != nil {
		return err
	}
	machine, facts, err := r.box()
	if err != nil {
		return err
	}
	tx.Exec(`update instances set state = $2, states = $3, outcome = $4, machine = $5, facts = $6, blocked = $7, version = $8, changes = $9,
			entered_at = $10, deadline = $11, updated_at = $12, breaches = $13, breach_at = $14, expected_by = $15 where id = $1`,
		r.ID, r.State(), r.Instance.States, outcome, machine, facts, r.blocked(w), r.Version, r.changes,
		r.entered, r.deadline(), tx.Now(), r.Breaches, r.breachAt, r.expected)
	return nil
}
