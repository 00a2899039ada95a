package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/pratica-crm/pratica/core/connectors"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// What a failure says of the other side.
const (
	none      = "none"
	committed = "committed"
	unknown   = "unknown"
)

const (
	referenceAtMost = 512 // bytes, of what becomes a key in the platform
	waitAtMost      = 24 * time.Hour
)

// word is a code a connector may give: nothing that could carry a person's name or a sentence.
var word = regexp.MustCompile(`^[a-z0-9][a-z0-9_.]{0,63}$`)

func failed(kind, code, sideEffect string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: kind, Code: code, SideEffect: sideEffect}}
}

// died is the code of a call whose process ended before it had answered.
const died = "connector.died"

// errNUL: a character that no text of the database can hold.
var errNUL = errors.New("it has a NUL character in a text")

// effect is what a failure of a method leaves open. A look changes nothing. A Reconcile's failure speaks of the call it asks
// about: only «not found» closes that question.
func effect(method string, f connectors.Failure) string {
	switch method {
	case connectors.Status, connectors.Check:
		return none
	case connectors.Reconcile:
		if f.Code == "not_found" && f.SideEffect == none {
			return none
		}
		return unknown
	}
	return f.SideEffect
}

// broken is the answer to a call that did not come back; sent tells whether the connector may have had it.
func broken(ctx context.Context, err error, sent bool) connectors.Answer {
	open := none
	if sent {
		open = unknown
	}
	switch {
	case errors.Is(err, errMethod):
		return failed("unsupported", "connector.method", none)
	case errors.Is(err, errPayload):
		return failed("invalid_request", "connector.payload", none)
	case errors.Is(err, errContent):
		return failed("unavailable", "document.content", open)
	case ctx.Err() != nil:
		return failed("timeout", "connector.deadline", open)
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded:
		return failed("timeout", "connector.deadline", open)
	case codes.Unavailable, codes.Canceled: // canceled: a dead process's connection was closed before its end was read from it
		return failed("unavailable", died, open)
	case codes.Unimplemented:
		return failed("unsupported", "connector.method", none)
	}
	return failed("internal", "connector.garbage", open)
}

// parse reads the platform's JSON into a message. Fields the protocol does not have are the platform's own.
func parse(payload json.RawMessage, into proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(payload, into); err != nil {
		return errPayload // the cause quotes the payload
	}
	return nil
}

// answer reads a reply; an error says what is wrong with it, without quoting it.
func (r reply) answer(method string) (connectors.Answer, error) {
	switch ended := r.outcome.GetEnded().(type) {
	case *pb.Outcome_Done:
		payload, err := r.json(method, true)
		return connectors.Answer{Verdict: connectors.Done, Payload: payload}, err
	case *pb.Outcome_Pending:
		after, err := wait(ended.Pending.GetPollAfter())
		if err != nil {
			return connectors.Answer{}, err
		}
		if len(ended.Pending.GetExternalRef()) > referenceAtMost {
			return connectors.Answer{}, errors.New("its external reference is too long")
		}
		if strings.ContainsRune(ended.Pending.GetExternalRef(), 0) {
			return connectors.Answer{}, errNUL
		}
		payload, err := r.json(method, false)
		return connectors.Answer{Verdict: connectors.Pending, Payload: payload, PollAfter: after, ExternalRef: ended.Pending.GetExternalRef()}, err
	case *pb.Outcome_NeedsUser:
		payload, err := way(ended.NeedsUser)
		return connectors.Answer{Verdict: connectors.NeedsUser, Payload: payload}, err
	case *pb.Outcome_Failed:
		f, err := failure(ended.Failed)
		return connectors.Answer{Verdict: connectors.Failed, Failure: f}, err
	}
	return connectors.Answer{}, errors.New("it says neither done, pending, needs_user nor failed")
}

// json is a reply's payload, checked for what the platform builds on. Where it is not done only news are taken.
func (r reply) json(method string, done bool) (json.RawMessage, error) {
	switch payload := r.payload.(type) {
	case *pb.Receipt:
		if !done {
			return nil, nil
		}
		if n := len(payload.GetReference()); n == 0 || n > referenceAtMost {
			return nil, errors.New("it gives no reference, or one that is too long")
		}
	case *pb.News:
		if payload == nil {
			return nil, errors.New("it gives no news")
		}
		for i, e := range payload.GetEvents() {
			if err := checkEvent(e); err != nil {
				return nil, fmt.Errorf("event %d: %w", i, err)
			}
		}
	case nil:
		return json.RawMessage(`{}`), nil
	}
	room := proto.Size(r.payload) // JSON takes about half as much again: growing to it costs more than writing it
	out, err := protojson.MarshalOptions{UseProtoNames: true}.MarshalAppend(make([]byte, 0, room+room/2+64), r.payload)
	if err != nil {
		return nil, errors.New("its payload of " + method + " has values that JSON has not")
	}
	if hasNUL(out) {
		return nil, errNUL
	}
	return out, nil
}

// hasNUL looks for the escape of a NUL in JSON. The same letters behind an escaped backslash are only letters.
func hasNUL(text json.RawMessage) bool {
	for rest := []byte(text); ; {
		at := bytes.Index(rest, []byte(`\u0000`))
		if at < 0 {
			return false
		}
		slashes := 0
		for at-slashes > 0 && rest[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return true
		}
		rest = rest[at+1:]
	}
}

func checkEvent(e *pb.BankEvent) error {
	if n := len(e.GetId()); n == 0 || n > referenceAtMost {
		return errors.New("it has no id, or one that is too long")
	}
	if !word.MatchString(e.GetType()) || (e.GetReasonCode() != "" && !word.MatchString(e.GetReasonCode())) {
		return errors.New("its type or reason is no code")
	}
	for _, i := range e.GetItems() {
		if n := len(i.GetId()); n == 0 || n > referenceAtMost || !word.MatchString(i.GetKind()) {
			return errors.New("an item has no id or no kind")
		}
	}
	return nil
}

// wait reads a duration between nothing and waitAtMost.
func wait(d interface {
	CheckValid() error
	AsDuration() time.Duration
}) (time.Duration, error) {
	if err := d.CheckValid(); err != nil || d.AsDuration() < 0 {
		return 0, errors.New("a duration is missing or wrong")
	}
	return min(d.AsDuration(), waitAtMost), nil
}

// way is what a person has to do, as JSON.
func way(n *pb.NeedsUser) (json.RawMessage, error) {
	name, known := ways[n.GetWay()]
	if !known {
		return nil, errors.New("it needs a user in no known way")
	}
	if n.GetUrl() != "" {
		if u, err := url.Parse(n.GetUrl()); err != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, errors.New("it sends a user to what is no web address")
		}
	}
	out := struct {
		Way     string     `json:"way"`
		URL     string     `json:"url,omitempty"`
		Expires *time.Time `json:"expires,omitempty"`
	}{Way: name, URL: n.GetUrl()}
	if n.GetExpires() != nil {
		if err := n.GetExpires().CheckValid(); err != nil {
			return nil, errors.New("its time of expiry is wrong")
		}
		at := n.GetExpires().AsTime()
		out.Expires = &at
	}
	return json.Marshal(out)
}

func failure(e *pb.Error) (*connectors.Failure, error) {
	kind, known := kinds[e.GetKind()]
	if !known || !word.MatchString(e.GetCode()) {
		return nil, errors.New("its failure has no kind, or no code")
	}
	out := &connectors.Failure{Kind: kind, Code: e.GetCode(), SideEffect: unknown}
	switch e.GetSideEffect() {
	case pb.SideEffect_SIDE_EFFECT_NONE:
		out.SideEffect = none
	case pb.SideEffect_SIDE_EFFECT_COMMITTED:
		out.SideEffect = committed
	}
	if e.GetRetryAfter() != nil {
		var err error
		if out.RetryAfter, err = wait(e.GetRetryAfter()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// The names the platform has for the protocol's numbers. Read only.
var (
	kinds = map[pb.ErrorKind]string{pb.ErrorKind_ERROR_KIND_UNAVAILABLE: "unavailable", pb.ErrorKind_ERROR_KIND_TIMEOUT: "timeout",
		pb.ErrorKind_ERROR_KIND_RATE_LIMITED: "rate_limited", pb.ErrorKind_ERROR_KIND_CONSENT_EXPIRED: "consent_expired",
		pb.ErrorKind_ERROR_KIND_INVALID_CONFIG: "invalid_config", pb.ErrorKind_ERROR_KIND_UNAUTHENTICATED: "unauthenticated",
		pb.ErrorKind_ERROR_KIND_INVALID_REQUEST: "invalid_request", pb.ErrorKind_ERROR_KIND_REJECTED: "rejected",
		pb.ErrorKind_ERROR_KIND_UNSUPPORTED: "unsupported", pb.ErrorKind_ERROR_KIND_CONTRACT_DRIFT: "contract_drift",
		pb.ErrorKind_ERROR_KIND_INTERNAL: "internal"}
	ways = map[pb.NeedsUserWay]string{pb.NeedsUserWay_NEEDS_USER_WAY_REDIRECT: "redirect", pb.NeedsUserWay_NEEDS_USER_WAY_DECOUPLED: "decoupled",
		pb.NeedsUserWay_NEEDS_USER_WAY_OTP: "otp", pb.NeedsUserWay_NEEDS_USER_WAY_QR: "qr", pb.NeedsUserWay_NEEDS_USER_WAY_DOCUMENT: "document",
		pb.NeedsUserWay_NEEDS_USER_WAY_CHOICE: "choice"}
)
