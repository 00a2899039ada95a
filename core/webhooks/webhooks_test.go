package webhooks_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// TestDelivered: an event comes as a CloudEvent under a signature that two implementations find right; whoever's agency it is not sees nothing of it.
func TestDelivered(t *testing.T) {
	r := receive(t, nil)
	h := open(t, r)
	e := h.hook(h.A, r, webhooks.ApplicationMoved)
	file := ident.NewApplication()
	h.emit(h.A, moved(file, 7), webhooks.Consent{SubjectID: ident.NewSubject(), Purpose: "marketing", State: "given"}) // the second is not wanted
	h.emit(h.B, moved(ident.NewApplication(), 1))                                                                      // and B's is not A's
	if !h.attempt(h.A, e.ID) || h.attempt(h.A, e.ID) {
		t.Fatal("not one delivery")
	}
	g := r.next(t)
	verify(t, e.Secret, g, h.Clock.Now())
	if g.path != "/in?token=sesame" {
		t.Errorf("posted to %s", g.path)
	}
	event := conforms(t, g)
	want := map[string]any{"specversion": "1.0", "type": webhooks.ApplicationMoved, "subject": file.String(), "source": "https://pratica.example/agencies/" + h.A.ID.String(), "sequence": "0000000007"}
	for name, v := range want {
		if event[name] != v {
			t.Errorf("%s is %v, want %v", name, event[name], v)
		}
	}
	data, _ := event["data"].(map[string]any)
	if data["application_id"] != file.String() || data["version"] != 7.0 {
		t.Errorf("data is %v", data)
	}
	if event["id"] != g.header.Get("webhook-id") {
		t.Errorf("id %v, webhook-id %s", event["id"], g.header.Get("webhook-id"))
	}
	list := h.deliveries(h.A, e.ID, "")
	if len(list) != 1 || list[0].State != "delivered" || list[0].Attempts != 1 || *list[0].Status != 200 || list[0].LatencyMS == nil || list[0].NextAttemptAt != nil {
		t.Errorf("deliveries: %+v", list)
	}

	// B finds no trace of the endpoint, by whatever verb.
	b := func(err error) {
		t.Helper()
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("B: %v", err)
		}
	}
	ctx, read, write, replay := t.Context(), h.B.Do("agency_admin", "webhooks.read"), h.B.Do("agency_admin", "webhooks.write"), h.B.Do("agency_admin", "webhooks.replay")
	_, err := h.Get(ctx, read, e.ID)
	b(err)
	_, err = h.Deliveries(ctx, read, e.ID, webhooks.Filter{})
	b(err)
	_, err = h.Change(ctx, write, e.ID, 1, webhooks.Patch{})
	b(err)
	_, err = h.Rotate(ctx, write, e.ID)
	b(err)
	b(h.Delete(ctx, write, e.ID, 1))
	_, err = h.Ping(ctx, replay, e.ID)
	b(err)
	_, err = h.Replay(ctx, replay, e.ID, list[0].ID)
	b(err)
	if all, err := h.List(ctx, read); err != nil || len(all) != 0 {
		t.Errorf("B sees %v %v", all, err)
	}
	// Nor does a broker of A.
	if _, err := h.List(ctx, h.A.Do("broker", "webhooks.read")); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a broker: %v", err)
	}
}

// verify holds a delivery against the library of Standard Webhooks, and against its text: HMAC-SHA256 of id.timestamp.body.
func verify(t *testing.T, secret string, g got, now time.Time) {
	t.Helper()
	key, err := standard.NewWebhook(secret)
	must(t, err)
	if err := key.VerifyIgnoringTimestamp(g.body, g.header); err != nil {
		t.Errorf("the library: %v", err)
	}
	if at := g.header.Get("webhook-timestamp"); at < "1762074000" || len(at) != 10 {
		t.Errorf("timestamp %s, it is %d", at, now.Unix())
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	must(t, err)
	if len(raw) < 24 || len(raw) > 64 {
		t.Errorf("a secret of %d bytes", len(raw))
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(g.header.Get("webhook-id") + "." + g.header.Get("webhook-timestamp") + "." + string(g.body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); !slices.Contains(strings.Fields(g.header.Get("webhook-signature")), want) {
		t.Errorf("signature %s, want %s", g.header.Get("webhook-signature"), want)
	}
	forged := slices.Clone(g.body)
	forged[len(forged)/2] ^= 1
	if key.VerifyIgnoringTimestamp(forged, g.header) == nil {
		t.Error("an altered body passed")
	}
}

var attribute = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// conforms holds a body against what CloudEvents 1.0 and its JSON form ask for.
func conforms(t *testing.T, g got) map[string]any {
	t.Helper()
	if got := g.header.Get("content-type"); got != "application/cloudevents+json; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
	var event map[string]any
	must(t, json.Unmarshal(g.body, &event))
	for name, v := range event {
		if !attribute.MatchString(name) {
			t.Errorf("%q is no name of an attribute", name)
		}
		if text, is := v.(string); name != "data" && (!is || text == "") {
			t.Errorf("%s is %v: every attribute is a text, and absent when empty", name, v)
		}
	}
	for _, required := range []string{"specversion", "id", "source", "type"} {
		if event[required] == nil {
			t.Errorf("%s is missing", required)
		}
	}
	if source, err := url.Parse(event["source"].(string)); err != nil || !source.IsAbs() {
		t.Errorf("source %v", event["source"])
	}
	if at, err := time.Parse(time.RFC3339, event["time"].(string)); err != nil || at.IsZero() {
		t.Errorf("time %v", event["time"])
	}
	if event["datacontenttype"] != "application/json" {
		t.Errorf("datacontenttype %v", event["datacontenttype"])
	}
	return event
}

// TestKinds: every type has one example, of its own type, that conforms, and nothing in it that is about a person but ids.
func TestKinds(t *testing.T) {
	h := &webhooks.Service{}
	seen := map[string]bool{}
	for _, k := range h.Kinds(ident.NewAgency()) {
		if seen[k.Type] || k.Example.Type != k.Type || !regexp.MustCompile(`^com\.pratica\.[a-z]+\.[a-z]+\.v\d+$`).MatchString(k.Type) {
			t.Errorf("%s: twice, or an example of %s", k.Type, k.Example.Type)
		}
		seen[k.Type] = true
		var data map[string]any
		must(t, json.Unmarshal(k.Example.Data, &data))
		for name := range data {
			if !strings.HasSuffix(name, "_id") && !slices.Contains([]string{"from", "states", "state", "outcome", "version", "kind", "purpose", "connector", "method", "code"}, name) {
				t.Errorf("%s tells %s: is it personal?", k.Type, name)
			}
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d types", len(seen))
	}
}

// TestRetries: what is refused is tried again under the same id, later and later; a Retry-After is kept; a redirect is not followed; the
// next event on the same subject waits for the first two attempts, others do not.
func TestRetries(t *testing.T) {
	r := receive(t, status(500))
	h := open(t, r)
	counted := map[string]int{}
	h.Count(func(outcome, then string) { counted[outcome+" "+then]++ })
	e := h.hook(h.A, r)
	file, other := ident.NewApplication(), ident.NewApplication()
	h.emit(h.A, moved(file, 2), moved(file, 3), moved(other, 9))
	h.attempt(h.A, e.ID)
	first := r.next(t)
	h.attempt(h.A, e.ID) // of file 3 must wait, the other file's goes
	if second := conforms(t, r.next(t)); second["subject"] != other.String() {
		t.Errorf("overtaken: %v", second["sequence"])
	}
	if h.attempt(h.A, e.ID) {
		t.Error("tried again at once")
	}
	if len(counted) != 1 || counted["refused pending"] != 2 {
		t.Errorf("counted: %v", counted)
	}
	r.answer = nil
	h.Clock.Advance(6 * time.Second)
	var order []string
	for h.attempt(h.A, e.ID) {
		g := r.next(t)
		if event := conforms(t, g); event["subject"] == file.String() {
			order = append(order, event["sequence"].(string))
			if len(order) == 1 && g.header.Get("webhook-id") != first.header.Get("webhook-id") {
				t.Error("another id at the second attempt")
			}
		}
	}
	if !slices.Equal(order, []string{"0000000002", "0000000003"}) {
		t.Errorf("order: %v", order)
	}
	if now := h.endpoint(h.A, e.ID); now.FailingSince != nil || now.Waiting != 0 || now.Failed != 0 {
		t.Errorf("after a success: %+v", now)
	}

	for _, c := range []struct {
		answer  func(http.ResponseWriter, *http.Request)
		outcome string
		within  [2]time.Duration
	}{
		{func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "600"); w.WriteHeader(503) }, "refused", [2]time.Duration{600 * time.Second, 600 * time.Second}},
		{func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "/elsewhere", http.StatusTemporaryRedirect)
		}, "redirect", [2]time.Duration{4500 * time.Millisecond, 5500 * time.Millisecond}},
		{func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "unreachable", [2]time.Duration{4500 * time.Millisecond, 5500 * time.Millisecond}},
	} {
		r.answer = c.answer
		h.emit(h.A, moved(ident.NewApplication(), 1))
		if !h.attempt(h.A, e.ID) {
			t.Fatal("nothing to deliver")
		}
		r.next(t)
		d := h.deliveries(h.A, e.ID, "pending")[0]
		if wait := d.NextAttemptAt.Sub(h.Clock.Now()); d.Outcome != c.outcome || wait < c.within[0]-time.Second || wait > c.within[1]+time.Second {
			t.Errorf("%s: %s, again in %s", c.outcome, d.Outcome, wait)
		}
		h.Clock.Advance(time.Hour)
		r.answer = nil
		if !h.attempt(h.A, e.ID) {
			t.Errorf("%s: not tried again", c.outcome)
		}
		r.next(t)
	}
	if len(r.came) != 0 {
		t.Error("a redirect was followed")
	}
}

// TestGone: 410 disables the endpoint, its admin is told, and nothing is lost: taken up again, all of it goes out. Failed ones are replayed, one
// or all since an instant, under their ids.
func TestGone(t *testing.T) {
	r := receive(t, status(410))
	h := open(t, r)
	e := h.hook(h.A, r)
	ctx, replay := t.Context(), h.A.Do("agency_admin", "webhooks.replay")
	began := h.Clock.Now()
	h.emit(h.A, moved(ident.NewApplication(), 1), moved(ident.NewApplication(), 1), moved(ident.NewApplication(), 1))
	h.attempt(h.A, e.ID)
	gone := r.next(t)
	now := h.endpoint(h.A, e.ID)
	if now.Status != "disabled" || now.Reason != "gone" || now.Waiting != 2 || now.Failed != 1 || h.attempt(h.A, e.ID) {
		t.Fatalf("after 410: %+v", now)
	}
	mail, err := h.Raw(t, "", "select payload->>'to' || ' ' || (payload->>'text') from outbox where topic = 'mail' and ref = $1", e.ID.String())
	must(t, err)
	if !strings.HasPrefix(mail, "agency_admin@a.test ") || strings.Contains(mail, "sesame") {
		t.Errorf("mail: %s", mail)
	}
	if _, err := h.Ping(ctx, replay, e.ID); fault.As(err).Code != "webhook.stopped" {
		t.Errorf("a test of a disabled endpoint: %v", err)
	}
	h.emit(h.A, moved(ident.NewApplication(), 1)) // happens meanwhile
	r.answer = nil
	active := "active"
	again, err := h.Change(ctx, h.A.Do("agency_admin", "webhooks.write"), e.ID, now.Version, webhooks.Patch{Status: &active})
	must(t, err)
	if again.Status != "active" || again.Reason != "" || again.FailingSince != nil {
		t.Errorf("taken up again: %+v", again)
	}
	for range 3 {
		if !h.attempt(h.A, e.ID) {
			t.Fatal("what waited is lost")
		}
		r.next(t)
	}
	if none, err := h.ReplayFailed(ctx, replay, e.ID, webhooks.Since{Since: h.Clock.Now().Add(time.Hour)}); err != nil || none.Count != 0 {
		t.Errorf("since later: %+v %v", none, err)
	}
	one, err := h.ReplayFailed(ctx, replay, e.ID, webhooks.Since{Since: began})
	must(t, err)
	if one.Count != 1 || !h.attempt(h.A, e.ID) {
		t.Fatalf("replayed %d", one.Count)
	}
	if g := r.next(t); g.header.Get("webhook-id") != gone.header.Get("webhook-id") {
		t.Error("replayed under another id")
	}
	done := h.deliveries(h.A, e.ID, "delivered")
	if len(done) != 4 {
		t.Fatalf("%d delivered", len(done))
	}
	back, err := h.Replay(ctx, replay, e.ID, done[0].ID) // also what had arrived
	must(t, err)
	if back.State != "pending" || !h.attempt(h.A, e.ID) || r.next(t).header.Get("webhook-id") != done[0].ID.String() {
		t.Error("not replayed")
	}
	if _, err := h.Replay(ctx, replay, e.ID, ident.NewEvent()); fault.As(err).Code != "webhook.delivery_not_found" {
		t.Errorf("an unknown event: %v", err)
	}
}

// TestSecrets: after a rotation both secrets sign for a day, then the new one alone; neither, nor the address with its query, can be read in the
// database; a deleted endpoint takes what waits with it.
func TestSecrets(t *testing.T) {
	r := receive(t, nil)
	h := open(t, r)
	ctx, admin := t.Context(), h.A.Do("agency_admin", "webhooks.write")
	e := h.hook(h.A, r)
	next, err := h.Rotate(ctx, admin, e.ID)
	must(t, err)
	deliver := func() got {
		t.Helper()
		_, err := h.Ping(ctx, h.A.Do("agency_admin", "webhooks.replay"), e.ID)
		must(t, err)
		if !h.attempt(h.A, e.ID) {
			t.Fatal("the test event does not go out")
		}
		return r.next(t)
	}
	both := deliver()
	verify(t, e.Secret, both, h.Clock.Now())
	verify(t, next.Secret, both, h.Clock.Now())
	if event := conforms(t, both); event["type"] != webhooks.Test || event["subject"] != e.ID.String() {
		t.Errorf("test event: %v", event)
	}
	h.Clock.Advance(25 * time.Hour)
	alone := deliver()
	verify(t, next.Secret, alone, h.Clock.Now())
	if len(strings.Fields(alone.header.Get("webhook-signature"))) != 1 {
		t.Error("the old secret signs for more than a day")
	}
	row, err := h.Raw(t, "", "select (e.*)::text from webhook_endpoints e where id = $1", e.ID)
	must(t, err)
	for _, secret := range []string{"sesame", "whsec_", r.URL} {
		if strings.Contains(row, secret) {
			t.Errorf("the row holds %s in clear", secret)
		}
	}
	if e.Address != r.URL+"/in" {
		t.Errorf("shown as %s", e.Address)
	}
	h.emit(h.A, moved(ident.NewApplication(), 1))
	if err := h.Delete(ctx, admin, e.ID, 1); !fault.Is(err, fault.Stale) {
		t.Errorf("a stale delete: %v", err)
	}
	must(t, h.Delete(ctx, admin, e.ID, next.Version))
	if h.attempt(h.A, e.ID) {
		t.Error("a deleted endpoint is delivered to")
	}
	if left, err := h.Raw(t, "", "select count(*)::text from webhook_deliveries"); err != nil || left != "0" {
		t.Errorf("%s deliveries left, %v", left, err)
	}
}

// TestAddresses: what an address may be, and what it leads to when it is registered and when it is dialled.
func TestAddresses(t *testing.T) {
	r := receive(t, nil)
	h := open(t, r)
	ctx, admin := t.Context(), h.A.Do("agency_admin", "webhooks.write")
	h.names.say("hooks.example.it", "1.1.1.1")
	h.names.say("xn--perch-fsa.example.it", "1.1.1.1")
	h.names.say("inside.example.it", "10.0.0.7")
	h.names.say("meta.example.it", "169.254.169.254")
	h.names.say("mapped.example.it", "::ffff:127.0.0.1")
	for address, code := range map[string]string{
		"https://hooks.example.it/x?token=1": "", "https://Hooks.Example.IT:8443/": "", "https://perché.example.it/": "",
		"http://hooks.example.it/": "webhook.url", "ftp://hooks.example.it/": "webhook.url", "https://user:pw@hooks.example.it/": "webhook.url", "https://hooks.example.it/#f": "webhook.url",
		"//hooks.example.it": "webhook.url", "https:": "webhook.url", "hooks": "webhook.url", "https://localhost/": "webhook.url", "https://2130706433/": "webhook.url", "https://0x7f.1/": "webhook.url",
		"https://hooks.example.it:22/": "webhook.port", "https://hooks.example.it:80/": "webhook.port",
		"https://127.0.0.1/": "webhook.inside", "https://[::1]/": "webhook.inside", "https://[::ffff:10.0.0.1]/": "webhook.inside", "https://10.1.2.3/": "webhook.inside", "https://169.254.169.254/latest": "webhook.inside",
		"https://100.64.0.1/": "webhook.inside", "https://224.0.0.1/": "webhook.inside", "https://inside.example.it/": "webhook.inside", "https://meta.example.it/": "webhook.inside", "https://mapped.example.it/": "webhook.inside",
	} {
		made, err := h.Create(ctx, admin, webhooks.Input{URL: address, Types: []string{webhooks.ApplicationMoved}})
		if got := codeOf(err); got != code {
			t.Errorf("%s: %q, want %q", address, got, code)
		}
		if err == nil {
			must(t, h.Delete(ctx, admin, made.ID, 1))
		}
	}
	if _, err := h.Create(ctx, admin, webhooks.Input{URL: "https://hooks.example.it", Types: []string{"com.pratica.nothing.v1"}}); codeOf(err) != "webhook.type" {
		t.Errorf("an unknown type: %v", err)
	}

	// A name that was on the internet and leads to this machine afterwards is not followed there.
	host := "hooks.example.it:8443"
	e, err := h.Create(ctx, admin, webhooks.Input{URL: "https://" + host, Types: []string{webhooks.ApplicationMoved}})
	must(t, err)
	h.names.say("hooks.example.it", "127.0.0.1")
	h.emit(h.A, moved(ident.NewApplication(), 1))
	if !h.attempt(h.A, e.ID) {
		t.Fatal("not tried")
	}
	if d := h.deliveries(h.A, e.ID, "")[0]; d.Outcome != "no_address" || d.State != "pending" {
		t.Errorf("rebound: %+v", d)
	}

	// A certificate that nobody vouches for is not spoken to.
	stranger := receive(t, nil)
	h.guard.Targets = append(h.guard.Targets, strings.Replace(stranger.Listener.Addr().String(), "127.0.0.1", "localhost", 1))
	h.names.say("localhost", "127.0.0.1")
	where := strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1)
	_, err = h.Change(ctx, admin, e.ID, e.Version, webhooks.Patch{URL: &where})
	must(t, err)
	if !h.attempt(h.A, e.ID) {
		t.Fatal("not tried")
	}
	if d := h.deliveries(h.A, e.ID, "")[0]; d.Outcome != "tls" || len(stranger.came) != 0 {
		t.Errorf("an untrusted certificate: %+v", d)
	}
}

func codeOf(err error) string {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestCouriers: two workers deliver each event once, in the order of each subject, and a receiver that never answers holds up nobody else's.
func TestCouriers(t *testing.T) {
	release := make(chan struct{})
	hung := make(chan struct{}, 100)
	slow := receive(t, func(http.ResponseWriter, *http.Request) {
		hung <- struct{}{}
		<-release
	})
	quick := receive(t, nil)
	h := open(t, slow, quick)
	ends := h.hook(h.A, slow, webhooks.ApplicationMoved)
	for range 30 {
		h.emit(h.A, moved(ident.NewApplication(), 1))
	}
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { close(release) })
	couriers := make([]*webhooks.Courier, 2)
	for i := range couriers {
		couriers[i] = &webhooks.Courier{Service: h.Service, Operator: h.Operator, Now: h.Clock.Now, Every: 5 * time.Millisecond, AtOnce: 6, Share: 3}
		running.Go(func() { _ = couriers[i].Run(t.Context()) })
	}
	for range 4 { // all that one endpoint may have under way, over both workers
		<-hung
	}
	e := h.hook(h.B, quick, webhooks.ApplicationMoved)
	files := []ident.ApplicationID{ident.NewApplication(), ident.NewApplication(), ident.NewApplication()}
	const each = 8
	for v := range each {
		for _, f := range files {
			h.emit(h.B, moved(f, v+1))
		}
	}
	times, last := map[string]int{}, map[string]string{}
	for range each * len(files) {
		g := quick.next(t)
		event := conforms(t, g)
		times[g.header.Get("webhook-id")]++
		subject, sequence := event["subject"].(string), event["sequence"].(string)
		if sequence <= last[subject] {
			t.Errorf("%s after %s of one file", sequence, last[subject])
		}
		last[subject] = sequence
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if len(times) != each*len(files) {
		t.Errorf("%d events came", len(times))
	}
	for h.endpoint(h.B, e.ID).Waiting > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if len(quick.came) != 0 {
		t.Error("more came than happened")
	}
	if len(hung) != 0 || h.endpoint(h.A, ends.ID).Waiting != 30 {
		t.Errorf("%d more than four attempts under way at one endpoint", len(hung))
	}
}

// TestRest: an endpoint where nothing gets through rests between attempts, is disabled after five days, and loses nothing; a worker that
// dies in an attempt leaves it to the next.
func TestRest(t *testing.T) {
	var alive atomic.Bool
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		if !alive.Load() {
			w.WriteHeader(502)
		}
	})
	h := open(t, r)
	e := h.hook(h.A, r)
	var events []webhooks.Event
	for range 12 {
		events = append(events, moved(ident.NewApplication(), 1))
	}
	h.emit(h.A, events...)
	tried := 0
	for h.attempt(h.A, e.ID) {
		tried++
	}
	if now := h.endpoint(h.A, e.ID); tried != 5 || now.RestUntil == nil || now.Waiting != 12 {
		t.Fatalf("tried %d, then %+v", tried, now)
	}
	h.Clock.Advance(6 * time.Second)
	if !h.attempt(h.A, e.ID) || h.attempt(h.A, e.ID) {
		t.Error("after its rest an endpoint is tried once")
	}
	for day := 0; h.endpoint(h.A, e.ID).Status == "active" && day < 10; day++ {
		h.Clock.Advance(24 * time.Hour)
		h.attempt(h.A, e.ID)
	}
	now := h.endpoint(h.A, e.ID)
	if now.Status != "disabled" || now.Reason != "failing" || now.Waiting+now.Failed != 12 {
		t.Fatalf("after days of failures: %+v", now)
	}
	for len(r.came) > 0 {
		<-r.came
	}
	alive.Store(true)
	active := "active"
	_, err := h.Change(t.Context(), h.A.Do("agency_admin", "webhooks.write"), e.ID, now.Version, webhooks.Patch{Status: &active})
	must(t, err)
	for h.attempt(h.A, e.ID) {
	}
	if now := h.endpoint(h.A, e.ID); now.Waiting != 0 || len(h.deliveries(h.A, e.ID, "delivered"))+now.Failed != 12 {
		t.Errorf("lost: %+v", now)
	}

	h.emit(h.A, moved(ident.NewApplication(), 1))
	id := h.deliveries(h.A, e.ID, "pending")[0].ID
	h.Exec(t, "update webhook_deliveries set attempts = 1, lease_until = $1, next_attempt_at = $1 where id = $2", h.Clock.Now().Add(time.Minute), id)
	if h.attempt(h.A, e.ID) {
		t.Error("a delivery under a lease was taken")
	}
	h.Clock.Advance(2 * time.Minute)
	if !h.attempt(h.A, e.ID) {
		t.Error("what a dead worker had is lost")
	}
	if left := h.deliveries(h.A, e.ID, "delivered")[0]; left.ID != id || left.Attempts != 2 {
		t.Errorf("%+v", left)
	}

	h.Clock.Advance(8 * 24 * time.Hour)
	must(t, (&webhooks.Courier{Service: h.Service, Operator: h.Operator, Now: h.Clock.Now}).Tidy(t.Context()))
	if rest := h.deliveries(h.A, e.ID, ""); slices.ContainsFunc(rest, func(d webhooks.Delivery) bool { return d.State == "delivered" }) {
		t.Errorf("%d kept too long", len(rest))
	}
}

// TestRolledBack: an event of a transaction that did not come to its end never happened.
func TestRolledBack(t *testing.T) {
	r := receive(t, nil)
	h := open(t, r)
	e := h.hook(h.A, r)
	boom := errors.New("boom")
	err := h.DB.Write(t.Context(), h.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		return errors.Join(webhooks.Emit(tx, moved(ident.NewApplication(), 1)), tx.Load(), boom)
	})
	if err == nil || h.attempt(h.A, e.ID) {
		t.Errorf("%v; and it was told", err)
	}
}
