package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pratica-crm/pratica/core/connectors"
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
	s, known := h.by[connector]
	if !known {
		return failed("unsupported", "connector.unknown", none)
	}
	state, p, _ := s.settled(ctx)
	if p == nil {
		return failed("unavailable", "connector."+string(state), none)
	}
	if h.deaths.fatal(inputOf(method, call), call.Attempt) {
		return failed("internal", "connector.killed_twice", unknown)
	}
	if method != connectors.Check { // a person waits for that one, no worker does
		leave, ok := h.bulkhead.enter(s.bank(call.Config))
		if !ok {
			return busy(method)
		}
		defer leave()
	}
	ctx, sent := watch(ctx)
	reply, err := p.invoke(ctx, method, h.head(connector, call), call, payload)
	if err != nil {
		answer := broken(ctx, err, sent.left.Load())
		if answer.Failure.Code == died && sent.left.Load() {
			h.deaths.add(inputOf(method, call))
		}
		return answer
	}
	answer, err := reply.answer(method)
	switch {
	case errors.Is(err, errNUL):
		s.log.Warn("connector answered what cannot be stored", "method", method, "operation", call.Operation, "error", err)
		return failed("contract_drift", "connector.nul", unknown)
	case err != nil:
		s.log.Warn("connector answered garbage", "method", method, "operation", call.Operation, "error", err)
		return failed("internal", "connector.garbage", unknown)
	}
	return answer
}

func (h *Host) head(connector string, c connectors.Call) *pb.Call {
	out := &pb.Call{Tenant: h.pseudonym(connector, c.Tenant), ConnectionId: c.Connection.String(), OperationId: c.Operation.String(),
		IdempotencyKey: c.IdempotencyKey, Attempt: int32(c.Attempt), Config: c.Config, ConfigRevision: int32(c.ConfigRevision)}
	if !c.Deadline.IsZero() {
		out.Deadline = timestamppb.New(c.Deadline)
	}
	return out
}

func (h *Host) logCall(ctx context.Context, connector, method string, call connectors.Call, a connectors.Answer, took time.Duration) {
	level, failure := slog.LevelDebug, connectors.Failure{}
	if a.Failure != nil {
		level, failure = slog.LevelInfo, *a.Failure
	}
	h.log.LogAttrs(ctx, level, "connector call", slog.String("connector", connector), slog.String("method", method), slog.String("of", call.Of),
		slog.String("tenant", call.Tenant.String()), slog.String("operation", call.Operation.String()), slog.Int("attempt", call.Attempt),
		slog.String("verdict", string(a.Verdict)), slog.String("kind", failure.Kind), slog.String("code", failure.Code),
		slog.String("side_effect", failure.SideEffect), slog.Duration("took", took))
}

// reply is what a method of the protocol came back with; payload is nil for methods that have none.
type reply struct {
	outcome *pb.Outcome
	payload proto.Message
}

var (
	errMethod  = errors.New("the protocol has no such method")
	errPayload = errors.New("the payload does not fit the method")
	errContent = errors.New("the document's content cannot be read")
)

// invoke puts a call on the wire.
func (p *process) invoke(ctx context.Context, method string, head *pb.Call, call connectors.Call, payload json.RawMessage) (reply, error) {
	switch method {
	case connectors.Submit:
		in := &pb.SubmitApplicationRequest{Call: head, Application: &pb.Application{}}
		if err := parse(payload, in.Application); err != nil {
			return reply{}, err
		}
		out, err := p.portal.SubmitApplication(ctx, in)
		return reply{out.GetOutcome(), out.GetReceipt()}, err
	case connectors.Status:
		in := &pb.GetStatusRequest{Call: head, Question: &pb.StatusQuestion{}}
		if err := parse(payload, in.Question); err != nil {
			return reply{}, err
		}
		out, err := p.portal.GetStatus(ctx, in)
		return reply{out.GetOutcome(), out.GetNews()}, err
	case connectors.Withdraw:
		in := &pb.WithdrawApplicationRequest{Call: head, Withdrawal: &pb.Withdrawal{}}
		if err := parse(payload, in.Withdrawal); err != nil {
			return reply{}, err
		}
		out, err := p.portal.WithdrawApplication(ctx, in)
		return reply{out.GetOutcome(), nil}, err
	case connectors.Check:
		out, err := p.core.CheckConnection(ctx, &pb.CheckConnectionRequest{Call: head})
		return reply{out.GetOutcome(), nil}, err
	case connectors.Answering:
		return p.answerRequest(ctx, head, call, payload)
	case connectors.Reconcile:
		return p.reconcile(ctx, head, call.Of, payload)
	}
	return reply{}, errMethod
}

// reconcile asks what became of an earlier call of the method.
func (p *process) reconcile(ctx context.Context, head *pb.Call, of string, payload json.RawMessage) (reply, error) {
	in := &pb.ReconcileRequest{Call: head}
	var request proto.Message
	switch of {
	case connectors.Submit:
		application := &pb.Application{}
		request, in.Of = application, &pb.ReconcileRequest_SubmitApplication{SubmitApplication: application}
	case connectors.Answering:
		answer := &pb.RequestAnswer{}
		request, in.Of = answer, &pb.ReconcileRequest_AnswerRequest{AnswerRequest: answer}
	case connectors.Withdraw:
		withdrawal := &pb.Withdrawal{}
		request, in.Of = withdrawal, &pb.ReconcileRequest_WithdrawApplication{WithdrawApplication: withdrawal}
	default:
		return reply{}, errMethod
	}
	if err := parse(payload, request); err != nil {
		return reply{}, err
	}
	out, err := p.core.Reconcile(ctx, in)
	if of == connectors.Submit {
		return reply{out.GetOutcome(), out.GetReceipt()}, err
	}
	return reply{out.GetOutcome(), nil}, err
}

// answerRequest streams a document: the header, then the content as it is read. A content that breaks off cancels the call, so
// that the connector never takes a part for the whole.
func (p *process) answerRequest(ctx context.Context, head *pb.Call, call connectors.Call, payload json.RawMessage) (reply, error) {
	answer := &pb.RequestAnswer{}
	if err := parse(payload, answer); err != nil {
		return reply{}, err
	}
	if call.Content == nil {
		return reply{}, errContent
	}
	content, err := call.Content(ctx)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", errContent, err)
	}
	defer content.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := p.portal.AnswerRequest(ctx)
	if err != nil {
		return reply{}, err
	}
	// An io.EOF of Send says that the connector has answered early: CloseAndRecv has what it said.
	err = stream.Send(&pb.AnswerRequestRequest{Part: &pb.AnswerRequestRequest_Header{Header: &pb.AnswerHeader{Call: head, Answer: answer}}})
	for err == nil {
		chunk := make([]byte, wire.ChunkSize)
		n, failure := io.ReadFull(content, chunk)
		if n > 0 {
			err = stream.Send(&pb.AnswerRequestRequest{Part: &pb.AnswerRequestRequest_Chunk{Chunk: chunk[:n]}})
		}
		if failure == io.EOF || failure == io.ErrUnexpectedEOF {
			break
		}
		if failure != nil {
			return reply{}, fmt.Errorf("%w: %w", errContent, failure)
		}
	}
	if err != nil && err != io.EOF {
		return reply{}, err
	}
	out, err := stream.CloseAndRecv()
	return reply{out.GetOutcome(), nil}, err
}
