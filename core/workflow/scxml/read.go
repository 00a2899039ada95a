package scxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep elements nest; a template nests less.
const maxDepth = 64

// element is one XML element with what the import looks at: attributes without a namespace, and child elements.
type element struct {
	space, name string
	attrs       []xml.Attr
	children    []*element
	line        int
}

// attr gives an attribute without a namespace, and whether it is there.
func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// words gives an attribute that is a list of names.
func (e *element) words(name string) []string {
	v, _ := e.attr(name)
	return strings.Fields(v)
}

// refuse is an error that names the element and its line.
func (e *element) refuse(format string, args ...any) error {
	return fmt.Errorf("line %d: <%s>: %s", e.line, e.name, fmt.Sprintf(format, args...))
}

// read gives the root of an XML document.
func read(source []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(source))
	var root *element
	var open []*element
	for {
		token, err := d.Token()
		line, _ := d.InputPos()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrMalformed, line, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{space: t.Name.Space, name: t.Name.Local, line: line}
			for _, a := range t.Attr {
				if a.Name.Space == "" && a.Name.Local != "xmlns" {
					e.attrs = append(e.attrs, a)
				}
			}
			switch {
			case len(open) >= maxDepth:
				return nil, e.refuse("elements nest deeper than %d", maxDepth)
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
			case root != nil:
				return nil, fmt.Errorf("%w: line %d: a second root element <%s>", ErrMalformed, line, e.name)
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if root == nil {
		return nil, fmt.Errorf("%w: there is no element in it", ErrMalformed)
	}
	return root, nil
}
