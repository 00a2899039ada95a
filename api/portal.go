package api

import (
	"context"
	"net/http"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const (
	portalHTTPS = "__Host-pratica_portal"
	portalHTTP  = "pratica_portal" // plain http on loopback only
)

// portalName is the only cookie that is believed of a person in the portal. It opens the portal's routes, and no other opens them.
func portalName(secure bool) string {
	if secure {
		return portalHTTPS
	}
	return portalHTTP
}

var (
	errPortal     = fault.New(fault.Unauthenticated, "portal.ended", "Your visit has ended. Open the link of your last invitation, or ask the agency for another one.")
	errPortalLink = fault.New(fault.Unauthenticated, "portal.link", "This link was used already, or is too old. Ask the agency for another one.")
)

// applicant finds who of an agency's people a request of the portal comes from.
func (s *server) applicant(r *request) (tenancy.Identity, error) {
	c, err := r.http.Cookie(portalName(s.auth.encrypted(r.http)))
	if err != nil || c.Value == "" {
		return tenancy.Identity{}, errPortal
	}
	id, found, err := s.deps.Directory.Portal(r.http.Context(), privacy.HashToken(c.Value))
	if err == nil && !found {
		r.presented, err = privacy.HashToken(c.Value), errPortal
	}
	r.visitor = tenancy.Owner{Agency: id.Agency, By: id.Actor.ID()}
	return id, err
}

// inPortal is an endpoint for a person in the portal.
func inPortal[I, O any](method, path, summary string, do func(context.Context, Call, *I) (O, error)) Endpoint[I, O] {
	return Endpoint[I, O]{Method: method, Path: path, Summary: summary, For: Applicants, Action: "portal.use", Do: do}
}

// portalToken is the secret of a mailed link. It comes in the body: addresses are logged on their way.
type portalToken struct {
	Body struct {
		Token string `json:"token" maxLength:"100"`
	}
}

// PortalLink is whose a mailed link is, and whether it still opens.
type PortalLink struct {
	Agency string `json:"agency"`
	State  string `json:"state" enum:"open,used,expired"`
}

func portalRoutes(d Deps) []Route {
	p := d.Privacy
	return []Route{
		Endpoint[portalToken, PortalLink]{Method: "POST", Path: "/portal/link", Summary: "Who mailed a link of the portal, and whether it still opens; nothing is spent", For: Public,
			Do: func(ctx context.Context, _ Call, in *portalToken) (out PortalLink, err error) {
				found := false
				if out.Agency, out.State, found, err = d.Directory.PortalLink(ctx, privacy.HashToken(in.Body.Token)); err == nil && !found {
					err = errPortalLink
				}
				return out, err
			}},
		Endpoint[portalToken, None]{Method: "POST", Path: "/portal/session", Summary: "Open the portal by a mailed link, once", For: Public,
			Do: func(ctx context.Context, c Call, in *portalToken) (None, error) {
				token, hash := privacy.NewToken()
				id, found, err := d.Directory.OpenPortal(ctx, privacy.HashToken(in.Body.Token), hash)
				if err == nil && !found {
					err = errPortalLink
				}
				if err != nil {
					return None{}, linked(ctx, privacy.HashToken(in.Body.Token), err)
				}
				setCookie(ctx, c, portalName(c.Secure), token, int(tenancy.PortalFor.Seconds()))
				return None{}, p.Entered(ctx, d.DB.Enter(id.Actor, id.Agency, c.Request).For("portal.use"))
			}},
		inPortal("POST", "/portal/logout", "Leave the portal", func(ctx context.Context, c Call, _ *none) (None, error) {
			setCookie(ctx, c, portalName(c.Secure), "", -1)
			return None{}, p.Leave(ctx, c.Scope)
		}),
		inPortal("GET", "/portal/me", "One's own data in short", func(ctx context.Context, c Call, _ *none) (privacy.Self, error) { return p.Self(ctx, c.Scope) }),
		inPortal("GET", "/portal/files", "Where one's files stand", func(ctx context.Context, c Call, _ *none) (list[privacy.OwnFile], error) {
			return listOf(p.Files(ctx, c.Scope))
		}),
		inPortal("GET", "/portal/asked", "Papers that the agency waits for from one", func(ctx context.Context, c Call, _ *none) (list[privacy.Wanted], error) {
			return listOf(p.Asked(ctx, c.Scope))
		}),
		inPortal("GET", "/portal/consents", "One's consents", func(ctx context.Context, c Call, _ *none) (privacy.Consents, error) {
			return p.OwnConsents(ctx, c.Scope)
		}),
		inPortal("POST", "/portal/consents", "Give or withdraw a consent", func(ctx context.Context, c Call, in *struct {
			Body struct {
				Purpose string `json:"purpose" maxLength:"40"`
				State   string `json:"state" enum:"given,withdrawn"`
			}
		}) (privacy.Consents, error) {
			return p.OwnConsent(ctx, c.Scope, in.Body.Purpose, in.Body.State)
		}),
		inPortal("GET", "/portal/access-log", "Who of the agency, by role, read or changed one's data, when and why", func(ctx context.Context, c Call, in *page.Query) (page.Page[privacy.Access], error) {
			return p.Accesses(ctx, c.Scope, *in)
		}),
		inPortal("GET", "/portal/erasure", "What an erasure would do today: what would go, what the law keeps and until when", func(ctx context.Context, c Call, _ *none) (privacy.OwnErasure, error) {
			return p.OwnErasure(ctx, c.Scope)
		}),
		inPortal("POST", "/portal/requests", "Ask the agency for a copy of one's data, or for its erasure", func(ctx context.Context, c Call, in *struct {
			Body struct {
				Kind string `json:"kind" enum:"access,erasure"`
			}
		}) (privacy.Request, error) {
			return p.Ask(ctx, c.Scope, in.Body.Kind)
		}).created(),
		inPortal("POST", "/portal/exports/{id}/link", "A link that opens a copy of one's data in this visit", func(ctx context.Context, c Call, in *exportLinking) (exportLink, error) {
			token, until, err := p.Link(ctx, c.Scope, in.ID, in.Body.Format)
			return exportLink{base + "/portal/exports/open/" + token, until}, err
		}),
		Raw{Method: http.MethodGet, Path: base + "/portal/exports/open/{token}", For: Applicants, Action: "portal.use", Summary: "Open a copy of one's data by its link", Serve: openExport(p)},
	}
}
