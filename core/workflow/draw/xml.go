package draw

import (
	"encoding/xml"
	"strings"
)

// element is one XML element to write: attributes in order, then a text or children. Without a name it is a comment.
type element struct {
	name     string
	attrs    []string // name, value, name, value …; an empty value is left out
	text     string
	children []*element
}

func elem(name string, attrs ...string) *element { return &element{name: name, attrs: attrs} }

func comment(text string) *element { return &element{text: text} }

func (e *element) add(children ...*element) *element {
	e.children = append(e.children, children...)
	return e
}

// document writes the element as an XML document.
func (e *element) document() string {
	var b strings.Builder
	b.WriteString(xml.Header)
	e.write(&b, "")
	return b.String()
}

func (e *element) write(b *strings.Builder, indent string) {
	b.WriteString(indent)
	if e.name == "" {
		b.WriteString("<!-- " + strings.NewReplacer("--", "- -", "\n", " ").Replace(e.text) + " -->\n")
		return
	}
	b.WriteString("<" + e.name)
	for i := 0; i+1 < len(e.attrs); i += 2 {
		if e.attrs[i+1] != "" {
			b.WriteString(" " + e.attrs[i] + `="` + escaped(e.attrs[i+1]) + `"`)
		}
	}
	switch {
	case e.text != "":
		b.WriteString(">" + escaped(e.text) + "</" + e.name + ">\n")
	case len(e.children) == 0:
		b.WriteString("/>\n")
	default:
		b.WriteString(">\n")
		for _, c := range e.children {
			c.write(b, indent+"  ")
		}
		b.WriteString(indent + "</" + e.name + ">\n")
	}
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
