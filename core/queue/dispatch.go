package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redis"
)

// Dispatch takes jobs from the agencies' streams in turn and runs them, a few of each agency at a
// time: an agency with thousands of waiting jobs delays nobody else.
//
// A job is an agency and an operation's id; which bank it goes to is in the connection's settings, in the connector's own form. So
// what one bank that hangs may hold up, over all agencies, is bounded where those are read (plugins/host, AtOnce): Run comes back
// at once with a call for which there is no room, and the slot here is free again.
type Dispatch struct {
	Streams *redis.Streams
	Run     func(ctx context.Context, job redis.Job) error
	Workers int           // jobs at once
	Share   int           // of them, at most so many of one agency
	Every   time.Duration // how often idle streams are looked at
}

// Serve dispatches until ctx ends, then waits for what is running.
func (d *Dispatch) Serve(ctx context.Context) error {
	slots := make(chan struct{}, d.Workers)
	busy := &counts{of: map[ident.AgencyID]int{}}
	var running sync.WaitGroup
	loop(ctx, "dispatch", d.Every, func() (bool, error) { return d.round(ctx, slots, busy, &running) })
	running.Wait()
	return nil
}

// round gives every active agency one turn.
func (d *Dispatch) round(ctx context.Context, slots chan struct{}, busy *counts, running *sync.WaitGroup) (more bool, err error) {
	agencies, err := d.Streams.Active(ctx)
	if err != nil {
		return false, err
	}
	for _, tenant := range agencies {
		free := min(d.Share-busy.get(tenant), cap(slots)-len(slots))
		if free <= 0 {
			continue
		}
		jobs, err := d.Streams.Take(ctx, tenant, min(free, turn))
		if err != nil {
			return false, err
		}
		for _, job := range jobs {
			more = true
			slots <- struct{}{}
			busy.add(tenant, 1)
			running.Go(func() {
				defer func() { busy.add(tenant, -1); <-slots }()
				d.one(ctx, job)
			})
		}
	}
	return more, nil
}

// turn is how many jobs an agency may take before the next one has its turn.
const turn = 2

func (d *Dispatch) one(ctx context.Context, job redis.Job) {
	if err := d.Run(ctx, job); err != nil {
		slog.Warn("operation did not end", "operation", job.Operation, "error", err)
	}
	// The operation's row knows how it stands: also a failed run is off the stream, the sweep brings it back.
	if err := d.Streams.Done(context.WithoutCancel(ctx), job); err != nil {
		slog.Warn("job not taken off its stream", "operation", job.Operation, "error", err)
	}
}

// counts is how many jobs of each agency are running here.
type counts struct {
	mu sync.Mutex
	of map[ident.AgencyID]int
}

func (c *counts) get(t ident.AgencyID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[t]
}

func (c *counts) add(t ident.AgencyID, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[t] += n; c.of[t] == 0 {
		delete(c.of, t)
	}
}
