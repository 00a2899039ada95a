package overlay

import (
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// refusal is why one operation cannot be applied: where in the overlay, and in words with what to do about it.
type refusal struct {
	op   operation
	why  why
	node *yaml.Node
	text workflow.Text
}

// why sorts refusals; the finding's code follows from it.
type why string

const (
	targetGone  why = "target_gone"   // what the operation names is not in the base
	pathGone    why = "text_path"     // no text can stand there
	sealForbids why = "seal"          // the seal, or a mandatory mark, forbids it
	outOfBounds why = "out_of_bounds" // a parameter or deadline beyond what the base allows
	wrongType   why = "wrong_type"    // a value of another type than the parameter's
	nameTaken   why = "name_taken"    // the base has an element of that name
	notGuarded  why = "otherwise"     // an otherwise takes no guards
)

var codes = map[why]string{
	targetGone: "unknown_name", pathGone: "unknown_name", sealForbids: "seal_broken", outOfBounds: "seal_broken",
	wrongType: "type_error", nameTaken: "schema", notGuarded: "schema",
}

func (r *refusal) finding() workflow.Finding {
	return finding(codes[r.why], "operation:"+strconv.Itoa(r.op.number), r.node, r.text.EN)
}

// noun is a kind of element.
type noun int

const (
	nounState noun = iota
	nounRegion
	nounSlot
	nounTransition
	nounGuard
	nounParam
	nounEvent
	nounFact
	nounInvariant
)

var nouns = [...]workflow.Text{
	nounState: {EN: "state", IT: "stato"}, nounRegion: {EN: "region", IT: "regione"}, nounSlot: {EN: "slot", IT: "slot"},
	nounTransition: {EN: "transition", IT: "transizione"}, nounGuard: {EN: "guard", IT: "condizione"}, nounParam: {EN: "parameter", IT: "parametro"},
	nounEvent: {EN: "event", IT: "evento"}, nounFact: {EN: "fact", IT: "dato"}, nounInvariant: {EN: "invariant", IT: "invariante"},
}

// refuse fills the same figures into both languages; a noun takes the language's word.
func refuse(why why, at *yaml.Node, en, it string, args ...any) *refusal {
	english, italian := make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		english[i], italian[i] = a, a
		if n, ok := a.(noun); ok {
			english[i], italian[i] = nouns[n].EN, nouns[n].IT
		}
	}
	return &refusal{why: why, node: at, text: workflow.Text{EN: fmt.Sprintf(en, english...), IT: fmt.Sprintf(it, italian...)}}
}

func refuseGone(n noun, at *yaml.Node, name, nearest string) *refusal {
	r := refuse(targetGone, at, "the base has no %s %.100s: name one it has, or take this operation out", "nella base non c'è: %s %.100s; indicare un nome esistente, o togliere questa operazione", n, name)
	if nearest != "" {
		r.text.EN += "; nearest known name: " + nearest
		r.text.IT += "; il nome più vicino: " + nearest
	}
	return r
}

func refuseSealed(op operation, e element, at *yaml.Node) *refusal {
	return refuse(sealForbids, at,
		"%s %s has seal: %s in the base, and %s needs at least seal: %s: take this operation out, or ask the network to open it",
		"%s %s nella base ha seal: %s, e %s richiede almeno seal: %s; togliere questa operazione, o chiedere alla rete di aprirlo",
		e.noun, e.name, e.seal(), op.name, needs[op.name])
}

func refuseMandatory(t element, at *yaml.Node) *refusal {
	return refuse(sealForbids, at, "transition %s is a mandatory step of the base and cannot be disabled: take this operation out",
		"la transizione %s è un passo obbligatorio della base e non si può disattivare: togliere questa operazione", t.name)
}

func refuseOutside(id *yaml.Node, state, slot element, at *yaml.Node) *refusal {
	return refuse(sealForbids, at, "transition %s starts from %s, which is not inside slot %s: start from a state of the slot, or put a state of your own into it first",
		"la transizione %s parte da %s, che non è nello slot %s: partire da uno stato dello slot, o inserirvi prima uno stato proprio", id.Value, state.name, slot.name)
}

func refuseWay(state element, at *yaml.Node) *refusal {
	return refuse(sealForbids, at, "state %s has seal: sealed in the base and gets no new way in or out: lead the transition elsewhere, or ask the network for another seal",
		"lo stato %s è sigillato nella base e non riceve nuove entrate né uscite: portare la transizione altrove, o chiedere alla rete un altro sigillo", state.name)
}

func refuseWin(at *yaml.Node) *refusal {
	return refuse(sealForbids, at, "state %s would be another way to win, which only the base decides: give it outcome: lost, or lead to a final state of the base",
		"lo stato %s sarebbe un altro esito positivo, che decide solo la base: dargli outcome: lost, o portare a uno stato finale della base", at.Value)
}

func refuseShadow(id *yaml.Node, state, t element, at *yaml.Node) *refusal {
	return refuse(sealForbids, at, "transition %s would come before the sealed transition %s in state %s, on the same event: use another event, or start elsewhere",
		"la transizione %s verrebbe prima della transizione sigillata %s nello stato %s, sullo stesso evento: usare un altro evento, o partire da un altro stato", id.Value, t.name, state.name)
}

func refuseTaken(n noun, at *yaml.Node) *refusal {
	return refuse(nameTaken, at, "the base has a %s %s already: choose another name, or take this operation out if the base now does the same",
		"nella base esiste già: %s %s; scegliere un altro nome, o togliere questa operazione se ora la base fa lo stesso", n, at.Value)
}

func refuseOtherwise(at *yaml.Node, t element) *refusal {
	return refuse(notGuarded, at, "transition %s is what happens otherwise and takes no guards: guard the transitions beside it",
		"la transizione %s vale in ogni altro caso e non ha condizioni: porle sulle transizioni accanto", t.name)
}

func refusePath(at *yaml.Node) *refusal {
	return refuse(pathGone, at, "no text stands at %.200s: write /states/NAME/title, the same for events, facts, params and transitions, /transitions/ID/guards/ID/text or /invariants/ID/text",
		"nessun testo si trova in %.200s: scrivere /states/NOME/title, lo stesso per events, facts, params e transitions, /transitions/ID/guards/ID/text o /invariants/ID/text", at.Value)
}

func refuseNoDeadline(s element, at *yaml.Node) *refusal {
	return refuse(targetGone, at, "state %s has no deadline in the base that could be shortened: take this operation out",
		"lo stato %s nella base non ha una scadenza da accorciare: togliere questa operazione", s.name)
}

func refuseLonger(s element, written string, at *yaml.Node) *refusal {
	return refuse(outOfBounds, at, "the deadline of state %s is %s in the base and can only get shorter, in the same calendar; %s does not: write a shorter one, or take this operation out",
		"la scadenza dello stato %s nella base è %s e può solo accorciarsi, nello stesso calendario; %s non lo fa: scriverne una più corta, o togliere questa operazione", s.name, written, at.Value)
}

func refuseValue(p element, limit string, at *yaml.Node) *refusal {
	return refuse(outOfBounds, at, "parameter %s has %s in the base, and %.100s lies outside: choose a value within, or ask the network to widen it",
		"il parametro %s nella base ha %s, e %.100s ne è fuori: scegliere un valore entro il limite, o chiedere alla rete di allargarlo", p.name, limit, at.Value)
}

func refuseUnbounded(p element, bound, standard string, at *yaml.Node) *refusal {
	return refuse(outOfBounds, at, "parameter %s has no %s in the base, so on that side it stays at %s: ask the network to declare one, or for seal: free",
		"il parametro %s nella base non ha %s, quindi da quel lato resta a %s: chiedere alla rete di dichiararlo, o seal: free", p.name, bound, standard)
}

func refuseType(p element, wanted string, at *yaml.Node) *refusal {
	return refuse(wrongType, at, "parameter %s is of type %s, which the value is not: write one of that type",
		"il parametro %s è di tipo %s, e il valore non lo è: scriverne uno di quel tipo", p.name, wanted)
}

// strictly says which way a parameter may go.
var strictly = map[workflow.Leaning]workflow.Text{
	workflow.Down:    {EN: "only a lower value makes the conditions that read it stricter: choose one", IT: "solo un valore più basso rende più severe le condizioni che lo leggono: sceglierne uno"},
	workflow.Up:      {EN: "only a higher value makes the conditions that read it stricter: choose one", IT: "solo un valore più alto rende più severe le condizioni che lo leggono: sceglierne uno"},
	workflow.Unknown: {EN: "no other value is known to make all that reads it stricter: take this operation out", IT: "di nessun altro valore si sa che renda più severo tutto ciò che lo legge: togliere questa operazione"},
}

func refuseLoose(p element, leaning workflow.Leaning, standard string, at *yaml.Node) *refusal {
	way := strictly[leaning]
	return &refusal{why: sealForbids, node: at, text: workflow.Text{
		EN: fmt.Sprintf("parameter %s has seal: tighten in the base and stands at %s; %.100s could let through what was refused, and %s, or ask the network for seal: extend or free on the parameter", p.name, standard, at.Value, way.EN),
		IT: fmt.Sprintf("il parametro %s nella base ha seal: tighten e vale %s; %.100s potrebbe far passare ciò che era rifiutato, e %s, o chiedere alla rete seal: extend o free sul parametro", p.name, standard, at.Value, way.IT),
	}}
}
