package overlay

import (
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// Each file is an overlay, what the network changed under it, and what comes of it.
func TestRebase(t *testing.T) {
	base := string(file(t, "testdata/base.yaml"))
	cases(t, "rebase", 2, func(t *testing.T, parts []string) string {
		var edits []struct{ Was, Is string }
		if err := yaml.Unmarshal([]byte(parts[1]), &edits); err != nil {
			t.Fatal(err)
		}
		newer := base
		for _, e := range edits {
			if strings.Count(newer, e.Was) != 1 {
				t.Fatalf("%q stands %d times in the base", e.Was, strings.Count(newer, e.Was))
			}
			newer = strings.Replace(newer, e.Was, e.Is, 1)
		}
		r, found, err := Rebase([]byte(base), []byte(newer), []byte(preamble+parts[0]))
		if err != nil || len(found) > 0 {
			t.Fatal(found, err)
		}
		formIsSound(t, r.Resolved)
		var out strings.Builder
		for _, c := range r.Conflicts {
			fmt.Fprintf(&out, "conflict in operation %d (%s) %d:%d: %s\n    %s\n    %s\n", c.Operation, c.Op, c.Line-preambleLines, c.Column, c.Why, c.Text.EN, c.Text.IT)
		}
		for _, c := range r.Changes {
			fmt.Fprintf(&out, "%s (%s)\n    %s\n", c.Text.EN, c.Weight, c.Text.IT)
		}
		return out.String()
	})
}

func TestRebaseOfWhatDoesNotFit(t *testing.T) {
	base := file(t, "testdata/base.yaml")
	broken := []byte(preamble + "- {op: disable, transition: t_nowhere}\n")
	if _, found, err := Rebase(base, base, broken); err != nil || len(found) != 1 || found[0].At != "operation:1" {
		t.Errorf("an overlay that never fitted: %v, %v", found, err)
	}
	sound := []byte(preamble + "- {op: disable, transition: t_give_up}\n")
	other := []byte(strings.Replace(string(base), "key: network-mortgage", "key: network-loan", 1))
	if _, found, err := Rebase(base, other, sound); err != nil || len(found) != 1 || found[0].At != "/metadata/extends" {
		t.Errorf("another template as the new base: %v, %v", found, err)
	}
	if _, _, err := Rebase(base, []byte("a: ["), sound); err == nil || !strings.Contains(err.Error(), "the base") {
		t.Errorf("a new base that is not YAML: %v", err)
	}
	r, _, err := Rebase(base, base, sound)
	if err != nil || len(r.Changes) != 0 || len(r.Conflicts) != 0 || r.Conflicts == nil {
		t.Errorf("the same base: %+v, %v", r, err)
	}
}
