package workflow

import "time"

// Position is a place in the source, from one; zero when it has none.
type Position struct {
	Line, Column int
}

// Text is a text in the two languages of the product.
type Text struct {
	EN string `json:"en"`
	IT string `json:"it"`
}

// Or returns t, or other where t says nothing; a language that is absent takes the other one's words.
func (t Text) Or(other Text) Text {
	switch {
	case t.EN == "" && t.IT == "":
		return other
	case t.EN == "":
		t.EN = t.IT
	case t.IT == "":
		t.IT = t.EN
	}
	return t
}

// Template is a workflow as its author wrote it, in the author's order.
type Template struct {
	Key         string
	Title       Text
	Subject     string   // application | submission | consent | case
	Priority    string   // "" is exactly one; "document" is the order of the text, as SCXML prescribes
	Initial     []string // where an instance starts, when that is deeper than a top-level state
	Facts       []*Fact
	Params      []*Param
	States      []*State // top level
	Events      []*EventDecl
	Transitions []*Transition
	Invariants  []*Invariant
	Tests       []*Test
}

// Fact is a declared name with its schema, its owner and where it is set.
type Fact struct {
	Name        string
	Schema      *Schema
	Title       Text
	Owner       string // role that may set it
	Fix         string // form:… | document:… | connector:…
	FrozenAfter string // state from which on it may not change
	PII         bool   // masked in explanations
	BuiltIn     bool   // computed by a feature, read only for templates
	Settable    bool   // fact.set may write it
	At          Position
}

// Schema is the closed subset of JSON Schema that facts and payloads may use.
type Schema struct {
	Type       string   // integer | string | boolean | array | object
	Format     string   // date | date-time, for strings
	Enum       []string // for strings
	Minimum    *int64
	Maximum    *int64
	MaxLength  *int64
	MaxItems   *int64
	Items      *Schema
	Properties []*Fact // for objects
	Required   []string
	Key        string // discriminator of a list
}

// Param is a figure that a template names and an overlay may change.
type Param struct {
	Name    string
	Schema  *Schema
	Default any
	Title   Text
	At      Position
}

// State is one node of the tree of states. A parallel state holds one child of kind region for each of its regions
// (a region has a name for people and no edges of its own), and after them its history states.
type State struct {
	Name     string
	Kind     string // atomic | compound | parallel | region | final | history
	Title    Text
	Initial  []string // of a compound state or region: where entering it leads; of a history state: the same, before there is a past
	Shallow  bool     // of a history state: it restores the direct child only
	Outcome  string   // won | lost, of a top-level final state
	SLA      *SLA
	Children []*State
	Parent   *State
	Inherit
	At    Position
	first bool // initial: true
	depth int
	order int // in the document, outer before inner
}

// Inherit is how an element may change in an overlay, and whether paths may avoid it.
type Inherit struct {
	Seal      string // sealed | tighten | extend | free; "" is tighten
	Slot      string // where an overlay may add
	Mandatory bool   // no path to a won end may avoid it
}

// SLA is a deadline armed by entering a state.
type SLA struct {
	Within   Duration
	Business bool     // Monday to Friday less holidays, Europe/Rome
	PauseIn  []string // the deadline stands still while one of these states is active
	Emits    string
	At       Position
}

// EventDecl is an event the machine knows, and the roles that may send it.
type EventDecl struct {
	Name    string
	By      []string
	Payload *Schema
	Title   Text
	At      Position
	source  any // payload schema as written, for forms
}

// Transition is one edge; From was a list or a name, Source[i] are the states it names.
type Transition struct {
	ID     string
	From   []string
	On     string   // event, "done" or "" (eventless)
	To     []string // none: internal. Several lie in different regions of one parallel state
	Inside bool     // the source is not left when the target lies inside it
	Title  Text
	Inherit
	Guards    []*Guard
	Approvals *Approvals
	Otherwise bool
	Actions   []*ActionDecl
	At        Position
}

// Guard is one named clause in CEL.
type Guard struct {
	ID   string
	Expr string
	Text Text
	At   Position // of the expression
}

// Approvals asks for the consent of several distinct people.
type Approvals struct {
	Count        int
	Roles        []string
	DistinctFrom []string
	At           Position
}

// ActionDecl is one entry of the closed catalogue of actions.
type ActionDecl struct {
	Do       string
	Ref      string
	With     []Binding
	Role     string
	Party    string
	Title    Text
	Due      string
	Kind     string
	From     string
	Template string
	Subject  string
	To       string
	Event    string
	Fact     string
	Value    *Guard // CEL of fact.set
	At       Position
}

// Binding is one argument of a connector call, in CEL.
type Binding struct {
	Name string
	Expr *Guard
}

// Invariant must hold in the states it names.
type Invariant struct {
	ID    string
	In    []string
	Guard *Guard
	Waive []string // roles that may waive it, with a reason
	At    Position
}

// Test is a story shipped with the template.
type Test struct {
	Name   string
	Facts  map[string]any
	Steps  []TestStep
	Expect []string
	At     Position
}

// TestStep sends one event, or only changes facts.
type TestStep struct {
	Event         string
	Actor         string
	Roles         []string
	When          *time.Time
	Facts         map[string]any
	Payload       map[string]any
	Expect        string   // "" | fired | recorded | refused
	Refused       []string // guard ids, when Expect is refused
	At            Position
	rolesGiven    bool
	expectRefused bool
}
