package instances

import (
	"context"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/divergence"
)

// JobDivergence is the kind of the jobs that run recorded histories under another template.
const JobDivergence = "divergence"

// DivergenceRequest names the candidate and how far back to look.
type DivergenceRequest struct {
	Source  string        // the candidate; "" when Version is given
	Version int           // a stored version of any status; 0 when Source is given
	Since   calendar.Date // files to which something happened since that day
}

// diverging is what the job needs to do the work.
type diverging struct {
	Source string `json:"source"`
	Digest string `json:"digest"`
}

// aboutDivergence is what people see of the job.
type aboutDivergence struct {
	Key     string        `json:"key"`
	Version int           `json:"version,omitempty"`
	Digest  string        `json:"digest"`
	Since   calendar.Date `json:"since"`
}

// Diverge starts a job that runs what has happened to a template's files since a day, whatever version they are pinned to, under a
// candidate. Nothing is changed; the items that are notable would have gone another way.
func (s *Templates) Diverge(ctx context.Context, scope tenancy.Scope, key string, in DivergenceRequest) (jobs.Job, error) {
	if (in.Source == "") == (in.Version == 0) {
		return jobs.Job{}, fault.Input("workflow.source", "/source", "Send either a source or the number of a stored version.")
	}
	if in.Version != 0 {
		t, err := s.stored(ctx, scope, key, in.Version)
		if err != nil {
			return jobs.Job{}, err
		}
		in.Source = t.Source
	}
	p, err := s.prove(ctx, scope, in.Source)
	switch {
	case err != nil:
		return jobs.Job{}, err
	case p.machine == nil:
		return jobs.Job{}, notPublishable(p.report.Findings)
	case p.machine.Template.Key != key:
		return jobs.Job{}, fault.Input("workflow.key", "/source", "The key in the template is another than the one in the address.")
	}
	var out jobs.Job
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		id, err := jobs.Create(tx, jobs.Spec{Kind: JobDivergence, Request: diverging{p.source, p.machine.Digest}, About: aboutDivergence{key, in.Version, p.machine.Digest, in.Since}})
		if err != nil {
			return err
		}
		jobs.Fill(tx, id, `select i.subject, i.id, coalesce(a.number, f.number, '') from instances i join workflow_versions w on w.id = i.workflow_version_id
			left join applications a on a.id = i.id left join submissions s on s.id = i.id left join applications f on f.id = s.application_id
			where w.key = $1 and exists (select from history h where h.instance_id = i.id and h.at >= $2) order by i.id`, key, in.Since.Time())
		audit.Record(tx, "workflow.divergence", id, map[string]string{"key": key, "digest": p.machine.Digest})
		if err := outbox.Tell(tx, "jobs", id, 1); err != nil {
			return err
		}
		if out, err = jobs.Read(tx, id); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// Comparer does the work of differential replays.
type Comparer struct {
	db         *tenancy.DB
	candidates *lru.Cache[string, *workflow.Machine] // compiled, by digest: a job has many batches
}

// NewComparer keeps a few compiled candidates.
func NewComparer(db *tenancy.DB) *Comparer {
	cache, err := lru.New[string, *workflow.Machine](16)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Comparer{db, cache}
}

// Work runs a batch of histories under the candidate, one at a time as they come from the database.
func (c *Comparer) Work(ctx context.Context, scope tenancy.Scope, job jobs.Job, items []jobs.Item) error {
	request, err := jobs.Decode[diverging](job)
	if err != nil {
		return err
	}
	m, ok := c.candidates.Get(request.Digest)
	if !ok {
		if m, _ = workflow.Compile([]byte(request.Source)); m == nil {
			return fault.New(fault.Internal, "workflow.broken", "The candidate does not compile any more.")
		}
		c.candidates.Add(request.Digest, m)
	}
	verdicts, err := c.verdicts(ctx, scope, m, items)
	if err != nil {
		return err
	}
	return c.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		for _, item := range items {
			v := verdicts[item.ID]
			if err := jobs.Settle(tx, item, jobs.Outcome{State: "done", Notable: v.First != nil || v.EndsDifferently, Result: v}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Comparer) verdicts(ctx context.Context, scope tenancy.Scope, m *workflow.Machine, items []jobs.Item) (map[uuid.UUID]divergence.Verdict, error) {
	ids := make([]uuid.UUID, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	out := map[uuid.UUID]divergence.Verdict{}
	changes := map[uuid.UUID][]workflow.FactChange{}
	var own map[string]bool // the agency's days, by which the candidate's deadlines would run
	var at uuid.UUID        // whose rows are being collected
	var rows []workflow.Entry
	judge := func() {
		if len(rows) > 0 {
			out[at] = divergence.Run(m, divergence.History{Entries: rows, Changes: changes[at]}, workflow.CalendarOf(own))
		}
		rows = nil
	}
	err := c.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(
			tenancy.Value(&own, "select "+ownDays),
			loadChanges(`c.instance_id = any($1) order by c.instance_id, c.number`, []any{ids}, func(id uuid.UUID, c workflow.FactChange) { changes[id] = append(changes[id], c) }),
			loadEntries(`h.instance_id = any($1) order by h.instance_id, h.sequence`, []any{ids}, func(id uuid.UUID, e workflow.Entry) {
				if id != at {
					judge()
					at = id
				}
				rows = append(rows, e)
			}))
	})
	judge()
	return out, err
}
