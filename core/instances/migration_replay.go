package instances

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

// crossings are the moves of an instance between versions, in order.
type crossings []*crossed

type crossed struct {
	digest   string // of the plan
	from, to ident.WorkflowID
	plan     json.RawMessage
	move     *migrate.Move
}

func loadCrossings(dst *crossings, id ident.InstanceID) tenancy.Load {
	return tenancy.Scan(`select p.digest, p.from_version_id, p.to_version_id, p.plan
		from history h join migration_plans p on p.digest = h.entry->'migration'->>'plan'
			join workflow_versions f on f.id = p.from_version_id and f.digest = h.entry->'migration'->>'from'
			join workflow_versions t on t.id = p.to_version_id and t.digest = h.entry->>'template_digest'
		where h.instance_id = $1 and h.entry ? 'migration' order by h.sequence, p.created_at`, []any{id}, func(rows pgx.Rows) error {
		c := &crossed{}
		err := rows.Scan(&c.digest, &c.from, &c.to, &c.plan)
		*dst = append(*dst, c)
		return err
	})
}

// compile prepares the moves; a plan that cannot be followed any more is left out, and the replay names its row.
func (cs crossings) compile(tx *tenancy.Tx, e *Engine) error {
	for _, c := range cs {
		from, err := e.machine(tx, c.from)
		if err != nil {
			return err
		}
		to, err := e.machine(tx, c.to)
		if err != nil {
			return err
		}
		if plan, err := migrate.Parse(c.plan); err == nil {
			c.move, _ = migrate.Compile(plan, from, to)
		}
	}
	return nil
}

// first is the machine the history begins under: the one the first move leaves, else the present one.
func (cs crossings) first(present *workflow.Machine) *workflow.Machine {
	if len(cs) > 0 && cs[0].move != nil {
		return cs[0].move.Old
	}
	return present
}

// across moves again.
func (cs crossings) across(c workflow.Crossing, to string, inst workflow.Instance, w workflow.World) (*workflow.Machine, workflow.Result) {
	for _, x := range cs {
		if x.move == nil || x.digest != c.Plan || x.move.Old.Digest != c.From || x.move.New.Digest != to {
			continue
		}
		moved, err := x.move.Apply(inst, w)
		if err != nil {
			return nil, workflow.Result{}
		}
		return x.move.New, moved.Result()
	}
	return nil, workflow.Result{}
}
