package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/tenants/templates"
)

// demoNow is the present of the tests: a Wednesday afternoon in Rome.
var demoNow = time.Date(2026, 11, 25, 15, 40, 0, 0, time.UTC)

// loadedDemo is a database with the demo data in it.
func loadedDemo(t *testing.T, now time.Time) *app {
	t.Helper()
	w := coretest.New(t)
	redis := miniredis.RunT(t)
	cfg := Config{DatabaseURL: redact.Secret(w.URL("pratica_app")), DatabaseDirectoryURL: redact.Secret(w.URL("pratica_directory")), DatabaseNetworkURL: redact.Secret(w.URL("pratica_network")), DatabaseOperatorURL: redact.Secret(w.URL("pratica_operator")),
		RedisURL: redact.Secret("redis://" + redis.Addr() + "/0"), BlobDir: filepath.Join(t.TempDir(), "documents"), KeyFile: filepath.Join(t.TempDir(), "root.key"), PublicURL: "http://demo.test"}
	_, err := crypto.OpenRoot(cfg.KeyFile, true)
	must(t, err)
	_, err = audit.OpenKey(cfg.auditKey(), true)
	must(t, err)
	var said bytes.Buffer
	must(t, loadDemo(t.Context(), cfg, now, &said))
	if !strings.Contains(said.String(), "demo data: 10 of ") {
		t.Errorf("no word of how far it is: %s", said.String())
	}
	a, err := openAt(t.Context(), cfg, func() time.Time { return now }, absent{})
	must(t, err)
	t.Cleanup(a.close)
	return a
}

// local is one agency of the loaded demo as its people see it.
type local struct {
	*app
	t     *testing.T
	plan  demoAgency
	id    ident.AgencyID
	staff map[string]tenancy.Actor
}

func (a *app) locals(t *testing.T) (out []*local) {
	t.Helper()
	for _, plan := range demoAgencies {
		l := &local{app: a, t: t, plan: plan, staff: map[string]tenancy.Actor{}}
		for _, m := range plan.people {
			actor, found, err := a.directory.Person(t.Context(), m.email(plan))
			must(t, err)
			if !found {
				t.Fatalf("%s %s cannot sign in", m.first, m.last)
			}
			places, err := a.directory.Agencies(t.Context(), actor.User())
			must(t, err)
			if len(places) != 1 || places[0].Name != plan.name || !slices.Equal(places[0].Roles, []string{m.role}) {
				t.Errorf("%s %s belongs to %v", m.first, m.last, places)
			}
			l.id, l.staff[m.part] = places[0].Agency, actor
		}
		out = append(out, l)
	}
	return out
}

// scope is the admin's, who may read everything.
func (l *local) scope(action string) tenancy.Scope {
	return l.db.Enter(l.staff[partAdmin], l.id, "test").For(access.Action(action))
}

func (l *local) cards() []applications.Card {
	l.t.Helper()
	all, err := l.deps.Applications.List(l.t.Context(), l.scope("applications.read"), applications.Filter{Query: page.Query{Limit: 200}})
	must(l.t, err)
	return all.Items
}

// TestDemo loads the demo data once and looks at them from all sides.
func TestDemo(t *testing.T) {
	t.Parallel() // it is long
	a := loadedDemo(t, demoNow)
	locals := a.locals(t)
	t.Run("the network has three agencies", func(t *testing.T) {
		admin, _, err := a.directory.Person(t.Context(), demoAdmin)
		must(t, err)
		networks, err := a.directory.Networks(t.Context(), admin.User())
		must(t, err)
		agencies, err := a.deps.Tenants.Agencies(t.Context(), a.networks.Enter(admin, networks[0].Network, "test").For("networks.read"))
		must(t, err)
		if len(networks) != 1 || len(agencies) != 3 {
			t.Errorf("%d networks, %d agencies", len(networks), len(agencies))
		}
	})
	t.Run("every state has a file", func(t *testing.T) { everyState(t, locals) })
	t.Run("every file holds", func(t *testing.T) {
		for _, l := range locals {
			l.t = t
			for _, c := range l.cards() {
				l.holds(c)
			}
		}
	})
	t.Run("people are who they say", func(t *testing.T) {
		for _, l := range locals {
			l.t = t
			l.people()
		}
	})
	t.Run("documents open", func(t *testing.T) {
		for _, l := range locals {
			l.t = t
			l.documents()
		}
	})
	t.Run("blockers are of many kinds", func(t *testing.T) { manyBlockers(t, locals) })
	t.Run("agencies see their own", func(t *testing.T) {
		for i, l := range locals {
			other := locals[(i+1)%len(locals)]
			l.t, other.t = t, t
			for _, c := range other.cards() {
				if _, err := l.deps.Applications.Get(t.Context(), l.scope("applications.read"), c.ID); !fault.Is(err, fault.NotFound) {
					t.Fatalf("%s reads a file of %s: %v", l.plan.name, other.plan.name, err)
				}
			}
			stranger := l.db.Enter(l.staff[partAdmin], other.id, "test").For("applications.read")
			if _, err := l.deps.Applications.Board(t.Context(), stranger, false); !fault.Is(err, fault.NotFound) {
				t.Errorf("an admin of %s enters %s: %v", l.plan.name, other.plan.name, err)
			}
		}
	})
	t.Run("banks are connected", func(t *testing.T) { banks(t, a, locals) })
	t.Run("the box has a link for everybody worth showing", func(t *testing.T) {
		lines, err := a.demoLinks(t.Context())
		must(t, err)
		for i, want := range []string{"network_admin", "agency_admin", "broker", "back_office", "compliance_officer", "read_only", "broker"} {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want+" ") || !strings.Contains(lines[i], "http://demo.test/login?token=") {
				t.Errorf("line %d: %q", i, lines)
			}
		}
	})
}

// leaves are the states of a template of those that agencies start with.
func leaves(t *testing.T, subject string) (out []string) {
	t.Helper()
	for _, source := range templates.All() {
		m, findings := workflow.Compile(source)
		if m == nil {
			t.Fatal(findings)
		}
		if m.Template.Subject != subject {
			continue
		}
		for _, s := range m.Template.Columns() {
			out = append(out, s.Name)
		}
	}
	return out
}

func everyState(t *testing.T, locals []*local) {
	files, sent, total := map[string]int{}, map[string]int{}, 0
	for _, l := range locals {
		l.t = t
		for _, c := range l.cards() {
			files[c.State]++
			total++
			list, err := l.deps.Submissions.List(t.Context(), l.scope("submissions.read"), c.ID)
			must(t, err)
			for _, s := range list {
				sent[s.State]++
				if s.State != "draft" && s.State != "submitted" && s.State != "bounced" && s.LenderReference == nil {
					t.Errorf("%s of %s has no reference", s.State, c.Number)
				}
			}
		}
	}
	t.Logf("%d files: %v; submissions: %v", total, files, sent)
	if total < 55 {
		t.Errorf("%d files", total)
	}
	for _, s := range leaves(t, "application") {
		if files[s] == 0 {
			t.Errorf("no file is %s", s)
		}
	}
	for _, s := range leaves(t, "submission") {
		if sent[s] == 0 {
			t.Errorf("no submission is %s", s)
		}
	}
}

// holds checks that a file's past is one: it replays, goes forward in time, and was made by the agency's people.
func (l *local) holds(c applications.Card) {
	l.t.Helper()
	ctx, scope := l.t.Context(), l.scope("applications.read")
	replayed, err := l.deps.Applications.Replay(ctx, scope, c.ID)
	must(l.t, err)
	if !replayed.OK {
		l.t.Errorf("%s does not replay: row %d", c.Number, replayed.Bad)
	}
	list, err := l.deps.Documents.Checklist(ctx, l.scope("documents.read"), c.ID)
	must(l.t, err)
	if len(list.Items) == 0 {
		l.t.Errorf("%s needs no documents", c.Number)
	}
	ready := c.State == "ready_to_submit" || c.State == "file_check"
	if ready && !list.Complete {
		l.t.Errorf("%s is %s with an incomplete checklist", c.Number, c.State)
	}
	steps, err := l.deps.Applications.History(ctx, scope, c.ID, page.Query{Limit: 200})
	must(l.t, err)
	last := demoNow.AddDate(0, 0, -110)
	slices.Reverse(steps.Items)
	for _, s := range steps.Items {
		if s.At.Before(last) || s.At.After(demoNow) {
			l.t.Errorf("%s, step %d, is at %s after %s", c.Number, s.Sequence, s.At, last)
		}
		last = s.At
		if s.Actor.ID != "system" && s.Actor.Name == "" {
			l.t.Errorf("%s, step %d, is by nobody of the agency: %s", c.Number, s.Sequence, s.Actor.ID)
		}
	}
	if c.Outcome != nil {
		tasks, err := l.deps.Applications.Tasks(ctx, l.scope("tasks.read"), c.ID)
		must(l.t, err)
		if slices.ContainsFunc(tasks, func(t applications.Task) bool { return t.State == "open" }) {
			l.t.Errorf("%s has ended with open tasks", c.Number)
		}
	}
}

func (l *local) people() {
	l.t.Helper()
	all, err := l.deps.Subjects.List(l.t.Context(), l.scope("subjects.read"), subjects.Filter{Query: page.Query{Limit: 200}})
	must(l.t, err)
	names, twice := map[string]bool{}, 0
	for _, s := range all.Items {
		if _, err := subjects.TaxCode(*s.TaxCode); err != nil || len(s.Warnings) > 0 {
			l.t.Errorf("%s: %v %v", s.DisplayName, err, s.Warnings)
		}
		if _, err := subjects.IBAN(s.IBAN); err != nil {
			l.t.Errorf("%s: %v", s.DisplayName, err)
		}
		if names[s.DisplayName] {
			l.t.Errorf("there are two %s", s.DisplayName)
		}
		names[s.DisplayName] = true
		files, err := l.deps.Subjects.Applications(l.t.Context(), l.scope("subjects.read"), s.ID)
		must(l.t, err)
		if len(files) > 1 {
			twice++
		}
	}
	if twice == 0 {
		l.t.Errorf("%s: nobody is in two files", l.plan.name)
	}
}

func (l *local) documents() {
	l.t.Helper()
	for _, c := range l.cards() {
		papers, err := l.deps.Documents.OfApplication(l.t.Context(), l.scope("documents.read"), c.ID)
		must(l.t, err)
		for _, p := range papers {
			if p.State == "requested" {
				continue
			}
			_, content, err := l.deps.Documents.Content(l.t.Context(), l.scope("documents.read"), p.ID)
			must(l.t, err)
			raw, err := io.ReadAll(content)
			must(l.t, err)
			must(l.t, content.Close())
			checkPDF(l.t, raw)
			if open := regexp.MustCompile(`\{[a-z]+\}`).Find(raw); open != nil {
				l.t.Errorf("%s says %s", p.Kind, open)
			}
		}
	}
}

// manyBlockers: the files in collection are held by a missing, a rejected and an expiring document, and by both ratios.
func manyBlockers(t *testing.T, locals []*local) {
	seen := map[string]bool{}
	for _, l := range locals {
		l.t = t
		for _, c := range l.cards() {
			if c.State != "document_collection" {
				continue
			}
			offers, err := l.deps.Applications.Offers(t.Context(), l.db.Enter(l.staff[partBroker], l.id, "test").For("applications.read"), c.ID)
			must(t, err)
			for _, o := range offers.Items {
				if o.Event == "declare_complete" && o.Enabled {
					seen["nothing"] = true
				}
				for _, b := range o.Blockers {
					raw, err := json.Marshal(b)
					must(t, err)
					for _, word := range []string{`"missing"`, `"rejected"`, `"expires"`, "g_ltv", "g_dti"} {
						if o.Event == "declare_complete" && bytes.Contains(raw, []byte(word)) {
							seen[word] = true
						}
					}
				}
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("the blockers are only of these kinds: %v", seen)
	}
}

// portal is a connector host that knows a connector for lenders, one for accounts and one for reports.
type portal struct{ absent }

func (portal) Available(context.Context) ([]connectors.Connector, error) {
	var out []connectors.Connector
	for _, capability := range []string{bankPortal, "open_banking", "credit_bureau"} {
		out = append(out, connectors.Connector{Name: strings.ReplaceAll(capability, "_", ""), Publisher: connectors.BuiltIn, Capabilities: []string{capability}, ConfigSchema: json.RawMessage(`{"type":"object"}`)})
	}
	return out, nil
}

func banks(t *testing.T, a *app, locals []*local) {
	must(t, connectBanks(t.Context(), a, "http://bank.test")) // nothing to connect with
	a.caller = portal{}
	must(t, a.build())
	for range 2 { // the second time the address is another one
		must(t, connectBanks(t.Context(), a, "http://bank.test"))
		for _, l := range locals {
			lenders, err := a.deps.Products.Lenders(t.Context(), l.scope("lenders.read"))
			must(t, err)
			connections, err := a.deps.Connectors.Connections(t.Context(), l.scope("connectors.read"))
			must(t, err)
			by := map[string]int{}
			for _, c := range connections {
				by[c.Connector]++
			}
			if by["bankportal"] != 3 || by["openbanking"] != 2 || by["creditbureau"] != 1 {
				t.Errorf("%s is connected by %v", l.plan.name, by)
			}
			for _, lender := range lenders {
				want := slices.ContainsFunc(demoLenders, func(d demoLender) bool { return d.key == lender.Key && d.connected })
				if (lender.Connection != nil) != want || len(lender.Agreements) == 0 || len(lender.Products) == 0 {
					t.Errorf("%s of %s: connection %v, %d agreements, %d products", lender.Name, l.plan.name, lender.Connection, len(lender.Agreements), len(lender.Products))
				}
			}
		}
	}
}

// TestDemoIsTheSame: the same people and files every time.
func TestDemoIsTheSame(t *testing.T) {
	told := func() string {
		var out strings.Builder
		for i, agency := range demoAgencies {
			town := &town{almanac: newAlmanac(demoNow), agency: agency}
			town.prepare(i)
			for _, d := range town.files {
				for _, p := range d.parties {
					raw, err := json.Marshal(p.data)
					must(t, err)
					out.Write(raw)
				}
				fmt.Fprintln(&out, d.asked, d.asset)
			}
			for _, a := range town.agenda {
				fmt.Fprintln(&out, a.at, a.what)
			}
		}
		return regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(out.String(), "")
	}
	if first, again := told(), told(); first != again {
		t.Error("two tellings differ")
	}
}

// TestAlmanac: nothing is later than now, whatever the day and hour, and nobody works on a day of rest.
func TestAlmanac(t *testing.T) {
	for _, now := range []string{"2026-11-25T15:40:00Z", "2026-11-25T00:10:00Z", "2026-11-28T12:00:00Z", "2026-11-25T08:05:00Z", "2026-12-25T09:00:00Z", "2026-03-29T10:00:00Z", "2027-01-07T23:30:00Z"} {
		at, err := time.Parse(time.RFC3339, now)
		must(t, err)
		a := newAlmanac(at)
		for minute := opens; minute < closes+60; minute += 15 {
			if got := a.at(a.newest, minute); got.After(at) || !working(got) {
				t.Errorf("at %s somebody works at %s", now, got)
			}
		}
	}
	clock := &demoClock{at: demoNow.Add(-time.Hour), end: demoNow}
	clock.move(demoNow.Add(-2 * time.Hour))
	clock.pass(10 * time.Hour)
	if !clock.Now().Equal(demoNow) {
		t.Errorf("the clock stands at %s", clock.Now())
	}
}

// TestLetters: the mails before the welcome go to a file, the welcome and what follows to people.
func TestLetters(t *testing.T) {
	dir := t.TempDir()
	must(t, demoLoaded.write(dir))
	var delivered []string
	deliver := func(_ context.Context, row queue.Row) error {
		var m outbox.Message
		must(t, json.Unmarshal(row.Payload, &m))
		delivered = append(delivered, m.Subject)
		return nil
	}
	carry := func(subjects ...string) {
		carrier, err := letters(dir, deliver)
		must(t, err)
		for _, s := range subjects {
			raw, err := json.Marshal(outbox.Message{To: "somebody@example.test", Subject: s, Text: "text"})
			must(t, err)
			must(t, carrier(t.Context(), queue.Row{Payload: raw}))
		}
	}
	carry("old")
	carry("older", welcomeSubject, "new") // after a start in between
	carry("newer")
	if want := []string{welcomeSubject, "new", "newer"}; !slices.Equal(delivered, want) {
		t.Errorf("delivered %q, want %q", delivered, want)
	}
	aside, err := os.ReadFile(filepath.Join(dir, pastMails))
	must(t, err)
	if strings.Count(string(aside), "Subject: old") != 2 {
		t.Errorf("put aside: %s", aside)
	}
}

// TestDemoDue: an empty directory gets demo data, a used one does not, an interrupted loading begins again.
func TestDemoDue(t *testing.T) {
	for _, c := range []struct {
		name              string
		state             demoState
		used, wanted      bool
		due, brokenBefore bool
	}{
		{name: "empty", wanted: true, due: true},
		{name: "empty, not wanted"},
		{name: "somebody's own", used: true, wanted: true},
		{name: "interrupted", state: demoLoading, used: true, wanted: true, due: true, brokenBefore: true},
		{name: "interrupted, not wanted any more", state: demoLoading, used: true, brokenBefore: true},
		{name: "loaded", state: demoLoaded, used: true, wanted: true},
		{name: "ready", state: demoReady, used: true, wanted: true},
	} {
		dir := t.TempDir()
		if c.state != demoAbsent {
			must(t, c.state.write(dir))
		}
		if c.used {
			must(t, os.WriteFile(filepath.Join(dir, passwordFile), []byte("x"), 0o600))
		}
		due, broken, err := demoDue(dir, c.wanted)
		must(t, err)
		if due != c.due || broken != c.brokenBefore {
			t.Errorf("%s: due %v, broken %v", c.name, due, broken)
		}
	}
}
