package overlay

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// tags are the YAML types of what a parameter may hold.
var tags = map[string]string{"integer": "!!int", "boolean": "!!bool", "string": "!!str"}

// checkParam holds a value against what the base declares.
func checkParam(p element, value *yaml.Node) *refusal {
	kind := scalar(get(p.node, "type"))
	if value.Kind != yaml.ScalarNode || value.ShortTag() != tags[kind] {
		return refuseType(p, kind, value)
	}
	switch kind {
	case "integer":
		return checkNumber(p, value)
	case "string":
		return checkWords(p, value)
	}
	return nil
}

// checkStrict lets a parameter that is only to be tightened move where no clause that reads it gets easier.
func (w *work) checkStrict(p element, value *yaml.Node) *refusal {
	if p.seal() > tighten {
		return nil
	}
	var template any
	if err := w.root.Decode(&template); err != nil {
		return nil // the template is no template, which its own check reports
	}
	leaning, standard := workflow.Leanings(template)[p.name], get(p.node, "default")
	var strict bool
	if scalar(get(p.node, "type")) == "integer" {
		strict = leaning.Stricter(cmp.Compare(whole(value), whole(standard)))
	} else {
		strict = leaning == workflow.Unread || value.Value == scalar(standard)
	}
	if strict {
		return nil
	}
	return refuseLoose(p, leaning, scalar(standard), value)
}

// checkNumber lets a figure move up to a declared bound; where there is none, only a free one may move that way.
func checkNumber(p element, value *yaml.Node) *refusal {
	wanted, standard := whole(value), whole(get(p.node, "default"))
	for _, side := range []struct {
		bound string
		sign  int64
	}{{"minimum", -1}, {"maximum", 1}} {
		bound := get(p.node, side.bound)
		switch {
		case bound != nil && beyond(wanted, whole(bound), side.sign):
			return refuseValue(p, side.bound+" "+bound.Value, value)
		case bound == nil && beyond(wanted, standard, side.sign) && p.seal() < free:
			return refuseUnbounded(p, side.bound, strconv.FormatInt(standard, 10), value)
		}
	}
	return nil
}

// beyond tells whether n lies past a limit, above it (sign 1) or below it (sign -1).
func beyond(n, limit, sign int64) bool { return sign > 0 && n > limit || sign < 0 && n < limit }

func checkWords(p element, value *yaml.Node) *refusal {
	var allowed []string
	for _, n := range content(get(p.node, "enum")) {
		allowed = append(allowed, n.Value)
	}
	if len(allowed) > 0 && !slices.Contains(allowed, value.Value) {
		return refuseValue(p, "enum "+strings.Join(allowed, ", "), value)
	}
	if longest := get(p.node, "maxLength"); longest != nil && int64(utf8.RuneCountInString(value.Value)) > whole(longest) {
		return refuseValue(p, "maxLength "+longest.Value, value)
	}
	return nil
}

// whole reads an integer; zero when the node is none, which the check of the template reports.
func whole(n *yaml.Node) int64 {
	var i int64
	if n == nil || n.Decode(&i) != nil {
		return 0
	}
	return i
}

// noLonger compares two deadlines of one calendar; working days are whole.
func noLonger(a, b workflow.Duration, business bool) bool {
	if business {
		return a.Clock == 0 && a.Days <= b.Days
	}
	return time.Duration(a.Days)*24*time.Hour+a.Clock <= time.Duration(b.Days)*24*time.Hour+b.Clock
}
