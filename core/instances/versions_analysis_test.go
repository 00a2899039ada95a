package instances

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"github.com/pratica-crm/pratica/core/fault"
)

// TestAnalysesTakeTurns: one at a time for each agency; one past its budget is answered, keeps its turn until it has ended, and the
// agency's next one is told to come again, while another agency's is done.
func TestAnalysesTakeTurns(t *testing.T) {
	a, ours, theirs := newAnalysis(20*time.Millisecond), uuid.New(), uuid.New()
	a.places = semaphore.NewWeighted(2)
	let, ended := make(chan struct{}), make(chan struct{})
	_, err := tryFor(t.Context(), a, ours, func() (int, error) { defer close(ended); <-let; return 1, nil })
	if fault.As(err).Code != "workflow.analysis_budget" {
		t.Errorf("%v", err)
	}
	_, err = tryFor(t.Context(), a, ours, func() (int, error) { return 2, nil })
	if e := fault.As(err); e.Code != "workflow.analysis_busy" || e.Kind != fault.Limited || e.Retry == 0 {
		t.Errorf("%v", err)
	}
	a.budget = time.Hour
	if n, err := tryFor(t.Context(), a, theirs, func() (int, error) { return 3, nil }); n != 3 || err != nil {
		t.Errorf("one agency holds up another: %d, %v", n, err)
	}
	close(let)
	<-ended
	if n, err := tryFor(context.Background(), a, ours, func() (int, error) { return 4, nil }); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, who := range []uuid.UUID{ours, theirs} { // whoever has the turn after them is the last to hold it
		leave, err := a.enter(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	if len(a.turns) != 0 {
		t.Errorf("%d turns are kept for nobody", len(a.turns))
	}
}

// TestPlacesAreFew: half of the processors are left to everything else.
func TestPlacesAreFew(t *testing.T) {
	a, places := newAnalysis(time.Hour), max(1, runtime.GOMAXPROCS(0)/2)
	for range places {
		if _, err := a.enter(t.Context(), uuid.New()); err != nil {
			t.Fatal(err)
		}
	}
	a.budget = time.Millisecond
	_, err := tryFor(t.Context(), a, uuid.New(), func() (int, error) { return 1, nil })
	if fault.As(err).Code != "workflow.analysis_busy" {
		t.Errorf("%v", err)
	}
}

// TestAnalysisPanics: a panic is answered, gives the turn back, and tells nobody what the template says.
func TestAnalysisPanics(t *testing.T) {
	a, who := newAnalysis(time.Hour), uuid.New()
	for _, boom := range []any{"secret", errors.New("secret"), nil} {
		_, err := tryFor(t.Context(), a, who, func() (int, error) {
			if boom == nil {
				return []int{}[len(a.turns)], nil
			}
			panic(boom)
		})
		if e := fault.As(err); e.Kind != fault.Internal || e.Code != "workflow.analysis_failed" || strings.Contains(e.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
	if n, err := tryFor(t.Context(), a, who, func() (int, error) { return 1, nil }); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
