package draw

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/scxml"
)

// machines are the template with everything, those the product ships, and every statechart of the import's suite.
func machines(t *testing.T) map[string]*workflow.Machine {
	t.Helper()
	out := map[string]*workflow.Machine{}
	shipped, err := filepath.Glob("../../../tenants/templates/*.yaml")
	if err != nil || len(shipped) == 0 {
		t.Fatal(shipped, err)
	}
	for _, path := range append(shipped, everything, "../testdata/mortgage-example.yaml", "../testdata/compound.yaml") {
		out[path] = compiled(t, path)
	}
	charts, err := filepath.Glob("../scxml/testdata/charts/*.txt")
	if err != nil || len(charts) == 0 {
		t.Fatal(charts, err)
	}
	for _, path := range charts {
		source, err := scxml.Import(strings.NewReader(strings.Split(string(read(t, path)), "\n---\n")[1]))
		if err != nil {
			t.Fatal(path, err)
		}
		m, findings := workflow.Compile(source)
		if m == nil {
			t.Fatal(path, findings)
		}
		out[path] = m
	}
	return out
}

// each runs a check on one language's drawing of every machine, twice the same.
func each(t *testing.T, format string, check func(t *testing.T, m *workflow.Machine, drawing string)) {
	for path, m := range machines(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			drawing := Formats[format](m)
			if again := Formats[format](m); again != drawing {
				t.Error("two drawings of one template differ")
			}
			check(t, m, drawing)
			if t.Failed() {
				t.Log(drawing)
			}
		})
	}
}

type tag struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Tags    []*tag     `xml:",any"`
}

func (x *tag) attr(name string) string {
	for _, a := range x.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (x *tag) all() []*tag {
	out := []*tag{x}
	for _, c := range x.Tags {
		out = append(out, c.all()...)
	}
	return out
}

// parsed reads an XML document and collects its ids, none of which stands twice.
func parsed(t *testing.T, drawing string) (*tag, map[string]*tag) {
	t.Helper()
	root, ids := &tag{}, map[string]*tag{}
	if err := xml.Unmarshal([]byte(drawing), root); err != nil {
		t.Fatal(err)
	}
	for _, x := range root.all() {
		if id := x.attr("id"); id != "" {
			if ids[id] != nil {
				t.Errorf("the id %s stands twice", id)
			}
			if !ncName.MatchString(id) {
				t.Errorf("%q is no XML id", id)
			}
			ids[id] = x
		}
	}
	return root, ids
}

var ncName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// An SCXML document holds each state once, and its targets and beginnings are ids of states in the right place.
func TestSCXMLStructure(t *testing.T) {
	each(t, "scxml", func(t *testing.T, m *workflow.Machine, drawing string) {
		root, ids := parsed(t, drawing)
		if root.XMLName.Space != "http://www.w3.org/2005/07/scxml" || root.attr("version") != "1.0" {
			t.Errorf("the root is %v", root.XMLName)
		}
		for _, name := range m.StateNames() {
			if ids[name] == nil {
				t.Errorf("the state %s is missing", name)
			}
		}
		for _, x := range root.all() {
			for _, id := range strings.Fields(x.attr("target")) {
				if ids[id] == nil || !slices.Contains([]string{"state", "parallel", "final", "history"}, ids[id].XMLName.Local) {
					t.Errorf("the target %s is no state", id)
				}
			}
			for _, id := range strings.Fields(x.attr("initial")) {
				if !slices.Contains(x.all(), ids[id]) {
					t.Errorf("the initial %s is not inside %s", id, x.attr("id"))
				}
			}
			if x.XMLName.Local == "history" && (len(x.Tags) != 1 || x.Tags[0].attr("target") == "") {
				t.Errorf("the history %s leads nowhere", x.attr("id"))
			}
		}
	})
}

// A BPMN document refers to nothing that is not there, no flow crosses the border of a sub-process, and the drawing shows
// every element inside the one that holds it.
func TestBPMNStructure(t *testing.T) {
	each(t, "bpmn", func(t *testing.T, m *workflow.Machine, drawing string) {
		root, ids := parsed(t, drawing)
		for _, x := range root.all() {
			for _, ref := range []string{"sourceRef", "targetRef", "attachedToRef", "bpmnElement", "messageRef", "escalationRef", "default"} {
				if id := x.attr(ref); id != "" && ids[id] == nil {
					t.Errorf("%s %s: %s %s is not there", x.XMLName.Local, x.attr("id"), ref, id)
				}
			}
			if x.XMLName.Local == "process" || x.XMLName.Local == "subProcess" {
				checkScope(t, x, ids)
			}
		}
		checkPlane(t, root)
		for _, name := range m.StateNames() {
			if x := ids["State_"+name]; x == nil || !slices.Contains([]string{"userTask", "task", "endEvent"}, x.XMLName.Local) {
				t.Errorf("the state %s is %v", name, x)
			}
		}
	})
}

func checkScope(t *testing.T, scope *tag, ids map[string]*tag) {
	starts := 0
	for _, x := range scope.Tags {
		switch x.XMLName.Local {
		case "startEvent":
			starts++
		case "sequenceFlow":
			from, to := ids[x.attr("sourceRef")], ids[x.attr("targetRef")]
			if !slices.Contains(scope.Tags, from) || !slices.Contains(scope.Tags, to) {
				t.Errorf("the flow %s crosses a border", x.attr("id"))
			}
			if !hasText(from, "outgoing", x.attr("id")) || !hasText(to, "incoming", x.attr("id")) {
				t.Errorf("the ends of the flow %s do not know it", x.attr("id"))
			}
		case "boundaryEvent":
			if !slices.Contains(scope.Tags, ids[x.attr("attachedToRef")]) || !slices.ContainsFunc(x.Tags, func(d *tag) bool { return strings.HasSuffix(d.XMLName.Local, "EventDefinition") }) {
				t.Errorf("the event %s sits on no border or waits for nothing", x.attr("id"))
			}
		}
	}
	if starts != 1 {
		t.Errorf("%s has %d starts", scope.attr("id"), starts)
	}
}

func hasText(x *tag, name, text string) bool {
	return x != nil && slices.ContainsFunc(x.Tags, func(c *tag) bool { return c.XMLName.Local == name && c.Text == text })
}

func checkPlane(t *testing.T, root *tag) {
	drawn := map[string]int{}
	for _, x := range root.all() {
		if x.XMLName.Local == "BPMNShape" || x.XMLName.Local == "BPMNEdge" {
			drawn[x.attr("bpmnElement")]++
		}
		if x.XMLName.Local == "BPMNEdge" && len(x.Tags) < 2 {
			t.Errorf("the edge %s has no way", x.attr("id"))
		}
	}
	for _, x := range root.all() {
		switch x.XMLName.Local {
		case "startEvent", "endEvent", "boundaryEvent", "task", "userTask", "subProcess", "exclusiveGateway", "parallelGateway", "sequenceFlow":
			if drawn[x.attr("id")] != 1 {
				t.Errorf("%s is drawn %d times", x.attr("id"), drawn[x.attr("id")])
			}
		}
	}
}

// An XState configuration has the members XState knows, every target is an id, every initial a child.
func TestXStateStructure(t *testing.T) {
	each(t, "xstate", func(t *testing.T, m *workflow.Machine, drawing string) {
		var root map[string]any
		if err := json.Unmarshal([]byte(drawing), &root); err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		walkXState(root, func(node map[string]any) {
			id := node["id"].(string)
			if ids[id] {
				t.Errorf("the id %s stands twice", id)
			}
			ids[id] = true
		})
		for _, name := range m.StateNames() {
			if !ids[name] {
				t.Errorf("the state %s is missing", name)
			}
		}
		walkXState(root, func(node map[string]any) { checkXState(t, node, ids) })
	})
}

func walkXState(node map[string]any, do func(map[string]any)) {
	do(node)
	children, _ := node["states"].(map[string]any)
	for _, c := range children {
		walkXState(c.(map[string]any), do)
	}
}

func checkXState(t *testing.T, node map[string]any, ids map[string]bool) {
	known := []string{"id", "type", "initial", "states", "on", "always", "onDone", "after", "history", "target", "description", "meta", "output"}
	for key := range node {
		if !slices.Contains(known, key) {
			t.Errorf("%v: unknown member %s", node["id"], key)
		}
	}
	children, _ := node["states"].(map[string]any)
	switch initial := node["initial"].(type) {
	case string:
		if children[initial] == nil {
			t.Errorf("%v begins with %s, which is not in it", node["id"], initial)
		}
	case nil:
		if children != nil && node["type"] != "parallel" {
			t.Errorf("%v does not say where it begins", node["id"])
		}
	}
	var targets func(v any)
	targets = func(v any) {
		switch x := v.(type) {
		case []any:
			for _, y := range x {
				targets(y)
			}
		case map[string]any:
			for key, y := range x {
				if key != "states" && key != "meta" && key != "params" && key != "target" {
					targets(y)
				}
				for _, target := range list(x["target"]) {
					id, ok := strings.CutPrefix(target.(string), "#")
					if !ok || !ids[strings.ReplaceAll(id, `\.`, ".")] {
						t.Errorf("%v leads to %v, which is no id", node["id"], target)
					}
				}
			}
		}
	}
	targets(node)
}

func list(v any) []any {
	if many, ok := v.([]any); ok || v == nil {
		return many
	}
	return []any{v}
}

var (
	dotString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	dotEdge   = regexp.MustCompile(`^ *"" -> ""`)
)

// A DOT document is balanced outside its texts, and its edges join nodes that are there.
func TestDOTStructure(t *testing.T) {
	each(t, "dot", func(t *testing.T, m *workflow.Machine, drawing string) {
		bare := dotString.ReplaceAllString(drawing, `""`)
		if strings.Count(bare, "{") != strings.Count(bare, "}") || strings.Count(bare, "[") != strings.Count(bare, "]") || strings.Contains(strings.ReplaceAll(bare, `""`, ""), `"`) {
			t.Error("not balanced")
		}
		nodes := map[string]bool{}
		lines := strings.Split(strings.TrimSpace(drawing), "\n")
		for _, pass := range []string{"nodes", "edges"} {
			for _, line := range lines {
				texts := dotString.FindAllString(line, 2)
				edge := dotEdge.MatchString(dotString.ReplaceAllString(line, `""`))
				switch {
				case pass == "nodes" && !edge && len(texts) > 0 && strings.HasPrefix(strings.TrimSpace(line), `"`):
					if nodes[texts[0]] {
						t.Errorf("the node %s stands twice", texts[0])
					}
					nodes[texts[0]] = true
				case pass == "edges" && edge && (!nodes[texts[0]] || !nodes[texts[1]]):
					t.Errorf("an end is missing: %s", line)
				}
			}
		}
		for _, name := range m.StateNames() {
			if !nodes[`"`+name+`"`] {
				t.Errorf("the state %s is missing", name)
			}
		}
	})
}

// Titles that try to end the line, the text or the element they stand in stay words.
func TestHostileTitles(t *testing.T) {
	source, err := os.ReadFile(everything)
	if err != nil {
		t.Fatal(err)
	}
	hostile := strings.ReplaceAll(string(source), "en: Decide", `en: "]]> --> \\\" \r\n} ; [*] --> x : <script>&amp;\\N #quot;"`)
	m, findings := workflow.Compile([]byte(hostile))
	if m == nil {
		t.Fatal(findings)
	}
	for format, draw := range Formats {
		drawing := draw(m)
		if format == "scxml" || format == "bpmn" {
			parsed(t, drawing)
		}
		plain := Formats[format](compiled(t, everything))
		if strings.Count(drawing, "\n") != strings.Count(plain, "\n") {
			t.Errorf("%s: a title made lines of its own:\n%s", format, drawing)
		}
	}
}
