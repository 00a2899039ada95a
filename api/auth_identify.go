package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

// authenticator finds who a request comes from. Found sessions are kept for at most a second;
// what a person may do is not cached here: the door reads it with every transaction.
type authenticator struct {
	directory *tenancy.Directory
	seen      *expirable.LRU[[32]byte, tenancy.Identity]
	revoked   <-chan struct{} // another server has ended sessions; nil: there is none to hear of
	tell      func()          // tells the other servers
	secure    bool            // the public URL is https
}

func newAuthenticator(d Deps) *authenticator {
	a := &authenticator{directory: d.Directory, seen: expirable.NewLRU[[32]byte, tenancy.Identity](10_000, nil, time.Second), revoked: d.Revoked, tell: d.Revoke, secure: d.Secure}
	if a.tell == nil {
		a.tell = func() {}
	}
	return a
}

// forget drops what is known of sessions, here and on every server: after logout, a new password or another agency.
func (a *authenticator) forget() {
	a.seen.Purge()
	a.tell()
}

const (
	cookieHTTPS = "__Host-pratica_session"
	cookieHTTP  = "pratica_session" // plain http on loopback only: __Host- needs Secure
)

const (
	pendingHTTPS = "__Host-pratica_pending" // a sign-in that waits for its second factor
	pendingHTTP  = "pratica_pending"
)

func pendingName(secure bool) string {
	if secure {
		return pendingHTTPS
	}
	return pendingHTTP
}

// cookieName is the only cookie that is believed: over https one that another host or plain http could have set is not.
func cookieName(secure bool) string {
	if secure {
		return cookieHTTPS
	}
	return cookieHTTP
}

// encrypted tells whether a request came over https, here or up to what stands before this server.
func (a *authenticator) encrypted(r *http.Request) bool { return r.TLS != nil || a.secure }

func (a *authenticator) credential(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || a.sessionToken(r) != ""
}

func (a *authenticator) sessionToken(r *http.Request) string {
	c, err := r.Cookie(cookieName(a.encrypted(r)))
	if err != nil {
		return ""
	}
	return c.Value
}

// secret is what a request proves itself by: a bearer's, or that of its session.
func (a *authenticator) secret(r *http.Request) (secret string, bearer bool) {
	if secret, bearer = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !bearer {
		secret = a.sessionToken(r)
	}
	return secret, bearer
}

// presented is the SHA-256 of a request's secret; nil for what no secret of ours can be.
func (a *authenticator) presented(r *http.Request) []byte {
	secret, bearer := a.secret(r)
	if secret == "" || bearer && tenants.SecretKind(secret) == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

// identify returns the owner of the request's credential; an unknown or ended one is an error. session finds whose a session is:
// a person's request counts as its use.
func (a *authenticator) identify(r *http.Request, session func(context.Context, []byte) (tenancy.Identity, bool, error)) (tenancy.Identity, error) {
	secret, bearer := a.secret(r)
	select {
	case <-a.revoked:
		a.seen.Purge()
	default:
	}
	hash := sha256.Sum256([]byte(secret))
	id, ok := a.seen.Get(hash)
	if !ok {
		find, found := session, false
		if bearer {
			find = a.machine(secret)
		}
		var err error
		if id, found, err = find(r.Context(), hash[:]); err != nil {
			return tenancy.Identity{}, err
		}
		if !found {
			return tenancy.Identity{}, errEnded
		}
		if id.Agency.IsZero() && !id.Actor.User().IsZero() { // it may be looking into one
			if id, err = a.directory.Supporting(r.Context(), id); err != nil {
				return tenancy.Identity{}, err
			}
		}
		a.seen.Add(hash, id)
	}
	return tenantOf(r, id, bearer)
}

// tenantOf lets a machine name the agency it means; a key belongs to one, and naming another finds nothing.
func tenantOf(r *http.Request, id tenancy.Identity, bearer bool) (tenancy.Identity, error) {
	named := r.Header.Get("X-Tenant")
	if named == "" || !bearer {
		return id, nil
	}
	if agency, err := ident.ParseAgency(named); err != nil || agency != id.Agency {
		return tenancy.Identity{}, fault.Missing("agency")
	}
	return id, nil
}

var (
	errEnded  = fault.New(fault.Unauthenticated, "auth.ended", "This sign-in or key is not valid any more. Sign in again.")
	errClient = fault.New(fault.Unauthenticated, "auth.client", "This is an OAuth2 client's secret. Exchange it, with the client's id, at POST /oauth/token, and send the token.")
)

// machine is who knows a secret of its kind. What cannot be one, by its form or checksum, nobody is asked about.
func (a *authenticator) machine(secret string) func(context.Context, []byte) (tenancy.Identity, bool, error) {
	switch tenants.SecretKind(secret) {
	case tenants.KeySecret:
		return a.directory.Key
	case tenants.AccessSecret:
		return a.directory.AccessToken
	case tenants.ScimSecret:
		return a.directory.ScimToken
	case tenants.ClientSecret:
		return func(context.Context, []byte) (tenancy.Identity, bool, error) {
			return tenancy.Identity{}, false, errClient
		}
	}
	return func(context.Context, []byte) (tenancy.Identity, bool, error) { return tenancy.Identity{}, false, nil }
}
