package applications_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
)

// TestStalled: a file is stalled once it has stood in its state for longer than the template's deadline, or, where there is none,
// than twice what the agency's files usually stand there; the longest first, page by page, and on the board.
func TestStalled(t *testing.T) {
	o := office.New(t)
	seed(t, o, timed)
	open := func() ident.ApplicationID { return o.File(t).ID }
	move := func(id ident.ApplicationID, event string) {
		t.Helper()
		_, err := o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), id, 0, applications.Send{Event: event})
		office.Must(t, err)
	}
	stalled := func(q page.Query) page.Page[applications.Card] {
		t.Helper()
		p, err := o.Applications.List(t.Context(), o.A.Do("broker", "applications.read"), applications.Filter{Query: q, Stalled: true})
		office.Must(t, err)
		return p
	}
	all := func() (text string) {
		for _, c := range stalled(page.Query{}).Items {
			text += fmt.Sprintf("%s %dh of %dh %s; ", c.Number[5:], c.Stalled.Seconds/3600, c.Stalled.ExpectedSeconds/3600, c.Stalled.Source)
		}
		return text
	}
	var usual []ident.ApplicationID
	for range 5 {
		usual = append(usual, open())
	}
	first := open() // 0006
	o.Clock.Advance(2 * time.Hour)
	for i, id := range usual {
		if i == 4 {
			o.Clock.Advance(20 * time.Hour)
			if got := all(); got != "" { // four stays are no measure yet
				t.Errorf("stalled too early: %s", got)
			}
		}
		move(id, "wait")
	}
	if got := all(); got != "0006 22h of 4h usual; " { // one of five took 22 hours: the median is 2
		t.Errorf("stalled: %s", got)
	}
	second := open() // 0007
	o.Clock.Advance(5 * time.Hour)
	const want = "0006 27h of 4h usual; 0001 25h of 24h deadline; 0002 25h of 24h deadline; 0003 25h of 24h deadline; 0004 25h of 24h deadline; 0007 5h of 4h usual; "
	if got := all(); got != want {
		t.Errorf("stalled: %s", got)
	}
	var paged []ident.ApplicationID
	for cursor := (*string)(nil); ; {
		q := page.Query{Limit: 2}
		if cursor != nil {
			q.Cursor = *cursor
		}
		p := stalled(q)
		for _, c := range p.Items {
			paged = append(paged, c.ID)
		}
		if cursor = p.NextCursor; cursor == nil {
			break
		}
	}
	if len(paged) != 6 || paged[0] != first || paged[5] != second {
		t.Errorf("page by page: %v", paged)
	}
	board, err := o.Applications.Board(t.Context(), o.A.Do("broker", "applications.read"), true)
	office.Must(t, err)
	text := ""
	for _, c := range board.Columns {
		text += fmt.Sprintf("%s %d %d; ", c.State, c.Count, len(c.Items))
	}
	if text != "open 2 2; waiting 4 4; closed 0 0; " {
		t.Errorf("the board: %s", text)
	}
	move(first, "close")
	move(second, "wait")
	if got := all(); got != "0001 25h of 24h deadline; 0002 25h of 24h deadline; 0003 25h of 24h deadline; 0004 25h of 24h deadline; " {
		t.Errorf("after they moved: %s", got)
	}
	list, err := o.Applications.List(t.Context(), o.B.Do("broker", "applications.read"), applications.Filter{Stalled: true})
	office.Must(t, err)
	if len(list.Items) != 0 {
		t.Errorf("B sees %d", len(list.Items))
	}
}
