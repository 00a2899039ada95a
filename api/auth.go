package api

import (
	"context"
	"net"
	"net/http"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// Me is who is signed in, where they may be, and what they may do there.
type Me struct {
	User        MeUser          `json:"user"`
	Agency      *MePlace        `json:"agency"`
	Network     *MePlace        `json:"network"`
	Roles       []string        `json:"roles"`
	Permissions []access.Action `json:"permissions"`
	Agencies    []MePlace       `json:"agencies"`
	Networks    []MePlace       `json:"networks"`

	Support []tenants.SupportNotice `json:"support" doc:"Who of the network may look into the agency now, why and until when"`
}

// MeUser is the person; a machine has only an id.
type MeUser struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Locale string `json:"locale"`
}

// MePlace is an agency or network of the person.
type MePlace struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

type loginInput struct {
	Body struct {
		Email    string `json:"email,omitempty" maxLength:"254" required:"false"`
		Password string `json:"password,omitempty" maxLength:"200" required:"false"`
		Token    string `json:"token,omitempty" maxLength:"100" required:"false" doc:"A one-time link's token, instead of e-mail and password"`
	}
}

// TokenPath names a one-time link in the address. Exported because huma reads embedded fields only then.
type TokenPath struct {
	Token string `path:"token" maxLength:"100"`
}

func authRoutes(d Deps) []Route {
	return []Route{
		Endpoint[loginInput, Me]{Method: "POST", Path: "/auth/login", Summary: "Sign in by password or one-time link", For: Public,
			Do: func(ctx context.Context, c Call, in *loginInput) (Me, error) {
				if in.Body.Token != "" {
					token, err := d.Accounts.LoginByLink(ctx, in.Body.Token)
					return signIn(ctx, d, c, token, err)
				}
				token, err := d.Accounts.Login(ctx, in.Body.Email, in.Body.Password, address(requestOf(ctx).http))
				return signIn(ctx, d, c, token, err)
			}},
		Endpoint[none, None]{Method: "POST", Path: "/auth/logout", Summary: "End the session", For: SignedIn,
			Do: func(ctx context.Context, c Call, _ *none) (None, error) {
				setCookie(ctx, c, "", -1)
				err := d.Accounts.Logout(ctx, c.Identity)
				requestOf(ctx).forget()
				return None{}, err
			}},
		Endpoint[struct {
			Body struct {
				AgencyID ident.AgencyID `json:"agency_id"`
			}
		}, Me]{Method: "POST", Path: "/auth/agency", Summary: "Choose the agency to work in", For: SignedIn,
			Do: func(ctx context.Context, c Call, in *struct {
				Body struct {
					AgencyID ident.AgencyID `json:"agency_id"`
				}
			}) (Me, error) {
				id, err := d.choose(ctx, c, in.Body.AgencyID)
				if err != nil {
					return Me{}, err
				}
				requestOf(ctx).forget()
				return me(ctx, d, id)
			}},
		Endpoint[struct {
			Body struct {
				Email string `json:"email" format:"email" maxLength:"254"`
			}
		}, None]{Method: "POST", Path: "/auth/password-reset", Summary: "Mail a link for a new password; answers the same for an unknown address", For: Public,
			Do: func(ctx context.Context, _ Call, in *struct {
				Body struct {
					Email string `json:"email" format:"email" maxLength:"254"`
				}
			}) (None, error) {
				return None{}, d.Accounts.AskReset(in.Body.Email, address(requestOf(ctx).http))
			}},
		Endpoint[struct {
			TokenPath
			Body struct {
				Password string `json:"password"`
			}
		}, None]{Method: "POST", Path: "/auth/password-reset/{token}", Summary: "Set a new password by a mailed link; ends all sessions", For: Public,
			Do: func(ctx context.Context, _ Call, in *struct {
				TokenPath
				Body struct {
					Password string `json:"password"`
				}
			}) (None, error) {
				err := d.Accounts.Reset(ctx, in.Token, in.Body.Password, address(requestOf(ctx).http))
				if err == nil { // a guess must not make every server forget everybody
					requestOf(ctx).forget()
				}
				return None{}, err
			}},
		Endpoint[struct {
			TokenPath
			Body struct {
				Name     string `json:"name" minLength:"1" maxLength:"200"`
				Password string `json:"password"`
			}
		}, Me]{Method: "POST", Path: "/auth/invitations/{token}", Summary: "Accept an invitation", For: Public,
			Do: func(ctx context.Context, c Call, in *struct {
				TokenPath
				Body struct {
					Name     string `json:"name" minLength:"1" maxLength:"200"`
					Password string `json:"password"`
				}
			}) (Me, error) {
				token, err := d.Accounts.Accept(ctx, in.Token, in.Body.Name, in.Body.Password, address(requestOf(ctx).http))
				if err != nil {
					return Me{}, err
				}
				id, err := opened(ctx, d, c, token)
				if err != nil {
					return Me{}, err
				}
				if !id.Agency.IsZero() {
					if err := d.Tenants.Arrived(ctx, d.DB.Enter(id.Actor, id.Agency, c.Request).For("agency.read")); err != nil {
						return Me{}, err
					}
				}
				return me(ctx, d, id)
			}},
		Endpoint[none, Me]{Method: "GET", Path: "/me", Summary: "Who is signed in, where, and what they may do", For: SignedIn,
			Do: func(ctx context.Context, c Call, _ *none) (Me, error) { return me(ctx, d, c.Identity) }},
		Endpoint[struct {
			Body struct {
				Locale string `json:"locale" enum:"it,en"`
			}
		}, Me]{Method: "PATCH", Path: "/me", Summary: "Change one's language", For: SignedIn,
			Do: func(ctx context.Context, c Call, in *struct {
				Body struct {
					Locale string `json:"locale" enum:"it,en"`
				}
			}) (Me, error) {
				if err := d.Accounts.SetLocale(ctx, c.Identity.Actor.User(), in.Body.Locale); err != nil {
					return Me{}, err
				}
				requestOf(ctx).forget()
				c.Identity.Locale = in.Body.Locale
				return me(ctx, d, c.Identity)
			}},
	}
}

// signIn sets the cookie of a fresh session and answers who it belongs to.
func signIn(ctx context.Context, d Deps, c Call, token string, err error) (Me, error) {
	if err != nil {
		return Me{}, err
	}
	id, err := opened(ctx, d, c, token)
	if err != nil {
		return Me{}, err
	}
	return me(ctx, d, id)
}

// opened sets the cookie of a fresh session and finds whose it is.
func opened(ctx context.Context, d Deps, c Call, token string) (tenancy.Identity, error) {
	id, found, err := d.Directory.Session(ctx, accounts.Hash(token))
	if err != nil {
		return id, err
	}
	if !found {
		return id, fault.New(fault.Internal, "auth.lost", "The session just opened is gone.")
	}
	setCookie(ctx, c, token, int(accounts.SessionFor.Seconds()))
	return id, nil
}

func setCookie(ctx context.Context, c Call, token string, age int) {
	r := requestOf(ctx)
	r.cookies = append(r.cookies, http.Cookie{Name: cookieName(c.Secure), Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode})
}

func me(ctx context.Context, d Deps, id tenancy.Identity) (Me, error) {
	if !id.Agency.IsZero() && !id.Actor.User().IsZero() {
		if err := d.Directory.Seen(ctx, id.Actor.User(), id.Agency); err != nil {
			return Me{}, err
		}
	}
	out := Me{User: MeUser{id.Actor.ID(), id.Name, id.Email, id.Locale}, Roles: []string{}, Permissions: []access.Action{}, Agencies: []MePlace{}, Networks: []MePlace{}}
	agencies, err := d.Directory.Agencies(ctx, id.Actor.User())
	if err != nil {
		return out, err
	}
	networks, err := d.Directory.Networks(ctx, id.Actor.User())
	if err != nil {
		return out, err
	}
	for _, p := range agencies {
		place := MePlace{p.Agency.String(), p.Name, p.Roles}
		out.Agencies = append(out.Agencies, place)
		if p.Agency == id.Agency {
			out.Agency, out.Roles = &place, p.Roles
			out.Permissions = append(out.Permissions, d.Policy.Permissions(p.Agency.UUID, p.Roles)...)
		}
	}
	for _, p := range networks {
		place := MePlace{p.Network.String(), p.Name, p.Roles}
		out.Networks = append(out.Networks, place)
		if out.Network == nil {
			out.Network = &place
			out.Permissions = append(out.Permissions, d.Policy.Permissions(p.Network.UUID, p.Roles)...)
		}
	}
	return out, d.tellSupport(ctx, id, &out)
}

// address is where a request comes from, for limits.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
