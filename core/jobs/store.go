package jobs

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Spec is work to be done.
type Spec struct {
	Kind    string
	Request any // for the kind; stored as JSON
	About   any // for people; stored as JSON
	UndoOf  ident.JobID
}

// Create queues a job. Fill it in the same transaction.
func Create(tx *tenancy.Tx, spec Spec) (ident.JobID, error) {
	id := ident.NewJob()
	request, err := json.Marshal(spec.Request)
	if err != nil {
		return id, fmt.Errorf("encode request: %w", err)
	}
	about, err := json.Marshal(spec.About)
	if err != nil {
		return id, fmt.Errorf("encode about: %w", err)
	}
	s := tx.Scope()
	tx.Exec(`insert into jobs (tenant_id, id, kind, request, about, undo_of, created_by, created_at, turn_at) values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
		s.Tenant(), id, spec.Kind, request, about, spec.UndoOf, s.Actor().ID(), tx.Now())
	return id, nil
}

// Fill gives a job its items: query selects noun, ref and label of each in their order.
func Fill(tx *tenancy.Tx, id ident.JobID, query string, args ...any) {
	sql := fmt.Sprintf(`insert into job_items (tenant_id, job_id, number, noun, ref, label)
		select $%d::uuid, $%d::uuid, row_number() over (), q.* from (%s) q`, len(args)+1, len(args)+2, query)
	tx.Exec(sql, append(slices.Clone(args), tx.Scope().Tenant(), id)...)
}

// LoadTake locks an item and says whether it is still to be done: it waits, its job runs, and no other worker has it.
func LoadTake(dst *bool, i Item) tenancy.Load {
	return tenancy.Value(dst, `select true from job_items i join jobs j on j.id = i.job_id
		where i.job_id = $1 and i.number = $2 and i.state = 'waiting' and j.state = 'running' for update of i skip locked`, i.Job, i.Number)
}

// Outcome is what came of an item.
type Outcome struct {
	State   string // done, skipped, failed
	Notable bool
	Result  any // stored as JSON
}

// Settle writes down what came of an item, in the transaction that did the work.
func Settle(tx *tenancy.Tx, i Item, o Outcome) error {
	result, err := json.Marshal(o.Result)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	tx.Exec(`update job_items set state = $3, notable = $4, result = $5, settled_at = $6 where job_id = $1 and number = $2 and state = 'waiting'`,
		i.Job, i.Number, o.State, o.Notable, result, tx.Now())
	return nil
}

// Postpone puts an item behind those that were not tried yet.
func Postpone(tx *tenancy.Tx, i Item) {
	tx.Exec(`update job_items set attempts = attempts + 1 where job_id = $1 and number = $2 and state = 'waiting'`, i.Job, i.Number)
}

// Load reads jobs; where is about j and may end with an order.
func load(dst *[]Job, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select j.id, j.kind, j.state, j.about, j.request, j.undo_of, (select u.id from jobs u where u.undo_of = j.id), j.problem,
			j.created_by, j.created_at, j.started_at, j.finished_at, j.version, c.total, c.done, c.skipped, c.failed, c.notable
		from jobs j, lateral (select count(*) as total, count(*) filter (where state = 'done') as done,
			count(*) filter (where state = 'skipped') as skipped,
			count(*) filter (where state = 'failed') as failed, count(*) filter (where notable) as notable
			from job_items i where i.job_id = j.id) c `+where, args, func(rows pgx.Rows) error {
		var j Job
		err := rows.Scan(&j.ID, &j.Kind, &j.State, &j.About, &j.Request, &j.UndoOf, &j.UndoneBy, &j.Problem, &j.CreatedBy, &j.CreatedAt,
			&j.StartedAt, &j.FinishedAt, &j.Version, &j.Total, &j.Done, &j.Skipped, &j.Failed, &j.Notable)
		*dst = append(*dst, j)
		return err
	})
}

func loadItems(dst *[]Item, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select i.job_id, i.number, i.noun, i.ref, i.label, i.state, i.attempts, i.notable, i.result from job_items i `+where, args, func(rows pgx.Rows) error {
		var i Item
		err := rows.Scan(&i.Job, &i.Number, &i.Noun, &i.ID, &i.Label, &i.State, &i.Attempts, &i.Notable, &i.Result)
		i.Ref = ref(i.Noun, i.ID)
		*dst = append(*dst, i)
		return err
	})
}
