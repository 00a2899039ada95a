package author

import (
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bom is a CycloneDX document (1.5), as far as it says what a program is made of.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

// bill is the software bill of materials of a program: what Go built into it, or what package-lock.json names.
func (p Project) bill(program, version string) ([]byte, error) {
	out := bom{"CycloneDX", "1.5", 1, metadata{component{Type: "application", Name: p.Name, Version: version}}, []component{}}
	var err error
	if p.Node {
		out.Components, err = locked(filepath.Join(p.Dir, "package-lock.json"))
	} else {
		out.Components, err = built(program)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out.Components, func(a, b component) int { return strings.Compare(a.PURL, b.PURL) })
	return json.MarshalIndent(out, "", "  ")
}

func built(program string) (out []component, err error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("what the program is made of cannot be read: %w", err)
	}
	out = append(out, component{Type: "library", Name: "std", Version: strings.TrimPrefix(info.GoVersion, "go"), PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")})
	for _, m := range info.Deps {
		if m.Replace != nil && m.Replace.Version != "" {
			m = m.Replace
		}
		out = append(out, component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version})
	}
	return out, nil
}

// locked are the packages of package-lock.json (version 2 or 3) that are not for development alone. Without one there are none: the SDK has no dependencies.
func locked(path string) ([]component, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []component{}, nil
	}
	if err != nil {
		return nil, err
	}
	var lock struct {
		Version  int `json:"lockfileVersion"`
		Packages map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
			Dev       bool   `json:"dev"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(text, &lock); err != nil || lock.Version < 2 {
		return nil, fmt.Errorf("%s cannot be read, or is older than version 2: make it anew with npm install", path)
	}
	out := []component{}
	for at, p := range lock.Packages {
		i := strings.LastIndex(at, "node_modules/")
		if i < 0 || p.Dev {
			continue
		}
		name := at[i+len("node_modules/"):]
		out = append(out, component{Type: "library", Name: name, Version: p.Version, PURL: "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version})
	}
	return out, nil
}
