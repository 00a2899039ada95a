package author

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/conformance"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// Pack builds the connector for the platforms, has the kit judge it, and writes the package into the folder to. The same source
// gives the same bytes. What is not conformant is not packed.
func (p Project) Pack(ctx context.Context, platforms []string, to string) (path string, m archive.Manifest, err error) {
	programs := map[string][]byte{}
	own := ""
	if p.Node {
		platforms = []string{archive.Any}
	}
	for _, platform := range platforms {
		built, err := p.Build(ctx, platform)
		if err != nil {
			return "", m, err
		}
		if programs[platform], err = os.ReadFile(built); err != nil {
			return "", m, err
		}
		if platform == Platform() || platform == archive.Any {
			own = built
		}
	}
	if own == "" { // the kit has to run it here
		if own, err = p.Build(ctx, Platform()); err != nil {
			return "", m, err
		}
	}
	about, report, err := judge(ctx, own, filepath.Join(p.Dir, conformance.SpecName))
	if err != nil {
		return "", m, err
	}
	files, err := p.enclosed(own, about, report)
	if err != nil {
		return "", m, err
	}
	m = manifestOf(about)
	m.Kit = report.Short()
	var out bytes.Buffer
	if m, err = archive.Write(&out, m, programs, files); err != nil {
		return "", m, err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", m, err
	}
	path = filepath.Join(to, m.FileName())
	return path, m, replace(path, out.Bytes(), 0o644)
}

func judge(ctx context.Context, program, specAt string) (*pb.DescribeResponse, conformance.Report, error) {
	spec, err := conformance.ReadSpec(specAt)
	if err != nil {
		return nil, conformance.Report{}, err
	}
	report, err := conformance.Run(ctx, conformance.Options{Binary: program, Spec: spec})
	if err != nil {
		return nil, report, err
	}
	if !report.Conformant {
		return nil, report, fmt.Errorf("it is not packed, because it is not conformant: %d checks failed. See them with: pratica plugin test %s", report.Failed, program)
	}
	about, err := conformance.Describe(ctx, program)
	return about, report, err
}

// enclosed are the files besides programs.
func (p Project) enclosed(program string, about *pb.DescribeResponse, report conformance.Report) (map[string][]byte, error) {
	said, err := report.Stable()
	if err != nil {
		return nil, err
	}
	bill, err := p.bill(program, about.GetVersion())
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"report.json": said, "sbom.json": bill, "docs.md": Markdown(about)}
	cassettes, err := filepath.Glob(filepath.Join(p.Dir, "cassettes", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, at := range cassettes {
		if files["cassettes/"+filepath.Base(at)], err = os.ReadFile(at); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func manifestOf(d *pb.DescribeResponse) archive.Manifest {
	m := archive.Manifest{ID: d.GetId(), Version: d.GetVersion(), Title: d.GetTitle(), Capabilities: list(d.GetCapabilities()), Countries: list(d.GetCountries()), Products: list(d.GetProducts()),
		ConfigSchema: d.GetConfigSchema(), Egress: list(d.GetEgress()), DataCategories: list(d.GetDataCategories()), Secrets: []string{}, Reveals: []string{}, CostCents: map[string]int{},
		CallsPerMinute: int(d.GetRate().GetCallsPerMinute()), Burst: int(d.GetRate().GetBurst()), CallbackPaths: list(d.GetCallbackPaths()), Protocols: []int{wire.Version}}
	for _, c := range d.GetCosts() {
		m.CostCents[c.GetMethod()] = int(c.GetCents())
	}
	for _, s := range settingsOf(d.GetConfigSchema()) {
		switch {
		case s.Reveal:
			m.Reveals = append(m.Reveals, s.name)
		case s.Secret || s.Certificate != "":
			m.Secrets = append(m.Secrets, s.name)
		}
	}
	return m
}

func list(of []string) []string { return append([]string{}, of...) }

// setting is one of a config schema.
type setting struct {
	name        string
	Type        any               `json:"type"`
	Secret      bool              `json:"x-secret"`
	Reveal      bool              `json:"x-reveal"`
	Certificate string            `json:"x-certificate"`
	Title       map[string]string `json:"x-title"`
	Help        map[string]string `json:"x-help"`
	required    bool
}

// settingsOf reads a schema's settings, by name. A schema of another form has none: the kit has judged it.
func settingsOf(schema []byte) (out []setting) {
	var s struct {
		Required   []string           `json:"required"`
		Properties map[string]setting `json:"properties"`
	}
	_ = json.Unmarshal(schema, &s)
	for name, p := range s.Properties {
		p.name, p.required = name, slices.Contains(s.Required, name)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b setting) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return out
}

// replace writes a file so that there is the old one or the new one, whole.
func replace(path string, content []byte, mode os.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // it is gone when all went well
	_, err = temporary.Write(content)
	if e := temporary.Chmod(mode); err == nil {
		err = e
	}
	if e := temporary.Sync(); err == nil {
		err = e
	}
	if e := temporary.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
