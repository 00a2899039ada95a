package workflow

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// elements is a clause of the form LIST.all(x, …) over a fact, taken apart so that a refusal can name each element that fails.
type elements struct {
	list    *Fact
	local   string // x
	program cel.Program
	members []string // of the element, that the predicate mentions
}

// elements takes the clause apart; nil when it has another form. The predicate is compiled again with x as a variable.
func (e *environment) elements(env *cel.Env, c *clause) *elements {
	native := c.ast.NativeRep()
	x := native.Expr()
	if x.Kind() != ast.ComprehensionKind {
		return nil
	}
	loop := x.AsComprehension()
	var list *Fact
	if r := native.ReferenceMap()[loop.IterRange().ID()]; r != nil {
		list = e.facts[r.Name]
	}
	step := loop.LoopStep()
	isAll := loop.AccuInit().Kind() == ast.LiteralKind && loop.AccuInit().AsLiteral() == types.True &&
		step.Kind() == ast.CallKind && step.AsCall().FunctionName() == operators.LogicalAnd
	if list == nil || list.Schema.Type != "array" || !isAll || loop.IterVar2() != "" {
		return nil
	}
	text, err := parser.Unparse(step.AsCall().Args()[1], native.SourceInfo())
	if err != nil {
		return nil
	}
	inner, err := env.Extend(cel.Variable(loop.IterVar(), e.types.typeOf(list.Schema.Items, list.Name)))
	if err != nil {
		return nil
	}
	compiled, issues := inner.Compile(text)
	if issues.Err() != nil {
		return nil
	}
	program, err := inner.Program(compiled, cel.CostTracking(meter{e.patterns}), cel.CostLimit(costLimit))
	if err != nil {
		return nil
	}
	out := &elements{list: list, local: loop.IterVar(), program: program}
	for _, f := range list.Schema.Items.Properties {
		if strings.Contains(text, loop.IterVar()+"."+f.Name) {
			out.members = append(out.members, f.Name)
		}
	}
	return out
}

// failing has a blocker for each element that is not true: which one it is, and its members that the clause looks at.
func (x *elements) failing(e *evaluation, c *clause) (out []Blocker) {
	list, _ := e.value(x.list.Name).([]any)
	for i, element := range list {
		one := *e
		one.local, one.element, one.read, one.failed = x.local, element, nil, nil
		v, _, err := x.program.Eval(&one)
		if err == nil && v == types.True {
			continue
		}
		b := plainBlocker(GuardFalse, c.guard.ID, c.guard.Text.Or(Text{c.guard.Expr, c.guard.Expr}))
		if err == nil && types.IsUnknown(v) {
			b.Code = FactMissing
		}
		object, _ := element.(map[string]any)
		if id, ok := object[x.list.Schema.Key].(string); ok {
			b.Subject = &id
		}
		label := e.label(x.list.Name, i)
		b.Text = Text{EN: label.EN + ": " + b.Text.EN, IT: label.IT + ": " + b.Text.IT}
		for _, m := range x.members {
			fact := BlockerFact{Name: x.list.Name + "." + m, Value: object[m], Missing: object[m] == nil, Owner: x.list.Owner, Fix: x.list.Fix}
			if x.list.PII && !fact.Missing && !e.maySee(x.list) {
				fact.Value = masked
			}
			b.Facts = append(b.Facts, fact)
		}
		out = append(out, b)
	}
	return out
}

// partyWords are the roles of people on a file.
var partyWords = map[string]Text{
	"applicant":             {"Applicant", "Richiedente"},
	"co_applicant":          {"Co-applicant", "Cointestatario"},
	"guarantor":             {"Guarantor", "Garante"},
	"third_party_mortgagor": {"Third-party mortgagor", "Terzo datore di ipoteca"},
	"seller":                {"Seller", "Venditore"},
	"beneficial_owner":      {"Beneficial owner", "Titolare effettivo"},
	"executor":              {"Executor", "Esecutore"},
}

// label says which element of a list is meant: "Applicant 2" where there are two, else "Guarantor"; "Property 1"; "docs 3".
func (e *evaluation) label(list string, i int) Text {
	items, _ := e.value(list).([]any)
	word, role := Text{EN: strings.ReplaceAll(list, "_", " "), IT: strings.ReplaceAll(list, "_", " ")}, any(nil)
	if strings.HasSuffix(list, "properties") {
		word = Text{"Property", "Immobile"}
	}
	if strings.HasSuffix(list, "parties") && i < len(items) {
		object, _ := items[i].(map[string]any)
		if words, known := partyWords[fmt.Sprint(object["role_type"])]; known {
			word, role = words, object["role_type"]
		}
	}
	number, same := 0, 0
	for j, item := range items {
		object, _ := item.(map[string]any)
		if role != nil && object["role_type"] != role {
			continue
		}
		if same++; j <= i {
			number++
		}
	}
	if role != nil && same == 1 {
		return word
	}
	return Text{EN: fmt.Sprintf("%s %d", word.EN, number), IT: fmt.Sprintf("%s %d", word.IT, number)}
}

// who names the person or property of an id among the parties and properties; false when it is none of them.
func (e *evaluation) who(id string) (Text, bool) {
	for _, list := range []string{"parties", "properties", "application.parties", "application.properties"} {
		f := e.m.facts[list]
		items, _ := e.value(list).([]any)
		for i, item := range items {
			if object, _ := item.(map[string]any); id != "" && f != nil && object[f.Schema.Key] == id {
				return e.label(list, i), true
			}
		}
	}
	return Text{}, false
}
