package connectors

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Operation is work for a connector.
type Operation struct {
	ID            ident.OperationID   `json:"id"`
	SubmissionID  ident.SubmissionID  `json:"submission_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	SubjectID     ident.SubjectID     `json:"subject_id"`
	ConsentID     ident.BankConsentID `json:"consent_id"`
	Priority      Priority            `json:"priority" enum:"screen,background,nightly"`
	Purpose       string              `json:"purpose"`
	CostCents     int64               `json:"cost_cents" doc:"What it costs at most; 0 is free"`
	Connector     string              `json:"connector"`
	Method        string              `json:"method"`
	State         string              `json:"state" enum:"queued,running,reconciling,waiting_user,done,failed"`
	Attempt       int                 `json:"attempt"`
	LeaseUntil    *time.Time          `json:"lease_until"`
	NextAttemptAt time.Time           `json:"next_attempt_at"`
	Error         *Failure            `json:"error"`
	UserMessage   *workflow.Text      `json:"user_message"`
	UserAction    json.RawMessage     `json:"user_action,omitempty" doc:"In waiting_user: what the lender wants of a person, way, url and end"`
	DeadAt        *time.Time          `json:"dead_at" doc:"When it was given up; it can be replayed"`
	DeadReason    string              `json:"dead_reason"`
	CreatedAt     time.Time           `json:"created_at"`
	Version       int                 `json:"version"`

	connection ident.ConnectionID
	payload    json.RawMessage
	external   string
	weight     int
	idleSince  time.Time // since when its connector has not run, as far as it knows; zero: it runs
}

// Payload is what the connector is given.
func (o Operation) Payload() json.RawMessage { return o.payload }

// Connection is where it goes.
func (o Operation) Connection() ident.ConnectionID { return o.connection }

// Tag is the version answered as ETag.
func (o Operation) Tag() int { return o.Version }

// next is what becomes of an operation after an attempt.
type next struct {
	state string
	after time.Duration
	stop  bool   // stop the connection: its settings are wrong
	dead  string // why it is given up, as a code: a dead letter
}

const (
	leaseFor       = time.Minute // longer than any call's deadline
	callDeadline   = 30 * time.Second
	internalTries  = 3  // the first and two more
	retriesAtMost  = 50 // of an unavailable bank: about two days
	pollAtLeast    = time.Second
	pollAtMost     = 5 * time.Minute // a twentieth of the time it has taken so far, up to this: a bank thinks for weeks
	pollIfUnstated = 5 * time.Second
	restAtMost     = 15 * time.Second // of what is put off without saying for how long
	idleAtMost     = 48 * time.Hour   // that a connector does not run: as long as fifty tries take
)

// after decides by the kinds of connectors.md what the queue does with an answer; age is how long the operation has been there, idle how long
// its connector has not run: a look for news may be weeks old, and its connector gone for a moment.
// What acts (everything but a look for news) and is pending is asked about next time, not sent again.
func after(a Answer, method string, attempt int, age, idle time.Duration) next {
	switch a.Verdict {
	case Done:
		return next{state: "done"}
	case Pending:
		return next{state: again(method), after: max(a.PollAfter, pollAtLeast, min(age/20, pollAtMost))}
	case NeedsUser:
		return next{state: "waiting_user"}
	}
	f := a.Failure
	switch {
	case f.idle() && idle >= idleAtMost:
		return next{state: "failed", dead: "exhausted"}
	case f.putOff() && f.SideEffect == "none":
		return next{state: "queued", after: putOffFor(f, age)}
	case f.putOff():
		return next{state: "reconciling", after: putOffFor(f, age)}
	case method == Callback && (f.Kind == "invalid_config" || f.Kind == "unauthenticated"):
		return next{state: "failed", dead: f.Kind} // anybody can call back: what they send must not stop a connection
	case f.Kind == "invalid_config" || f.Kind == "unauthenticated":
		return next{state: "waiting_user", stop: true} // until somebody has mended the settings
	case f.Kind == "internal" && attempt >= internalTries:
		return next{state: "failed", dead: "internal"}
	case f.SideEffect == "unknown" && attempt >= retriesAtMost:
		return next{state: "failed", dead: "exhausted"} // whoever replays it has the lender asked first
	case f.SideEffect == "unknown", f.SideEffect == "committed" && (f.Kind == "rate_limited" || tried(f.Kind) && attempt < retriesAtMost):
		return next{state: "reconciling", after: max(jitter(attempt), f.RetryAfter)}
	case f.Kind == "rate_limited":
		return next{state: "queued", after: max(f.RetryAfter, time.Second)}
	case (f.Kind == "unavailable" || f.Kind == "timeout") && attempt < retriesAtMost:
		return next{state: "queued", after: max(jitter(attempt), f.RetryAfter)}
	case f.Kind == "internal" && attempt < internalTries:
		return next{state: "queued", after: jitter(attempt)}
	case f.Kind == "consent_expired":
		return next{state: "waiting_user"}
	}
	return next{state: "failed", dead: givenUp[f.Kind]}
}

// givenUp are the kinds that end an operation though it may well succeed later: dead letters, with their reason. What a lender refuses
// (rejected, invalid_request) has been answered, and is none.
var givenUp = map[string]string{"unavailable": "exhausted", "timeout": "exhausted", "internal": "internal", "unsupported": "unsupported", "contract_drift": "contract_drift"}

// again is the state from which an operation is taken up without sending what may have arrived.
func again(method string) string {
	if !Acts(method) {
		return "queued"
	}
	return "reconciling"
}

// withdrawn is the code of an operation that was taken back before it had left.
const withdrawn = "withdrawn"

// tried: the call did not come to its end.
func tried(kind string) bool { return kind == "unavailable" || kind == "timeout" || kind == "internal" }

// jitter doubles from a quarter of a second to an hour, less a random half, so that a bank that comes back is not stormed.
func jitter(attempt int) time.Duration {
	return spread(min(250*time.Millisecond<<min(attempt, 14), time.Hour))
}

// spread is d less a random half.
func spread(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

// putOffFor is how long what stands in the way will stand there: as it says (the breaker until it lets one try, with its own jitter), else a
// twentieth of the time the operation has waited so far, so that what has only just stopped is soon asked again. Never less than pollAtLeast.
func putOffFor(f *Failure, age time.Duration) time.Duration {
	return max(pollAtLeast, cmp.Or(f.RetryAfter, spread(max(2*pollAtLeast, min(age/20, restAtMost)))))
}

// idleFor is how long an operation's connector has not run.
func (o Operation) idleFor(now time.Time) time.Duration {
	if o.idleSince.IsZero() {
		return 0
	}
	return now.Sub(o.idleSince)
}

// idles is since when an operation's connector has not run, after a failure at now. What is put off for another reason learns nothing of
// it: the breaker opens for a connector that does not run, too.
func idles(since time.Time, f *Failure, now time.Time) time.Time {
	switch {
	case !f.putOff():
		return time.Time{}
	case f.idle() && since.IsZero():
		return now
	}
	return since
}
