package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/diff"
	"github.com/pratica-crm/pratica/core/workflow/overlay"
)

// WorkflowDiffCmd says what one version does differently from another.
type WorkflowDiffCmd struct {
	Old  string `arg:"" help:"Template file before."`
	New  string `arg:"" help:"Template file after."`
	JSON bool   `name:"json" help:"One JSON list of changes."`
}

// Run prints one line per change; that there are some is no failure.
func (c WorkflowDiffCmd) Run() error {
	before, err := readTemplate(c.Old)
	if err != nil {
		return err
	}
	after, err := readTemplate(c.New)
	if err != nil {
		return err
	}
	changes, err := diff.Sources(before, after)
	if err != nil {
		return &ExitError{exitRefused, err}
	}
	if c.JSON {
		if err := writeJSON(os.Stdout, changes); err != nil {
			return &ExitError{exitBroken, err}
		}
		return nil
	}
	var out strings.Builder
	for _, x := range changes {
		fmt.Fprintf(&out, "%-8s  %s\n", x.Weight, x.Text.EN)
	}
	fmt.Fprintf(&out, "%d changes\n", len(changes))
	return written(os.Stdout.WriteString(out.String()))
}

// WorkflowResolveCmd applies an overlay to its base.
type WorkflowResolveCmd struct {
	Overlay string   `arg:"" help:"Overlay file."`
	Base    []string `required:"" sep:"none" help:"The template it extends; where that is an overlay too, repeat for each below it."`
}

// Run prints the resolved template; what is refused goes to standard error.
func (c WorkflowResolveCmd) Run() error {
	source, err := readTemplate(c.Overlay)
	if err != nil {
		return err
	}
	files := map[string][]byte{workflow.KeyOf(source): source} // an overlay that comes back to itself is a circle, not a missing file
	var keys []string
	for _, path := range c.Base {
		base, err := readTemplate(path)
		if err != nil {
			return err
		}
		key := workflow.KeyOf(base)
		files[key] = base
		keys = append(keys, key)
	}
	load := func(key string, _ int) ([]byte, error) { // a file carries no version: the one given is the one meant
		if files[key] == nil {
			return nil, fmt.Errorf("none of the bases has this key; given: %s", strings.Join(keys, ", "))
		}
		return files[key], nil
	}
	resolved, findings, err := overlay.ResolveChain(load, source)
	if err == nil && len(findings) > 0 {
		printFindings(os.Stderr, c.Overlay, findings)
		err = errors.New(c.Overlay + " does not resolve; see the findings above")
	}
	if err != nil {
		return &ExitError{exitRefused, err}
	}
	return written(os.Stdout.Write(resolved.Source))
}
