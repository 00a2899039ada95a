// Package access names what may be done and declares who decides it.
//
// The door (core/tenancy) asks the Authorizer on every transaction, with the roles
// it read in the same round trip; the decision itself is casbin's, in policies.
package access

import "github.com/google/uuid"

// Action is a verb on a noun: "applications.read". Policies name actions, endpoints carry one each.
type Action string

// Rule is one line an agency adds to the default policy.
type Rule struct {
	Role   string
	Action Action
	Allow  bool
}

// Authorizer decides by roles. domain is the agency's or the network's id, version its policy version:
// an answer compiled for another version is never given.
type Authorizer interface {
	// Decide reports whether one of the roles may do the action. known is false
	// when nothing is compiled for this version yet: Compile, then ask again.
	Decide(domain uuid.UUID, version int, roles []string, action Action) (allowed, known bool)
	// Compile builds the decision table of a domain from the default policy and its own rules.
	Compile(domain uuid.UUID, version int, rules []Rule) error
}
