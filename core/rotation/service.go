package rotation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Job is the kind of the jobs of rotations.
const Job = "rotation"

// Service rotates agencies' keys.
type Service struct {
	db   *tenancy.DB
	ring *keys.Ring
}

// New builds the service.
func New(db *tenancy.DB, ring *keys.Ring) *Service { return &Service{db, ring} }

// Key is one of an agency's keys, without anything of the key.
type Key struct {
	Number      int        `json:"number"`
	State       string     `json:"state" enum:"current,previous,retired,destroyed" doc:"current seals; previous still opens what is not wrapped anew; retired holds nothing any more; destroyed is gone"`
	CreatedAt   time.Time  `json:"created_at"`
	AgeDays     int        `json:"age_days"`
	RetiredAt   *time.Time `json:"retired_at"`
	DestroyedAt *time.Time `json:"destroyed_at"`
}

// Keys lists an agency's keys, the newest first.
func (s *Service) Keys(ctx context.Context, scope tenancy.Scope) ([]Key, error) {
	out := []Key{}
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Scan(`select number, created_at, retired_at, destroyed_at, number = max(number) over () from tenant_keys order by number desc limit 200`, nil, func(rows pgx.Rows) error {
			var k Key
			var newest bool
			err := rows.Scan(&k.Number, &k.CreatedAt, &k.RetiredAt, &k.DestroyedAt, &newest)
			k.AgeDays = max(0, int(tx.Now().Sub(k.CreatedAt)/(24*time.Hour)))
			switch {
			case k.DestroyedAt != nil:
				k.State = "destroyed"
			case newest:
				k.State = "current"
			case k.RetiredAt != nil:
				k.State = "retired"
			default:
				k.State = "previous"
			}
			out = append(out, k)
			return err
		}))
	})
	return out, err
}

var errRotating = fault.New(fault.Conflict, "keys.rotating", "A rotation of this agency's key is under way. GET /api/v1/jobs?kind=rotation tells how far it is.")

// Rotate makes the agency's next key the one that seals, and starts the job that wraps anew what the older ones hold.
func (s *Service) Rotate(ctx context.Context, scope tenancy.Scope) (jobs.Job, error) {
	var out jobs.Job
	present, err := s.db.Keys(ctx, scope)
	if err != nil {
		return out, err
	}
	next, err := s.ring.Next(present) // asks the root key, so before the transaction
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		running := false
		if err := tx.Load(tenancy.Value(&running, `select true from jobs where kind = $1 and state in ('queued', 'running') limit 1`, Job)); err != nil {
			return err
		}
		if running {
			return errRotating
		}
		tx.Exec(`insert into tenant_keys (tenant_id, number, wrapped_key, index_key, created_at) values ($1, $2, $3, $4, $5)`, scope.Tenant(), next.Number, next.Key, next.Index, tx.Now())
		tx.Exec(`update agencies set key_version = key_version + 1 where id = $1`, scope.Tenant())
		id, err := jobs.Create(tx, jobs.Spec{Kind: Job, Request: next.Number, About: map[string]int{"key": next.Number}})
		if err != nil {
			return err
		}
		jobs.Fill(tx, id, items())
		audit.Record(tx, "keys.rotated", scope.Tenant(), map[string]string{"key": fmt.Sprint(next.Number)})
		if out, err = jobs.Read(tx, id); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "tenant_keys_pkey") {
		return out, errRotating
	}
	return out, err
}

// items selects the job's: every chunk'th row of every table with sealed columns, from which on chunk rows are looked at, the answers, and the end.
func items() string {
	parts := []string{`select 'answers' as noun, gen_random_uuid() as ref, '' as label, 98 as part`, `select 'retire', gen_random_uuid(), '', 99`}
	for i, table := range tables() {
		parts = append(parts, fmt.Sprintf(`select '%[1]s', x.id, 'from row ' || x.n, %[2]d from (select id, row_number() over (order by id) as n from %[1]s) x where x.n %% %[3]d = 1`, table, i, chunk))
	}
	return "select noun, ref, label from (" + strings.Join(parts, " union all ") + ") parts order by part, ref"
}

// Work does a batch of a rotation's items, each in a transaction of its own.
func (s *Service) Work(ctx context.Context, scope tenancy.Scope, _ jobs.Job, batch []jobs.Item) error {
	for _, item := range batch {
		if err := s.work(ctx, scope, item); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) work(ctx context.Context, scope tenancy.Scope, item jobs.Item) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		mine := false
		if err := tx.Load(jobs.LoadTake(&mine, item)); err != nil || !mine {
			return err
		}
		done, err := s.wrap(tx, item)
		if err != nil {
			return err
		}
		return jobs.Settle(tx, item, jobs.Outcome{State: "done", Result: map[string]int{"wrapped": done}})
	})
}

func (s *Service) wrap(tx *tenancy.Tx, item jobs.Item) (sum int, err error) {
	switch item.Noun {
	case "answers":
		return all(rewrapAnswers, tx)
	case "retire":
		return retire(tx)
	}
	for _, c := range columns { // none in a job of another version of this program: the last item looks through everything
		if c.table != item.Noun {
			continue
		}
		n, err := c.rewrap(tx, item.ID)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// all goes on until a look finds nothing.
func all(look func(*tenancy.Tx) (int, error), tx *tenancy.Tx) (sum int, err error) {
	for {
		n, err := look(tx)
		if err != nil || n == 0 {
			return sum, err
		}
		sum += n
	}
}

// retire ends the older keys once nothing is left under them.
func retire(tx *tenancy.Tx) (sum int, err error) {
	for _, c := range columns {
		n, err := all(func(tx *tenancy.Tx) (int, error) { return c.rewrap(tx, uuid.Nil) }, tx)
		if err != nil {
			return 0, fault.Wrap(err, fault.Conflict, "keys.left", "Something that an older key sealed does not open. No key is retired; an operator looks at the log.")
		}
		sum += n
	}
	n, err := all(rewrapAnswers, tx)
	if err != nil {
		return 0, err
	}
	tx.Exec(`update tenant_keys set wrapped_key = null, destroyed_at = $1 where retired_at is not null and destroyed_at is null`, tx.Now())
	tx.Exec(`update tenant_keys set retired_at = $1 where retired_at is null and number < (select max(number) from tenant_keys)`, tx.Now())
	tx.Exec(`update agencies set key_version = key_version + 1 where id = $1`, tx.Scope().Tenant())
	audit.Record(tx, "keys.retired", tx.Scope().Tenant(), nil)
	return sum + n, nil
}
