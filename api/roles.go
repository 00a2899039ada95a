package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/tenants"
)

var roleTitles = map[string]workflow.Text{
	"agency_admin":       {EN: "Agency admin", IT: "Amministratore"},
	"broker":             {EN: "Broker", IT: "Collaboratore"},
	"back_office":        {EN: "Back office", IT: "Back office"},
	"compliance_officer": {EN: "Compliance officer", IT: "Responsabile antiriciclaggio"},
	"read_only":          {EN: "Read only", IT: "Sola lettura"},
}

// titled gives a platform role its title.
func titled(r tenants.Role, err error) (tenants.Role, error) {
	if !r.Own {
		r.Title = roleTitles[r.Key]
	}
	return r, err
}

// RolePath names a role in the address. Exported because huma reads embedded fields only then.
type RolePath struct {
	Key string `path:"key" maxLength:"40"`
}

type roleBody struct {
	RolePath
	Body tenants.RoleInput
}

type boundsBody struct {
	NetworkPath
	Body struct {
		Items []tenants.PolicyBound `json:"items" maxItems:"500"`
	}
}

type explainQuery struct {
	As string `query:"as" required:"true" maxLength:"254" doc:"A member: usr_…, mbr_… or an e-mail; or a key: key_…"`
	Do string `query:"do" required:"true" maxLength:"100" doc:"The action"`
	On string `query:"on" maxLength:"60" doc:"What it would be done to: app_…, sub_…, doc_… and so on; without it, anything of the kind"`
}

func roleRoutes(d Deps) []Route {
	s := d.Tenants
	return []Route{
		on("GET", "/roles", "agency.read", "The roles, the agency's rules for each, and what each may do", func(ctx context.Context, c Call, _ *none) (list[tenants.Role], error) {
			roles, err := s.Roles(ctx, c.Scope)
			for i := range roles {
				roles[i], _ = titled(roles[i], nil)
			}
			return listOf(roles, err)
		}),
		on("POST", "/roles", "roles.write", "Make an own role", func(ctx context.Context, c Call, in *struct{ Body tenants.NewRole }) (tenants.Role, error) {
			return s.CreateRole(ctx, c.Scope, in.Body)
		}).created(),
		on("PUT", "/roles/{key}", "roles.write", "Replace an own role, or the agency's rules for one of the platform's", func(ctx context.Context, c Call, in *roleBody) (tenants.Role, error) {
			return titled(s.SetRole(ctx, c.Scope, in.Key, c.Version, in.Body))
		}).matched(),
		on("DELETE", "/roles/{key}", "roles.write", "Remove an own role, or the agency's rules for one of the platform's", func(ctx context.Context, c Call, in *RolePath) (None, error) {
			return None{}, s.DropRole(ctx, c.Scope, in.Key, c.Version)
		}).matched(),
		on("GET", "/policy/actions", "roles.read", "What rules may be about", func(ctx context.Context, c Call, _ *none) (list[tenants.PolicyAction], error) {
			return listOf(s.PolicyActions(ctx, c.Scope))
		}),
		on("GET", "/policy/explain", "roles.read", "May somebody do something, and which rule says so", func(ctx context.Context, c Call, in *explainQuery) (tenants.Explanation, error) {
			return s.Explain(ctx, c.Scope, in.As, in.Do, in.On)
		}),
		Endpoint[NetworkPath, tenants.PolicyBounds]{Method: "GET", Path: "/networks/{id}/policy-bounds", Summary: "What a network lays down for its agencies' policies", For: Networks, Action: "networks.read",
			Do: func(ctx context.Context, c Call, in *NetworkPath) (tenants.PolicyBounds, error) {
				return s.PolicyBounds(ctx, d.network(c, in.ID, "networks.read"))
			}},
		Endpoint[boundsBody, tenants.PolicyBounds]{Method: "PUT", Path: "/networks/{id}/policy-bounds", Summary: "Reserve or forbid actions in a network's agencies", For: Networks, Action: "networks.govern", Match: true,
			Do: func(ctx context.Context, c Call, in *boundsBody) (tenants.PolicyBounds, error) {
				return s.SetPolicyBounds(ctx, d.network(c, in.ID, "networks.govern"), c.Version, in.Body.Items)
			}},
	}
}
