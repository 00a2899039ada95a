package workflow

import (
	"slices"
	"strconv"
	"strings"
)

// What the packages under this one need of the kernel, and nothing more.

// Nearest gives the known name closest to name, or "" when none is close enough to be meant.
func Nearest(name string, known []string) string { return nearest(name, known) }

// ParseDuration reads an ISO 8601 duration such as P3D or PT4H; false when s is none.
func ParseDuration(s string) (Duration, bool) { return parseDuration(s) }

// Plain reads YAML within the bounds of a template and gives it as encoding/json would have decoded it, with whole
// numbers as int64. It knows nothing of the format: a template that does not compile can be read too.
// The findings are all of code syntax; with any, the value may lack what they are about.
func Plain(source []byte) (any, []Finding) {
	found := &findings{}
	return parseTree(source, found).plain(), found.sorted()
}

// OverlayForm checks the form of an overlay, every operation with all it carries: shape, unknown keys, durations.
// Findings about an operation stand at "operation:N", counted from one. Names are not looked up: only a base knows them.
func OverlayForm(source []byte) []Finding {
	found := &findings{}
	root := parseTree(source, found)
	if root == nil || !overlayShape().check(root, "", found) {
		return found.sorted()
	}
	shapes := operationShapes()
	for i, v := range items(root.get("operations")) {
		at := "operation:" + strconv.Itoa(i+1)
		within := &findings{}
		op := v.get("op")
		shape := shapes[str(op)]
		switch {
		case v.kind != 'm' || op == nil:
			within.add("schema", at, v.at, "an operation is a mapping with op: one of %s", strings.Join(keys(shapes), ", "))
		case shape == nil:
			within.add("schema", at, op.at, "%.60s is no operation%s; there are %s", str(op), hint(str(op), keys(shapes)), strings.Join(keys(shapes), ", "))
		case shape.check(v, at, within):
			checkOperation(v, at, within)
		}
		for _, f := range within.list {
			f.At = at
			found.put(f)
		}
	}
	return found.sorted()
}

// checkOperation holds what a shape cannot say.
func checkOperation(v *value, at string, found *findings) {
	if s := v.get("state"); s != nil && s.kind == 'm' && len(s.fields) != 1 {
		found.add("schema", at, s.at, "write the one new state as it would stand under states: {NAME: {kind: atomic}}")
	}
	if w := v.get("within"); w != nil {
		if _, ok := parseDuration(str(w)); !ok {
			found.add("schema", at, w.at, "the deadline needs a duration such as P3D or PT4H")
		}
	}
}

func overlayShape() *shape {
	extends := record("key", "version").with("key", match(slug, 64)).with("version", &shape{kind: "int"})
	return record("apiVersion", "kind", "metadata", "operations").
		with("apiVersion", oneOf("pratica/v1")).
		with("kind", oneOf("WorkflowOverlay")).
		with("metadata", record("key", "extends").with("key", match(slug, 64)).with("title", both()).with("extends", extends)).
		with("operations", listOf(&shape{kind: "any"}, 500)).
		with("tests", listOf(testShape(), 500))
}

// operationShapes are the operations, each with what it carries in the very form of a template.
func operationShapes() map[string]*shape {
	named := match(name, 100)
	state := dictOf(stateShape(), 1)
	state.pattern = name
	shapes := map[string]*shape{
		"set_param":      record("param", "value").with("param", match(identifier, 64)).with("value", &shape{kind: "any"}),
		"add_guard":      record("transition", "guard").with("transition", named).with("guard", guardShape()),
		"add_state":      record("slot", "state").with("slot", named).with("state", state),
		"add_transition": record("slot", "transition").with("slot", named).with("transition", transitionShape()),
		"add_action":     record("transition", "action").with("transition", named).with("action", actionShape()),
		"set_text":       record("path", "text").with("path", text(400)).with("text", both()),
		"shorten_sla":    record("state", "within").with("state", named).with("within", text(40)),
		"disable":        record("transition").with("transition", named),
	}
	for op, s := range shapes {
		s.with("op", oneOf(op))
		s.required = slices.Insert(s.required, 0, "op")
	}
	return shapes
}

// KeyOf is metadata.key of a template or overlay; "" when the source has none that can be read.
func KeyOf(source []byte) string {
	return str(parseTree(source, &findings{}).get("metadata").get("key"))
}
