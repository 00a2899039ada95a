package overlay

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// MaxDepth is how many overlays may stand on one another.
const MaxDepth = 8

// Extends names the version of the base an overlay was written for.
type Extends struct {
	Key     string `json:"key" yaml:"key"`
	Version int    `json:"version" yaml:"version"`
}

// String is "key version N", as messages name a base.
func (e Extends) String() string { return fmt.Sprintf("%s version %d", e.Key, e.Version) }

// Origin is the place of an overlay that a line of a resolved template comes from.
type Origin struct {
	Overlay   string `json:"overlay"`   // key of the overlay
	Operation int    `json:"operation"` // from one; 0 is the overlay's metadata or tests
	Line      int    `json:"line"`
	Column    int    `json:"column"`
}

// Resolved is a template that no longer needs its base.
type Resolved struct {
	Source  []byte         // YAML, in the authors' order
	Origins map[int]Origin // line of Source → where it comes from; a line of the base has none
}

// Header is what an overlay says about itself.
type Header struct {
	Key     string
	Extends Extends
}

// ReadHeader tells which base an overlay was written for, or what is wrong with the overlay's form.
func ReadHeader(source []byte) (Header, []workflow.Finding) {
	o, found := read(source)
	if len(found) > 0 {
		return Header{}, found
	}
	return Header{o.key, o.extends}, nil
}

// overlay is a file that has the right form.
type overlay struct {
	key        string
	extends    Extends
	extendsAt  *yaml.Node
	metadata   *yaml.Node
	tests      *yaml.Node // nil without
	operations []operation
}

// operation is one entry of the list, with its nodes for their places.
type operation struct {
	number int // from one
	name   string
	node   *yaml.Node
}

func (o operation) get(key string) *yaml.Node { return get(o.node, key) }
func (o operation) text(key string) string    { return scalar(get(o.node, key)) }

// Resolve applies an overlay to its base. Without findings and error the result is whole; with findings it is empty.
// The version in extends is for whoever loads the base (ReadHeader): a template does not carry its own.
func Resolve(base, source []byte) (Resolved, []workflow.Finding, error) {
	return resolve(Resolved{Source: base}, source)
}

func resolve(base Resolved, source []byte) (Resolved, []workflow.Finding, error) {
	o, found := read(source)
	if len(found) > 0 {
		return Resolved{}, found, nil
	}
	w, err := newWork(base, o.key)
	if err != nil {
		return Resolved{}, nil, err
	}
	if key := w.key(); key != o.extends.Key {
		return Resolved{}, []workflow.Finding{wrongBase(o, key)}, nil
	}
	for _, r := range w.apply(o) {
		found = append(found, r.finding())
	}
	if len(found) > 0 {
		return Resolved{}, found, nil
	}
	resolved, err := w.write()
	return resolved, nil, err
}

// ResolveChain resolves an overlay whose base may be an overlay too, down to the template they all stand on.
// load gives the source of a version, template or overlay; its errors are returned wrapped.
// A chain that comes back to itself, or is deeper than MaxDepth, is an error that names it.
func ResolveChain(load func(key string, version int) ([]byte, error), source []byte) (Resolved, []workflow.Finding, error) {
	o, found := read(source)
	if len(found) > 0 {
		return Resolved{}, found, nil
	}
	bases, err := descend(load, o.extends)
	if err != nil {
		return Resolved{}, nil, err
	}
	last := len(bases) - 1
	resolved := Resolved{Source: bases[last].source}
	for i := last - 1; i >= 0; i-- {
		resolved, found, err = resolve(resolved, bases[i].source)
		if len(found) > 0 {
			err = fmt.Errorf("line %d, %s: %s", found[0].Line, found[0].At, found[0].Message)
		}
		if err != nil {
			return Resolved{}, nil, fmt.Errorf("the base %s does not resolve: %w", bases[i].name, err)
		}
	}
	return resolve(resolved, source)
}

type link struct {
	name   Extends
	source []byte
}

// descend loads the bases from the nearest to the template at the bottom.
func descend(load func(string, int) ([]byte, error), next Extends) ([]link, error) {
	var bases []link
	for {
		path := make([]string, 0, len(bases)+1)
		cyclic := false
		for _, b := range bases {
			path = append(path, b.name.String())
			cyclic = cyclic || b.name == next
		}
		path = append(path, next.String())
		switch {
		case cyclic:
			return nil, errors.New("extends goes in a circle: " + strings.Join(path, " → ") + "; let one of them extend a template")
		case len(bases) > MaxDepth:
			return nil, fmt.Errorf("more than %d overlays stand on one another: %s; let this one extend a base nearer to the template", MaxDepth, strings.Join(path, " → "))
		}
		source, err := load(next.Key, next.Version)
		if err != nil {
			return nil, fmt.Errorf("loading %s: %w", next, err)
		}
		bases = append(bases, link{next, source})
		if kindOf(source) != "WorkflowOverlay" {
			return bases, nil
		}
		o, found := read(source)
		if len(found) > 0 {
			return nil, fmt.Errorf("the base %s is refused: line %d, %s: %s", next, found[0].Line, found[0].At, found[0].Message)
		}
		next = o.extends
	}
}

func kindOf(source []byte) string {
	plain, _ := workflow.Plain(source)
	root, _ := plain.(map[string]any)
	kind, _ := root["kind"].(string)
	return kind
}

// read gives an overlay of the right form, or what is wrong with it.
func read(source []byte) (*overlay, []workflow.Finding) {
	if len(source) > workflow.MaxTemplate {
		return nil, []workflow.Finding{finding("syntax", "/", &yaml.Node{Line: 1, Column: 1}, "larger than 1 MiB; an overlay that large should be a template of its own")}
	}
	if found := workflow.OverlayForm(source); len(found) > 0 {
		return nil, found
	}
	root, err := parse(source)
	if err != nil {
		return nil, []workflow.Finding{finding("syntax", "/", &yaml.Node{Line: 1, Column: 1}, err.Error())}
	}
	metadata := get(root, "metadata")
	o := &overlay{key: scalar(get(metadata, "key")), metadata: metadata, extendsAt: get(metadata, "extends"), tests: get(root, "tests")}
	if err := o.extendsAt.Decode(&o.extends); err != nil {
		return nil, []workflow.Finding{finding("schema", "/metadata/extends", o.extendsAt, err.Error())}
	}
	for i, node := range get(root, "operations").Content {
		o.operations = append(o.operations, operation{number: i + 1, name: scalar(get(node, "op")), node: node})
	}
	return o, nil
}

func wrongBase(o *overlay, key string) workflow.Finding {
	return finding("schema", "/metadata/extends", o.extendsAt, fmt.Sprintf("this overlay extends %s, the base given is %s: give the base it names", o.extends.Key, key))
}

func finding(code, at string, node *yaml.Node, message string) workflow.Finding {
	return workflow.Finding{Code: code, Severity: workflow.SeverityError, At: at, Line: node.Line, Column: node.Column, Message: message}
}
