package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// onNamed has the door decide about what the address names, where rules have conditions: no endpoint can forget.
func onNamed(scope tenancy.Scope, r *http.Request) tenancy.Scope {
	if prefix, id, ok := ident.ParseAny(mux.Vars(r)["id"]); ok {
		return scope.On(prefix, id)
	}
	return scope
}

// wants are the refusals for want of a permission.
var wants = []string{"access.denied", "access.network_forbids"}

// hide turns a refusal for want of a role into "no such thing" when the address names something the agency does not have:
// 403 is for what the caller may know of, everything else is 404, for whatever role.
func (s *server) hide(ctx context.Context, r *http.Request, c Call, err error) error {
	if err == nil || !slices.Contains(wants, fault.As(err).Code) || c.Scope.Tenant().IsZero() {
		return err
	}
	for _, value := range mux.Vars(r) {
		prefix, id, ok := ident.ParseAny(value)
		if !ok {
			continue
		}
		switch found, failed := s.deps.DB.Knows(ctx, c.Scope.For("agency.read"), prefix, id); {
		case failed != nil:
			return failed
		case !found:
			return fault.New(fault.NotFound, "route.not_found", "There is nothing of this id.")
		}
	}
	return err
}
