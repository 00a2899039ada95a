package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

type list[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func listOf[T any](items []T, err error) (list[T], error) {
	if items == nil {
		items = []T{}
	}
	return list[T]{Items: items}, err
}

// NetworkPath names a network in the address. Exported because huma reads embedded fields only then.
type NetworkPath struct {
	ID ident.NetworkID `path:"id"`
}

type networkOnboarding struct {
	NetworkPath
	Body tenants.Onboarding
}

type delegateBody struct {
	ID   ident.MemberID `path:"id"`
	Body tenants.Delegate
}

type memberPatch struct {
	ID   ident.MemberID `path:"id"`
	Body tenants.MemberPatch
}

// network is the scope of a call for a network.
func (d Deps) network(c Call, id ident.NetworkID, action access.Action) tenancy.NetworkScope {
	scope := d.Networks.Enter(c.Identity.Actor, id, c.Request).For(action)
	if c.Key != "" {
		scope = scope.Once(c.Key, c.Body)
	}
	return scope
}

func tenantRoutes(d Deps) []Route {
	return []Route{
		Endpoint[none, list[MePlace]]{Method: "GET", Path: "/networks", Summary: "The networks one acts for", For: SignedIn,
			Do: func(ctx context.Context, c Call, _ *none) (list[MePlace], error) {
				who, err := me(ctx, d, c.Identity)
				return listOf(who.Networks, err)
			}},
		Endpoint[NetworkPath, list[tenants.AgencySummary]]{Method: "GET", Path: "/networks/{id}/agencies", Summary: "A network's agencies", For: Networks, Action: "networks.read",
			Do: func(ctx context.Context, c Call, in *NetworkPath) (list[tenants.AgencySummary], error) {
				return listOf(d.Tenants.Agencies(ctx, d.network(c, in.ID, "networks.read")))
			}},
		Endpoint[networkOnboarding, tenants.AgencySummary]{Method: "POST", Path: "/networks/{id}/agencies", Summary: "Onboard an agency and invite its admin", For: Networks, Action: "networks.onboard", Status: 201,
			Do: func(ctx context.Context, c Call, in *networkOnboarding) (tenants.AgencySummary, error) {
				return d.Tenants.Onboard(ctx, d.network(c, in.ID, "networks.onboard"), in.Body)
			}},
		Endpoint[none, tenants.Agency]{Method: "GET", Path: "/agency", Summary: "The current agency", Action: "agency.read",
			Do: func(ctx context.Context, c Call, _ *none) (tenants.Agency, error) {
				return d.Tenants.Agency(ctx, c.Scope)
			}},
		Endpoint[struct{ Body tenants.AgencyPatch }, tenants.Agency]{Method: "PATCH", Path: "/agency", Summary: "Change the agency's data", Action: "agency.write", Match: true,
			Do: func(ctx context.Context, c Call, in *struct{ Body tenants.AgencyPatch }) (tenants.Agency, error) {
				return d.Tenants.ChangeAgency(ctx, c.Scope, c.Version, in.Body)
			}},
		on("GET", "/agency/calendar", "agency.read", "The agency's working days", func(ctx context.Context, c Call, _ *none) (tenants.Calendar, error) {
			return d.Tenants.Calendar(ctx, c.Scope)
		}),
		on("PUT", "/agency/calendar", "agency.write", "Replace the days on which the agency is closed, or works although a national holiday", func(ctx context.Context, c Call, in *struct{ Body tenants.CalendarDays }) (tenants.Calendar, error) {
			return d.Tenants.SetCalendar(ctx, c.Scope, c.Version, in.Body)
		}).matched(),
		Endpoint[none, list[tenants.Member]]{Method: "GET", Path: "/members", Summary: "The agency's people", Action: "members.read",
			Do: func(ctx context.Context, c Call, _ *none) (list[tenants.Member], error) {
				return listOf(d.Tenants.Members(ctx, c.Scope))
			}},
		Endpoint[struct{ Body tenants.MemberInput }, tenants.Member]{Method: "POST", Path: "/members", Summary: "Invite a person", Action: "members.write", Status: 201,
			Do: func(ctx context.Context, c Call, in *struct{ Body tenants.MemberInput }) (tenants.Member, error) {
				return d.Tenants.Invite(ctx, c.Scope, in.Body)
			}},
		Endpoint[memberPatch, tenants.Member]{Method: "PATCH", Path: "/members/{id}", Summary: "Change a member's roles or status", Action: "members.write", Match: true,
			Do: func(ctx context.Context, c Call, in *memberPatch) (tenants.Member, error) {
				return d.Tenants.ChangeMember(ctx, c.Scope, in.ID, c.Version, in.Body)
			}},
		Endpoint[struct {
			ID ident.MemberID `path:"id"`
		}, None]{Method: "DELETE", Path: "/members/{id}", Summary: "Take a person out of the agency; what they did stays", Action: "members.write", Match: true,
			Do: func(ctx context.Context, c Call, in *struct {
				ID ident.MemberID `path:"id"`
			}) (None, error) {
				disabled := "disabled"
				_, err := d.Tenants.ChangeMember(ctx, c.Scope, in.ID, c.Version, tenants.MemberPatch{Status: &disabled})
				return None{}, err
			}},
		on("PUT", "/members/{id}/delegate", "members.delegate", "Name who approves in a member's place: members for themselves, who may change members for anybody", func(ctx context.Context, c Call, in *delegateBody) (tenants.Member, error) {
			return d.Tenants.SetDelegate(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		Endpoint[none, list[tenants.APIKey]]{Method: "GET", Path: "/api-keys", Summary: "The agency's keys", Action: "api_keys.read",
			Do: func(ctx context.Context, c Call, _ *none) (list[tenants.APIKey], error) {
				return listOf(d.Tenants.APIKeys(ctx, c.Scope))
			}},
		Endpoint[struct{ Body tenants.APIKeyInput }, tenants.NewAPIKey]{Method: "POST", Path: "/api-keys", Summary: "Make a key; its secret is shown this once", Action: "api_keys.write", Status: 201,
			Do: func(ctx context.Context, c Call, in *struct{ Body tenants.APIKeyInput }) (tenants.NewAPIKey, error) {
				return d.Tenants.CreateAPIKey(ctx, c.Scope, in.Body)
			}},
		Endpoint[struct {
			ID ident.APIKeyID `path:"id"`
		}, None]{Method: "DELETE", Path: "/api-keys/{id}", Summary: "Revoke a key", Action: "api_keys.write",
			Do: func(ctx context.Context, c Call, in *struct {
				ID ident.APIKeyID `path:"id"`
			}) (None, error) {
				defer requestOf(ctx).forget() // with the tokens it has bought
				return None{}, d.Tenants.RevokeAPIKey(ctx, c.Scope, in.ID)
			}},
	}
}
