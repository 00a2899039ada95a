package connectors

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// Caller reaches a connector process. plugins/host implements it; cmd wires the two.
type Caller interface {
	// Call runs one method of a connector. It always answers: what goes wrong is in Answer.Failure.
	Call(ctx context.Context, connector, method string, call Call, payload json.RawMessage) Answer
	// Available describes the connectors that may be used.
	Available(ctx context.Context) ([]Connector, error)
}

// Methods of the bank-portal capability that operations use. Reconcile is asked when it is not known
// whether an earlier attempt arrived.
const (
	Submit    = "SubmitApplication"
	Status    = "GetStatus"
	Answering = "AnswerRequest"
	Withdraw  = "WithdrawApplication"
	Check     = "CheckConnection"
	Reconcile = "Reconcile"
)

// Call is what every call carries besides its payload.
type Call struct {
	Tenant         ident.AgencyID
	Connection     ident.ConnectionID
	Operation      ident.OperationID
	IdempotencyKey string
	Attempt        int
	Deadline       time.Time
	Config         json.RawMessage
	ConfigRevision int
	Purpose        string                                       // why it is asked, where the law wants to know
	Consent        ident.BankConsentID                          // under which a person's data is read; none where none is needed
	Of             string                                       // for Reconcile: the method it asks about
	Content        func(context.Context) (io.ReadCloser, error) // for AnswerRequest: the document's bytes
}

// Verdict is how a call ended.
type Verdict string

// The four ways a call ends.
const (
	Done      Verdict = "done"
	Pending   Verdict = "pending"
	NeedsUser Verdict = "needs_user"
	Failed    Verdict = "failed"
)

// Answer is what a call came to.
type Answer struct {
	Verdict     Verdict
	Payload     json.RawMessage
	PollAfter   time.Duration // for Pending: when to ask again
	ExternalRef string
	CostCents   *int64   // what the call has cost, where the connector says; nil: what was reserved
	Failure     *Failure // for Failed
}

// Codes of calls that were not made, because the bank has enough to do or is left alone: others to the same bank need not be tried now.
const (
	BankBusy    = "bank.busy"
	BankResting = "bank.resting"
	hostBusy    = "connector.busy"
)

// Failure says what went wrong and whether the lender may have acted all the same.
type Failure struct {
	Kind       string        `json:"kind"` // unavailable timeout rate_limited consent_expired invalid_config unauthenticated invalid_request rejected unsupported contract_drift internal
	Code       string        `json:"code"`
	SideEffect string        `json:"side_effect"` // none committed unknown
	RetryAfter time.Duration `json:"-"`
}

// Connector describes one that may be used.
type Connector struct {
	Name         string          `json:"name"`
	Version      string          `json:"version"`
	Title        string          `json:"title"`
	Capabilities []string        `json:"capabilities"`
	Status       string          `json:"status"`
	ConfigSchema json.RawMessage `json:"config_schema"`
}
