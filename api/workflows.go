package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/page"
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

type divergenceBody struct {
	WorkflowPath
	Body struct {
		Source  string        `json:"source,omitempty" maxLength:"1048576" doc:"The candidate as YAML; or else version"`
		Version int           `json:"version,omitempty" minimum:"1" doc:"A stored version; or else source"`
		Since   calendar.Date `json:"since" doc:"Files to which something happened since that day"`
	}
}

type simulateBody struct {
	Body struct {
		Source        string              `json:"source" minLength:"1" maxLength:"1048576" doc:"The template as YAML"`
		ApplicationID ident.ApplicationID `json:"application_id,omitzero" doc:"A real file whose facts are used"`
		States        []string            `json:"states,omitempty" maxItems:"50" doc:"Where it stands; without them where the file does, or where it would start"`
		Facts         map[string]any      `json:"facts,omitempty" doc:"Values over the file's; null takes one away"`
		Role          string              `json:"role,omitempty" maxLength:"100" doc:"Of who looks; without it somebody with every role"`
		Actor         string              `json:"actor,omitempty" maxLength:"100"`
		At            time.Time           `json:"at,omitzero"`
		Event         string              `json:"event,omitempty" maxLength:"100" doc:"An event to try"`
		Payload       map[string]any      `json:"payload,omitempty"`
		Reason        string              `json:"reason,omitempty" maxLength:"2000"`
	}
}

func workflowRoutes(d Deps) []Route {
	w := d.Workflows
	check := on("POST", "/workflows/check", "workflows.read", "Everything the check has to say about a template", func(ctx context.Context, c Call, in *sourceBody) (Checked, error) {
		report, err := w.Check(ctx, c.Scope, in.Body.Source)
		if err != nil {
			return Checked{}, err
		}
		text, line, err := w.Settled(ctx, c.Scope, in.Body.Source)
		return Checked{report, diagramOf(text, line)}, err
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
	diverge := on("POST", "/workflows/{key}/divergence", "workflows.write", "Run what has happened to files under another template: which would have gone another way, and where", func(ctx context.Context, c Call, in *divergenceBody) (jobs.Job, error) {
		return w.Diverge(ctx, c.Scope, in.Key, instances.DivergenceRequest{Source: in.Body.Source, Version: in.Body.Version, Since: in.Body.Since})
	}).accepted()
	simulate := on("POST", "/workflows/simulate", "workflows.write", "Try a template on a real file with edited facts; nothing is stored", func(ctx context.Context, c Call, in *simulateBody) (applications.Simulated, error) {
		return d.Applications.Simulate(ctx, c.Scope, w, applications.Simulation(in.Body))
	})
	check.MaxBody, draft.MaxBody, publish.MaxBody, diverge.MaxBody, simulate.MaxBody = 2<<20, 2<<20, 2<<20, 2<<20, 2<<20
	return []Route{
		on("GET", "/workflows", "workflows.read", "The newest version of each template", func(ctx context.Context, c Call, _ *none) (list[instances.TemplateVersion], error) {
			return listOf(w.List(ctx, c.Scope))
		}),
		on("GET", "/workflows/{key}/versions", "workflows.read", "A template's versions with their sources and certificates, the newest first", func(ctx context.Context, c Call, in *struct {
			WorkflowPath
			instances.VersionQuery
		}) (page.Page[instances.TemplateVersion], error) {
			return w.Versions(ctx, c.Scope, in.Key, in.VersionQuery)
		}),
		check, simulate, draft, publish, diverge, diffRoute(d),
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
