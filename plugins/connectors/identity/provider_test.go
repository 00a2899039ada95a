package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// openid is an OpenID provider of zitadel/oidc, a certified implementation, with what the Italian federation adds: contexts, the
// tax code, answers that are signed, and perhaps sealed, for the agency.
type openid struct {
	*storage.Storage
	issuer string
	client string
	key    *rsa.PublicKey
	acr    string // what it vouches for; empty: what it was asked for
	sealed bool

	signed, unsigned, challenged int
	keyless                      int // times it has no keys to show, for now

	mu       sync.Mutex
	requests map[string]*request
	answers  *rsa.PrivateKey
}

// request is the library's with the context it was asked for.
type request struct {
	*storage.AuthRequest
	acr  string
	user string
}

func (r *request) GetACR() string     { return r.acr }
func (r *request) GetSubject() string { return r.user }
func (r *request) Done() bool         { return r.user != "" }

func openProvider(t *testing.T, client string, key *rsa.PublicKey) *openid {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	o := &openid{client: client, key: key, requests: map[string]*request{}, answers: private}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	o.issuer = server.URL
	o.Storage = storage.NewStorageWithClients(storage.NewUserStore(o.issuer), nil)
	provider, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPrivateKeyJWT: true, RequestObjectSupported: true},
		o, op.StaticIssuer(o.issuer), op.WithAllowInsecure())
	must(t, err)
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("request") != "" {
			o.signed++
			if q.Get("code_challenge_method") == "S256" && q.Get("code_challenge") != "" {
				o.challenged++
			}
		} else {
			o.unsigned++
		}
		provider.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("who are you?")) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		o.mu.Lock()
		o.requests[id].user = r.FormValue("user")
		o.mu.Unlock()
		http.Redirect(w, r, op.AuthCallbackURL(provider)(op.ContextWithIssuer(r.Context(), o.issuer), id), http.StatusFound)
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { o.userinfo(t, provider, w, r) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		if o.keyless > 0 {
			o.keyless--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		provider.ServeHTTP(w, r)
	})
	mux.Handle("/", provider)
	return o
}

// userinfo is the provider's answer, signed by its key, as the federation wants it.
func (o *openid) userinfo(t *testing.T, provider http.Handler, w http.ResponseWriter, r *http.Request) {
	plain := httptest.NewRecorder()
	provider.ServeHTTP(plain, r)
	if plain.Code != http.StatusOK {
		w.WriteHeader(plain.Code)
		return
	}
	key, err := o.SigningKey(r.Context())
	must(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.SignatureAlgorithm(), Key: jose.JSONWebKey{Key: key.Key(), KeyID: key.ID()}}, nil)
	must(t, err)
	token, err := signer.Sign(plain.Body.Bytes())
	must(t, err)
	compact, err := token.CompactSerialize()
	must(t, err)
	if o.sealed {
		sealer, err := jose.NewEncrypter(jose.A256CBC_HS512, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: o.key}, nil)
		must(t, err)
		sealed, err := sealer.Encrypt([]byte(compact))
		must(t, err)
		compact, err = sealed.CompactSerialize()
		must(t, err)
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = w.Write([]byte(compact))
}

func (o *openid) CreateAuthRequest(ctx context.Context, in *oidc.AuthRequest, user string) (op.AuthRequest, error) {
	kept, err := o.Storage.CreateAuthRequest(ctx, in, user)
	if err != nil {
		return nil, err
	}
	r := &request{AuthRequest: kept.(*storage.AuthRequest), acr: strings.Join(in.ACRValues, " ")}
	if o.acr != "" {
		r.acr = o.acr
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests[r.GetID()] = r
	return r, nil
}

func (o *openid) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r, ok := o.requests[id]; ok {
		return r, nil
	}
	return nil, errors.New("no such request")
}

func (o *openid) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	r, err := o.Storage.AuthRequestByCode(ctx, code)
	if err != nil {
		return nil, err
	}
	return o.AuthRequestByID(ctx, r.GetID())
}

func (o *openid) GetKeyByIDAndClientID(_ context.Context, id, client string) (*jose.JSONWebKey, error) {
	if client != o.client {
		return nil, errors.New("no such client")
	}
	return &jose.JSONWebKey{KeyID: id, Use: "sig", Key: o.key}, nil
}

func (o *openid) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != o.client {
		return nil, errors.New("no such client")
	}
	return registered{Client: storage.WebClient(id, "", returnURL)}, nil
}

// registered is the agency at the provider: known by its key.
type registered struct{ *storage.Client }

func (registered) AuthMethod() oidc.AuthMethod { return oidc.AuthMethodPrivateKeyJWT }
func (registered) LoginURL(id string) string   { return "/login?id=" + id }

var people = map[string]string{"mario": `{"sub":"mario","given_name":"Mario","family_name":"Rossi","birthdate":"1985-12-10",
	"https://attributes.eid.gov.it/fiscal_number":"TINIT-RSSMRA85T10A562S"}`}

func (o *openid) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, _, subject, _ string) error {
	var claims map[string]any
	if err := json.Unmarshal([]byte(people[subject]), &claims); err != nil {
		return err
	}
	info.Subject = subject
	for name, value := range claims {
		info.AppendClaims(name, value)
	}
	return nil
}

func (o *openid) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (o *openid) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, token op.IDTokenRequest, _ []string) error {
	info.Subject = token.GetSubject()
	return nil
}
