// Package policies decides who may do what. Casbin is the author of the decisions and this
// package its only user: the rules of *.csv and an agency's own are loaded into an enforcer of
// that agency (domain RBAC), and its answers are compiled into a table of role × action.
// A table is used for exactly the policy version it was compiled for.
package policies

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/pratica-crm/pratica/core/access"
)

//go:embed *.csv model.conf
var files embed.FS

// domains bounds the compiled tables kept in memory.
const domains = 16384

// Policy implements access.Authorizer.
type Policy struct {
	base    *base
	plain   *table // of an agency without rules of its own: shared by all of them
	domains *lru.Cache[uuid.UUID, compiled]
}

type compiled struct {
	version int
	table   *table
}

type base struct {
	model string
	rules [][]string // p lines: role, action
	heirs [][]string // g lines: role, role
	roles []string
	acts  []access.Action
	proof []access.Action // s lines: actions that need a recent proof of the person
}

// New reads the default policy and compiles it.
func New() (*Policy, error) {
	b, err := read()
	if err != nil {
		return nil, err
	}
	cache, err := lru.New[uuid.UUID, compiled](domains)
	if err != nil {
		return nil, err
	}
	plain, err := b.compile(nil)
	if err != nil {
		return nil, err
	}
	return &Policy{base: b, plain: plain, domains: cache}, nil
}

// Decide answers from the table of exactly this version; known is false when there is none.
func (p *Policy) Decide(domain uuid.UUID, version int, roles []string, action access.Action) (allowed, known bool) {
	c, ok := p.domains.Get(domain)
	if !ok || c.version != version {
		return false, false
	}
	return c.table.allows(roles, action), true
}

// Compile builds and keeps the table of a domain.
func (p *Policy) Compile(domain uuid.UUID, version int, rules []access.Rule) error {
	t := p.plain
	if len(rules) > 0 {
		var err error
		if t, err = p.base.compile(rules); err != nil {
			return err
		}
	}
	p.domains.Add(domain, compiled{version, t})
	return nil
}

// Drop forgets a domain's table.
func (p *Policy) Drop(domain uuid.UUID) { p.domains.Remove(domain) }

// Actions lists every action the default policy names, sorted.
func (p *Policy) Actions() []access.Action { return slices.Clone(p.base.acts) }

// NeedsProof reports whether an action is one of step_up.csv.
func (p *Policy) NeedsProof(action access.Action) bool { return slices.Contains(p.base.proof, action) }

// Roles lists the roles a member or machine can be given, sorted.
func (p *Policy) Roles() []string {
	return slices.DeleteFunc(slices.Clone(p.base.roles), func(r string) bool {
		return r == "any" || r == "staff" || r == "system" || r == "network_admin" || r == "support"
	})
}

// Permissions lists what roles may do under the default policy or the domain's own table, sorted.
func (p *Policy) Permissions(domain uuid.UUID, roles []string) []access.Action {
	t := p.plain
	if c, ok := p.domains.Get(domain); ok {
		t = c.table
	}
	return slices.DeleteFunc(p.Actions(), func(a access.Action) bool { return !t.allows(roles, a) })
}

func read() (*base, error) {
	b := &base{}
	conf, err := files.ReadFile("model.conf")
	if err != nil {
		return nil, err
	}
	b.model = string(conf)
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") {
			continue
		}
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		if err := b.add(e.Name(), string(text)); err != nil {
			return nil, err
		}
	}
	return b, b.settle()
}

// settle sorts what was read, once all of it is.
func (b *base) settle() error {
	slices.Sort(b.roles)
	b.roles = slices.Compact(b.roles)
	slices.Sort(b.acts)
	b.acts = slices.Compact(b.acts)
	for _, a := range b.proof {
		if !slices.Contains(b.acts, a) { // a name nobody uses would protect nothing
			return fmt.Errorf("policies/step_up.csv: there is no action %s", a)
		}
	}
	return nil
}

func (b *base) add(name, text string) error {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, ", ")
		switch {
		case len(f) == 3 && f[0] == "p":
			b.rules = append(b.rules, f[1:])
			b.roles = append(b.roles, f[1])
			b.acts = append(b.acts, access.Action(f[2]))
		case len(f) == 2 && f[0] == "s":
			b.proof = append(b.proof, access.Action(f[1]))
		case len(f) == 3 && f[0] == "g":
			b.heirs = append(b.heirs, f[1:])
			b.roles = append(b.roles, f[1], f[2])
		default:
			return fmt.Errorf("policies/%s:%d: want `p, role, action`, `g, role, parent` or `s, action`", name, i+1)
		}
	}
	return nil
}

// enforcer is casbin over the default rules and an agency's own, in one domain.
func (b *base) enforcer(own []access.Rule) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(b.model)
	if err != nil {
		return nil, fmt.Errorf("policies/model.conf: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("casbin: %w", err)
	}
	for _, r := range b.rules {
		if _, err := e.AddPolicy(r[0], domain, r[1], "allow"); err != nil {
			return nil, fmt.Errorf("casbin: %w", err)
		}
	}
	for _, r := range own {
		if r.Allow && reserved[r.Action] {
			continue
		}
		if _, err := e.AddPolicy(r.Role, domain, string(r.Action), effect(r.Allow)); err != nil {
			return nil, fmt.Errorf("casbin: %w", err)
		}
	}
	for _, g := range b.heirs {
		if _, err := e.AddGroupingPolicy(g[0], g[1], domain); err != nil {
			return nil, fmt.Errorf("casbin: %w", err)
		}
	}
	return e, nil
}

// domain stands for the one agency an enforcer is built for; its rules are never mixed with another's.
const domain = "self"

func effect(allow bool) string {
	if allow {
		return "allow"
	}
	return "deny"
}
