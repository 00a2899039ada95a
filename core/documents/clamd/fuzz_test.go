package clamd

import (
	"strings"
	"testing"
)

// FuzzVerdict: a content is clean by the one word for it; every other answer names malware or is no answer, in characters a trail can keep.
func FuzzVerdict(f *testing.F) {
	f.Add("stream: OK")
	f.Fuzz(func(t *testing.T, answer string) {
		found, err := verdict(answer)
		words := found
		if err != nil {
			words = err.Error()
		}
		switch {
		case err == nil && found == "" && answer != "OK" && answer != "stream: OK":
			t.Fatalf("%q is taken for clean", answer)
		case len(words) > 500 || strings.ContainsFunc(words, func(r rune) bool { return r < ' ' || r > '~' }):
			t.Fatalf("%q comes to %q", answer, words)
		}
	})
}
