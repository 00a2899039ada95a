package sdk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// server puts a Connector behind the two services.
type server struct {
	pb.UnimplementedCoreServer
	pb.UnimplementedBankPortalServer

	connector Connector
	log       *slog.Logger
}

func (s *server) register(to grpc.ServiceRegistrar) {
	pb.RegisterCoreServer(to, s)
	if s.connector.BankPortal != nil {
		pb.RegisterBankPortalServer(to, s)
	}
}

// run calls an author's method and puts its end on the wire. A panic ends the call, not the program: other agencies' calls are
// in it. Of the panic the log gets its place and its type, because its text may quote the file.
func (s *server) run(method string, call *pb.Call, do func() error) (outcome *pb.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			said := fmt.Sprintf("%T", p)
			if err, ok := p.(runtime.Error); ok {
				said = err.Error()
			}
			s.log.Error("panic", "method", method, "operation", call.GetOperationId(), "panic", said, "stack", string(debug.Stack()))
			outcome = outcomeOf(Error{Kind: Internal, Code: "connector.panic"})
		}
	}()
	return outcomeOf(do())
}

func (s *server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	d := s.connector.Describe
	return &pb.DescribeResponse{Id: d.ID, Version: d.Version, Title: d.Title, Capabilities: s.connector.capabilities(), ConfigSchema: d.ConfigSchema}, nil
}

func (s *server) Health(ctx context.Context, _ *pb.HealthRequest) (*pb.HealthResponse, error) {
	return &pb.HealthResponse{Outcome: s.run("Health", nil, func() error {
		if s.connector.Health == nil {
			return nil
		}
		return s.connector.Health(ctx)
	})}, nil
}

func (s *server) CheckConnection(ctx context.Context, in *pb.CheckConnectionRequest) (*pb.CheckConnectionResponse, error) {
	return &pb.CheckConnectionResponse{Outcome: s.run("CheckConnection", in.GetCall(), func() error {
		if s.connector.CheckConnection == nil {
			return nil
		}
		return s.connector.CheckConnection(ctx, callOf(in.GetCall()))
	})}, nil
}

func (s *server) Reconcile(ctx context.Context, in *pb.ReconcileRequest) (*pb.ReconcileResponse, error) {
	out := &pb.ReconcileResponse{}
	r, call := s.connector.Reconciler, callOf(in.GetCall())
	out.Outcome = s.run("Reconcile", in.GetCall(), func() error {
		if r == nil {
			return Error{Kind: Unsupported, Code: "reconcile"}
		}
		switch of := in.GetOf().(type) {
		case *pb.ReconcileRequest_SubmitApplication:
			receipt, err := r.ReconcileSubmission(ctx, call, applicationOf(of.SubmitApplication))
			out.Receipt = receiptTo(receipt)
			return err
		case *pb.ReconcileRequest_AnswerRequest:
			return r.ReconcileAnswer(ctx, call, answerOf(of.AnswerRequest))
		case *pb.ReconcileRequest_WithdrawApplication:
			return r.ReconcileWithdrawal(ctx, call, withdrawalOf(of.WithdrawApplication))
		}
		return Error{Kind: Unsupported, Code: "reconcile"}
	})
	return out, nil
}

func (s *server) SubmitApplication(ctx context.Context, in *pb.SubmitApplicationRequest) (*pb.SubmitApplicationResponse, error) {
	out := &pb.SubmitApplicationResponse{}
	out.Outcome = s.run("SubmitApplication", in.GetCall(), func() error {
		receipt, err := s.connector.BankPortal.SubmitApplication(ctx, callOf(in.GetCall()), applicationOf(in.GetApplication()))
		out.Receipt = receiptTo(receipt)
		return err
	})
	return out, nil
}

func (s *server) GetStatus(ctx context.Context, in *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	out := &pb.GetStatusResponse{}
	out.Outcome = s.run("GetStatus", in.GetCall(), func() error {
		news, err := s.connector.BankPortal.GetStatus(ctx, callOf(in.GetCall()), in.GetQuestion().GetReference())
		out.News = newsTo(news)
		return err
	})
	return out, nil
}

func (s *server) AnswerRequest(stream grpc.ClientStreamingServer[pb.AnswerRequestRequest, pb.AnswerRequestResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return status.Error(codes.InvalidArgument, "the first message is the header")
	}
	return stream.SendAndClose(&pb.AnswerRequestResponse{Outcome: s.run("AnswerRequest", header.GetCall(), func() error {
		return s.connector.BankPortal.AnswerRequest(stream.Context(), callOf(header.GetCall()), answerOf(header.GetAnswer()), &content{stream: stream})
	})})
}

func (s *server) WithdrawApplication(ctx context.Context, in *pb.WithdrawApplicationRequest) (*pb.WithdrawApplicationResponse, error) {
	return &pb.WithdrawApplicationResponse{Outcome: s.run("WithdrawApplication", in.GetCall(), func() error {
		return s.connector.BankPortal.WithdrawApplication(ctx, callOf(in.GetCall()), withdrawalOf(in.GetWithdrawal()))
	})}, nil
}

// content reads the chunks of a stream. Its io.EOF means the platform has sent all there is.
type content struct {
	stream grpc.ClientStreamingServer[pb.AnswerRequestRequest, pb.AnswerRequestResponse]
	rest   []byte
	err    error
}

func (c *content) Read(p []byte) (int, error) {
	for len(c.rest) == 0 && c.err == nil {
		message, err := c.stream.Recv()
		switch {
		case err == io.EOF:
			c.err = io.EOF
		case err != nil:
			c.err = fmt.Errorf("reading the content: %w", io.ErrUnexpectedEOF)
		case message.GetHeader() != nil:
			c.err = fmt.Errorf("a second header instead of a chunk: %w", io.ErrUnexpectedEOF)
		}
		c.rest = message.GetChunk()
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
