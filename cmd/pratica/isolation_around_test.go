package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// heard: B's live updates carried nothing of A, though A's carried A's.
func (s *isolated) heard() {
	s.t.Helper()
	s.a.full.do("POST", s.path(s.a, "/applications/{id}/notes"), object{"text": "Nota"}).want(201)
	made := s.a.full.do("POST", "/applications", (&story{}).asked()).want(201).str("id")
	s.a.ids[made] = true
	eventually(s.t, "A's own news", func() bool { return strings.Contains(s.a.heard(), made) })
	ours := s.b.full.do("POST", "/applications", (&story{}).asked()).want(201).str("id")
	eventually(s.t, "B's own news, which came after A's", func() bool { return strings.Contains(s.b.heard(), ours) })
	tells := func(ours, theirs string) []string {
		var out []string
		if told := s.a.belongs(theirs); told != "" {
			out = append(out, "B's live updates carried "+told)
		}
		if told := s.b.belongs(ours); told != "" {
			out = append(out, "A's live updates carried "+told)
		}
		return out
	}
	s.none(tells(s.a.heard(), s.b.heard()))
	s.found("live update of another: A's new file, to B", tells(s.a.heard(), s.b.heard()+made))
	events := strings.Count(s.a.heard(), "\ndata:") + strings.Count(s.b.heard(), "\ndata:")
	s.report.Count("SSE topic", events)
	s.report.Note("live updates", fmt.Sprintf("while both worked each heard of its own changes and of none of the other's, in %d events", events))
}

// none fails for each thing that was found.
func (s *isolated) none(found []string) {
	s.t.Helper()
	for _, f := range found {
		s.t.Error(f)
	}
}

// found fails unless the same search finds what was planted.
func (s *isolated) found(planted string, found []string) {
	s.t.Helper()
	if len(found) == 0 {
		s.t.Errorf("went unnoticed: %s", planted)
		return
	}
	s.report.Broke(planted)
}

func (s *isolated) path(one *side, route string) string {
	path, ok := s.fill(route, one)
	if !ok {
		s.t.Fatalf("nothing is known to stand in %s", route)
	}
	return path
}

// shared are the keys and channels of Redis that belong to no agency, each with the reason.
var shared = map[string]string{
	"pratica:revocations": "tells servers to forget sessions; says nothing else",
	"pratica:{active:":    "which agencies have work waiting, for the workers' round; no agency's request reads it",
	"pratica:{address:":   "how fast an address may ask before anybody is signed in",
	"pratica:{sct_":       "how fast a network's directory asks; the network's own",
	"pratica:{tries}:":    "how often an address or an account was tried before anybody is signed in; a hash of it",
	"pratica:{usr_":       "how fast a person may ask before an agency is chosen; the person's own, whatever agencies they are of",
}

// unowned reports whether a key or channel is one of those.
func unowned(key string) bool {
	for name := range shared {
		if key == name || strings.HasSuffix(name, "_") && strings.HasPrefix(key, name) || strings.HasSuffix(name, ":") && strings.HasPrefix(key, name) {
			return true
		}
	}
	return false
}

// keying are the commands whose second word is a key or a channel.
var keying = map[string]bool{"get": true, "set": true, "setnx": true, "del": true, "unlink": true, "incr": true, "incrby": true, "expire": true, "pexpire": true, "hset": true, "hget": true, "hgetall": true,
	"sadd": true, "srem": true, "smembers": true, "zadd": true, "publish": true, "subscribe": true, "xadd": true, "xlen": true, "xack": true}

var quotedWord = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

// redisHolds: every command of the whole run named one agency at most, and every key and channel the agency it belongs to.
func (s *isolated) redisHolds() {
	s.t.Helper()
	for _, one := range []*side{s.a, s.b} {
		eventually(s.t, "an operation of each on its stream", func() bool {
			return slices.ContainsFunc(s.monitor.lines(), func(line string) bool {
				return strings.Contains(strings.ToLower(line), `"xadd"`) && strings.Contains(line, one.agency.ID.String())
			})
		})
	}
	lines := s.monitor.lines()
	keys, found := s.redisTells(lines)
	s.none(found)
	carrying := map[string]bool{}
	for key := range keys {
		if strings.Contains(key, "{agn_") {
			carrying[typedID.ReplaceAllString(key, "…")] = true
		}
	}
	if len(carrying) < 4 {
		s.t.Errorf("only %d kinds of keys and channels carry an agency: %v", len(carrying), keys)
	}
	a, b := s.a.agency.ID.String(), s.b.agency.ID.String()
	for what, line := range map[string]string{
		"a name":                           `"SET" "pratica:{` + a + `}:x" "` + s.a.word + `"`,
		"both agencies in one command":     `"SET" "pratica:{` + a + `}:x" "` + b + `"`,
		"an id outside its agency's key":   `"SET" "pratica:last" "` + s.a.made["/applications"] + `"`,
		"a key without an agency":          `"GET" "pratica:everybody"`,
		"a channel that all agencies hear": `"PUBLISH" "pratica:news" "x"`,
	} {
		_, found := s.redisTells([]string{line})
		s.found("cache key without its agency: "+what, found)
	}
	for key := range keys {
		s.report.Add(isolation.Pair{Kind: "cache", Object: typedID.ReplaceAllString(key, "…"), Through: "every command of the run", Tried: "whose it is", Other: "no other agency in it", Owner: "its agency's, or one of those said to be nobody's"})
	}
	s.report.Note("Redis", fmt.Sprintf("of the %d commands of the run each spoke of one agency at most, none had a name in it, and each of the %d kinds of keys and channels of an agency carries it", len(lines), len(carrying)))
}

// redisTells looks through commands: what keys and channels they name, and what in them is of two agencies, or of nobody who may be named.
func (s *isolated) redisTells(lines []string) (keys map[string]bool, found []string) {
	keys = map[string]bool{}
	tell := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, line := range lines {
		if strings.Contains(line, s.a.agency.ID.String()) && strings.Contains(line, s.b.agency.ID.String()) && !several(line) {
			tell("a command of Redis speaks of both agencies: %.300s", line)
		}
		for _, one := range []*side{s.a, s.b} {
			if strings.Contains(strings.ToLower(line), strings.ToLower(one.word)) {
				tell("Redis was told a name: %.300s", line)
			}
			for _, id := range typedID.FindAllString(line, -1) {
				if strings.HasPrefix(id, "usr_") && strings.Contains(line, `:rate"`) {
					continue // how fast a person asks is counted by person
				}
				if one.ids[id] && id != one.agency.ID.String() && !strings.Contains(line, one.agency.ID.String()) {
					tell("Redis was told %s outside its agency: %.300s", id, line)
				}
			}
		}
		words := quotedWord.FindAllStringSubmatch(line, -1)
		for n, w := range words {
			if strings.HasPrefix(w[1], "pratica:") || n == 1 && keying[strings.ToLower(words[0][1])] {
				keys[w[1]] = true
			}
		}
	}
	for key := range keys {
		if !strings.Contains(key, "{agn_") && !unowned(key) {
			tell("the key or channel %s carries no agency, and no reason is given why", key)
		}
	}
	return keys, found
}

// several reports whether a command lists keys of several agencies, each carrying its own: reading several streams at once.
func several(line string) bool { return strings.Contains(strings.ToLower(line), `"xread`) }

// monitor writes down every command a Redis gets.
type monitor struct {
	mu   sync.Mutex
	seen []string
}

func monitors(t testing.TB, redis string) *monitor {
	t.Helper()
	u, err := url.Parse(redis)
	must(t, err)
	conn, err := net.Dial("tcp", u.Host)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte("MONITOR\r\n"))
	must(t, err)
	m, ready := &monitor{}, make(chan struct{})
	go func() { // ends with the connection
		lines := bufio.NewScanner(conn)
		lines.Buffer(nil, 1<<20)
		for first := true; lines.Scan(); first = false {
			if first {
				close(ready)
				continue
			}
			m.mu.Lock()
			m.seen = append(m.seen, lines.Text())
			m.mu.Unlock()
		}
	}()
	<-ready
	return m
}

func (m *monitor) lines() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen)
}

// logged: no line of the whole run's log has a name in it, and none speaks of both agencies.
func (s *isolated) logged() {
	s.t.Helper()
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	supporter := s.b.support.do("GET", "/me", nil).want(200).body["user"].(object)["id"].(string) // the network's, who was let in: of no agency
	tells := func(lines []string) (found []string) {
		for _, line := range lines {
			a, b := s.a.belongs(line, supporter), s.b.belongs(line, supporter)
			if a == s.a.word || b == s.b.word {
				found = append(found, fmt.Sprintf("the log has a name in it: %.500s", line))
			}
			if a != "" && b != "" {
				found = append(found, fmt.Sprintf("a line of the log speaks of both agencies: %.500s", line))
			}
		}
		return found
	}
	s.none(tells(lines))
	s.found("line of the log: a name", tells([]string{`{"msg":"x","title":"` + s.a.word + `"}`}))
	s.found("line of the log: two agencies", tells([]string{`{"msg":"x","a":"` + s.a.agency.ID.String() + `","b":"` + s.b.agency.ID.String() + `"}`}))
	s.report.Count("log line", len(lines))
	if len(lines) < 2 { // mails wait for a server that is not there: something was logged
		s.t.Errorf("the log is empty: nothing was proved of it")
	}
	s.report.Note("the log", fmt.Sprintf("none of the %d lines of the run has a name in it or speaks of two agencies", len(lines)))
}

// label is a name and a value of one line of metrics.
var label = regexp.MustCompile(`(\w+)="([^"]*)"`)

// measured: after all that both have done, no metric has a name or an id of an agency in it, and no label's value is one that an agency
// could choose.
func (s *isolated) measured() {
	s.t.Helper()
	for _, one := range []*side{s.a, s.b} { // and words of theirs where no route is
		one.full.do(strings.ToUpper(one.word), "/"+one.word, nil).want(404)
		one.full.do("GET", "/"+one.word, nil).want(404)
	}
	w := httptest.NewRecorder()
	s.app.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	series, found := s.metricsTell(text)
	s.none(found)
	if series < 50 {
		s.t.Errorf("only %d series: nothing was proved of them", series)
	}
	for what, line := range map[string]string{
		"the name of an agency": `pratica_x{class="` + s.a.word + `"} 1`,
		"an id":                 `pratica_x{class="` + s.b.made["/applications"] + `"} 1`,
		"an unknown label":      `pratica_x{agency="1"} 1`,
		"a path that was asked": `pratica_x{route="GET /api/v1/x/y"} 1`,
		"a text as a reason":    `pratica_x{reason="Not found."} 1`,
	} {
		_, found := s.metricsTell(line)
		s.found("metric with a name: "+what, found)
	}
	s.report.Count("metric label", series)
	s.report.Note("metrics", fmt.Sprintf("none of the %d series of the run has a name or an id in it; labels are routes of the table, classes of status and codes", series))
}

// metricsTell looks through figures.
func (s *isolated) metricsTell(text string) (series int, found []string) {
	tell := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, one := range []*side{s.a, s.b} {
		if told := one.belongs(text); told != "" {
			tell("the metrics tell %s", told)
		}
	}
	if id := typedID.FindString(text); id != "" {
		tell("the metrics have the id %s in them", id)
	}
	routes := map[string]bool{"none": true, "GET /api/openapi.json": true, "GET /api/": true, "other /api/": true} // the last two are whatever no route takes
	for _, r := range api.Table(api.Deps{}) {
		routes[r.Method+" "+r.Path] = true
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "#") || !strings.HasPrefix(line, "pratica_") {
			continue
		}
		series++
		for _, m := range label.FindAllStringSubmatch(line, -1) {
			switch name, value := m[1], m[2]; name {
			case "class", "le":
			case "reason": // a code of the product's own
				if !codeWord.MatchString(value) {
					tell("a reason that is no code: %s", line)
				}
			case "route":
				if !routes[value] {
					tell("a label that is no route of the table: %s", line)
				}
			default:
				tell("nothing is known of the label %s: %s", name, line)
			}
		}
	}
	return series, found
}

var codeWord = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)?$`)
