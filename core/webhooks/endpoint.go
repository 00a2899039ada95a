package webhooks

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/netguard"
)

// Endpoint is an address of an agency's own systems. Its secret is shown once, and of its address the query never again.
type Endpoint struct {
	ID            ident.WebhookID `json:"id"`
	Description   string          `json:"description"`
	Address       string          `json:"address" doc:"Scheme, host and path; a query is kept, and not shown"`
	Types         []string        `json:"types"`
	Status        string          `json:"status" enum:"active,paused,disabled" doc:"disabled: by the platform, for reason; PATCH status active takes it up again"`
	Reason        string          `json:"reason" enum:",gone,failing" doc:"gone: it answered 410; failing: for five days nothing got through"`
	PreviousUntil *time.Time      `json:"previous_until" doc:"Until when the secret before the last rotation signs too"`
	FailingSince  *time.Time      `json:"failing_since"`
	RestUntil     *time.Time      `json:"rest_until" doc:"Nothing is sent before, because it failed or asked for it"`
	Waiting       int             `json:"waiting" doc:"Events on their way"`
	Failed        int             `json:"failed" doc:"Events given up, which can be replayed"`
	Version       int             `json:"version"`
	CreatedAt     time.Time       `json:"created_at"`
}

// Tag is the version answered as ETag.
func (e Endpoint) Tag() int { return e.Version }

// NewEndpoint is an endpoint when its secret is made: the only time it is seen.
type NewEndpoint struct {
	Endpoint
	Secret string `json:"secret" doc:"whsec_…; empty when a request is repeated under its Idempotency-Key: rotate it if the first answer was lost"`
}

// Input registers an endpoint.
type Input struct {
	URL         string   `json:"url" minLength:"1" maxLength:"2000" doc:"https, on the internet, port 443 or 8443"`
	Description string   `json:"description,omitempty" required:"false" maxLength:"200"`
	Types       []string `json:"types" minItems:"1" maxItems:"50" doc:"GET /api/v1/webhook-types lists them"`
}

// Patch changes an endpoint; what is absent stays.
type Patch struct {
	URL         *string  `json:"url,omitempty" minLength:"1" maxLength:"2000"`
	Description *string  `json:"description,omitempty" maxLength:"200"`
	Types       []string `json:"types,omitempty" required:"false" minItems:"1" maxItems:"50"`
	Status      *string  `json:"status,omitempty" enum:"active,paused"`
}

// Ports are those an endpoint may listen on, but for targets that an operator names.
var Ports = []uint16{443, 8443}

const (
	endpointsAtMost = 10             // of an agency
	overlap         = 24 * time.Hour // of a rotated secret
	secretBytes     = 32
)

func newSecret() string {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

// What may be wrong with an address as it is written.
var (
	errAddress  = fault.Input("webhook.url", "/url", "This is no address. It looks like https://hooks.example.it/pratica.")
	errUserInfo = fault.Input("webhook.url", "/url", "The address holds a user name. Deliveries are signed: let the receiver check that, or put a token into the query.")
	errFragment = fault.Input("webhook.url", "/url", "The address holds a fragment (#…), which is never sent. Leave it out.")
	errScheme   = fault.Input("webhook.url", "/url", "The address must start with https://.")
	errHost     = fault.Input("webhook.url", "/url", "This is not the name of a host on the internet.")
)

// target reads the address of an endpoint, and gives it in one form with the host:port it leads to. Errors: webhook.url.
func target(raw string, named func(address string) bool) (u *url.URL, address string, err error) {
	u, err = url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, "", errAddress
	case u.User != nil:
		return nil, "", errUserInfo
	case u.Fragment != "":
		return nil, "", errFragment
	}
	usual := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	port := cmp.Or(u.Port(), usual)
	host, outside := netguard.Host(u.Hostname())
	if outside != nil {
		host = u.Hostname()
	}
	address = net.JoinHostPort(host, port)
	switch exempt := named(address); {
	case u.Scheme != "https" && (u.Scheme != "http" || !exempt):
		return nil, "", errScheme
	case outside != nil && !exempt:
		return nil, "", errHost
	}
	u.Host = strings.TrimSuffix(address, ":"+usual)
	return u, address, nil
}

// judged is what is wrong with where an address leads. That a name is unknown and that it leads inside read the same, so that nobody
// can ask here for what names there are inside.
func judged(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, netguard.ErrPort):
		return fault.Input("webhook.port", "/url", "Only the ports 443 and 8443 can be reached.")
	}
	return &fault.Error{Kind: fault.Invalid, Code: "webhook.inside", Cause: err, Message: "This host has no address on the internet. Check the name; addresses of private networks are not reached from here.",
		Fields: []fault.Field{{Pointer: "/url", Message: "No address on the internet."}}}
}

func wanted(types []string) error {
	for i, t := range types {
		if !known(t) || slices.Contains(types[:i], t) {
			return fault.Input("webhook.type", "/types", "There is no such type of event, or it is named twice. GET /api/v1/webhook-types lists those there are.")
		}
	}
	return nil
}

// shown is an address without what may be secret in it.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
