package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/policies"
)

// PluginUpgradeCmd puts a version in force.
type PluginUpgradeCmd struct {
	installation
	Release  string   `arg:"" help:"The approved version, acme@1.2.0; an older one goes back to it."`
	Canary   int      `help:"Only for this share of the agencies, in percent; taken back by itself when it does worse."`
	Agencies []string `help:"Only for these agencies (agn_…); also beside --canary."`
}

// Run puts it in force; workers exchange it within seconds, without losing a call.
func (c PluginUpgradeCmd) Run(ctx context.Context, cfg Config) error {
	connector, version, err := catalogue.ParseName(c.Release)
	if err != nil {
		return err
	}
	if c.Canary < 0 || c.Canary > 100 {
		return fmt.Errorf("--canary %d is no share: give 1 to 100, in percent", c.Canary)
	}
	return c.do(ctx, cfg, func(d *desk) error {
		first, err := d.agencies(ctx, c.Agencies)
		if err != nil {
			return err
		}
		if err := d.Upgrade(ctx, d.who, connector, version, c.Canary, first); err != nil {
			return err
		}
		_, err = fmt.Printf("%s is on its way; see: pratica plugin status %s\n", c.Release, connector)
		return err
	})
}

// PluginRevokeCmd ends versions.
type PluginRevokeCmd struct {
	installation
	Release   string `arg:"" optional:"" help:"The version, acme@1.2.0."`
	Publisher string `help:"Everything of this publisher instead."`
	Reason    string `required:"" help:"Why; agencies' connections wait for another version, or fall back to the last good one."`
}

// Run revokes.
func (c PluginRevokeCmd) Run(ctx context.Context, cfg Config) error {
	if (c.Release == "") == (c.Publisher == "") {
		return errors.New("name a version (acme@1.2.0) or a --publisher")
	}
	return c.do(ctx, cfg, func(d *desk) error {
		if c.Publisher != "" {
			return d.RevokePublisher(ctx, d.who, c.Publisher, c.Reason)
		}
		connector, version, err := catalogue.ParseName(c.Release)
		if err != nil {
			return err
		}
		return d.Revoke(ctx, d.who, connector, version, c.Reason)
	})
}

// PluginDedicateCmd gives an agency its own process.
type PluginDedicateCmd struct {
	installation
	Connector string `arg:""`
	Agency    string `arg:"" help:"Id of the agency (agn_…)."`
	End       bool   `help:"It shares one with the others again."`
}

// Run gives or takes it.
func (c PluginDedicateCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		one, err := d.agencies(ctx, []string{c.Agency})
		if err != nil {
			return err
		}
		return d.Dedicate(ctx, d.who, c.Connector, one[0], !c.End)
	})
}

// agencies reads ids; one that names no agency is refused: nothing would ever come of it.
func (d *desk) agencies(ctx context.Context, texts []string) ([]ident.AgencyID, error) {
	known, err := d.Operator.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	out := []ident.AgencyID{}
	for _, text := range texts {
		id, err := ident.ParseAgency(text)
		if err != nil || !slices.Contains(known, id) {
			return nil, fmt.Errorf("there is no active agency %q; take the id (agn_…) of one that is there", text)
		}
		out = append(out, id)
	}
	return out, nil
}

// PluginEnableCmd has agencies use a connector.
type PluginEnableCmd struct {
	installation
	Connector string   `arg:""`
	Agency    []string `help:"Id of the agency (agn_…). Without one: every agency, in a running pratica dev only."`
}

// Run enables it, as an agency's admin would under Settings, Connectors.
func (c PluginEnableCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		all, err := d.All(ctx)
		if err != nil {
			return err
		}
		if _, runs := all.InForce(c.Connector); !runs {
			return fault.New(fault.NotFound, "connector.not_found", fmt.Sprintf("No approved version of %s is in force; `pratica plugin list` shows what there is.", c.Connector))
		}
		agencies, err := d.agencies(ctx, c.Agency)
		if err != nil {
			return err
		}
		if len(agencies) == 0 && c.Dev == "" {
			return errors.New("name the agencies that asked for it: --agency agn_…")
		}
		if len(agencies) == 0 {
			if agencies, err = d.Operator.Agencies(ctx); err != nil {
				return err
			}
		}
		return d.enable(ctx, c.Connector, agencies)
	})
}

func (d *desk) enable(ctx context.Context, connector string, agencies []ident.AgencyID) error {
	if err := d.cfg.need("DatabaseURL"); err != nil {
		return err
	}
	policy, err := policies.New()
	if err != nil {
		return err
	}
	db, err := tenancy.Open(ctx, d.cfg.DatabaseURL.Reveal(), 2, policy, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	links := connectors.New(db, absent{}, nil)
	for _, id := range agencies {
		scope, err := d.Operator.Scope(id, "command line")
		if err == nil {
			err = links.Enable(ctx, scope, connector)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		fmt.Printf("%s uses %s.\n", id, connector)
	}
	return nil
}
