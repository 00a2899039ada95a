package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PluginCmd is everything about connectors.
type PluginCmd struct {
	pluginAuthor
	pluginOperator
}

// pluginOperator are the verbs of who runs the platform.
type pluginOperator struct {
	List     PluginListCmd     `cmd:"" help:"Publishers, versions, what is approved and what runs."`
	Trust    PluginTrustCmd    `cmd:"" help:"Take packages signed by a publisher's key."`
	Add      PluginAddCmd      `cmd:"" help:"Take a signed package into the catalogue; it does not run before it is approved."`
	Approve  PluginApproveCmd  `cmd:"" help:"Look at what a version asks for and let it run."`
	Upgrade  PluginUpgradeCmd  `cmd:"" help:"Put an approved version in force, for all agencies or for some first; an older one too."`
	Revoke   PluginRevokeCmd   `cmd:"" help:"End a version, or everything of a publisher, everywhere and for ever."`
	Enable   PluginEnableCmd   `cmd:"" help:"Have an agency use a connector."`
	Dedicate PluginDedicateCmd `cmd:"" help:"Give an agency a process of its own of a connector."`
	Status   PluginStatusCmd   `cmd:"" help:"What the connectors of the running workers do."`
	Logs     PluginLogsCmd     `cmd:"" help:"What a connector did, what was done with it, and the last lines it printed."`
}

// installation names the installation whose catalogue is meant.
type installation struct {
	Dev string `help:"The data directory of a running pratica dev, instead of PRATICA_* settings: usually .pratica." type:"path" placeholder:"DIR"`
}

// desk is an operator's way into an installation's catalogue.
type desk struct {
	catalogue.Keeper
	cfg   Config
	store blob.Store
	who   string
}

// open connects; the caller closes it.
func (p installation) open(ctx context.Context, cfg Config) (*desk, error) {
	if p.Dev != "" {
		var err error
		if cfg, err = readRunning(p.Dev); err != nil {
			return nil, err
		}
	}
	if err := cfg.need("DatabaseOperatorURL"); err != nil {
		return nil, fmt.Errorf("%w; for a running `pratica dev` give --dev and its data directory", err)
	}
	store, err := cfg.contents()
	if err != nil {
		return nil, err
	}
	operator, err := tenancy.OpenOperator(ctx, cfg.DatabaseOperatorURL.Reveal(), 2, time.Now)
	if err != nil {
		return nil, err
	}
	who := "operator"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	return &desk{catalogue.Keeper{Operator: operator}, cfg, store, who}, nil
}

func (d *desk) close() { d.Operator.Close() }

// do opens the desk for the length of a verb.
func (p installation) do(ctx context.Context, cfg Config, verb func(*desk) error) error {
	d, err := p.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer d.close()
	return verb(d)
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// running is what a running dev lets its owner's commands know: readable by the owner alone, and gone when it stops.
type running struct {
	Operator, App, BlobDir, ConnectorsDir string
}

func runningFile(dir string) string { return filepath.Join(dir, "running.json") }

func writeRunning(dir string, cfg Config) (remove func(), err error) {
	raw, err := json.Marshal(running{cfg.DatabaseOperatorURL.Reveal(), cfg.DatabaseURL.Reveal(), cfg.BlobDir, cfg.ConnectorsDir})
	if err == nil {
		err = os.WriteFile(runningFile(dir), raw, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("keep the addresses of dev: %w", err)
	}
	return func() { _ = os.Remove(runningFile(dir)) }, nil
}

func readRunning(dir string) (Config, error) {
	raw, err := os.ReadFile(runningFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf("no pratica dev runs with the data directory %s; start it (pratica dev --dir %s), or give its own directory", dir, dir)
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the addresses of dev: %w", err)
	}
	var r running
	if err := json.Unmarshal(raw, &r); err != nil {
		return Config{}, fmt.Errorf("%s cannot be read; start dev again: %w", runningFile(dir), err)
	}
	return Config{DatabaseOperatorURL: redact.Secret(r.Operator), DatabaseURL: redact.Secret(r.App), BlobDir: r.BlobDir, ConnectorsDir: r.ConnectorsDir}, nil
}
