package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// How often a worker looks at the catalogue, and says what its connectors do.
const (
	lookAtCatalogue = time.Second
	sayState        = 2 * time.Second
)

// follower keeps a host running what the folder and the catalogue say, and says there what the host does.
type follower struct {
	host    *host.Host
	folder  string
	keeper  catalogue.Keeper
	store   blob.Store
	told    chan host.Event
	tails   *tails
	banks   func(time.Time) []breakers.Rest
	worker  string
	applied string    // the plans that were last applied, to apply only others
	read    time.Time // of the folder's catalogue, by its file's time
	builtIn []host.Plan
}

// hostState is what a worker says of a process of a connector.
type hostState struct {
	host.Status
	Layers  []jail.Layer  `json:"layers"`
	Reports []host.Report `json:"reports"`
	Lines   []string      `json:"lines"`
	// Banks are those of the connector that are left alone for now.
	Banks []breakers.Rest `json:"banks"`
}

func newFollower(a *app, h *host.Host, told chan host.Event, t *tails, banks func(time.Time) []breakers.Rest) (*follower, error) {
	store, err := a.cfg.contents()
	if err != nil {
		return nil, err
	}
	name, err := os.Hostname()
	if err != nil {
		name = "worker"
	}
	return &follower{host: h, folder: a.cfg.ConnectorsDir, keeper: catalogue.Keeper{Operator: a.operator}, store: store, told: told, tails: t, banks: banks,
		worker: fmt.Sprintf("%s-%d-%s", name, os.Getpid(), rand.Text()[:6])}, nil
}

// run follows until ctx ends. What the first look brings was brought by whoever calls it.
func (f *follower) run(ctx context.Context) {
	look, say := time.NewTicker(lookAtCatalogue), time.NewTicker(sayState)
	defer look.Stop()
	defer say.Stop()
	failing := false
	for {
		var err error
		select {
		case <-ctx.Done():
			bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = f.keeper.Leave(bye, f.worker) // or it is forgotten in a minute
			return
		case e := <-f.told:
			err = f.record(ctx, e)
		case <-look.C:
			err = f.look(ctx)
		case <-say.C:
			err = f.keeper.Report(ctx, f.worker, f.state())
		}
		if err != nil && !failing && ctx.Err() == nil {
			slog.Warn("waiting for the catalogue of connectors; what runs goes on", "error", err)
		}
		failing = err != nil
	}
}

func (f *follower) record(ctx context.Context, e host.Event) error {
	switch e.Code {
	case host.FellBack:
		return f.keeper.FellBack(ctx, f.worker, e.Connector, e.Version, e.Detail)
	case host.RolledBack:
		return f.keeper.RolledBack(ctx, f.worker, e.Connector, e.Version, e.Detail)
	}
	return nil
}

// look has the host run what should run now.
func (f *follower) look(ctx context.Context) error {
	if info, err := os.Stat(f.folder + "/" + host.Catalogue); err == nil && !info.ModTime().Equal(f.read) || f.builtIn == nil {
		plans, err := host.Folder(f.folder)
		if err != nil {
			return err
		}
		for i, p := range plans { // a program that was replaced ends when its calls have
			for _, before := range f.builtIn {
				if before.Name == p.Name {
					plans[i].Leaving = before.Releases
				}
			}
		}
		f.builtIn = plans
		if info != nil {
			f.read = info.ModTime()
		}
	}
	all, err := f.keeper.All(ctx)
	if err != nil {
		return err
	}
	plans := f.plans(all.Rollouts, all.Releases)
	key, err := json.Marshal(struct {
		Rollouts []catalogue.Rollout
		Plans    []host.Plan
	}{all.Rollouts, plans})
	if err != nil || string(key) == f.applied {
		return err
	}
	f.host.Apply(plans)
	f.applied = string(key)
	return nil
}

// plans are the folder's connectors and the catalogue's; the folder's names are nobody else's.
func (f *follower) plans(rollouts []catalogue.Rollout, all []catalogue.Release) []host.Plan {
	plans := append([]host.Plan{}, f.builtIn...)
	taken := map[string]bool{}
	for _, p := range plans {
		taken[p.Name] = true
	}
	for _, r := range rollouts {
		if taken[r.Connector] {
			continue
		}
		p := host.Plan{Name: r.Connector, Dedicated: r.Dedicated, Revoked: len(r.Releases) == 0}
		for _, release := range r.Releases {
			if here, ok := f.release(release); ok {
				p.Releases = append(p.Releases, here)
			}
		}
		for _, release := range all {
			if here, ok := f.release(release); ok && r.Canary != "" && release.Connector == r.Connector && release.Version == r.Canary {
				p.Canary = &host.Canary{Release: here, Share: r.Share, Agencies: r.Agencies}
			}
		}
		plans = append(plans, p)
	}
	return plans
}

// release is a version as the host runs it; none where it has no program for this platform.
func (f *follower) release(r catalogue.Release) (host.Release, bool) {
	sum, ok := r.Program(runtime.GOOS + "/" + runtime.GOARCH)
	return host.Release{Version: r.Version, Publisher: r.Publisher, SHA256: sum, Approved: &r.Permissions,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return f.store.Open(ctx, programKey(sum)) }}, ok
}

// programKey is where a connector's program is kept.
func programKey(sum string) string { return "connectors/" + sum }

func (f *follower) state() []hostState {
	resting := f.banks(time.Now())
	out := []hostState{}
	for _, s := range f.host.Status() {
		out = append(out, hostState{Status: s, Layers: f.host.Layers(s.Connector), Reports: f.host.Reports(s.Connector), Lines: f.tails.of(s.Connector),
			Banks: slices.DeleteFunc(slices.Clone(resting), func(b breakers.Rest) bool { return b.Connector != s.Connector })})
	}
	return out
}

// plugIn is plug, with the catalogue followed until the app is closed.
func (a *app) plugIn(ctx context.Context, h *host.Host, told chan host.Event, t *tails, banks func(time.Time) []breakers.Rest) error {
	f, err := newFollower(a, h, told, t, banks)
	if err != nil {
		return err
	}
	if err := f.look(ctx); err != nil {
		return fmt.Errorf("reading the catalogue of connectors: %w", err)
	}
	a.deps.Connectors.Observe(&conditions{keeper: f.keeper, bank: h.Bank})
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.run(ctx)
	}()
	a.closers = append(a.closers, func() { stop(); <-done })
	return nil
}
