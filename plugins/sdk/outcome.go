package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Kind says what went wrong, and by that what the platform does next.
type Kind string

// The kinds of errors.
const (
	Unavailable     Kind = "unavailable"     // tried again
	Timeout         Kind = "timeout"         // tried again
	RateLimited     Kind = "rate_limited"    // tried again after RetryAfter
	ConsentExpired  Kind = "consent_expired" // waits for a person
	InvalidConfig   Kind = "invalid_config"  // stops the connection
	Unauthenticated Kind = "unauthenticated" // stops the connection
	InvalidRequest  Kind = "invalid_request" // final
	Rejected        Kind = "rejected"        // final
	Unsupported     Kind = "unsupported"     // final
	ContractDrift   Kind = "contract_drift"  // final: the other side no longer speaks as it did
	Internal        Kind = "internal"        // the connector's own fault
)

// SideEffect says whether the other side has acted although the call failed.
type SideEffect int

// The zero value is Unknown: then the platform asks before it sends anything again, which is always safe.
const (
	Unknown SideEffect = iota
	None
	Committed
)

// Error is how a call fails.
type Error struct {
	Kind         Kind
	Code         string // a short stable word: lower-case letters, digits, "." and "_", at most 64
	SideEffect   SideEffect
	RetryAfter   time.Duration // for RateLimited
	ProviderCode string        // the other side's own code
	Detail       string        // for yourself: no personal data, no secrets
	UserMessage  string        // a key of Description.Messages: what the broker reads instead of the kind's own words
	Fields       []FieldError  // for InvalidRequest and InvalidConfig: where it is wrong
}

// FieldError says where a request or the settings are wrong: a JSON Pointer, and a word as of Error.Code.
type FieldError struct{ Pointer, Code string }

func (e Error) Error() string { return string(e.Kind) + ": " + e.Code }

// NotFound is a Reconciler's «it never arrived».
func NotFound() error { return Error{Kind: Rejected, Code: "not_found", SideEffect: None} }

// Pending ends a call that is not over: ask again after After.
type Pending struct {
	After time.Duration
	Ref   string // whatever helps to ask again
}

func (p Pending) Error() string { return fmt.Sprintf("pending, ask again after %s", p.After) }

// Way is how a person helps a call on.
type Way string

// The ways.
const (
	Redirect  Way = "redirect"
	Decoupled Way = "decoupled"
	OTP       Way = "otp"
	QR        Way = "qr"
	Upload    Way = "document"
	Choice    Way = "choice"
)

// NeedsUser ends a call that a person has to help on.
type NeedsUser struct {
	Way     Way
	URL     string // where to go, or what the QR code shows
	Expires time.Time
	Fields  []InputField  // what the person enters, for OTP, Upload and Choice
	After   time.Duration // for Decoupled: when to look again
}

// InputField is something a person enters. Title is by language ("en", "it").
type InputField struct {
	Name    string
	Title   map[string]string
	Choices []string
}

func (n NeedsUser) Error() string { return "needs user: " + string(n.Way) }

// outcomeOf puts what a method returned on the wire, as the answer to an operation.
func outcomeOf(operation string, err error) *pb.Outcome {
	out := ended(err)
	out.OperationId = operation
	return out
}

func ended(err error) *pb.Outcome {
	var failed Error
	var pending Pending
	var user NeedsUser
	switch {
	case err == nil:
		return &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}}
	case errors.As(err, &pending):
		return &pb.Outcome{Ended: &pb.Outcome_Pending{Pending: &pb.Pending{PollAfter: durationpb.New(pending.After), ExternalRef: pending.Ref}}}
	case errors.As(err, &user):
		return &pb.Outcome{Ended: &pb.Outcome_NeedsUser{NeedsUser: userTo(user)}}
	case errors.As(err, &failed):
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		failed = Error{Kind: Timeout, Code: "deadline"}
	default:
		failed = Error{Kind: Internal, Code: "connector.error"}
	}
	return &pb.Outcome{Ended: &pb.Outcome_Failed{Failed: &pb.Error{Kind: kinds[failed.Kind], Code: failed.Code, SideEffect: effects[failed.SideEffect],
		RetryAfter: durationpb.New(failed.RetryAfter), ProviderCode: failed.ProviderCode, RedactedDetail: failed.Detail,
		UserMessageKey: failed.UserMessage, FieldErrors: list(failed.Fields, func(f FieldError) *pb.FieldError { return &pb.FieldError{Pointer: f.Pointer, Code: f.Code} })}}}
}

func userTo(u NeedsUser) *pb.NeedsUser {
	return &pb.NeedsUser{Way: ways[u.Way], Url: u.URL, Expires: timestamp(u.Expires), PollAfter: waiting(u.After), Fields: list(u.Fields, func(f InputField) *pb.InputField {
		return &pb.InputField{Name: f.Name, Title: f.Title, Choices: f.Choices}
	})}
}

// Read only.
var (
	kinds = map[Kind]pb.ErrorKind{Unavailable: pb.ErrorKind_ERROR_KIND_UNAVAILABLE, Timeout: pb.ErrorKind_ERROR_KIND_TIMEOUT,
		RateLimited: pb.ErrorKind_ERROR_KIND_RATE_LIMITED, ConsentExpired: pb.ErrorKind_ERROR_KIND_CONSENT_EXPIRED,
		InvalidConfig: pb.ErrorKind_ERROR_KIND_INVALID_CONFIG, Unauthenticated: pb.ErrorKind_ERROR_KIND_UNAUTHENTICATED,
		InvalidRequest: pb.ErrorKind_ERROR_KIND_INVALID_REQUEST, Rejected: pb.ErrorKind_ERROR_KIND_REJECTED,
		Unsupported: pb.ErrorKind_ERROR_KIND_UNSUPPORTED, ContractDrift: pb.ErrorKind_ERROR_KIND_CONTRACT_DRIFT,
		Internal: pb.ErrorKind_ERROR_KIND_INTERNAL}
	effects = map[SideEffect]pb.SideEffect{Unknown: pb.SideEffect_SIDE_EFFECT_UNKNOWN, None: pb.SideEffect_SIDE_EFFECT_NONE,
		Committed: pb.SideEffect_SIDE_EFFECT_COMMITTED}
	ways = map[Way]pb.NeedsUserWay{Redirect: pb.NeedsUserWay_NEEDS_USER_WAY_REDIRECT, Decoupled: pb.NeedsUserWay_NEEDS_USER_WAY_DECOUPLED,
		OTP: pb.NeedsUserWay_NEEDS_USER_WAY_OTP, QR: pb.NeedsUserWay_NEEDS_USER_WAY_QR, Upload: pb.NeedsUserWay_NEEDS_USER_WAY_DOCUMENT,
		Choice: pb.NeedsUserWay_NEEDS_USER_WAY_CHOICE}
)
