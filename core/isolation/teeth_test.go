package isolation_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/isolation"
)

// teeth knows which ways of asking have found something when a guard was broken. One that never has is no proof of anything.
type teeth struct{ asked, found map[string]bool }

func (t teeth) ask(f finding)         { t.asked[f.way()] = true }
func (t teeth) missing(w string) bool { return t.asked[w] && !t.found[w] }

// bite notes what found something, and reports whether any did.
func (t teeth) bite(found []finding) (any bool) {
	for _, f := range found {
		if f.Wrong != "" {
			t.found[f.way()], any = true, true
		}
	}
	return any
}

// way is what was tried, whatever it was tried with.
func (f finding) way() string { return isolation.Pair{Tried: f.Verb}.Way() }

// question is something asked of an unbroken guard, with the ways there are to break it. The mutation run stops at the first thing that is
// found; here each way of asking must find something by itself.
type question struct {
	asked  []finding
	breaks [][]string
	again  func(session) []finding
}

// opened are the ways to open a table to a role: its policy lets everybody in, row security is off, or the table is the role's own.
func (c cell) opened() (out [][]string) {
	t, policy := quoted(c.Name), "alter policy "+quoted(c.Policy.Name)+" on "+quoted(c.Name)
	if c.View {
		return [][]string{{"alter view " + t + " set (security_invoker = false)"}}
	}
	if c.Policy.Using != "" {
		policy += " using (true)"
	}
	if c.Policy.Check != "" {
		policy += " with check (true)"
	}
	return [][]string{{policy}, {"alter table " + t + " disable row level security"}, {"grant all on " + t + " to " + c.Role, "alter table " + t + " owner to " + c.Role}}
}

// opened are the ways to open a function: it asks nobody whose a row is, or everybody may call it.
func (f function) opened(roles []string) (out [][]string) {
	if ownership.MatchString(f.Source) {
		out = append(out, []string{ownership.ReplaceAllString(f.Source, "true")})
	}
	return append(out, []string{"grant execute on function " + f.Signature + " to " + join(roles)})
}

// bites breaks guards until every way of asking has found something.
func (p *populace) bites(questions []question) {
	for _, q := range questions {
		for _, sql := range q.breaks {
			if !slices.ContainsFunc(q.asked, func(f finding) bool { return p.teeth.missing(f.way()) }) {
				break
			}
			p.exec("begin")
			for _, one := range sql {
				p.exec(one)
			}
			p.teeth.bite(q.again(session{t: p.t, conn: p.admin, inner: true}))
			p.exec("rollback")
		}
	}
}

// almighty tries the escapes with a login that may do everything.
func (p *populace) almighty(w *coretest.World) {
	name, password := "probe_"+hex.EncodeToString(random(6)), hex.EncodeToString(random(16))
	p.exec(fmt.Sprintf("create role %s login superuser password '%s'", name, password))
	u, err := url.Parse(w.AdminURL())
	must(p.t, err)
	u.User = url.UserPassword(name, password)
	conn := connect(p.t, u.String())
	p.teeth.bite(p.escape(func(string) session { return session{t: p.t, conn: conn} }, name))
	must(p.t, conn.Close(context.Background()))
	p.exec("drop role " + name)
}

// bitten fails for every way of asking that has found nothing in the whole run.
func (t teeth) bitten(tb testing.TB) {
	for w := range t.asked {
		if t.missing(w) {
			tb.Errorf("the question %q has found nothing, whatever was broken: it proves nothing", w)
		}
	}
	report.Note("ways of asking", fmt.Sprintf("each of the %d ways of asking the database has itself found something once a guard was broken, so that none of them is only for show", len(t.asked)))
}
