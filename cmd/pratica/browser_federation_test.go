package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

// TestFederationScreens works by hand what lets others vouch: an agency's provider, from its form to a sign-in by it and to its being the
// only way in, with a real provider on this machine; a narrowed key and a client that calls; a network's token that speaks SCIM until it
// is revoked. Whom the provider signs in next is asked for at an address of this test; so are links that were passwords, which open less.
func TestFederationScreens(t *testing.T) {
	t.Parallel()
	provider, err := mockoidc.NewServer(nil)
	must(t, err)
	at, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, provider.Start(at, nil))
	t.Cleanup(func() { _ = provider.Shutdown() })
	p := startWorkspace(t)
	db := (&story{t: t, program: p}).database("postgres")
	mux := http.NewServeMux()
	mux.HandleFunc("/next", func(_ http.ResponseWriter, r *http.Request) {
		email := r.URL.Query().Get("email")
		provider.QueueUser(&mockoidc.MockUser{Subject: "account of " + email, Email: email, EmailVerified: true})
	})
	mux.HandleFunc("/passwords", func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.conn.Exec(r.Context(), "update sessions set method = 'password' where method = 'link'"); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	hand := httptest.NewServer(mux)
	t.Cleanup(hand.Close)
	runScript(t, "federation.mjs", "BASE_URL="+p.url, "ISSUER="+provider.Issuer(), "CLIENT="+provider.ClientID, "SECRET="+provider.ClientSecret, "HAND="+hand.URL,
		"ADMIN="+p.link("agency_admin", "Bari"), "BROKER="+p.link("broker", "Bari"), "NETWORK="+p.link("network_admin"))
}
