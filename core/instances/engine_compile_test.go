package instances

import (
	"sync"
	"testing"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// However many ask for a template at once, it is compiled once, and they all get that one machine.
func TestATemplateIsCompiledOnce(t *testing.T) {
	e, id := NewEngine(), ident.NewWorkflow()
	const source = `{apiVersion: pratica/v1, kind: Workflow, metadata: {key: one}, subject: case, states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}},
events: {go: {by: [broker]}}, transitions: [{id: t, from: open, on: go, to: end}]}`
	var wait sync.WaitGroup
	machines := make([]*workflow.Machine, 50)
	for i := range machines {
		wait.Go(func() {
			m, err := e.compile(id, source)
			if err != nil {
				t.Error(err)
			}
			machines[i] = m
		})
	}
	wait.Wait()
	for _, m := range machines {
		if m == nil || m != machines[0] {
			t.Fatal("several machines of one template")
		}
	}
	if _, err := e.compile(ident.NewWorkflow(), "kind: nothing"); err == nil {
		t.Error("a broken template compiles")
	}
}
