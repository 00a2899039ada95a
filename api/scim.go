package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

const (
	scimType = "application/scim+json"
	mostScim = 256 << 10 // bytes of a body
)

// scim is an endpoint of RFC 7644: the same identity, action and counting, and the RFC's own bodies, also for errors.
type scim struct {
	method, path, summary string
	action                access.Action
	serve                 func(scimCall) (any, error) // nil: 204
}

// scimCall is what a SCIM request says.
type scimCall struct {
	context.Context
	scope tenancy.NetworkScope
	http  *http.Request
	body  []byte
	match string
	id    string
}

// user is the person a request is about.
func (c scimCall) user() (ident.UserID, error) {
	id, err := ident.ParseUser(c.id)
	if err != nil || id.IsZero() {
		return id, fault.Missing("resource")
	}
	return id, nil
}

// Info is the endpoint's line of the route table.
func (e scim) Info() RouteInfo {
	return RouteInfo{Method: e.method, Path: "/scim/v2" + e.path, Summary: e.summary, For: Directories, Action: e.action}
}

func (e scim) register(s *server) {
	mustHaveAction(e.Info())
	s.mux.HandleFunc(e.Info().Path, func(w http.ResponseWriter, r *http.Request) {
		req := requestOf(r.Context())
		out, err := e.answer(s, w, r)
		if err != nil {
			refuseScim(w, req, err)
			return
		}
		if e.method == http.MethodPatch || e.method == http.MethodPut || e.method == http.MethodDelete {
			req.forget() // of whoever was disabled
		}
		status := http.StatusOK
		version, location := resource(out)
		switch {
		case out == nil:
			w.WriteHeader(http.StatusNoContent)
			return
		case e.method == http.MethodPost:
			status = http.StatusCreated
			w.Header().Set("Location", location)
		case e.method == http.MethodGet && version != "" && r.Header.Get("If-None-Match") == version:
			status = http.StatusNotModified
		}
		w.Header().Set("Content-Type", scimType)
		if version != "" {
			w.Header().Set("ETag", version)
		}
		w.WriteHeader(status)
		if status != http.StatusNotModified {
			_ = json.NewEncoder(w).Encode(out) // the client may have gone
		}
	}).Methods(e.method)
}

func (e scim) answer(s *server, _ http.ResponseWriter, r *http.Request) (any, error) {
	req := requestOf(r.Context())
	call, err := s.call(req, e.Info(), false)
	if err != nil && fault.As(err).Code != "version.stale" { // a tag here is no number
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostScim+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > mostScim:
		return nil, fault.New(fault.TooLarge, "scim.too_large", "The body is larger than 256 KiB. Send fewer members at a time.")
	}
	scope := s.deps.Networks.Enter(req.identity.Actor, req.identity.Network, call.Request).For(e.action)
	return e.serve(scimCall{r.Context(), scope, r, body, r.Header.Get("If-Match"), mux.Vars(r)["id"]})
}

// resource is what stands in the headers about an answer; "" for lists.
func resource(out any) (version, location string) {
	switch v := out.(type) {
	case tenants.ScimUser:
		return v.Meta.Version, v.Meta.Location
	case tenants.ScimGroup:
		return v.Meta.Version, v.Meta.Location
	}
	return "", ""
}

// refuseScim answers in the form of RFC 7644, 3.12. No value that was sent is repeated.
func refuseScim(w http.ResponseWriter, req *request, err error) {
	p := problem(err, req.id)
	req.code = p.Code
	out := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(p.Status), "detail": p.Detail}
	if kind, ok := strings.CutPrefix(p.Code, "scim."); ok && kind != "too_large" {
		out["scimType"] = kind
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retry))
	}
	w.Header().Set("Content-Type", scimType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(out) // the client may have gone
}

// ScimTokenPath names a network's token in the address. Exported because huma reads embedded fields only then.
type ScimTokenPath struct {
	NetworkPath
	Token ident.ScimTokenID `path:"tokenId"`
}

func scimRoutes(d Deps) []Route {
	f := d.Federation
	const provision, keep = access.Action("networks.provision"), access.Action("networks.directory")
	query := func(c scimCall) (tenants.ScimQuery, error) {
		q := c.http.URL.Query()
		return tenants.ParseScimQuery(q.Get("filter"), q.Get("startIndex"), q.Get("count"))
	}
	about := func(path string, what any) Route {
		return scim{"GET", path, "What is spoken here, for a directory to find out", provision, func(scimCall) (any, error) { return what, nil }}
	}
	return []Route{
		Endpoint[NetworkPath, tenants.Directory]{Method: "GET", Path: "/networks/{id}/scim-tokens", Summary: "The tokens of a network's own directories, and how many people they keep", For: Networks, Action: keep,
			Do: func(ctx context.Context, c Call, in *NetworkPath) (tenants.Directory, error) {
				return f.Directory(ctx, d.network(c, in.ID, keep))
			}},
		Endpoint[struct {
			NetworkPath
			Body tenants.ScimTokenInput
		}, tenants.NewScimToken]{Method: "POST", Path: "/networks/{id}/scim-tokens", Summary: "Make a token for a network's own directory; its secret is shown this once", For: Networks, Action: keep, Status: 201,
			Do: func(ctx context.Context, c Call, in *struct {
				NetworkPath
				Body tenants.ScimTokenInput
			}) (tenants.NewScimToken, error) {
				return f.CreateScimToken(ctx, d.network(c, in.ID, keep), in.Body)
			}},
		Endpoint[ScimTokenPath, None]{Method: "DELETE", Path: "/networks/{id}/scim-tokens/{tokenId}", Summary: "Revoke a directory's token", For: Networks, Action: keep,
			Do: func(ctx context.Context, c Call, in *ScimTokenPath) (None, error) {
				defer requestOf(ctx).forget()
				return None{}, f.RevokeScimToken(ctx, d.network(c, in.ID, keep), in.Token)
			}},
		about("/ServiceProviderConfig", serviceProvider),
		about("/ResourceTypes", scimList(resourceTypes...)),
		about("/Schemas", scimList(scimSchemas...)),
		scim{"GET", "/Users", "The people of a network and its agencies", provision, func(c scimCall) (any, error) {
			q, err := query(c)
			if err != nil {
				return nil, err
			}
			return f.ScimUsers(c, c.scope, q)
		}},
		scim{"POST", "/Users", "Take a person into a network's directory", provision, func(c scimCall) (any, error) { return f.CreateScimUser(c, c.scope, c.body) }},
		scim{"GET", "/Users/{id}", "A person", provision, func(c scimCall) (any, error) {
			id, err := c.user()
			if err != nil {
				return nil, err
			}
			return f.ScimUser(c, c.scope, id)
		}},
		scim{"PUT", "/Users/{id}", "Replace what is kept of a person", provision, func(c scimCall) (any, error) {
			id, err := c.user()
			if err != nil {
				return nil, err
			}
			return f.ReplaceScimUser(c, c.scope, id, c.match, c.body)
		}},
		scim{"PATCH", "/Users/{id}", "Change some of it; active: false ends their sessions", provision, func(c scimCall) (any, error) {
			id, err := c.user()
			if err != nil {
				return nil, err
			}
			return f.PatchScimUser(c, c.scope, id, c.match, c.body)
		}},
		scim{"DELETE", "/Users/{id}", "Disable a person; what they did stays", provision, func(c scimCall) (any, error) {
			id, err := c.user()
			if err != nil {
				return nil, err
			}
			return nil, f.RemoveScimUser(c, c.scope, id, c.match)
		}},
		scim{"GET", "/Groups", "The roles of a network's agencies, with who has them", provision, func(c scimCall) (any, error) {
			q, err := query(c)
			if err != nil {
				return nil, err
			}
			bare := slices.Contains(strings.Split(strings.ToLower(c.http.URL.Query().Get("excludedAttributes")), ","), "members")
			return f.ScimGroups(c, c.scope, q, bare)
		}},
		scim{"GET", "/Groups/{id}", "A role of an agency", provision, func(c scimCall) (any, error) { return f.ScimGroup(c, c.scope, c.id) }},
		scim{"PUT", "/Groups/{id}", "Say who has a role", provision, func(c scimCall) (any, error) { return f.ReplaceScimGroup(c, c.scope, c.id, c.match, c.body) }},
		scim{"PATCH", "/Groups/{id}", "Give a role to some and take it from some", provision, func(c scimCall) (any, error) { return f.PatchScimGroup(c, c.scope, c.id, c.match, c.body) }},
	}
}
