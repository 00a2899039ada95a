package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/workflow"
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
	fieldsAtMost    = 20 // a person is asked for, or told about
)

// pointer is a JSON Pointer made of names.
var pointer = regexp.MustCompile(`^(/[A-Za-z0-9_.-]{1,64}){0,8}$`)

// messages are a connector's texts for its failures, by key.
type messages map[string]*workflow.Text

func failed(kind, code, sideEffect string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: kind, Code: code, SideEffect: sideEffect}}
}

// died is the code of a call whose process ended before it had answered.
const died = "connector.died"

// said stands before a connector's code that the platform has a meaning of its own for.
const said = "said."

// errNUL: a character that no text of the database can hold.
var errNUL = errors.New("it has a NUL character in a text")

// effect is what a failure of a method leaves open. A look changes nothing. A Reconcile's failure speaks of the call it asks
// about: only «not found» closes that question.
func effect(method string, f connectors.Failure) string {
	switch {
	case method == connectors.Reconcile:
		if f.Code == "not_found" && f.SideEffect == none {
			return none
		}
		return unknown
	case !connectors.Acts(method):
		return none
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
func (r reply) answer(operation string, texts messages) (connectors.Answer, error) {
	outcome, err := r.outcome()
	if err != nil {
		return connectors.Answer{}, err
	}
	if outcome != nil && outcome.GetOperationId() != operation {
		return connectors.Answer{}, errOperation
	}
	switch ended := outcome.GetEnded().(type) {
	case *pb.Outcome_Done:
		payload, err := r.json(true)
		return connectors.Answer{Verdict: connectors.Done, Payload: payload}, err
	case *pb.Outcome_Pending:
		after, err := wait(ended.Pending.GetPollAfter())
		if err != nil {
			return connectors.Answer{}, err
		}
		if err := reference(ended.Pending.GetExternalRef()); err != nil {
			return connectors.Answer{}, err
		}
		payload, err := r.json(false)
		return connectors.Answer{Verdict: connectors.Pending, Payload: payload, PollAfter: after, ExternalRef: ended.Pending.GetExternalRef()}, err
	case *pb.Outcome_NeedsUser:
		action, after, err := way(ended.NeedsUser)
		if err != nil {
			return connectors.Answer{}, err
		}
		payload, err := r.json(false)
		return connectors.Answer{Verdict: connectors.NeedsUser, Payload: payload, UserAction: action, PollAfter: after}, err
	case *pb.Outcome_Failed:
		f, err := failure(ended.Failed, texts)
		return connectors.Answer{Verdict: connectors.Failed, Failure: f}, err
	}
	return connectors.Answer{}, errors.New("it says neither done, pending, needs_user nor failed")
}

// reference checks what becomes a key in the platform.
func reference(ref string) error {
	if len(ref) > referenceAtMost {
		return errors.New("its external reference is too long")
	}
	if strings.ContainsRune(ref, 0) {
		return errNUL
	}
	return nil
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

// way is what a person has to do, as JSON, and when to look whether they have.
func way(n *pb.NeedsUser) (json.RawMessage, time.Duration, error) {
	name, known := ways[n.GetWay()]
	if !known {
		return nil, 0, errors.New("it needs a user in no known way")
	}
	if n.GetUrl() != "" {
		if u, err := url.Parse(n.GetUrl()); err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && isHere(u.Hostname())) {
			return nil, 0, errors.New("it sends a user to what is no https address")
		}
	}
	type field struct {
		Name    string            `json:"name"`
		Title   map[string]string `json:"title"`
		Choices []string          `json:"choices,omitempty"`
	}
	out := struct {
		Way     string     `json:"way"`
		URL     string     `json:"url,omitempty"`
		Expires *time.Time `json:"expires,omitempty"`
		Fields  []field    `json:"fields,omitempty"`
	}{Way: name, URL: n.GetUrl()}
	if n.GetExpires() != nil {
		if err := n.GetExpires().CheckValid(); err != nil {
			return nil, 0, errors.New("its time of expiry is wrong")
		}
		at := n.GetExpires().AsTime()
		out.Expires = &at
	}
	if len(n.GetFields()) > fieldsAtMost {
		return nil, 0, errors.New("it asks a user for too much")
	}
	for _, f := range n.GetFields() {
		if !isWord(f.GetName()) {
			return nil, 0, errors.New("it asks a user for what has no name")
		}
		out.Fields = append(out.Fields, field{f.GetName(), f.GetTitle(), f.GetChoices()})
	}
	var after time.Duration
	if n.GetPollAfter() != nil {
		var err error
		if after, err = wait(n.GetPollAfter()); err != nil {
			return nil, 0, err
		}
	}
	text, err := json.Marshal(out)
	switch {
	case err == nil && hasNUL(text):
		err = errNUL
	case len(text) > textAtMost:
		err = errors.New("it tells a user too much")
	}
	return text, after, err
}

// isHere: a bank on one's own machine, for trying things out.
func isHere(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

func failure(e *pb.Error, texts messages) (*connectors.Failure, error) {
	kind, known := kinds[e.GetKind()]
	if !known || !isWord(e.GetCode()) {
		return nil, errors.New("its failure has no kind, or no code")
	}
	code := e.GetCode()
	if connectors.Own(code) { // bank.busy is what an author may well call it: its kind says what to do, and its code is kept apart from ours
		code = said + code
	}
	out := &connectors.Failure{Kind: kind, Code: code, SideEffect: unknown, Message: texts[e.GetUserMessageKey()]}
	for _, f := range e.GetFieldErrors()[:min(len(e.GetFieldErrors()), fieldsAtMost)] {
		if !isWord(f.GetCode()) || !pointer.MatchString(f.GetPointer()) {
			return nil, errors.New("a field error has no code, or points nowhere")
		}
		out.Fields = append(out.Fields, connectors.FieldError{Pointer: f.GetPointer(), Code: f.GetCode()})
	}
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
