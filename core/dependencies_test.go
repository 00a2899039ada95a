package core_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// compatible are the licences that what is under Apache-2.0 may be linked or shipped with, as long as their terms are kept (NOTICE).
var compatible = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "EPL-2.0 OR GPL-3.0-or-later", "ISC", "MIT", "MIT and Apache-2.0", "MPL-2.0", "OFL-1.1"}

// carried are licences of what the build or the tests need besides, at whatever depth; none of it is changed, some of it is not shipped.
var carried = append([]string{"(MIT OR CC0-1.0)", "Python-2.0", "Unlicense"}, compatible...)

// TestDependencies: docs/dependencies.md names every direct dependency with its licence and the reason why it is there, and nothing else.
func TestDependencies(t *testing.T) {
	written, err := os.ReadFile("../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$")
	rows := map[string][2]string{}
	for _, m := range row.FindAllStringSubmatch(string(written), -1) {
		if _, twice := rows[m[1]]; twice {
			t.Errorf("%s is named twice", m[1])
		}
		rows[m[1]] = [2]string{strings.TrimSpace(m[2]), strings.TrimSpace(m[3])}
	}
	there := modulesDirect(t)
	for name, licence := range packagesDirect(t) {
		there[name] = licence
	}
	for name, licence := range there {
		switch r, named := rows[name]; {
		case !named:
			t.Errorf("docs/dependencies.md does not say why %s (%s) is there", name, licence)
		case r[0] != licence:
			t.Errorf("%s is under %s, the list says %s", name, licence, r[0])
		case len(r[1]) < 15:
			t.Errorf("%s: %q is no reason", name, r[1])
		}
		if !slices.Contains(compatible, licence) {
			t.Errorf("%s is under %s: may it be linked?", name, licence)
		}
	}
	for name := range rows {
		if there[name] == "" {
			t.Errorf("docs/dependencies.md gives a reason for %s, which is not there", name)
		}
	}
	if len(there) < 70 {
		t.Errorf("only %d dependencies were read", len(there))
	}
}

// modulesDirect are the modules that go.mod and the SDK's ask for themselves, each with its licence.
func modulesDirect(t *testing.T) map[string]string {
	t.Helper()
	type module struct {
		Path, Dir      string
		Main, Indirect bool
	}
	out := map[string]string{}
	for _, dir := range []string{"..", "../plugins/sdk"} {
		list := exec.Command("go", "list", "-m", "-json=Path,Dir,Main,Indirect", "all")
		list.Dir = dir
		text, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(strings.NewReader(string(text))); d.More(); {
			var m module
			if err := d.Decode(&m); err != nil {
				t.Fatal(err)
			}
			if m.Main || m.Indirect || strings.HasPrefix(m.Path, "github.com/pratica-crm/") {
				continue
			}
			licence, err := licenseOf(m.Dir)
			if err != nil {
				t.Fatalf("%s: %v", m.Path, err)
			}
			out[m.Path] = licence
		}
	}
	return out
}

// packagesDirect are the packages of the workspace in the browser, as its lock file has them.
func packagesDirect(t *testing.T) map[string]string {
	t.Helper()
	var lock struct {
		Packages map[string]struct {
			License                       string
			Dependencies, DevDependencies map[string]string
		}
	}
	text, err := os.ReadFile("../web/app/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, names := range []map[string]string{lock.Packages[""].Dependencies, lock.Packages[""].DevDependencies} {
		for name, version := range names {
			if version == "" || strings.ContainsAny(version[:1], "^~*<>") {
				t.Errorf("%s is not pinned: %q", name, version)
			}
			out[name] = lock.Packages["node_modules/"+name].License
		}
	}
	for path, p := range lock.Packages {
		if path != "" && !slices.Contains(carried, p.License) {
			t.Errorf("%s is under %q", path, p.License)
		}
	}
	return out
}
