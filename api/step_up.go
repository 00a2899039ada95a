package api

import (
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var (
	errPerson    = fault.New(fault.Forbidden, "auth.person", "This is about a person's own account; a key has none.")
	errDirectory = fault.New(fault.Forbidden, "auth.directory", "A network's SCIM token speaks SCIM (/scim/v2), and nothing else speaks it.")
	errBound     = fault.New(fault.Forbidden, "auth.bound", "You are signed in by your agency's identity provider, which opens that agency and not your own account. To confirm who you are, sign in by it again; to change passwords and factors, sign in by your own.")
	errProvider  = fault.New(fault.Forbidden, "auth.provider_only", "This agency is entered by its identity provider only. Begin at /api/v1/auth/oidc/{agency}/start.")
	errEnrol     = fault.New(fault.Forbidden, "auth.second_factor_required", "This agency asks its people for a second factor, and you have none yet. Add a passkey (POST /api/v1/me/passkeys/options) or an app (POST /api/v1/me/totp) first.")
	errStepUp    = fault.New(fault.Forbidden, "auth.step_up", "Confirm that it is you: send your password, a code or a passkey to POST /api/v1/auth/verify, or sign in again; then repeat the request. A confirmation holds for ten minutes.")
)

// confined refuses a network's directory everything but SCIM, and SCIM to everybody else; and somebody who has signed in by an agency's
// provider whatever is not that agency's: the agency has chosen who vouches for them, the person has not.
func confined(info RouteInfo, id tenancy.Identity) error {
	switch {
	case id.Actor.Provisions() != (info.For == Directories):
		return errDirectory
	case id.Bound && info.For == Person:
		return errBound
	case id.Bound && info.For == Networks:
		return fault.Missing("network")
	}
	return nil
}

// stepUp refuses what a session, by itself, is not enough for. A machine has no step-up: its scope decides, and nobody sits before it.
func (s *server) stepUp(info RouteInfo, id tenancy.Identity) error {
	person := !id.Actor.User().IsZero()
	switch {
	case info.For == Person && !person:
		return errPerson
	case info.For == Members && id.Enrol:
		return errEnrol
	case person && !id.Proven && (info.StepUp || s.deps.Policy.NeedsProof(info.Action)):
		return errStepUp
	}
	return nil
}
