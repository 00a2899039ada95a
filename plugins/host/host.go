package host

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
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
	key     []byte
	home    home
	jail    *jail.Jail
	reports *reports
	egress  *egress.Broker
	spawner *spawner
	running sync.WaitGroup
	closing func() error
	order   []string
	by      map[string]*supervisor

	bulkhead bulkhead
	deaths   *deaths
}

// Open verifies the connectors of a folder and starts them; it does not wait until they are up, calls do. A program that is not
// the one its catalogue names is refused and logged, the others run. A catalogue that cannot be read is an error.
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
	catalogue, err := readCatalogue(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue of connectors: %w", err)
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
	h := &Host{log: o.Log, key: o.PseudonymKey, home: dir, jail: cells, reports: newReports(time.Now), spawner: newSpawner(), by: map[string]*supervisor{},
		bulkhead: bulkhead{most: o.AtOnce, of: map[string]int{}}, deaths: newDeaths()}
	o.Egress.Report = h.reports.add
	if o.Egress.Log == nil {
		o.Egress.Log = o.Log
	}
	h.egress = egress.New(o.Egress)
	h.closing = sync.OnceValue(func() error {
		stop()
		h.running.Wait()
		h.egress.Close()
		h.spawner.close()
		return h.home.close()
	})
	if len(catalogue) == 0 {
		h.log.Warn("no connectors", "dir", o.Dir)
	}
	stderr := &lines{to: o.Stderr, now: time.Now, flooded: func(name string) { h.reports.add(name, Flooded, "") }}
	for number, e := range catalogue {
		s := &supervisor{name: e.name, log: h.log.With("connector", e.name), state: Starting, changed: make(chan struct{}), now: time.Now, pause: t.pause, rest: t.rest, reports: h.reports}
		h.by[e.name], h.order = s, append(h.order, e.name)
		path, err := admit(o.Dir, e, dir.dir)
		if err != nil {
			s.log.Error("connector refused", "error", err)
			h.reports.add(e.name, NotAdmitted, err.Error())
			s.state = Refused
			continue
		}
		s.start = func(ctx context.Context) (*process, error) {
			p := program{e, path, number, func() { h.reports.add(e.name, Printed, "") }}
			return launch(ctx, p, h.home, surroundings{h.jail, h.egress, h.spawner.start, stderr.of(e.name)}, t.start)
		}
		h.running.Go(func() { s.keep(ctx) })
	}
	return h, nil
}

// Close ends all connectors and removes what the host wrote. Calls still under way answer that it is not known whether the
// lender has acted: stop who calls first. It may be called again.
func (h *Host) Close() error { return h.closing() }

// Available describes the connectors that may be used, in the catalogue's order: those that have run since Open, with the state
// they are in. It waits for connectors that are just starting.
func (h *Host) Available(ctx context.Context) ([]connectors.Connector, error) {
	out := []connectors.Connector{}
	for _, name := range h.order {
		state, _, about := h.by[name].settled(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if about == nil || state == Stopped {
			continue
		}
		c := *about
		c.Status = string(state)
		out = append(out, c)
	}
	return out, nil
}

// States tells what each connector of the catalogue is doing.
func (h *Host) States() map[string]State {
	out := map[string]State{}
	for name, s := range h.by {
		out[name], _, _, _ = s.look()
	}
	return out
}

func describe(d *pb.DescribeResponse) *connectors.Connector {
	costs := map[string]int{}
	for _, c := range d.GetCosts() {
		costs[c.GetMethod()] = int(c.GetCents())
	}
	return &connectors.Connector{Name: d.GetId(), Version: d.GetVersion(), Title: d.GetTitle(), Capabilities: d.GetCapabilities(), ConfigSchema: d.GetConfigSchema(),
		Countries: some(d.GetCountries()), Products: some(d.GetProducts()), Egress: some(d.GetEgress()), DataCategories: some(d.GetDataCategories()), CostCents: costs, CallbackPaths: d.GetCallbackPaths()}
}

// some is a list that JSON writes as one, also when nothing is in it.
func some(list []string) []string { return append([]string{}, list...) }

// textAtMost bounds what a connector has a broker read, in bytes.
const textAtMost = 500

// textsOf are the texts of a description. One that is too long, or lacks a language, is left out: the kind's own words stand in.
func textsOf(described []*pb.Message) messages {
	out := messages{}
	for _, m := range described {
		t := &workflow.Text{EN: m.GetText()["en"], IT: m.GetText()["it"]}
		if t.EN != "" && t.IT != "" && len(t.EN) <= textAtMost && len(t.IT) <= textAtMost {
			out[m.GetKey()] = t
		}
	}
	return out
}

// pseudonym is how a connector sees an agency: stable for one connector, telling nothing, and another for each connector.
func (h *Host) pseudonym(connector string, agency ident.AgencyID) string {
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(connector + "\x00" + agency.String()))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
