package archive

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Format is the number of this form of packages, signatures and indexes.
const Format = 1

// Any is the platform of a program that runs on all of them, such as a script.
const Any = "any"

// Manifest says what a package holds. What it says of the connector is what the connector's Describe answers.
type Manifest struct {
	Format       int             `json:"format"`
	ID           string          `json:"id"`
	Version      string          `json:"version"`
	Title        string          `json:"title"`
	Capabilities []string        `json:"capabilities"`
	Countries    []string        `json:"countries"`
	Products     []string        `json:"products"`
	ConfigSchema json.RawMessage `json:"config_schema"`
	// What it asks an operator for.
	Egress         []string       `json:"egress"`
	DataCategories []string       `json:"data_categories"`
	Secrets        []string       `json:"secrets"`    // settings it uses without seeing them
	Reveals        []string       `json:"reveals"`    // settings that are secret and that it must see
	CostCents      map[string]int `json:"cost_cents"` // by method
	CallsPerMinute int            `json:"calls_per_minute"`
	Burst          int            `json:"burst"`
	CallbackPaths  []string       `json:"callback_paths"`

	Protocols []int      `json:"protocols"` // versions of the connector protocol it speaks
	Kit       KitResult  `json:"conformance"`
	Programs  []Program  `json:"programs"`
	Files     []FileInfo `json:"files"` // everything else but the manifest
}

// KitResult is what the conformance kit said, in short; the whole is report.json. It is the author's word: an operator who
// wants to know runs the kit.
type KitResult struct {
	Passed        int `json:"passed"`
	Failed        int `json:"failed"`
	NotApplicable int `json:"not_applicable"`
	Score         int `json:"score"` // percent of those that apply
}

// Program is the connector's program for a platform ("linux/amd64", or Any).
type Program struct {
	Platform string `json:"platform"`
	FileInfo
}

// FileInfo is a file of the package.
type FileInfo struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // lower-case hex
	Size   int64  `json:"size"`
}

var (
	ids       = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	versions  = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]{1,64})?$`)
	platforms = regexp.MustCompile(`^(any|[a-z0-9]+/[a-z0-9]+)$`)
	sums      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// FileName is what the package of a manifest is called.
func (m Manifest) FileName() string { return m.ID + "-" + m.Version + ".tar.gz" }

// ProgramPath is where a program of a platform stands.
func ProgramPath(id, platform string) string {
	return path.Join("bin", strings.ReplaceAll(platform, "/", "-"), id)
}

// Program is the one that runs on a platform ("linux/amd64"), if there is one.
func (m Manifest) Program(platform string) (Program, bool) {
	for _, wanted := range []string{platform, Any} {
		if i := slices.IndexFunc(m.Programs, func(p Program) bool { return p.Platform == wanted }); i >= 0 {
			return m.Programs[i], true
		}
	}
	return Program{}, false
}

func (m Manifest) check() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("its format is %d, and this program reads %d; use a pratica of the same age", m.Format, Format)
	case !ids.MatchString(m.ID):
		return fmt.Errorf("its id %q is not lower-case letters, digits, \"-\" and \"_\"", m.ID)
	case !versions.MatchString(m.Version):
		return fmt.Errorf("its version %q is not a semantic one such as 1.0.0", m.Version)
	case len(m.Programs) == 0:
		return fmt.Errorf("it holds no program")
	case !json.Valid(m.ConfigSchema):
		return fmt.Errorf("its config_schema is no JSON")
	}
	seen := map[string]bool{manifestName: true}
	for _, p := range m.Programs {
		if !platforms.MatchString(p.Platform) || p.Path != ProgramPath(m.ID, p.Platform) {
			return fmt.Errorf("its program for %q stands at %q", p.Platform, p.Path)
		}
	}
	for _, f := range m.all() {
		if !fine(f.Path) || seen[f.Path] || !sums.MatchString(f.SHA256) || f.Size < 0 || f.Size > fileAtMost {
			return fmt.Errorf("its file %q is named twice, leads elsewhere, has no SHA-256 or is over %d MiB", f.Path, fileAtMost>>20)
		}
		seen[f.Path] = true
	}
	return nil
}

// all are the files besides the manifest.
func (m Manifest) all() []FileInfo {
	out := slices.Clone(m.Files)
	for _, p := range m.Programs {
		out = append(out, p.FileInfo)
	}
	return out
}

// fine is a path that stays below where it is unpacked, on any system.
func fine(name string) bool {
	return name != "" && path.Clean(name) == name && !path.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\\:\x00")
}
