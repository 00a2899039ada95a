package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof"
)

// WorkflowPath names a template in the address. Exported because huma reads embedded fields only then.
type WorkflowPath struct {
	Key string `path:"key" maxLength:"100"`
}

type sourceBody struct {
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"1048576" doc:"The template as YAML"`
	}
}

type publishBody struct {
	WorkflowPath
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"1048576" doc:"The template as YAML"`
	}
}

func workflowRoutes(d Deps) []Route {
	w := d.Workflows
	check := on("POST", "/workflows/check", "workflows.read", "Everything the check has to say about a template", func(ctx context.Context, c Call, in *sourceBody) (workflow.Report, error) {
		if err := d.DB.Load(ctx, c.Scope); err != nil {
			return workflow.Report{}, err
		}
		r := proof.Check([]byte(in.Body.Source)).Report
		if r.Findings == nil {
			r.Findings = []workflow.Finding{}
		}
		return r, nil
	})
	draft := on("POST", "/workflows", "workflows.write", "Store a draft", func(ctx context.Context, c Call, in *sourceBody) (instances.TemplateVersion, error) {
		return w.Draft(ctx, c.Scope, in.Body.Source)
	}).created()
	publish := on("POST", "/workflows/{key}/publish", "workflows.publish", "Publish a new version; files in flight stay with theirs", func(ctx context.Context, c Call, in *publishBody) (instances.TemplateVersion, error) {
		return w.Publish(ctx, c.Scope, in.Key, in.Body.Source)
	}).created()
	check.MaxBody, draft.MaxBody, publish.MaxBody = 2<<20, 2<<20, 2<<20
	return []Route{
		on("GET", "/workflows", "workflows.read", "The newest version of each template", func(ctx context.Context, c Call, _ *none) (list[instances.TemplateVersion], error) {
			return listOf(w.List(ctx, c.Scope))
		}),
		on("GET", "/workflows/{key}/versions", "workflows.read", "A template's versions with their sources", func(ctx context.Context, c Call, in *WorkflowPath) (list[instances.TemplateVersion], error) {
			return listOf(w.Versions(ctx, c.Scope, in.Key))
		}),
		check, draft, publish,
	}
}
