package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"time"
)

// Connector is what an author gives to Serve.
type Connector struct {
	Describe Description

	// CheckConnection tries a connection's settings without changing anything at the other side. Nil: every setting is fine.
	CheckConnection func(ctx context.Context, call Call) error

	// Health says whether the program itself is well; it asks no bank. Nil: it is.
	Health func(ctx context.Context) error

	// BankPortal and Reconciler come together: what can act must be able to say whether it has.
	BankPortal BankPortal
	Reconciler Reconciler
}

// Description says what a connector is.
type Description struct {
	ID           string          // the name of the program's file: lower-case letters, digits, "-" and "_"
	Version      string          // semantic version
	Title        string          // what a broker reads
	ConfigSchema json.RawMessage // JSON Schema (2020-12) of a connection's settings; x-secret marks secrets
}

// BankPortal hands files to a lender. A method returns nil when it is done, or one of Error, Pending and NeedsUser; any other
// error counts as internal with an unknown side effect. Methods are called for many agencies at the same time.
type BankPortal interface {
	// SubmitApplication hands in a file. The same idempotency key must never make two applications.
	SubmitApplication(ctx context.Context, call Call, application Application) (Receipt, error)
	// GetStatus reads all steps so far. With a Pending the news are taken too.
	GetStatus(ctx context.Context, call Call, reference string) (News, error)
	// AnswerRequest answers an item with a document. Reading the content to its end without an error proves it complete.
	AnswerRequest(ctx context.Context, call Call, answer RequestAnswer, content io.Reader) error
	// WithdrawApplication takes a file back.
	WithdrawApplication(ctx context.Context, call Call, withdrawal Withdrawal) error
}

// Reconciler is asked whether an earlier call, with the same idempotency key, has arrived at the other side. NotFound says it
// never did and may be sent again. After any other error the question stays open.
type Reconciler interface {
	ReconcileSubmission(ctx context.Context, call Call, application Application) (Receipt, error)
	ReconcileAnswer(ctx context.Context, call Call, answer RequestAnswer) error
	ReconcileWithdrawal(ctx context.Context, call Call, withdrawal Withdrawal) error
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
	Config         json.RawMessage // the connection's settings, by the connector's own schema
	ConfigRevision int
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
	case (c.BankPortal == nil) != (c.Reconciler == nil):
		return errors.New("BankPortal and Reconciler come together: what can act must be able to say whether it has")
	}
	return nil
}

func (c Connector) capabilities() []string {
	if c.BankPortal != nil {
		return []string{"bank_portal"}
	}
	return nil
}
