package workflow

import (
	"container/heap"
	"time"
)

// after fires what is due by Until once the log has ended, over all cases in due order.
func (r *Runner) after() error {
	if r.Until.IsZero() {
		return nil
	}
	var queue dueQueue
	add := func(c *logCase) {
		if t := c.next(r.Until); t != nil {
			heap.Push(&queue, dueCase{t.Due, c})
		}
	}
	for _, c := range r.cases {
		add(c)
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(dueCase).owner
		if err := r.fire(c, *c.next(r.Until)); err != nil {
			return err
		}
		add(c)
	}
	return nil
}

type dueCase struct {
	due   time.Time
	owner *logCase // in flight
}

type dueQueue []dueCase

func (q dueQueue) Len() int { return len(q) }
func (q dueQueue) Less(i, j int) bool {
	if q[i].due.Equal(q[j].due) {
		return q[i].owner.live.order < q[j].owner.live.order
	}
	return q[i].due.Before(q[j].due)
}
func (q dueQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *dueQueue) Push(x any)   { *q = append(*q, x.(dueCase)) }
func (q *dueQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
