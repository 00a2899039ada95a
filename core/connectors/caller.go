package connectors

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Caller reaches a connector process. plugins/host implements it; cmd wires the two.
type Caller interface {
	// Call runs one method of a connector. It always answers: what goes wrong is in Answer.Failure.
	Call(ctx context.Context, connector, method string, call Call, payload json.RawMessage) Answer
	// Available describes the connectors that may be used.
	Available(ctx context.Context) ([]Connector, error)
}

// Methods of the protocol that operations use.
const (
	Submit    = "SubmitApplication"
	Document  = "AddDocument"
	Status    = "GetStatus"
	Answering = "AnswerRequest"
	Withdraw  = "WithdrawApplication"
	Products  = "ListProducts"
	PreCheck  = "PreCheck"
	Messages  = "ListMessages"

	Institutions      = "ListInstitutions"
	StartConsent      = "StartConsent"
	CompleteConsent   = "CompleteConsent"
	GetConsent        = "GetConsent"
	RevokeConsent     = "RevokeConsent"
	FetchAccounts     = "FetchAccounts"
	FetchBalances     = "FetchBalances"
	FetchTransactions = "FetchTransactions"
	Analyse           = "AnalyseTransactions"

	StartVerification    = "StartVerification"
	CompleteVerification = "CompleteVerification"
	GetEvidence          = "GetEvidence"

	RequestReport = "RequestReport"
	GetReport     = "GetReport"

	Check          = "CheckConnection"
	ValidateConfig = "ValidateConfig"
	Callback       = "HandleCallback"
	Reconcile      = "Reconcile" // whether an earlier attempt arrived, or, with an external reference, what became of it
	Poll           = "Poll"
	CancelCall     = "Cancel"
)

// acting are the methods that change something at the other side that must not happen twice: after a failure that may have
// reached it, it is asked first. The others may simply be called again. Read only.
var acting = []string{Submit, Document, Answering, Withdraw, RequestReport, CancelCall}

// Acts tells whether a method is one of them.
func Acts(method string) bool { return slices.Contains(acting, method) }

// Call is what every call carries besides its payload. The payload is the JSON of the protocol's request, less the call; where that
// is one message, the message's own. 64-bit numbers come back as text.
type Call struct {
	Tenant         ident.AgencyID
	Connection     ident.ConnectionID
	Operation      ident.OperationID
	IdempotencyKey string
	Attempt        int
	Deadline       time.Time
	Config         json.RawMessage
	ConfigRevision int
	Of             string                                       // for Reconcile and CancelCall: the method it asks about
	ExternalRef    string                                       // for them: what the other side calls it, if it has said so
	Content        func(context.Context) (io.ReadCloser, error) // for Answering and Document: the document's bytes
	Locale         string
	Purpose        string              // why data of people are asked for, as a code
	Consent        ident.BankConsentID // under which a person's data are read; none where none is needed
	DryRun         bool
	UserIP         string // of the person who waits; empty: nobody does
	CallbackURL    string // where the other side may call back to, less the connector's path
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
	PollAfter   time.Duration // for Pending, and for NeedsUser where nobody tells when it is done: when to ask again
	ExternalRef string
	Failure     *Failure        // for Failed
	UserAction  json.RawMessage // for NeedsUser: way, url, expires, fields
}

// Codes of calls that were not made, because the bank has enough to do or is left alone: others to the same bank need not be tried now.
const (
	BankBusy    = "bank.busy"
	BankResting = "bank.resting"
	hostBusy    = "connector.busy"
	unprepared  = "unprepared" // what the call needs cannot be read here just now
)

// inTheWay are the codes of calls that wait though their connector runs. Read only.
var inTheWay = []string{BankBusy, BankResting, hostBusy, unprepared}

// notRunning are the host's codes while a connector does not run. Read only.
var notRunning = []string{"connector.starting", "connector.backoff", "connector.quarantined", "connector.refused", "connector.stopped", "connector.revoked"}

// Failure says what went wrong and whether the lender may have acted all the same.
type Failure struct {
	Kind       string        `json:"kind"` // unavailable timeout rate_limited consent_expired invalid_config unauthenticated invalid_request rejected unsupported contract_drift internal
	Code       string        `json:"code"`
	SideEffect string        `json:"side_effect"` // none committed unknown
	RetryAfter time.Duration `json:"-"`
	// Message is the connector's own for the broker, if it has one.
	Message *workflow.Text `json:"message,omitempty"`
	Fields  []FieldError   `json:"fields,omitempty"` // of the request or the settings
}

// putOff reports whether the connector was not called, through no fault of the operation: that is no try. It waits for what stands in its
// way, however long, and is not given up for it, unless it is idle too long. What is broken here (internal) is a try, or it would go round for ever.
// No connector answers by these codes: see Own.
func (f *Failure) putOff() bool {
	return f != nil && (f.Kind == "unavailable" || f.Kind == "rate_limited") && (slices.Contains(inTheWay, f.Code) || slices.Contains(notRunning, f.Code))
}

// idle reports whether it is put off because its connector does not run: unlike a bank's illness, that may be for good.
func (f *Failure) idle() bool { return f.putOff() && slices.Contains(notRunning, f.Code) }

// Own reports whether a code is the platform's: something is done, or a broker is told, because of it alone. So no connector may use it.
func Own(code string) bool {
	return slices.ContainsFunc([][]string{inTheWay, notRunning, overtaken, {withdrawn, Disabled}}, func(codes []string) bool { return slices.Contains(codes, code) })
}

// FieldError says where something is wrong: a JSON Pointer and a word.
type FieldError struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
}

// Connector describes one that may be used.
type Connector struct {
	Name         string          `json:"name"`
	Version      string          `json:"version"`
	Title        string          `json:"title"`
	Capabilities []string        `json:"capabilities"`
	Status       string          `json:"status"`
	Publisher    string          `json:"publisher" doc:"Who vouches for it: built-in, or a publisher whose key the operator trusts"`
	ConfigSchema json.RawMessage `json:"config_schema"`

	Countries      []string       `json:"countries"`
	Products       []string       `json:"products"`
	Egress         []string       `json:"egress" doc:"Where it may connect to: host, host:port, or {setting}"`
	DataCategories []string       `json:"data_categories"`
	CostCents      map[string]int `json:"cost_cents" doc:"What a call may cost, by method"`
	CallbackPaths  []string       `json:"callback_paths"`
	Reveals        []string       `json:"reveals" doc:"Settings whose secret it sees itself"`
	// Of the agency that asks.
	Enabled  bool `json:"enabled"`
	Revision int  `json:"revision" doc:"What If-Match of its enablement is held to"`
}

// Tag is the version answered as ETag.
func (c Connector) Tag() int { return c.Revision }
