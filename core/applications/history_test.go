package applications_test

import (
	"fmt"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/page"
)

// TestHistoryPages: the first page has what happened last, however much happened before; pages go back to the opening, each step once.
func TestHistoryPages(t *testing.T) {
	o := office.New(t)
	seed(t, o, watched)
	a := o.File(t)
	for i := range int64(3) {
		a = ask(t, o, a, 100_000_00+i)
	}
	_, err := o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), a.ID, a.Version, applications.Send{Event: "drop"})
	office.Must(t, err)
	var seen []int64
	next := ""
	for pages := 1; ; pages++ {
		p, err := o.Applications.History(t.Context(), o.A.Do("broker", "applications.read"), a.ID, page.Query{Limit: 2, Cursor: next})
		office.Must(t, err)
		if pages == 1 && p.Items[0].Event != "drop" {
			t.Errorf("the first page begins with %+v", p.Items[0])
		}
		for _, s := range p.Items {
			seen = append(seen, s.Sequence)
		}
		if p.NextCursor == nil {
			break
		}
		next = *p.NextCursor
	}
	if got := fmt.Sprint(seen); got != "[6 5 4 3 2 1]" {
		t.Errorf("the pages have %s", got)
	}
	_, err = o.Applications.History(t.Context(), o.A.Do("broker", "applications.read"), a.ID, page.Query{Cursor: "x"})
	wantFault(t, "a cursor of nobody", err, fault.Invalid, "list.cursor")
}
