package host

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// startTimeout bounds how long a connector may take to describe itself.
const startTimeout = 10 * time.Second

// Options say where connectors are and what a host may use.
type Options struct {
	// Dir holds the programs and their catalogue. One that is not there has no connectors.
	Dir string
	// RunDir is where the host makes a directory of its own, mode 0700, removed at Close. Empty: the system's temporary directory.
	RunDir string
	// Log takes ids and states. Nil: slog.Default().
	Log *slog.Logger
	// Stderr takes what connectors print on standard error, line by line under the connector's name. Their authors are asked to
	// keep personal data out; nothing enforces it. Nil: it is dropped.
	Stderr io.Writer
	// PseudonymKey makes the names under which connectors see agencies; the same key keeps the same names. Empty: a new one.
	PseudonymKey []byte
	// Tell hears what happened to versions; it must not wait. Nil: the log says it.
	Tell func(Event)
	// Jail says how connectors are shut in. The zero value uses every layer there is.
	Jail jail.Policy
	// Egress says how they are let out. Report is the host's own.
	Egress egress.Options
	// AtOnce bounds the calls under way to one bank. Zero: the constant of that name.
	AtOnce int
}

// Host runs connectors and calls them. It is safe for use by many goroutines.
type Host struct {
	log     *slog.Logger
	macs    sync.Pool // of pseudonyms: one that was used has digested its key
	home    home
	jail    *jail.Jail
	reports *reports
	egress  *egress.Broker
	spawner *spawner
	running sync.WaitGroup
	closing func() error
	ctx     context.Context // ends with Close
	pace    tempo
	stderr  *lines
	tell    func(Event)

	mu    sync.RWMutex
	order []string
	by    map[string]*unit

	launched  atomic.Int64
	admitting sync.Mutex
	bulkhead  bulkhead
	deaths    *deaths
}

// Open starts the connectors of a folder; it does not wait until they are up, calls do. A program that is not the one its catalogue
// names is refused and logged, the others run. A catalogue that cannot be read is an error. Without a folder nothing runs until Apply.
func Open(o Options) (*Host, error) {
	return open(o, tempo{pause: pause, rest: wholly, start: startTimeout})
}

// tempo is what tests hasten.
type tempo struct {
	pause func(context.Context, time.Duration)
	rest  func(context.Context, time.Duration)
	start time.Duration
}

func open(o Options, t tempo) (*Host, error) {
	plans := []Plan{}
	if o.Dir != "" {
		var err error
		if plans, err = Folder(o.Dir); err != nil {
			return nil, err
		}
	}
	dir, err := newHome(o.RunDir)
	if err != nil {
		return nil, fmt.Errorf("making a directory for connectors: %w", err)
	}
	cells, err := jail.Open(o.Jail, dir.scratch)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("shutting connectors in: %w", err), dir.close())
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if len(o.PseudonymKey) == 0 {
		o.PseudonymKey = []byte(rand.Text())
	}
	if o.AtOnce == 0 {
		o.AtOnce = AtOnce
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Host{log: o.Log, macs: sync.Pool{New: func() any { return hmac.New(sha256.New, o.PseudonymKey) }}, home: dir, jail: cells, reports: newReports(time.Now), spawner: newSpawner(), by: map[string]*unit{}, ctx: ctx, pace: t,
		tell: o.Tell, bulkhead: bulkhead{most: o.AtOnce, of: map[string]int{}}, deaths: newDeaths()}
	h.stderr = &lines{to: o.Stderr, now: time.Now, flooded: func(name string) { h.reports.add(name, Flooded, "") }}
	o.Egress.Report = h.reports.add
	if o.Egress.Log == nil {
		o.Egress.Log = o.Log
	}
	h.egress = egress.New(o.Egress)
	h.closing = sync.OnceValue(func() error {
		h.mu.Lock() // nothing is begun after this
		stop()
		h.mu.Unlock()
		h.running.Wait()
		h.egress.Close()
		h.spawner.close()
		return h.home.close()
	})
	if len(plans) == 0 && o.Dir != "" {
		h.log.Warn("no connectors", "dir", o.Dir)
	}
	h.Apply(plans)
	return h, nil
}

// Apply makes the host run what the plans say, and nothing else: what is new starts, what has another version is exchanged without
// losing a call, what is no longer allowed ends at once. Applied again, it changes nothing.
func (h *Host) Apply(plans []Plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() != nil {
		return
	}
	gone := h.by
	h.by, h.order = map[string]*unit{}, nil
	for _, p := range plans {
		u := gone[p.Name]
		if u == nil {
			u = newUnit(p.Name, &lanes{launch: h.launch, tell: h.told})
		}
		delete(gone, p.Name)
		h.by[p.Name], h.order = u, append(h.order, p.Name)
		u.apply(p)
	}
	for _, u := range gone {
		u.apply(Plan{Name: u.name})
	}
}

// launch begins to run a version. It is given up by the supervisor's end, or Close.
func (h *Host) launch(name string, r Release, failed func(*supervisor)) *supervisor {
	ctx, end := context.WithCancel(h.ctx)
	s := &supervisor{name: name, release: r, log: h.log.With("connector", name), end: end, over: ctx.Done(), failed: failed, state: Starting, since: time.Now(),
		changed: make(chan struct{}), now: time.Now, pause: h.pace.pause, rest: h.pace.rest, reports: h.reports}
	number := int(h.launched.Add(1) - 1)
	s.start = func(ctx context.Context) (*process, error) {
		h.admitting.Lock()
		path, err := admit(ctx, name, r, h.home.dir)
		h.admitting.Unlock()
		if err != nil {
			return nil, err
		}
		run := program{entry{name, r.SHA256}, path, number, func() { h.reports.add(name, Printed, "") }}
		p, err := launch(ctx, run, h.home, surroundings{h.jail, h.egress, h.spawner.start, h.stderr.of(name)}, h.pace.start)
		if err != nil {
			return nil, refusal(err)
		}
		if err := asApproved(describe(p.about), r); err != nil {
			p.close()
			return nil, err
		}
		return p, nil
	}
	h.running.Go(func() { s.keep(ctx) })
	return s
}

func (h *Host) unit(name string) *unit {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.by[name]
}

// units are the host's connectors, in the plans' order.
func (h *Host) units() []*unit {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := []*unit{}
	for _, name := range h.order {
		out = append(out, h.by[name])
	}
	return out
}

// Close ends all connectors and removes what the host wrote. Calls still under way answer that it is not known whether the
// lender has acted: stop who calls first. It may be called again.
func (h *Host) Close() error { return h.closing() }

// Available describes the connectors that may be used, in the plans' order: those that have run since Open, with the state
// the version in force is in. It waits for connectors that are just starting.
func (h *Host) Available(ctx context.Context) ([]connectors.Connector, error) {
	out := []connectors.Connector{}
	for _, u := range h.units() {
		s := u.main()
		if s == nil {
			if u.isRevoked() { // its connections can say why they wait
				out = append(out, connectors.Connector{Name: u.name, Title: u.name, Status: "revoked", Publisher: u.publisher})
			}
			continue
		}
		state, _, about := s.settled(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if about == nil || state == Stopped {
			continue
		}
		c := *about
		c.Status, c.Publisher = string(state), s.release.Publisher
		out = append(out, c)
	}
	return out, nil
}

func describe(d *pb.DescribeResponse) *connectors.Connector {
	costs := map[string]int{}
	for _, c := range d.GetCosts() {
		costs[c.GetMethod()] = int(c.GetCents())
	}
	return &connectors.Connector{Name: d.GetId(), Version: d.GetVersion(), Title: d.GetTitle(), Capabilities: d.GetCapabilities(), ConfigSchema: d.GetConfigSchema(),
		Countries: some(d.GetCountries()), Products: some(d.GetProducts()), Egress: some(d.GetEgress()), DataCategories: some(d.GetDataCategories()), CostCents: costs, CallbackPaths: some(d.GetCallbackPaths())}
}

// some is a list that JSON writes as one, also when nothing is in it.
func some(list []string) []string { return append([]string{}, list...) }

// messageAtMost bounds what a connector has a broker read, in bytes.
const messageAtMost = 500

// textsOf are the texts of a description. One that is too long, or lacks a language, is left out: the kind's own words stand in.
func textsOf(described []*pb.Message) messages {
	out := messages{}
	for _, m := range described {
		t := &workflow.Text{EN: m.GetText()["en"], IT: m.GetText()["it"]}
		if t.EN != "" && t.IT != "" && len(t.EN) <= messageAtMost && len(t.IT) <= messageAtMost {
			out[m.GetKey()] = t
		}
	}
	return out
}

// pseudonym is how a connector sees an agency: stable for one connector, telling nothing, and another for each connector.
func (h *Host) pseudonym(connector string, agency ident.AgencyID) string {
	mac := h.macs.Get().(hash.Hash)
	defer h.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(connector + "\x00" + agency.String()))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
