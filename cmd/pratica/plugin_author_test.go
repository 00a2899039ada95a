package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// tutorial are the blocks of plugins/README.md that a reader types, by what stands after "tested".
func tutorial(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../plugins/README.md")
	must(t, err)
	out := map[string]string{}
	for _, b := range regexp.MustCompile("(?s)<!-- tested(?:: ([a-z]+))? -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out[b[1]] = b[2]
	}
	return out
}

// TestTenMinutes types the tutorial's lines in an empty folder: to a signed and published package, and to where it runs.
func TestTenMinutes(t *testing.T) {
	t.Parallel() // it waits for compilers
	bin, err := programs()
	must(t, err)
	dir := t.TempDir()
	env := append(environment(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "XDG_CONFIG_HOME="+filepath.Join(dir, "settings"), "GOFLAGS=")
	lines := tutorial(t)
	for _, name := range []string{"", "operator", "node"} {
		if lines[name] == "" {
			t.Fatalf("the tutorial has no block %q", name)
		}
	}
	typed := func(in, block string) {
		t.Helper()
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", block)
		cmd.Dir, cmd.Env = in, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s\n%s", err, block, out)
		}
	}
	typed(dir, lines[""])
	for _, made := range []string{"acme/acme", "acme/report.xml", "acme/SETTINGS.md", "acme/cassettes/recorded.json", "acme/dist/acme-0.1.0.tar.gz", "acme/dist/acme-0.1.0.tar.gz.sig", "public/index.json", "public/acme-0.1.0.tar.gz"} {
		if s, err := os.Stat(filepath.Join(dir, made)); err != nil || s.Size() == 0 {
			t.Errorf("the tutorial does not make %s: %v", made, err)
		}
	}
	t.Run("node", func(t *testing.T) {
		if _, err := exec.LookPath("npm"); err != nil {
			t.Skip("npm is not installed: " + err.Error())
		}
		typed(dir, lines["node"])
	})
	t.Run("operator", func(t *testing.T) {
		dev := startDev(t, filepath.Join(dir, ".pratica"), "--no-demo")
		defer dev.kill()
		typed(filepath.Join(dir, "acme"), lines["operator"])
	})
}

// TestPluginTestExits: 0, 1 and 2 are what continuous integration goes by, and --json is the report.
func TestPluginTestExits(t *testing.T) {
	t.Parallel() // it waits more than it works
	bin, err := programs()
	must(t, err)
	run := func(args ...string) (out []byte, code int) {
		cmd := exec.Command(filepath.Join(bin, "pratica"), append([]string{"plugin", "test"}, args...)...)
		cmd.Env = environment()
		out, _ = cmd.Output()
		return out, cmd.ProcessState.ExitCode()
	}
	portal := filepath.Join(bin, "connectors", "bankportal")
	spec := file(t, "conformance.yaml", "bank: mock\nconfig: {url: \"{bank}/aurora\", token: demo-aurora}\n")
	out, code := run(portal, "--json", "--spec", spec)
	var report struct {
		Format     int
		Connector  string
		Conformant bool
		Score      int
		Checks     []struct{ ID, Status, Link string }
	}
	if err := json.Unmarshal(out, &report); err != nil || report.Format != 1 || report.Connector != "bankportal" || report.Conformant != (code == 0) || code > 1 || len(report.Checks) < 20 {
		t.Errorf("%d %v\n%s", code, err, out)
	}
	wrong := file(t, "wrong.yaml", "bank: mock\nconfig: {url: \"{bank}/nowhere\", token: demo-aurora}\n")
	if out, code := run(portal, "--spec", wrong); code != 1 {
		t.Errorf("at a bank that is not there: %d\n%s", code, out)
	}
	for _, args := range [][]string{{filepath.Join(bin, "absent")}, {portal, "--no-such-flag"}, {portal, "--spec", "absent.yaml"}, {portal, "--spec", file(t, "odd.yaml", "bank: https://bank.example\n")}, {}} {
		if out, code := run(args...); code != 2 {
			t.Errorf("%v: %d\n%s", args, code, out)
		}
	}
}
