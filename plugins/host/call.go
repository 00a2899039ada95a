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
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec of messages
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
	ctx, sent := watch(ctx)
	reply, err := p.invoke(ctx, method, head, call, payload)
	if err != nil {
		answer := broken(ctx, err, sent.left.Load())
		if answer.Failure.Code == died && sent.left.Load() {
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
	return "00-" + hex.EncodeToString(id.UUID[:]) + "-" + hex.EncodeToString(span[:]) + "-01"
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

// invoke puts a call on the wire.
func (p *process) invoke(ctx context.Context, method string, head *pb.Call, call connectors.Call, payload json.RawMessage) (reply, error) {
	m, known := methods[method]
	if !known {
		return reply{}, errMethod
	}
	in, err := m.request(head, call, payload)
	if err != nil {
		return reply{}, err
	}
	out := untouched{mem.SliceBuffer(nil)}
	if m.streams {
		err = p.stream(ctx, m, in, call, &out)
	} else {
		err = p.conn.Invoke(ctx, m.path, in, &out, asItCame)
	}
	return reply{m, out.ReadOnlyData(), out.Free}, err
}

// stream sends a document: the header, then the content as it is read. A content that breaks off cancels the call, so that the
// connector never takes a part for the whole.
func (p *process) stream(ctx context.Context, m rpc, header proto.Message, call connectors.Call, out *untouched) error {
	if call.Content == nil {
		return errContent
	}
	content, err := call.Content(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errContent, err)
	}
	defer content.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, m.path, asItCame)
	if err != nil {
		return err
	}
	// An io.EOF of SendMsg says that the connector has answered early: RecvMsg has what it said.
	err = stream.SendMsg(header)
	for err == nil {
		chunk := make([]byte, wire.ChunkSize)
		n, failure := io.ReadFull(content, chunk)
		if n > 0 {
			err = stream.SendMsg(m.chunk(chunk[:n]))
		}
		if failure == io.EOF || failure == io.ErrUnexpectedEOF {
			break
		}
		if failure != nil {
			return fmt.Errorf("%w: %w", errContent, failure)
		}
	}
	if err != nil && err != io.EOF {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return stream.RecvMsg(out)
}

// untouched is an answer as it came, in a buffer that is given back.
type untouched struct{ mem.Buffer }

// asItCame leaves answers as they come; requests are messages.
var asItCame = grpc.ForceCodecV2(codec{encoding.GetCodecV2("proto"), wire.BufferPool()})

type codec struct {
	encoding.CodecV2
	pool mem.BufferPool
}

func (c codec) Unmarshal(data mem.BufferSlice, into any) error {
	out, ok := into.(*untouched)
	if !ok {
		return c.CodecV2.Unmarshal(data, into)
	}
	out.Buffer = data.MaterializeToBuffer(c.pool)
	return nil
}
