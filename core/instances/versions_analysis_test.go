package instances

import (
	"context"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

// TestAnalysesTakeTurns: one at a time; one past its budget is answered, keeps its turn until it has ended, and the next one is
// told to come again.
func TestAnalysesTakeTurns(t *testing.T) {
	a := newAnalysis(20 * time.Millisecond)
	let := make(chan struct{})
	_, err := run(t.Context(), a, func() int { <-let; return 1 })
	if fault.As(err).Code != "workflow.analysis_budget" {
		t.Errorf("%v", err)
	}
	_, err = run(t.Context(), a, func() int { return 2 })
	if e := fault.As(err); e.Code != "workflow.analysis_busy" || e.Kind != fault.Limited || e.Retry == 0 {
		t.Errorf("%v", err)
	}
	close(let)
	a.turn <- struct{}{} // the first has given its turn back
	<-a.turn
	if n, err := run(context.Background(), newAnalysis(time.Hour), func() int { return 3 }); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
