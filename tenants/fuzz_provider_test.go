package tenants

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/pratica-crm/pratica/core/fault"
)

const vouching = "https://login.example.com"

// says is a provider that gives every question the same answer.
type says []byte

func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(s)), Request: r}, nil
}

// TestProviderIsNotFollowed: where a provider would send us, we do not go.
func TestProviderIsNotFollowed(t *testing.T) {
	led := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led = true }))
	defer elsewhere.Close()
	at := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer at.Close()
	if _, err := newProviders(true).find(t.Context(), at.URL); fault.As(err).Code != "oidc.unavailable" || led {
		t.Errorf("%v, led elsewhere: %v", err, led)
	}
}

// FuzzDiscovery: whatever a provider says of itself, it is refused as one that is none or away, or every address of it that we would go to, or send
// people and secrets to, is one we would have taken from an admin.
func FuzzDiscovery(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://login.example.com","authorization_endpoint":"https://login.example.com/auth","token_endpoint":"https://login.example.com/token","jwks_uri":"https://login.example.com/keys"}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p := &providers{client: &http.Client{Transport: bounded{says(document)}}, known: expirable.NewLRU[string, *provider](1, nil, 0)}
		found, err := p.find(t.Context(), vouching)
		if err != nil {
			if code := fault.As(err).Code; code != "identity_provider.issuer" && code != "oidc.unavailable" {
				t.Fatalf("%q: %v", document, err)
			}
			return
		}
		at := found.Endpoint()
		for _, address := range []string{at.AuthURL, at.TokenURL} {
			if !strings.HasPrefix(strings.ToLower(address), "https://") || !p.address(address) {
				t.Fatalf("%q leads to %q", document, address)
			}
		}
	})
}

// FuzzIDToken: what nobody has signed is never taken, however it is written; what the provider has signed is taken only from itself, for this
// client and in time, and makes of nobody more than the agency's map has.
func FuzzIDToken(f *testing.F) {
	seed := make([]byte, ed25519.SeedSize)
	signer := ed25519.NewKeyFromSeed(seed)
	by := &provider{keys: &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{signer.Public()}}}
	grants := IdentityProvider{RoleClaim: "groups", RoleMap: map[string]string{"brokers": "broker", "readers": "read_only"}}
	signed := func(payload []byte) string {
		body := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload)
		return body + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(signer, []byte(body)))
	}
	f.Add("a.b.c", []byte(`{"iss":"https://login.example.com","aud":"pratica","sub":"1","exp":4102444800,"email":"ada@a.example","email_verified":true,"groups":["brokers"]}`))
	f.Fuzz(func(t *testing.T, forged string, payload []byte) {
		if _, err := by.verify(t.Context(), vouching, "pratica", forged); err == nil {
			t.Fatalf("%q is signed by nobody", forged)
		}
		token, err := by.verify(t.Context(), vouching, "pratica", signed(payload))
		if err != nil {
			if fault.As(err).Code != "oidc.token" {
				t.Fatal(err)
			}
			return
		}
		if token.Issuer != vouching || !slices.Contains(token.Audience, "pratica") || token.Expiry.Before(time.Now()) {
			t.Fatalf("%q was taken", payload)
		}
		var c claims
		var all map[string]any
		if token.Claims(&c) != nil || token.Claims(&all) != nil {
			return
		}
		for _, role := range mapped(grants, all) {
			if role != "broker" && role != "read_only" {
				t.Fatalf("%q makes somebody %q", payload, role)
			}
		}
		if c.Email = strings.ToLower(strings.TrimSpace(c.Email)); len(c.Email) <= 254 && plain(c.Email) {
			if name := nameOf(c); len(name) > 254 || !plain(name) {
				t.Fatalf("%q makes somebody called %q", payload, name)
			}
		}
		if raw, err := json.Marshal(c.Verified); err != nil || verified(c) && string(raw) != "true" && string(raw) != `"true"` {
			t.Fatalf("%q vouches for an address", payload)
		}
	})
}

// FuzzSecret: a secret of a machine is one by its checksum only; with one character changed it is none.
func FuzzSecret(f *testing.F) {
	f.Add("prk_0123", 7)
	f.Fuzz(func(t *testing.T, text string, at int) {
		if kind := SecretKind(text); kind != "" && (len(text) != 68 || text[:4] != kind) {
			t.Fatalf("%q is a %q", text, kind)
		}
		body := (text + strings.Repeat("0", 60))[:60]
		whole := body + checksum(body)
		if SecretKind(whole) != whole[:4] {
			t.Fatalf("%q is none", whole)
		}
		changed := []byte(whole)
		changed[uint(at)%uint(len(changed))] ^= 1
		if SecretKind(string(changed)) != "" {
			t.Fatalf("%q is as good as %q", changed, whole)
		}
	})
}

// FuzzGroupID: a group of a directory is named in one way only.
func FuzzGroupID(f *testing.F) {
	f.Add("agn_01000000000000000000000000.broker")
	f.Fuzz(func(t *testing.T, id string) {
		agency, role, err := parseGroup(id)
		switch {
		case err != nil && !fault.Is(err, fault.NotFound):
			t.Fatal(err)
		case err == nil && (agency.IsZero() || groupID(agency, role) != id):
			t.Fatalf("%q is read as %s of %s", id, role, agency)
		}
	})
}
