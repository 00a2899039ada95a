package proof

import (
	"fmt"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// The budget of an analysis, in assignments tried: counted, not timed, so that the same template always gets the same answer.
const (
	budget     = 1_000_000
	eachSearch = 30_000
	maxTries   = 12 // models made concrete for one question
)

// Checked is a report with the machine it is about; Machine is nil when the template does not compile.
type Checked struct {
	workflow.Report
	Machine *workflow.Machine
}

// Check is the whole examination of a template: form, names, types, costs, tests, and the proof.
// Same source, same answer. A template is publishable when no finding is an error.
func Check(source []byte) Checked {
	d := workflow.Read(source)
	x := &examination{findings: d.Findings}
	if d.Machine != nil {
		x.prove(d)
	}
	out := Checked{Report: workflow.NewReport(d.Digest, x.findings)}
	if d.Complete {
		out.Machine = d.Machine
	}
	return out
}

// examination is one proof under way.
type examination struct {
	m        *workflow.Machine
	t        *workflow.Template
	reader   *fragment.Reader
	solver   *logic.Solver
	teller   *logic.Solver // for witnesses
	graph    *paths.Graph
	findings []workflow.Finding
	dead     map[string]string                               // transition → the guards that make it impossible
	spent    map[*workflow.State]map[*paths.Node]*paths.Step // deadlines that may have ended in vain
}

func (x *examination) prove(d workflow.Draft) {
	m := d.Machine
	x.m, x.t, x.reader = m, m.Template, fragment.NewReader(m, d.Broken)
	x.solver = &logic.Solver{Budget: budget, Each: eachSearch, Tries: maxTries}
	x.spent = map[*workflow.State]map[*paths.Node]*paths.Step{}
	x.teller = &logic.Solver{Budget: witnessBudget, Each: eachSearch, Tries: maxTries}
	x.costs()
	x.guards()
	x.graph = paths.Walk(m, x.reader, x.solver)
	x.seen()
	x.ends()
	x.bypasses()
	x.outside()
	if !x.whole() {
		x.add("undecided", workflow.SeverityUndecided, "/states", workflow.Position{Line: 1, Column: 1}, nil,
			"the template has more configurations and cases than are looked at: what was not found is not proved absent. Split it, or compare fewer facts with each other")
	}
}

// whole tells whether everything was looked at, so that what was not found does not exist.
func (x *examination) whole() bool { return x.graph.Whole && !x.solver.Spent() }

func (x *examination) add(code, severity, at string, pos workflow.Position, w *workflow.Witness, format string, args ...any) {
	x.findings = append(x.findings, workflow.Finding{Code: code, Severity: severity, At: at, Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf(format, args...), Witness: w})
}
