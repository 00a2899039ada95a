package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/migrate"
	"github.com/pratica-crm/pratica/core/workflow/runlog"
)

// WorkflowMigrateCmd tries a plan on the cases of a log.
type WorkflowMigrateCmd struct {
	From string `required:"" help:"Template the log ran under."`
	To   string `required:"" help:"Template to move to."`
	Plan string `required:"" help:"Plan, YAML or JSON."`
	Log  string `required:"" help:"Events, one JSON object per line; - is standard input."`
	JSON bool   `name:"json" help:"One JSON object per line."`
}

// migratedCase is what would come of one case in flight.
type migratedCase struct {
	Case         string            `json:"case"`
	From         []string          `json:"from"`
	To           []string          `json:"to"`
	NewlyBlocked []migrate.Blocked `json:"newly_blocked"`
	Problem      *string           `json:"problem"`
}

// migratedAll is the last line.
type migratedAll struct {
	Cases        int64  `json:"cases"`
	InFlight     int    `json:"in_flight"`
	Moved        int    `json:"moved"`
	NewlyBlocked int    `json:"newly_blocked"`
	Problems     int    `json:"problems"`
	Plan         string `json:"plan_digest"`
}

// Run replays the log under the old template and says for each case in flight what the move would come to.
// It exits 1 when the plan does not fit the templates, misses an occupied state, or a case cannot move.
func (c WorkflowMigrateCmd) Run() error {
	from, err := loadMachine(c.From)
	if err != nil {
		return err
	}
	to, err := loadMachine(c.To)
	if err != nil {
		return err
	}
	plan, err := readPlan(c.Plan)
	if err != nil {
		return err
	}
	if !names(plan.From, from) || !names(plan.To, to) {
		return &ExitError{exitRefused, fmt.Errorf("%s: from and to name other templates than %s and %s", c.Plan, c.From, c.To)}
	}
	move, err := migrate.Compile(plan, from, to)
	if err != nil {
		return &ExitError{exitRefused, fmt.Errorf("%s: %w", c.Plan, err)}
	}
	log := os.Stdin
	if c.Log != "-" {
		if log, err = os.Open(c.Log); err != nil {
			return &ExitError{exitBroken, err}
		}
		defer log.Close()
	}
	runner := runlog.Runner{Machine: from}
	total, err := runner.Run(log, io.Discard)
	if err != nil {
		return &ExitError{exitBroken, fmt.Errorf("%s: %w", c.Log, err)}
	}
	return c.report(move, runner.InFlight(), migratedAll{Cases: total.Cases, Plan: move.Digest})
}

func (c WorkflowMigrateCmd) report(move *migrate.Move, cases []runlog.LogCase, sum migratedAll) error {
	for _, x := range cases {
		line := migratedCase{Case: x.Name, From: x.Instance.States, To: []string{}, NewlyBlocked: []migrate.Blocked{}}
		sum.InFlight++
		moved, err := move.Apply(x.Instance, workflow.World{Facts: x.Facts, Now: x.Last})
		if err != nil {
			problem := err.Error()
			line.Problem = &problem
			sum.Problems++
		} else {
			line.To, line.NewlyBlocked = moved.To, moved.NewlyBlocked
			sum.Moved++
		}
		if len(line.NewlyBlocked) > 0 {
			sum.NewlyBlocked++
		}
		if err := c.print(line, line.words); err != nil {
			return err
		}
	}
	if err := c.print(map[string]migratedAll{"summary": sum}, sum.words); err != nil {
		return err
	}
	if sum.Problems > 0 {
		return &ExitError{exitRefused, fmt.Errorf("%d of %d cases in flight cannot move", sum.Problems, sum.InFlight)}
	}
	return nil
}

func (c WorkflowMigrateCmd) print(v any, words func() string) error {
	var err error
	if c.JSON {
		err = writeJSON(os.Stdout, v)
	} else {
		_, err = fmt.Println(words())
	}
	if err != nil {
		return &ExitError{exitBroken, err}
	}
	return nil
}

func (m migratedCase) words() string {
	if m.Problem != nil {
		return fmt.Sprintf("%s %v: cannot move: %s", m.Case, m.From, *m.Problem)
	}
	var blocked []string
	for _, b := range m.NewlyBlocked {
		why := ""
		if len(b.Blockers) > 0 {
			why = ": " + b.Blockers[0].Text.EN
		}
		blocked = append(blocked, b.Event+why)
	}
	line := fmt.Sprintf("%s %v → %v", m.Case, m.From, m.To)
	if len(blocked) > 0 {
		line += "; newly blocked: " + strings.Join(blocked, "; ")
	}
	return line
}

func (s migratedAll) words() string {
	return fmt.Sprintf("%d cases, %d in flight: %d would move, %d of them newly blocked, %d cannot. Plan %.12s",
		s.Cases, s.InFlight, s.Moved, s.NewlyBlocked, s.Problems, s.Plan)
}

// names tells whether a plan's from or to can mean this template: its digest, a version (which a file has none of), or nothing.
func names(said string, m *workflow.Machine) bool {
	return said == m.Digest || strings.Trim(said, "0123456789") == "" // versions are known to a server only
}

// readPlan opens a plan; what cannot be opened or read is the tool's trouble.
func readPlan(path string) (migrate.Plan, error) {
	source, err := readTemplate(path) // of the same size at most
	if err != nil {
		return migrate.Plan{}, err
	}
	plan, err := migrate.Parse(source)
	var problem *migrate.Problem
	if errors.As(err, &problem) {
		return plan, &ExitError{exitBroken, fmt.Errorf("%s:%d: %s", path, problem.Line, problem.Text)}
	}
	return plan, err
}
