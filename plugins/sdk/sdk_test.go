package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

const beConnector = "SDK_TEST_CONNECTOR"

func TestMain(m *testing.M) {
	if os.Getenv(beConnector) != "" {
		Serve(good())
	}
	os.Exit(m.Run())
}

// author is a connector that keeps what it was given and returns what it was told to.
type author struct {
	UnimplementedBankPortal
	application Application
	call        Call
	content     []byte
	err         error
	panics      any
}

func (a *author) end() error {
	if a.panics != nil {
		panic(a.panics)
	}
	return a.err
}

func (a *author) SubmitApplication(_ context.Context, call Call, application Application) (Receipt, error) {
	a.call, a.application = call, application
	return Receipt{Reference: "R-1"}, a.end()
}

func (a *author) GetStatus(_ context.Context, _ Call, reference string) (News, error) {
	rate, expires := 310, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return News{Events: []Event{{ID: reference + ".1", Type: "offer", RateBPS: &rate, Expires: &expires, Items: []Item{{ID: "i", Kind: "payslip", Text: "t"}}}}}, a.end()
}

func (a *author) AnswerRequest(_ context.Context, _ Call, _ RequestAnswer, content io.Reader) error {
	var err error
	if a.content, err = io.ReadAll(content); err != nil {
		return err
	}
	return a.end()
}

func (a *author) WithdrawApplication(context.Context, Call, Withdrawal) error { return a.end() }
func (a *author) ReconcileSubmission(context.Context, Call, Application) (Receipt, error) {
	return Receipt{Reference: "R-1"}, a.end()
}
func (a *author) ReconcileAnswer(context.Context, Call, RequestAnswer) error  { return a.end() }
func (a *author) ReconcileWithdrawal(context.Context, Call, Withdrawal) error { return a.end() }

func good() Connector {
	return Connector{Describe: Description{ID: "acme", Version: "1.0.0", Title: "Acme", ConfigSchema: json.RawMessage(`{"type":"object"}`)},
		BankPortal: &author{}}
}

// serve puts an author behind the real server.
func serve(t *testing.T, a *author, log io.Writer) (pb.CoreClient, pb.BankPortalClient) {
	t.Helper()
	c := good()
	c.BankPortal = a
	listener := bufconn.Listen(1 << 20)
	to := newServer(nil)
	(&server{connector: c, log: slog.New(slog.NewJSONHandler(log, nil))}).register(to)
	go func() { _ = to.Serve(listener) }()
	t.Cleanup(to.Stop)
	conn, err := grpc.NewClient("passthrough:acme", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return pb.NewCoreClient(conn), pb.NewBankPortalClient(conn)
}

func TestAuthorSeesPlainStructs(t *testing.T) {
	a := &author{}
	_, portal := serve(t, a, io.Discard)
	out, err := portal.SubmitApplication(t.Context(), &pb.SubmitApplicationRequest{
		Call: &pb.Call{Tenant: "t", IdempotencyKey: "k", Attempt: 2, Config: []byte(`{"a":1}`)},
		Application: &pb.Application{File: "2026-1", AmountCents: 5_000_000_000, TermMonths: 240, LtvBps: 7900, Parties: []*pb.Party{{Role: "applicant", NetMonthlyCents: 1}},
			Properties: []*pb.Property{{ValueCents: 2}}, Documents: []*pb.Document{{Kind: "payslip", Sha256: "00"}}}})
	if err != nil || out.GetOutcome().GetDone() == nil || out.GetReceipt().GetReference() != "R-1" {
		t.Fatalf("%v %v", out, err)
	}
	if a.call.IdempotencyKey != "k" || a.call.Attempt != 2 || string(a.call.Config) != `{"a":1}` {
		t.Errorf("the call is %+v", a.call)
	}
	if a.application.AmountCents != 5_000_000_000 || a.application.LTVBPS != 7900 || len(a.application.Parties)+len(a.application.Properties)+len(a.application.Documents) != 3 {
		t.Errorf("the application is %+v", a.application)
	}
}

func TestEndsOfACall(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"error", Error{Kind: Rejected, Code: "no", SideEffect: None}, "ERROR_KIND_REJECTED no SIDE_EFFECT_NONE"},
		{"wrapped", fmt.Errorf("here: %w", Error{Kind: RateLimited, Code: "slow", RetryAfter: time.Second}), "ERROR_KIND_RATE_LIMITED slow SIDE_EFFECT_UNKNOWN"},
		{"any other", errors.New("Mario"), "ERROR_KIND_INTERNAL connector.error SIDE_EFFECT_UNKNOWN"},
		{"deadline", fmt.Errorf("asking: %w", context.DeadlineExceeded), "ERROR_KIND_TIMEOUT deadline SIDE_EFFECT_UNKNOWN"},
		{"not found", NotFound(), "ERROR_KIND_REJECTED not_found SIDE_EFFECT_NONE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := outcomeOf("", c.err).GetFailed()
			if got := fmt.Sprint(f.GetKind(), " ", f.GetCode(), " ", f.GetSideEffect()); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	if got := outcomeOf("", Pending{After: 3 * time.Second, Ref: "p"}).GetPending(); got.GetPollAfter().AsDuration() != 3*time.Second || got.GetExternalRef() != "p" {
		t.Errorf("%v", got)
	}
	if got := outcomeOf("", NeedsUser{Way: QR, URL: "https://x"}).GetNeedsUser(); got.GetWay() != pb.NeedsUserWay_NEEDS_USER_WAY_QR || got.GetExpires() != nil {
		t.Errorf("%v", got)
	}
}

// News so far travel with a Pending.
func TestPendingNews(t *testing.T) {
	_, portal := serve(t, &author{err: Pending{After: time.Second}}, io.Discard)
	out, err := portal.GetStatus(t.Context(), &pb.GetStatusRequest{Question: &pb.StatusQuestion{Reference: "R"}})
	if err != nil || out.GetOutcome().GetPending() == nil {
		t.Fatalf("%v %v", out, err)
	}
	e := out.GetNews().GetEvents()[0]
	if e.GetId() != "R.1" || e.GetRateBps() != 310 || e.GetExpires().AsTime().Year() != 2026 || len(e.GetItems()) != 1 {
		t.Errorf("the event is %v", e)
	}
}

// A panic ends its call, and its text stays out of the log.
func TestPanic(t *testing.T) {
	for _, thrown := range []any{"Mario Rossi", fmt.Errorf("of Mario Rossi"), struct{ Name string }{"Mario Rossi"}} {
		var log bytes.Buffer
		_, portal := serve(t, &author{panics: thrown}, &log)
		out, err := portal.WithdrawApplication(t.Context(), &pb.WithdrawApplicationRequest{Call: &pb.Call{OperationId: "opr_1"}})
		f := out.GetOutcome().GetFailed()
		if err != nil || f.GetKind() != pb.ErrorKind_ERROR_KIND_INTERNAL || f.GetSideEffect() != pb.SideEffect_SIDE_EFFECT_UNKNOWN {
			t.Fatalf("%v %v", out, err)
		}
		if strings.Contains(log.String(), "Mario") || !strings.Contains(log.String(), "opr_1") || !strings.Contains(log.String(), "sdk_test.go") {
			t.Errorf("the log says %s", log.String())
		}
	}
}

func TestContent(t *testing.T) {
	header := &pb.AnswerRequestRequest{Part: &pb.AnswerRequestRequest_Header{Header: &pb.AnswerHeader{}}}
	chunk := func(text string) *pb.AnswerRequestRequest {
		return &pb.AnswerRequestRequest{Part: &pb.AnswerRequestRequest_Chunk{Chunk: []byte(text)}}
	}
	for _, c := range []struct {
		name string
		send []*pb.AnswerRequestRequest
		want string
		ok   bool
	}{
		{"whole", []*pb.AnswerRequestRequest{header, chunk("ab"), chunk(""), chunk("c")}, "abc", true},
		{"nothing", []*pb.AnswerRequestRequest{header}, "", true},
		{"a second header", []*pb.AnswerRequestRequest{header, chunk("ab"), header}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &author{}
			_, portal := serve(t, a, io.Discard)
			stream, err := portal.AnswerRequest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range c.send {
				if err := stream.Send(m); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
			out, err := stream.CloseAndRecv()
			if err != nil {
				t.Fatal(err)
			}
			if ok := out.GetOutcome().GetDone() != nil; ok != c.ok || ok && string(a.content) != c.want {
				t.Errorf("%v, read %q", out.GetOutcome(), a.content)
			}
		})
	}
	_, portal := serve(t, &author{}, io.Discard)
	stream, err := portal.AnswerRequest(t.Context())
	if err == nil {
		_ = stream.Send(chunk("no header"))
		_, err = stream.CloseAndRecv()
	}
	if err == nil {
		t.Error("a stream without header is taken")
	}
}

func TestReconcileAsksAboutTheMethod(t *testing.T) {
	core, _ := serve(t, &author{}, io.Discard)
	out, err := core.Reconcile(t.Context(), &pb.ReconcileRequest{Call: &pb.Call{OperationId: "opr_1"}, Earlier: &pb.Earlier{Of: &pb.Earlier_SubmitApplication{SubmitApplication: &pb.Application{}}}})
	if err != nil || out.GetCame().GetReceipt().GetReference() != "R-1" || out.GetOutcome().GetOperationId() != "opr_1" {
		t.Errorf("%v %v", out, err)
	}
	out, err = core.Reconcile(t.Context(), &pb.ReconcileRequest{})
	if err != nil || out.GetOutcome().GetFailed().GetKind() != pb.ErrorKind_ERROR_KIND_UNSUPPORTED {
		t.Errorf("%v %v", out, err)
	}
}

func TestValidate(t *testing.T) {
	if err := good().validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Connector){
		"id":       func(c *Connector) { c.Describe.ID = "Acme Bank" },
		"version":  func(c *Connector) { c.Describe.Version = "one" },
		"title":    func(c *Connector) { c.Describe.Title = "" },
		"schema":   func(c *Connector) { c.Describe.ConfigSchema = nil },
		"offer":    func(c *Connector) { c.BankPortal = nil },
		"callback": func(c *Connector) { c.Describe.CallbackPaths = []string{"status"} },
	} {
		c := good()
		spoil(&c)
		if c.validate() == nil {
			t.Errorf("a wrong %s is served", name)
		}
	}
}

// A connector ends when its standard input does, which is how it sees, on every system, that the platform is gone.
func TestEndsWithThePlatform(t *testing.T) {
	handshake := wire.Handshake()
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = []string{beConnector + "=1", handshake.MagicCookieKey + "=" + handshake.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1", "TMPDIR=" + os.TempDir()}
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 5)
	if _, err := io.ReadFull(out, line); err != nil || string(line) != "1|1|u" {
		t.Fatalf("it says %q, %v", line, err)
	}
	_ = in.Close()
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}

// Started by hand it tells what it is.
func TestStartedByHand(t *testing.T) {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = []string{beConnector + "=1"}
	out, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "connector of Pratica") {
		t.Errorf("%v %s", err, out)
	}
}

// A buffer is at most twice what is asked for, comes back, and is not exchanged for one that is smaller than its tier.
func TestBufferPool(t *testing.T) {
	pool := wire.BufferPool()
	for _, size := range []int{0, 1, 256, 257, 32 << 10, 32<<10 + 1, 100 << 10, 3 << 20, wire.MaxMessage, wire.MaxMessage + 1} {
		foreign := make([]byte, size, size+1)
		pool.Put(&foreign)
		for range 4 {
			buffer := pool.Get(size)
			if len(*buffer) != size || cap(*buffer) > max(256, 2*size) {
				t.Errorf("%d bytes take %d", size, cap(*buffer))
			}
			pool.Put(buffer)
		}
	}
}

// What the codec writes and reads is what gRPC's does, in pieces too, and it leaves nothing of a longer message behind a shorter one.
func TestCodec(t *testing.T) {
	for _, size := range []int{0, 500, 5000, 4000, 40_000, 33_000} {
		want := &pb.GetStatusRequest{Question: &pb.StatusQuestion{Reference: strings.Repeat("x", size)}}
		data, err := wire.Codec{}.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		whole := data.Materialize()
		if direct, err := proto.Marshal(want); err != nil || !bytes.Equal(whole, direct) {
			t.Errorf("%d: it writes %d bytes, not %d, %v", size, len(whole), len(direct), err)
		}
		data.Free()
		half := len(whole) / 2
		got := &pb.GetStatusRequest{}
		if err := (wire.Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(whole[:half]), mem.SliceBuffer(whole[half:])}, got); err != nil || !proto.Equal(got, want) {
			t.Errorf("%d: it does not read what it wrote, %v", size, err)
		}
	}
	if _, err := (wire.Codec{}).Marshal("text"); err == nil {
		t.Error("a text passes for a message")
	}
	if err := (wire.Codec{}).Unmarshal(nil, "text"); err == nil {
		t.Error("a text passes for a message")
	}
}
