package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/author"
	"github.com/pratica-crm/pratica/plugins/conformance"
	"github.com/pratica-crm/pratica/plugins/scaffold"
)

// pluginAuthor are the verbs of who writes connectors. They need no installation and no network.
type pluginAuthor struct {
	New     PluginNewCmd     `cmd:"" help:"Make the skeleton of a connector: it builds, and its tests are green."`
	Dev     PluginDevCmd     `cmd:"" help:"Run a connector before a mock bank, show each call, and start it anew when its source changes."`
	Record  PluginRecordCmd  `cmd:"" help:"Keep what a bank answers, to be replayed by test; refuses what is secret or people's."`
	Test    PluginTestCmd    `cmd:"" help:"Hold a connector against the conformance kit. Exits 0 when conformant, 1 when not, 2 when it could not run."`
	Docs    PluginDocsCmd    `cmd:"" help:"Print what operators and agencies read of a connector, as Markdown."`
	Package PluginPackageCmd `cmd:"" help:"Build a connector and pack it, with what it is made of and what the kit said."`
	Sign    PluginSignCmd    `cmd:"" help:"Sign a package. The first time a key is made; there is no account."`
	Publish PluginPublishCmd `cmd:"" help:"Put signed packages and their index into a folder for a web server."`
}

// PluginNewCmd makes a skeleton.
type PluginNewCmd struct {
	Name       string `arg:"" help:"Lower-case letters, digits, - and _; the folder and the program have it."`
	Capability string `help:"openbanking, bankportal, identity, bureau or analysis." required:""`
	Lang       string `help:"go or node." default:"go"`
	SDK        string `name:"sdk" help:"A folder with the SDK to use instead of the one in this program." type:"path"`
}

// Run writes it.
func (c PluginNewCmd) Run() error {
	if err := scaffold.New(".", scaffold.Options{Name: c.Name, Capability: c.Capability, Lang: c.Lang, SDK: c.SDK}); err != nil {
		return err
	}
	next := "go test ./... && go build"
	if c.Lang == "node" {
		next = "npm test && npm run build"
	}
	fmt.Printf("%s is made. Next:\n\n  cd %s && %s && pratica plugin test ./%s\n", c.Name, c.Name, next, c.Name)
	return nil
}

// PluginTestCmd runs the kit.
type PluginTestCmd struct {
	Binary string `arg:"" help:"The connector's program." type:"path"`
	JSON   bool   `name:"json" help:"The report as JSON."`
	JUnit  string `name:"junit" help:"Write the report as JUnit XML, too." type:"path" placeholder:"FILE"`
	Spec   string `help:"How to connect it; conformance.yaml beside the program unless given." type:"path" placeholder:"FILE"`
}

// Run exits 0, 1 or 2, as its help says.
func (c PluginTestCmd) Run(ctx context.Context) error {
	at := c.Spec
	if at == "" {
		at = filepath.Join(filepath.Dir(c.Binary), conformance.SpecName)
	} else if _, err := os.Stat(at); err != nil {
		return &ExitError{exitBroken, fmt.Errorf("--spec: %w; without it %s beside the program is read", err, conformance.SpecName)}
	}
	spec, err := conformance.ReadSpec(at)
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	report, err := conformance.Run(ctx, conformance.Options{Binary: c.Binary, Spec: spec})
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	if err := c.write(report); err != nil {
		return &ExitError{exitBroken, err}
	}
	if !report.Conformant {
		return &ExitError{exitRefused, nil}
	}
	return nil
}

func (c PluginTestCmd) write(report conformance.Report) error {
	if c.JUnit != "" {
		file, err := os.Create(c.JUnit)
		if err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
		if err := errors.Join(report.JUnit(file), file.Close()); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(report)
	}
	report.Text(os.Stdout)
	return nil
}

// PluginDocsCmd prints a connector's description.
type PluginDocsCmd struct {
	Binary string `arg:"" help:"The connector's program." type:"path"`
}

// Run prints Markdown.
func (c PluginDocsCmd) Run(ctx context.Context) error {
	about, err := conformance.Describe(ctx, c.Binary)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(author.Markdown(about))
	return err
}

// PluginPackageCmd packs.
type PluginPackageCmd struct {
	Dir      string   `arg:"" optional:"" help:"The connector's folder." default:"." type:"path"`
	Out      string   `help:"Where the package goes; dist in the connector's folder unless given." type:"path" placeholder:"DIR"`
	Platform []string `help:"Platforms to build for, such as linux/amd64; this machine's unless given. A connector in Node is one for all."`
}

// Run writes the package and says what is in it.
func (c PluginPackageCmd) Run(ctx context.Context) error {
	p, err := author.Open(c.Dir)
	if err != nil {
		return err
	}
	if len(c.Platform) == 0 {
		c.Platform = []string{author.Platform()}
	} else if p.Node {
		return errors.New("a connector in Node is one file for all platforms: leave --platform away")
	}
	if c.Out == "" {
		c.Out = filepath.Join(p.Dir, "dist")
	}
	path, m, err := p.Pack(ctx, c.Platform, c.Out)
	if err != nil {
		return err
	}
	var platforms []string
	for _, each := range m.Programs {
		platforms = append(platforms, each.Platform)
	}
	fmt.Printf("%s\n  %s %s for %s; conformance %d%%, %d checks did not apply\n\nNext: pratica plugin sign %s\n", path, m.ID, m.Version, strings.Join(platforms, ", "), m.Kit.Score, m.Kit.NotApplicable, path)
	return nil
}

// signing is an author's key.
type signing struct {
	Key string `help:"Your key; publisher.key in your settings' folder unless given, and made when it is not there." type:"path" placeholder:"FILE"`
}

func (k *signing) file() (string, error) {
	if k.Key != "" {
		return k.Key, nil
	}
	return author.KeyFile()
}

// PluginSignCmd signs.
type PluginSignCmd struct {
	signing
	Package string `arg:"" help:"The package." type:"path"`
}

// Run writes the signature and prints the key that operators trust.
func (c PluginSignCmd) Run() error {
	at, err := c.file()
	if err != nil {
		return err
	}
	key, made, err := author.Key(at)
	if err != nil {
		return err
	}
	if made {
		fmt.Fprintf(os.Stderr, "Your key was made: %s. Keep it and a copy of it: versions signed by another key are another publisher's.\n", at)
	}
	s, err := author.Sign(c.Package, key)
	if err != nil {
		return err
	}
	fmt.Println(s.Key)
	fmt.Fprintf(os.Stderr, "%s is written. Operators take your packages with: pratica plugin trust NAME %s\n", c.Package+archive.SignatureSuffix, s.Key)
	return nil
}

// PluginPublishCmd publishes.
type PluginPublishCmd struct {
	signing
	Dir      string   `arg:"" help:"The folder to publish in." type:"path"`
	Packages []string `arg:"" optional:"" help:"Signed packages; all of dist unless given." type:"path"`
}

// Run puts packages into the folder, then turns the index.
func (c PluginPublishCmd) Run() error {
	at, err := c.file()
	if err != nil {
		return err
	}
	if len(c.Packages) == 0 {
		if c.Packages, err = filepath.Glob(filepath.Join("dist", "*.tar.gz")); err != nil || len(c.Packages) == 0 {
			return errors.New("there is no package in dist; make one with: pratica plugin package, then: pratica plugin sign")
		}
	}
	if _, err := os.Stat(at); err != nil {
		return fmt.Errorf("%w; sign a package first, which makes your key", err)
	}
	key, _, err := author.Key(at)
	if err != nil {
		return err
	}
	index, err := author.Publish(c.Dir, c.Packages, key)
	if err != nil {
		return err
	}
	fmt.Printf("%s has %d packages\n", filepath.Join(c.Dir, archive.IndexName), len(index.Packages))
	return nil
}

// PluginDevCmd runs a connector for its author.
type PluginDevCmd struct {
	Dir    string `arg:"" optional:"" help:"The connector's folder." default:"." type:"path"`
	Listen string `help:"Address of the inspector, on this machine." default:"127.0.0.1:8090"`
	Debug  bool   `help:"Without the jail, so that a debugger can attach; it prints how."`
}

// Run runs until it is interrupted.
func (c PluginDevCmd) Run(ctx context.Context) error {
	p, err := author.Open(c.Dir)
	if err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(c.Listen); err != nil || host != "127.0.0.1" && host != "localhost" && host != "[::1]" && host != "::1" {
		return fmt.Errorf("--listen %s: the inspector is for this machine alone; use 127.0.0.1:PORT", c.Listen)
	}
	return (&author.Dev{Project: p, Listen: c.Listen, Debug: c.Debug, Out: os.Stdout}).Run(ctx)
}

// PluginRecordCmd records a cassette.
type PluginRecordCmd struct {
	Binary string `arg:"" help:"The connector's program." type:"path"`
	Out    string `help:"The cassette; cassettes/recorded.json beside the program unless given." type:"path" placeholder:"FILE"`
	Config string `help:"The connection's settings at a bank's test system, as JSON; those of conformance.yaml unless given." type:"path" placeholder:"FILE"`
	Redact bool   `help:"Replace tax codes, IBANs, e-mail addresses and people's names in what the bank answers."`
}

// Run writes the cassette, or says what in it must not be written.
func (c PluginRecordCmd) Run(ctx context.Context) error {
	spec, err := conformance.ReadSpec(filepath.Join(filepath.Dir(c.Binary), conformance.SpecName))
	if err != nil {
		return err
	}
	var config map[string]any
	if c.Config != "" {
		text, err := os.ReadFile(c.Config)
		if err != nil {
			return fmt.Errorf("--config: %w", err)
		}
		if err := json.Unmarshal(text, &config); err != nil {
			return fmt.Errorf("--config %s is no JSON object of settings: %w", c.Config, err)
		}
	}
	recorded, err := conformance.Record(ctx, conformance.Options{Binary: c.Binary, Spec: spec}, config, c.Redact)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = filepath.Join(filepath.Dir(c.Binary), "cassettes", "recorded.json")
	}
	if err := os.MkdirAll(filepath.Dir(c.Out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, append(recorded, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s is written; `pratica plugin test` replays it.\nLook through it before you commit it: %s\n", c.Out, conformance.Unseen)
	return nil
}
