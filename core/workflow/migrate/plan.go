package migrate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// MaxPlan is the largest plan that is read, in bytes.
const MaxPlan = 1 << 20

// What becomes of deadlines and approvals.
const (
	Keep    = "keep"
	Restart = "restart"
	Cancel  = "cancel"
	Void    = "void"
)

// Plan says how instances move, see the package.
type Plan struct {
	From      string             `json:"from,omitempty"` // version or digest of the old template; "" where the caller names it
	To        string             `json:"to,omitempty"`
	States    map[string]Targets `json:"states"`
	Facts     []Fill             `json:"facts,omitempty"`
	Timers    string             `json:"timers"`    // keep | restart | cancel
	Approvals string             `json:"approvals"` // keep | void
}

// Targets are the states one state is mapped to: one, or one for each region of a parallel state.
type Targets []string

// Fill gives a fact of the new template its value: CEL over the old template.
type Fill struct {
	Fact  string `json:"fact"`
	Value string `json:"value"`
}

// Problem is what is wrong with a plan: where, and what to do about it. Line is 0 for what is not about one line.
type Problem struct {
	Line int
	Text string
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

func wrong(n *yaml.Node, format string, args ...any) error {
	return &Problem{n.Line, fmt.Sprintf(format, args...)}
}

var yamlLine = regexp.MustCompile(`^yaml: (line \d+: )?`)

// Parse reads a plan from YAML or JSON. The error names the line.
func Parse(source []byte) (Plan, error) {
	if len(source) > MaxPlan {
		return Plan{}, &Problem{0, "the plan is larger than 1 MiB"}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		line := 0
		_, _ = fmt.Sscanf(err.Error(), "yaml: line %d", &line)
		return Plan{}, &Problem{line, "not YAML: " + yamlLine.ReplaceAllString(err.Error(), "")}
	}
	if len(document.Content) == 0 {
		return Plan{}, &Problem{0, "the plan is empty; it needs at least states: {old: new}"}
	}
	p := Plan{Timers: Keep, Approvals: Void}
	readers := map[string]func(*yaml.Node) error{
		"from": p.name(&p.From), "to": p.name(&p.To), "states": p.readStates, "facts": p.readFacts,
		"timers": p.choice(&p.Timers, Keep, Restart, Cancel), "approvals": p.choice(&p.Approvals, Keep, Void),
	}
	err := members(document.Content[0], "the plan", []string{"from", "to", "states", "facts", "timers", "approvals"}, func(key string, n *yaml.Node) error {
		return readers[key](n)
	})
	if err == nil && len(p.States) == 0 {
		err = wrong(document.Content[0], "the plan has no states; it needs states: {old: new}")
	}
	return p, err
}

// Digest is the plan's name: SHA-256 of its canonical JSON.
func (p Plan) Digest() string { return workflow.Digest(p) }

// members walks a mapping whose keys are known.
func members(n *yaml.Node, what string, known []string, take func(key string, n *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "%s is written as key: value", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case known != nil && !slices.Contains(known, key.Value):
			return wrong(key, "%s has no key %.60s%s", what, key.Value, workflow.Hint(key.Value, known))
		case seen[key.Value]:
			return wrong(key, "the key %.60s stands twice", key.Value)
		}
		seen[key.Value] = true
		if err := take(key.Value, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (*Plan) name(dst *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error { return text(n, dst) }
}

func (*Plan) choice(dst *string, values ...string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := text(n, dst); err != nil {
			return err
		}
		if !slices.Contains(values, *dst) {
			return wrong(n, "%.60s is not one of %s", *dst, strings.Join(values, ", "))
		}
		return nil
	}
}

func text(n *yaml.Node, dst *string) error {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return wrong(n, "a name is wanted here")
	}
	*dst = n.Value
	return nil
}

func (p *Plan) readStates(n *yaml.Node) error {
	p.States = map[string]Targets{}
	return members(n, "states", nil, func(old string, n *yaml.Node) error {
		list := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			list = n.Content
		}
		targets := make(Targets, len(list))
		for i, item := range list {
			if err := text(item, &targets[i]); err != nil {
				return err
			}
		}
		if len(targets) == 0 {
			return wrong(n, "%s is mapped to nothing", old)
		}
		p.States[old] = targets
		return nil
	})
}

func (p *Plan) readFacts(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return wrong(n, "facts is a list of {fact, value}")
	}
	for _, item := range n.Content {
		var f Fill
		dst := map[string]*string{"fact": &f.Fact, "value": &f.Value}
		if err := members(item, "a back-fill", []string{"fact", "value"}, func(key string, n *yaml.Node) error { return text(n, dst[key]) }); err != nil {
			return err
		}
		if f.Fact == "" || f.Value == "" {
			return wrong(item, "a back-fill needs fact and value")
		}
		p.Facts = append(p.Facts, f)
	}
	return nil
}

// MarshalJSON writes one target as a name, as authors do.
func (t Targets) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}
