package api

import (
	"path/filepath"
	"testing"

	"github.com/pratica-crm/pratica/core/isolation"
)

// TestNoRouteWithoutAction takes the action off each route in turn: the program must not start.
func TestNoRouteWithoutAction(t *testing.T) {
	var report isolation.Report
	for _, r := range Table(Deps{}) {
		if r.For == Public || r.For == Person || r.For == SignedIn { // about oneself, before an agency is chosen
			continue
		}
		r.Action = ""
		if starts(r) {
			t.Errorf("%s %s would be served to anybody", r.Method, r.Path)
		}
		report.Broke("route without its action: " + r.Method + " " + r.Path)
	}
	if !t.Failed() {
		line, err := report.Save(filepath.Join("..", "bin"), "actions")
		if err != nil {
			t.Fatal(err)
		}
		t.Log(line)
	}
}

func starts(r RouteInfo) (ok bool) {
	defer func() { ok = recover() == nil }()
	mustHaveAction(r)
	return
}
