package workflow

import (
	"container/heap"
)

// after fires what is due by Until once the log has ended, over all cases in due order.
func (r *Runner) after() error {
	if r.Until.IsZero() {
		return nil
	}
	var queue dueQueue
	for _, c := range r.cases {
		if t := nextTimer(c.inst, r.Until); t != nil {
			queue = append(queue, dueCase{*t, c})
		}
	}
	heap.Init(&queue)
	for len(queue) > 0 {
		next := heap.Pop(&queue).(dueCase)
		if err := r.fire(next.owner, next.timer); err != nil {
			return err
		}
		if t := nextTimer(next.owner.inst, r.Until); t != nil {
			heap.Push(&queue, dueCase{*t, next.owner})
		}
	}
	return nil
}

type dueCase struct {
	timer Timer
	owner *logCase
}

type dueQueue []dueCase

func (q dueQueue) Len() int { return len(q) }
func (q dueQueue) Less(i, j int) bool {
	if q[i].timer.Due.Equal(q[j].timer.Due) {
		return q[i].owner.order < q[j].owner.order
	}
	return q[i].timer.Due.Before(q[j].timer.Due)
}
func (q dueQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *dueQueue) Push(x any)   { *q = append(*q, x.(dueCase)) }
func (q *dueQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
