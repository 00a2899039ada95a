package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
)

// release makes a version of acme that says and does what about says.
func release(t testing.TB, about string) Release {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(os.Getenv(programs), "acme"))
	must(t, err)
	at := bytes.Index(body, []byte(`{"version":"1.0.0"}@`))
	room := bytes.IndexFunc(body[at+19:], func(r rune) bool { return r != '@' }) + 19
	if at < 0 || len(about) > room {
		t.Fatalf("%d bytes of %d at %d", len(about), room, at)
	}
	copy(body[at:], about+strings.Repeat("@", room-len(about)))
	sum := sha256.Sum256(body)
	var v struct{ Version string }
	must(t, json.Unmarshal([]byte(about), &v))
	return Release{Version: v.Version, Publisher: "acme", SHA256: hex.EncodeToString(sum[:]),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
}

func version(t testing.TB, v string) Release { return release(t, fmt.Sprintf(`{"version":%q}`, v)) }

// versions is a host that runs acme, and what it tells.
type versions struct {
	*Host
	told chan Event
}

func newVersions(t testing.TB, plan Plan) versions {
	t.Helper()
	v := versions{told: make(chan Event, 100)}
	v.Host = start(t, Options{Tell: func(e Event) { v.told <- e }}, quick())
	v.plan(plan)
	return v
}

func (v versions) plan(p Plan) {
	p.Name = "acme"
	v.Apply([]Plan{p})
}

// ask tells which version answers an agency.
func (v versions) ask(t testing.TB, agency ident.AgencyID) (string, connectors.Answer) {
	t.Helper()
	c := newCall(`{"slow":true}`)
	c.Tenant = agency
	a := v.Call(t.Context(), "acme", connectors.Status, c, json.RawMessage(`{"reference":"R-1"}`))
	var news struct{ Events []struct{ Note string } }
	if a.Verdict == connectors.Done {
		must(t, json.Unmarshal(a.Payload, &news))
		return news.Events[0].Note, a
	}
	return "", a
}

func (v versions) wantTold(t testing.TB, code, version string) Event {
	t.Helper()
	var e Event
	select {
	case e = <-v.told:
	case <-time.After(20 * time.Second):
		t.Fatalf("nobody told of %s of %s: %+v", code, version, v.Status())
	}
	if e.Code != code || e.Version != version {
		t.Fatalf("told %+v, want %s of %s", e, code, version)
	}
	return e
}

// upgrades exchanges the version so many times while calls go on, and counts those that failed.
func upgrades(t testing.TB, times, callers int) (calls, lost int64) {
	releases := []Release{version(t, "1.0.0"), version(t, "1.1.0")}
	v := newVersions(t, Plan{Releases: releases[:1]})
	await(t, v.Host, "acme", Healthy)
	var wait sync.WaitGroup
	var over atomic.Bool
	var made, failed atomic.Int64
	for range callers {
		wait.Go(func() {
			for agency := ident.NewAgency(); !over.Load(); {
				if _, a := v.ask(t, agency); a.Verdict != connectors.Done && a.Failure.Code != "connector.busy" {
					failed.Add(1)
					t.Errorf("%+v", a.Failure)
					return
				}
				made.Add(1)
			}
		})
	}
	for i := range times {
		next, old := releases[(i+1)%2], releases[i%2]
		v.plan(Plan{Releases: []Release{next, old}})
		v.wantTold(t, Swapped, next.Version)
		if got, _ := v.ask(t, ident.NewAgency()); got != next.Version {
			t.Errorf("after the upgrade to %s, %s answers", next.Version, got)
		}
	}
	over.Store(true)
	wait.Wait()
	return made.Load(), failed.Load()
}

func TestHotUpgradesLoseNoCall(t *testing.T) {
	if calls, lost := upgrades(t, 3, 3); lost > 0 || calls == 0 {
		t.Errorf("%d of %d calls failed", lost, calls)
	}
}

// BenchmarkHotUpgrades is twenty hot upgrades under load.
func BenchmarkHotUpgrades(b *testing.B) {
	for b.Loop() {
		calls, lost := upgrades(b, 20, 3)
		b.ReportMetric(float64(calls), "calls")
		b.ReportMetric(float64(lost), "failed-calls")
	}
}

// A version that does not start takes no call; one that crashes gives way to the last good one.
func TestFallsBack(t *testing.T) {
	good, crash := version(t, "1.0.0"), release(t, `{"version":"1.2.0","does":"crash"}`)
	v := newVersions(t, Plan{Releases: []Release{good}})
	await(t, v.Host, "acme", Healthy)
	v.plan(Plan{Releases: []Release{release(t, `{"version":"1.1.0","does":"not start"}`), good}})
	v.wantTold(t, FellBack, "1.1.0")
	if got, _ := v.ask(t, ident.NewAgency()); got != "1.0.0" {
		t.Errorf("%q answers", got)
	}
	v.plan(Plan{Releases: []Release{crash, good}})
	v.wantTold(t, Swapped, "1.2.0")
	var before *process
	for range crashesAtMost {
		p := await(t, v.Host, "acme", Healthy)
		for p == before {
			p = await(t, v.Host, "acme", Healthy)
		}
		_, a := v.ask(t, ident.NewAgency())
		wantFailure(t, a, "unavailable", "connector.died", "none")
		before = p
		<-p.exited()
	}
	v.wantTold(t, FellBack, "1.2.0")
	if got, _ := v.ask(t, ident.NewAgency()); got != "1.0.0" {
		t.Errorf("%q answers", got)
	}
}

// What is revoked ends with the calls it has; the version before takes over, or calls wait.
func TestRevokedEndsAtOnce(t *testing.T) {
	one, two := version(t, "1.0.0"), version(t, "1.1.0")
	v := newVersions(t, Plan{Releases: []Release{two, one}})
	p := await(t, v.Host, "acme", Healthy)
	v.plan(Plan{Releases: []Release{one}})
	<-p.exited()
	if got, _ := v.ask(t, ident.NewAgency()); got != "1.0.0" {
		t.Errorf("%q answers", got)
	}
	p = await(t, v.Host, "acme", Healthy)
	v.plan(Plan{Revoked: true})
	<-p.exited()
	_, a := v.ask(t, ident.NewAgency())
	wantFailure(t, a, "unavailable", "connector.revoked", "none")
	if s := v.Status(); len(s) != 1 || !strings.Contains(s[0].Why, "revoked") {
		t.Errorf("%+v", s)
	}
	v.plan(Plan{Releases: []Release{two}})
	if got, _ := v.ask(t, ident.NewAgency()); got != "1.1.0" {
		t.Errorf("%q answers", got)
	}
}

// What was replaced in the folder takes no new calls, keeps those it has, and is nothing to fall back to.
func TestReplacedDrains(t *testing.T) {
	one, two := version(t, "1.0.0"), version(t, "1.1.0")
	v := newVersions(t, Plan{Releases: []Release{one}})
	old := await(t, v.Host, "acme", Healthy)
	_, leave := v.unit("acme").enter(ident.NewAgency())
	v.plan(Plan{Releases: []Release{two}, Leaving: []Release{one}})
	v.wantTold(t, Swapped, "1.1.0")
	if got, _ := v.ask(t, ident.NewAgency()); got != "1.1.0" {
		t.Errorf("%q answers", got)
	}
	select {
	case <-old.exited():
		t.Error("it ended with a call under way")
	default:
	}
	leave()
	<-old.exited()
}

// The canary's agencies get the next version until it does worse; then they are back, and it is not tried again.
func TestCanaryRollsBack(t *testing.T) {
	one, broken := version(t, "1.0.0"), release(t, `{"version":"1.1.0","does":"fail"}`)
	first, other := ident.NewAgency(), ident.NewAgency()
	plan := Plan{Releases: []Release{one}, Canary: &Canary{Release: broken, Agencies: []ident.AgencyID{first}}}
	v := newVersions(t, plan)
	canary := v.unit("acme").canary.current()
	for {
		state, _, _, changed := canary.look()
		if state == Healthy {
			break
		}
		<-changed
	}
	for range budgetBad {
		_, a := v.ask(t, first)
		wantFailure(t, a, "internal", "acme.broken", "none")
		if got, _ := v.ask(t, other); got != "1.0.0" {
			t.Errorf("another agency is answered by %q", got)
		}
	}
	e := v.wantTold(t, RolledBack, "1.1.0")
	if e.Detail != "3 of 3 calls ended badly against 0 of 2 calls ended badly of the version in force" {
		t.Error(e.Detail)
	}
	v.plan(plan)
	if got, _ := v.ask(t, first); got != "1.0.0" || len(v.Status()) != 1 {
		t.Errorf("%q answers, %+v", got, v.Status())
	}
	good := version(t, "1.2.0")
	plan.Canary = &Canary{Release: good, Share: 100}
	v.plan(plan)
	for got := ""; got != "1.2.0"; {
		got, _ = v.ask(t, other)
	}
	v.plan(Plan{Releases: []Release{good, one}})
	v.wantTold(t, Swapped, "1.2.0")
}

func TestCanaryShare(t *testing.T) {
	n, c := 0, Canary{Share: 20}
	for range 1000 {
		agency := ident.NewAgency()
		is := c.includes("acme", agency)
		if is {
			n++
		}
		if again := c.includes("acme", agency); is != again || (&Canary{}).includes("acme", agency) || !(&Canary{Share: 100}).includes("acme", agency) {
			t.Fatal("an agency is in and out")
		}
	}
	if n < 120 || n > 280 {
		t.Errorf("%d of 1000 agencies for 20 %%", n)
	}
}

func TestErrorBudget(t *testing.T) {
	for _, c := range []struct {
		canary, standing record
		over             bool
	}{
		{record{2, 2}, record{100, 0}, false}, // too few to tell
		{record{3, 3}, record{}, true},
		{record{30, 3}, record{100, 0}, false},
		{record{29, 3}, record{100, 0}, true},
		{record{100, 60}, record{100, 55}, false}, // the bank is down for both
	} {
		if got := overspent(c.canary, c.standing); got != c.over {
			t.Errorf("%+v against %+v: %v", c.canary, c.standing, got)
		}
	}
	var o outcomes
	for i := range 3 * remembered {
		o.add(i < remembered || i%10 == 0)
	}
	if got := o.record(); got != (record{remembered, remembered / 10}) {
		t.Errorf("%+v", got)
	}
}

// A program that is not what was approved is refused, with words.
func TestRefusesWhatWasNotApproved(t *testing.T) {
	narrow := release(t, `{"version":"1.0.0","egress":["a.example","b.example"]}`)
	narrow.Approved = &connectors.Permissions{Capabilities: []string{"bank_portal"}, Egress: []string{"a.example"}}
	other := version(t, "1.1.0")
	other.Version = "1.2.0"
	future := release(t, `{"version":"1.0.0","protocols":[2]}`)
	for want, r := range map[string]Release{"+ egress b.example": narrow, "it says it is version 1.1.0 and was approved as 1.2.0": other, "speaks version 2 of the connector protocol and this platform version 1": future} {
		v := newVersions(t, Plan{Releases: []Release{r}})
		await(t, v.Host, "acme", Refused)
		if s := v.Status()[0]; s.State != Refused || !strings.Contains(s.Why, want) {
			t.Errorf("%+v, want %q", s, want)
		}
	}
	both := newVersions(t, Plan{Releases: []Release{release(t, `{"version":"1.0.0","protocols":[1,2]}`)}})
	await(t, both.Host, "acme", Healthy)
}

// An agency with a process of its own shares it with nobody.
func TestDedicatedProcess(t *testing.T) {
	own, one := ident.NewAgency(), version(t, "1.0.0")
	v := newVersions(t, Plan{Releases: []Release{one}, Dedicated: []ident.AgencyID{own}})
	for _, agency := range []ident.AgencyID{own, ident.NewAgency()} {
		if got, _ := v.ask(t, agency); got != "1.0.0" {
			t.Errorf("%q answers", got)
		}
	}
	pids := map[string]int{}
	for _, s := range v.Status() {
		pids[s.PID] = s.Calls
	}
	if len(pids) != 2 {
		t.Errorf("%+v", v.Status())
	}
	for pid, calls := range pids {
		if calls != 1 {
			t.Errorf("%s had %d calls", pid, calls)
		}
	}
	v.plan(Plan{Releases: []Release{one}})
	if got, _ := v.ask(t, own); got != "1.0.0" {
		t.Errorf("%q answers", got)
	}
}
