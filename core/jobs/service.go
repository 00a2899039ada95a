package jobs

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Service shows jobs and cancels them.
type Service struct{ db *tenancy.DB }

// New builds the service.
func New(db *tenancy.DB) *Service { return &Service{db} }

// Filter narrows the list of jobs.
type Filter struct {
	page.Query
	Kind string `query:"kind" maxLength:"60"`
}

type key struct {
	At time.Time   `json:"t"`
	ID ident.JobID `json:"i"`
}

// List pages through jobs, the newest first.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, f Filter) (page.Page[Job], error) {
	var last key
	after, err := f.Key(&last)
	if err != nil {
		return page.Page[Job]{}, err
	}
	var rows []Job
	err = s.load(ctx, scope, &rows, `where ($1 = '' or j.kind = $1) and (not $2 or (j.created_at, j.id) < ($3, $4)) order by j.created_at desc, j.id desc limit $5`,
		f.Kind, after, last.At, last.ID.UUID, f.Size()+1)
	return page.Of(rows, f.Size(), func(j Job) key { return key{j.CreatedAt, j.ID} }), err
}

// Get reads a job with how far it is.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.JobID) (Job, error) {
	var rows []Job
	if err := s.load(ctx, scope, &rows, `where j.id = $1`, id); err != nil {
		return Job{}, err
	}
	if len(rows) == 0 {
		return Job{}, fault.Missing("job")
	}
	return rows[0], nil
}

// Read is Get within a transaction.
func Read(tx *tenancy.Tx, id ident.JobID) (Job, error) {
	var rows []Job
	if err := tx.Load(load(&rows, `where j.id = $1`, id)); err != nil {
		return Job{}, err
	}
	if len(rows) == 0 {
		return Job{}, fault.Missing("job")
	}
	rows[0].measure(tx.Now())
	return rows[0], nil
}

func (s *Service) load(ctx context.Context, scope tenancy.Scope, dst *[]Job, where string, args ...any) error {
	var now time.Time
	if err := s.db.Load(ctx, scope, tenancy.Value(&now, "select now()"), load(dst, where, args...)); err != nil {
		return err
	}
	for i := range *dst {
		(*dst)[i].measure(now)
	}
	return nil
}

// ItemFilter narrows a job's items.
type ItemFilter struct {
	page.Query
	State   string `query:"state" enum:"waiting,done,skipped,failed" required:"false"`
	Notable bool   `query:"notable" doc:"Only items whose result somebody should look at"`
}

// Items pages through what a job works on, in its order.
func (s *Service) Items(ctx context.Context, scope tenancy.Scope, id ident.JobID, f ItemFilter) (page.Page[Item], error) {
	last := 0
	if _, err := f.Key(&last); err != nil {
		return page.Page[Item]{}, err
	}
	found := false
	var rows []Item
	err := s.db.Load(ctx, scope, tenancy.Value(&found, "select true from jobs where id = $1", id),
		loadItems(&rows, `where i.job_id = $1 and ($2 = '' or i.state = $2) and (not $3 or i.notable) and i.number > $4
			order by i.number limit $5`, id, f.State, f.Notable, last, f.Size()+1))
	if err == nil && !found {
		err = fault.Missing("job")
	}
	return page.Of(rows, f.Size(), func(i Item) int { return i.Number }), err
}

// Cancel ends a job where it is. An item that is being worked on at this moment may still be done.
func (s *Service) Cancel(ctx context.Context, scope tenancy.Scope, id ident.JobID) (Job, error) {
	var out Job
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		j, err := Read(tx, id)
		if err != nil {
			return err
		}
		tx.ExecOne(fault.New(fault.Conflict, "job.ended", "The job has ended already; there is nothing left to cancel."),
			`update jobs set state = 'cancelled', finished_at = $2, version = version + 1 where id = $1 and state in ('queued', 'running')`, id, tx.Now())
		audit.Record(tx, "job.cancelled", id, map[string]string{"kind": j.Kind})
		if out, err = Read(tx, id); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "jobs", id, out.Version); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}
