// Command hostile is a connector that does what its call's settings say, and all of it badly.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() {
	sdk.Serve(sdk.Connector{Describe: sdk.Description{ID: "hostile", Version: "0.0.1", Title: "Hostile", Egress: []string{"{url}"},
		ConfigSchema: json.RawMessage(`{"type":"object","properties":{"url":{"type":"string"},"token":{"type":"string","x-secret":true}}}`)},
		BankPortal: hostile{}})
}

type hostile struct{ sdk.UnimplementedBankPortal }

func (hostile) SubmitApplication(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
	if a.File == "nul" {
		return sdk.Receipt{Reference: "R\x001"}, nil
	}
	return sdk.Receipt{Reference: "R-1"}, do(ctx, call)
}

// GetStatus answers what the process knows of the platform, or news of about 32 KiB.
func (hostile) GetStatus(ctx context.Context, call sdk.Call, reference string) (sdk.News, error) {
	switch reference {
	case "measured": // the news and nothing else
		return sdk.News{Final: true, Events: steps()}, nil
	case "environment":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: strings.Join(os.Environ(), "\n")}}}, nil
	case "tenant":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: call.Tenant}}}, nil
	case "trace":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: call.Locale + " " + call.Traceparent}}}, nil
	case "large":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: strings.Repeat("x", 9<<20)}}}, nil
	case "256 MiB":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: strings.Repeat("x", 256<<20)}}}, nil
	case "event without id":
		return sdk.News{Final: true, Events: []sdk.Event{{Type: "acknowledged"}}}, nil
	case "nul":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: "a\x00b"}}}, nil
	case "nul as external reference":
		return sdk.News{}, sdk.Pending{After: time.Second, Ref: "P\x001"}
	case "the letters of a nul":
		return sdk.News{Final: true, Events: []sdk.Event{{ID: "1", Type: "acknowledged", Note: `C:\u0000`}}}, nil
	case "pending":
		return sdk.News{Events: []sdk.Event{{ID: "1", Type: "acknowledged"}}}, sdk.Pending{After: 3 * time.Second, Ref: "P-1"}
	}
	return sdk.News{Final: true, Events: steps()}, do(ctx, call)
}

// steps are news of about 32 KiB.
func steps() []sdk.Event {
	out := []sdk.Event{}
	for range 64 {
		out = append(out, sdk.Event{ID: strings.Repeat("e", 36), Type: "acknowledged", Note: strings.Repeat("n", 450)})
	}
	return out
}

func (hostile) AnswerRequest(ctx context.Context, call sdk.Call, answer sdk.RequestAnswer, content io.Reader) error {
	if answer.ItemID == "early" {
		return sdk.Error{Kind: sdk.Rejected, Code: "early", SideEffect: sdk.None}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	return do(ctx, call)
}

func (hostile) WithdrawApplication(ctx context.Context, call sdk.Call, _ sdk.Withdrawal) error {
	return do(ctx, call)
}

func (hostile) ReconcileSubmission(ctx context.Context, call sdk.Call, _ sdk.Application) (sdk.Receipt, error) {
	return sdk.Receipt{Reference: "R-1"}, do(ctx, call)
}

func (hostile) PollSubmission(_ context.Context, _ sdk.Call, _ sdk.Application, ref string) (sdk.Receipt, error) {
	if ref == "P-unknown" {
		return sdk.Receipt{}, sdk.NotFound()
	}
	return sdk.Receipt{Reference: ref}, nil
}

func (hostile) ReconcileAnswer(ctx context.Context, call sdk.Call, _ sdk.RequestAnswer) error {
	return do(ctx, call)
}

func (hostile) ReconcileWithdrawal(ctx context.Context, call sdk.Call, _ sdk.Withdrawal) error {
	return do(ctx, call)
}

func do(ctx context.Context, call sdk.Call) error {
	var what struct{ Do, At string }
	if err := json.Unmarshal(call.Config, &what); err != nil {
		return err
	}
	switch what.Do {
	case "exit":
		os.Exit(3)
	case "panic":
		panic("Mario Rossi RSSMRA80A01H501U")
	case "panic elsewhere":
		go func() { panic("elsewhere") }()
		select {}
	case "hang":
		select {}
	case "hold": // tells a listener that it is there, and hangs
		conn, err := net.Dial("unix", what.At)
		if err != nil {
			return err
		}
		defer conn.Close()
		select {}
	case "print": // to the real standard output, which is the platform's
		out := os.NewFile(1, "stdout")
		_, _ = out.Write(bytes.Repeat([]byte("1|1|unix|/tmp/elsewhere|grpc|\n"), 10_000))
		_, _ = out.Write(bytes.Repeat([]byte("x"), 1<<20))
		_, _ = os.Stdout.Write(bytes.Repeat([]byte("y"), 1<<20))
		_, _ = os.NewFile(2, "stderr").Write([]byte("a line for the operator\n"))
	case "leave a child": // that keeps the output open
		if _, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "600"}, &syscall.ProcAttr{Files: []uintptr{0, 1, 2}}); err != nil {
			return err
		}
		os.Exit(4)
	case "plain error":
		return errors.New("Mario Rossi has no such account")
	case "a sentence as code":
		return sdk.Error{Kind: sdk.Rejected, Code: "Mario Rossi has no account"}
	case "no kind":
		return sdk.Error{Code: "fine"}
	case "not found":
		return sdk.NotFound()
	case "limited":
		return sdk.Error{Kind: sdk.RateLimited, Code: "limit", SideEffect: sdk.None, RetryAfter: 7 * time.Second}
	case "user":
		return sdk.NeedsUser{Way: sdk.Redirect, URL: "https://bank.example/sign"}
	case "script":
		return sdk.NeedsUser{Way: sdk.Redirect, URL: "javascript:alert(1)"}
	}
	return escape(ctx, call, what.Do, what.At)
}
