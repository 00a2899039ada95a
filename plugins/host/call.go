package host

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// Call runs one method of a connector and always answers, by call.Deadline at the latest.
func (h *Host) Call(ctx context.Context, connector, method string, call connectors.Call, payload json.RawMessage) connectors.Answer {
	began := time.Now()
	if !call.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, call.Deadline)
		defer cancel()
	}
	answer := h.call(ctx, connector, method, call, payload)
	if answer.Failure != nil {
		answer.Failure.SideEffect = effect(method, *answer.Failure)
	}
	h.logCall(ctx, connector, method, call, answer, time.Since(began))
	h.reportAnswer(connector, answer)
	return answer
}

func (h *Host) call(ctx context.Context, connector, method string, call connectors.Call, payload json.RawMessage) connectors.Answer {
	u := h.unit(connector)
	if u == nil {
		return failed("unsupported", "connector.unknown", none)
	}
	s, leave := u.enter(call.Tenant)
	if s == nil { // an operator took it back: its calls wait for a version that may run
		return failed("unavailable", "connector.revoked", none)
	}
	defer leave()
	state, p, _ := s.settled(ctx)
	if p == nil {
		return failed("unavailable", "connector."+string(state), none)
	}
	if h.deaths.fatal(inputOf(method, call), call.Attempt) {
		return failed("internal", "connector.killed_twice", unknown)
	}
	settings := settingsOf(call.Config) // the connector says what is wrong with them
	if method != connectors.Check {     // a person waits for that one, no worker does
		leave, ok := h.bulkhead.enter(s.bank(settings))
		if !ok {
			return busy(method)
		}
		defer leave()
	}
	head := h.head(connector, call)
	defer h.open(s, head, call, settings)()
	answer := h.ask(ctx, s, p, method, head, call, payload)
	s.outcomes.add(badly(answer))
	u.judge(s)
	return answer
}

// ask puts one call to a process. A question about a call that ended pending goes to Poll first; who does not offer it, or does
// not know the reference, is asked by the idempotency key.
func (h *Host) ask(ctx context.Context, s *supervisor, p *process, method string, head *pb.Call, call connectors.Call, payload json.RawMessage) connectors.Answer {
	if method == connectors.Reconcile && call.ExternalRef != "" {
		a := h.invoke(ctx, s, p, connectors.Poll, head, call, payload)
		if a.Failure == nil || a.Failure.Kind != "unsupported" && a.Failure.Code != "not_found" {
			return a
		}
	}
	return h.invoke(ctx, s, p, method, head, call, payload)
}

func (h *Host) invoke(ctx context.Context, s *supervisor, p *process, method string, head *pb.Call, call connectors.Call, payload json.RawMessage) connectors.Answer {
	reply, sent, err := p.invoke(ctx, method, head, call, payload)
	if err != nil {
		answer := broken(ctx, err, sent)
		if answer.Failure.Code == died && sent {
			h.deaths.add(inputOf(method, call))
		}
		return answer
	}
	defer reply.free()
	answer, err := reply.answer(head.GetOperationId(), s.messages())
	switch {
	case errors.Is(err, errNUL):
		s.log.Warn("connector answered what cannot be stored", "method", method, "operation", call.Operation, "error", err)
		return failed("contract_drift", "connector.nul", unknown)
	case errors.Is(err, errOperation):
		s.log.Error("connector answered another operation", "method", method, "operation", call.Operation)
		return failed("internal", "connector.operation", unknown)
	case err != nil:
		s.log.Warn("connector answered garbage", "method", method, "operation", call.Operation, "error", err)
		return failed("internal", "connector.garbage", unknown)
	}
	return answer
}

func (h *Host) head(connector string, c connectors.Call) *pb.Call {
	out := &pb.Call{Tenant: h.pseudonym(connector, c.Tenant), ConnectionId: c.Connection.String(), OperationId: c.Operation.String(),
		IdempotencyKey: c.IdempotencyKey, Attempt: int32(c.Attempt), Config: c.Config, ConfigRevision: int32(c.ConfigRevision),
		Locale: cmp.Or(c.Locale, "it"), Traceparent: traceparent(c.Operation), Purpose: c.Purpose, ConsentRef: consentOf(c.Consent), DryRun: c.DryRun, UserIp: c.UserIP, CallbackUrl: c.CallbackURL}
	if !c.Deadline.IsZero() {
		out.Deadline = timestamppb.New(c.Deadline)
	}
	return out
}

// traceparent (W3C Trace Context) has all attempts of an operation in one trace, whose id is the operation's: nothing has to be kept for it.
func traceparent(id ident.OperationID) string {
	var span [8]byte
	_, _ = rand.Read(span[:]) // never fails
	out := append(make([]byte, 0, 55), "00-"...)
	out = append(hex.AppendEncode(out, id.UUID[:]), '-')
	return string(append(hex.AppendEncode(out, span[:]), "-01"...))
}

// consentOf names a consent to a connector; none is empty.
func consentOf(id ident.BankConsentID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func (h *Host) logCall(ctx context.Context, connector, method string, call connectors.Call, a connectors.Answer, took time.Duration) {
	level, failure := slog.LevelDebug, connectors.Failure{}
	if a.Failure != nil {
		level, failure = slog.LevelInfo, *a.Failure
	}
	if !h.log.Enabled(ctx, level) {
		return
	}
	h.log.LogAttrs(ctx, level, "connector call", slog.String("connector", connector), slog.String("method", method), slog.String("of", call.Of),
		slog.String("tenant", call.Tenant.String()), slog.String("operation", call.Operation.String()), slog.Int("attempt", call.Attempt),
		slog.String("verdict", string(a.Verdict)), slog.String("kind", failure.Kind), slog.String("code", failure.Code),
		slog.String("side_effect", failure.SideEffect), slog.Duration("took", took))
}

var (
	errMethod    = errors.New("the protocol has no such method")
	errPayload   = errors.New("the payload does not fit the method")
	errContent   = errors.New("the document's content cannot be read")
	errOperation = errors.New("it answers another operation")
)

// invoke puts a call on the wire. sent tells whether its request was handed to the connection: from then on the connector may have
// acted on it. A connection that breaks at that very moment counts as handed to, which is always safe.
func (p *process) invoke(ctx context.Context, method string, head *pb.Call, call connectors.Call, payload json.RawMessage) (_ reply, sent bool, err error) {
	m, known := methods[method]
	if !known {
		return reply{}, false, errMethod
	}
	in, err := m.request(head, call, payload)
	if err != nil {
		return reply{}, false, err
	}
	out := untouched{mem.SliceBuffer(nil)}
	sent, err = p.exchange(ctx, m, in, call, &out)
	return reply{m, out.ReadOnlyData(), out.Free}, sent, err
}

// exchange sends a request, for a stream followed by the content, and waits for the answer. A content that breaks off cancels the call, so
// that the connector never takes a part for the whole.
func (p *process) exchange(ctx context.Context, m rpc, request proto.Message, call connectors.Call, out *untouched) (sent bool, err error) {
	var content io.ReadCloser
	if m.streams {
		if call.Content == nil {
			return false, errContent
		}
		if content, err = call.Content(ctx); err != nil {
			return false, fmt.Errorf("%w: %w", errContent, err)
		}
		defer content.Close()
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	stream, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: m.streams}, m.path, asItCame)
	if err != nil {
		return false, err
	}
	err = stream.SendMsg(request)
	if sent = err == nil; sent && m.streams {
		err = m.send(stream, content)
	}
	if err != nil && err != io.EOF { // an io.EOF says that the connector has answered early, or is gone: RecvMsg knows
		return sent, err
	}
	return sent, stream.RecvMsg(out)
}

// send sends a content as it is read, and that it was all.
func (m rpc) send(stream grpc.ClientStream, content io.Reader) error {
	for {
		chunk := make([]byte, wire.ChunkSize)
		n, failure := io.ReadFull(content, chunk)
		if n > 0 {
			if err := stream.SendMsg(m.chunk(chunk[:n])); err != nil {
				return err
			}
		}
		if failure == io.EOF || failure == io.ErrUnexpectedEOF {
			return stream.CloseSend()
		}
		if failure != nil {
			return fmt.Errorf("%w: %w", errContent, failure)
		}
	}
}

// untouched is an answer as it came, in a buffer that is given back.
type untouched struct{ mem.Buffer }

// asItCame leaves answers as they come; requests are messages.
var asItCame = grpc.ForceCodecV2(codec{})

type codec struct{ wire.Codec }

func (c codec) Unmarshal(data mem.BufferSlice, into any) error {
	out, ok := into.(*untouched)
	if !ok {
		return c.Codec.Unmarshal(data, into)
	}
	out.Buffer = data.MaterializeToBuffer(wire.BufferPool())
	return nil
}
