package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/workflow"
)

// NetworkWorkflowPath names a network's template.
type NetworkWorkflowPath struct {
	NetworkPath
	WorkflowPath
}

type baseVersions struct {
	NetworkWorkflowPath
	instances.VersionQuery
}

type networkSource struct {
	NetworkPath
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"1048576" doc:"The template as YAML, or an overlay on another base of the network"`
	}
}

// baseRoutes are about templates that a network publishes and its agencies inherit from.
func baseRoutes(d Deps) []Route {
	w := d.Workflows
	publish := Endpoint[networkSource, instances.BaseVersion]{Method: "POST", Path: "/networks/{id}/workflows", Summary: "Publish the next version of a base template", For: Networks, Action: "networks.publish", Status: 201, MaxBody: 2 << 20,
		Do: func(ctx context.Context, c Call, in *networkSource) (instances.BaseVersion, error) {
			return d.Bases.Publish(ctx, d.network(c, in.ID, "networks.publish"), in.Body.Source)
		}}
	check := Endpoint[networkSource, workflow.Report]{Method: "POST", Path: "/networks/{id}/workflows/check", Summary: "Everything the check has to say about a base template", For: Networks, Action: "networks.read", MaxBody: 2 << 20,
		Do: func(ctx context.Context, c Call, in *networkSource) (workflow.Report, error) {
			return d.Bases.Check(ctx, d.network(c, in.ID, "networks.read"), in.Body.Source)
		}}
	return []Route{
		publish, check,
		Endpoint[NetworkPath, list[instances.BaseSummary]]{Method: "GET", Path: "/networks/{id}/workflows", Summary: "The newest version of each base template, and how many agencies work under which", For: Networks, Action: "networks.read",
			Do: func(ctx context.Context, c Call, in *NetworkPath) (list[instances.BaseSummary], error) {
				return listOf(d.Bases.List(ctx, d.network(c, in.ID, "networks.read")))
			}},
		Endpoint[baseVersions, page.Page[instances.BaseVersion]]{Method: "GET", Path: "/networks/{id}/workflows/{key}/versions", Summary: "A base template's versions with their sources and certificates, the newest first", For: Networks, Action: "networks.read",
			Do: func(ctx context.Context, c Call, in *baseVersions) (page.Page[instances.BaseVersion], error) {
				return d.Bases.Versions(ctx, d.network(c, in.ID, "networks.read"), in.Key, in.VersionQuery)
			}},
		on("GET", "/workflows/bases", "workflows.read", "The templates of the network that an overlay can stand on, newest versions", func(ctx context.Context, c Call, _ *none) (list[instances.Base], error) {
			return listOf(w.Bases(ctx, c.Scope))
		}),
		on("GET", "/workflows/bases/{key}/versions/{version}", "workflows.read", "A version of a template of the network, with its source", func(ctx context.Context, c Call, in *VersionPath) (instances.Base, error) {
			return w.Base(ctx, c.Scope, in.Key, in.Version)
		}),
		on("GET", "/workflows/{key}/upgrade", "workflows.read", "What would become of the published overlay on the newest version of its base", func(ctx context.Context, c Call, in *WorkflowPath) (instances.Upgrade, error) {
			return w.Upgrade(ctx, c.Scope, in.Key)
		}),
		on("POST", "/workflows/{key}/upgrade", "workflows.write", "Store a draft of the published overlay on the newest version of its base", func(ctx context.Context, c Call, in *WorkflowPath) (instances.TemplateVersion, error) {
			return w.StartUpgrade(ctx, c.Scope, in.Key)
		}).created(),
	}
}
