// Command acme is a connector of which tests make versions: what it is stands in the program as text of a fixed length, and is
// overwritten there.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/pratica-crm/pratica/plugins/sdk"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

var about = `{"version":"1.0.0"}@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@`

type version struct {
	Version   string
	Egress    []string
	Protocols []int // that it offers; none: as the SDK does
	Does      string
}

func main() {
	var v version
	if err := json.Unmarshal([]byte(strings.TrimRight(about, "@")), &v); err != nil {
		panic(err)
	}
	if len(v.Protocols) > 0 {
		serve(v.Protocols)
		return
	}
	if v.Does == "not start" {
		os.Exit(1)
	}
	sdk.Serve(sdk.Connector{Describe: sdk.Description{ID: "acme", Version: v.Version, Title: "Acme", Egress: v.Egress, ConfigSchema: json.RawMessage(`{"type":"object"}`)},
		BankPortal: portal{version: v}})
}

type portal struct {
	sdk.BankPortal // nothing else is called
	version        version
}

// GetStatus answers which version it is.
func (p portal) GetStatus(_ context.Context, call sdk.Call, _ string) (sdk.News, error) {
	switch p.version.Does {
	case "fail":
		return sdk.News{}, sdk.Error{Kind: sdk.Internal, Code: "acme.broken", SideEffect: sdk.None}
	case "crash":
		os.Exit(3)
	}
	if string(call.Config) == `{"slow":true}` {
		time.Sleep(5 * time.Millisecond) // a call that a swap may catch under way
	}
	return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: p.version.Version}}}, nil
}

// serve offers other versions of the protocol; what it says in any of them is version 1's.
func serve(protocols []int) {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	offered := map[int]plugin.PluginSet{}
	for _, p := range protocols {
		offered[p] = plugin.PluginSet{wire.Name: bare{}}
	}
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: wire.Handshake(), VersionedPlugins: offered, GRPCServer: func(o []grpc.ServerOption) *grpc.Server { return grpc.NewServer(o...) }})
}
