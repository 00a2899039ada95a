package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// situation is an instance in the named states with the facts of a file.
func situation(m *workflow.Machine, states []string, facts, at string) (workflow.Instance, workflow.World, error) {
	inst := workflow.Instance{Sequence: 1}
	world := workflow.World{Now: time.Now(), Facts: workflow.Facts{}}
	active, err := m.Configuration(states...)
	if err != nil {
		return inst, world, err
	}
	inst.States = active
	for _, name := range active {
		if outcome := m.State(name).Outcome; outcome != "" {
			inst.Ended = outcome
		}
	}
	if at != "" {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return inst, world, errors.New("--at is written 2026-10-01T09:30:00+02:00")
		}
		world.Now = moment
	}
	if facts == "" {
		return inst, world, nil
	}
	body, err := os.ReadFile(facts)
	if err != nil {
		return inst, world, err
	}
	var raw map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return inst, world, fmt.Errorf("%s: not a JSON object: %w", facts, err)
	}
	if world.Facts, err = m.Normalize(raw); err != nil {
		return inst, world, fmt.Errorf("%s: %w", facts, err)
	}
	for _, name := range slices.Sorted(maps.Keys(raw)) { // no error: a file may hold the facts of several templates
		if note := m.UnknownFact(name); note != "" {
			fmt.Fprintf(os.Stderr, "%s: %s\n", facts, note)
		}
	}
	return inst, world, nil
}
