package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// parse reads YAML that is within a template's bounds, every alias replaced by a copy of what it stands for:
// an operation on one place must not change another.
func parse(source []byte) (*yaml.Node, error) {
	if _, found := workflow.Plain(source); len(found) > 0 {
		return nil, fmt.Errorf("line %d: %s", found[0].Line, found[0].Message)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	root := clone(document.Content[0], nil)
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("the file is not a mapping")
	}
	root.HeadComment = strings.TrimSpace(document.HeadComment + "\n\n" + root.HeadComment)
	return root, nil
}

// clone copies a node without aliases and anchors, and tells each copy to visit. Comments inside brackets are
// dropped: the encoder does not put them back where they stood.
func clone(n *yaml.Node, visit func(copied *yaml.Node)) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	c := *n
	c.Anchor, c.Alias, c.Content = "", nil, nil
	for _, x := range n.Content {
		x = clone(x, visit)
		if n.Style&yaml.FlowStyle != 0 {
			x.HeadComment, x.LineComment, x.FootComment = "", "", ""
		}
		c.Content = append(c.Content, x)
	}
	if visit != nil {
		visit(&c)
	}
	return &c
}

func encode(root *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// get is the value of a key of a mapping; nil when n is none or has no such key.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// put sets a key of a mapping, in its place when it is there, else at the end.
func put(n *yaml.Node, key string, v *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = v
			return
		}
	}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
}

// drop removes a key of a mapping.
func drop(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
			return
		}
	}
}

// child is the collection at a key, made when it is absent or says nothing.
func child(n *yaml.Node, key string, kind yaml.Kind) *yaml.Node {
	if c := get(n, key); c != nil && c.Kind == kind {
		return c
	}
	c := &yaml.Node{Kind: kind}
	put(n, key, c)
	return c
}

func scalar(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// pairs walks a mapping in its order.
func pairs(n *yaml.Node, visit func(key string, v *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		visit(n.Content[i].Value, n.Content[i+1])
	}
}

// content is the members of a list.
func content(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// names reads a list of names, or one name.
func names(n *yaml.Node) []*yaml.Node {
	if n != nil && n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	return content(n)
}

// truth reads a flag as YAML does, however it is spelt.
func truth(n *yaml.Node) bool {
	var b bool
	return n != nil && n.Decode(&b) == nil && b
}
