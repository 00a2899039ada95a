// Package access names what may be done and decides it from a compiled Table, purely.
//
// Rules come from the platform (policies/*.csv) and from an agency; casbin, in policies, is their author and the oracle of the
// tables. The door (core/tenancy) takes the Table of exactly the policy version it read in the same round trip.
//
//	role ─ Rule(action, allow|deny, Condition) ─► Table ─ Grant(roles, action) ─► Yes | No | Maybe(file)
//	                                                             └─ Sight: the same answer as a filter in the database
//
// A deny overrides every allow. What a condition cannot be held against (no owner, no branch) it does not hold for.
package access

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Action is a verb on a noun: "applications.read". Policies name actions, endpoints carry one each.
type Action string

// Noun is the part before the point.
func (a Action) Noun() string {
	noun, _, _ := strings.Cut(string(a), ".")
	return noun
}

// filed are the nouns that follow the files one may see: rules over their actions may have conditions.
var filed = []string{"applications", "documents", "operations", "properties", "subjects", "submissions", "tasks"}

// Filed reports whether the action is on a file or on what follows one, so that rules over it may have conditions.
func (a Action) Filed() bool { return slices.Contains(filed, a.Noun()) }

// Looking is the action that says which files somebody sees at all; whatever else they may do, they do within it.
const Looking Action = "applications.read"

// Everybody is the role that every member has; the platform itself does not.
const Everybody = "any"

// Rule allows or denies a role an action, where When holds.
type Rule struct {
	Source string // where it stands: "policies/subjects.csv:3", an agency's rule by its id, Network for a bound
	Role   string
	Action Action
	Allow  bool
	When   Condition
}

// Role is one an agency made. It may all that its parent may, and what its own rules say; no parent: what everybody may.
type Role struct{ Key, Parent string }

// Bound is what a network lays down for an action in all its agencies.
type Bound struct {
	Action Action
	Kind   string // Reserved or Forbidden
}

const (
	Reserved  = "reserved"  // who may do it is the platform's to say: the agencies' own rules over it do not count
	Forbidden = "forbidden" // nobody may do it in an agency, whatever a rule says
)

// Network is the source of a rule that stands for a bound.
const Network = "network"

// Rulebook is what an agency and its network add to the platform's rules.
type Rulebook struct {
	Roles  []Role
	Rules  []Rule
	Bounds []Bound
}

// Authorizer keeps the tables. domain is the agency's or the network's id, version its policy version.
type Authorizer interface {
	// Table is what was compiled for exactly this version; nil when nothing was: Compile, then ask again.
	Table(domain uuid.UUID, version int) *Table
	// Conditional reports whether the last table compiled for a domain, of whatever version, has conditions. It is a hint: who
	// relies on it verifies with Table.
	Conditional(domain uuid.UUID) bool
	// Compile builds a domain's table and keeps it.
	Compile(domain uuid.UUID, version int, book Rulebook) (*Table, error)
	// Boundable lists what a network may reserve or forbid in its agencies. Other bounds do not count, wherever they come from.
	Boundable() []Action
	// Try builds a table that nobody else sees: what would hold if the rulebook did.
	Try(book Rulebook) (*Table, error)
}
