package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// WorkflowTestCmd runs the tests inside templates.
type WorkflowTestCmd struct {
	Files           []string `arg:"" name:"file" help:"Template files."`
	JSON            bool     `name:"json" help:"One JSON object per file."`
	RequireCoverage bool     `help:"Fail unless the tests have seen every clause and invariant both true and not true."`
}

// testedFile is what the tests of one file came to.
type testedFile struct {
	File     string                `json:"file"`
	Passed   bool                  `json:"passed"`  // every test did
	Covered  int                   `json:"covered"` // clauses seen both ways, of all in coverage
	Tests    []workflow.TestResult `json:"tests"`
	Coverage []workflow.Coverage   `json:"coverage"`
}

// Run tests every file, whatever the others give. It exits 1 when a test fails or, where it is asked for, coverage is not full.
func (c WorkflowTestCmd) Run() error {
	var problems []error
	code := exitRefused
	for _, path := range c.Files {
		m, err := loadMachine(path)
		if err != nil {
			var exit *ExitError
			if errors.As(err, &exit) {
				code = max(code, exit.Code)
			}
			problems = append(problems, err)
			continue
		}
		tested := testFile(path, m)
		if c.JSON {
			if err := writeJSON(os.Stdout, tested); err != nil {
				return &ExitError{exitBroken, err}
			}
		} else {
			tested.print(os.Stdout)
		}
		if !tested.Passed {
			problems = append(problems, fmt.Errorf("%s: tests failed", path))
		}
		if c.RequireCoverage && tested.Covered < len(tested.Coverage) {
			problems = append(problems, fmt.Errorf("%s: %d of %d clauses seen both true and not true; all must be", path, tested.Covered, len(tested.Coverage)))
		}
	}
	if len(problems) > 0 {
		return &ExitError{code, errors.Join(problems...)}
	}
	return nil
}

func testFile(path string, m *workflow.Machine) testedFile {
	out := testedFile{File: path, Passed: true}
	out.Tests, out.Coverage = m.RunTests()
	for _, r := range out.Tests {
		out.Passed = out.Passed && r.Passed
	}
	for _, x := range out.Coverage {
		if x.BothWays() {
			out.Covered++
		}
	}
	return out
}

// print writes each test, then the clauses that were not seen both ways.
func (f testedFile) print(w io.Writer) {
	for _, r := range f.Tests {
		if r.Passed {
			fmt.Fprintf(w, "ok    %s: %s\n", f.File, r.Name)
		} else {
			fmt.Fprintf(w, "FAIL  %s: %s: %s\n", f.File, r.Name, r.Message)
		}
	}
	for _, x := range f.Coverage {
		if !x.BothWays() {
			fmt.Fprintf(w, "      clause %s: seen %v\n", strings.TrimPrefix(x.Transition+"/"+x.Guard, "/"), x.Seen)
		}
	}
	fmt.Fprintf(w, "%s: %d tests; %d of %d clauses seen both true and not true\n", f.File, len(f.Tests), f.Covered, len(f.Coverage))
}
