package runlog

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
	add := func(c *logCase) { // the case awake
		if t := r.awake.inst.DueBy(r.Until); t != nil {
			heap.Push(&queue, dueCase{t.Due, r.awake.order, c})
		}
	}
	for _, c := range r.cases {
		r.wake(c)
		add(c)
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(dueCase).owner
		r.wake(c)
		if err := r.fire(c, *r.awake.inst.DueBy(r.Until)); err != nil {
			return err
		}
		r.sleep(c)
		add(c)
	}
	return nil
}

type dueCase struct {
	due   time.Time
	order int
	owner *logCase
}

type dueQueue []dueCase

func (q dueQueue) Len() int { return len(q) }
func (q dueQueue) Less(i, j int) bool {
	if q[i].due.Equal(q[j].due) {
		return q[i].order < q[j].order
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
