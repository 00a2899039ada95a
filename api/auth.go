package api

import (
	"context"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

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

	Support   []tenants.SupportNotice `json:"support" doc:"Who of the network may look into the agency now, why and until when"`
	MustEnrol bool                    `json:"must_enrol" doc:"The agency wants a second factor and the person has none: until they add one, everything else is 403 auth.second_factor_required"`
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

// SignIn is what a sign-in came to: who is signed in, or which second factors it waits for.
type SignIn struct {
	*Me
	SecondFactor []string `json:"second_factor,omitempty" doc:"When it is there, nothing else is: the sign-in waits for one of these at POST /auth/second-factor (totp, recovery, passkey)"`
}

// TransformSchema says that nothing but one of the two is always there.
func (SignIn) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = nil
	return s
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
		Endpoint[loginInput, SignIn]{Method: "POST", Path: "/auth/login", Summary: "Sign in by password or one-time link", For: Public,
			Do: func(ctx context.Context, c Call, in *loginInput) (SignIn, error) {
				if in.Body.Token != "" {
					entry, err := d.Accounts.LoginByLink(ctx, in.Body.Token, origin(ctx))
					return signIn(ctx, d, c, entry, linked(ctx, accounts.Hash(in.Body.Token), err))
				}
				entry, err := d.Accounts.Login(ctx, in.Body.Email, in.Body.Password, origin(ctx))
				return signIn(ctx, d, c, entry, err)
			}},
		Endpoint[none, None]{Method: "POST", Path: "/auth/logout", Summary: "End the session", For: SignedIn,
			Do: func(ctx context.Context, c Call, _ *none) (None, error) {
				setCookie(ctx, c, cookieName(c.Secure), "", -1)
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
				if id.Actor.Support().IsZero() { // what the agency asks of its people may be other
					if id, _, err = d.Directory.Session(ctx, accounts.Hash(cookie(ctx, cookieName(c.Secure)))); err != nil {
						return Me{}, err
					}
				}
				return me(ctx, d, id)
			}},
		Endpoint[none, Me]{Method: "DELETE", Path: "/auth/agency", Summary: "Leave the support view one has open; where none is open nothing changes", For: SignedIn,
			Do: func(ctx context.Context, c Call, _ *none) (Me, error) {
				id, err := d.Tenants.LeaveSupport(ctx, d.Directory, c.Identity, c.Request)
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
				return None{}, d.Accounts.AskReset(ctx, in.Body.Email, origin(ctx))
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
				err := d.Accounts.Reset(ctx, in.Token, in.Body.Password, origin(ctx))
				if err == nil { // a guess must not make every server forget everybody
					requestOf(ctx).forget()
				}
				return None{}, linked(ctx, accounts.Hash(in.Token), err)
			}},
		Endpoint[struct {
			TokenPath
			Body struct {
				Name     string `json:"name" minLength:"1" maxLength:"200"`
				Password string `json:"password"`
			}
		}, SignIn]{Method: "POST", Path: "/auth/invitations/{token}", Summary: "Accept an invitation", For: Public,
			Do: func(ctx context.Context, c Call, in *struct {
				TokenPath
				Body struct {
					Name     string `json:"name" minLength:"1" maxLength:"200"`
					Password string `json:"password"`
				}
			}) (SignIn, error) {
				entry, err := d.Accounts.Accept(ctx, in.Token, in.Body.Name, in.Body.Password, origin(ctx))
				if err != nil || entry.Pending != "" {
					return signIn(ctx, d, c, entry, linked(ctx, accounts.Hash(in.Token), err))
				}
				id, err := opened(ctx, d, c, entry.Token)
				if err != nil {
					return SignIn{}, err
				}
				if !id.Agency.IsZero() {
					if err := d.Tenants.Arrived(ctx, d.DB.Enter(id.Actor, id.Agency, c.Request).For("agency.read")); err != nil {
						return SignIn{}, err
					}
				}
				who, err := me(ctx, d, id)
				return SignIn{Me: &who}, err
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

// signIn sets the cookie of a fresh session and answers who it belongs to, or that of a sign-in that waits and what it waits for.
func signIn(ctx context.Context, d Deps, c Call, entry accounts.Entry, err error) (SignIn, error) {
	if err != nil {
		return SignIn{}, err
	}
	if entry.Pending != "" {
		setCookie(ctx, c, pendingName(c.Secure), entry.Pending, int(accounts.PendingFor.Seconds()))
		return SignIn{SecondFactor: entry.Factors}, nil
	}
	id, err := opened(ctx, d, c, entry.Token)
	if err != nil {
		return SignIn{}, err
	}
	who, err := me(ctx, d, id)
	return SignIn{Me: &who}, err
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
	setCookie(ctx, c, cookieName(c.Secure), token, int(accounts.SessionFor.Seconds()))
	return id, nil
}

// cookie is the value of a request's cookie, "" when there is none.
func cookie(ctx context.Context, name string) string {
	c, err := requestOf(ctx).http.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func setCookie(ctx context.Context, c Call, name, token string, age int) {
	r := requestOf(ctx)
	r.cookies = append(r.cookies, http.Cookie{Name: name, Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode})
}

func me(ctx context.Context, d Deps, id tenancy.Identity) (Me, error) {
	if !id.Agency.IsZero() && !id.Actor.User().IsZero() {
		if err := d.Directory.Seen(ctx, id.Actor.User(), id.Agency); err != nil {
			return Me{}, err
		}
	}
	out := Me{User: MeUser{id.Actor.ID(), id.Name, id.Email, id.Locale}, Roles: []string{}, Permissions: []access.Action{}, Agencies: []MePlace{}, Networks: []MePlace{}, MustEnrol: id.Enrol}
	if id.Actor.User().IsZero() && !id.Agency.IsZero() {
		return out, d.machine(ctx, id, &out)
	}
	agencies, networks, err := d.places(ctx, id)
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

// machine says where a key is and what it may do, narrowed as it is. One whose roles know nothing of the agency is told no more than its id.
func (d Deps) machine(ctx context.Context, id tenancy.Identity, out *Me) error {
	out.Support = []tenants.SupportNotice{}
	place := MePlace{ID: id.Agency.String()}
	err := d.DB.Read(ctx, d.DB.Enter(id.Actor, id.Agency, requestOf(ctx).id).For(tenancy.SelfKnowledge), func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.Value(&place.Name, `select name from agencies`)); err != nil {
			return err
		}
		place.Roles, out.Permissions = tx.Given(), append([]access.Action{}, tx.Permissions()...)
		return nil
	})
	if fault.Is(err, fault.Forbidden) {
		return nil
	}
	out.Agency, out.Roles, out.Agencies = &place, place.Roles, []MePlace{place}
	return err
}

// places are the agencies and networks that a sign-in opens; of one by an agency's provider nothing but that agency.
func (d Deps) places(ctx context.Context, id tenancy.Identity) (agencies, networks []tenancy.Place, err error) {
	if id.Bound {
		agencies, err = d.Directory.BoundAgency(ctx, id.Actor.Session())
		return agencies, nil, err
	}
	if agencies, err = d.Directory.Agencies(ctx, id.Actor.User()); err == nil {
		networks, err = d.Directory.Networks(ctx, id.Actor.User())
	}
	return agencies, networks, err
}

// origin is where a request comes from, for limits and trails.
func origin(ctx context.Context) accounts.Origin {
	r := requestOf(ctx).http
	return accounts.Origin{Address: address(r), Agent: r.UserAgent()}
}

// address is where a request comes from.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
