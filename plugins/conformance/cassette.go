package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	hostegress "github.com/pratica-crm/pratica/plugins/egress"
)

// cassette is what a connector and a bank said to each other, to be said again without the bank.
type cassette struct {
	Version  int             `json:"version"` // 1
	Recorded string          `json:"recorded_on"`
	Config   map[string]any  `json:"config"` // less its secrets
	Steps    []cassetteStep  `json:"steps"`
	Tape     json.RawMessage `json:"tape"` // of plugins/egress
}

type cassetteStep struct {
	Method string `json:"method"`
	Ended  string `json:"ended"`
}

// private is a kind of people's data that is known by its form.
type private struct {
	what    string
	pattern *regexp.Regexp
	instead string
}

// personal is what must not be in a cassette; and names, see there. Read only.
var personal = []private{
	{"an IBAN", regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)\b`), "IT00X0000000000000000000000"},
	{"a tax code", regexp.MustCompile(`(?i)\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b`), "XXXXXX00A00X000X"},
	{"an e-mail address", regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`), "redacted@example.invalid"},
}

// Unseen is what Record does not recognise, for those who look through a cassette.
const Unseen = "names are known by fields that say so (ownerName, creditor.name, cognome, titolari); not found are one word alone in small letters or of two letters, " +
	"or under a field that may say something else (customer, contact, party), and there a name with commas, slashes or figures; " +
	"a name of a holder that has an identifier beside it (12B) or is longer than twelve words; names that stand in free text alone, or as a field's own name, and what is in pictures, PDFs and compressed or encrypted content."

// Record has a connector do what it is for, and keeps what it and the other side said. config are the connection's settings; nil: those of
// Options.Spec, at the mock bank. What may be a secret or a person's is refused, and where it stands said; or, with redact, replaced: names
// as the type names says.
func Record(ctx context.Context, o Options, config map[string]any, redact bool) ([]byte, error) {
	tape := &hostegress.Recorder{}
	o.tape = tape
	if config != nil {
		o.Spec = Spec{Bank: "none", Config: config, given: true}
	}
	k, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer k.close()
	steps, err := (&Stage{k}).Main()
	if err != nil {
		return nil, err
	}
	out := cassette{Version: 1, Recorded: k.clock().UTC().Format(time.RFC3339), Config: map[string]any{}}
	for _, s := range steps {
		out.Steps = append(out.Steps, cassetteStep{s.Method, s.Ended})
	}
	if err := json.Unmarshal(k.lanes[0].config, &out.Config); err != nil {
		return nil, err
	}
	secrets := without(out.Config, connectors.PermissionsOf(k.about))
	people := newNames()
	people.settings(out.Config)
	for _, e := range tape.Exchanges() {
		people.exchange(e)
	}
	people.inSettings(out.Config)
	var raw bytes.Buffer
	if err := tape.Write(&raw, people.replace); err != nil {
		return nil, fmt.Errorf("%w. See %s", err, link("cassettes"))
	}
	for name, secret := range secrets { // also of one that the connector sees itself, and has sent
		if bytes.Contains(raw.Bytes(), []byte(secret)) {
			return nil, fmt.Errorf("the cassette is not written, because the other side repeats the secret of the setting %q. See %s", name, link("cassettes"))
		}
	}
	if out.Tape, err = clean(raw.Bytes(), people.places, redact); err != nil {
		return nil, err
	}
	return json.MarshalIndent(out, "", "  ")
}

// without takes the secrets out of settings and returns them; of the short ones, which may stand anywhere by chance, none. Something must
// stand in their place: they are needed, and never sent.
func without(config map[string]any, p connectors.Permissions) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Concat(p.Secrets, p.Reveals) {
		value, set := config[name]
		if text, _ := value.(string); len(text) >= 8 {
			out[name] = text
		}
		if set {
			config[name] = "-"
		}
	}
	return out
}

// clean finds what is a person's in a tape; found are the places where names were.
func clean(tape []byte, found []string, redact bool) ([]byte, error) {
	var complaints []error
	for _, place := range found {
		if !redact {
			complaints = append(complaints, errors.New(place))
		}
	}
	for number, line := range bytes.Split(tape, []byte("\n")) {
		for _, p := range personal {
			if p.pattern.Match(line) && !redact {
				key, _, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
				complaints = append(complaints, fmt.Errorf("line %d (%s) has %s in it", number+1, key, p.what))
			}
		}
	}
	if len(complaints) > 0 {
		return nil, fmt.Errorf("the cassette is not written, because it would hold people's data:\n%w\nRecord with invented people, or give --redact to have each replaced. See %s", errors.Join(complaints...), link("cassettes"))
	}
	for _, p := range personal {
		tape = p.pattern.ReplaceAll(tape, []byte(p.instead))
	}
	return tape, nil
}

// replay has the connector say again what a cassette has, and compares how its calls end.
func (k *kit) replay(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var c cassette
	if err := json.Unmarshal(text, &c); err != nil || c.Version != 1 {
		return fmt.Errorf("%s is no cassette of this version: record it again", filepath.Base(path))
	}
	player, err := hostegress.NewPlayer(bytes.NewReader(c.Tape))
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, c.Recorded)
	if err != nil {
		return fmt.Errorf("%s does not say when it was recorded", filepath.Base(path))
	}
	again, err := open(k.ctx, Options{Binary: k.o.Binary, Spec: Spec{Bank: "none", Config: c.Config, given: true}, tape: player, at: at})
	if err != nil {
		return err
	}
	defer again.close()
	steps, err := (&Stage{again}).Main()
	if err != nil {
		return err
	}
	for i, s := range steps {
		if i >= len(c.Steps) || (cassetteStep{s.Method, s.Ended}) != c.Steps[i] {
			return fmt.Errorf("with %s %s ended %s; when it was recorded: %+v", filepath.Base(path), s.Method, s.Ended, c.Steps)
		}
	}
	if len(steps) != len(c.Steps) {
		return fmt.Errorf("with %s there are %d calls, when it was recorded there were %d", filepath.Base(path), len(steps), len(c.Steps))
	}
	return nil
}

// cassettes are those beside a program.
func (k *kit) cassettes() []string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(k.o.Binary), "cassettes", "*.json")) // the pattern is right
	slices.Sort(found)
	return found
}

func (k *kit) needsCassettes() string {
	if len(k.cassettes()) == 0 {
		return "there is no folder cassettes beside the program; see " + link("cassettes")
	}
	return ""
}

func cassettes(k *kit) error {
	for _, path := range k.cassettes() {
		if err := k.replay(path); err != nil {
			return err
		}
	}
	return nil
}
