package main

import (
	"context"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// serveRaw is a connector without the SDK, which keeps the flaws of raw-… away.
func serveRaw(name string) {
	var options []grpc.ServerOption
	if name == "raw-methods" { // answers whatever it is asked
		options = append(options, grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			if err := stream.RecvMsg(&pb.HealthRequest{}); err != nil {
				return err
			}
			return stream.SendMsg(&pb.HealthResponse{})
		}))
	}
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: wire.Handshake(), VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {wire.Name: &raw{name: name}}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server { return grpc.NewServer(append(o, options...)...) },
		Logger:     hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr})})
}

type raw struct {
	plugin.NetRPCUnsupportedPlugin
	pb.UnimplementedCoreServer
	pb.UnimplementedAnalysisServer
	name string
}

func (r *raw) GRPCServer(_ *plugin.GRPCBroker, to *grpc.Server) error {
	pb.RegisterCoreServer(to, r)
	pb.RegisterAnalysisServer(to, r)
	return nil
}

func (*raw) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (r *raw) outcome(call *pb.Call) *pb.Outcome {
	out := &pb.Outcome{OperationId: call.GetOperationId(), Ended: &pb.Outcome_Done{Done: &pb.Done{}}}
	if r.name == "raw-operation" {
		out.OperationId = "another"
	}
	return out
}

func (r *raw) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Id: r.name, Version: "1.0.0", Title: r.name, Capabilities: []string{"analysis"}, ConfigSchema: []byte(`{"type":"object"}`)}, nil
}

func (r *raw) Health(context.Context, *pb.HealthRequest) (*pb.HealthResponse, error) {
	return &pb.HealthResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}}}, nil
}

func (r *raw) ValidateConfig(_ context.Context, in *pb.ValidateConfigRequest) (*pb.ValidateConfigResponse, error) {
	return &pb.ValidateConfigResponse{Outcome: r.outcome(in.GetCall())}, nil
}

func (r *raw) AnalyseTransactions(_ context.Context, in *pb.AnalyseTransactionsRequest) (*pb.AnalyseTransactionsResponse, error) {
	return &pb.AnalyseTransactionsResponse{Outcome: r.outcome(in.GetCall()), CashFlow: &pb.CashFlow{}}, nil
}
