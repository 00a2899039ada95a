package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/core/reports"
)

// How often the networks' figures are counted, and the ends of support access written down.
const counting = 30 * time.Second

// workForNetworks does what the platform does for networks, until ctx ends.
func (a *app) workForNetworks(ctx context.Context) error {
	keeper := &reports.Keeper{Operator: a.operator}
	var group errgroup.Group
	group.Go(func() error {
		every(ctx, "count for reports", counting, func() (bool, error) { return keeper.Once(ctx, a.now()) })
		return nil
	})
	group.Go(func() error {
		every(ctx, "end support access", counting, func() (bool, error) { return false, a.deps.Tenants.EndSupport(ctx, a.operator) })
		return nil
	})
	return group.Wait()
}

// every takes a step, and the next at once while there is more to do or after a pause; a step that fails is taken again later.
func every(ctx context.Context, name string, pause time.Duration, step func() (more bool, err error)) {
	for ctx.Err() == nil {
		more, err := step()
		if err != nil && ctx.Err() == nil {
			slog.Warn("waiting to go on", "loop", name, "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
