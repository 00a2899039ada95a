package api

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

const (
	oidcHTTPS = "__Host-pratica_oidc" // the browser's secret while a sign-in is at the provider
	oidcHTTP  = "pratica_oidc"
)

func oidcCookie(c Call, value string, age int) *http.Cookie {
	name := oidcHTTP
	if c.Secure {
		name = oidcHTTPS
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode}
}

func oidcRoutes(d Deps) []Route {
	f := d.Federation
	return []Route{
		on("GET", "/agency/identity-provider", "identity.read", "The OpenID provider by which the agency's people sign in", func(ctx context.Context, c Call, _ *none) (tenants.IdentityProvider, error) {
			return f.IdentityProvider(ctx, c.Scope)
		}),
		on("PUT", "/agency/identity-provider", "identity.write", "Set the agency's OpenID provider; its secret is written and never read back", func(ctx context.Context, c Call, in *struct {
			Body tenants.IdentityProviderInput
		}) (tenants.IdentityProvider, error) {
			p, err := f.SetIdentityProvider(ctx, c.Scope, c.Identity, c.Version, in.Body)
			if err == nil && p.Exclusive {
				requestOf(ctx).forget() // sessions by password are over
			}
			return p, err
		}).matched(),
		on("DELETE", "/agency/identity-provider", "identity.write", "Take the agency's OpenID provider away", func(ctx context.Context, c Call, _ *none) (None, error) {
			return None{}, f.DropIdentityProvider(ctx, c.Scope, c.Version)
		}).matched(),
		on("DELETE", "/members/{id}/account", "members.write", "Forget which account of the identity provider stands for a member", func(ctx context.Context, c Call, in *struct {
			ID ident.MemberID `path:"id"`
		}) (None, error) {
			return None{}, f.ForgetAccount(ctx, c.Scope, in.ID)
		}),
		Raw{Method: "GET", Path: base + "/auth/oidc/{agency}/start", Summary: "Sign in by an agency's provider: sends the browser there", For: Public,
			Serve: func(w http.ResponseWriter, r *http.Request, c Call) error {
				agency, err := ident.ParseAgency(mux.Vars(r)["agency"])
				if err != nil {
					agency = ident.AgencyID{} // names nothing
				}
				to, browser, err := f.StartOIDC(r.Context(), agency, c.Request)
				if err != nil {
					return refuseOIDC(w, r, err)
				}
				http.SetCookie(w, oidcCookie(c, browser, int(tenants.OIDCFor.Seconds())))
				w.Header().Set("Cache-Control", "no-store")
				http.Redirect(w, r, to, http.StatusSeeOther)
				return nil
			}},
		Raw{Method: "GET", Path: base + "/auth/oidc/{agency}/callback", Summary: "Where an agency's provider sends the browser back", For: Public,
			Serve: func(w http.ResponseWriter, r *http.Request, c Call) error {
				gone := oidcCookie(c, "", -1)
				in := tenants.OIDCAnswer{Browser: cookie(r.Context(), gone.Name)}
				in.Agency, _ = ident.ParseAgency(mux.Vars(r)["agency"]) // what is none is no sign-in's
				for name, to := range map[string]*string{"state": &in.State, "code": &in.Code, "error": &in.Error, "iss": &in.Issuer} {
					if given := r.URL.Query()[name]; len(given) == 1 && len(given[0]) <= 4096 { // one that comes twice is none
						*to = given[0]
					}
				}
				http.SetCookie(w, gone)
				entry, err := f.FinishOIDC(r.Context(), in, origin(r.Context()), c.Request)
				if err != nil {
					return refuseOIDC(w, r, err)
				}
				http.SetCookie(w, &http.Cookie{Name: cookieName(c.Secure), Value: entry.Token, Path: "/", MaxAge: int(accounts.SessionFor.Seconds()), HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode})
				w.Header().Set("Cache-Control", "no-store")
				http.Redirect(w, r, "/", http.StatusSeeOther)
				return nil
			}},
	}
}

// oidcWords are the refusals a person in a browser may read, in Italian; English is the problem's own.
var oidcWords = map[string]string{
	"identity_provider.not_found": "Qui non c'è un fornitore di identità. Accedi con password o passkey.",
	"oidc.state":                  "Questo accesso è scaduto, ha già avuto risposta o è iniziato in un altro browser. Ricomincia.",
	"oidc.issuer":                 "La risposta viene da un fornitore diverso da quello interpellato. Ricomincia.",
	"oidc.declined":               "Il fornitore di identità non ti ha fatto accedere. Ricomincia, o chiedi a chi lo gestisce.",
	"oidc.code":                   "Il fornitore di identità non conferma questa risposta. Ricomincia.",
	"oidc.token":                  "La dichiarazione del fornitore di identità su di te non è valida. Ricomincia; se si ripete, chiedi a un amministratore dell'agenzia.",
	"oidc.email":                  "Il fornitore di identità non garantisce un indirizzo e-mail dell'agenzia. Chiedi a un amministratore dell'agenzia.",
	"oidc.member":                 "Non sei un membro attivo di questa agenzia. Chiedi a un amministratore di invitarti.",
	"oidc.account":                "Un altro account del fornitore sta per questo membro. Un amministratore dell'agenzia può farlo dimenticare.",
	"oidc.unavailable":            "Il fornitore di identità non è raggiungibile. Riprova tra poco, o accedi con password o passkey se l'agenzia lo consente.",
}

var oidcPage = template.Must(template.New("oidc").Parse(`<!doctype html><html lang="it"><meta charset="utf-8"><title>Pratica</title>
<style>` + pageStyle + `</style><h1>Accesso non riuscito / Sign-in failed</h1>
<p>{{.IT}}</p><p lang="en">{{.EN}}</p><p><a href="{{.Login}}">Pratica</a></p><p><code>{{.Code}}</code> <code>{{.Trace}}</code></p></html>`))

// refuseOIDC answers a browser with a page, which leads on to the workspace's own to begin again, and everybody else with a problem.
func refuseOIDC(w http.ResponseWriter, r *http.Request, err error) error {
	req := requestOf(r.Context())
	e := fault.As(err)
	if oidcWords[e.Code] == "" || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return err
	}
	p := problem(err, req.id)
	req.code = p.Code
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Cache-Control", "no-store")
	login := loginAfter(r, e.Code)
	w.Header().Set("Refresh", "0; url="+login) // no redirect: what is refused is 401 or 403
	w.WriteHeader(p.Status)
	return oidcPage.Execute(w, map[string]string{"IT": oidcWords[e.Code], "EN": e.Message, "Code": e.Code, "Trace": req.id, "Login": login})
}

// loginAfter is the workspace's sign-in page, told which agency was meant and why it did not come to it.
func loginAfter(r *http.Request, code string) string {
	named := mux.Vars(r)["agency"]
	if named == "" {
		named, _, _ = strings.Cut(r.URL.Query().Get("state"), ".")
	}
	to := url.Values{"refused": {code}}
	if agency, err := ident.ParseAgency(named); err == nil && !agency.IsZero() {
		to.Set("agency", agency.String())
	}
	return "/login?" + to.Encode()
}
