// Command stubborn is a connector without the SDK: it does not see that the platform is gone. With an argument it serves the
// same over a plain unix socket of that name, to be measured against.
package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

func main() {
	if len(os.Args) > 1 {
		listener, err := net.Listen("unix", os.Args[1])
		if err != nil {
			panic(err)
		}
		plain := grpc.NewServer()
		register(plain)
		_, _ = os.Stdout.WriteString("ready\n")
		panic(plain.Serve(listener))
	}
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: wire.Handshake(), VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {wire.Name: served{}}},
		GRPCServer: plugin.DefaultGRPCServer})
}

type served struct{ plugin.NetRPCUnsupportedPlugin }

func (served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	register(s)
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.ErrUnsupported
}

func register(s *grpc.Server) {
	pb.RegisterCoreServer(s, stubborn{})
	pb.RegisterBankPortalServer(s, stubborn{})
}

type stubborn struct {
	pb.UnimplementedCoreServer
	pb.UnimplementedBankPortalServer
}

func (stubborn) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Id: "stubborn", Version: "0.0.1", Title: "Stubborn", ConfigSchema: []byte(`{}`)}, nil
}

func (stubborn) Health(context.Context, *pb.HealthRequest) (*pb.HealthResponse, error) {
	return &pb.HealthResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}}}, nil
}

// GetStatus answers about 32 KiB.
func (stubborn) GetStatus(_ context.Context, in *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	news := &pb.News{Final: true}
	for range 64 {
		news.Events = append(news.Events, &pb.BankEvent{Id: strings.Repeat("e", 36), Type: "acknowledged", Note: strings.Repeat("n", 450)})
	}
	return &pb.GetStatusResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}, OperationId: in.GetCall().GetOperationId()}, News: news}, nil
}

// CheckConnection connects to the socket it is given, so that somebody sees when this process ends, and hangs.
func (stubborn) CheckConnection(_ context.Context, in *pb.CheckConnectionRequest) (*pb.CheckConnectionResponse, error) {
	conn, err := net.Dial("unix", string(in.GetCall().GetConfig()))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	select {}
}

// SubmitApplication answers without an outcome.
func (stubborn) SubmitApplication(context.Context, *pb.SubmitApplicationRequest) (*pb.SubmitApplicationResponse, error) {
	return &pb.SubmitApplicationResponse{}, nil
}

// PreCheck answers another operation.
func (stubborn) PreCheck(context.Context, *pb.PreCheckRequest) (*pb.PreCheckResponse, error) {
	return &pb.PreCheckResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}, OperationId: "opr_of_somebody_else"}, Check: &pb.PreCheck{Feasible: true}}, nil
}
