// Package policies decides who may do what. Casbin is the author of the decisions and this
// package its only user: the rules of *.csv and an agency's own are loaded into an enforcer of
// that agency (domain RBAC), and compiled into an access.Table, which a property test holds to casbin's answers.
// A table is used for exactly the policy version it was compiled for.
package policies

import (
	"embed"
	"slices"

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
	plain   *access.Table // of an agency without rules of its own: shared by all of them
	domains *lru.Cache[uuid.UUID, compiled]
}

type compiled struct {
	version int
	table   *access.Table
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
	plain, err := b.table()
	if err != nil {
		return nil, err
	}
	return &Policy{base: b, plain: plain, domains: cache}, nil
}

// Table is what was compiled for exactly this version; nil when nothing was.
func (p *Policy) Table(domain uuid.UUID, version int) *access.Table {
	if c, ok := p.domains.Get(domain); ok && c.version == version {
		return c.table
	}
	return nil
}

// Conditional reports whether the last table of a domain has conditions.
func (p *Policy) Conditional(domain uuid.UUID) bool {
	c, ok := p.domains.Peek(domain)
	return ok && c.table.Conditional()
}

// Compile builds and keeps the table of a domain.
func (p *Policy) Compile(domain uuid.UUID, version int, book access.Rulebook) (*access.Table, error) {
	t, err := p.Try(book)
	if err == nil {
		p.domains.Add(domain, compiled{version, t})
	}
	return t, err
}

// Try builds a table that nobody else sees.
func (p *Policy) Try(book access.Rulebook) (*access.Table, error) {
	if len(book.Roles)+len(book.Rules)+len(book.Bounds) == 0 {
		return p.plain, nil
	}
	return p.base.over(p.plain, book)
}

// Drop forgets a domain's table.
func (p *Policy) Drop(domain uuid.UUID) { p.domains.Remove(domain) }

// Actions lists every action the default policy names, sorted.
func (p *Policy) Actions() []access.Action { return slices.Clone(p.base.acts) }

// Boundable lists what a network may reserve or forbid in its agencies, sorted.
func (p *Policy) Boundable() []access.Action { return slices.Clone(p.base.bound) }

// NeedsProof reports whether an action is one of step_up.csv.
func (p *Policy) NeedsProof(action access.Action) bool { return slices.Contains(p.base.proof, action) }

// Roles lists the platform's roles that a member or machine can be given, sorted.
func (p *Policy) Roles() []string {
	return slices.DeleteFunc(slices.Clone(p.base.roles), func(r string) bool {
		return r == access.Everybody || r == "staff" || !p.base.members(r)
	})
}

// Permissions lists what roles may do, for some files at least, under the default policy or the domain's own table, sorted.
func (p *Policy) Permissions(domain uuid.UUID, roles []string) []access.Action {
	t := p.plain
	if c, ok := p.domains.Get(domain); ok {
		t = c.table
	}
	return t.Permissions(roles)
}
