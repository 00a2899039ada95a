package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants"
)

// OfferPath names an offer in the address, by the member it is for. Exported because huma reads embedded fields only then.
type OfferPath struct {
	ID ident.MemberID `path:"id"`
}

// offerRoutes are the agency's say in what its network's directory gives.
func offerRoutes(d Deps) []Route {
	return []Route{
		on("PUT", "/agency/directory", "members.directory", "Let what the network's directory gives count at once, or only when accepted here", func(ctx context.Context, c Call, in *struct {
			Body struct {
				Accepted bool `json:"accepted"`
			}
		}) (tenants.Agency, error) {
			return d.Tenants.AcceptDirectory(ctx, c.Scope, c.Version, in.Body.Accepted)
		}).matched(),
		on("GET", "/members/offers", "members.appoint", "Roles that the network's directory would give people here", func(ctx context.Context, c Call, _ *none) (list[tenants.Offer], error) {
			return listOf(d.Tenants.Offers(ctx, c.Scope))
		}),
		on("POST", "/members/{id}/accept", "members.write", "Give somebody the roles that the network's directory has offered", func(ctx context.Context, c Call, in *struct {
			OfferPath
			Body struct {
				Roles []string `json:"roles" minItems:"1" maxItems:"10" doc:"As offered when you decided: 409 offer.changed when the directory offers others by now"`
			}
		}) (tenants.Member, error) {
			return d.Tenants.AcceptOffer(ctx, c.Scope, in.ID, in.Body.Roles)
		}),
		on("POST", "/members/{id}/decline", "members.write", "Refuse what the network's directory has offered somebody", func(ctx context.Context, c Call, in *OfferPath) (None, error) {
			return None{}, d.Tenants.DeclineOffer(ctx, c.Scope, in.ID)
		}),
	}
}
