package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/plugins/host"
)

// PluginListCmd shows the catalogue.
type PluginListCmd struct {
	installation
	JSON bool `name:"json" help:"As JSON."`
}

// Run prints it.
func (c PluginListCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		all, err := d.All(ctx)
		if err != nil {
			return err
		}
		plans, err := host.Folder(d.cfg.ConnectorsDir)
		if err != nil {
			return err
		}
		builtIn := []string{}
		for _, p := range plans {
			builtIn = append(builtIn, p.Name)
		}
		if c.JSON {
			return printJSON(os.Stdout, struct {
				BuiltIn []string `json:"built_in"`
				catalogue.All
			}{builtIn, all})
		}
		return listed(os.Stdout, all, builtIn)
	})
}

func listed(out io.Writer, all catalogue.All, builtIn []string) error {
	t := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintf(t, "%v\t%v\t%v\t%v\n", cells...) }
	row("CONNECTOR", "PUBLISHER", "STATE", "")
	for _, name := range builtIn {
		row(name, host.BuiltIn, "in force", "SHA256SUMS")
	}
	for _, r := range all.Releases {
		state, more := r.State(), r.Revoked
		i := slices.IndexFunc(all.Rollouts, func(o catalogue.Rollout) bool { return o.Connector == r.Connector })
		if i >= 0 && r.RevokedAt == nil {
			o := all.Rollouts[i]
			switch {
			case len(o.Releases) > 0 && o.Releases[0].Version == r.Version:
				state = "in force"
			case o.Canary == r.Version:
				state, more = "canary", fmt.Sprintf("%d %% of agencies and %d by name", o.Share, len(o.Agencies))
			}
		}
		row(r.Name(), r.Publisher, state, more)
	}
	row("", "", "", "")
	for _, p := range all.Publishers {
		state := "trusted"
		if p.RevokedAt != nil {
			state = "revoked"
		}
		row("publisher", p.Name, state, p.Key)
	}
	return t.Flush()
}

// workers reads what running workers say.
func (d *desk) workers(ctx context.Context, connector string) ([]worker, error) {
	hosts, err := d.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	out := []worker{}
	for _, h := range hosts {
		var all []hostState
		if err := json.Unmarshal(h.State, &all); err != nil {
			return nil, fmt.Errorf("the worker %s says what this program cannot read; bring both to the same version: %w", h.Worker, err)
		}
		out = append(out, worker{h.Worker, slices.DeleteFunc(all, func(s hostState) bool { return connector != "" && s.Connector != connector })})
	}
	return out, nil
}

type worker struct {
	Worker     string      `json:"worker"`
	Connectors []hostState `json:"connectors"`
}

const noWorkers = "No worker runs, or none has said anything for a minute."

// PluginStatusCmd shows processes.
type PluginStatusCmd struct {
	installation
	Connector string `arg:"" optional:"" help:"Only this one."`
	JSON      bool   `name:"json" help:"As JSON."`
}

// Run prints them.
func (c PluginStatusCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		all, err := d.workers(ctx, c.Connector)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(os.Stdout, all)
		}
		if len(all) == 0 {
			_, err := fmt.Println(noWorkers)
			return err
		}
		return statuses(os.Stdout, all)
	})
}

func statuses(out io.Writer, all []worker) error {
	t := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "WORKER\tCONNECTOR\tLANE\tSTATE\tSINCE\tLAST CALLS\t")
	for _, w := range all {
		for _, s := range w.Connectors {
			_, _ = fmt.Fprintf(t, "%s\t%s@%s\t%s\t%s\t%s\t%d, %d bad\t%s\n", w.Worker, s.Connector, s.Version, s.Lane, s.State, s.Since.UTC().Format("2006-01-02 15:04:05"), s.Calls, s.Bad, s.Why)
		}
	}
	return t.Flush()
}

// PluginLogsCmd shows what happened.
type PluginLogsCmd struct {
	installation
	Connector string `arg:""`
	Language  string `help:"Of what workers report." enum:"en,it" default:"en"`
	JSON      bool   `name:"json" help:"As JSON."`
}

// trailLines are shown of the trail.
const trailLines = 50

// Run prints the trail, what workers report, and the last lines of standard error.
func (c PluginLogsCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		trail, err := d.Trail(ctx, c.Connector, trailLines)
		if err != nil {
			return err
		}
		all, err := d.workers(ctx, c.Connector)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(os.Stdout, struct {
				Trail   []catalogue.Entry `json:"trail"`
				Workers []worker          `json:"workers"`
			}{trail, all})
		}
		slices.Reverse(trail)
		for _, e := range trail {
			fmt.Printf("%s  %s  %s %s %s %s\n", e.At.UTC().Format("2006-01-02 15:04:05"), e.Who, e.Action, e.Connector, e.Version, e.Detail)
		}
		if len(all) == 0 {
			fmt.Println(noWorkers)
		}
		for _, w := range all {
			for i, s := range w.Connectors {
				if i > 0 && s.Connector == w.Connectors[i-1].Connector {
					continue // the same again, from another lane
				}
				for _, r := range s.Reports {
					fmt.Printf("%s  %s  %s\n", r.At.UTC().Format("2006-01-02 15:04:05"), w.Worker, r.Text(c.Language))
				}
				for _, line := range s.Lines {
					fmt.Printf("%s | %s\n", w.Worker, line)
				}
			}
		}
		return nil
	})
}
