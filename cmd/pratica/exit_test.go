package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExitCodes: what cannot be read as a command line is "the tool could not do its work" for the workflow verbs, whose codes are
// a contract; other verbs keep the command line library's.
func TestExitCodes(t *testing.T) {
	bin, err := programs()
	must(t, err)
	for _, c := range []struct {
		code int
		args []string
	}{
		{2, []string{"workflow"}},
		{2, []string{"workflow", "check"}},
		{2, []string{"workflow", "prove", soundTemplate}},
		{2, []string{"workflow", "check", "--jsno", soundTemplate}},
		{2, []string{"workflow", "export", soundTemplate, "--format", "png"}},
		{2, []string{"workflow", "check", "no-such.yaml"}},
		{0, []string{"workflow", "check", "--help"}},
		{0, []string{"workflow", "check", soundTemplate}},
		{1, []string{"workflow", "check", flawedTemplate}},
		{80, []string{"no-such-verb"}},
	} {
		err := exec.Command(filepath.Join(bin, "pratica"), c.args...).Run()
		code := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			must(t, err)
		}
		if code != c.code {
			t.Errorf("pratica %v: exit %d, want %d", c.args, code, c.code)
		}
	}
}
