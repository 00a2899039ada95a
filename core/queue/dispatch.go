package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

// Dispatch takes jobs from the lanes, fairly, and runs them within the caps: what one agency or one connector has waiting, or
// hanging, delays nobody else.
type Dispatch struct {
	driver Driver
	run    func(ctx context.Context, job Job) error
	caps   Caps
	every  time.Duration

	mu    sync.Mutex
	heard []Lane
	freed []rested
	woken chan struct{}
}

// NewDispatch prepares a dispatcher; every is how often lanes are looked for that other workers fill.
func NewDispatch(driver Driver, caps Caps, every time.Duration, run func(ctx context.Context, job Job) error) *Dispatch {
	return &Dispatch{driver: driver, run: run, caps: caps, every: every, woken: make(chan struct{}, 1)}
}

// Add puts jobs into their lanes, and looks there at once.
func (d *Dispatch) Add(ctx context.Context, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	if err := d.driver.Add(ctx, jobs...); err != nil {
		return err
	}
	d.mu.Lock()
	for _, j := range jobs {
		d.heard = append(d.heard, j.Lane)
	}
	d.mu.Unlock()
	d.wake()
	return nil
}

func (d *Dispatch) wake() {
	select {
	case d.woken <- struct{}{}:
	default: // it is awake
	}
}

// Serve dispatches until ctx ends, then waits for what is running.
func (d *Dispatch) Serve(ctx context.Context) error {
	var running, settling sync.WaitGroup
	ends := make(chan ending, 4*endsAtOnce)
	settling.Go(func() { d.settle(context.WithoutCancel(ctx), ends) })
	f := newFair(d.caps)
	looked := time.Time{}
	loop(ctx, "dispatch", d.every, d.woken, func() (more bool, err error) {
		if time.Since(looked) >= d.every {
			if err := d.look(ctx, f); err != nil {
				return false, err
			}
			looked = time.Now()
		}
		d.catchUp(f)
		lane, most, ok := f.next()
		if !ok {
			return false, nil
		}
		jobs, err := d.driver.Take(ctx, lane, most)
		f.took(lane, jobs)
		for _, job := range jobs {
			running.Go(func() {
				carried, rest := d.one(ctx, job)
				ends <- ending{job, carried}
				d.mu.Lock()
				d.freed = append(d.freed, rested{job.Lane, rest})
				d.mu.Unlock()
				d.wake()
			})
		}
		return true, err
	})
	running.Wait()
	close(ends)
	settling.Wait()
	return nil
}

// look asks the driver where something waits.
func (d *Dispatch) look(ctx context.Context, f *fair) error {
	lanes, err := d.driver.Lanes(ctx)
	for _, l := range lanes {
		f.hear(l)
	}
	return err
}

// catchUp takes in what was heard and what ended since the last turn.
func (d *Dispatch) catchUp(f *fair) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.heard {
		f.hear(l)
	}
	f.now = time.Now()
	for _, l := range d.freed {
		f.ended(l.Lane)
		if l.rest > 0 {
			f.rests[l.Lane] = f.now.Add(l.rest)
		}
	}
	d.heard, d.freed = d.heard[:0], d.freed[:0]
}

// ending is a job that ended, and whether it was carried out.
type ending struct {
	job     Job
	carried bool
}

// rested is a lane with a place free again, and how long it is left alone.
type rested struct {
	Lane
	rest time.Duration
}

func (d *Dispatch) one(ctx context.Context, job Job) (carried bool, rest time.Duration) {
	err := fault.Guard("operation.broken", func() error { return d.run(ctx, job) })
	var r *Rest
	if errors.As(err, &r) {
		return true, r.For
	}
	if err != nil && ctx.Err() == nil {
		slog.Warn("operation did not end", "operation", job.Operation, "error", err)
	}
	return err == nil, 0
}

// endsAtOnce is how many ends one message to the driver tells of.
const endsAtOnce = 128

// settle tells the driver what ended, many at a time: whatever has come while it was told of the ones before.
func (d *Dispatch) settle(ctx context.Context, ends <-chan ending) {
	for e := range ends {
		done, back := sorted(e, ends)
		for _, told := range []struct {
			jobs []Job
			tell func(context.Context, ...Job) error
		}{{done, d.driver.Done}, {back, d.driver.Back}} {
			if len(told.jobs) == 0 {
				continue
			}
			// Whoever is not told gives the jobs again some time: their rows know that they have ended.
			if err := told.tell(ctx, told.jobs...); err != nil {
				slog.Warn("jobs not taken off their lanes", "failures", len(told.jobs), "error", err)
			}
		}
	}
}

func sorted(first ending, more <-chan ending) (done, back []Job) {
	for e, n := first, 1; ; n++ {
		if e.carried {
			done = append(done, e.job)
		} else {
			back = append(back, e.job)
		}
		if n == endsAtOnce {
			return done, back
		}
		select {
		case next, open := <-more:
			if !open {
				return done, back
			}
			e = next
		default:
			return done, back
		}
	}
}
