package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pratica-crm/pratica/core/fault"
)

// Problem is the RFC 9457 body of every error. No value a caller sent is ever repeated in it.
type Problem struct {
	Type     string        `json:"type" doc:"Resolves to a page about the code"`
	Title    string        `json:"title"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail" doc:"What happened, and the remedy"`
	Code     string        `json:"code" doc:"Stable; noun.reason"`
	TraceID  string        `json:"trace_id,omitempty"`
	Errors   []fault.Field `json:"errors,omitempty" doc:"Wrong fields, by JSON pointer"`
	Blockers any           `json:"blockers,omitempty" doc:"What holds the file, and who can clear it"`
	Holders  any           `json:"applications,omitempty" doc:"The files that hold what was to be deleted"`
	retry    int
}

func (p *Problem) Error() string             { return p.Code }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var statuses = map[fault.Kind]int{
	fault.Invalid: 422, fault.Malformed: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
	fault.Conflict: 409, fault.Stale: 412, fault.Required: 428, fault.Refused: 409, fault.Limited: 429,
	fault.Unavailable: 503, fault.TooLarge: 413, fault.Internal: 500,
}

// Holding is an error that names the files that hold a noun; only a caller who may read them gets it.
type Holding interface{ Holders() any }

// problem is the one place where an error becomes HTTP.
func problem(err error, trace string) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		p.TraceID = trace
		return p
	}
	e := fault.As(err)
	p = &Problem{
		Type: "/problems/" + e.Code, Title: http.StatusText(statuses[e.Kind]), Status: statuses[e.Kind],
		Detail: e.Message, Code: e.Code, TraceID: trace, Errors: e.Fields, Blockers: e.Blockers, retry: int(e.Retry.Seconds()),
	}
	var h Holding
	if errors.As(err, &h) {
		p.Holders = h.Holders()
	}
	if e.Kind == fault.Internal {
		p.Code, p.Type, p.Detail = "internal", "/problems/internal", "Something went wrong on our side. Quote the trace id when you ask for help."
		slog.Error("request failed", "trace_id", trace, "error", err)
	}
	return p
}

// writeProblem answers outside huma: raw routes and the middlewares.
func writeProblem(w http.ResponseWriter, err error, trace string) {
	p := problem(err, trace)
	if r, is := w.(*recorder); is {
		r.req.code = p.Code
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retry))
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}

// fromHuma turns huma's own findings (decoding, validation) into a Problem; the offending values are left out.
func fromHuma(status int, message string, errs ...error) huma.StatusError {
	p := &Problem{Status: status, Title: http.StatusText(status), Detail: message, Code: "input.invalid"}
	switch {
	case status == http.StatusBadRequest:
		p.Code, p.Detail = "input.malformed", "The request cannot be read. Check that the body is JSON."
	case status == http.StatusRequestEntityTooLarge:
		p.Code, p.Detail = "input.too_large", "The body is larger than this endpoint takes."
	case status == http.StatusUnprocessableEntity:
		p.Detail = "Some fields are not right; see errors."
	}
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			if strings.HasPrefix(detail.Location, "path.") { // an id that cannot be one names nothing
				return &Problem{Status: http.StatusNotFound, Title: http.StatusText(http.StatusNotFound), Code: "route.not_found", Type: "/problems/route.not_found", Detail: "There is nothing of this id."}
			}
			at, message := detail.Location, detail.Message
			if inner, rest, found := strings.Cut(message, ": "); found && at == "body" && strings.HasPrefix(inner, "body") { // placed by the reader
				at, message = inner, rest
			}
			p.Errors = append(p.Errors, fault.Field{Pointer: pointer(at), Message: message})
		}
	}
	p.Type = "/problems/" + p.Code
	return p
}

// pointer turns huma's "body.parties[0].share" into "/parties/0/share".
func pointer(location string) string {
	location = strings.TrimPrefix(location, "body")
	location = strings.NewReplacer("[", ".", "]", "").Replace(location)
	return "/" + strings.ReplaceAll(strings.TrimPrefix(location, "."), ".", "/")
}
