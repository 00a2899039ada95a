package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// silence is a News that has none.
type silence struct{}

func (silence) Listen(ctx context.Context, _ ident.AgencyID, _ func([]byte)) { <-ctx.Done() }

// newSiteWith is newSite with other services.
func newSiteWith(t *testing.T, change func(*api.Deps)) *site {
	t.Helper()
	s := newSite(t)
	change(&s.deps)
	s.server = httptest.NewServer(api.New(s.deps))
	t.Cleanup(s.server.Close)
	return s
}

// listen opens a stream after an event and gives its lines until it ends.
func (c *caller) listen(last string) <-chan string {
	c.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, "GET", c.site.server.URL+"/api/v1/stream", nil)
	must(c.t, err)
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	} else {
		r.AddCookie(&http.Cookie{Name: "pratica_session", Value: c.cookie})
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	must(c.t, err)
	if resp.StatusCode != 200 {
		c.t.Fatalf("stream: %d", resp.StatusCode)
	}
	lines := make(chan string)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(lines)
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	c.t.Cleanup(func() { stop(); _ = resp.Body.Close(); <-ended })
	return lines
}

// replayed reads a stream up to its first heartbeat: whether it begins with a reset, and the ids of the changes.
func replayed(t *testing.T, lines <-chan string) (reset bool, ids []string) {
	t.Helper()
	id := ""
	for line := range lines {
		switch {
		case strings.HasPrefix(line, "id: "):
			id = strings.TrimPrefix(line, "id: ")
		case line == "event: reset":
			reset = true
			if parsed, err := uuid.Parse(id); err != nil || time.Since(time.Unix(parsed.Time().UnixTime())) > time.Minute {
				t.Errorf("a reset starts from %q", id)
			}
		case line == "event: change":
			ids = append(ids, id)
		case strings.HasPrefix(line, ": "):
			return reset, ids
		}
	}
	t.Fatal("the stream ended")
	return
}

// TestStreamReplays: what was missed comes again, also what was committed late; when that is too much or too old, a reset comes instead.
func TestStreamReplays(t *testing.T) {
	s := newSiteWith(t, func(d *api.Deps) { d.News, d.Heartbeat = silence{}, 20*time.Millisecond })
	broker := s.as(t, s.A, "broker")
	before := oldID(t, -time.Second)
	emit := func(n int) {
		must(t, s.DB.Write(context.Background(), s.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
			for range n {
				if err := outbox.Tell(tx, "applications", ident.NewApplication(), 1); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if reset, ids := replayed(t, broker.listen("")); reset || len(ids) != 0 {
		t.Errorf("a first stream: reset %v, %d changes", reset, len(ids))
	}
	emit(3)
	if reset, ids := replayed(t, broker.listen(before)); reset || len(ids) != 3 {
		t.Errorf("reset %v, %d changes of 3", reset, len(ids))
	}
	if reset, ids := replayed(t, broker.listen(oldID(t, 5*time.Second))); reset || len(ids) != 3 {
		t.Errorf("rows that were committed after a later one: reset %v, %d changes of 3", reset, len(ids))
	}
	if reset, ids := replayed(t, broker.listen(oldID(t, -48*time.Hour))); !reset || len(ids) != 0 {
		t.Errorf("older than what is kept: reset %v, %d changes", reset, len(ids))
	}
	emit(500)
	if reset, ids := replayed(t, broker.listen(before)); !reset || len(ids) != 0 {
		t.Errorf("more than is replayed: reset %v, %d changes", reset, len(ids))
	}
	broker.do("GET", "/stream", nil, "Last-Event-ID: "+uuid.NewString()).code(400, "stream.last_event")
}

// oldID is an id made some time ago.
func oldID(t *testing.T, ago time.Duration) string {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	ms := time.Now().Add(ago).UnixMilli()
	for i := 5; i >= 0; i-- {
		id[i] = byte(ms)
		ms >>= 8
	}
	return id.String()
}

// TestStreamEnds: a stream ends with the session it was opened in, and when that moves to another agency.
func TestStreamEnds(t *testing.T) {
	s := newSiteWith(t, func(d *api.Deps) { d.News, d.Heartbeat = silence{}, 20*time.Millisecond })
	for name, end := range map[string]func(*caller){
		"logout": func(c *caller) { c.do("POST", "/auth/logout", nil).want(204) },
		"another agency": func(c *caller) {
			s.Exec(t, `insert into members (tenant_id, id, user_id, name, email, roles) select $1, gen_random_uuid(), user_id, name, 'x' || email, roles from members where tenant_id = $2 and roles = '{broker}' on conflict do nothing`, s.B.ID, s.A.ID)
			c.do("POST", "/auth/agency", map[string]any{"agency_id": s.B.ID}).want(200)
		},
		"a new password": func(c *caller) {
			id := c.do("GET", "/me", nil).want(200).body["user"].(map[string]any)["id"].(string)
			var user ident.UserID
			must(t, user.UnmarshalText([]byte(id)))
			token, hash := accounts.NewToken()
			must(t, s.Directory.IssueToken(context.Background(), hash, "reset", user, ident.AgencyID{}, time.Now().Add(time.Hour)))
			(&caller{t: t, site: s}).do("POST", "/auth/password-reset/"+token, map[string]any{"password": "una frase lunga e segreta"}).want(204)
		},
	} {
		c := s.as(t, s.A, "broker")
		lines := c.listen("")
		replayed(t, lines)
		end(c)
		until := time.After(10 * time.Second)
		for open := true; open; {
			select {
			case _, open = <-lines:
			case <-until:
				t.Fatalf("%s: the stream goes on", name)
			}
		}
	}
}

// TestCookies: over https only the cookie that a browser takes from this very host over https, over plain http only the other one.
func TestCookies(t *testing.T) {
	const host, plain = "__Host-pratica_session", "pratica_session"
	for secure, good := range map[bool]string{true: host, false: plain} {
		s := newSiteWith(t, func(d *api.Deps) { d.Secure = secure })
		token := s.Token(t, s.A, "broker")
		nobody := &caller{t: t, site: s}
		for _, name := range []string{host, plain} {
			want := 401
			if name == good {
				want = 200
			}
			if got := nobody.do("GET", "/me", nil, "Cookie: "+name+"="+token).Status; got != want {
				t.Errorf("https %v, %s: %d, want %d", secure, name, got, want)
			}
		}
	}
}

// TestGuessedLinks: a link that is not good ends nobody's session cache, and one address has only so many guesses.
func TestGuessedLinks(t *testing.T) {
	told := 0
	s := newSiteWith(t, func(d *api.Deps) { d.Revoke = func() { told++ } })
	nobody := &caller{t: t, site: s}
	var last answer
	for range 61 {
		last = nobody.do("POST", "/auth/password-reset/guess", map[string]any{"password": "una frase lunga e segreta"})
		if last.Status != 401 {
			break
		}
	}
	last.code(429, "auth.too_often")
	nobody.do("POST", "/auth/invitations/guess", map[string]any{"name": "X", "password": "una frase lunga e segreta"}).code(429, "auth.too_often")
	if told != 0 {
		t.Errorf("%d guesses made every server forget its sessions", told)
	}
}
