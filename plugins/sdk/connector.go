package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"
)

// Connector is what an author gives to Serve. What it leaves nil it does not offer.
type Connector struct {
	Describe Description

	// ValidateConfig looks at settings beyond what their schema can say, and asks nobody: an Error of kind InvalidConfig with
	// Fields. Secrets are handles in it. Nil: the schema says it all.
	ValidateConfig func(ctx context.Context, call Call) error

	// CheckConnection tries a connection's settings without changing anything at the other side. Nil: every setting is fine.
	CheckConnection func(ctx context.Context, call Call) error

	// Health says whether the program itself is well; it asks no bank. Nil: it is.
	Health func(ctx context.Context) error

	// HandleCallback reads what came to one of Describe.CallbackPaths, after making sure whose it is, and returns the other
	// side's references of whatever there is news of: the platform then asks. The same callback may come twice.
	HandleCallback func(ctx context.Context, call Call, callback Callback) (references []string, err error)

	BankPortal   BankPortal
	OpenBanking  OpenBanking
	Identity     Identity
	CreditBureau CreditBureau
	Analysis     Analysis
}

// Description says what a connector is and what it asks for. What it asks for is shown to the operator before it may run, and
// what it did not ask for it does not get.
type Description struct {
	ID           string          // the name of the program's file: lower-case letters, digits, "-" and "_"
	Version      string          // semantic version
	Title        string          // what a broker reads
	ConfigSchema json.RawMessage // JSON Schema (2020-12) of a connection's settings; x-secret marks secrets, x-reveal those the connector must see
	Countries    []string        // ISO 3166 alpha-2
	Products     []string        // what it deals in, such as "mortgage"
	// Egress is where it connects to: "host" (port 443), "host:port", or "{setting}": host and port of the address in that setting.
	Egress         []string
	DataCategories []string                     // identity, income, accounts, credit_history, documents, property
	CostCents      map[string]int               // what a call may cost, by method
	CallsPerMinute int                          // for one connection; zero: no bound
	Burst          int                          // of them at once
	CallbackPaths  []string                     // words under which the other side may call back
	Messages       map[string]map[string]string // texts for Error.UserMessage: key → language ("en", "it") → text
}

// Callback is a request of the other side, as it arrived.
type Callback struct {
	Path    string // one of Description.CallbackPaths
	Method  string
	Query   string // without "?"
	Headers http.Header
	Body    []byte
}

// Call travels with every request.
type Call struct {
	Tenant         string // a stable name for the agency that tells nothing about it
	Connection     string
	Operation      string
	IdempotencyKey string // the same over all attempts at one operation
	Attempt        int
	Deadline       time.Time // the context ends then, too
	Locale         string
	Traceparent    string
	// Config are the connection's settings, by the connector's own schema. In the place of a secret stands a handle: use it as if
	// it were the secret, in what Client sends; it is good for this call.
	Config         json.RawMessage
	ConfigRevision int
	Purpose        string // why data of people are asked for, such as "creditworthiness"
	ConsentRef     string // the consent the call relies on, as the platform calls it
	DryRun         bool   // nothing may happen at the other side
	UserIP         string // of the person who waits for this call; empty: nobody does
	CallbackURL    string // where the other side may call back to, less the path; empty: nowhere

	egress egress
}

var (
	ids      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	versions = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]{1,64})?$`)
)

// validate tells an author what Serve would not serve, and why.
func (c Connector) validate() error {
	switch {
	case !ids.MatchString(c.Describe.ID):
		return errors.New("Describe.ID must be lower-case letters, digits, \"-\" and \"_\", and is the name of the program's file")
	case !versions.MatchString(c.Describe.Version):
		return errors.New("Describe.Version must be a semantic version such as 1.0.0")
	case c.Describe.Title == "":
		return errors.New("Describe.Title is missing: it is what a broker reads")
	case !json.Valid(c.Describe.ConfigSchema):
		return errors.New("Describe.ConfigSchema must be a JSON Schema; {\"type\":\"object\"} when there are no settings")
	case len(c.capabilities()) == 0:
		return errors.New("it offers nothing: set BankPortal, OpenBanking, Identity, CreditBureau or Analysis")
	case (c.HandleCallback == nil) != (len(c.Describe.CallbackPaths) == 0):
		return errors.New("HandleCallback and Describe.CallbackPaths come together")
	}
	return nil
}

func (c Connector) capabilities() (names []string) {
	for _, offer := range []struct {
		name string
		is   bool
	}{{"bank_portal", c.BankPortal != nil}, {"open_banking", c.OpenBanking != nil}, {"identity", c.Identity != nil},
		{"credit_bureau", c.CreditBureau != nil}, {"analysis", c.Analysis != nil}} {
		if offer.is {
			names = append(names, offer.name)
		}
	}
	return names
}
