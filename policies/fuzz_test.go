package policies

import (
	"strings"
	"testing"
)

// FuzzPolicyFile: a policy file is read whole or refused by the number of its line; a line is a rule, an heir or a proof, never less.
func FuzzPolicyFile(f *testing.F) {
	for _, seed := range []string{"p, broker, applications.read\n", "g, broker, any\n# said\n\n", "s, keys.rotate", "p,broker,x", "p, , \n", "p, broker, x, deny", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &base{}
		err := b.add("policies/x.csv", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "policies/x.csv:") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		lines := 0
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				lines++
			}
		}
		if read := len(b.rules) + len(b.heirs) + len(b.proof); read != lines {
			t.Fatalf("%q: %d lines, %d read", text, lines, read)
		}
	})
}
