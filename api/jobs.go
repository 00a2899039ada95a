package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/page"
)

// JobPath names a job in the address. Exported because huma reads embedded fields only then.
type JobPath struct {
	ID ident.JobID `path:"id"`
}

func jobRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/jobs", "jobs.read", "Long work, the newest first", func(ctx context.Context, c Call, in *jobs.Filter) (page.Page[jobs.Job], error) {
			return d.Jobs.List(ctx, c.Scope, *in)
		}),
		on("GET", "/jobs/{id}", "jobs.read", "How far a job is", func(ctx context.Context, c Call, in *JobPath) (jobs.Job, error) {
			return d.Jobs.Get(ctx, c.Scope, in.ID)
		}),
		on("GET", "/jobs/{id}/items", "jobs.read", "What came of each thing the job works on", func(ctx context.Context, c Call, in *struct {
			JobPath
			jobs.ItemFilter
		}) (page.Page[jobs.Item], error) {
			return d.Jobs.Items(ctx, c.Scope, in.ID, in.ItemFilter)
		}),
		on("POST", "/jobs/{id}/cancel", "jobs.write", "End a job where it is; what is done stays done", func(ctx context.Context, c Call, in *JobPath) (jobs.Job, error) {
			return d.Jobs.Cancel(ctx, c.Scope, in.ID)
		}),
		on("POST", "/jobs/{id}/undo", "workflows.publish", "Move back what a migration has moved, where its plan leads back", func(ctx context.Context, c Call, in *JobPath) (jobs.Job, error) {
			return d.Workflows.Undo(ctx, c.Scope, in.ID)
		}).accepted(),
	}
}
