package api

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/tenants/accounts"
)

type proofInput struct{ Body accounts.Proof }

type passkeyAnswer struct {
	Body struct {
		Passkey json.RawMessage `json:"passkey" doc:"The authenticator's answer, in the JSON form of WebAuthn"`
	}
}

// proofRoutes are the ways to prove who one is besides a password.
func proofRoutes(d Deps) []Route {
	return []Route{
		Endpoint[none, accounts.Options]{Method: "POST", Path: "/auth/passkey/options", Summary: "What an authenticator is asked, to sign in or to confirm", For: Public,
			Do: func(ctx context.Context, _ Call, _ *none) (accounts.Options, error) {
				return d.Accounts.PasskeyOptions(ctx, origin(ctx))
			}},
		Endpoint[passkeyAnswer, SignIn]{Method: "POST", Path: "/auth/passkey", Summary: "Sign in by a passkey alone", For: Public,
			Do: func(ctx context.Context, c Call, in *passkeyAnswer) (SignIn, error) {
				entry, err := d.Accounts.LoginByPasskey(ctx, in.Body.Passkey, origin(ctx))
				return signIn(ctx, d, c, entry, err)
			}},
		Endpoint[proofInput, SignIn]{Method: "POST", Path: "/auth/second-factor", Summary: "Complete a sign-in by a code, a recovery code or a passkey", For: Public,
			Do: func(ctx context.Context, c Call, in *proofInput) (SignIn, error) {
				name := pendingName(c.Secure)
				entry, err := d.Accounts.SecondFactor(ctx, cookie(ctx, name), in.Body, origin(ctx))
				if err == nil {
					setCookie(ctx, c, name, "", -1)
				}
				return signIn(ctx, d, c, entry, err)
			}},
		Endpoint[proofInput, None]{Method: "POST", Path: "/auth/verify", Summary: "Confirm who one is by a password, a code or a passkey; the session gets a new cookie", For: Person,
			Do: func(ctx context.Context, c Call, in *proofInput) (None, error) {
				token, err := d.Accounts.Verify(ctx, c.Identity, in.Body, origin(ctx))
				if err != nil {
					return None{}, err
				}
				setCookie(ctx, c, cookieName(c.Secure), token, int(accounts.SessionFor.Seconds()))
				requestOf(ctx).forget()
				return None{}, nil
			}},
	}
}
