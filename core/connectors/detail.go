package connectors

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Stopped says why a connection is stopped, and what of its settings to mend.
type Stopped struct {
	Code   string   `json:"code" doc:"The connector's word, or connector_disabled"`
	Fields []string `json:"fields" doc:"JSON Pointers into the settings"`
}

func stoppedBy(f *Failure) *Stopped {
	out := &Stopped{Code: f.Code, Fields: []string{}}
	for _, field := range f.Fields {
		out.Fields = append(out.Fields, pointerOf(field.Pointer))
	}
	return out
}

// pointerOf is a pointer into the settings, whichever way the connector wrote it.
func pointerOf(pointer string) string {
	return "/" + strings.TrimPrefix(strings.TrimPrefix(pointer, "/config"), "/")
}

// ConnectionDetail is a connection with the settings that are no secrets. Of secrets it says which are there.
type ConnectionDetail struct {
	Connection
	Settings map[string]json.RawMessage `json:"settings"`
	Secrets  []string                   `json:"secrets" doc:"Names of the secrets that are set; their values are never read back"`
}

// Connection reads one. Of settings whose schema is not known at the moment nothing is shown.
func (s *Service) Connection(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID) (ConnectionDetail, error) {
	var r connectionRow
	if err := s.db.Load(ctx, scope, loadConnection(&r, id, "")); err != nil {
		return ConnectionDetail{}, err
	}
	schema, err := s.schemaOf(ctx, r.Connector)
	out := ConnectionDetail{Connection: s.observed(ctx, scope.Tenant(), r), Settings: map[string]json.RawMessage{}, Secrets: []string{}}
	settings := object(r.Config)
	for name, p := range properties(schema) {
		switch value, set := settings[name]; {
		case !set:
		case p.secret():
			out.Secrets = append(out.Secrets, name)
		case plain(value): // what is made of parts may hold a secret in one of them
			out.Settings[name] = value
		}
	}
	slices.Sort(out.Secrets)
	return out, err
}

func plain(value json.RawMessage) bool { return len(value) > 0 && value[0] != '{' && value[0] != '[' }

// schemaOf is the schema of a connector's settings; none while it is not known.
func (s *Service) schemaOf(ctx context.Context, connector string) (json.RawMessage, error) {
	known, err := s.caller.Available(ctx)
	if i := slices.IndexFunc(known, func(c Connector) bool { return c.Name == connector }); i >= 0 {
		return known[i].ConfigSchema, nil
	}
	return nil, err
}

func object(raw json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	_ = json.Unmarshal(raw, &out) // what is stored was held to a schema
	return out
}

// merged is what settings are after a merge patch (RFC 7396, of their first level): null takes one out. A secret that stays while the
// address it is sent to becomes another is refused: whoever may write settings could send it to themselves.
func merged(c Connector, was, patch json.RawMessage) (json.RawMessage, error) {
	change := map[string]json.RawMessage{}
	if err := json.Unmarshal(patch, &change); err != nil {
		return nil, fault.Input("connection.config", "/config", "The settings are not a JSON object.")
	}
	settings, moved := object(was), false
	addresses := marked(c.ConfigSchema, func(p property) bool { return p.Format == "uri" })
	for _, to := range c.Egress {
		if name, is := strings.CutPrefix(to, "{"); is {
			addresses = append(addresses, strings.TrimSuffix(name, "}"))
		}
	}
	for _, name := range addresses {
		next, changes := change[name]
		moved = moved || changes && place(next) != place(settings[name])
	}
	e := &fault.Error{Kind: fault.Invalid, Code: "connection.config", Message: "The settings do not fit what the connector asks for; see errors."}
	for _, name := range marked(c.ConfigSchema, property.secret) {
		if _, set := settings[name]; set && moved && change[name] == nil {
			e.Fields = append(e.Fields, fault.Field{Pointer: "/config/" + name, Message: "The address has changed: enter this secret again."})
		}
	}
	if len(e.Fields) > 0 {
		return nil, e
	}
	for name, value := range change {
		if string(value) == "null" {
			delete(settings, name)
		} else {
			settings[name] = value
		}
	}
	return json.Marshal(settings)
}

// place is where an address leads to.
func place(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// validateFor bounds how long a connector may look at settings, while a person waits.
const validateFor = 5 * time.Second

// validate has the connector look at settings beyond their schema. One that cannot be asked now has no say: a check of the
// connection tells.
func (s *Service) validate(ctx context.Context, scope tenancy.Scope, settings connectionRow) error {
	a := s.question(ctx, scope, settings, ValidateConfig, validateFor, nil)
	if a.Failure == nil || a.Failure.Kind != "invalid_config" && a.Failure.Kind != "invalid_request" {
		return nil
	}
	e := &fault.Error{Kind: fault.Invalid, Code: "connection.config", Message: "The connector does not accept these settings; see errors."}
	for _, f := range a.Failure.Fields {
		e.Fields = append(e.Fields, fault.Field{Pointer: "/config" + pointerOf(f.Pointer), Message: "The connector does not accept this value (" + f.Code + ")."})
	}
	if len(e.Fields) == 0 {
		e.Fields = []fault.Field{{Pointer: "/config", Message: "The connector does not accept them (" + a.Failure.Code + ")."}}
	}
	return e
}
