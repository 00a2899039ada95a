package tenants

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// AccessTokenFor is how long an access token opens: shorter than it takes to find out that one was lost.
const AccessTokenFor = 15 * time.Minute

// Refusals of POST /oauth/token. After "oauth." stands the error of RFC 6749.
var (
	errTokenForm   = fault.New(fault.Malformed, "oauth.invalid_request", "Send grant_type=client_credentials and optionally scope as application/x-www-form-urlencoded, each once, and the client's id and secret either by Basic or in the form.")
	errTokenClient = fault.New(fault.Unauthenticated, "oauth.invalid_client", "The client or its secret is not right, or has ended. Make a client at POST /api/v1/api-keys.")
	errTokenGrant  = fault.New(fault.Malformed, "oauth.unsupported_grant_type", "Only client_credentials are exchanged here.")
	errTokenScope  = fault.New(fault.Malformed, "oauth.invalid_scope", "A scope names either some of the client's roles or some of the actions it may do, not both.")
)

// TokenRequest is what a client asks for.
type TokenRequest struct {
	Client string
	Secret string
	Grant  string
	Scope  []string
}

// ParseTokenRequest reads the form of RFC 6749, 4.4.2 with the Authorization header ("" for none).
func ParseTokenRequest(authorization, body string) (TokenRequest, error) {
	form, err := url.ParseQuery(body)
	if err != nil || !utf8.ValidString(body) {
		return TokenRequest{}, errTokenForm
	}
	one := map[string]string{}
	for name, values := range form {
		if len(values) != 1 || !plain(name) || !plain(values[0]) {
			return TokenRequest{}, errTokenForm
		}
		one[name] = values[0]
	}
	r := TokenRequest{Client: one["client_id"], Secret: one["client_secret"], Grant: one["grant_type"], Scope: strings.Fields(one["scope"])}
	if authorization != "" {
		client, secret, ok := basic(authorization)
		if !ok || r.Secret != "" || r.Client != "" && r.Client != client {
			return TokenRequest{}, errTokenForm
		}
		r.Client, r.Secret = client, secret
	}
	switch {
	case r.Grant == "" || len(r.Scope) > 100:
		return TokenRequest{}, errTokenForm
	case r.Grant != "client_credentials":
		return TokenRequest{}, errTokenGrant
	case r.Client == "" || r.Secret == "":
		return TokenRequest{}, errTokenClient
	}
	return r, nil
}

// plain is text a database can keep.
func plain(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// basic reads RFC 6749, 2.3.1: both parts are encoded like a form's before they are encoded like Basic's.
func basic(header string) (client, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	client, secret, ok = strings.Cut(string(raw), ":")
	if !ok {
		return "", "", false
	}
	client, err = url.QueryUnescape(client)
	if err != nil || !plain(client) {
		return "", "", false
	}
	secret, err = url.QueryUnescape(secret)
	return client, secret, err == nil && plain(secret)
}

// AccessToken is what a client is given.
type AccessToken struct {
	Token     string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Scope     string `json:"scope"`
}

// Exchange gives a client a token for what it may, or for less. Errors: oauth.invalid_client (401), oauth.invalid_scope (400).
func (f *Federation) Exchange(ctx context.Context, r TokenRequest, request string) (out AccessToken, err error) {
	id, err := f.client(ctx, r, request)
	if err != nil {
		return out, err
	}
	err = f.db.Write(ctx, f.asClient(id, request), func(tx *tenancy.Tx) error {
		var has APIKey
		if err := tx.Load(tenancy.One(&has, errTokenClient, `select id, name, prefix, roles, actions, client, expires_at, last_used_at, created_at from api_keys
			where id = $1 and revoked_at is null`, id.Actor.Key())); err != nil {
			return err
		}
		roles, actions, err := narrow(tx, has, r.Scope)
		if err != nil {
			return err
		}
		secret, _ := newSecret(AccessSecret)
		tx.Exec(`delete from access_tokens where key_id = $1 and expires_at < now()`, has.ID)
		tx.Exec(`insert into access_tokens (tenant_id, id, key_id, token_hash, roles, actions, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, now(), now() + $7::interval)`,
			id.Agency, ident.NewAccessToken(), has.ID, hashSecret(secret), roles, actions, AccessTokenFor)
		granted := strings.Join(append(slices.Clone(actions), rolesIf(actions == nil, roles)...), " ")
		audit.Record(tx, "api_key.exchanged", has.ID, map[string]string{"scope": granted})
		out = AccessToken{Token: secret, Type: "Bearer", ExpiresIn: int(AccessTokenFor.Seconds()), Scope: granted}
		return nil
	})
	return out, err
}

func rolesIf(all bool, roles []string) []string {
	if !all {
		return nil
	}
	return roles
}

// client is whose id and secret a request carries. A wrong secret of a client there is, or was, stands in its agency's trail.
func (f *Federation) client(ctx context.Context, r TokenRequest, request string) (id tenancy.Identity, err error) {
	key, err := ident.ParseAPIKey(r.Client)
	if err != nil || key.IsZero() {
		return id, errTokenClient
	}
	found := false
	if SecretKind(r.Secret) == ClientSecret { // what cannot be one's secret nobody is asked about
		id, found, err = f.directory.Client(ctx, key, hashSecret(r.Secret))
	}
	if err != nil || found {
		return id, err
	}
	agency, err := f.directory.ClientAgency(ctx, key)
	if err == nil && !agency.IsZero() {
		err = f.Refused(ctx, tenancy.Owner{Agency: agency, By: key.String()}, errTokenClient.Code, "POST /oauth/token", request)
	}
	if err != nil {
		return id, err
	}
	return id, errTokenClient
}

// asClient is the scope a client exchanges its secret in: it knows whose it is, and no more.
func (f *Federation) asClient(id tenancy.Identity, request string) tenancy.Scope {
	return f.db.Enter(id.Actor.Exchanging(), id.Agency, request).For(tenancy.SelfKnowledge)
}

// narrow is what of a client's roles and actions a scope asks for; all of it when it asks for nothing.
func narrow(tx *tenancy.Tx, has APIKey, scope []string) (roles, actions []string, err error) {
	if len(scope) == 0 {
		return has.Roles, has.Actions, nil
	}
	among := func(list []string) bool {
		return !slices.ContainsFunc(scope, func(s string) bool { return !slices.Contains(list, s) })
	}
	may := has.Actions
	if may == nil {
		for _, a := range tx.Table().Permissions(has.Roles) {
			may = append(may, string(a))
		}
	}
	switch {
	case among(has.Roles):
		return scope, has.Actions, nil
	case among(may):
		return has.Roles, scope, nil
	}
	return nil, nil, errTokenScope
}
