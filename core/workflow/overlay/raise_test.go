package overlay

import (
	"strings"
	"testing"
)

func TestRaise(t *testing.T) {
	const rest = "operations: []  # perché\n"
	for name, c := range map[string]struct{ metadata, want string }{
		"in brackets": {"metadata: {key: a, extends: {key: b, version: 3}} # of March\n", "metadata: {key: a, extends: {key: b, version: 14}} # of March\n"},
		"in a block":  {"metadata:\n  # where it comes from\n  key: a\n  extends:\n    version: 3 # the third\n    key: b\n", "metadata:\n  # where it comes from\n  key: a\n  extends:\n    version: 14 # the third\n    key: b\n"},
		"after words that take more than a byte": {"metadata: {key: a, title: {en: È, it: È}, extends: {key: b, version: 3}}\n",
			"metadata: {key: a, title: {en: È, it: È}, extends: {key: b, version: 14}}\n"},
		"with the lines of another system": {"metadata: {key: a, extends: {key: b, version: 3}}\r\n", "metadata: {key: a, extends: {key: b, version: 14}}\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			before := "apiVersion: pratica/v1\nkind: WorkflowOverlay\n"
			got, err := Raise([]byte(before+c.metadata+rest), 14)
			if err != nil || string(got) != before+c.want+rest {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
	for name, c := range map[string]struct{ source, says string }{
		"behind an anchor": {strings.Replace(over("a", "b", 3, ""), "version: 3", "version: &v 3", 1), "by hand"},
		"not an overlay":   {"kind: Workflow\n", "apiVersion is missing"},
	} {
		if got, err := Raise([]byte(c.source), 4); err == nil || got != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}
