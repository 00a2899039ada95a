package overlay

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// shelf loads what it holds by "key version".
func shelf(files map[string]string) func(string, int) ([]byte, error) {
	return func(key string, version int) ([]byte, error) {
		source, ok := files[fmt.Sprintf("%s %d", key, version)]
		if !ok {
			return nil, errors.New("not on the shelf")
		}
		return []byte(source), nil
	}
}

func over(key, base string, version int, operations string) string {
	return fmt.Sprintf("apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: %s, extends: {key: %s, version: %d}}\noperations: [%s]\n", key, base, version, operations)
}

func TestChain(t *testing.T) {
	base := string(file(t, "testdata/base.yaml"))
	region := over("region", "network-mortgage", 3, "{op: set_param, param: max_ltv_bps, value: 7500}, {op: add_transition, slot: before_checks, transition: {id: t_stop, from: intake, on: pass, to: declined}}")
	agency := over("agency", "region", 2, "{op: add_guard, transition: t_stop, guard: {id: g_low, expr: 'bureau_score < 100'}}, {op: set_param, param: max_ltv_bps, value: 7000}")
	load := shelf(map[string]string{"network-mortgage 3": base, "region 2": region})
	r, found, err := ResolveChain(load, []byte(agency))
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	formIsSound(t, r)
	want := map[string]Origin{
		"key: agency":   {"agency", 0, 3, 17},
		"default: 7000": {"agency", 2, 4, 0},
		"- id: t_stop":  {"region", 2, 4, 0},
		"- {id: g_low, expr: 'bureau_score < 100'}":              {"agency", 1, 4, 0},
		"- {id: t_income, from: income, on: pass, to: identity}": {},
	}
	for i, line := range strings.Split(string(r.Source), "\n") {
		w, asked := want[strings.TrimSpace(line)]
		if !asked {
			continue
		}
		delete(want, strings.TrimSpace(line))
		got := r.Origins[i+1]
		if got.Overlay != w.Overlay || got.Operation != w.Operation || got.Line != w.Line {
			t.Errorf("%s: comes from %+v, want %+v", line, got, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the result: %v\n%s", want, r.Source)
	}
}

func TestChainsThatEndNowhere(t *testing.T) {
	base := string(file(t, "testdata/base.yaml"))
	deep := map[string]string{}
	for i := range 12 {
		deep[fmt.Sprintf("o%d 1", i)] = over(fmt.Sprintf("o%d", i), fmt.Sprintf("o%d", i+1), 1, "")
	}
	cases := map[string]struct {
		files map[string]string
		says  []string
	}{
		"a circle of two":    {map[string]string{"o0 1": over("o0", "o1", 1, ""), "o1 1": over("o1", "o0", 1, "")}, []string{"circle", "o0 version 1 → o1 version 1 → o0 version 1"}},
		"one that is itself": {map[string]string{"o0 1": over("o0", "o0", 1, "")}, []string{"circle", "o0 version 1 → o0 version 1"}},
		"too deep":           {deep, []string{"more than 8 overlays", "o0 version 1 → o1"}},
		"not there":          {map[string]string{}, []string{"loading o0 version 1", "shelf"}},
		"not an overlay":     {map[string]string{"o0 1": "kind: WorkflowOverlay"}, []string{"o0 version 1", "line 1"}},
		"no template":        {map[string]string{"o0 1": "- a list"}, []string{"the base", "mapping"}},
		"refused below":      {map[string]string{"o0 1": over("o0", "network-mortgage", 1, "{op: disable, transition: t_vote}"), "network-mortgage 1": base}, []string{"o0 version 1 does not resolve", "operation:1", "seal"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r, found, err := ResolveChain(shelf(c.files), []byte(over("agency", "o0", 1, "")))
			if err == nil || len(found) > 0 || r.Source != nil {
				t.Fatalf("%v, %v", found, err)
			}
			for _, words := range c.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q does not say %q", err, words)
				}
			}
		})
	}
}
