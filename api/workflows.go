package api

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/workflow"
)

// WorkflowPath names a template in the address. Exported because huma reads embedded fields only then.
type WorkflowPath struct {
	Key string `path:"key" maxLength:"100"`
}

// VersionPath names a version of a template.
type VersionPath struct {
	WorkflowPath
	Version int `path:"version" minimum:"1"`
}

type sourceBody struct {
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"1048576" doc:"The template as YAML"`
	}
}

// Checked is what a check says, with a picture of what it is about. Exported because huma reads embedded fields only then.
type Checked struct {
	workflow.Report
	Diagram *Diagram `json:"diagram" doc:"Null when the source is no YAML mapping"`
}

type publishBody struct {
	WorkflowPath
	Body struct {
		Source   string         `json:"source,omitempty" maxLength:"1048576" doc:"The template as YAML; or else version"`
		Version  int            `json:"version,omitempty" minimum:"1" doc:"A stored draft or certified version; or else source"`
		InFlight string         `json:"in_flight,omitempty" enum:"stay,migrate,drain" doc:"What becomes of files in flight; needed when there are any"`
		Plan     map[string]any `json:"plan,omitempty" doc:"Of migrate: the plan; its from names the version that is left"`
		By       *calendar.Date `json:"by,omitempty" doc:"Of drain: the day after which files still pinned to an earlier version are overdue to migrate"`
	}
}

type migrateBody struct {
	WorkflowPath
	Body struct {
		FromVersion int                       `json:"from_version" minimum:"1"`
		ToVersion   int                       `json:"to_version" minimum:"1"`
		Plan        map[string]any            `json:"plan" doc:"states: {old: new}, facts: [{fact, value}], timers: keep|restart|cancel, approvals: keep|void"`
		DryRun      bool                      `json:"dry_run,omitempty" doc:"Say what would come of each file, and move none"`
		Filter      instances.MigrationFilter `json:"filter,omitzero" doc:"Only some of the files"`
	}
}

func workflowRoutes(d Deps) []Route {
	w := d.Workflows
	check := on("POST", "/workflows/check", "workflows.read", "Everything the check has to say about a template", func(ctx context.Context, c Call, in *sourceBody) (Checked, error) {
		report, err := w.Check(ctx, c.Scope, in.Body.Source)
		if err != nil {
			return Checked{}, err
		}
		return Checked{report, diagramOf(in.Body.Source)}, nil
	})
	draft := on("POST", "/workflows", "workflows.write", "Store a draft", func(ctx context.Context, c Call, in *sourceBody) (instances.TemplateVersion, error) {
		return w.Draft(ctx, c.Scope, in.Body.Source)
	}).created()
	publish := on("POST", "/workflows/{key}/publish", "workflows.publish", "Publish a version, and say what becomes of the files in flight", func(ctx context.Context, c Call, in *publishBody) (instances.Published, error) {
		p := instances.Publication{Source: in.Body.Source, Version: in.Body.Version, InFlight: in.Body.InFlight}
		if in.Body.By != nil {
			p.By = *in.Body.By
		}
		if in.Body.Plan != nil {
			p.Plan, _ = json.Marshal(in.Body.Plan) // it was decoded from JSON a moment ago
		}
		return w.Publish(ctx, c.Scope, in.Key, p)
	}).created()
	check.MaxBody, draft.MaxBody, publish.MaxBody = 2<<20, 2<<20, 2<<20
	return []Route{
		on("GET", "/workflows", "workflows.read", "The newest version of each template", func(ctx context.Context, c Call, _ *none) (list[instances.TemplateVersion], error) {
			return listOf(w.List(ctx, c.Scope))
		}),
		on("GET", "/workflows/{key}/versions", "workflows.read", "A template's versions with their sources and certificates", func(ctx context.Context, c Call, in *WorkflowPath) (list[instances.TemplateVersion], error) {
			return listOf(w.Versions(ctx, c.Scope, in.Key))
		}),
		check, draft, publish, diffRoute(d),
		on("POST", "/workflows/{key}/versions/{version}/certify", "workflows.write", "Analyse a draft and store its certificate", func(ctx context.Context, c Call, in *VersionPath) (instances.TemplateVersion, error) {
			return w.Certify(ctx, c.Scope, in.Key, in.Version)
		}),
		on("POST", "/workflows/{key}/versions/{version}/retire", "workflows.publish", "Let nothing new begin under a version; what is pinned to it stays", func(ctx context.Context, c Call, in *VersionPath) (instances.TemplateVersion, error) {
			return w.Retire(ctx, c.Scope, in.Key, in.Version)
		}),
		on("POST", "/workflows/{key}/migrate", "workflows.publish", "Move files in flight to another version by a plan, or try it", func(ctx context.Context, c Call, in *migrateBody) (jobs.Job, error) {
			plan, _ := json.Marshal(in.Body.Plan) // it was decoded from JSON a moment ago
			return w.Migrate(ctx, c.Scope, in.Key, instances.MigrationRequest{FromVersion: in.Body.FromVersion, ToVersion: in.Body.ToVersion, Plan: plan, DryRun: in.Body.DryRun, Filter: in.Body.Filter})
		}).accepted(),
	}
}
