package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof"
	"github.com/pratica-crm/pratica/core/workflow/runlog"
)

// Exit codes of the command line's contract.
const (
	exitRefused = 1 // refused or failed
	exitBroken  = 2 // the tool could not do its work
)

// WorkflowCmd works on templates without a server.
type WorkflowCmd struct {
	Check   WorkflowCheckCmd   `cmd:"" help:"Examine templates: form, names, types, graph and tests."`
	Explain WorkflowExplainCmd `cmd:"" help:"Say whether an event is possible, and what blocks it."`
	Plan    WorkflowPlanCmd    `cmd:"" help:"The shortest way to a state, and who must do what."`
	Test    WorkflowTestCmd    `cmd:"" help:"Run the tests inside templates and show clause coverage."`
	Run     WorkflowRunCmd     `cmd:"" help:"Replay a log of events."`
	Diff    WorkflowDiffCmd    `cmd:"" help:"Say what a new version does differently."`
	Resolve WorkflowResolveCmd `cmd:"" help:"Apply an overlay to its base."`
	Migrate WorkflowMigrateCmd `cmd:"" help:"Try a migration plan on the cases of a log."`
	Export  WorkflowExportCmd  `cmd:"" help:"Draw a template, or write it for another tool."`
	Import  WorkflowImportCmd  `cmd:"" help:"Make a template of a statechart written elsewhere."`
	Schema  WorkflowSchemaCmd  `cmd:"" help:"Print the JSON Schema of the format, for editors."`
}

// readTemplate opens a template file within the size the product accepts.
func readTemplate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &ExitError{exitBroken, err}
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, workflow.MaxTemplate+1))
	if err != nil {
		return nil, &ExitError{exitBroken, err}
	}
	if len(source) > workflow.MaxTemplate {
		return nil, &ExitError{exitBroken, fmt.Errorf("%s: larger than 1 MiB; a template that large should be split", path)}
	}
	return source, nil
}

// loadMachine compiles a template, or prints its findings and answers 1.
func loadMachine(path string) (*workflow.Machine, error) {
	source, err := readTemplate(path)
	if err != nil {
		return nil, err
	}
	m, findings := workflow.Compile(source)
	if m == nil {
		printFindings(os.Stderr, path, findings)
		return nil, &ExitError{exitRefused, fmt.Errorf("%s does not compile; see the findings above", path)}
	}
	return m, nil
}

func printFindings(w io.Writer, path string, findings []workflow.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s:%d:%d: %s %s at %s: %s\n", path, f.Line, f.Column, f.Severity, f.Code, f.At, f.Message)
		if f.Witness != nil && len(f.Witness.Events) > 0 {
			fmt.Fprintf(w, "    path: %s\n", strings.Join(f.Witness.Events, " → "))
		}
		if f.Witness != nil && changesFacts(f.Witness) {
			for _, s := range f.Witness.Steps {
				facts, _ := json.Marshal(s.Facts) // plain values: they always marshal
				fmt.Fprintf(w, "    %s: %s\n", cmp.Or(s.Event, "(facts)"), facts)
			}
			continue
		}
		if f.Witness != nil && len(f.Witness.Facts) > 0 {
			facts, _ := json.Marshal(f.Witness.Facts) // plain values: they always marshal
			fmt.Fprintf(w, "    facts: %s\n", facts)
		}
	}
}

// changesFacts tells whether some fact has one value and then another on the way.
func changesFacts(w *workflow.Witness) bool {
	before := map[string]string{}
	for _, s := range w.Steps {
		for name, v := range s.Facts {
			value := fmt.Sprint(v)
			if old, known := before[name]; known && old != value {
				return true
			}
			before[name] = value
		}
	}
	return false
}

// writeJSON writes one object on one line.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// WorkflowCheckCmd examines templates.
type WorkflowCheckCmd struct {
	Files []string `arg:"" name:"file" help:"Template files."`
	JSON  bool     `name:"json" help:"One JSON object per file."`
}

type checkedFile struct {
	File string `json:"file"`
	workflow.Report
}

// Run checks every file, whatever the others give.
func (c WorkflowCheckCmd) Run() error {
	refused := 0
	var broken error
	for _, path := range c.Files {
		source, err := readTemplate(path)
		if err != nil {
			broken = errors.Join(broken, errors.Unwrap(err))
			continue
		}
		report := proof.Check(source).Report
		if !report.Publishable {
			refused++
		}
		if c.JSON {
			if err := writeJSON(os.Stdout, checkedFile{path, report}); err != nil {
				return &ExitError{exitBroken, err}
			}
			continue
		}
		printFindings(os.Stdout, path, report.Findings)
		verdict := "publishable"
		if !report.Publishable {
			verdict = "not publishable"
		}
		fmt.Printf("%s: %s, %d findings, digest %s\n", path, verdict, len(report.Findings), report.Digest)
	}
	switch {
	case broken != nil:
		return &ExitError{exitBroken, broken}
	case refused > 0:
		return &ExitError{Code: exitRefused}
	}
	return nil
}

// WorkflowExplainCmd asks what an event would come to.
type WorkflowExplainCmd struct {
	File  string   `arg:"" help:"Template file."`
	State []string `required:"" help:"Active states."`
	Event string   `required:"" help:"Event."`
	Facts string   `help:"JSON file with facts by name." type:"path"`
	Role  []string `help:"Roles of the actor; default: the first the event allows."`
	Actor string   `default:"someone" help:"Id of the actor."`
	At    string   `help:"Moment, RFC 3339; default: now."`
	JSON  bool     `name:"json" help:"JSON instead of words."`
}

type explained struct {
	Event    string             `json:"event"`
	Enabled  bool               `json:"enabled"`
	Outcome  string             `json:"outcome"`
	From     []string           `json:"from"`
	To       []string           `json:"to"`
	Blockers []workflow.Blocker `json:"blockers"`
}

// Run explains; it exits 1 when the event would be refused.
func (c WorkflowExplainCmd) Run() error {
	m, err := loadMachine(c.File)
	if err != nil {
		return err
	}
	inst, world, err := situation(m, c.State, c.Facts, c.At)
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	roles := c.Role
	if decl := m.Event(c.Event); len(roles) == 0 && decl != nil && len(decl.By) > 0 {
		roles = decl.By[:1]
	}
	r := m.Step(inst, workflow.Event{Name: c.Event, Actor: workflow.Actor{ID: c.Actor, Roles: roles}}, world)
	out := explained{Event: c.Event, Enabled: r.Outcome != workflow.Refused, Outcome: r.Outcome, From: r.From, To: r.To, Blockers: r.Blockers}
	if c.JSON {
		if err := writeJSON(os.Stdout, out); err != nil {
			return &ExitError{exitBroken, err}
		}
	} else {
		out.print(os.Stdout)
	}
	if !out.Enabled {
		return &ExitError{Code: exitRefused}
	}
	return nil
}

func (e explained) print(w io.Writer) {
	fmt.Fprintf(w, "%s from %s: %s", e.Event, strings.Join(e.From, ", "), e.Outcome)
	if e.Enabled {
		fmt.Fprintf(w, ", then %s", strings.Join(e.To, ", "))
	}
	fmt.Fprintln(w)
	for _, b := range e.Blockers {
		fmt.Fprintf(w, "  %s: %s (%s)\n", b.Code, b.Text.EN, b.Text.IT)
		for _, f := range b.Facts {
			value := fmt.Sprintf("= %v", f.Value)
			if f.Missing {
				value = "is missing"
			}
			fmt.Fprintf(w, "    %s %s; %s sets it at %s\n", f.Name, value, f.Owner, f.Fix)
		}
	}
}

// WorkflowRunCmd replays a log.
type WorkflowRunCmd struct {
	File  string `arg:"" help:"Template file."`
	Log   string `required:"" help:"Events, one JSON object per line; - is standard input."`
	Until string `help:"After the log, fire the deadlines due by this moment (RFC 3339)."`
	JSON  bool   `name:"json" help:"One JSON object per line."`
}

// runMemory is where the collector begins to work harder; what a case in flight needs comes on top when it must.
const runMemory = 384 << 20

// Run streams the log through the machine.
func (c WorkflowRunCmd) Run() error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(runMemory)
	}
	m, err := loadMachine(c.File)
	if err != nil {
		return err
	}
	runner := runlog.Runner{Machine: m, Text: !c.JSON}
	if c.Until != "" {
		if runner.Until, err = time.Parse(time.RFC3339, c.Until); err != nil {
			return &ExitError{exitBroken, errors.New("--until is written 2026-10-01T09:30:00+02:00")}
		}
	}
	log := os.Stdin
	if c.Log != "-" {
		if log, err = os.Open(c.Log); err != nil {
			return &ExitError{exitBroken, err}
		}
		defer log.Close()
	}
	if _, err := runner.Run(log, os.Stdout); err != nil {
		return &ExitError{exitBroken, fmt.Errorf("%s: %w", c.Log, err)}
	}
	return nil
}

// WorkflowSchemaCmd prints the JSON Schema of the format.
type WorkflowSchemaCmd struct{}

// Run prints it.
func (WorkflowSchemaCmd) Run() error {
	return written(os.Stdout.Write(workflow.FormatSchema()))
}

// written is the end of a verb that prints one thing.
func written(_ int, err error) error {
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	return nil
}
