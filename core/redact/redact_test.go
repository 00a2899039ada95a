package redact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redact"
)

// canary stands for anybody's data.
const canary = "Zqcanary"

func TestSecret(t *testing.T) {
	s := redact.Secret("postgres://app:" + canary + "@db/x")
	holder := struct{ URL redact.Secret }{s}
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", s, "b", holder)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{s, holder, &holder} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	for _, text := range []string{string(asJSON), log.String(), fmt.Sprint(errors.New(s.String()))} {
		if strings.Contains(text, canary) || !strings.Contains(text, redact.Hidden) {
			t.Errorf("printed: %s", text)
		}
	}
	if !strings.Contains(s.Reveal(), canary) {
		t.Error("who needs a secret does not get it")
	}
}

// TestHandler: names and forms that are known pass, everything else is hidden, however it comes.
func TestHandler(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(redact.Handler(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"an id", []any{"job", ident.NewJob()}, `"job":"job_`},
		{"a number", []any{"attempt", 3}, `"attempt":3`},
		{"a pause", []any{"pause", time.Second}, `"pause":1000000000`},
		{"a code", []any{"code", "access.denied"}, `"code":"access.denied"`},
		{"a name where a code stands", []any{"code", canary}, `"code":"[hidden]"`},
		{"a text where an id stands", []any{"job", canary}, `"job":"[hidden]"`},
		{"an unknown name", []any{"email", canary}, `"attribute":"[hidden]"`},
		{"a name that is input itself", []any{canary, 1}, `"attribute":"[hidden]"`},
		{"a struct", []any{"error", struct{ Name string }{canary}}, `"error":"[hidden]"`},
		{"a map", []any{"kind", map[string]string{"a": canary}}, `"kind":"[hidden]"`},
		{"bytes", []any{"code", []byte(canary)}, `"code":"[hidden]"`},
		{"a text where an error stands", []any{"error", canary}, `"error":"[hidden]"`},
		{"an error where a code stands", []any{"code", errors.New(canary)}, `"code":"[hidden]"`},
		{"a group", []any{slog.Group("g", "tenant", canary, canary, canary)}, `"g":{"tenant":"[hidden]","attribute":"[hidden]"}`},
		{"a value without a name", []any{canary}, `"attribute":"[hidden]"`},
		{"an address", []any{"of", netip.MustParseAddr("2001:db8::1")}, `"of":"2001:db8::1"`},
	} {
		for how, logger := range map[string]*slog.Logger{"in the line": nil, "with": log.With(c.args...)} {
			out.Reset()
			if logger == nil {
				log.Info("said", c.args...)
			} else {
				logger.WithGroup("w").Debug("said")
			}
			if line := out.String(); strings.Contains(line, canary) || !strings.Contains(line, c.want) {
				t.Errorf("%s, %s: %s, want %s", c.name, how, line, c.want)
			}
		}
	}
}

// TestCause: what people entered is left out of errors however deep it lies, and what an operator needs stays.
func TestCause(t *testing.T) {
	_, parse := time.Parse(time.DateOnly, canary)
	var number int
	for _, c := range []struct {
		err  error
		want string
	}{
		{fault.Wrap(errors.New("the store does not answer"), fault.Internal, "document.lost", canary), "document.lost: the store does not answer"},
		{fmt.Errorf("open the door: %w", &pgconn.PgError{Code: "23505", Message: "duplicate " + canary, Detail: "Key (tax_code)=(" + canary + ")", TableName: "subjects", ConstraintName: "subjects_tax_key"}),
			"open the door: SQLSTATE 23505 subjects subjects_tax_key"},
		{&net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.ParseIP("203.0.113.9")}, Err: errors.New("connection reset by peer")}, "read tcp: connection reset by peer"},
		{fmt.Errorf("read settings: %w", &fs.PathError{Op: "open", Path: "/home/" + canary, Err: fs.ErrNotExist}), "read settings: open: file does not exist"},
		{parse, "*time.ParseError"},
		{json.Unmarshal([]byte(`"`+canary+`"`), &number), "*json.UnmarshalTypeError"},
		{errors.Join(fmt.Errorf("no such person as %s here", canary), fmt.Errorf("the code %q is taken", "rssmra85t10a562s")), "no such person as … here; the code … is taken"},
		{fmt.Errorf("mario.rossi@example.test has +39 333 1234567 and IT60X0542811101000000123456: %w", context.DeadlineExceeded), "… has … and …: deadline exceeded"},
		{errors.New("answer 550 of 333 1234567"), "answer 550 of …"},
		{fmt.Errorf("wait: %w", context.Canceled), "wait: context canceled"},
	} {
		if got := redact.Cause(c.err); got != c.want {
			t.Errorf("%v\n gave %q\n want %q", c.err, got, c.want)
		}
	}
}
