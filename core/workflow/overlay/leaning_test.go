package overlay

import (
	"fmt"
	"strings"
	"testing"
)

const limits = `kind: Workflow
metadata: {key: network-mortgage}
params:
  x: {type: %s%s, seal: %s}
states: {a: {kind: atomic}, b: {kind: atomic}}
transitions: [{id: t_go, from: a, on: go, to: b, guards: [{id: g_go, seal: sealed, expr: "%s"}]}]
invariants: [{id: inv_b, in: [b], expr: "%s"}]
`

// TestParametersOnlyTighten: under seal: tighten no value lets through what a guard or an invariant refused before.
func TestParametersOnlyTighten(t *testing.T) {
	for _, c := range []struct{ name, kind, seal, guard, invariant, value, refused string }{
		{"a ceiling goes down", "integer", "tighten", "n <= params.x", "true", "40", ""},
		{"a ceiling does not go up", "integer", "tighten", "n <= params.x", "true", "60", "only a lower value"},
		{"a floor goes up", "integer", "tighten", "n >= params.x", "true", "60", ""},
		{"a floor does not go down", "integer", "tighten", "true", "n >= params.x", "40", "only a higher value"},
		{"what is both stays", "integer", "tighten", "n >= params.x", "n <= params.x", "60", "no other value"},
		{"what is counted with stays", "integer", "tighten", "n <= params.x + 1", "true", "40", "no other value"},
		{"the value it has is none", "integer", "tighten", "n == params.x", "true", "50", ""},
		{"what nobody reads moves", "integer", "tighten", "true", "true", "60", ""},
		{"a switch stays", "boolean", "tighten", "params.x", "true", "true", "no other value"},
		{"a switch nobody reads moves", "boolean", "tighten", "true", "true", "true", ""},
		{"extend lets it move", "integer", "extend", "n <= params.x", "true", "60", ""},
		{"free lets it move", "integer", "free", "n == params.x", "true", "60", ""},
		{"sealed never moves", "integer", "sealed", "true", "true", "40", "has seal: sealed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := map[string]string{"integer": ", default: 50, minimum: 0, maximum: 100", "boolean": ", default: false"}[c.kind]
			base := fmt.Sprintf(limits, c.kind, values, c.seal, c.guard, c.invariant)
			_, found, err := Resolve([]byte(base), []byte(preamble+"- {op: set_param, param: x, value: "+c.value+"}\n"))
			switch {
			case err != nil:
				t.Fatal(err)
			case c.refused == "" && len(found) > 0:
				t.Error(found)
			case c.refused != "" && (len(found) != 1 || found[0].Code != "seal_broken" || !strings.Contains(found[0].Message, c.refused)):
				t.Errorf("%v does not say %q", found, c.refused)
			}
		})
	}
}
