package instances

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"github.com/pratica-crm/pratica/core/fault"
)

// analysisBudget is how long an analysis may take, waiting for its turn included. The work itself is bounded in what it counts
// (proof); the clock is the second net, for what nobody counted.
const analysisBudget = 10 * time.Second

// analysis gives templates their turn to be analysed, never within a transaction. An agency or network has one turn, so whatever
// it sends keeps nobody else from theirs; the process has a few places, given in the order of arrival.
type analysis struct {
	budget time.Duration
	places *semaphore.Weighted
	lock   sync.Mutex
	turns  map[uuid.UUID]*turn // of those who analyse or wait
}

// turn is that of one agency or network.
type turn struct {
	one   *semaphore.Weighted
	users int // who has it or waits for it
}

func newAnalysis(budget time.Duration) *analysis {
	return &analysis{budget: budget, places: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))), turns: map[uuid.UUID]*turn{}}
}

// enter waits for the turn of whose, then for a place; leave gives both back. Since each has one turn, the line for a place
// holds everybody once.
func (a *analysis) enter(ctx context.Context, whose uuid.UUID) (leave func(), err error) {
	mine := a.line(whose)
	if err := mine.one.Acquire(ctx, 1); err != nil {
		a.forget(whose)
		return nil, err
	}
	if err := a.places.Acquire(ctx, 1); err != nil {
		a.forget(whose, mine.one)
		return nil, err
	}
	return func() { a.forget(whose, a.places, mine.one) }, nil
}

func (a *analysis) line(whose uuid.UUID) *turn {
	a.lock.Lock()
	defer a.lock.Unlock()
	t := a.turns[whose]
	if t == nil {
		t = &turn{one: semaphore.NewWeighted(1)}
		a.turns[whose] = t
	}
	t.users++
	return t
}

func (a *analysis) forget(whose uuid.UUID, held ...*semaphore.Weighted) {
	a.lock.Lock()
	defer a.lock.Unlock()
	for _, h := range held {
		h.Release(1)
	}
	if a.turns[whose].users--; a.turns[whose].users == 0 {
		delete(a.turns, whose)
	}
}

// tryFor does work on a template of whose within the budget. Work that is past it keeps its turn and its place until it has
// ended, so it must write to nothing but what it returns. A panic is an error like any other.
func tryFor[T any](ctx context.Context, a *analysis, whose uuid.UUID, work func() (T, error)) (out T, err error) {
	ctx, stop := context.WithTimeout(ctx, a.budget)
	defer stop()
	leave, err := a.enter(ctx, whose)
	if err != nil {
		return out, &fault.Error{Kind: fault.Limited, Code: "workflow.analysis_busy", Cause: err, Retry: 5 * time.Second,
			Message: "Other templates are being analysed. Try again shortly."}
	}
	type tried struct {
		out T
		err error
	}
	done := make(chan tried, 1)
	go func() {
		defer leave()
		var t tried
		t.err = fault.Guard("workflow.analysis_failed", func() (err error) {
			t.out, err = work()
			return err
		})
		done <- t
	}()
	select {
	case t := <-done:
		return t.out, t.err
	case <-ctx.Done():
		return out, fault.New(fault.Invalid, "workflow.analysis_budget",
			fmt.Sprintf("The analysis did not end within %s, so nothing is proved. Make the template smaller, or split it.", a.budget))
	}
}
