package instances

import (
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// LoadHistory reads an instance's last macrosteps before a sequence, the newest first, at most so many; before 0: its very last.
func LoadHistory(dst *[]workflow.Entry, id ident.InstanceID, before int64, most int) tenancy.Load {
	return tenancy.Scan(`select entry from history where instance_id = $1 and ($2 = 0 or sequence < $2) order by sequence desc limit $3`, []any{id, before, most}, func(rows pgx.Rows) error {
		var e workflow.Entry
		err := rows.Scan(&e)
		*dst = append(*dst, e)
		return err
	})
}

// LoadChanges reads the recorded facts in order.
func LoadChanges(dst *[]workflow.FactChange, id ident.InstanceID) tenancy.Load {
	return tenancy.Scan(`select sequence, name, value, source, actor_id, at from fact_changes where instance_id = $1 order by number`, []any{id}, func(rows pgx.Rows) error {
		var c workflow.FactChange
		err := rows.Scan(&c.Sequence, &c.Name, &c.Value, &c.Source, &c.Actor, &c.At)
		*dst = append(*dst, c)
		return err
	})
}

// loadRows hands an instance's macrosteps over in order, all of them, one at a time.
func loadRows(id ident.InstanceID, take func(workflow.Entry)) tenancy.Load {
	return tenancy.Scan(`select entry from history where instance_id = $1 order by sequence`, []any{id}, func(rows pgx.Rows) error {
		var e workflow.Entry
		if err := rows.Scan(&e); err != nil {
			return err
		}
		take(e)
		return nil
	})
}

// Replay runs an instance's whole history again: the same state, or the first row that is not as it was. tx has one snapshot
// (a Read), otherwise a step that lands between its two looks would pass for an altered row.
func (e *Engine) Replay(tx *tenancy.Tx, id ident.InstanceID) (workflow.Replayed, error) {
	var r Running
	var changes []workflow.FactChange
	var moves crossings
	if err := tx.Load(Load(&r, id, false), LoadChanges(&changes, id), loadCrossings(&moves, id)); err != nil {
		return workflow.Replayed{}, err
	}
	if err := e.Attach(tx, &r); err != nil {
		return workflow.Replayed{}, err
	}
	if err := moves.compile(tx, e); err != nil {
		return workflow.Replayed{}, err
	}
	again := moves.first(r.Machine).Replayer(changes, nil)
	again.Follow(moves.across)
	if err := tx.Load(loadRows(id, again.Row)); err != nil {
		return workflow.Replayed{}, err
	}
	out := again.Replayed()
	if out.OK && out.Instance.Head != r.Instance.Head {
		out.OK, out.Bad = false, r.Instance.Sequence
		out.Verdicts = append(out.Verdicts, workflow.ReplayVerdict{Sequence: r.Instance.Sequence, Verdict: workflow.ReplayAltered, Detail: "the last rows of the history are missing"})
	}
	return out, nil
}
