package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pratica-crm/pratica/core/catalogue"
)

// PluginApproveCmd lets a version run.
type PluginApproveCmd struct {
	installation
	Release           string `arg:"" help:"The version, acme@1.2.0, or a signed package that is taken in first."`
	Yes               string `help:"Approve without asking: the digest of the difference that was looked at." placeholder:"DIGEST"`
	AcceptPermissions bool   `help:"Approve without asking, whatever it asks for."`
	JSON              bool   `name:"json" help:"Print the difference as JSON; approves only with --yes or --accept-permissions."`
}

// Run shows what the version asks for and asks.
func (c PluginApproveCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error { return c.approve(ctx, d, os.Stdin, os.Stdout) })
}

func (c PluginApproveCmd) approve(ctx context.Context, d *desk, in io.Reader, out io.Writer) error {
	if strings.HasSuffix(c.Release, ".tar.gz") {
		r, err := d.take(ctx, c.Release)
		if err != nil {
			return err
		}
		c.Release = r.Name()
	}
	connector, version, err := catalogue.ParseName(c.Release)
	if err != nil {
		return err
	}
	all, err := d.All(ctx)
	if err != nil {
		return err
	}
	review, err := all.Review(connector, version)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(out, review)
	} else {
		err = show(out, review)
	}
	if err != nil {
		return err
	}
	switch {
	case review.Release.ApprovedAt != nil:
		_, err := fmt.Fprintf(out, "It is approved already, by %s.\n", review.Release.ApprovedBy)
		return err
	case c.Yes != "" && !strings.EqualFold(c.Yes, review.Digest):
		return fmt.Errorf("--yes names another difference than the one there is now (%s); look at it again", review.Digest)
	case c.Yes == "" && !c.AcceptPermissions && c.JSON:
		return nil
	case c.Yes == "" && !c.AcceptPermissions:
		if _, err := fmt.Fprint(out, "Approve? Type yes: "); err != nil {
			return err
		}
		if answer, _ := bufio.NewReader(in).ReadString('\n'); strings.TrimSpace(answer) != "yes" {
			return errors.New("not approved")
		}
	}
	if err := d.Approve(ctx, d.who, connector, version, review.Digest); err != nil || c.JSON {
		return err
	}
	next := "It is the first version and in force. Agencies enable it under Settings, Connectors."
	if review.Against != "" {
		next = fmt.Sprintf("Version %s stays in force until: pratica plugin upgrade %s", review.Against, review.Release.Name())
	}
	_, err = fmt.Fprintf(out, "Approved. %s\n", next)
	return err
}

func show(out io.Writer, r catalogue.Review) error {
	against := "it is the first version: everything it asks for is new"
	if r.Against != "" {
		against = "against version " + r.Against + ", which is in force"
	}
	text := fmt.Sprintf("%s (%s) of %s, %s.\n", r.Release.Name(), r.Release.Title, r.Release.Publisher, against)
	for _, c := range r.Difference {
		text += "  " + c.String() + "\n"
	}
	if len(r.Difference) == 0 {
		text += "  It asks for nothing new, and gives nothing up.\n"
	}
	_, err := fmt.Fprintf(out, "%sdigest of the difference: %s\n", text, r.Digest)
	return err
}
