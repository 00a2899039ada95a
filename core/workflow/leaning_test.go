package workflow

import "testing"

func TestLeanings(t *testing.T) {
	for expr, want := range map[string]Leaning{
		"n <= 5":                               Unread,
		"n <= params.x":                        Down,
		"n < params.x":                         Down,
		"params.x >= n + 1":                    Down,
		"n >= params.x":                        Up,
		"params.x < n":                         Up,
		"known(n) && (n <= params.x || m)":     Down,
		"n <= params.x && m >= params.x":       Unknown,
		"n == params.x":                        Unknown,
		"n <= params.x + 1":                    Unknown,
		"!(n <= params.x)":                     Unknown,
		"m ? n <= params.x : n > 5":            Unknown,
		"params.x <= params.x":                 Unknown,
		"(n <= params.x) == m":                 Unknown,
		"parts.all(p, p.n <= params.x)":        Unknown,
		"n <= (params.x > 3 ? 1 : 2)":          Unknown,
		"n <= params.y && [params.x].size()>0": Unknown,
		"n <=":                                 Unread,
	} {
		root := map[string]any{"invariants": []any{map[string]any{"id": "i", "expr": expr}}}
		if got := Leanings(root)["x"]; got != want {
			t.Errorf("%s: %d, want %d", expr, got, want)
		}
	}
	set := map[string]any{"transitions": []any{map[string]any{"actions": []any{map[string]any{"do": "fact.set", "value": "params.x"}}, "guards": 7}, 1}}
	if got := Leanings(set)["x"]; got != Unknown {
		t.Errorf("stored: %d", got)
	}
}
