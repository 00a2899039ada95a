package api

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// factors is what a person can prove who they are with.
type factors struct {
	Password      bool `json:"password"`
	TOTP          bool `json:"totp"`
	Passkeys      int  `json:"passkeys"`
	RecoveryCodes int  `json:"recovery_codes" doc:"Unused ones"`
	MustEnrol     bool `json:"must_enrol"`
}

// recoveryCodes are shown once; none when there were some already.
type recoveryCodes struct {
	Codes []string `json:"recovery_codes" doc:"Ten, each good once; shown this once. Empty when the earlier ones still hold"`
}

func codesOf(codes []string, err error) (recoveryCodes, error) {
	return recoveryCodes{append([]string{}, codes...)}, err
}

type newPasskey struct {
	accounts.Passkey
	Codes []string `json:"recovery_codes" doc:"With the first second factor: ten, each good once; shown this once"`
}

// PasskeyPath names a passkey in the address. Exported because huma reads embedded fields only then.
type PasskeyPath struct {
	ID ident.PasskeyID `path:"id"`
}

type passkeyInput struct {
	Body struct {
		Name    string          `json:"name" minLength:"1" maxLength:"100"`
		Passkey json.RawMessage `json:"passkey" doc:"The authenticator's answer, in the JSON form of WebAuthn"`
	}
}

type passkeyName struct {
	PasskeyPath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

type codeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"20"`
	}
}

type sessionPath struct {
	ID ident.SessionID `path:"id"`
}

type secondFactorInput struct {
	Body struct {
		Required bool `json:"required"`
	}
}

// own is an endpoint of a person about themselves; changed makes every server forget what it knows of sessions afterwards.
func own[I, O any](method, path, summary string, changed, stepUp bool, do func(context.Context, Call, *I) (O, error)) Endpoint[I, O] {
	return Endpoint[I, O]{Method: method, Path: path, Summary: summary, For: Person, StepUp: stepUp, Do: func(ctx context.Context, c Call, in *I) (O, error) {
		out, err := do(ctx, c, in)
		if changed && err == nil {
			requestOf(ctx).forget()
		}
		return out, err
	}}
}

const (
	stays, changes = false, true // what servers remember of sessions
	plain, proven  = false, true // whether a recent proof is needed
)

// accountRoutes are what people see and change of their own account, and what an agency asks of its people's.
func accountRoutes(d Deps) []Route {
	return []Route{
		own("GET", "/me/factors", "What one can prove who one is with", stays, plain, func(ctx context.Context, c Call, _ *none) (factors, error) {
			f, err := d.Accounts.Factors(ctx, c.Identity)
			return factors{f.Password, f.TOTP, f.Passkeys, f.RecoveryCodes, c.Identity.Enrol}, err
		}),
		own("GET", "/me/passkeys", "One's passkeys", stays, plain, func(ctx context.Context, c Call, _ *none) (list[accounts.Passkey], error) {
			return listOf(d.Accounts.Passkeys(ctx, c.Identity))
		}),
		own("POST", "/me/passkeys/options", "What an authenticator is asked, to add it", stays, proven, func(ctx context.Context, c Call, _ *none) (accounts.Options, error) {
			return d.Accounts.NewPasskey(ctx, c.Identity)
		}),
		own("POST", "/me/passkeys", "Add a passkey", changes, proven, func(ctx context.Context, c Call, in *passkeyInput) (newPasskey, error) {
			p, codes, err := d.Accounts.AddPasskey(ctx, c.Identity, in.Body.Name, in.Body.Passkey, origin(ctx))
			return newPasskey{p, append([]string{}, codes...)}, err
		}).created(),
		own("PATCH", "/me/passkeys/{id}", "Rename a passkey", stays, plain, func(ctx context.Context, c Call, in *passkeyName) (None, error) {
			return None{}, d.Accounts.RenamePasskey(ctx, c.Identity, in.ID, in.Body.Name)
		}),
		own("DELETE", "/me/passkeys/{id}", "Remove a passkey", changes, proven, func(ctx context.Context, c Call, in *PasskeyPath) (None, error) {
			return None{}, d.Accounts.RemovePasskey(ctx, c.Identity, in.ID, origin(ctx))
		}),
		own("POST", "/me/totp", "Begin with codes of an app: its secret, shown this once", stays, proven, func(ctx context.Context, c Call, _ *none) (accounts.TOTPEnrolment, error) {
			return d.Accounts.EnrolTOTP(ctx, c.Identity)
		}),
		own("POST", "/me/totp/confirm", "Turn codes of an app on by the first one", changes, proven, func(ctx context.Context, c Call, in *codeInput) (recoveryCodes, error) {
			return codesOf(d.Accounts.ConfirmTOTP(ctx, c.Identity, in.Body.Code, origin(ctx)))
		}),
		own("DELETE", "/me/totp", "Turn codes of an app off", changes, proven, func(ctx context.Context, c Call, _ *none) (None, error) {
			return None{}, d.Accounts.RemoveTOTP(ctx, c.Identity, origin(ctx))
		}),
		own("POST", "/me/recovery-codes", "Ten new recovery codes; the old ones end", stays, proven, func(ctx context.Context, c Call, _ *none) (recoveryCodes, error) {
			return codesOf(d.Accounts.RenewRecoveryCodes(ctx, c.Identity, origin(ctx)))
		}),
		own("GET", "/me/sessions", "One's open sessions", stays, plain, func(ctx context.Context, c Call, _ *none) (list[accounts.Session], error) {
			return listOf(d.Accounts.Sessions(ctx, c.Identity))
		}),
		own("DELETE", "/me/sessions", "End all sessions but this one", changes, plain, func(ctx context.Context, c Call, _ *none) (None, error) {
			return None{}, d.Accounts.EndOtherSessions(ctx, c.Identity)
		}),
		own("DELETE", "/me/sessions/{id}", "End a session", changes, plain, func(ctx context.Context, c Call, in *sessionPath) (None, error) {
			return None{}, d.Accounts.EndSession(ctx, c.Identity, in.ID)
		}),
		own("GET", "/me/sign-ins", "What was tried with one's account in the last 90 days", stays, plain, func(ctx context.Context, c Call, _ *none) (list[accounts.Attempt], error) {
			return listOf(d.Accounts.Attempts(ctx, c.Identity))
		}),
		on("DELETE", "/members/{id}/sessions", "members.write", "End a member's sessions in this agency", func(ctx context.Context, c Call, in *struct {
			ID ident.MemberID `path:"id"`
		}) (None, error) {
			err := d.Tenants.EndSessions(ctx, c.Scope, in.ID)
			if err == nil {
				requestOf(ctx).forget()
			}
			return None{}, err
		}),
		on("PUT", "/agency/second-factor", "agency.protect", "Ask the agency's people for a second factor, or no longer", func(ctx context.Context, c Call, in *secondFactorInput) (tenants.Agency, error) {
			a, err := d.Tenants.RequireSecondFactor(ctx, c.Scope, c.Version, in.Body.Required)
			if err == nil {
				requestOf(ctx).forget()
			}
			return a, err
		}).matched(),
	}
}
