package instances

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/workflow"
)

// carriedOut is what the features above carry out when a transition asks for it, by the template's subject and in the words of
// its author. The format knows more actions than this: one that nobody carries out would fail the event of a file long after
// its template went live. What core/applications and core/submissions do is held against it by a test.
var carriedOut = map[string][]offered{
	"application": {
		{do: "task.create"},
		{do: "notify", only: " of a role", fits: toRole},
		{do: "fact.set"},
		{do: "event.send", only: " to submissions", fits: sentTo("submissions")},
		{do: "connector.call", only: " with the ref bureau.report", fits: func(a *workflow.ActionDecl) bool { return a.Ref == "bureau.report" }},
	},
	"submission": {
		{do: "task.create"},
		{do: "notify", only: " of a role", fits: toRole},
		{do: "fact.set"},
		{do: "event.send", only: " to application", fits: sentTo("application")},
		{do: "connector.call", only: " with a ref that ends in .submit, .answer or .withdraw", fits: calls("submit", "answer", "withdraw")},
	},
	"consent": {
		{do: "task.create"},
		{do: "notify", only: " of a role", fits: toRole},
		{do: "fact.set"},
		{do: "connector.call", only: " with a ref that ends in .fetch or .revoke", fits: calls("fetch", "revoke")},
	},
}

// byItself is what a machine carries out without any feature: all that a subject has which none runs (case).
var byItself = []offered{{do: "fact.set"}}

// offered is an action that is carried out, or only some uses of it.
type offered struct {
	do, only string
	fits     func(*workflow.ActionDecl) bool // nil: every use
}

func (o offered) covers(a *workflow.ActionDecl) bool {
	return a.Do == o.do && (o.fits == nil || o.fits(a))
}

// toRole: a party of a file is a client, whom the platform does not write to.
func toRole(a *workflow.ActionDecl) bool { return a.Role != "" }

func sentTo(machine string) func(*workflow.ActionDecl) bool {
	return func(a *workflow.ActionDecl) bool { return a.To == machine }
}

// calls: which connector it is, the connection says; the ref's first part is for the reader.
func calls(methods ...string) func(*workflow.ActionDecl) bool {
	return func(a *workflow.ActionDecl) bool {
		_, method, _ := strings.Cut(a.Ref, ".")
		return slices.Contains(methods, method)
	}
}

// notCarried names each action of a template that nothing would carry out, one sentence for each.
func notCarried(t *workflow.Template) (fields []fault.Field) {
	offers, runs := carriedOut[t.Subject]
	if !runs {
		offers = byItself
	}
	for _, transition := range t.Transitions {
		for _, a := range transition.Actions {
			if slices.ContainsFunc(offers, func(o offered) bool { return o.covers(a) }) {
				continue
			}
			fields = append(fields, fault.Field{Pointer: "transition:" + transition.ID,
				Message: fmt.Sprintf("Transition %s asks for %s, but this version of the platform carries out only %s in a template of subject %s.",
					transition.ID, named(a), listed(offers), t.Subject)})
		}
	}
	return fields
}

// named is an action with what tells this use of it from others.
func named(a *workflow.ActionDecl) string {
	switch {
	case a.Do == "connector.call":
		return a.Do + " " + a.Ref
	case a.Do == "event.send":
		return a.Do + " to " + a.To
	case a.Do == "notify" && a.Party != "":
		return "notify of the party " + a.Party
	}
	return a.Do
}

func listed(offers []offered) string {
	words := []string{}
	for _, o := range offers {
		words = append(words, o.do+o.only)
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
