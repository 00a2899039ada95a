package host

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// outside is what a connector's calls may do outside, as it describes itself.
type outside struct {
	egress           []string
	secrets          map[string]bool // settings; true for certificates
	perMinute, burst int
}

func outsideOf(d *pb.DescribeResponse) outside {
	return outside{d.GetEgress(), connectors.Hidden(d.GetConfigSchema()), int(d.GetRate().GetCallsPerMinute()), int(d.GetRate().GetBurst())}
}

// secretsOnTop refuses a schema with a secret where connectors.Hidden does not look: it would travel in plain.
func secretsOnTop(schema json.RawMessage) error {
	var s any
	if err := json.Unmarshal(schema, &s); err != nil {
		return errors.New("its config schema is no JSON")
	}
	if whole, is := s.(map[string]any); is {
		if properties, is := whole["properties"].(map[string]any); is {
			for _, setting := range properties { // here marks are seen
				if own, is := setting.(map[string]any); is {
					delete(own, "x-secret")
					delete(own, "x-certificate")
				}
			}
		}
	}
	if marked(s) {
		return errors.New("its config schema marks a secret that is not a setting of its own; put it into the schema's properties themselves")
	}
	return nil
}

// marked looks for secrets anywhere.
func marked(at any) bool {
	switch v := at.(type) {
	case []any:
		return slices.ContainsFunc(v, marked)
	case map[string]any:
		return v["x-secret"] == true || v["x-certificate"] != nil || slices.ContainsFunc(slices.Collect(maps.Values(v)), marked)
	}
	return false
}

// hide puts handles in the place of a call's secrets, in its settings. Nil: there are none.
func hide(settings settings, names map[string]bool) (hidden json.RawMessage, secrets, certificates map[string]egress.Secret) {
	secrets, certificates = map[string]egress.Secret{}, map[string]egress.Secret{}
	for name, certificate := range names {
		if settings[name] == nil {
			continue
		}
		handle, value := egress.NewHandle(), ""
		if json.Unmarshal(settings[name], &value) != nil {
			value = string(settings[name]) // a number, say
		}
		into := secrets
		if certificate {
			into = certificates
		}
		into[handle] = egress.Secret{Setting: name, Value: value}
		settings[name], _ = json.Marshal(handle)
	}
	if len(secrets)+len(certificates) == 0 {
		return nil, nil, nil
	}
	hidden, _ = json.Marshal(settings) // what was read can be written
	return hidden, secrets, certificates
}

// places are where a connection may reach: what the connector's description names, {setting} being the place of the address in
// that setting. What names no place is left out: it cannot be reached.
func places(declared []string, settings settings) (out []string) {
	for _, text := range declared {
		if name, found := strings.CutPrefix(text, "{"); found {
			text = ""
			if json.Unmarshal(settings[strings.TrimSuffix(name, "}")], &text) != nil || !isAddress(text) {
				continue
			}
		}
		if place, err := egress.Place(text); err == nil {
			out = append(out, place)
		}
	}
	return out
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// open opens the way out for a call, and hides its secrets, until close.
func (h *Host) open(s *supervisor, head *pb.Call, c connectors.Call, settings settings) (close func()) {
	about := s.mayOutside()
	out := egress.Call{Connector: s.name, Operation: c.Operation, Connection: head.GetConnectionId(), Allowed: places(about.egress, settings),
		PerMinute: about.perMinute, Burst: about.burst, Dry: c.DryRun, Deadline: c.Deadline}
	hidden, secrets, certificates := hide(settings, about.secrets)
	switch {
	case hidden != nil:
		head.Config, out.Secrets, out.Certificates = hidden, secrets, certificates
	case settings == nil && len(about.secrets) > 0: // nobody knows where the secrets are in what is no settings
		head.Config = []byte(`{}`)
	}
	head.EgressToken, close = h.egress.Open(out)
	return close
}

// wayOut makes a process's socket. It is in the process's own directory, so that no other connector can use it.
func wayOut(b *egress.Broker, connector, dir string) (environment string, stop func(), err error) {
	socket := filepath.Join(dir, "egress")
	stop, err = b.Listen(connector, socket)
	return wire.EnvEgress + "=" + socket, stop, err
}
