package api

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redis"
)

// Limits is how much may be asked for. The zero value limits nothing.
type Limits struct {
	Agency     redis.Rate                              // of all of an agency's people and keys together
	Credential redis.Rate                              // of one person or key
	Address    redis.Rate                              // of whoever is not signed in, or sends a bad credential, from one address
	Overrides  func(ident.AgencyID) (redis.Rate, bool) // an agency's own rate, set by its network; nil: none has one
	Running    int                                     // requests of one agency that one server works on at once; the others wait
	Waiting    int                                     // and of those that wait
	Proxies    []netip.Prefix                          // whose X-Forwarded-For is believed
}

// Buckets draws from shared token buckets; core/redis has them.
type Buckets interface {
	Take(ctx context.Context, cost int, buckets ...redis.Bucket) redis.Grant
}

// weights are the tokens of what costs more than a page; every other request of the interface is one.
var weights = map[string]int{
	"PUT /documents/{id}/content":                      5, // up to 25 MiB, encrypted
	"POST /auth/login":                                 5, // a password is checked slowly on purpose
	"POST /auth/invitations/{token}":                   5,
	"POST /auth/password-reset":                        5, // sends a mail
	"POST /auth/password-reset/{token}":                5,
	"POST /workflows":                                  10, // a template is proved
	"POST /workflows/check":                            10,
	"POST /workflows/diff":                             10,
	"POST /workflows/simulate":                         10,
	"POST /workflows/{key}/publish":                    10,
	"POST /workflows/{key}/migrate":                    20, // a job over many files
	"POST /workflows/{key}/divergence":                 20,
	"POST /workflows/{key}/versions/{version}/certify": 10,
	"POST /networks/{id}/workflows":                    10,
	"POST /networks/{id}/workflows/check":              10,
	"POST /oauth/token":                                2,
	"GET /auth/oidc/{agency}/callback":                 3, // asks the provider
	"PUT /agency/identity-provider":                    3,
	"GET /audit":                                       5,
	"POST /subjects/{id}/exports":                      10, // gathers everything of a person
	"GET /privacy/retention":                           10, // the clocks of everybody
	"POST /portal/link":                                5,
	"POST /portal/session":                             5,
	"GET /portal/access-log":                           5,
}

// lasting are the requests that go at the pace of the network, not of the database: they hold no place among the running ones.
var lasting = map[string]bool{"GET /api/v1/stream": true, "PUT /api/v1/documents/{id}/content": true, "GET /d/{token}": true}

// limiter holds requests to the limits, before any statement is sent.
type limiter struct {
	Limits
	buckets Buckets
	gates   gates
}

func newLimiter(d Deps) *limiter {
	return &limiter{Limits: d.Limits, buckets: d.Buckets, gates: gates{running: d.Limits.Running, waiting: d.Limits.Waiting, agencies: map[ident.AgencyID]*gate{}}}
}

// limited is the middleware of matched routes: it knows the route's template, by which a request is weighed and counted.
func (s *server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := requestOf(r.Context())
		template, err := mux.CurrentRoute(r).GetPathTemplate()
		if err != nil || !paced(template) { // health, documentation, the workspace
			req.route = verb(r.Method) + " " + template
			next.ServeHTTP(w, r)
			return
		}
		req.route = r.Method + " " + template
		switch drawn := s.limits.draw(w, r, req); {
		case !drawn && browses(r):
			turnAway(w, r, tooFast(req.grant.Retry))
			return
		case !drawn:
			writeProblem(w, tooFast(req.grant.Retry), req.id)
			return
		}
		if agency := req.identity.Agency; !agency.IsZero() && !lasting[req.route] {
			leave, err := s.limits.gates.enter(r.Context(), agency)
			if err != nil {
				writeProblem(w, err, req.id)
				return
			}
			defer leave()
		}
		next.ServeHTTP(w, r)
	})
}

// paced are the routes that count: the interface, and what other standards put beside it.
func paced(template string) bool {
	return template == "/d/{token}" || slices.ContainsFunc([]string{"/api/v1/", "/oauth/", "/scim/", "/callbacks/"}, func(p string) bool { return strings.HasPrefix(template, p) })
}

// draw takes a request's tokens and says in the answer's headers how many are left.
func (l *limiter) draw(w http.ResponseWriter, r *http.Request, req *request) bool {
	if l.buckets == nil || fault.Is(req.failure, fault.Unauthenticated) { // the latter has drawn as a guess
		return true
	}
	cost := max(1, weights[strings.Replace(req.route, base, "", 1)])
	var from []redis.Bucket
	switch id := req.identity; {
	case id.Actor.ID() == "":
		from = []redis.Bucket{l.stranger(r)}
	case id.Agency.IsZero():
		from = []redis.Bucket{{Name: "{" + id.Actor.ID() + "}", Rate: l.Credential}}
	default:
		agency, rate := "{"+id.Agency.String()+"}", l.Agency
		if l.Overrides != nil {
			if own, set := l.Overrides(id.Agency); set {
				rate = own
			}
		}
		from = []redis.Bucket{{Name: agency, Rate: rate}, {Name: agency + ":" + id.Actor.ID(), Rate: l.Credential}}
	}
	req.grant = l.buckets.Take(r.Context(), cost, from...)
	if g := req.grant; g.Limit > 0 {
		h := w.Header()
		h.Set("RateLimit-Limit", strconv.Itoa(g.Limit))
		h.Set("RateLimit-Remaining", strconv.Itoa(g.Remaining))
		h.Set("RateLimit-Reset", strconv.Itoa(seconds(g.Reset)))
	}
	return req.grant.Allowed
}

// stranger is the bucket of an address, for whoever is nobody yet.
func (l *limiter) stranger(r *http.Request) redis.Bucket {
	return redis.Bucket{Name: "{address:" + Address(r, l.Proxies) + "}", Rate: l.Address}
}

// guess draws for a credential that turned out to be none: looking it up cost a statement.
func (l *limiter) guess(r *http.Request) error {
	if l.buckets == nil {
		return nil
	}
	if g := l.buckets.Take(r.Context(), 1, l.stranger(r)); !g.Allowed {
		return tooFast(g.Retry)
	}
	return nil
}

func tooFast(retry time.Duration) error {
	e := fault.New(fault.Limited, "limit.rate", "Too many requests in too short a time. Wait as long as Retry-After says, and send fewer; the RateLimit headers say how many are left.")
	e.Retry = time.Duration(max(1, seconds(retry))) * time.Second
	return e
}

// seconds are whole, rounded up: whoever waits that long has waited long enough.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Address is who a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is what one household has. Behind proxies
// it is the last one in X-Forwarded-For that is no proxy: what stands before it anybody could have written.
func Address(r *http.Request, proxies []netip.Prefix) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	at := from.Addr()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && Trusted(at, proxies); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop
	}
	return Household(at).String()
}

// Trusted reports whether an address is a proxy's.
func Trusted(a netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// Household is an IPv4 address itself, and of an IPv6 one its /64.
func Household(a netip.Addr) netip.Addr {
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a
	}
	return netip.PrefixFrom(a, 64).Masked().Addr()
}

// gates let so many requests of an agency run at once, so that one agency cannot take the whole database pool; a few more wait
// their turn, and the rest is refused.
type gates struct {
	running, waiting int
	mu               sync.Mutex
	agencies         map[ident.AgencyID]*gate
}

type gate struct {
	places chan struct{}
	inside int // that run or wait
}

// enter returns what gives the place back.
func (g *gates) enter(ctx context.Context, agency ident.AgencyID) (leave func(), err error) {
	if g.running <= 0 {
		return func() {}, nil
	}
	g.mu.Lock()
	at := g.agencies[agency]
	if at == nil {
		at = &gate{places: make(chan struct{}, g.running)}
		g.agencies[agency] = at
	}
	if at.inside >= g.running+g.waiting {
		g.mu.Unlock()
		e := fault.New(fault.Limited, "limit.concurrency", "Too many requests of this agency are under way. Send them one after the other.")
		e.Retry = time.Second
		return nil, e
	}
	at.inside++
	g.mu.Unlock()
	gone := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if at.inside--; at.inside == 0 {
			delete(g.agencies, agency)
		}
	}
	select {
	case at.places <- struct{}{}:
		return func() { <-at.places; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "request.cancelled", "The request was cancelled.")
	}
}
