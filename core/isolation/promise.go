package isolation

import (
	"slices"
	"strings"
)

// word is one of those by which isolation was promised: "agency B cannot read, count, …".
type word struct {
	Word  string
	Shown string // how, in plain words
	Of    string // what is counted
	Pairs func(Pair) bool
	Broke []string // kinds of guards
}

// tried is any of these beginnings of what was tried with a table.
func tried(ways ...string) func(Pair) bool {
	return func(p Pair) bool {
		return p.Kind != "route" && slices.ContainsFunc(ways, func(w string) bool {
			return p.Tried == w || strings.HasPrefix(p.Tried, w+" ") || strings.HasPrefix(p.Tried, w+",")
		})
	}
}

func kind(k string) func(Pair) bool { return func(p Pair) bool { return p.Kind == k } }

func route(has func(Pair) bool) func(Pair) bool {
	return func(p Pair) bool { return p.Kind == "route" && has(p) }
}

func broke(kinds ...string) []string { return kinds }

// stopped: the owner of what a route names was answered, but not served.
func stopped(p Pair) bool { return p.Kind == "route" && strings.HasPrefix(p.Owner, "4") }

// promise is all of it, in its order.
var promise = []word{
	{"read", "B asks for A's records in every table by every form of question: by name, all at once, joined, grouped, through a cursor. It gets an empty answer; A gets its own.", "pairs", tried("read", "read everything", "exists", "aggregate", "group", "lateral", "join", "materialized", "row to json", "cursor", "select"), nil},
	{"count", "B asks how many records A has: none, it is told.", "pairs", tried("count"), nil},
	{"write", "B hands in new records under A's name. The database refuses each, and A's own is taken.", "pairs", tried("insert a new row for", "insert a row that is there", "insert, on conflict do nothing", "insert, on conflict do update", "merge, not matched", "insert"), nil},
	{"update into", "B changes A's records, or moves its own into A's name: nothing is touched.", "pairs", tried("update of", "update into", "update into, blind", "merge, matched", "select for update", "update"), nil},
	{"delete", "B deletes A's records: none goes.", "pairs", tried("delete of", "merge, delete", "truncate", "delete"), nil},
	{"reference (foreign key)", "B ties a record of its own to one of A's: the answer is word for word the one about a record that never was.", "pairs", tried("insert, refer by", "update, refer by"), nil},
	{"collide (unique)", "B uses a value that A uses already (a tax code, a name): it is as free as any other, so that nobody learns who is a client of whom.", "pairs", tried("collide with"), nil},
	{"infer by error text", "Statements made to fail if A's record is there, and requests with A's ids: the error is the same as if it were not there, letter by letter.", "pairs", func(p Pair) bool {
		return p.Tried == "provoke an error" || strings.Contains(p.Other, "never was") || strings.Contains(p.Other, "as if it were")
	}, nil},
	{"view", "Every prepared view of the tables is asked like a table.", "pairs", kind("view"), nil},
	{"function", "Every function of the database is called with every id and word of A, and once more with A's records gone: the answer does not change.", "pairs", kind("function"), nil},
	{"sequence", "Counters shared by all would tell how much the others write. There is none that an agency could look at; two were planted, and found.", "pairs and leaks planted", tried("advance", "look at"), broke("leak planted: a sequence")},
	{"COPY", "The database's bulk export and import, to the client, to a file, to a program.", "pairs", tried("copy to", "copy from", "copy to a program", "copy to a file"), nil},
	{"prepared statement", "A statement prepared for A is run for B on the same connection.", "pairs", tried("prepared statement across owners"), broke("leak planted: a policy whose answer")},
	{"pooled connection", "A request of A is cancelled, panics, times out or is cut off, and the next request on that connection is B's: directly, and through pgbouncer with one connection for all.", "pairs and requests", kind("connection"), broke("pooled connection")},
	{"job", "Work in the background that B starts with A's ids in its order, one of each kind: nothing of A is read or changed.", "pairs", kind("job"), nil},
	{"cache key", "Every command to the cache of the whole run was written down: each key belongs to one agency.", "keys", kind("cache"), nil},
	{"SSE topic", "Both listen to live updates while both work: each hears its own.", "events", nil, nil},
	{"search", "B searches for A's words.", "pairs", route(func(p Pair) bool { return p.Tried == "search" }), nil},
	{"export", "B downloads every export there is.", "pairs", route(func(p Pair) bool { return p.Tried == "export" }), nil},
	{"report", "Reports of networks and agencies, by those whose they are not.", "pairs", route(func(p Pair) bool {
		return strings.Contains(p.Object, "/report") || strings.Contains(p.Object, "/register")
	}), nil},
	{"log line", "No line of the program's log has a name in it, or speaks of two agencies.", "lines", nil, nil},
	{"metric label", "No figure for the operators carries a name or an id.", "series", nil, nil},
	{"histories against a model", "Two agencies work in random order; after every step each sees what a model of it alone says. A history that fails is cut down to its shortest form.", "histories", nil, broke("policy with USING (true), under random histories")},
	{"each negative with its positive twin", "In the same run the owner is served by the same question.", "pairs", func(p Pair) bool { return p.Owner != nobody && !stopped(p) }, nil},
	{"the owner is stopped by something else", "Routes at which the other was told nothing, and the owner's request met a missing field, a state or a stale version: nothing about who asks, and no proof that it would be served. TestStory sends whole requests to these.", "pairs", stopped, nil},
	{"what nobody may do", "Refused to everybody, so that there is no owner to serve: grants that no role has, escapes from the role.", "refusals", func(p Pair) bool { return p.Owner == nobody }, nil},
	{"each policy dropped", "The database's rule for a table was taken away.", "guards broken", nil, broke("policy dropped")},
	{"USING (true), WITH CHECK (true)", "The rule was made to let everybody read, or write.", "guards broken", nil, broke("policy with")},
	{"single-column foreign key", "The owner was taken out of a tie between two tables.", "guards broken", nil, broke("foreign key without")},
	{"an action removed", "The permission was taken off a route, or given to everybody.", "guards broken", nil, broke("route without its action", "action open to anybody")},
}

// many is how much there is behind a word.
func (r *Report) many(w word) (n int) {
	for _, p := range r.Pairs {
		if w.Pairs != nil && w.Pairs(p) {
			n++
		}
	}
	for _, m := range r.Mutants {
		if slices.ContainsFunc(w.Broke, func(kind string) bool { return strings.HasPrefix(m, kind) }) {
			n++
		}
	}
	return n + r.Tally[w.Word]
}

// silent are the words that nothing was shown for.
func (r *Report) silent() (out []string) {
	for _, w := range promise {
		if r.many(w) == 0 {
			out = append(out, w.Word)
		}
	}
	return out
}
