package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/plugins/author"
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
		{2, []string{"plugin", "test"}},
		{2, []string{"plugin", "test", "no-such-program"}},
		{2, []string{"plugin", "test", "main.go", "--no-such-flag"}},
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

// TestErrorsLeadOn: whatever goes wrong with a connector's verbs, and does not say so itself, ends with where to read on; the sections are there.
func TestErrorsLeadOn(t *testing.T) {
	guide, err := os.ReadFile("../../plugins/README.md")
	must(t, err)
	for _, verbs := range []reflect.Type{reflect.TypeFor[pluginAuthor](), reflect.TypeFor[pluginOperator]()} {
		for i := range verbs.NumField() {
			_, section, found := strings.Cut(linked([]string{"plugin", strings.ToLower(verbs.Field(i).Name)}, errors.New("it went wrong")).Error(), author.Docs+"#")
			if _, author := sections[strings.ToLower(verbs.Field(i).Name)]; !found || author != (verbs == reflect.TypeFor[pluginAuthor]()) || !strings.Contains(strings.ToLower(string(guide)), "\n## "+strings.ReplaceAll(section, "-", " ")+"\n") {
				t.Errorf("%s leads to %q", verbs.Field(i).Name, section)
			}
		}
	}
	for _, args := range [][]string{nil, {"plugin"}, {"workflow", "check"}} {
		if err := errors.New("it went wrong"); linked(args, err) != err {
			t.Errorf("%v: %v", args, linked(args, err))
		}
	}
	if err := errors.New("see https://elsewhere.example"); linked([]string{"plugin", "test"}, err) != err {
		t.Error("it leads on twice")
	}
}
