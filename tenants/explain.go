package tenants

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Explanation is whether somebody may do something, which rule says so, and what it was held against.
type Explanation struct {
	Allowed bool          `json:"allowed"`
	Verdict string        `json:"verdict" enum:"allowed,denied,forbidden,no_rule,out_of_sight,narrowed,inactive" doc:"denied: by a rule; forbidden: by the network; no_rule: no role of theirs has it, for this file; out_of_sight: they do not see it at all; narrowed: a key that is narrowed to other actions, whatever its roles"`
	Text    workflow.Text `json:"text"`
	As      string        `json:"as"`
	Roles   []string      `json:"roles"`
	Do      access.Action `json:"do" doc:"The permission that is asked for, or with out_of_sight the one that is missing"`
	On      string        `json:"on,omitempty"`
	Rule    *Ruling       `json:"rule" doc:"The one that decided"`
	Rules   []Ruling      `json:"rules" doc:"Every rule over the action that they fall under"`
	Bounds  []PolicyBound `json:"bounds" doc:"What the network lays down for the action"`
}

// Ruling is a rule somebody falls under.
type Ruling struct {
	Source string   `json:"source" doc:"File and line of the platform's, id of the agency's, network for a bound, key for a key's own actions"`
	Role   string   `json:"role"`
	Path   []string `json:"path" doc:"From the role they were given to the rule's"`
	Effect string   `json:"effect" enum:"allow,deny"`
	When   *When    `json:"when,omitempty"`
	Holds  bool     `json:"holds" doc:"Its condition holds; true without one"`
	Parts  []Part   `json:"parts" doc:"The condition, part by part"`
}

// Part is one part of a condition with the value it was held against.
type Part struct {
	Name   string `json:"name"`
	Wanted string `json:"wanted"`
	Found  string `json:"found"`
	Holds  bool   `json:"holds"`
}

// asked is who an explanation is about.
type asked struct {
	access.Person
	id      string
	roles   []string
	actions []access.Action // of a key narrowed to some; nil: all that its roles may
	active  bool
	found   bool
}

// narrowed reports whether a key's own actions keep it from one, whatever its roles.
func (w asked) narrowed(do access.Action) bool {
	return w.actions != nil && do != tenancy.SelfKnowledge && !slices.Contains(w.actions, do)
}

// Explain says whether a member or key may do an action, on one thing or at all. The thing must be within the caller's own sight.
func (s *Service) Explain(ctx context.Context, scope tenancy.Scope, as, do, on string) (out Explanation, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		who, err := loadAsked(tx, as)
		if err != nil {
			return err
		}
		if known := tx.Table().Actions(); !slices.Contains(known, access.Action(do)) {
			return noAction(do, known)
		}
		files, err := loadFollowed(tx, who, on)
		if err != nil {
			return err
		}
		var book access.Rulebook
		if err := tx.Load(tx.Book(&book)...); err != nil {
			return err
		}
		out = explain(tx.Table(), book.Bounds, who, access.Action(do), files)
		out.On = on
		return nil
	})
	return out, err
}

// noAction refuses a name that no rule could be about, with the nearest one that is.
func noAction(do string, known []access.Action) error {
	names := make([]string, len(known))
	for i, a := range known {
		names[i] = string(a)
	}
	remedy := "GET /api/v1/policy/actions shows those there are."
	if nearest := workflow.Nearest(do, names); nearest != "" {
		remedy = "The nearest name is " + nearest + "."
	}
	return fault.Input("explain.do", "/do", "There is no such action. "+remedy)
}

func loadAsked(tx *tenancy.Tx, as string) (w asked, err error) {
	sql, arg := `select user_id, roles, branch, status = 'active', null::text[] from members where email = lower($1)`, any(as)
	prefix, id, ok := ident.ParseAny(as)
	switch {
	case ok && prefix == "usr":
		sql, arg = `select user_id, roles, branch, status = 'active', null::text[] from members where user_id = $1`, id
	case ok && prefix == "mbr":
		sql, arg = `select user_id, roles, branch, status = 'active', null::text[] from members where id = $1`, id
	case ok && prefix == "key":
		sql, arg = `select null::uuid, roles, '', revoked_at is null and expires_at > now(), actions from api_keys where id = $1`, id
	}
	err = tx.Load(tenancy.Scan(sql, []any{arg}, func(rows pgx.Rows) error {
		w.found = true
		return rows.Scan(&w.User, &w.roles, &w.Branch, &w.active, &w.actions)
	}))
	if err == nil && !w.found {
		return w, fault.Missing("member")
	}
	if w.id = w.User.String(); w.User.IsZero() {
		w.id = as
	}
	return w, err
}

// seen is a file the thing asked about follows. open: they see the thing whatever the file.
type seen struct {
	file access.File
	open bool
}

func loadFollowed(tx *tenancy.Tx, who asked, on string) (files []seen, err error) {
	if on == "" {
		return nil, nil
	}
	prefix, id, ok := ident.ParseAny(on)
	if !ok {
		return nil, fault.Input("explain.on", "/on", "Name one thing by its id, like app_…, or leave it out.")
	}
	load, follows := tenancy.Followed(prefix, id, who.id, func(f access.File, open bool) { files = append(files, seen{f, open}) })
	if !follows {
		return nil, knows(tx, prefix, id)
	}
	if err := tx.Load(load); err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.Missing("thing")
	}
	return files, nil
}

// knows refuses what the agency does not have; conditions are about nothing of the kind.
func knows(tx *tenancy.Tx, prefix string, id uuid.UUID) error {
	found := false
	load, ok := tenancy.Exists(&found, prefix, id)
	if !ok {
		return fault.Input("explain.on", "/on", "Rules are not about things of this kind. Leave it out.")
	}
	if err := tx.Load(load); err != nil {
		return err
	}
	if !found {
		return fault.Missing("thing")
	}
	return nil
}

// explain is pure: the table, who, what, and the files that it follows (none: at all).
func explain(t *access.Table, bounds []access.Bound, who asked, do access.Action, files []seen) Explanation {
	out := Explanation{As: who.id, Roles: who.roles, Do: do, Bounds: []PolicyBound{}}
	for _, b := range bounds {
		if b.Action == do {
			out.Bounds = append(out.Bounds, PolicyBound{b.Action, b.Kind})
		}
	}
	about, visible := access.File{}, true
	var held *access.File
	if len(files) > 0 {
		looking, grant := t.Grant(who.roles, access.Looking), t.Grant(who.roles, do)
		best := -1
		for _, f := range files { // the file that speaks most for them
			rank := 0
			if f.open || looking.For(f.file, who.Person) {
				rank = 1
			}
			if rank == 1 && (f.open || grant.For(f.file, who.Person)) {
				rank = 2
			}
			if rank > best {
				best, about = rank, f.file
			}
		}
		held, visible = &about, best > 0
		if best == 2 && !grant.For(about, who.Person) {
			held = nil // made by them: no file has a say
		}
	}
	narrowed := who.narrowed(do)
	if !visible && !narrowed {
		out.Do = access.Looking
	}
	rulings, decides := t.Rulings(who.roles, out.Do, held, who.Person)
	out.Rules = []Ruling{}
	for _, r := range rulings {
		out.Rules = append(out.Rules, rulingOf(r))
	}
	if narrowed {
		decides = len(out.Rules)
		out.Rules = append(out.Rules, Ruling{Source: "key", Path: []string{}, Effect: "deny", Holds: true, Parts: []Part{}})
	}
	if decides >= 0 {
		out.Rule = &out.Rules[decides]
		out.Allowed = out.Rule.Effect == "allow"
	}
	switch {
	case !who.active:
		out.Verdict, out.Allowed = "inactive", false
	case narrowed:
		out.Verdict = "narrowed"
	case !visible:
		out.Verdict, out.Allowed = "out_of_sight", false
	case out.Allowed:
		out.Verdict = "allowed"
	case out.Rule == nil:
		out.Verdict = "no_rule"
	case out.Rule.Source == access.Network:
		out.Verdict = "forbidden"
	default:
		out.Verdict = "denied"
	}
	out.Text = out.words()
	return out
}

func rulingOf(r access.Ruling) Ruling {
	rule := ruleOf(r.Rule)
	out := Ruling{Source: r.Source, Role: r.Role, Path: r.Path, Effect: rule.Effect, When: rule.When, Holds: r.Holds, Parts: []Part{}}
	for _, p := range r.Parts {
		out.Parts = append(out.Parts, Part(p))
	}
	return out
}

// Lines says an explanation for the command line.
func (e Explanation) Lines() string {
	var b strings.Builder
	say := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	say(e.Text.EN)
	say("roles: ", strings.Join(e.Roles, ", "))
	for _, bound := range e.Bounds {
		say("bound: the network has ", bound.Kind, " ", string(bound.Action))
	}
	for i := range e.Rules {
		r := &e.Rules[i]
		mark := "      "
		if r == e.Rule {
			mark = "  ==> "
		}
		if r.Source == "key" {
			say(mark, r.Effect, ", by the key's own actions")
			continue
		}
		say(mark, r.Effect, " ", r.Role, " (", strings.Join(r.Path, " > "), "), ", r.Source)
		if r.When != nil {
			say("        for ", Rule{When: r.When}.of("").When.String(), ": ", map[bool]string{true: "holds", false: "does not hold"}[r.Holds])
		}
		for _, p := range r.Parts {
			say("        ", p.Name, ": wanted ", orDash(p.Wanted), ", found ", orDash(p.Found))
		}
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
