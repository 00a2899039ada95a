package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	goplugin "github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
	"google.golang.org/protobuf/proto"

	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

const aboutAtMost = 256 << 10 // bytes, of a description

// process is a connector that has started and said who it is.
type process struct {
	conn  *grpc.ClientConn
	about *pb.DescribeResponse

	client *plugin.Client
	run    *runner
}

// surroundings are what processes run in.
type surroundings struct {
	jail   *jail.Jail
	egress *egress.Broker
	spawn  func(*exec.Cmd) error
	stderr io.Writer
}

// launch starts a program and waits until it has described itself and says that it is well, for limit at most. A program that hangs is killed then,
// wherever it hangs.
func launch(ctx context.Context, p program, h home, around surroundings, limit time.Duration) (*process, error) {
	if err := verify(p.path, p.sum); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it has not started within %s", limit))
	defer cancel()
	out := &process{}
	spare := func() bool { return true }
	out.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {wire.Name: dispenser{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     limit,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: h.dir},
		Logger:           hclog.NewNullLogger(), // it quotes what the program prints
		SyncStderr:       around.stderr,
		GRPCDialOptions:  dialOptions(),
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, dir string) (goplugin.Runner, error) {
			r, err := newRunner(p, around, dir, spec.Env)
			if err == nil {
				out.run = r
				spare = context.AfterFunc(ctx, func() { _ = r.Kill(ctx) })
			}
			return r, err
		},
	})
	err := out.connect(ctx, p.name)
	if err == nil {
		err = secretsOnTop(out.about.GetConfigSchema())
	}
	if !spare() {
		err = context.Cause(ctx)
	}
	if err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)),
		experimental.WithBufferPool(wire.BufferPool()),
		grpc.WithInitialWindowSize(wire.Window), grpc.WithInitialConnWindowSize(4 * wire.Window),
		grpc.WithWriteBufferSize(wire.WriteBuffer), grpc.WithReadBufferSize(wire.ReadBuffer),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(),
	}
}

func (p *process) connect(ctx context.Context, name string) error {
	protocol, err := p.client.Client()
	if err != nil {
		return err
	}
	conn, err := protocol.Dispense(wire.Name)
	if err != nil {
		return err
	}
	p.conn = conn.(*grpc.ClientConn)
	core := pb.NewCoreClient(p.conn)
	if p.about, err = core.Describe(ctx, &pb.DescribeRequest{}); err != nil {
		return err
	}
	switch {
	case proto.Size(p.about) > aboutAtMost:
		return errors.New("it describes itself at too great a length")
	case p.about.GetId() != name:
		return errors.New("it describes itself by another name than its file's")
	case !json.Valid(p.about.GetConfigSchema()):
		return errors.New("its config schema is no JSON")
	}
	health, err := core.Health(ctx, &pb.HealthRequest{})
	if err == nil && health.GetOutcome().GetDone() == nil {
		err = errors.New("it says of itself that it is not well")
	}
	return err
}

// exited is closed when the process is no more.
func (p *process) exited() <-chan struct{} { return p.run.exited }

// close ends the process, if it still runs, and removes its directory.
func (p *process) close() {
	if p.run != nil {
		_ = p.run.Kill(context.Background())
		<-p.run.exited
	}
	p.client.Kill()
	if p.run != nil {
		_ = os.RemoveAll(p.run.dir) // where the start failed go-plugin leaves it
	}
}

// dispenser gives the connection itself: a connector has several services on it.
type dispenser struct{ plugin.NetRPCUnsupportedPlugin }

func (dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the platform is called by nobody")
}

func (dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
