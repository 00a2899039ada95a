// Package sdk is what an author of a connector imports.
//
//	func main() {
//		sdk.Serve(sdk.Connector{
//			Describe:   sdk.Description{ID: "acme", Version: "1.0.0", Title: "Banca Acme", ConfigSchema: schema},
//			BankPortal: portal{}, Reconciler: portal{},
//		})
//	}
//
// The author's code sees plain structs; the protocol (package connectorv1) stays behind them. One process serves all
// agencies at once: keep nothing of a call after it has ended, and take its settings from Call.Config.
//
// Standard output belongs to the handshake; what is printed there later reaches nobody. Standard error goes to the operator:
// no personal data, no secrets.
package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"

	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// Serve runs the connector until the platform ends it; it does not return. It ends, too, when the platform is gone, which it
// sees by the end of its standard input.
func Serve(c Connector) {
	if err := c.validate(); err != nil {
		fmt.Fprintln(os.Stderr, "This connector cannot be served: "+err.Error()+".")
		os.Exit(2)
	}
	handshake := wire.Handshake()
	if os.Getenv(handshake.MagicCookieKey) != handshake.MagicCookieValue {
		fmt.Fprintln(os.Stderr, "This is a connector of Pratica, and is started by it. Put it into the connectors folder and name it there in SHA256SUMS.")
		os.Exit(2)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  handshake,
		VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {wire.Name: &served{connector: c}}},
		GRPCServer:       newServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr, JSONFormat: true}),
	})
	os.Exit(0)
}

// handlers are goroutines that stay: a new one for each call grows its stack again each time. More calls than these get new ones.
const handlers = 4

func newServer(options []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(options, experimental.BufferPool(wire.BufferPool()), grpc.ForceServerCodecV2(wire.Codec{}), grpc.MaxRecvMsgSize(wire.MaxMessage),
		grpc.InitialWindowSize(wire.Window), grpc.InitialConnWindowSize(4*wire.Window), grpc.WriteBufferSize(wire.WriteBuffer), grpc.ReadBufferSize(wire.ReadBuffer), grpc.NumStreamWorkers(handlers))...)
}

// served is the one plugin of the program.
type served struct {
	plugin.NetRPCUnsupportedPlugin
	connector Connector
}

// GRPCServer puts the connector on the server.
func (p *served) GRPCServer(_ *plugin.GRPCBroker, to *grpc.Server) error {
	(&server{connector: p.connector, log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}).register(to)
	return nil
}

// GRPCClient is the platform's side.
func (p *served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a connector calls nobody")
}
