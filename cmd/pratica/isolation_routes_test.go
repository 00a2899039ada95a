package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// table lists the routes of a method for members.
func (s *isolated) table(methods ...string) (out []api.RouteInfo) {
	for _, m := range methods {
		for _, r := range api.Table(api.Deps{}) {
			if r.Method == m && r.For == api.Members && !networks(r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// networks tells that what a route names is the network's, and there for all its agencies: bases asks about it.
func networks(r api.RouteInfo) bool { return strings.HasPrefix(r.Path, "/api/v1/workflows/bases/") }

// name is how routes are called here.
func name(r api.RouteInfo) string { return r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1") }

// operation is the route's line of the OpenAPI document.
func (s *isolated) operation(r api.RouteInfo) operation {
	return s.api.Paths[r.Path][strings.ToLower(r.Method)]
}

// routes sends to every route that names something of A: B with every role, B's broker and B's machine must get, byte for byte, what
// they get for an id that never was; A gets something else.
func (s *isolated) routes() {
	s.t.Helper()
	named := s.table("GET", "POST", "PATCH", "PUT", "DELETE")
	for _, r := range api.Table(api.Deps{}) {
		if r.For == api.Person {
			named = append(named, r)
		}
	}
	slices.SortStableFunc(named, func(a, b api.RouteInfo) int { return cmp.Compare(ends[name(a)], ends[name(b)]) })
	for _, r := range named {
		if !strings.Contains(r.Path, "{") {
			continue
		}
		key := name(r)
		path, ok := s.fill(r.Path, s.a)
		if !ok {
			continue // everyRoute wants a reason
		}
		path = s.asks(r, path, s.a)
		body, tag := s.body(r, s.a, false), "If-Match: \"1\""
		if read := s.a.full.do("GET", path, nil); r.Method != "GET" && read.status == 200 && read.header.Get("ETag") != "" {
			tag = read.match()
		}
		var others []string
		who := []*person{s.b.full, s.b.broker, s.b.key, s.b.support}
		if r.For == api.Person {
			who = who[:2]
		}
		for _, other := range who {
			got, never := other.do(r.Method, path, body, tag, "X-File-Name: a.pdf"), other.do(r.Method, strays(path), body, tag, "X-File-Name: a.pdf")
			if got.plain() != never.plain() {
				s.t.Errorf("%s tells that the id is there:\n%s\nand of one that never was:\n%s", got.what, got.plain(), never.plain())
			}
			if told := s.a.belongs(got.plain(), path); told != "" {
				s.t.Errorf("%s tells %s: %.300s", got.what, told, got.raw)
			}
			if got.status < 400 {
				s.t.Errorf("%s: %d", got.what, got.status)
			}
			others = append(others, fmt.Sprint(got.status))
		}
		by := s.a.full
		if strings.HasPrefix(path, "/d/") { // a link opens for whom it was made
			by = s.a.broker
		}
		twin := by.do(r.Method, path, body, tag, "X-File-Name: a.pdf")
		if twin.status == 404 || twin.status >= 500 && twin.body["code"] != "lender.unavailable" { // no bank is there: the connection was looked up, and asked
			s.t.Errorf("%s: the owner gets %d: %.300s", twin.what, twin.status, twin.raw)
		}
		if others[0] != "404" {
			s.t.Logf("%s: the other is answered %v before anything is looked up; the owner %d", key, others, twin.status)
		}
		s.asked[key] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "everybody, broker, machine and supporter of B", Tried: "A's ids", Other: strings.Join(others, ", ") + ", as for an id that never was", Owner: fmt.Sprint(twin.status)})
	}
}

// ends are the routes after which A has not any more what others ask for.
var ends = map[string]int{"POST /workflows/{key}/versions/{version}/retire": 1, "DELETE /roles/{key}": 1}

// references sends B's own requests with A's ids in the body and in the query: the same as with ids that never were.
func (s *isolated) references() {
	s.t.Helper()
	asked := 0
	for _, r := range s.table("POST", "PATCH", "PUT", "GET") {
		key := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
		path, ok := s.fill(r.Path, s.b)
		if !ok || strings.HasPrefix(path, "/d/") {
			continue
		}
		for name, make := range s.ways(r) {
			theirs, own := make(s.a), make(s.b)
			if theirs == "" {
				continue
			}
			send := func(text string) reply {
				to, in := s.asks(r, path, s.b), any(nil)
				if r.Method == "GET" {
					to = path + "?" + text
				} else {
					in = []byte(text)
				}
				tag := "If-Match: \"1\""
				if read := s.b.full.do("GET", path, nil); read.status == 200 && read.header.Get("ETag") != "" {
					tag = read.match()
				}
				return s.b.full.do(r.Method, to, in, tag)
			}
			got, never := send(theirs), send(s.a.strays(theirs))
			if got.plain() != never.plain() {
				s.t.Errorf("%s, %s of A: %.500s\nand one that never was: %.500s", got.what, name, got.plain(), never.plain())
			}
			if told := s.a.belongs(got.plain(), theirs); told != "" {
				s.t.Errorf("%s, %s of A: tells %s", got.what, name, told)
			}
			twin := send(own)
			s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "everybody of B", Tried: "A's id as " + name, Other: fmt.Sprintf("%d, as for an id that never was", got.status), Owner: fmt.Sprintf("%d with its own", twin.status)})
			asked++
		}
	}
	if asked < 10 {
		s.t.Errorf("only %d references were tried", asked)
	}
}

// ways are the places of a request, besides its path, where an id of an agency can stand.
func (s *isolated) ways(r api.RouteInfo) map[string]func(*side) string {
	out := map[string]func(*side) string{}
	for _, p := range s.operation(r).Parameters {
		if p.In == "query" && len(p.Schema.Enum) == 0 && (strings.HasSuffix(p.Name, "_id") || p.Name == "ref" || p.Name == "assignee") {
			out["query "+p.Name] = func(one *side) string {
				return url.Values{p.Name: {s.word(strings.TrimSuffix(p.Name, "_id")+"_id", p.Schema, one)}}.Encode()
			}
		}
	}
	if r.Method == "GET" {
		return out
	}
	if body, _ := s.body(r, s.a, true).(object); body != nil && strings.Contains(fmt.Sprint(body), "_") {
		for name := range body {
			if strings.HasSuffix(name, "_id") {
				out["body "+name] = func(one *side) string {
					mine, _ := s.body(r, s.b, false).(object)
					mine = maps.Clone(mine)
					mine[name] = s.body(r, one, true).(object)[name]
					return encoded(mine)
				}
			}
		}
	}
	return out
}

// lists reads every collection and every report as B, who finds nothing of A; A finds its own in most.
func (s *isolated) lists() {
	s.t.Helper()
	own, exports := 0, 0
	for _, r := range api.Table(api.Deps{}) {
		if r.Method != "GET" || strings.Contains(r.Path, "{") || r.For == api.Networks || r.For == api.Directories || r.For == api.Applicants || networks(r) {
			continue
		}
		key := name(r)
		for _, q := range []string{s.asks(r, strings.TrimPrefix(r.Path, "/api/v1"), s.a), strings.TrimPrefix(r.Path, "/api/v1") + "?q=" + s.a.word} {
			theirs, mine := s.b.full.do("GET", q, nil), s.a.full.do("GET", q, nil)
			tried := map[bool]string{false: "list", true: "search"}[strings.Contains(q, "?q=")]
			if told := s.a.belongs(theirs.plain(), q); told != "" && !strings.Contains(q, told) {
				s.t.Errorf("%s tells %s: %.300s", theirs.what, told, theirs.raw)
			}
			if s.a.belongs(string(mine.raw)) != "" {
				own++
				if strings.HasPrefix(mine.header.Get("Content-Disposition"), "attachment") {
					exports++
					tried = "export"
				}
			}
			if theirs.status >= 500 || mine.status >= 500 {
				s.t.Errorf("%s: %d, %d: %.300s", key, theirs.status, mine.status, mine.raw)
			}
			s.asked[key] = true
			if theirs.status == 200 {
				s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "everybody of B", Tried: tried, Other: "nothing of A", Owner: fmt.Sprint(mine.status)})
			}
		}
	}
	if own < 10 || exports == 0 {
		s.t.Errorf("A found its own in %d lists and %d exports only", own, exports)
	}
}

// networks sends a network's requests as its agencies and as another network.
func (s *isolated) networks() {
	s.t.Helper()
	ours, theirs := s.session("network N", s.world.NetworkToken(s.t)), s.session("network M", s.elsewhere.NetworkToken(s.t))
	for _, r := range api.Table(api.Deps{}) {
		if r.For != api.Networks {
			continue
		}
		key := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
		path := strings.NewReplacer("/api/v1", "", "{id}", s.world.Network.String(), "{agencyId}", s.a.agency.ID.String(), "{key}", base, "{version}", "1", "{tokenId}", s.token).Replace(r.Path)
		body := s.body(r, s.a, false)
		for _, other := range []*person{theirs, s.a.full, s.b.full, s.b.key} {
			got, never := other.do(r.Method, path, body), other.do(r.Method, strays(path), body)
			if got.plain() != never.plain() || got.status < 400 {
				s.t.Errorf("%s: %s\nand one that never was: %s", got.what, got.plain(), never.plain())
			}
		}
		if r.Method == "GET" { // what M is told of itself: reports, their tables, its trail
			theirs := theirs.do("GET", strings.ReplaceAll(path, s.world.Network.String(), s.elsewhere.Network.String()), nil)
			for _, one := range []*side{s.a, s.b} {
				if told := one.belongs(theirs.plain(), path); told != "" {
					s.t.Errorf("%s tells %s", theirs.what, told)
				}
			}
		}
		if within := strings.Replace(r.Path, "{id}", "", 1); strings.Contains(within, "{") { // M's own network, and in it what is N's
			prefix := "/networks/" + s.elsewhere.Network.String()
			rest := strings.TrimPrefix(path, "/networks/"+s.world.Network.String())
			got, never := theirs.do(r.Method, prefix+rest, body), theirs.do(r.Method, prefix+strays(rest), body)
			if got.plain() != never.plain() || got.status < 400 {
				s.t.Errorf("%s: %s\nand one that never was: %s", got.what, got.plain(), never.plain())
			}
		}
		twin := ours.do(r.Method, path, body)
		if twin.status == 404 {
			s.t.Errorf("%s: the network gets 404 as well: %.300s", twin.what, twin.raw)
		}
		s.asked[key] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "network M, agencies of N", Tried: "N's id", Other: "as for an id that never was", Owner: fmt.Sprint(twin.status)})
	}
}

func encoded(v any) string { raw, _ := json.Marshal(v); return string(raw) }
