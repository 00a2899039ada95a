// Package scxml brings statecharts written elsewhere into the product: it turns
// an SCXML document (W3C Recommendation 1 September 2015) whose conditions are
// absent or trivial into a template that stands where SCXML's own algorithm
// would stand after every event.
//
// What an SCXML document may hold beyond states and transitions (a data model,
// executable content, invocations) is refused by name and line, never dropped:
// a chart without its side effects would be another chart. <log>, and elements
// for executable content that hold nothing, say nothing about states and are
// left out.
//
// Order of reading: read.go (XML to elements), chart.go (what the standard
// allows), names.go (ids to names), template.go (elements to YAML).
package scxml

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// ErrMalformed is the kind of errors about input that is no XML document or is larger than workflow.MaxTemplate:
// nothing can be said about its statechart.
var ErrMalformed = errors.New("not readable as an XML document")

// Import reads an SCXML document and gives the YAML of a template with subject: case and priority: document, which
// workflow.Compile accepts. An error names the line and the element; it is ErrMalformed when the input is not XML.
func Import(r io.Reader) ([]byte, error) {
	source, err := io.ReadAll(io.LimitReader(r, workflow.MaxTemplate+1))
	if err != nil {
		return nil, fmt.Errorf("scxml: %w", err)
	}
	if len(source) > workflow.MaxTemplate {
		return nil, fmt.Errorf("%w: larger than 1 MiB; a statechart that large should be split", ErrMalformed)
	}
	root, err := read(source)
	if err != nil {
		return nil, err
	}
	c, err := chartOf(root)
	if err != nil {
		return nil, err
	}
	out, err := c.template()
	if err != nil {
		return nil, err
	}
	if m, findings := workflow.Compile(out); m == nil {
		return nil, c.explain(findings)
	}
	return out, nil
}

// explain says in terms of the document what the template may not be.
func (c *chart) explain(findings []workflow.Finding) error {
	var out []string
	for _, f := range findings {
		if f.Severity != workflow.SeverityError {
			continue
		}
		line := f.Message
		if e := c.places[f.At]; e != nil {
			line = e.refuse("%s", f.Message).Error()
		}
		out = append(out, line)
	}
	return errors.New(strings.Join(out, "\n"))
}
