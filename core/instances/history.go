package instances

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// LoadHistory reads an instance's last macrosteps before a sequence, the newest first, at most so many; before 0: its very last.
func LoadHistory(dst *[]workflow.Entry, id ident.InstanceID, before int64, most int) tenancy.Load {
	return loadEntries(`h.instance_id = $1 and ($2 = 0 or h.sequence < $2) order by h.sequence desc limit $3`, []any{id, before, most}, func(_ uuid.UUID, e workflow.Entry) {
		*dst = append(*dst, e)
	})
}

// LoadChanges reads the recorded facts in order.
func LoadChanges(dst *[]workflow.FactChange, id ident.InstanceID) tenancy.Load {
	return loadChanges(`c.instance_id = $1 order by c.number`, []any{id}, func(_ uuid.UUID, c workflow.FactChange) { *dst = append(*dst, c) })
}

func loadChanges(where string, args []any, take func(uuid.UUID, workflow.FactChange)) tenancy.Load {
	return tenancy.Unseal(`select c.instance_id, c.number, c.sequence, c.name, c.value, c.source, c.actor_id, c.at, i.data_key
		from fact_changes c join instances i on i.id = c.instance_id where `+where, args, func(_ *tenancy.Tx, keys *crypto.TenantKey, rows pgx.Rows) error {
		var c changeRow
		if err := rows.Scan(&c.id, &c.number, &c.change.Sequence, &c.change.Name, &c.value, &c.change.Source, &c.change.Actor, &c.change.At, &c.dataKey); err != nil {
			return err
		}
		change, err := c.open(keys)
		take(c.id, change)
		return err
	})
}

func loadEntries(where string, args []any, take func(uuid.UUID, workflow.Entry)) tenancy.Load {
	return tenancy.Unseal(`select h.instance_id, h.entry, h.sealed, i.data_key from history h join instances i on i.id = h.instance_id where `+where, args,
		func(_ *tenancy.Tx, keys *crypto.TenantKey, rows pgx.Rows) error {
			var h entryRow
			if err := rows.Scan(&h.id, &h.entry, &h.sealed, &h.dataKey); err != nil {
				return err
			}
			entry, err := h.join(keys)
			if err == nil {
				take(h.id, entry)
			}
			return err
		})
}

// loadRows hands an instance's macrosteps over in order, all of them, one at a time.
func loadRows(id ident.InstanceID, take func(workflow.Entry)) tenancy.Load {
	return loadEntries(`h.instance_id = $1 order by h.sequence`, []any{id}, func(_ uuid.UUID, e workflow.Entry) { take(e) })
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
