package isolation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// count is how many different values the pairs of a kind have.
func (r *Report) count(kind string, of func(Pair) string) int {
	seen := map[string]bool{}
	for _, p := range r.Pairs {
		if p.Kind == kind {
			seen[of(p)] = true
		}
	}
	return len(seen)
}

func object(p Pair) string { return p.Object }

func (r *Report) line() string {
	return fmt.Sprintf("isolation: %d tables × %d ways = %d pairs with %d routes and %d functions, %d guards broken or leaks planted (mutants), all found", r.count("table", object), r.count("table", Pair.Way), len(r.Pairs),
		r.count("route", object), r.count("function", object), len(r.Mutants))
}

// broken says in plain words what each kind of guard is.
var broken = map[string]string{
	"action open to anybody":                           "the agency's rules let anybody do what the route is for",
	"cache key without its agency":                     "planted in what was read: a command whose key is shared by all",
	"foreign key without its owner":                    "a tie between two tables that no longer says whose both records are",
	"function without its owner":                       "a function of the database that no longer asks for whom it works",
	"key without its owner":                            "a rule that values be unique which counts all agencies as one",
	"leak planted":                                     "something new and wrong that a later version could bring with it",
	"line of the log":                                  "planted in what was read: a line that names somebody, or speaks of two agencies",
	"live update of another":                           "planted in what was read: a live update that reaches the wrong agency",
	"lock without its owner":                           "a lock for which agencies wait on each other",
	"metric with a name":                               "planted in what was read: a figure that carries a name, an id or an unknown label",
	"policy dropped":                                   "the rule by which a table shows rows to their owner alone was taken away",
	"policy with USING (true)":                         "that rule lets everybody read",
	"policy with USING (true), under random histories": "the same, while two agencies work in random order",
	"policy with WITH CHECK (true)":                    "that rule lets everybody write",
	"pooled connection":                                "something that outlives a request decides whose rows the next one sees",
	"route without its action":                         "a route without a permission: the program must refuse to start",
	"view with its owner's rights":                     "a view that looks with the rights of whoever made it",
}

// through says in plain words who asked.
var through = map[string]string{
	"pratica_app":       "the program at work for an agency",
	"pratica_network":   "the program at work for a network",
	"pratica_directory": "the part that signs people in",
	"pratica_operator":  "the platform's own worker",
	"pratica_definer":   "owner of the database's functions; nobody connects as it",
	"the keys":          "the agencies' encryption keys",
}

func (r *Report) text() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# What one agency can learn of another\n")
	p("Nothing that these questions could find. This report was written by the tests that tried it (`make isolation`), and only because all of them passed. Agencies A and B are competitors in network N; C is an agency of another network, M. Everything was tried against the real database and the real interface, filled for every owner: an empty table would prove nothing.\n")
	p("> %s\n", r.line())
	p("A **pair** is one question asked twice in the same run: of somebody who must learn nothing, and of the owner. It counts only if the first was refused, or saw exactly what they would see if the owner did not exist, **and** the owner was answered as somebody whose it is. A **mutant** is a guard that was broken on purpose: the questions had to notice.\n")
	p("## What was promised, and how it was shown\n")
	p("\"Agency B cannot …\"\n")
	p("| word of the promise | how it was shown | how many |\n|---|---|---|")
	for _, w := range promise {
		p("| %s | %s | %d %s |", w.Word, w.Shown, r.many(w), w.Of)
	}
	p("\n## Guards broken on purpose\n")
	p("A check proves something only if it is able to fail. Each guard was broken, one at a time, in a copy or where nothing of it stays, and the same questions were asked again. Where the program itself cannot be broken (the cache, the log, figures, live updates), a leak was planted in what was read, to show that the search finds it: that shows the search, not the program. Each of the %d was found.\n", len(r.Mutants))
	kinds := map[string]int{}
	for _, m := range r.Mutants {
		kind, _, _ := strings.Cut(m, ":")
		kinds[kind]++
	}
	p("| what was broken | that is | how many |\n|---|---|---|")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		p("| %s | %s | %d |", kind, broken[kind], kinds[kind])
	}
	notes(p, "What was tried besides tables and routes", r.Notes)
	r.exempt(p)
	notes(p, "Where owners do meet, and why", gathered(r.Meet))
	r.annex(p)
	return b.String()
}

func notes(p func(string, ...any), title string, list []Note) {
	p("\n## %s\n", title)
	slices.SortFunc(list, func(a, b Note) int { return cmp.Compare(a.What, b.What) })
	for _, n := range list {
		p("- **%s**: %s.", n.What, n.Result)
	}
}

// gathered brings notes of the same result into one.
func gathered(list []Note) (out []Note) {
	what := map[string][]string{}
	for _, n := range list {
		what[n.Result] = append(what[n.Result], n.What)
	}
	for result, names := range what {
		slices.Sort(names)
		out = append(out, Note{strings.Join(slices.Compact(names), ", "), result})
	}
	return out
}

func (r *Report) exempt(p func(string, ...any)) {
	p("\n## Routes that are asked elsewhere\n")
	p("Every route of the interface stands either among the questions below or in this table, with the test that speaks for it; a route in neither, a line without a test, and a line that is not needed any more stop the suite.\n")
	p("| route | why not here | the test |\n|---|---|---|")
	slices.SortFunc(r.Exempt, func(a, b Exempt) int { return cmp.Compare(a.Route, b.Route) })
	for _, e := range r.Exempt {
		p("| `%s` | %s | `%s` |", e.Route, e.Reason, e.Test)
	}
}

// annex lists every pair; what came to the same in one place stands in one line.
func (r *Report) annex(p func(string, ...any)) {
	p("\n## Every question\n")
	p("Who asked, what they tried, what the one who must not got, and what the owner got (%s: nobody at all may do it). In the database the program connects under these names:\n", nobody)
	for _, name := range slices.Sorted(maps.Keys(through)) {
		p("- `%s`: %s.", name, through[name])
	}
	slices.SortStableFunc(r.Pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Object, b.Object)) })
	for i := 0; i < len(r.Pairs); {
		n := i
		for n < len(r.Pairs) && r.Pairs[n].Kind == r.Pairs[i].Kind && r.Pairs[n].Object == r.Pairs[i].Object {
			n++
		}
		p("\n### %s `%s`\n", r.Pairs[i].Kind, r.Pairs[i].Object)
		p("| who asked | what was tried | the other got | the owner got |\n|---|---|---|---|")
		var order []Pair
		tries := map[Pair][]string{}
		for _, one := range r.Pairs[i:n] {
			same := Pair{Through: one.Through, Other: one.Other, Owner: one.Owner}
			if tries[same] == nil {
				order = append(order, same)
			}
			tries[same] = append(tries[same], one.Tried)
		}
		for _, same := range order {
			p("| %s | %s | %s | %s |", same.Through, strings.Join(slices.Compact(tries[same]), "; "), same.Other, same.Owner)
		}
		i = n
	}
}
