package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// person is somebody at a browser or a machine with a key, speaking to a running product.
type person struct {
	t    testing.TB
	name string
	base string
	key  string
	http *http.Client
}

func stranger(t testing.TB, base, name string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &person{t: t, name: name, base: base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// signIn uses a one-time link's token.
func signIn(t testing.TB, base, name, token string) *person {
	t.Helper()
	p := stranger(t, base, name)
	p.do("POST", "/auth/login", object{"token": token}).want(200)
	return p
}

type object = map[string]any

// reply is what a request came to.
type reply struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	raw    []byte
	body   object
}

// do sends a request; headers are "Name: value". A POST carries an Idempotency-Key of its own.
func (p *person) do(method, path string, body any, headers ...string) reply {
	p.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(p.t, err)
		in = bytes.NewReader(raw)
	}
	if !slices.ContainsFunc([]string{"/d/", "/api/", "/dev/", "/scim/", "/oauth/", "/.well-known/"}, func(root string) bool { return strings.HasPrefix(path, root) }) {
		path = "/api/v1" + path
	}
	r, err := http.NewRequest(method, p.base+path, in)
	must(p.t, err)
	r.Header.Set("Content-Type", "application/json")
	if method == "POST" {
		r.Header.Set("Idempotency-Key", uuid.NewString())
	}
	if p.key != "" {
		r.Header.Set("Authorization", "Bearer "+p.key)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := p.http.Do(r)
	must(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	a := reply{t: p.t, what: p.name + ": " + method + " " + path, status: resp.StatusCode, header: resp.Header}
	a.raw, err = io.ReadAll(resp.Body)
	must(p.t, err)
	if kind := resp.Header.Get("Content-Type"); strings.Contains(kind, "json") && !strings.Contains(kind, "ndjson") && len(a.raw) > 0 {
		must(p.t, json.Unmarshal(a.raw, &a.body))
	}
	return a
}

func (a reply) want(status int) reply {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d: %.2000s", a.what, a.status, status, a.raw)
	}
	return a
}

func (a reply) code(status int, code string) reply {
	a.t.Helper()
	a.want(status)
	if a.body["code"] != code {
		a.t.Fatalf("%s: code %v, want %s: %.2000s", a.what, a.body["code"], code, a.raw)
	}
	return a
}

func (a reply) str(name string) string {
	a.t.Helper()
	s, ok := a.body[name].(string)
	if !ok {
		a.t.Fatalf("%s: no text %q in %.2000s", a.what, name, a.raw)
	}
	return s
}

func (a reply) items() (out []object) {
	a.t.Helper()
	list, ok := a.body["items"].([]any)
	if !ok {
		a.t.Fatalf("%s: no items in %.2000s", a.what, a.raw)
	}
	for _, i := range list {
		out = append(out, i.(object))
	}
	return out
}

func (a reply) blockers() (out []object) {
	list, _ := a.body["blockers"].([]any)
	for _, b := range list {
		out = append(out, b.(object))
	}
	return out
}

func (a reply) match() string { return "If-Match: " + a.header.Get("ETag") }

// send offers an event to the machine of a noun ("/applications/app_…").
func (p *person) send(noun, event string, payload object) reply {
	p.t.Helper()
	read := p.do("GET", noun, nil).want(200)
	body := object{"event": event}
	if payload != nil {
		body["payload"] = payload
	}
	return p.do("POST", noun+"/events", body, read.match())
}

// mailed is the newest mail to an address that fits a pattern, as the sink's page shows it; its first group.
func mailed(t testing.TB, base, to, pattern string) string {
	t.Helper()
	article := regexp.MustCompile(`(?s)<article>.*?</article>`)
	want := regexp.MustCompile(pattern)
	p := stranger(t, base, "mail")
	var found string
	eventually(t, "a mail to "+to, func() bool {
		for _, a := range article.FindAllString(string(p.do("GET", "/dev/mail", nil).want(200).raw), -1) {
			if m := want.FindStringSubmatch(a); m != nil && strings.Contains(a, to) {
				found = m[len(m)-1]
				return true
			}
		}
		return false
	})
	out, err := url.QueryUnescape(strings.ReplaceAll(found, "&#43;", "+"))
	must(t, err)
	return out
}

// eventually asks until it is so; what happens between processes takes its time.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(90 * time.Second); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatal("never came: " + what)
}

func day(offset int) string { return time.Now().AddDate(0, 0, offset).Format(time.DateOnly) }

func quote(v int) string { return "If-Match: " + strconv.Quote(strconv.Itoa(v)) }
