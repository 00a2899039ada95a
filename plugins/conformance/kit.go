package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/plugins/archive"
	hostegress "github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	"github.com/pratica-crm/pratica/plugins/mockbank"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Options of a run.
type Options struct {
	Binary string // the connector's program
	Spec   Spec
	// Patience is how long the kit lets a hanging bank hang. Zero: 600 ms.
	Patience time.Duration

	noJail   bool
	tape     hostegress.Tape
	at       time.Time // what the payloads take for now; zero: now
	leaveOut []string  // checks
	stage    string    // what builds cells; empty: this program
}

const (
	patience  = 600 * time.Millisecond
	callLimit = 10 * time.Second // of a call that should end well
	settle    = 3 * time.Second  // in which what was broken off has ended
	bigLog    = 1 << 20
)

// What stands in one agency's data alone. The tax codes are right in form. Read only.
var (
	canaries = [2]string{"Kanarienvogel", "Zeisigmaennchen"}
	taxCodes = [2]string{"RSSMRA79B11C566R", "RSSMRA85T10A562S"}
)

// lane is an agency with a bank of its own.
type lane struct {
	tenant     ident.AgencyID
	connection ident.ConnectionID
	config     json.RawMessage
	canary     string // stands in all its data, and nowhere else
	taxCode    string
	bank       *front // of the mock bank, or the author's
	identity   *front
	provider   *provider
	mock       http.Handler // the mock bank, where it is that
}

// asked is the front a scenario's calls end at.
func (k *kit) asked(l *lane) *front {
	if k.scenario.capability == "identity" {
		return l.identity
	}
	return l.bank
}

// kit is one run.
type kit struct {
	ctx      context.Context
	o        Options
	dir      string
	name     string
	host     *host.Host
	about    connectors.Connector
	inside   host.Inside
	scenario scenario
	lanes    [2]*lane
	stderr   *buffer
	log      *events
	figures  map[string]float64
	result   map[string]Result
	first    struct { // what the check "work" came to
		answer connectors.Answer
		key    string
		n      int
	}
	numbers int
}

// ErrCannotRun wraps whatever keeps the kit from judging at all.
var ErrCannotRun = errors.New("the kit cannot run")

// open starts the connector in a host, as in production, with two agencies before it.
func open(ctx context.Context, o Options) (*kit, error) {
	if o.Patience == 0 {
		o.Patience = patience
	}
	if o.Spec.MemoryMiB == 0 {
		o.Spec.MemoryMiB = 256
	}
	k := &kit{ctx: ctx, o: o, name: filepath.Base(o.Binary), stderr: &buffer{}, log: &events{}, figures: map[string]float64{}, result: map[string]Result{}}
	if err := k.start(); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

func (k *kit) start() error {
	program, err := os.ReadFile(k.o.Binary)
	if err != nil {
		return fmt.Errorf("%w: %w. Build the connector first (go build, or npm run build)", ErrCannotRun, err)
	}
	if k.dir, err = os.MkdirTemp("", "pratica-kit-"); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	for i := range k.lanes {
		if k.lanes[i], err = k.lane(i); err != nil {
			return fmt.Errorf("%w: %w", ErrCannotRun, err)
		}
	}
	if err := writeProgram(filepath.Join(k.dir, k.name), program); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	if err := os.WriteFile(filepath.Join(k.dir, host.Catalogue), []byte(archive.Sum(program)+"  "+k.name+"\n"), 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	began := time.Now()
	k.host, err = host.Open(k.hostOptions())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	if err := k.up(); err != nil {
		return fmt.Errorf("%w: %s does not start: %w. It said:\n%s\nSee %s", ErrCannotRun, k.name, err, k.stderr.String()+k.log.why(), link("it-does-not-start"))
	}
	k.figures["start_ms"] = float64(time.Since(began).Milliseconds())
	known, err := k.host.Available(k.ctx)
	if err != nil || len(known) != 1 {
		return fmt.Errorf("%w: %s does not describe itself", ErrCannotRun, k.name)
	}
	k.about = known[0]
	k.scenario, _ = scenarioOf(k.about.Capabilities)
	return nil
}

func (k *kit) hostOptions() host.Options {
	var fronts []string
	for _, l := range k.lanes {
		fronts = append(fronts, trimmed(l.bank.url, "http://"), trimmed(l.identity.url, "http://"))
	}
	for _, value := range k.o.Spec.Config { // a cassette's bank, which nobody dials
		if text, ok := value.(string); ok && k.o.tape != nil && local(text) {
			if place, err := hostegress.Place(text); err == nil {
				fronts = append(fronts, place)
			}
		}
	}
	// The limit of the jail is wider than the kit's, so that the kit can say by how much a connector is over its own.
	return host.Options{Dir: k.dir, Log: slog.New(k.log), Stderr: k.stderr, AtOnce: 1000, Jail: jail.Policy{Off: k.o.noJail, Stage: k.o.stage, Memory: 2 * max(64, int64(k.o.Spec.MemoryMiB)) << 20},
		Egress: hostegress.Options{Private: fronts, Tape: k.o.tape}}
}

// writeProgram writes an executable while nothing is forked: a child with the descriptor open would make it "text file busy".
func writeProgram(path string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, content, 0o700)
}

// up waits until the connector is healthy.
func (k *kit) up() error {
	ctx, cancel := context.WithTimeout(k.ctx, 15*time.Second)
	defer cancel()
	for {
		switch in := k.host.Inside(k.name); in.State {
		case host.Healthy:
			k.inside = in
			return nil
		case host.Refused, host.Quarantined, host.Stopped:
			return fmt.Errorf("it is %s", in.State)
		case host.Backoff:
			return errors.New("it ended at once")
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("it was not ready within 15 s")
		}
	}
}

// again waits until it is healthy in another process than the one with this pid.
func (k *kit) again(pid int) error {
	ctx, cancel := context.WithTimeout(k.ctx, 15*time.Second)
	defer cancel()
	for {
		in := k.host.Inside(k.name)
		if in.State == host.Healthy && in.PID != pid {
			k.inside = in
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("it is not up again after 15 s; it is %s", in.State)
		}
	}
}

func (k *kit) lane(i int) (*lane, error) {
	l := &lane{tenant: ident.NewAgency(), connection: ident.NewConnection(), canary: canaries[i], taxCode: taxCodes[i], provider: newProvider()}
	var other http.Handler = http.NotFoundHandler()
	switch at := k.o.Spec.Bank; {
	case at == "none": // the settings lead elsewhere
	case at == "mock":
		bank, err := mockbank.New(mockbank.Options{})
		if err != nil {
			return nil, err
		}
		other, l.mock = bank, bank
	case at != "":
		target, err := url.Parse(at)
		if err != nil {
			return nil, err
		}
		other = httputil.NewSingleHostReverseProxy(target)
	}
	var err error
	if l.bank, err = newFront(other); err != nil {
		return nil, err
	}
	if l.identity, err = newFront(l.provider); err != nil {
		l.bank.close()
		return nil, err
	}
	l.provider.at(l.identity.url)
	l.config, err = k.o.Spec.settings(l.bank.url, l.identity.url, l.provider.clientKey)
	return l, err
}

func (k *kit) close() {
	if k.host != nil {
		_ = k.host.Close()
	}
	for _, l := range k.lanes {
		if l != nil {
			l.bank.close()
			l.identity.close()
		}
	}
	_ = os.RemoveAll(k.dir)
}

// clock is what payloads take for now.
func (k *kit) clock() time.Time {
	if k.o.at.IsZero() {
		return time.Now()
	}
	return k.o.at
}

// call is a call of an agency under a new key.
func (k *kit) call(l *lane, method string, payload any) connectors.Answer {
	return k.callAs(k.ctx, l, method, connectors.Call{}, payload)
}

// callAs is a call with what is set of with; the rest is filled in.
func (k *kit) callAs(ctx context.Context, l *lane, method string, with connectors.Call, payload any) connectors.Answer {
	with.Tenant, with.Connection, with.Operation, with.Config, with.ConfigRevision = l.tenant, l.connection, ident.NewOperation(), l.config, 1
	with.Locale, with.Purpose = "it", "creditworthiness"
	if with.IdempotencyKey == "" {
		with.IdempotencyKey = ident.NewOperation().String()
	}
	if with.Attempt == 0 {
		with.Attempt = 1
	}
	if with.UserIP == "" {
		with.UserIP = "192.0.2.7" // somebody waits: what a bank counts against absent people is not what is tried here
	}
	if with.Deadline.IsZero() {
		with.Deadline = time.Now().Add(callLimit)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "internal", Code: "kit.payload"}}
	}
	return k.host.Call(ctx, k.name, method, with, body)
}

// next is a number for a payload that no other has.
func (k *kit) next() int {
	k.numbers++
	return k.numbers
}

// do has the scenario's method done once, for an agency.
func (k *kit) do(l *lane, with connectors.Call) (connectors.Answer, error) {
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return connectors.Answer{}, err
	}
	return k.callAs(k.ctx, l, k.scenario.method, with, order), nil
}

// buffer keeps what was printed, up to a bound.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b.Len() < bigLog {
		b.b.Write(p)
	}
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var _ io.Writer = (*buffer)(nil)

// events keeps what the host logs of what went wrong.
type events struct {
	mu      sync.Mutex
	reasons []string
}

func (*events) Enabled(context.Context, slog.Level) bool { return true }
func (e *events) WithAttrs([]slog.Attr) slog.Handler     { return e }
func (e *events) WithGroup(string) slog.Handler          { return e }
func (e *events) Handle(_ context.Context, r slog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" && len(e.reasons) < 5 {
			e.reasons = append(e.reasons, fmt.Sprint(a.Value.Any()))
		}
		return true
	})
	return nil
}

func (e *events) why() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.reasons, "\n")
}

// Describe starts a connector and asks it what it is.
func Describe(ctx context.Context, binary string) (*pb.DescribeResponse, error) {
	k, err := open(ctx, Options{Binary: binary})
	if err != nil {
		return nil, err
	}
	defer k.close()
	return k.inside.About, nil
}
