package api

import (
	"encoding/json"
	"net/http"

	"github.com/pratica-crm/pratica/core/access"
)

// Raw is an endpoint that streams: the same identity, action, preconditions and errors, but its own body.
type Raw struct {
	Method, Path, Summary string
	For                   Audience
	Action                access.Action
	Match                 bool // needs If-Match: the version the caller saw
	Serve                 func(http.ResponseWriter, *http.Request, Call) error
}

// Info is the endpoint's line of the route table.
func (e Raw) Info() RouteInfo {
	return RouteInfo{e.Method, e.Path, e.Summary, e.For, e.Action, e.Match, false}
}

func (e Raw) register(s *server) {
	mustHaveAction(e.Info())
	s.mux.HandleFunc(e.Path, func(w http.ResponseWriter, r *http.Request) {
		req := requestOf(r.Context())
		call, err := s.call(req, e.Info(), e.Match)
		if err == nil {
			call.Scope = onNamed(call.Scope, r)
			err = s.hide(r.Context(), r, call, e.Serve(w, r, call))
		}
		if err != nil {
			writeProblem(w, err, req.id)
		}
	}).Methods(e.Method)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}
