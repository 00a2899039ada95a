package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Audience is who an endpoint is for.
type Audience int

const (
	Members     Audience = iota // somebody in an agency: the default, needs an Action
	Networks                    // somebody acting for a network: needs an Action, decided in the network's domain
	SignedIn                    // anybody signed in, before an agency is chosen
	Person                      // a person signed in: about themselves
	Public                      // anybody
	Directories                 // a network's own directory, with its SCIM token; needs an Action, decided in the network's domain
	Applicants                  // a person of an agency's files, in the portal: needs an Action
)

// Endpoint is one operation as a value. Do gets a Call whose scope is narrowed to Action:
// the door has the policy decide it with the first statement, so no endpoint can forget.
type Endpoint[I, O any] struct {
	Method, Path, Summary string
	For                   Audience
	Action                access.Action
	Status                int   // of success; 200 when 0
	Match                 bool  // needs If-Match: the version the caller saw
	Once                  bool  // needs Idempotency-Key; every POST takes one, but those listed in keyless
	StepUp                bool  // needs a recent proof of the person, besides the actions of policies/step_up.csv
	MaxBody               int64 // bytes; 1 MiB when 0
	Do                    func(ctx context.Context, c Call, in *I) (O, error)
}

// on is an endpoint for members; I and O are inferred.
func on[I, O any](method, path string, action access.Action, summary string, do func(context.Context, Call, *I) (O, error)) Endpoint[I, O] {
	return Endpoint[I, O]{Method: method, Path: path, Action: action, Summary: summary, Do: do}
}

// created answers 201.
func (e Endpoint[I, O]) created() Endpoint[I, O] { e.Status = http.StatusCreated; return e }

// accepted answers 202 with the address of the job that does the work.
func (e Endpoint[I, O]) accepted() Endpoint[I, O] { e.Status = http.StatusAccepted; return e }

// matched needs If-Match.
func (e Endpoint[I, O]) matched() Endpoint[I, O] { e.Match = true; return e }

// once needs an Idempotency-Key.
func (e Endpoint[I, O]) once() Endpoint[I, O] { e.Once = true; return e }

// Call is what the adapter knows of a request besides its input.
type Call struct {
	Scope    tenancy.Scope    // zero unless the endpoint is for Members
	Identity tenancy.Identity // zero for Public
	Version  int              // from If-Match
	Request  string           // the trace id
	Key      string           // the Idempotency-Key of a POST, "" when none was sent
	Body     []byte           // what tells a repetition under Key from a reuse
	Secure   bool             // came over TLS
}

// Versioned results answer their version as ETag.
type Versioned interface{ Tag() int }

// None is the result of an endpoint that answers 204.
type None struct{}

// NoneOf is None with the version of what is left: taking a link away changes the file it was part of.
type NoneOf struct{ version int }

// Tag is the version answered as ETag.
func (n NoneOf) Tag() int { return n.version }

// Route is an endpoint of any types.
type Route interface {
	register(*server)
	Info() RouteInfo
}

// RouteInfo is a line of the route table.
type RouteInfo struct {
	Method, Path, Summary string
	For                   Audience
	Action                access.Action
	Match                 bool // needs If-Match
	StepUp                bool // needs a recent proof of the person
}

// Keyless is why a POST takes no Idempotency-Key; "" when it does.
func (i RouteInfo) Keyless() string { return keyless[i.Method+" "+strings.TrimPrefix(i.Path, base)] }

// Unmatched is why a change needs no If-Match; "" when it does.
func (i RouteInfo) Unmatched() string {
	return unmatched[i.Method+" "+strings.TrimPrefix(i.Path, base)]
}

// base is before every endpoint's path.
const base = "/api/v1"

// Info is the endpoint's line of the route table.
func (e Endpoint[I, O]) Info() RouteInfo {
	return RouteInfo{e.Method, base + e.Path, e.Summary, e.For, e.Action, e.Match, e.StepUp}
}

// answer is what every endpoint answers. It writes its body itself, and described tells the document the type: so the compiler makes
// one handler for each type of input, not one for each way to answer it, which took it most of a build.
type answer struct {
	Location  string        `header:"Location"` // of the job that does the work
	ETag      string        `header:"ETag"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      func(huma.Context)
}

// Located results have an address: the job's.
type Located interface{ Location() string }

func (e Endpoint[I, O]) register(s *server) {
	mustHaveAction(e.Info())
	status := e.Status
	if status == 0 {
		status = http.StatusOK
	}
	op := huma.Operation{
		OperationID: operationID(e.Method, e.Path), Method: e.Method, Path: base + e.Path, Summary: e.Summary,
		DefaultStatus: status, MaxBodyBytes: max(e.MaxBody, 1<<20), Errors: []int{401, 403, 404, 422}, Responses: limitsOf(e.Method),
		Extensions: map[string]any{"x-action": string(e.Action)},
	}
	op.Parameters = headerParams(e.Info(), e.Match, e.Once)
	documented := described(s.huma, &op, reflect.TypeFor[O]())
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*answer, error) {
		out, c, err := e.run(ctx, s, in)
		if err != nil {
			return nil, err
		}
		return answered(op.DefaultStatus, out, c.cookies), nil
	})
	documented()
}

// described writes the type of an operation's body into the document, and gives what is done when the operation is registered: headers
// it never sends go.
func described(api huma.API, op *huma.Operation, body reflect.Type) func() {
	unsent, response := "Location", &huma.Response{}
	switch {
	case body == reflect.TypeFor[None]() || body == reflect.TypeFor[NoneOf]():
		op.DefaultStatus = http.StatusNoContent
	default:
		schema := api.OpenAPI().Components.Schemas.Schema(body, true, op.OperationID+"Response")
		response.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	}
	if op.DefaultStatus == http.StatusAccepted {
		unsent = "Set-Cookie"
	}
	response.Description = http.StatusText(op.DefaultStatus)
	op.Responses[strconv.Itoa(op.DefaultStatus)] = response
	return func() { delete(response.Headers, unsent) }
}

func answered(status int, out any, cookies []http.Cookie) *answer {
	a := &answer{ETag: etag(out), SetCookie: cookies, Body: func(ctx huma.Context) {
		if status == http.StatusNoContent {
			ctx.SetStatus(status)
			return
		}
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetStatus(status)
		if err := strict.Marshal(ctx.BodyWriter(), out); err != nil && ctx.Context().Err() == nil {
			panic(fmt.Errorf("write answer: %w", err))
		}
	}}
	if status == http.StatusAccepted {
		a.Location = out.(Located).Location()
	}
	return a
}

func etag(out any) string {
	if v, ok := out.(Versioned); ok {
		return strconv.Quote(strconv.Itoa(v.Tag()))
	}
	return ""
}

func (e Endpoint[I, O]) run(ctx context.Context, s *server, in *I) (out O, r *request, err error) {
	r = requestOf(ctx)
	call, err := s.call(r, e.Info(), e.Match)
	if err == nil {
		call.Scope = onNamed(call.Scope, r.http.WithContext(ctx))
		err = once(r, &call, e.Info(), e.Once, in)
	}
	if err == nil {
		out, err = e.Do(ctx, call, in)
		if err == nil {
			out, err = veil(call, out)
		}
		err = s.hide(ctx, r.http.WithContext(ctx), call, err)
	}
	var replay *tenancy.Replay
	if errors.As(err, &replay) {
		err = json.Unmarshal(replay.Answer, &out)
	}
	if err != nil {
		p := problem(err, r.id)
		if p.retry > 0 {
			return out, r, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(p.retry)}})
		}
		return out, r, p
	}
	return out, r, nil
}

// once narrows the scope to one execution per Idempotency-Key.
func once(r *request, call *Call, info RouteInfo, required bool, in any) error {
	key := r.http.Header.Get("Idempotency-Key")
	switch {
	case info.Method != http.MethodPost || info.Keyless() != "":
		return nil
	case key == "" && required:
		return fault.New(fault.Required, "idempotency.required", "Send an Idempotency-Key, so that a repeated request does nothing twice.")
	case key == "":
		return nil
	case len(key) > 200:
		return fault.New(fault.Invalid, "idempotency.too_long", "The Idempotency-Key is at most 200 characters long.")
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	call.Key, call.Body = key, append([]byte(r.http.URL.Path+"\n"), body...)
	call.Scope = call.Scope.Once(call.Key, call.Body)
	return nil
}

// call checks identity and preconditions and makes the scope.
func (s *server) call(r *request, info RouteInfo, match bool) (Call, error) {
	c := Call{Identity: r.identity, Request: r.id, Secure: s.auth.encrypted(r.http)}
	if info.For == Public {
		return c, nil
	}
	if info.For == Applicants { // who else they may be signed in as does not count here
		id, err := s.applicant(r)
		c.Identity, c.Scope = id, s.deps.DB.Enter(id.Actor, id.Agency, r.id).For(info.Action)
		return c, err
	}
	if r.failure != nil {
		return c, r.failure
	}
	if r.identity.Actor.ID() == "" {
		return c, fault.New(fault.Unauthenticated, "auth.required", "Sign in, or send an API key.")
	}
	if err := confined(info, r.identity); err != nil {
		return c, err
	}
	if err := s.stepUp(info, r.identity); err != nil {
		return c, err
	}
	if match || r.http.Header.Get("If-Match") != "" {
		var err error
		if c.Version, err = ifMatch(r.http.Header.Get("If-Match")); err != nil {
			return c, err
		}
	}
	if info.For == Networks && r.identity.Actor.User().IsZero() {
		return c, fault.Missing("network") // people act for networks, keys are an agency's
	}
	if info.For == Members {
		tenant := r.identity.Agency
		if tenant.IsZero() {
			return c, fault.New(fault.Unauthenticated, "auth.no_agency", "Choose an agency first (POST /api/v1/auth/agency).")
		}
		c.Scope = s.deps.DB.Enter(r.identity.Actor, tenant, r.id).For(info.Action)
		return c, s.deps.witness(r, info, c.Scope)
	}
	return c, nil
}

func ifMatch(header string) (int, error) {
	if header == "" {
		return 0, fault.New(fault.Required, "version.required", "Send If-Match with the ETag you last read.")
	}
	v, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(header, "W/"), `"`)) // a proxy that compresses makes a tag weak
	if err != nil || v <= 0 {
		return 0, fault.New(fault.Stale, "version.stale", "This was changed since you read it. Load it again.")
	}
	return v, nil
}

func mustHaveAction(i RouteInfo) {
	if (i.For == Members || i.For == Networks || i.For == Directories || i.For == Applicants) && i.Action == "" {
		panic("api: " + i.Method + " " + i.Path + " has no action: nobody could be refused")
	}
}

func headerParams(info RouteInfo, match, required bool) []*huma.Param {
	var ps []*huma.Param
	text := &huma.Schema{Type: "string"}
	if match {
		ps = append(ps, &huma.Param{Name: "If-Match", In: "header", Required: true, Schema: text, Description: "ETag last read; 412 when stale, 428 when absent"})
	}
	if info.Method == http.MethodPost && info.Keyless() == "" {
		ps = append(ps, &huma.Param{Name: "Idempotency-Key", In: "header", Required: required, Schema: text, Description: "The same key and body is answered once; kept 24 hours"})
	}
	return ps
}

func operationID(method, path string) string {
	clean := strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.Trim(path, "/"))
	return strings.ToLower(method) + "-" + clean
}
