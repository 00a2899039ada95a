package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// server puts a Connector behind the services.
type server struct {
	pb.UnimplementedCoreServer
	pb.UnimplementedBankPortalServer
	pb.UnimplementedOpenBankingServer
	pb.UnimplementedIdentityServer
	pb.UnimplementedCreditBureauServer
	pb.UnimplementedAnalysisServer

	connector Connector
	log       *slog.Logger
}

// register offers what the connector has; a method of a capability it lacks is unimplemented.
func (s *server) register(to grpc.ServiceRegistrar) {
	pb.RegisterCoreServer(to, s)
	if s.connector.BankPortal != nil {
		pb.RegisterBankPortalServer(to, s)
	}
	if s.connector.OpenBanking != nil {
		pb.RegisterOpenBankingServer(to, s)
	}
	if s.connector.Identity != nil {
		pb.RegisterIdentityServer(to, s)
	}
	if s.connector.CreditBureau != nil {
		pb.RegisterCreditBureauServer(to, s)
	}
	if s.connector.Analysis != nil {
		pb.RegisterAnalysisServer(to, s)
	}
}

// run calls an author's method and puts its end on the wire. A panic ends the call, not the program: other agencies' calls are
// in it. Of the panic the log gets its place and its type, because its text may quote the file.
func (s *server) run(method string, call *pb.Call, do func(Call) error) (outcome *pb.Outcome) {
	operation := call.GetOperationId()
	defer func() {
		if p := recover(); p != nil {
			said := fmt.Sprintf("%T", p)
			if err, ok := p.(runtime.Error); ok {
				said = err.Error()
			}
			s.log.Error("panic", "method", method, "operation", operation, "panic", said, "stack", string(debug.Stack()))
			outcome = outcomeOf(operation, Error{Kind: Internal, Code: "connector.panic"})
		}
	}()
	return outcomeOf(operation, do(callOf(call)))
}

func (s *server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return descriptionTo(s.connector.Describe, s.connector.capabilities()), nil
}

func (s *server) Health(ctx context.Context, _ *pb.HealthRequest) (*pb.HealthResponse, error) {
	return &pb.HealthResponse{Outcome: s.run("Health", nil, func(Call) error {
		if s.connector.Health == nil {
			return nil
		}
		return s.connector.Health(ctx)
	})}, nil
}

func (s *server) ValidateConfig(ctx context.Context, in *pb.ValidateConfigRequest) (*pb.ValidateConfigResponse, error) {
	return &pb.ValidateConfigResponse{Outcome: s.run("ValidateConfig", in.GetCall(), func(call Call) error {
		if s.connector.ValidateConfig == nil {
			return nil
		}
		return s.connector.ValidateConfig(ctx, call)
	})}, nil
}

func (s *server) CheckConnection(ctx context.Context, in *pb.CheckConnectionRequest) (*pb.CheckConnectionResponse, error) {
	return &pb.CheckConnectionResponse{Outcome: s.run("CheckConnection", in.GetCall(), func(call Call) error {
		if s.connector.CheckConnection == nil {
			return nil
		}
		return s.connector.CheckConnection(ctx, call)
	})}, nil
}

func (s *server) HandleCallback(ctx context.Context, in *pb.HandleCallbackRequest) (*pb.HandleCallbackResponse, error) {
	out := &pb.HandleCallbackResponse{}
	out.Outcome = s.run("HandleCallback", in.GetCall(), func(call Call) (err error) {
		if s.connector.HandleCallback == nil {
			return unsupported("callback")
		}
		out.References, err = s.connector.HandleCallback(ctx, call, callbackOf(in.GetCallback()))
		return err
	})
	return out, nil
}

func (s *server) Reconcile(ctx context.Context, in *pb.ReconcileRequest) (*pb.ReconcileResponse, error) {
	out := &pb.ReconcileResponse{Came: &pb.Came{}}
	portal, bureau := s.connector.BankPortal, s.connector.CreditBureau
	out.Outcome = s.run("Reconcile", in.GetCall(), func(call Call) error {
		switch of := in.GetEarlier().GetOf().(type) {
		case *pb.Earlier_SubmitApplication:
			if portal != nil {
				receipt, err := portal.ReconcileSubmission(ctx, call, applicationOf(of.SubmitApplication))
				out.Came.To = &pb.Came_Receipt{Receipt: receiptTo(receipt)}
				return err
			}
		case *pb.Earlier_AnswerRequest:
			if portal != nil {
				return portal.ReconcileAnswer(ctx, call, answerOf(of.AnswerRequest))
			}
		case *pb.Earlier_WithdrawApplication:
			if portal != nil {
				return portal.ReconcileWithdrawal(ctx, call, withdrawalOf(of.WithdrawApplication))
			}
		case *pb.Earlier_AddDocument:
			if portal != nil {
				return portal.ReconcileDocument(ctx, call, newDocumentOf(of.AddDocument))
			}
		case *pb.Earlier_RequestReport:
			if bureau != nil {
				report, err := bureau.ReconcileReport(ctx, call, reportOrderOf(of.RequestReport))
				out.Came.To = &pb.Came_Report{Report: reportTo(report)}
				return err
			}
		}
		return unsupported("reconcile")
	})
	return out, nil
}

func (s *server) Poll(ctx context.Context, in *pb.PollRequest) (*pb.PollResponse, error) {
	out := &pb.PollResponse{Came: &pb.Came{}}
	out.Outcome = s.run("Poll", in.GetCall(), func(call Call) error {
		switch of := in.GetEarlier().GetOf().(type) {
		case *pb.Earlier_SubmitApplication:
			if s.connector.BankPortal != nil {
				receipt, err := s.connector.BankPortal.PollSubmission(ctx, call, applicationOf(of.SubmitApplication), in.GetExternalRef())
				out.Came.To = &pb.Came_Receipt{Receipt: receiptTo(receipt)}
				return err
			}
		case *pb.Earlier_RequestReport:
			if s.connector.CreditBureau != nil {
				report, err := s.connector.CreditBureau.GetReport(ctx, call, in.GetExternalRef())
				out.Came.To = &pb.Came_Report{Report: reportTo(report)}
				return err
			}
		}
		return unsupported("poll")
	})
	return out, nil
}

func (s *server) Cancel(ctx context.Context, in *pb.CancelRequest) (*pb.CancelResponse, error) {
	return &pb.CancelResponse{Outcome: s.run("Cancel", in.GetCall(), func(call Call) error {
		if of, ok := in.GetEarlier().GetOf().(*pb.Earlier_SubmitApplication); ok && s.connector.BankPortal != nil {
			return s.connector.BankPortal.CancelSubmission(ctx, call, applicationOf(of.SubmitApplication), in.GetExternalRef())
		}
		return unsupported("cancel")
	})}, nil
}
