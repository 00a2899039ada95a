package workflow

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// MaxTemplate is the largest source that is read, in bytes.
const MaxTemplate = 1 << 20

// maxNodes bounds what anchors and aliases may unfold to.
const maxNodes = 100_000

// value is a YAML node that remembers where it stood and in what order.
type value struct {
	at     Position
	scalar any // string, int64, float64, bool or nil
	list   []*value
	fields []field
	kind   byte // 's' scalar, 'l' list, 'm' mapping
}

type field struct {
	key string
	at  Position
	val *value
}

func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for _, f := range v.fields {
		if f.key == key {
			return f.val
		}
	}
	return nil
}

// plain gives the value as encoding/json would have decoded it, with whole numbers as int64.
func (v *value) plain() any {
	if v == nil {
		return nil
	}
	switch v.kind {
	case 'l':
		out := make([]any, 0, len(v.list))
		for _, x := range v.list {
			out = append(out, x.plain())
		}
		return out
	case 'm':
		out := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			out[f.key] = f.val.plain()
		}
		return out
	}
	return v.scalar
}

var yamlLine = regexp.MustCompile(`line (\d+):? ?`)

// parseTree reads YAML; what it cannot read becomes findings of code syntax.
func parseTree(source []byte, found *findings) *value {
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		message, at := syntaxAt(source, strings.TrimPrefix(err.Error(), "yaml: "))
		found.add("syntax", "/", at, "not YAML: %s", message)
		return nil
	}
	if document.Kind == 0 || len(document.Content) == 0 {
		found.add("syntax", "/", Position{1, 1}, "the file is empty")
		return nil
	}
	c := converter{found: found}
	root, err := c.convert(document.Content[0], "", 0)
	if err != nil {
		found.add("syntax", "/", c.at, "%s", err)
		return nil
	}
	if !withinLimits(root, found) {
		return nil
	}
	return root
}

var unknownAnchor = regexp.MustCompile(`unknown anchor '([^']+)' referenced`)

// syntaxAt finds the place of a mistake in what the library says of it: it counts lines from zero when a closing bracket, a key
// or an item is missing, gives none for an alias, and never a column.
func syntaxAt(source []byte, message string) (string, Position) {
	lines := strings.Split(string(source), "\n")
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		for i, line := range lines {
			if column := strings.Index(line, "*"+m[1]); column >= 0 {
				return message, Position{i + 1, column + 1}
			}
		}
	}
	at := Position{Line: 1}
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = strings.Replace(message, m[0], "", 1)
		if strings.HasPrefix(message, "did not find expected") && !strings.Contains(message, "character") && !strings.Contains(message, "whitespace") {
			at.Line++
		}
	}
	at.Line = min(at.Line, len(lines))
	at.Column = mistakeIn(lines[at.Line-1], message)
	return message, at
}

// mistakeIn is the column of what is wrong in a line: the bracket that is not closed, the tab, else where the line begins.
func mistakeIn(line, message string) int {
	column := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case strings.Contains(message, "cannot start any token"):
		if i := strings.IndexAny(line, "\t@`%"); i >= 0 {
			column = i
		}
	case strings.Contains(message, "',' or"):
		var open []int
		for i, c := range line {
			switch c {
			case '{', '[':
				open = append(open, i)
			case '}', ']':
				open = open[:max(len(open)-1, 0)]
			}
		}
		if len(open) > 0 {
			column = open[0]
		}
	}
	return column + 1
}

type converter struct {
	found *findings
	nodes int
	at    Position
}

var errTooLarge = errors.New("the document unfolds to too many nodes or is nested too deeply")

func (c *converter) convert(n *yaml.Node, path string, depth int) (*value, error) {
	c.nodes++
	v := &value{at: Position{n.Line, n.Column}, kind: 's'}
	c.at = v.at
	if c.nodes > maxNodes || depth > 64 {
		return nil, errTooLarge
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.convert(n.Alias, path, depth+1)
	case yaml.SequenceNode:
		v.kind = 'l'
		for i, item := range n.Content {
			x, err := c.convert(item, path+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			v.list = append(v.list, x)
		}
	case yaml.MappingNode:
		v.kind = 'm'
		if err := c.mapping(n, v, path, depth); err != nil {
			return nil, err
		}
	default:
		scalar, err := scalarOf(n)
		if err != nil {
			return nil, err
		}
		v.scalar = scalar
	}
	return v, nil
}

func (c *converter) mapping(n *yaml.Node, v *value, path string, depth int) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := Position{key.Line, key.Column}
		if key.Kind != yaml.ScalarNode {
			c.at = at
			return errors.New("a key must be a plain name")
		}
		if seen[key.Value] {
			c.found.add("syntax", path+"/"+key.Value, at, "the key %s stands twice", key.Value)
			continue
		}
		seen[key.Value] = true
		x, err := c.convert(n.Content[i+1], path+"/"+key.Value, depth+1)
		if err != nil {
			return err
		}
		v.fields = append(v.fields, field{key: key.Value, at: at, val: x})
	}
	return nil
}

func scalarOf(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int":
		var i int64
		if err := n.Decode(&i); err != nil {
			return nil, fmt.Errorf("the number %.40s is too large", n.Value)
		}
		return i, nil
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, fmt.Errorf("%.40s is not a number a template may hold", n.Value)
		}
		return f, nil
	}
	return n.Value, nil
}
