package overlay

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

// What is wrong with the overlay as a whole is a finding with a place in it.
func TestOverlayRefused(t *testing.T) {
	base := file(t, "testdata/base.yaml")
	sound := preamble + "- {op: disable, transition: t_give_up}\n"
	for name, c := range map[string]struct{ was, is, code, at, says string }{
		"not YAML":          {"operations:", "operations: [", "syntax", "/", "not YAML"},
		"a template":        {"WorkflowOverlay", "Workflow", "schema", "/kind", "WorkflowOverlay"},
		"an unknown key":    {"metadata:", "metadat: {}\nmetadata:", "schema", "/metadat", "nearest known key: metadata"},
		"no extends":        {", extends: {key: network-mortgage, version: 1}", "", "schema", "/metadata", "extends is missing"},
		"no version":        {", version: 1", "", "schema", "/metadata/extends", "version is missing"},
		"no operations":     {"operations:", "operation:", "schema", "/operation", "operations"},
		"a key twice":       {"kind: W", "kind: WorkflowOverlay\nkind: W", "syntax", "/kind", "twice"},
		"another base":      {"key: network-mortgage", "key: network-loan", "schema", "/metadata/extends", "the base given is network-mortgage"},
		"a test of no form": {"operations:", "tests: [{name: x}]\noperations:", "schema", "/tests/0", "missing"},
		"too large":         {"operations:", strings.Repeat("# large\n", 150_000) + "operations:", "syntax", "/", "1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(sound, c.was) {
				t.Fatalf("%q is not in the overlay", c.was)
			}
			r, found, err := Resolve(base, []byte(strings.Replace(sound, c.was, c.is, 1)))
			if err != nil || r.Source != nil || len(found) == 0 {
				t.Fatal(found, err)
			}
			for _, f := range found {
				if f.Code == c.code && f.At == c.at && strings.Contains(f.Message, c.says) && f.Line > 0 && f.Column > 0 {
					return
				}
			}
			t.Errorf("wanted %s at %s saying %q, found %+v", c.code, c.at, c.says, found)
		})
	}
}

// What is wrong with the base is not the overlay's: an error.
func TestBaseRefused(t *testing.T) {
	for name, base := range map[string]string{
		"not YAML": "a: [", "empty": "", "a list": "[]", "an overlay": preamble + " []", "too large": strings.Repeat("# large\n", 150_000),
	} {
		if _, found, err := Resolve([]byte(base), []byte(preamble+" []")); err == nil || len(found) > 0 || !strings.Contains(err.Error(), "the base") {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

const regions = `kind: Workflow
metadata: {key: network-mortgage}
states:
  work:
    kind: parallel
    regions:
      money: {initial: asked, seal: extend, slot: money, states: {asked: {kind: atomic}, paid: {kind: final}}}
      house: {initial: seen, states: {seen: {kind: atomic}}}
  hold: {kind: atomic}
transitions: []
`

// A region takes states as a compound state does, and only its own states are inside its slot.
func TestRegionsHoldSlots(t *testing.T) {
	r, found, err := Resolve([]byte(regions), []byte(preamble+`- {op: add_state, slot: money, state: {counted: {kind: atomic}}}
- {op: add_transition, slot: money, transition: {id: t_count, from: [asked, counted], on: count, to: counted}}
`))
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	want := "        states:\n          asked: {kind: atomic}\n          paid: {kind: final}\n          counted: {kind: atomic}\n"
	if !strings.Contains(string(r.Source), want) {
		t.Errorf("resolved is\n%s", r.Source)
	}
	if _, found, _ = Resolve([]byte(regions), []byte(preamble+"- {op: add_transition, slot: money, transition: {id: t_x, from: seen, on: count, to: asked}}\n")); len(found) != 1 || found[0].Code != "seal_broken" {
		t.Errorf("a transition from another region: %v", found)
	}
}

// To enter a state is to enter what it starts with.
func TestSealedInitialStateIsNotEntered(t *testing.T) {
	overlay := preamble + "- {op: add_transition, slot: hold, transition: {id: t_x, from: hold, on: go, to: work}}\n"
	open := strings.Replace(regions, "hold: {kind: atomic}", "hold: {kind: atomic, seal: extend, slot: hold}", 1)
	if _, found, err := Resolve([]byte(open), []byte(overlay)); err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	for _, initial := range []string{"asked", "seen"} {
		base := strings.Replace(open, initial+": {kind: atomic", initial+": {kind: atomic, seal: sealed", 1)
		_, found, err := Resolve([]byte(base), []byte(overlay))
		if err != nil || len(found) != 1 || found[0].Code != "seal_broken" || !strings.Contains(found[0].Message, "state "+initial) {
			t.Errorf("%s: %v, %v", initial, found, err)
		}
	}
}

// An alias stands for a copy: changing one place leaves the others.
func TestAliasesAreCopies(t *testing.T) {
	base := strings.Replace(regions, "kind: atomic}}}\n  hold: {kind: atomic}", "kind: atomic, sla: &week {within: P7D, emits: late}}}}\n  hold: {kind: atomic, sla: *week}", 1)
	r, found, err := Resolve([]byte(base), []byte(preamble+"- {op: shorten_sla, state: seen, within: P1D}\n"))
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if !strings.Contains(string(r.Source), "hold: {kind: atomic, sla: {within: P7D, emits: late}}") || !strings.Contains(string(r.Source), "within: P1D") {
		t.Errorf("resolved is\n%s", r.Source)
	}
}

// A mark counts however YAML lets it be written.
func TestMandatoryHoweverSpelt(t *testing.T) {
	for _, spelt := range []string{"true", "True", "TRUE", "yes", "!!bool true"} {
		base := strings.Replace(regions, "transitions: []", "transitions: [{id: t_x, from: hold, on: go, to: work, seal: free, mandatory: "+spelt+"}]", 1)
		if _, found, err := Resolve([]byte(base), []byte(preamble+"- {op: disable, transition: t_x}\n")); err != nil || len(found) != 1 {
			t.Errorf("mandatory: %s: %v, %v", spelt, found, err)
		}
	}
}

// An overlay without operations changes the key and nothing else.
func TestNothingIsTheBase(t *testing.T) {
	for _, path := range []string{"testdata/base.yaml", "../testdata/mortgage-example.yaml", "../../../tenants/templates/application.yaml", "../../../tenants/templates/submission.yaml"} {
		base := file(t, path)
		before, _ := workflow.Plain(base)
		key := before.(map[string]any)["metadata"].(map[string]any)["key"].(string)
		r, found, err := Resolve(base, []byte(over("agency", key, 1, "")))
		if err != nil || len(found) > 0 {
			t.Fatal(path, found, err)
		}
		after, _ := workflow.Plain(r.Source)
		before.(map[string]any)["metadata"].(map[string]any)["key"] = "agency"
		delete(before.(map[string]any), "tests")
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s is no longer itself:\n%s", path, r.Source)
		}
	}
}

// Whatever the two texts are: no panic, and an answer that is whole or refused.
func FuzzResolve(f *testing.F) {
	base := file(f, "testdata/base.yaml")
	f.Add(base, file(f, "testdata/example/overlay.yaml"))
	f.Add([]byte(regions), []byte(preamble+"- {op: add_state, slot: money, state: {a: {kind: atomic}}}"))
	f.Add([]byte("kind: Workflow\nmetadata: {key: network-mortgage}\nstates: {a: &a {states: *a}}"), []byte(preamble+" []"))
	f.Add([]byte("# a\nkind: Workflow # b\nmetadata: {key: network-mortgage} # c\nparams: [a, # d\n  b]"), []byte(preamble+"- # x\n  {op: set_text, path: a, text: {}}"))
	f.Fuzz(func(t *testing.T, base, source []byte) {
		if len(base)+len(source) > 1<<16 {
			return
		}
		r, found, err := Resolve(base, source)
		if whole := r.Source != nil; whole == (err != nil || len(found) > 0) {
			t.Errorf("whole %v, %v, %v", whole, found, err)
		}
	})
}
