package tenancy

import (
	"crypto/sha256"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
)

// Actor is an authenticated somebody: a person in a session, a machine with a key, or the platform itself.
// Only the Directory and the Operator make one.
type Actor struct {
	user    ident.UserID
	session ident.SessionID
	key     ident.APIKeyID
	token   ident.AccessTokenID // that the key's machine has bought and acts under; zero for the key itself
	buys    bool                // a client that exchanges its secret for a token
	scim    ident.ScimTokenID   // of a network's own directory
	system  bool
	support ident.SupportID // looks into an agency under it
	trail   bool            // of a support view: writes what it looks at
	portal  ident.PortalID  // a person in the applicants' portal
	subject ident.SubjectID // and who of the agency's people they are
}

// ID is what history and audit record: a user, a key, a subject (in the portal), or "system".
func (a Actor) ID() string {
	switch {
	case !a.user.IsZero():
		return a.user.String()
	case !a.key.IsZero():
		return a.key.String()
	case !a.scim.IsZero():
		return a.scim.String()
	case !a.portal.IsZero():
		return a.subject.String()
	case a.system:
		return "system"
	}
	return ""
}

// User is the person, zero for machines and the platform.
func (a Actor) User() ident.UserID { return a.user }

// Key is the machine's key, zero for people and the platform.
func (a Actor) Key() ident.APIKeyID { return a.key }

// Provisions reports whether the actor is a network's own directory, which speaks SCIM and nothing else.
func (a Actor) Provisions() bool { return !a.scim.IsZero() }

// Scim is the token of a network's own directory, zero for everybody else.
func (a Actor) Scim() ident.ScimTokenID { return a.scim }

// Session is the person's session, zero for machines and the platform.
func (a Actor) Session() ident.SessionID { return a.session }

// Scope is the permission to open a transaction: who, where, what for.
type Scope struct {
	tenant  ident.AgencyID
	actor   Actor
	action  access.Action
	request string
	once    once
	note    *note  // nil for none; see Noting
	expect  *entry // the place a noted Load takes for granted
	about   noun
}

// noun is the one thing a request is about: an id's prefix and bytes; zero when it is about none, or many.
type noun struct {
	prefix string
	id     uuid.UUID
}

// once is a request's idempotency key, "" when none was sent, with what tells its body from another.
type once struct {
	key  string
	hash [32]byte
}

func newOnce(key string, body []byte) once { return once{key, sha256.Sum256(body)} }

// Tenant is the agency acted in.
func (s Scope) Tenant() ident.AgencyID { return s.tenant }

// Actor is who acts.
func (s Scope) Actor() Actor { return s.actor }

// Request is the id under which logs, audit and the answer can be found together.
func (s Scope) Request() string { return s.request }

// For narrows the scope to one action, which the door has the policy decide on every transaction.
func (s Scope) For(action access.Action) Scope {
	s.action = action
	return s
}

// Once makes the next Write of this scope idempotent under the key; body tells a repetition from a reuse.
func (s Scope) Once(key string, body []byte) Scope {
	s.once = newOnce(key, body)
	return s
}

// On names the thing the scope is to be used on, so that rules with conditions are decided about it: what the actor does not see is
// NotFound, what they see and may not do this to is Forbidden. Without it the same conditions only narrow what is found.
func (s Scope) On(prefix string, id uuid.UUID) Scope {
	s.about = noun{prefix, id}
	return s
}

// valid reports whether the scope names an actor, an agency and an action.
func (s Scope) valid() bool {
	return !s.tenant.IsZero() && s.actor.ID() != "" && s.action != ""
}
