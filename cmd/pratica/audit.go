package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// AuditCmd exports and verifies trails.
type AuditCmd struct {
	Export AuditExportCmd `cmd:"" help:"Write a whole trail as NDJSON, signed up to its end."`
	Verify AuditVerifyCmd `cmd:"" help:"Find and name what was changed, removed, inserted or moved in an export (offline) or in the database."`
	Key    AuditKeyCmd    `cmd:"" help:"Print the public key of this installation's audit trail; makes the key when there is none."`
}

// whose is a trail: an agency's or a network's.
type whose struct {
	Agency  string `help:"Id of the agency (agn_…)." xor:"whose"`
	Network string `help:"Id of the network (net_…)." xor:"whose"`
}

// AuditExportCmd writes a trail. That it was exported is in the trail, by the platform.
type AuditExportCmd struct {
	whose
	Out string `help:"File to write; standard output when not given." type:"path"`
}

// Run writes it. What is written before an error is no whole export, and does not verify as one.
func (c AuditExportCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	out := os.Stdout
	if c.Out != "" {
		if out, err = os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return err
		}
	}
	err = c.visit(a, func(scope tenancy.Scope) error {
		return a.deps.Audit.Export(ctx, scope, out)
	}, func(id ident.NetworkID) error {
		return a.deps.Audit.ExportNetwork(ctx, id, out)
	})
	if c.Out != "" {
		err = errors.Join(err, out.Close())
	}
	return err
}

// visit opens the trail for the platform.
func (w whose) visit(a *app, agency func(tenancy.Scope) error, network func(ident.NetworkID) error) error {
	if w.Network != "" {
		id, err := ident.ParseNetwork(w.Network)
		if err != nil || id.IsZero() {
			return fault.Missing("network")
		}
		return network(id)
	}
	id, err := ident.ParseAgency(w.Agency)
	if err != nil || id.IsZero() {
		return fault.Missing("agency")
	}
	scope, err := a.operator.Scope(id, "command line")
	if err != nil {
		return err
	}
	return agency(scope.For("audit.read"))
}

// AuditVerifyCmd verifies an export, or a trail where it is kept.
type AuditVerifyCmd struct {
	whose
	File         string   `arg:"" optional:"" help:"Export; - is standard input."`
	Key          string   `help:"File with the installation's public key (pratica audit key)." type:"existingfile"`
	Checkpoint   []string `help:"File with a checkpoint that was kept, or with an answer of GET /audit/proof; repeatable." type:"existingfile"`
	Confidential bool     `help:"With --agency: the trail only compliance reads."`
}

// Run prints the findings; it exits 1 when there are any, 2 when it could not look.
func (c AuditVerifyCmd) Run(ctx context.Context, cfg Config) error {
	report, err := c.verify(ctx, cfg)
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	if !report.Given {
		fmt.Fprintln(os.Stderr, "pratica: the signatures were held against the key in the file itself, which shows only that the file agrees with itself; give --key")
	}
	if err := tell(os.Stdout, report); err != nil {
		return &ExitError{exitBroken, err}
	}
	if len(report.Findings) > 0 {
		return &ExitError{exitRefused, fmt.Errorf("%d findings: the trail is not as it was written", len(report.Findings))}
	}
	return nil
}

func tell(w io.Writer, r audit.Report) error {
	out := fmt.Appendf(nil, "%s %s: %d entries, up to %d as signed by key %s\n", r.Trail, r.Owner, r.Entries, r.SealedTo, r.KeyID)
	for _, f := range r.Findings {
		out = fmt.Appendln(out, f)
	}
	_, err := w.Write(out)
	return err
}

func (c AuditVerifyCmd) verify(ctx context.Context, cfg Config) (report audit.Report, err error) {
	stored := c.Agency != "" || c.Network != ""
	if stored == (c.File != "") {
		return report, errors.New("name one export, or --agency or --network")
	}
	var key *audit.PublicKey
	if c.Key != "" {
		text, err := os.ReadFile(c.Key)
		if err != nil {
			return report, err
		}
		key = &audit.PublicKey{}
		if err := key.UnmarshalText(text); err != nil {
			return report, fmt.Errorf("%s: %w", c.Key, err)
		}
	}
	kept, err := readCheckpoints(c.Checkpoint)
	if err != nil {
		return report, err
	}
	if stored {
		return c.verifyStored(ctx, cfg, key, kept)
	}
	in := os.Stdin
	if c.File != "-" {
		if in, err = os.Open(c.File); err != nil {
			return report, err
		}
		defer func() { _ = in.Close() }()
	}
	return audit.VerifyFile(in, key, kept...)
}

func (c AuditVerifyCmd) verifyStored(ctx context.Context, cfg Config, key *audit.PublicKey, kept []audit.Checkpoint) (report audit.Report, err error) {
	a, err := open(ctx, cfg)
	if err != nil {
		return report, err
	}
	defer a.close()
	if key == nil {
		own, err := audit.OpenKey(cfg.auditKey(), false)
		if err != nil {
			return report, err
		}
		key = &own.Public
	}
	err = c.visit(a, func(scope tenancy.Scope) (err error) {
		look := a.deps.Audit.Verify
		if c.Confidential {
			look = a.deps.Audit.VerifyConfidential
		}
		report, err = look(ctx, scope, *key, kept...)
		return err
	}, func(id ident.NetworkID) (err error) {
		report, err = a.deps.Audit.VerifyNetwork(ctx, id, *key, kept...)
		return err
	})
	return report, err
}

// readCheckpoints reads checkpoints as they are, or within a proof.
func readCheckpoints(files []string) (kept []audit.Checkpoint, err error) {
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var proof struct {
			Checkpoint *audit.Checkpoint `json:"checkpoint"`
		}
		var plain audit.Checkpoint
		switch {
		case json.Unmarshal(text, &proof) == nil && proof.Checkpoint != nil:
			kept = append(kept, *proof.Checkpoint)
		case json.Unmarshal(text, &plain) == nil && plain.Seq > 0:
			kept = append(kept, plain)
		default:
			return nil, fmt.Errorf("%s holds no checkpoint", name)
		}
	}
	return kept, nil
}

// AuditKeyCmd prints the public key.
type AuditKeyCmd struct{}

// Run makes the key when there is none.
func (AuditKeyCmd) Run(cfg Config) error {
	if cfg.auditKey() == "" {
		return cfg.need("AuditKeyFile")
	}
	key, err := audit.OpenKey(cfg.auditKey(), true)
	if err != nil {
		return err
	}
	text, err := key.Public.MarshalText()
	if err != nil {
		return err
	}
	return written(os.Stdout.Write(text))
}

// auditKey is the file of the key that signs trails.
func (c Config) auditKey() string {
	if c.AuditKeyFile == "" && c.KeyFile != "" {
		return filepath.Join(filepath.Dir(c.KeyFile), "audit.key")
	}
	return c.AuditKeyFile
}
