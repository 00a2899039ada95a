package api

import (
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var (
	errPerson = fault.New(fault.Forbidden, "auth.person", "This is about a person's own account; a key has none.")
	errEnrol  = fault.New(fault.Forbidden, "auth.second_factor_required", "This agency asks its people for a second factor, and you have none yet. Add a passkey (POST /api/v1/me/passkeys/options) or an app (POST /api/v1/me/totp) first.")
	errStepUp = fault.New(fault.Forbidden, "auth.step_up", "Confirm that it is you: send your password, a code or a passkey to POST /api/v1/auth/verify, or sign in again; then repeat the request. A confirmation holds for ten minutes.")
)

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
