package consents_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/verifications"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// The connector is a process of its own, as in the product: testdata/outside, run by the host.
var plugins string

func TestMain(m *testing.M) {
	jail.Enter()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "consents-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if out, err := exec.Command("go", "build", "-o", dir+"/", "./testdata/outside").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s", out)
			return 1
		}
		plugins = dir
		return m.Run()
	}())
}

const public = "https://pratica.example"

var ctx = context.Background()

// kit is an office whose files read bank accounts.
type kit struct {
	*office.Office
	links    *connectors.Service
	consents *consents.Service
	doors    *callbacks.Service
	app      ident.ApplicationID
	person   ident.SubjectID
	bank     ident.ConnectionID
	log      string
	plugs    *host.Host
	reports  *creditreports.Service
	proofs   *verifications.Service
	rights   *privacy.Service
	code     string // the person's tax code, where they have one
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{Office: office.New(t)}
	body, err := os.ReadFile(filepath.Join(plugins, "outside"))
	ok(t, err)
	sum := sha256.Sum256(body)
	ok(t, os.WriteFile(filepath.Join(plugins, host.Catalogue), []byte(hex.EncodeToString(sum[:])+"  outside\n"), 0o600))
	run, err := os.MkdirTemp("", "r") // t.TempDir() is too long for a socket
	ok(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	// Outside, because it keeps a log of what it was asked, which it could write nowhere inside.
	plugs, err := host.Open(host.Options{Dir: plugins, RunDir: run, Jail: jail.Policy{Off: true}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	ok(t, err)
	t.Cleanup(func() { _ = plugs.Close() })
	k.links = connectors.New(k.DB, plugs, k.Documents)
	k.links.CallbacksTo(public)
	offers := func(context.Context) (map[string]bool, error) {
		return map[string]bool{"outside": true, "portal": false}, nil
	}
	k.consents = consents.New(k.DB, k.Engine, k.Applications, public, "outside", offers)
	k.doors = callbacks.New(k.DB, k.Directory, k.Operator, func(ctx context.Context, name string) ([]string, error) {
		known, err := plugs.Available(ctx)
		if i := slices.IndexFunc(known, func(c connectors.Connector) bool { return c.Name == name }); i >= 0 {
			return known[i].CallbackPaths, err
		}
		return nil, err
	})
	k.doors.Admit(callbacks.BankConsent, k.consents)
	k.doors.Tell(k.consents)
	k.links.Deliver(k.consents.Takers())
	k.links.Deliver(connectors.Takers{connectors.Callback: k.doors})
	k.plugs = plugs
	k.reports = creditreports.New(k.DB, k.Applications, func(context.Context) (map[string]int64, error) { return map[string]int64{"outside": 250}, nil })
	k.proofs = verifications.New(k.DB, k.Applications, public, offers)
	k.links.Deliver(k.reports.Takers())
	k.links.Deliver(k.proofs.Takers())
	k.doors.Admit(callbacks.Verification, k.proofs)
	k.rights = privacy.New(k.DB, k.Engine, k.Documents, nil, public)
	k.Applications.Carry(k.reports.Before(k.Submissions))
	return k
}

// fresh is the same office with another file and person: the world is made once.
func (k *kit) fresh(t *testing.T) *kit {
	t.Helper()
	f := *k
	f.log = filepath.Join(t.TempDir(), "log")
	app, person, _ := f.Peopled(t)
	f.app, f.person = app.ID, person
	f.bank = f.connect(t, map[string]string{})
	return &f
}

// TestConsents runs the stories of this package in one world.
func TestConsents(t *testing.T) {
	k := newKit(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *kit)
	}{{"from asking to facts", fromAskingToFacts}, {"bounds of the law", boundsOfTheLaw}, {"life of a consent", lifeOfAConsent}, {"a read goes on after a crash", readGoesOnAfterACrash}, {"doors", doors}, {"credit reports", creditReports}, {"a template asks the bureau", templateAsks}, {"identity", identity}, {"their own", theirOwn}, {"the person is erased", erased}, {"the way to the bank", wayToTheBank},
		{"what was left is not taken up", whatWasLeft}, {"what banks say", whatBanksSay}, {"out of sight", outOfSight}, {"several banks", severalBanks}, {"two reads at once", twoAtOnce}, {"a bank left out", leftOut}, {"what offers no accounts", offersNone}, {"found by name", foundByName},
		{"without a place in the template", withoutPlace}} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, k.fresh(t)) })
	}
}

// connect makes a connection with these settings.
func (k *kit) connect(t *testing.T, settings map[string]string) ident.ConnectionID {
	t.Helper()
	settings["log"] = k.log
	config, err := json.Marshal(settings)
	ok(t, err)
	c, err := k.links.Connect(ctx, k.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "outside", Name: "Outside", Config: config})
	ok(t, err)
	return c.ID
}

// run carries operations on until none is due, for a few rounds a second apart.
func (k *kit) run(t *testing.T) {
	t.Helper()
	scope, err := k.Operator.Scope(k.A.ID, "test")
	ok(t, err)
	for quiet := 0; quiet < 3; {
		k.Clock.Advance(10 * time.Second)
		list, err := k.links.List(ctx, k.A.Do("broker", "operations.read"), connectors.Which{})
		ok(t, err)
		quiet++
		for _, o := range list.Items {
			if (o.State == "queued" || o.State == "reconciling") && o.NextAttemptAt.Before(k.Clock.Now()) {
				for k.plugs.Inside("outside").State != host.Healthy { // it has died and is being started again
					time.Sleep(5 * time.Millisecond)
				}
				ok(t, k.links.Run(ctx, scope, o.ID))
				quiet = 0
			}
		}
	}
}

// ask asks for a consent of ninety days.
func (k *kit) ask(t *testing.T, institution string, connection ident.ConnectionID) consents.Consent {
	t.Helper()
	c, err := k.consents.Create(ctx, k.A.Do("broker", "bank_consents.write"), k.person, consents.Input{ApplicationID: k.app, ConnectionID: connection, Institution: institution, Name: "Banca Esempio", ValidUntil: day(k, 90)})
	ok(t, err)
	return c
}

func (k *kit) get(t *testing.T, id ident.BankConsentID) consents.Consent {
	t.Helper()
	c, err := k.consents.Get(ctx, k.A.Do("broker", "bank_consents.read"), id)
	ok(t, err)
	return c
}

// where the person is.
const here = "192.0.2.7"

func tokenOf(c consents.Consent) string { return strings.TrimPrefix(c.Link.URL, public+"/callbacks/") }

// stands is how a consent stands for the person at their link.
func (k *kit) stands(t *testing.T, c consents.Consent) callbacks.View {
	t.Helper()
	view, err := k.doors.Visit(ctx, tokenOf(c), callbacks.Came{})
	ok(t, err)
	return view
}

// begin lets the person begin at their link; the bank is asked.
func (k *kit) begin(t *testing.T, c consents.Consent) callbacks.View {
	t.Helper()
	sent, err := k.doors.Visit(ctx, tokenOf(c), callbacks.Came{IP: here, Posted: true})
	ok(t, err)
	if sent.Next != tokenOf(c) {
		t.Fatalf("sent on to %q, not to their link", sent.Next)
	}
	k.run(t)
	return k.stands(t, c)
}

// come lets the person go through their link to the bank, and come back with a query.
func (k *kit) come(t *testing.T, c consents.Consent, query string) {
	t.Helper()
	k.back(t, c, k.begin(t, c), query)
}

// back lets them come back from the bank's page.
func (k *kit) back(t *testing.T, c consents.Consent, view callbacks.View, query string) {
	t.Helper()
	if view.Stand != callbacks.Go {
		t.Fatalf("the link shows %+v", view)
	}
	at, err := url.Parse(view.URL)
	ok(t, err)
	back, err := k.doors.Visit(ctx, strings.TrimPrefix(at.Query().Get("back"), public+"/callbacks/"), callbacks.Came{Query: query, IP: here})
	ok(t, err)
	if !strings.HasSuffix(c.Link.URL, back.Next) {
		t.Fatalf("sent on to %q, not to their link", back.Next)
	}
	if _, err := k.doors.Visit(ctx, strings.TrimPrefix(at.Query().Get("back"), public+"/callbacks/"), callbacks.Came{Query: "code=stolen"}); code(err) != "callback.not_found" {
		t.Errorf("the way back opens twice: %v", err)
	}
}

// agreed is a consent that is valid and whose accounts have been read.
func (k *kit) agreed(t *testing.T, connection ident.ConnectionID) consents.Consent {
	t.Helper()
	c := k.ask(t, "", connection)
	k.come(t, c, "code=good")
	k.run(t)
	return k.get(t, c.ID)
}

func (k *kit) facts(t *testing.T) (facts map[string]any) {
	t.Helper()
	f, err := k.file(t)
	ok(t, err)
	return f
}

// lines are those that the connector has written down so far; none where it was not asked.
func (k *kit) lines(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(k.log); os.IsNotExist(err) {
		return nil
	}
	return k.asked(t)
}

// asked are the lines that the connector wrote down.
func (k *kit) asked(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(k.log)
	ok(t, err)
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
