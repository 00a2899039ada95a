package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/pratica-crm/pratica/core/workflow/draw"
	"github.com/pratica-crm/pratica/core/workflow/scxml"
)

// WorkflowExportCmd writes a template in another language.
type WorkflowExportCmd struct {
	File   string `arg:"" help:"Template file."`
	Format string `enum:"mermaid,scxml,xstate,bpmn,dot" default:"mermaid" help:"mermaid, scxml, xstate, bpmn or dot."`
}

// Run prints the drawing.
func (c WorkflowExportCmd) Run() error {
	m, err := loadMachine(c.File)
	if err != nil {
		return err
	}
	return written(os.Stdout.WriteString(draw.Formats[c.Format](m)))
}

// WorkflowImportCmd makes a template of a statechart.
type WorkflowImportCmd struct {
	File   string `arg:"" help:"Statechart file."`
	Format string `enum:"scxml" default:"scxml" help:"scxml."`
}

// Run prints the template; it exits 1 when the statechart says what a template cannot, 2 when the file is no XML document.
func (c WorkflowImportCmd) Run() error {
	source, err := readTemplate(c.File)
	if err != nil {
		return err
	}
	template, err := scxml.Import(bytes.NewReader(source))
	switch {
	case errors.Is(err, scxml.ErrMalformed):
		return &ExitError{exitBroken, fmt.Errorf("%s: %w", c.File, err)}
	case err != nil:
		return &ExitError{exitRefused, fmt.Errorf("%s: %w", c.File, err)}
	}
	return written(os.Stdout.Write(template))
}
