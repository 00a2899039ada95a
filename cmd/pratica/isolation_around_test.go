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
	if told := s.a.belongs(s.b.heard()); told != "" {
		s.t.Errorf("B's live updates carried %s", told)
	}
	if told := s.b.belongs(s.a.heard()); told != "" {
		s.t.Errorf("A's live updates carried %s", told)
	}
	s.report.Note("live updates", "while both worked each heard of its own changes and of none of the other's")
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
	"pratica:active":      "which agencies have work waiting, for the workers' round; no agency's request reads it",
	"pratica:{address:":   "how fast an address may ask before anybody is signed in",
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
	keys, commands := map[string]bool{}, 0
	for _, line := range s.monitor.lines() {
		if strings.Contains(line, s.a.agency.ID.String()) && strings.Contains(line, s.b.agency.ID.String()) && !several(line) {
			s.t.Errorf("a command of Redis speaks of both agencies: %.300s", line)
		}
		for _, one := range []*side{s.a, s.b} {
			if strings.Contains(strings.ToLower(line), strings.ToLower(one.word)) {
				s.t.Errorf("Redis was told a name: %.300s", line)
			}
			for _, id := range typedID.FindAllString(line, -1) {
				if strings.HasPrefix(id, "usr_") && strings.Contains(line, `:rate"`) {
					continue // how fast a person asks is counted by person
				}
				if one.ids[id] && id != one.agency.ID.String() && !strings.Contains(line, one.agency.ID.String()) {
					s.t.Errorf("Redis was told %s outside its agency: %.300s", id, line)
				}
			}
		}
		words := quotedWord.FindAllStringSubmatch(line, -1)
		for n, w := range words {
			if strings.HasPrefix(w[1], "pratica:") || n == 1 && keying[strings.ToLower(words[0][1])] {
				keys[w[1]] = true
			}
		}
		commands++
	}
	carrying := 0
	for key := range keys {
		switch {
		case strings.Contains(key, "{agn_"):
			carrying++
		case !unowned(key):
			s.t.Errorf("the key or channel %s carries no agency, and no reason is given why", key)
		}
	}
	if carrying < 4 {
		s.t.Errorf("only %d keys and channels carry an agency: %v", carrying, keys)
	}
	s.report.Note("Redis", fmt.Sprintf("of the %d commands of the run each spoke of one agency at most, none had a name in it, and each of the %d keys and channels carries its agency", commands, carrying))
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
	for _, line := range lines {
		a, b := s.a.belongs(line, supporter), s.b.belongs(line, supporter)
		if a == s.a.word || b == s.b.word {
			s.t.Errorf("the log has a name in it: %.500s", line)
		}
		if a != "" && b != "" {
			s.t.Errorf("a line of the log speaks of both agencies: %.500s", line)
		}
	}
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
	for _, one := range []*side{s.a, s.b} {
		if told := one.belongs(text); told != "" {
			s.t.Errorf("the metrics tell %s", told)
		}
	}
	if id := typedID.FindString(text); id != "" {
		s.t.Errorf("the metrics have the id %s in them", id)
	}
	routes, series := map[string]bool{"none": true, "GET /api/openapi.json": true, "GET /api/": true, "other /api/": true}, 0 // the last two are whatever no route takes
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
					s.t.Errorf("a reason that is no code: %s", line)
				}
			case "route":
				if !routes[value] {
					s.t.Errorf("a label that is no route of the table: %s", line)
				}
			default:
				s.t.Errorf("nothing is known of the label %s: %s", name, line)
			}
		}
	}
	if series < 50 {
		s.t.Errorf("only %d series: nothing was proved of them", series)
	}
	s.report.Note("metrics", fmt.Sprintf("none of the %d series of the run has a name or an id in it; labels are routes of the table, classes of status and codes", series))
}

var codeWord = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)?$`)
