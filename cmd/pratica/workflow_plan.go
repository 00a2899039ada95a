package main

import (
	"fmt"
	"os"

	"github.com/pratica-crm/pratica/core/workflow/plan"
)

// WorkflowPlanCmd asks for the way to a state.
type WorkflowPlanCmd struct {
	File  string   `arg:"" help:"Template file."`
	State []string `required:"" help:"Active states."`
	To    string   `required:"" help:"State to reach."`
	Facts string   `help:"JSON file with facts by name." type:"path"`
	At    string   `help:"Moment, RFC 3339; default: now."`
	JSON  bool     `name:"json" help:"JSON instead of words."`
}

// Run plans; it exits 1 when no way leads there.
func (c WorkflowPlanCmd) Run() error {
	m, err := loadMachine(c.File)
	if err != nil {
		return err
	}
	inst, world, err := situation(m, c.State, c.Facts, c.At)
	if err == nil {
		_, err = m.Configuration(c.To)
	}
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	p := plan.To(m, inst, c.To, world)
	if c.JSON {
		err = writeJSON(os.Stdout, p)
	} else {
		_, err = fmt.Println(p.Text.EN)
	}
	switch {
	case err != nil:
		return &ExitError{exitBroken, err}
	case !p.Reachable:
		return &ExitError{Code: exitRefused}
	}
	return nil
}
