package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const returnURL = "https://pratica.example/callbacks/xyz"

// agency is one with a key that the provider knows.
func agency(t *testing.T) (settings, *rsa.PrivateKey) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	return settings{ClientID: "https://agency.example", Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}, private
}

func callWith(t *testing.T, s settings) sdk.Call {
	t.Helper()
	config, err := json.Marshal(s)
	must(t, err)
	return sdk.Call{Config: config}.WithTransport(http.DefaultTransport)
}

// visit goes where the person is sent, signs in there, and returns the query they come back with.
func visit(t *testing.T, address, user string) (query string, status int) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), returnURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := client.Get(address)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK { // the sign-in page: the form's answer leads back
		form := answer.Request.URL.Query()
		form.Set("user", user)
		answer, err = client.PostForm(answer.Request.URL.Scheme+"://"+answer.Request.URL.Host+"/login", form)
		must(t, err)
		defer answer.Body.Close()
	}
	back, err := answer.Location()
	if err != nil {
		return "", answer.StatusCode
	}
	return back.RawQuery, answer.StatusCode
}

func TestVerification(t *testing.T) {
	s, private := agency(t)
	op := openProvider(t, s.ClientID, &private.PublicKey)
	s.SPID = op.issuer
	call := callWith(t, s)
	must(t, check(t.Context(), call))
	for _, sealed := range []bool{false, true} {
		op.sealed = sealed
		start, err := identity{}.StartVerification(t.Context(), call, sdk.VerificationOrder{Provider: "spid", Level: "substantial", ReturnURL: returnURL, State: "state-1"})
		var user sdk.NeedsUser
		if !errors.As(err, &user) || user.Way != sdk.Redirect {
			t.Fatalf("it ends with %v", err)
		}
		query, status := visit(t, user.URL, "mario")
		if query == "" {
			t.Fatalf("nobody comes back: %d", status)
		}
		got, err := identity{}.CompleteVerification(t.Context(), call, start, query)
		must(t, err)
		if got.TaxCode != "RSSMRA85T10A562S" || got.FirstName != "Mario" || got.LastName != "Rossi" || got.BirthDate != "1985-12-10" || got.Level != "substantial" || got.Provider != "spid" {
			t.Errorf("%+v", got)
		}
		proof, err := identity{}.GetEvidence(t.Context(), call, sdk.VerificationStart{ExternalRef: got.ExternalRef, Context: got.Context})
		must(t, err)
		var e evidence
		must(t, json.Unmarshal(proof.Content, &e))
		if strings.Count(e.IDToken, ".") != 2 || e.Issuer != op.issuer || !strings.Contains(e.Userinfo, ".") {
			t.Errorf("the evidence is %+v", e)
		}
		_, err = identity{}.CompleteVerification(t.Context(), call, start, query)
		wantFailure(t, "a code again", err, sdk.Rejected, "identity.code")
	}
	if op.unsigned != 0 || op.signed != 2 || op.challenged != 2 {
		t.Errorf("%d requests signed, %d not, %d with a challenge", op.signed, op.unsigned, op.challenged)
	}
}

func TestRefusals(t *testing.T) {
	s, private := agency(t)
	op := openProvider(t, s.ClientID, &private.PublicKey)
	s.SPID = op.issuer
	call := callWith(t, s)
	start := func(level string) (sdk.VerificationStart, string) {
		started, err := identity{}.StartVerification(t.Context(), call, sdk.VerificationOrder{Provider: "spid", Level: level, ReturnURL: returnURL, State: "state-1"})
		var user sdk.NeedsUser
		if !errors.As(err, &user) {
			t.Fatal(err)
		}
		return started, user.URL
	}
	complete := func(started sdk.VerificationStart, query string) error {
		_, err := identity{}.CompleteVerification(t.Context(), call, started, query)
		return err
	}
	started, address := start("high")
	op.acr = levels[1].acr
	query, _ := visit(t, address, "mario")
	wantFailure(t, "a level below", complete(started, query), sdk.Rejected, "identity.too_low")
	op.acr = ""

	started, address = start("substantial")
	other, otherAddress := start("substantial")
	query, _ = visit(t, address, "mario")
	otherQuery, _ := visit(t, otherAddress, "mario")
	values, err := url.ParseQuery(query)
	must(t, err)
	otherValues, err := url.ParseQuery(otherQuery)
	must(t, err)
	mixed := url.Values{"state": {"state-1"}, "code": {otherValues.Get("code")}}
	wantFailure(t, "another's code", complete(started, mixed.Encode()), sdk.Rejected, "identity.code") // PKCE
	must(t, complete(started, values.Encode()))
	_ = other
	for name, c := range map[string]struct{ query, code string }{
		"another state":   {"state=state-2&code=x", "identity.state"},
		"another issuer":  {"state=state-1&code=x&iss=https%3A%2F%2Frival.example", "identity.issuer"},
		"a person's no":   {"state=state-1&error=access_denied", "identity.cancelled"},
		"a provider's no": {"state=state-1&error=invalid_request", "identity.provider_refused"},
		"no code":         {"state=state-1", "identity.code"},
	} {
		wantFailure(t, name, complete(started, c.query), sdk.Rejected, c.code)
	}
	wantFailure(t, "a context of nobody", complete(sdk.VerificationStart{Context: []byte("{}")}, query), sdk.InvalidRequest, "context")

	stranger, _ := agency(t)
	stranger.SPID = op.issuer
	_, err = identity{}.StartVerification(t.Context(), callWith(t, stranger), sdk.VerificationOrder{Provider: "spid", Level: "low", ReturnURL: returnURL, State: "s"})
	var user sdk.NeedsUser
	if !errors.As(err, &user) {
		t.Fatal(err)
	}
	if query, _ := visit(t, user.URL, "mario"); strings.Contains(query, "code=") {
		t.Error("a request signed by another key is served")
	}
}

// TestKeysComeFirst: while the provider's keys are not to be had the code is not spent; the person who came back once is known the next time.
func TestKeysComeFirst(t *testing.T) {
	s, private := agency(t)
	op := openProvider(t, s.ClientID, &private.PublicKey)
	s.SPID = op.issuer
	call := callWith(t, s)
	start, err := identity{}.StartVerification(t.Context(), call, sdk.VerificationOrder{Provider: "spid", Level: "low", ReturnURL: returnURL, State: "state-1"})
	var user sdk.NeedsUser
	if !errors.As(err, &user) {
		t.Fatal(err)
	}
	query, _ := visit(t, user.URL, "mario")
	op.keyless = 1
	_, err = identity{}.CompleteVerification(t.Context(), call, start, query)
	wantFailure(t, "no keys", err, sdk.Unavailable, "provider.jwks")
	got, err := identity{}.CompleteVerification(t.Context(), call, start, query)
	must(t, err)
	if got.FirstName != "Mario" || op.keyless != 0 {
		t.Errorf("%+v, keyless %d", got, op.keyless)
	}
}

func TestSettings(t *testing.T) {
	s, _ := agency(t)
	must(t, validate(t.Context(), callWith(t, s)))
	broken := s
	broken.Key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
	err := validate(t.Context(), callWith(t, broken))
	wantFailure(t, "no key", err, sdk.InvalidConfig, "key")
	var failure sdk.Error
	if errors.As(err, &failure); len(failure.Fields) != 1 || failure.Fields[0].Pointer != "/key" || strings.Contains(failure.Detail, "AAAA") {
		t.Errorf("%+v", failure)
	}
	s.CIE = "http://127.0.0.1:1/nobody"
	wantFailure(t, "nobody there", check(t.Context(), callWith(t, s)), sdk.Unavailable, "bank.unreachable")
	_, err = identity{}.StartVerification(context.Background(), callWith(t, s), sdk.VerificationOrder{Provider: "spid", Level: "low", ReturnURL: returnURL, State: "s"})
	wantFailure(t, "a provider not set", err, sdk.Unsupported, "provider")
}

func wantFailure(t *testing.T, what string, err error, kind sdk.Kind, code string) {
	t.Helper()
	var failure sdk.Error
	if !errors.As(err, &failure) || failure.Kind != kind || failure.Code != code || failure.SideEffect != sdk.None {
		t.Errorf("%s: %v, want %s %s", what, err, kind, code)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
