package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants"
)

// NetworkAgencyPath names an agency of a network in the address. Exported because huma reads embedded fields only then.
type NetworkAgencyPath struct {
	NetworkPath
	Agency ident.AgencyID `path:"agencyId"`
}

type quotasBody struct {
	NetworkAgencyPath
	Body tenants.Quotas
}

func quotaRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/agency/quotas", "agency.read", "What the agency may have, and what it has of it", func(ctx context.Context, c Call, _ *none) (tenants.QuotaUse, error) {
			return d.Tenants.QuotaUse(ctx, c.Scope)
		}),
		Endpoint[NetworkAgencyPath, tenants.AgencyQuotas]{Method: "GET", Path: "/networks/{id}/agencies/{agencyId}/quotas", Summary: "What an agency of the network may have", For: Networks, Action: "networks.quotas",
			Do: func(ctx context.Context, c Call, in *NetworkAgencyPath) (tenants.AgencyQuotas, error) {
				return d.Tenants.Quotas(ctx, d.network(c, in.ID, "networks.quotas"), in.Agency)
			}},
		Endpoint[quotasBody, tenants.AgencyQuotas]{Method: "PUT", Path: "/networks/{id}/agencies/{agencyId}/quotas", Summary: "Replace what an agency of the network may have; null is no limit", For: Networks, Action: "networks.quotas", Match: true,
			Do: func(ctx context.Context, c Call, in *quotasBody) (tenants.AgencyQuotas, error) {
				return d.Tenants.SetQuotas(ctx, d.network(c, in.ID, "networks.quotas"), in.Agency, c.Version, in.Body)
			}},
	}
}
