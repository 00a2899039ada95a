package host

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/pratica-crm/pratica/core/connectors"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// requestSize is what a call carries here; the answer has about 32 KiB.
const requestSize = 4 << 10

// BenchmarkCall compares a call through the host (in the jail, mutual TLS, JSON on the platform's side, plain structs on the author's) with
// bare gRPC over a unix socket to another process, and with go-plugin's own, which has the mutual TLS and nothing else of it.
func BenchmarkCall(b *testing.B) {
	h := start(b, Options{Dir: folder(b, "hostile")}, quick())
	await(b, h, "hostile", Healthy)
	call := newCall(`{"x":"` + strings.Repeat("x", requestSize) + `"}`)
	through := func() {
		a := h.Call(b.Context(), "hostile", connectors.Status, call, json.RawMessage(`{"reference":"measured"}`))
		if a.Verdict != connectors.Done || len(a.Payload) < 32<<10 {
			b.Fatalf("%s of %d bytes", a.Verdict, len(a.Payload))
		}
	}
	request := &pb.GetStatusRequest{Call: &pb.Call{Config: call.Config}, Question: &pb.StatusQuestion{Reference: "R-1"}}
	straight := func(to pb.BankPortalClient) func() {
		return func() {
			if out, err := to.GetStatus(b.Context(), request); err != nil || len(out.GetNews().GetEvents()) != 64 {
				b.Fatal(err)
			}
		}
	}
	ways := []func(){through, straight(barePortal(b)), straight(tlsPortal(b))}
	for _, way := range ways {
		for range 200 {
			way()
		}
	}
	// In turns, so that a busy machine is busy for all; medians, so that one hiccup decides nothing.
	all := make([][]time.Duration, len(ways))
	for b.Loop() {
		for i, way := range ways {
			all[i] = append(all[i], took(way))
		}
	}
	host, bare, tls := median(all[0]), median(all[1]), median(all[2])
	b.ReportMetric(float64(host.Microseconds()), "µs-host")
	b.ReportMetric(float64(bare.Microseconds()), "µs-bare")
	b.ReportMetric(float64(tls.Microseconds()), "µs-bare-mtls")
	b.ReportMetric(float64(host)/float64(bare), "ratio")
	b.ReportMetric(float64(host)/float64(tls), "ratio-mtls")
}

// BenchmarkParallelCalls is the same through the host from many goroutines.
func BenchmarkParallelCalls(b *testing.B) {
	h := start(b, Options{Dir: folder(b, "hostile"), AtOnce: 1 << 10}, quick())
	await(b, h, "hostile", Healthy)
	call := newCall(`{"x":"` + strings.Repeat("x", requestSize) + `"}`)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if a := h.Call(b.Context(), "hostile", connectors.Status, call, json.RawMessage(`{"reference":"measured"}`)); a.Verdict != connectors.Done {
				b.Error(a.Verdict)
			}
		}
	})
}

// BenchmarkStart is from the request to start a connector to its description. It reports, too, what an idle one keeps resident.
func BenchmarkStart(b *testing.B) {
	h := start(b, Options{Dir: folder(b, "bankportal")}, quick())
	await(b, h, "bankportal", Healthy)
	var resident []time.Duration
	for b.Loop() {
		p, err := h.unit("bankportal").main().start(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		resident = append(resident, time.Duration(memory(b, p.run.ID())))
		p.close()
	}
	b.ReportMetric(float64(median(resident))/1024, "MiB-resident")
}

func took(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// memory reads a process's resident size, in KiB.
func memory(b *testing.B, pid string) int {
	b.Helper()
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		b.Skip("there is no /proc here")
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kib, err := strconv.Atoi(fields[1])
			must(b, err)
			return kib
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

func barePortal(b *testing.B) pb.BankPortalClient {
	b.Helper()
	dir, err := os.MkdirTemp("", "r")
	must(b, err)
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "bare")
	server := exec.CommandContext(context.Background(), filepath.Join(os.Getenv(programs), "stubborn"), socket)
	out, err := server.StdoutPipe()
	must(b, err)
	must(b, server.Start())
	b.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	_, err = bufio.NewReader(out).ReadString('\n')
	must(b, err)
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	return pb.NewBankPortalClient(conn)
}

func tlsPortal(b *testing.B) pb.BankPortalClient {
	b.Helper()
	client := plugin.NewClient(&plugin.ClientConfig{HandshakeConfig: wire.Handshake(), AutoMTLS: true, Logger: hclog.NewNullLogger(),
		VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {wire.Name: dispenser{}}}, AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd: exec.Command(filepath.Join(os.Getenv(programs), "stubborn"))})
	b.Cleanup(client.Kill)
	protocol, err := client.Client()
	must(b, err)
	conn, err := protocol.Dispense(wire.Name)
	must(b, err)
	return pb.NewBankPortalClient(conn.(*grpc.ClientConn))
}
