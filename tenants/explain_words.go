package tenants

import (
	"strings"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/workflow"
)

// words says the verdict with the rule that decided, in both languages.
func (e Explanation) words() workflow.Text {
	text := verdicts[e.Verdict]
	if e.Rule != nil && e.Verdict != "inactive" && e.Verdict != "narrowed" {
		path := strings.Join(e.Rule.Path, " > ")
		text.EN += " It is decided by " + e.Rule.Source + " for " + path
		text.IT += " Lo decide " + e.Rule.Source + " per " + path
		if e.Rule.When != nil {
			c := Rule{When: e.Rule.When}.of("").When
			text.EN += ", which counts for " + c.String()
			text.IT += ", che vale per " + italian(c)
		}
		text.EN += "."
		text.IT += "."
	}
	if failed := e.failed(); e.Rule == nil && failed != nil {
		text.EN += " " + failed.Source + " would allow it, but only for " + Rule{When: failed.When}.of("").When.String() + "."
		text.IT += " " + failed.Source + " lo permetterebbe, ma solo per " + italian(Rule{When: failed.When}.of("").When) + "."
	}
	do := strings.NewReplacer("{do}", string(e.Do))
	return workflow.Text{EN: do.Replace(text.EN), IT: do.Replace(text.IT)}
}

// failed is an allow whose condition did not hold; nil when there is none.
func (e Explanation) failed() *Ruling {
	for i := range e.Rules {
		if e.Rules[i].Effect == "allow" && !e.Rules[i].Holds {
			return &e.Rules[i]
		}
	}
	return nil
}

var verdicts = map[string]workflow.Text{
	"allowed":      {EN: "Yes: they have the permission {do}.", IT: "Sì: ha il permesso {do}."},
	"denied":       {EN: "No: a rule takes the permission {do} away.", IT: "No: una regola toglie il permesso {do}."},
	"forbidden":    {EN: "No: the network forbids {do} in its agencies.", IT: "No: la rete vieta {do} nelle sue agenzie."},
	"no_rule":      {EN: "No: none of their roles has the permission {do} here.", IT: "No: nessuno dei suoi ruoli ha qui il permesso {do}."},
	"out_of_sight": {EN: "No: they do not see it, for want of the permission {do}.", IT: "No: non lo vede, perché manca il permesso {do}."},
	"narrowed":     {EN: "No: the key is narrowed to other actions than {do}, whatever its roles may.", IT: "No: la chiave è limitata ad azioni diverse da {do}, qualunque cosa possano i suoi ruoli."},
	"inactive":     {EN: "No: they are no active member or key.", IT: "No: non è un membro attivo né una chiave valida."},
}

func italian(c access.Condition) string {
	var say []string
	if c.Own {
		say = append(say, "le pratiche proprie (own)")
	}
	if c.Branch {
		say = append(say, "le pratiche della propria filiale (branch)")
	}
	if c.MinCents > 0 {
		say = append(say, "importi da "+access.Euro(c.MinCents)+" (min_amount_cents)")
	}
	if c.MaxCents > 0 {
		say = append(say, "importi fino a "+access.Euro(c.MaxCents)+" (max_amount_cents)")
	}
	words := strings.Join(say, " e ")
	if c.Unless {
		return "tutte tranne " + words
	}
	return words
}
