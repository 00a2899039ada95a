package workflow

// Checked is a report with the machine it is about; Machine is nil when the template does not compile.
type Checked struct {
	Report
	Machine *Machine
}

// Check is the whole examination of a template: form, names, types, graph, tests.
// Same source, same answer. A template is publishable when no finding is an error.
func Check(source []byte) Checked {
	found := &findings{}
	m, b, digest := build(source, found)
	if b != nil && !b.unsound {
		b.checkGraph()
	}
	if m != nil {
		m.checkTests(found)
	}
	return Checked{Machine: m, Report: Report{Publishable: found.errors() == 0, Digest: digest, Findings: found.sorted()}}
}
