// Package fault is the one error type users of Pratica ever see.
//
// An error carries a kind (what the caller can do about it), a stable code
// ("submission.already_sent"), a safe message, optional fields and blockers,
// and a private cause. It becomes HTTP in api/problem.go only; SQLSTATE becomes
// a kind in core/tenancy only; a connector's answer in plugins/host only.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what the caller can do about an error.
type Kind uint8

const (
	Internal        Kind = iota // everything else; its text never leaves
	Invalid                     // input or template wrong; carries fields
	Malformed                   // input that cannot be parsed at all
	Unauthenticated             // no identity
	Forbidden                   // the role lacks the action (named)
	NotFound                    // absent, or another tenant's
	Conflict                    // uniqueness, references, stale state
	Stale                       // If-Match does not fit the stored version
	Required                    // a precondition header is missing
	Refused                     // a guard or state forbids it; carries blockers
	Limited                     // quota, rate; carries the delay
	Unavailable                 // bank, connector, database down or late
	TooLarge                    // the body or file exceeds its limit
)

// Field is one wrong input: a JSON pointer into the body and a sentence.
type Field struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// Error is the one error shape. Message is safe to show: no personal data, nothing of another tenant.
type Error struct {
	Kind     Kind
	Code     string // stable, "noun.reason"
	Message  string // English, safe, with a remedy
	Fields   []Field
	Blockers any           // []workflow.Blocker; opaque here so that the kernel stays free of the engine
	Retry    time.Duration // for Limited and Unavailable
	Cause    error         // never shown
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %s", e.Code, e.Message, e.Cause)
	}
	return e.Code + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// New builds an error of a kind, a stable code and a safe message.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Wrap is New with a private cause.
func Wrap(cause error, kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message, Cause: cause}
}

// Input is an Invalid error for one field, named by its JSON pointer ("/tax_code").
func Input(code, pointer, message string) *Error {
	return &Error{Kind: Invalid, Code: code, Message: message, Fields: []Field{{pointer, message}}}
}

// Missing is the NotFound error of a noun; it reads the same for an absent row and another tenant's.
func Missing(noun string) *Error {
	return &Error{Kind: NotFound, Code: noun + ".not_found", Message: "No such " + noun + "."}
}

// As returns the *Error in err's chain, or an Internal one around it.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Something went wrong on our side.", Cause: err}
}

// Is reports whether err carries the kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
