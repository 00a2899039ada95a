package instances

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Running is an instance with its compiled template. Version is its ETag.
type Running struct {
	ID       ident.InstanceID
	Subject  string
	Workflow ident.WorkflowID
	Version  int
	Machine  *workflow.Machine
	Instance workflow.Instance
	Recorded workflow.Facts // latest recorded value of each fact
	Breaches []Breach       // what stands broken
	Broke    []Breach       // of these, what the last step found newly broken
	Mended   []Breach       // what the last step found no longer broken: it holds again, is waived, or is not asked for any more

	entered  time.Time
	expected *time.Time // when the present state's deadline ends or ended
	breachAt *time.Time // when time alone breaks the next invariant
	ownDays  map[string]bool
	changes  int
	raw      map[string]any
	key      *crypto.DataKey
	found    bool
}

// ownDays reads the agency's own days over the national holidays: by date, whether it works then.
const ownDays = "(select jsonb_object_agg(h.day, h.works) from agency_holidays h)"

// Load reads an instance into dst; with lock, nobody else moves it until the transaction ends.
// Attach makes it usable.
func Load(dst *Running, id ident.InstanceID, lock bool) tenancy.Load {
	sql := `select i.id, i.subject, i.workflow_version_id, i.version, i.machine, i.data_key, i.facts, i.entered_at, i.changes,
		i.breaches, i.breach_at, i.expected_by, ` + ownDays + ` from instances i where i.id = $1`
	if lock {
		sql += " for update of i"
	}
	return tenancy.Unseal(sql, []any{id}, func(_ *tenancy.Tx, keys *crypto.TenantKey, rows pgx.Rows) error {
		dst.found = true
		var dataKey, sealed []byte
		if err := rows.Scan(&dst.ID, &dst.Subject, &dst.Workflow, &dst.Version, &dst.Instance, &dataKey, &sealed, &dst.entered, &dst.changes,
			&dst.Breaches, &dst.breachAt, &dst.expected, &dst.ownDays); err != nil {
			return err
		}
		return dst.unbox(keys, dataKey, sealed)
	})
}

// Attach compiles the template a loaded instance is pinned to, or takes it from memory.
func (e *Engine) Attach(tx *tenancy.Tx, r *Running) error {
	if !r.found {
		return fault.Missing("file")
	}
	m, err := e.machine(tx, r.Workflow)
	if err != nil {
		return err
	}
	r.Machine = m
	r.Recorded, err = m.Normalize(r.raw)
	return err
}

// World is what a step sees: computed gives the built-in facts, absent ones are missing; the template's own facts and
// those a transition sets are the recorded ones, unless the feature computes them.
func (r *Running) World(computed map[string]any, domain workflow.Domain, now time.Time) (workflow.World, error) {
	facts, err := r.Machine.Normalize(computed)
	if err != nil {
		return workflow.World{}, err
	}
	for name, v := range r.Recorded {
		if _, computed := facts[name]; !computed && r.Machine.Own(name) {
			facts[name] = v
		}
	}
	return workflow.World{Facts: facts, Now: now, Domain: domain, Holidays: workflow.CalendarOf(r.ownDays)}, nil
}

// State is the active leaf of the first region: the column of a board.
func (r *Running) State() string { return r.Machine.Lead(r.Instance.States) }
