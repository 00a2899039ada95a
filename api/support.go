package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

// SupportPath names a support request in the address. Exported because huma reads embedded fields only then.
type SupportPath struct {
	ID ident.SupportID `path:"id"`
}

type supportAsk struct {
	NetworkPath
	Body tenants.SupportAsk
}

func supportRoutes(d Deps) []Route {
	decide := func(verb, summary string) Route {
		return on("POST", "/support-requests/{id}/"+verb, "support.approve", summary, func(ctx context.Context, c Call, in *SupportPath) (tenants.SupportGrant, error) {
			return d.Tenants.DecideSupport(ctx, c.Scope, in.ID, verb)
		})
	}
	return []Route{
		Endpoint[supportAsk, tenants.SupportGrant]{Method: "POST", Path: "/networks/{id}/support-requests", Summary: "Ask an agency to let one look into it for some hours, read only", For: Networks, Action: "networks.support", Status: 201,
			Do: func(ctx context.Context, c Call, in *supportAsk) (tenants.SupportGrant, error) {
				return d.Tenants.AskSupport(ctx, d.network(c, in.ID, "networks.support"), c.Identity.Name, in.Body)
			}},
		Endpoint[NetworkPath, list[tenants.SupportGrant]]{Method: "GET", Path: "/networks/{id}/support-requests", Summary: "What the network's people have asked for, and what became of it", For: Networks, Action: "networks.support",
			Do: func(ctx context.Context, c Call, in *NetworkPath) (list[tenants.SupportGrant], error) {
				return listOf(d.Tenants.SupportOfNetwork(ctx, d.network(c, in.ID, "networks.support")))
			}},
		on("GET", "/support-requests", "support.read", "Who of the network has asked to look into the agency", func(ctx context.Context, c Call, _ *none) (list[tenants.SupportGrant], error) {
			return listOf(d.Tenants.Support(ctx, c.Scope))
		}),
		decide("approve", "Let the person look into the agency, from now on for the hours asked for"),
		decide("decline", "Refuse the request"),
		decide("revoke", "End the access at once"),
	}
}

// choose moves a session to an agency of its person, or to one that lets them look into it.
func (d Deps) choose(ctx context.Context, c Call, agency ident.AgencyID) (tenancy.Identity, error) {
	err := d.Accounts.ChooseAgency(ctx, c.Identity, agency)
	if err == nil {
		return c.Identity.At(agency), nil
	}
	if fault.As(err).Kind != fault.NotFound || c.Identity.Actor.User().IsZero() || c.Identity.Bound {
		return c.Identity, err
	}
	if own, failed := d.Directory.Agencies(ctx, c.Identity.Actor.User()); failed != nil {
		return c.Identity, failed
	} else if slices.ContainsFunc(own, func(p tenancy.Place) bool { return p.Agency == agency }) {
		return c.Identity, errProvider
	}
	return d.Tenants.EnterSupport(ctx, d.Directory, c.Identity, agency, c.Request)
}

// tellSupport adds to who is signed in who of the network may look into their agency, and to who looks into one which it is.
func (d Deps) tellSupport(ctx context.Context, id tenancy.Identity, out *Me) error {
	out.Support = []tenants.SupportNotice{}
	looks := !id.Actor.Support().IsZero()
	if out.Agency == nil && !looks {
		return nil
	}
	name, notices, err := d.Tenants.SupportInForce(ctx, d.DB.Enter(id.Actor, id.Agency, "").For("agency.read"))
	if err != nil {
		switch fault.As(err).Kind {
		case fault.NotFound, fault.Forbidden: // it has ended meanwhile, or the agency shows its members nothing of itself
			return nil
		}
		return err
	}
	out.Support = notices
	if looks {
		out.Agency, out.Roles = &MePlace{id.Agency.String(), name, []string{"support"}}, []string{"support"}
		out.Permissions = append(out.Permissions, d.Policy.Permissions(id.Agency.UUID, out.Roles)...)
	}
	return nil
}

// unseen are the pages that a support view does not open although its role could: what they show is made of incomes and debts.
var unseen = map[string]bool{"/applications/{id}/ratios": true}

// What a support view refuses, it refuses whatever its role may: no permission is missing that anybody could give.
var (
	errUnseen    = fault.New(fault.Forbidden, "support.unseen", "A support view does not show this page: it is made of incomes and debts. Ask the agency for what you need of it.")
	errLooksOnly = fault.New(fault.Forbidden, "access.read_only", "A support view only reads. Ask the agency to do this.")
)

// witness writes a support view's request into the trails before it is answered or refused, and refuses what does not only read.
// For everybody else it does nothing.
func (d Deps) witness(r *request, info RouteInfo, scope tenancy.Scope) error {
	if scope.Actor().Support().IsZero() {
		return nil
	}
	route := strings.TrimPrefix(cmp.Or(info.Path, r.http.URL.Path), base)
	inside := map[string]string{}
	for _, part := range strings.Split(r.http.URL.Path, "/") {
		if _, _, ok := ident.ParseAny(part); ok {
			inside["noun"] = part
		}
	}
	err := d.Tenants.WitnessSupport(r.http.Context(), scope.For("agency.read"), "support.request", map[string]string{"route": r.http.Method + " " + route}, inside)
	switch {
	case err != nil:
		return err
	case r.http.Method != http.MethodGet:
		return errLooksOnly
	case unseen[route]:
		return errUnseen
	}
	return nil
}

// veiled are the fields that a support view is never shown, on whatever page they stand, besides what its role masks. From the ratio of
// instalment to income and an amount anybody works the income out.
var veiled = map[string]bool{
	"incomes": true, "liabilities": true, "net_monthly_cents": true, "dti_bps": true, "employments": true, "iban": true,
	"health": true, "legal": true, "identity_documents": true,
}

// veil takes the veiled fields off an answer to a support view; other answers pass as they are.
func veil[O any](c Call, out O) (again O, err error) {
	if c.Scope.Actor().Support().IsZero() {
		return out, nil
	}
	body, err := json.Marshal(out)
	if err != nil {
		return again, err
	}
	var plain any
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber() // cents are not floats
	if err = numbers.Decode(&plain); err != nil {
		return again, err
	}
	if body, err = json.Marshal(bare(plain)); err != nil {
		return again, err
	}
	return again, json.Unmarshal(body, &again)
}

func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if name, _ := v["name"].(string); veiled[name] { // a fact that a guard was held against
			v["value"] = nil
		}
		for name, in := range v {
			if veiled[name] {
				delete(v, name)
				continue
			}
			v[name] = bare(in)
		}
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
	}
	return v
}
