package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// bare is the connector without the SDK: the platform's other half of the protocol, as an author in another language writes it.
type bare struct {
	plugin.NetRPCUnsupportedPlugin
	pb.UnimplementedCoreServer
}

func (b bare) GRPCServer(_ *plugin.GRPCBroker, to *grpc.Server) error {
	pb.RegisterCoreServer(to, b)
	return nil
}

func (bare) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (bare) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Id: "acme", Version: "1.0.0", Title: "Acme", ConfigSchema: []byte(`{"type":"object"}`)}, nil
}

func (bare) Health(context.Context, *pb.HealthRequest) (*pb.HealthResponse, error) {
	return &pb.HealthResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}}}, nil
}
