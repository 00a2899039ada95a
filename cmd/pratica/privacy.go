package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PrivacyCmd answers people's rights from the command line.
type PrivacyCmd struct {
	Export PrivacyExportCmd `cmd:"" help:"Write a copy of all an agency has of a person (GDPR Art. 15 and 20)."`
	Due    PrivacyDueCmd    `cmd:"" help:"Count what an agency's retention clocks erase, and when."`
}

// PrivacyExportCmd writes a copy. That it was made is in the agency's trail.
type PrivacyExportCmd struct {
	Agency  string `required:"" help:"Id of the agency (agn_…)."`
	Subject string `required:"" help:"Id of the person (sub_…)."`
	Out     string `help:"File to write, which must not be there yet; standard output when not given." type:"path"`
	Format  string `default:"json" enum:"json,pdf,text" help:"json, pdf or text."`
	Locale  string `default:"it" enum:"it,en" help:"Language of pdf and text: it or en."`
}

// Run writes it.
func (c PrivacyExportCmd) Run(ctx context.Context, cfg Config) (err error) {
	id, err := ident.ParseSubject(c.Subject)
	if err != nil || id.IsZero() {
		return fault.Missing("subject")
	}
	out := os.Stdout
	if c.Out != "" {
		if out, err = os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	return c.visit(ctx, cfg, out, id)
}

func (c PrivacyExportCmd) visit(ctx context.Context, cfg Config, out io.Writer, id ident.SubjectID) error {
	a, scope, err := openAgency(ctx, cfg, c.Agency, "privacy.export")
	if err != nil {
		return err
	}
	defer a.close()
	whole, err := a.deps.Privacy.Copy(ctx, scope, id)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		raw, err := whole.JSON()
		if err != nil {
			return err
		}
		return written(out.Write(append(raw, '\n')))
	}
	paper, err := whole.Paper(c.Locale)
	if err != nil {
		return err
	}
	if c.Format == "pdf" {
		return paper.Write(out)
	}
	return written(io.WriteString(out, paper.Text()))
}

// PrivacyDueCmd counts what goes when.
type PrivacyDueCmd struct {
	Agency string `required:"" help:"Id of the agency (agn_…)."`
}

// Run prints it.
func (c PrivacyDueCmd) Run(ctx context.Context, cfg Config) error {
	a, scope, err := openAgency(ctx, cfg, c.Agency, "privacy.manage")
	if err != nil {
		return err
	}
	defer a.close()
	r, err := a.deps.Privacy.Retention(ctx, scope)
	if err != nil {
		return err
	}
	return tellDue(os.Stdout, r)
}

func tellDue(out io.Writer, r privacy.Retention) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "month\tdatum\tcount")
	for _, d := range r.Due {
		fmt.Fprintf(w, "%s\t%s\t%d\n", d.Month, d.Datum, d.Count)
	}
	return w.Flush()
}

// openAgency opens the product for the platform, to act in one agency.
func openAgency(ctx context.Context, cfg Config, agency string, action access.Action) (*app, tenancy.Scope, error) {
	id, err := ident.ParseAgency(agency)
	if err != nil || id.IsZero() {
		return nil, tenancy.Scope{}, fault.Missing("agency")
	}
	a, err := open(ctx, cfg)
	if err != nil {
		return nil, tenancy.Scope{}, err
	}
	scope, err := a.operator.Scope(id, "command line")
	if err != nil {
		a.close()
	}
	return a, scope.For(action), err
}

// sweepRetention carries out what the retention clocks of the agencies say; one whose sweep fails holds up no other.
func (a *app) sweepRetention(ctx context.Context) error {
	agencies, err := a.operator.Agencies(ctx)
	for _, id := range agencies {
		scope, err := a.operator.Scope(id, "retention")
		if err == nil {
			err = a.deps.Privacy.Sweep(ctx, scope.For("privacy.sweep"))
		}
		if err != nil && ctx.Err() == nil {
			slog.Error("retention is not carried out", "tenant", id, "error", err)
		}
	}
	return err
}
