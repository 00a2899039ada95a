package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	"github.com/pratica-crm/pratica/plugins/mockbank"
)

// plug starts the connectors of the configured folder. The names under which they see agencies come from the root key, or
// from a key of their own where that is no file: they stay the same, and tell nothing.
func plug(cfg Config, told chan host.Event, lines *tails, counts *meter) (*host.Host, error) {
	key := []byte(cfg.PseudonymKey)
	if cfg.PseudonymKey == "" {
		var err error
		if key, err = os.ReadFile(cfg.KeyFile); err != nil {
			return nil, fmt.Errorf("PRATICA_KEY_FILE (or PRATICA_PSEUDONYM_KEY, where the root key is no file): %w", err)
		}
	}
	sum := sha256.Sum256(append([]byte("pseudonyms of agencies\n"), key...))
	cells, err := jailPolicy(cfg)
	if err != nil {
		return nil, err
	}
	tell := func(e host.Event) {
		select {
		case told <- e:
		default: // the log has it
		}
	}
	h, err := host.Open(host.Options{Dir: cfg.ConnectorsDir, Tell: tell, Stderr: lines, PseudonymKey: sum[:], Jail: cells, Egress: egress.Options{Private: list(cfg.EgressPrivate), Meter: counts}})
	counts.host.Store(h)
	return h, err
}

// jailPolicy reads how connectors are shut in.
func jailPolicy(cfg Config) (p jail.Policy, err error) {
	switch cfg.ConnectorsJail {
	case "best":
	case "required":
		p.Require = jail.Required()
	case "off":
		p.Off = true
	default:
		return p, fmt.Errorf("PRATICA_CONNECTORS_JAIL: %q is none of best, required and off", cfg.ConnectorsJail)
	}
	mib, err := strconv.ParseInt(cfg.ConnectorsMemory, 10, 32)
	if err != nil {
		return p, fmt.Errorf("PRATICA_CONNECTORS_MEMORY: %q is no number of MiB", cfg.ConnectorsMemory)
	}
	first, count, _ := strings.Cut(cfg.ConnectorsUIDs, ":")
	p.FirstUID, err = strconv.Atoi(first)
	if err == nil {
		p.UIDs, err = strconv.Atoi(count)
	}
	if err != nil || p.FirstUID < 1 || p.UIDs < 1 {
		return p, fmt.Errorf("PRATICA_CONNECTORS_UIDS: %q is not a first user and a number of users, as 60800:200", cfg.ConnectorsUIDs)
	}
	p.Memory, p.Group = mib<<20, cfg.ConnectorsCgroup
	return p, nil
}

// list reads names separated by commas.
func list(text string) (out []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// bankStep is how long a bank of dev thinks between two steps: long enough to see them come, short enough to wait for.
const bankStep = 3 * time.Second

// startBank runs the mock bank of dev, which remembers what it has been sent. Its port is the one it had before, if nobody
// else has taken it: connections hold its address.
func startBank(dir string) (url string, stop func(), err error) {
	bank, err := mockbank.New(mockbank.Options{File: filepath.Join(dir, "bank.json"), Step: bankStep})
	if err != nil {
		return "", nil, err
	}
	kept := filepath.Join(dir, "bank-address")
	address := "127.0.0.1:0"
	if text, err := os.ReadFile(kept); err == nil {
		address = strings.TrimSpace(string(text))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", nil, fmt.Errorf("listen for the mock bank: %w", err)
		}
	}
	if err := os.WriteFile(kept, []byte(l.Addr().String()), 0o600); err != nil {
		return "", nil, fmt.Errorf("keep the mock bank's address: %w", err)
	}
	server := &http.Server{Handler: bank, ReadHeaderTimeout: 5 * time.Second}
	ctx, end := context.WithCancel(context.Background())
	go bank.Run(ctx)                    // its callbacks; ends with stop
	go func() { _ = server.Serve(l) }() // ends with stop
	return "http://" + l.Addr().String(), func() { end(); _ = server.Close() }, nil
}

// absent answers for commands that start no connectors.
type absent struct{}

// Call says that nothing can be reached and nothing was sent.
func (absent) Call(context.Context, string, string, connectors.Call, json.RawMessage) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "unavailable", Code: "no_connectors", SideEffect: "none"}}
}

// Available lists nothing.
func (absent) Available(context.Context) ([]connectors.Connector, error) { return nil, nil }
