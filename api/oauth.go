package api

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/tenants"
)

// mostForm is more than any client sends.
const mostForm = 16 << 10

// oauthRoutes are the machines' way in, as RFC 6749 and 8414 have it: at the root, in their own forms.
func oauthRoutes(d Deps) []Route {
	f := d.Federation
	return []Route{
		Raw{Method: "POST", Path: "/oauth/token", Summary: "Exchange a client's id and secret for an access token (client credentials)", For: Public,
			Serve: func(w http.ResponseWriter, r *http.Request, c Call) error {
				token, err := exchange(f, r, c)
				w.Header().Set("Cache-Control", "no-store")
				if err != nil {
					return refuseToken(w, r, err)
				}
				return writeJSON(w, http.StatusOK, token)
			}},
		Raw{Method: "GET", Path: "/.well-known/oauth-authorization-server", Summary: "Where and how tokens are given (RFC 8414)", For: Public,
			Serve: func(w http.ResponseWriter, _ *http.Request, _ Call) error {
				return writeJSON(w, http.StatusOK, map[string]any{
					"issuer": f.Public(), "token_endpoint": f.Public() + "/oauth/token", "response_types_supported": []string{},
					"grant_types_supported":                 []string{"client_credentials"},
					"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
					"service_documentation":                 f.Public() + "/api/docs",
				})
			}},
	}
}

func exchange(f *tenants.Federation, r *http.Request, c Call) (out tenants.AccessToken, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(r.Body, mostForm+1))
	if err != nil {
		return out, err
	}
	if kind != "application/x-www-form-urlencoded" || len(body) > mostForm || r.URL.RawQuery != "" {
		body = nil // a secret in an address would be in every log on its way
	}
	asked, err := tenants.ParseTokenRequest(r.Header.Get("Authorization"), string(body))
	if err != nil {
		return out, err
	}
	return f.Exchange(r.Context(), asked, c.Request)
}

// refuseToken answers in the form of RFC 6749, 5.2; what is no refusal of ours passes.
func refuseToken(w http.ResponseWriter, r *http.Request, err error) error {
	e := fault.As(err)
	code, ours := strings.CutPrefix(e.Code, "oauth.")
	if !ours && (e.Kind == fault.NotFound || e.Kind == fault.Forbidden) { // the client or its agency has ended meanwhile
		code, ours = "invalid_client", true
	}
	if !ours {
		return err
	}
	requestOf(r.Context()).code = "oauth." + code
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusBadRequest
	if code == "invalid_client" {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Basic realm="pratica", charset="UTF-8"`)
	}
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": e.Message})
}
