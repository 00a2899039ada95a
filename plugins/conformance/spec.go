package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// SpecName is the file beside a connector's program that says how the kit connects it.
const SpecName = "conformance.yaml"

// Spec is that file.
type Spec struct {
	// Bank is what the kit plays the other side with: "mock", the mock bank, or the address on this machine of one of the author's own.
	// Empty: nothing; only what needs no other side is checked.
	Bank string `yaml:"bank"`
	// Config are the connection's settings. {bank} and {identity} in them are where the mock bank and a small OpenID provider listen;
	// {identity_key} is a private key (PEM) made for the run, which that provider knows the client by instead of a secret.
	Config map[string]any `yaml:"config"`
	// MemoryMiB is what the process may hold at most. Zero: 256.
	MemoryMiB int `yaml:"memory_mib"`
	// Callback is a request as the other side would send it, for connectors with callback paths.
	Callback *Callback `yaml:"callback"`

	given bool
}

// Callback is a request to one of the connector's callback paths.
type Callback struct {
	Path    string            `yaml:"path"`
	Method  string            `yaml:"method"`
	Query   string            `yaml:"query"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
}

// ReadSpec reads a spec. A file that is not there is an empty one.
func ReadSpec(path string) (Spec, error) {
	var s Spec
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	in := yaml.NewDecoder(bytes.NewReader(text))
	in.KnownFields(true)
	if err := in.Decode(&s); err != nil {
		return s, fmt.Errorf("%s cannot be read: %w; it has bank, config, memory_mib and callback, and nothing else. See %s", path, err, link("the-file"))
	}
	if s.given = true; s.Bank != "" && s.Bank != "mock" && !local(s.Bank) {
		return s, fmt.Errorf("%s: bank is %q; it is \"mock\", or http://127.0.0.1:PORT of your own. The kit speaks to no bank outside this machine. See %s", path, s.Bank, link("the-file"))
	}
	return s, nil
}

func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && at.IsLoopback())
}

// settings are the config, with the fronts' addresses in their places, and a key where one is asked for.
func (s Spec) settings(bank, identity string, key func() (string, error)) (json.RawMessage, error) {
	out := map[string]any{}
	for name, value := range s.Config {
		if value == identityKey {
			made, err := key()
			if err != nil {
				return nil, err
			}
			value = made
		} else if text, ok := value.(string); ok {
			value = strings.NewReplacer("{bank}", bank, "{identity}", identity).Replace(text)
		}
		out[name] = value
	}
	return json.Marshal(out)
}

const identityKey = "{identity_key}" // a setting's whole value
