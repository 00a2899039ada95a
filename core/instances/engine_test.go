package instances_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

const parcel = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: parcel}
subject: application
facts: {type: object, properties: {weight: {type: integer, minimum: 0, maximum: 100}}}
states:
  open:      {kind: atomic, initial: true}
  waiting:   {kind: atomic, sla: {within: P1D, emits: late}}
  delivered: {kind: final, outcome: won}
events: {tick: {by: [broker]}, wait: {by: [broker]}, late: {by: [system]}, deliver: {by: [broker]}}
transitions:
  - {id: t_tick, from: open, on: tick}
  - {id: t_wait, from: open, on: wait, to: waiting}
  - {id: t_heavy, from: open, to: waiting, guards: [{id: g_heavy, expr: weight >= 50}]}
  - {id: t_late, from: waiting, on: late, to: open}
  - {id: t_deliver, from: open, on: deliver, to: delivered, guards: [{id: g_weighed, expr: weight >= 0}]}
`

// post is a world in which A runs parcels.
type post struct {
	*coretest.World
	t      *testing.T
	engine *instances.Engine
}

func newPost(t *testing.T) *post { return newPostUnder(t, parcel) }

func newPostUnder(t *testing.T, source string) *post {
	p := &post{coretest.New(t), t, instances.NewEngine()}
	p.Clock.Advance(time.Second) // newer than the template an agency starts from
	sealed, err := instances.Seal([]byte(source))
	must(t, err)
	must(t, p.DB.Write(t.Context(), p.A.Do("agency_admin", "workflows.publish"), func(tx *tenancy.Tx) error { instances.Seed(tx, sealed); return nil }))
	return p
}

// with loads an instance of A, locked, and lets fn step it.
func (p *post) with(id ident.InstanceID, fn func(*tenancy.Tx, *instances.Running, workflow.World) error) error {
	return p.DB.Write(context.Background(), p.A.Do("broker", "applications.transition"), func(tx *tenancy.Tx) error {
		var r instances.Running
		if err := tx.Load(instances.Load(&r, id, true)); err != nil {
			return err
		}
		if err := p.engine.Attach(tx, &r); err != nil {
			return err
		}
		w, err := r.World(nil, nil, tx.Now())
		if err != nil {
			return err
		}
		return fn(tx, &r, w)
	})
}

func (p *post) open() ident.InstanceID {
	p.t.Helper()
	id := ident.Instance(ident.NewApplication())
	must(p.t, p.DB.Write(p.t.Context(), p.A.Do("broker", "applications.transition"), func(tx *tenancy.Tx) error {
		_, err := p.engine.Open(tx, "application", id)
		return err
	}))
	return id
}

func (p *post) send(id ident.InstanceID, event string, roles ...string) error {
	return p.with(id, func(tx *tenancy.Tx, r *instances.Running, w workflow.World) error {
		_, err := p.engine.Send(tx, r, workflow.Event{Name: event, Actor: workflow.Actor{ID: "u1", Roles: roles}}, w)
		return err
	})
}

// weigh enters a fact and lets the machine look at it.
func (p *post) weigh(id ident.InstanceID, weight int64) {
	p.t.Helper()
	must(p.t, p.with(id, func(tx *tenancy.Tx, r *instances.Running, _ workflow.World) error {
		given := []workflow.FactChange{{Name: "weight", Value: weight, Source: "form", Actor: "u1", At: tx.Now()}}
		r.Recorded["weight"] = weight
		w, err := r.World(nil, nil, tx.Now())
		if err != nil {
			return err
		}
		_, err = p.engine.Settle(tx, r, w, given)
		return err
	}))
}

func (p *post) fire(id ident.InstanceID) (due bool) {
	p.t.Helper()
	must(p.t, p.with(id, func(tx *tenancy.Tx, r *instances.Running, w workflow.World) (err error) {
		_, due, err = p.engine.Fire(tx, r, w)
		return err
	}))
	return due
}

func (p *post) wantState(id ident.InstanceID, state, timers string) {
	p.t.Helper()
	got, err := p.Raw(p.t, "",
		`select i.state || ' ' ||
			coalesce((select string_agg(coalesce(verdict, 'armed'), ',' order by t.id) from timers t where t.instance_id = i.id), '-') from instances i where i.id = $1`, id)
	must(p.t, err)
	if got != state+" "+timers {
		p.t.Errorf("it stands at %q, want %q", got, state+" "+timers)
	}
}

func (p *post) replay(id ident.InstanceID) workflow.Replayed {
	p.t.Helper()
	var out workflow.Replayed
	must(p.t, p.DB.Read(p.t.Context(), p.A.Do("broker", "applications.read"), func(tx *tenancy.Tx) (err error) {
		out, err = p.engine.Replay(tx, id)
		return err
	}))
	return out
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if e := fault.As(err); err == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestALife goes through every way an instance moves: events, refused ones, changed facts, deadlines; and B sees nothing of it.
func TestALife(t *testing.T) {
	p := newPost(t)
	id := p.open()
	p.wantState(id, "open", "-")
	must(t, p.send(id, "tick", "broker"))
	wantFault(t, p.send(id, "vanish", "broker"), fault.Invalid, "event.unknown")
	wantFault(t, p.send(id, "late", "system"), fault.Refused, "event.wrong_state")
	wantFault(t, p.send(id, "tick", "read_only"), fault.Forbidden, "event.role")
	wantFault(t, p.send(id, "deliver", "broker"), fault.Refused, "event.refused") // nobody has weighed it
	must(t, p.send(id, "wait", "broker"))
	p.wantState(id, "waiting", "armed")
	if p.fire(id) {
		t.Error("a deadline of tomorrow is due")
	}
	p.Clock.Advance(25 * time.Hour)
	if !p.fire(id) {
		t.Error("a deadline of yesterday is not due")
	}
	p.wantState(id, "open", "fired")
	p.weigh(id, 60) // too heavy to stand in the open
	p.wantState(id, "waiting", "fired,armed")
	p.weigh(id, 10)
	p.Clock.Advance(25 * time.Hour)
	p.fire(id)
	must(t, p.send(id, "deliver", "broker"))
	p.wantState(id, "delivered", "fired,fired")
	if r := p.replay(id); !r.OK || !slices.Equal(r.Instance.States, []string{"delivered"}) || r.Instance.Ended != "won" {
		t.Errorf("%+v", r)
	}
	err := p.DB.Read(t.Context(), p.B.Do("broker", "applications.read"), func(tx *tenancy.Tx) error {
		_, err := p.engine.Replay(tx, id)
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("B replays an instance of A: %v", err)
	}
}

// TestReplayNamesTheRow: whoever alters the database is named by the row, also at the end, where no later row would tell.
func TestReplayNamesTheRow(t *testing.T) {
	p := newPost(t)
	other := p.open() // whose values are put into another's rows
	must(t, p.send(other, "tick", "broker"))
	must(t, p.send(other, "tick", "broker"))
	p.weigh(other, 10)
	for name, c := range map[string]struct {
		sql string
		bad int64
	}{
		"nothing":              {`select $1::uuid`, 0},
		"somebody else did":    {`update history set entry = jsonb_set(entry, '{actor,id}', '"u2"') where instance_id = $1 and sequence = 3`, 3},
		"it went elsewhere":    {`update history set entry = jsonb_set(entry, '{to}', '["delivered"]') where instance_id = $1 and sequence = 2`, 2},
		"a fact was another":   {`update fact_changes set value = '11' where instance_id = $1 and name = 'weight'`, 4},
		"a fact of elsewhere":  {`update fact_changes c set value = o.value from fact_changes o where c.instance_id = $1 and c.name = 'weight' and o.instance_id <> $1 and o.name = 'weight'`, 4},
		"words of another row": {`update history h set sealed = o.sealed from history o where h.instance_id = $1 and h.sequence = 3 and o.instance_id = $1 and o.sequence = 2`, 3},
		"a row is missing":     {`delete from history where instance_id = $1 and sequence = 2`, 3},
		"the last is missing":  {`delete from history where instance_id = $1 and sequence = 5`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			id := p.open()
			must(t, p.send(id, "tick", "broker"))
			must(t, p.send(id, "tick", "broker"))
			p.weigh(id, 10)
			must(t, p.send(id, "deliver", "broker"))
			p.Exec(t, c.sql, id)
			if r := p.replay(id); r.OK != (c.bad == 0) || r.Bad != c.bad {
				t.Errorf("ok %v, bad %d, want %d: %+v", r.OK, r.Bad, c.bad, r.Verdicts)
			}
		})
	}
}

// TestReplayOfALongHistory: a machine that has moved more often than a page shows is replayed whole.
func TestReplayOfALongHistory(t *testing.T) {
	const ticks = 2_100
	p := newPost(t)
	id := p.open()
	must(t, p.with(id, func(tx *tenancy.Tx, r *instances.Running, w workflow.World) error {
		for range ticks {
			if _, err := p.engine.Send(tx, r, workflow.Event{Name: "tick", Actor: workflow.Actor{ID: "u1", Roles: []string{"broker"}}}, w); err != nil {
				return err
			}
		}
		return nil
	}))
	if r := p.replay(id); !r.OK || len(r.Verdicts) != ticks+1 || r.Instance.Sequence != ticks+1 {
		t.Errorf("ok %v, bad %d, %d rows, at %d", r.OK, r.Bad, len(r.Verdicts), r.Instance.Sequence)
	}
	p.Exec(t, `update history set entry = jsonb_set(entry, '{actor,id}', '"u2"') where instance_id = $1 and sequence = $2`, id, ticks-10)
	if r := p.replay(id); r.OK || r.Bad != ticks-10 {
		t.Errorf("ok %v, bad %d, want %d", r.OK, r.Bad, ticks-10)
	}
}
