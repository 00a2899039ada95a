package privacy

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/ident"
)

// echoes are what the platform does to a file because something it is made of has changed: what somebody did is a line of its own.
var echoes = []string{"application.subject_changed", "application.document_changed", "application.property_changed", "application.submission_changed", "application.deadline_stale",
	"submission.deadline_stale", "submission.event_unplaced"}

// unsaid is what the log leaves out: echoes, and what was refused to the person in the portal. That is about a link they followed; nothing was read.
var unsaid = append([]string{"access.refused"}, echoes...)

var roleWords = map[string]Text{
	"broker": {EN: "a broker", IT: "un consulente"}, "back_office": {EN: "the back office", IT: "il back office"}, "compliance_officer": {EN: "compliance", IT: "la compliance"},
	"agency_admin": {EN: "the agency's administration", IT: "l'amministrazione dell'agenzia"}, "read_only": {EN: "a person of the agency who only reads", IT: "una persona dell'agenzia in sola lettura"},
}

// by says who did it, without a name. An own role of the agency is told by the platform's role it is made from.
func (t traces) by(actor, action string, id ident.SubjectID) Text {
	prefix, _, _ := strings.Cut(actor, "_")
	switch {
	case strings.HasPrefix(action, "support."):
		return Text{EN: "support of the network", IT: "l'assistenza della rete"}
	case actor == id.String():
		return Text{EN: "you", IT: "tu"}
	case actor == "system":
		return Text{EN: "the platform", IT: "la piattaforma"}
	case prefix == "key":
		return Text{EN: "a program of the agency", IT: "un programma dell'agenzia"}
	case prefix == "sub":
		return Text{EN: "another person of the file", IT: "un'altra persona della pratica"}
	}
	role := t.roles[actor]
	for range t.parents {
		if parent := t.parents[role]; parent != "" {
			role = parent
		}
	}
	return roleWords[role].Or(Text{EN: "a person of the agency", IT: "una persona dell'agenzia"}) // also one who is no longer there
}

// doings are what was done, by the action with its event, the action, or its last word. A test walks all actions that the log may show.
var doings = map[string]Text{
	"seen": {EN: "read", IT: "letto"}, "created": {EN: "entered", IT: "inserito"}, "changed": {EN: "changed", IT: "modificato"}, "assessed": {EN: "assessed for money laundering", IT: "valutato per l'antiriciclaggio"},
	"deleted": {EN: "deleted", IT: "eliminato"}, "opened": {EN: "opened", IT: "aperto"}, "link": {EN: "about to open", IT: "in apertura"}, "uploaded": {EN: "uploaded", IT: "caricato"}, "requested": {EN: "asked for", IT: "richiesto"},
	"accepted": {EN: "accepted", IT: "accettato"}, "rejected": {EN: "rejected", IT: "rifiutato"}, "redated": {EN: "dated anew", IT: "ridatato"}, "replaced": {EN: "replaced", IT: "sostituito"}, "infected": {EN: "refused: a virus", IT: "rifiutato: un virus"},
	"given": {EN: "consent given", IT: "consenso dato"}, "withdrawn": {EN: "consent withdrawn", IT: "consenso revocato"},
	"made": {EN: "copied for you", IT: "copiato per te"}, "asked": {EN: "a copy asked for", IT: "chiesta una copia"}, "invited": {EN: "invited to this area", IT: "invitato in quest'area"}, "entered": {EN: "this area opened", IT: "aperta quest'area"},
	"left": {EN: "this area closed", IT: "chiusa quest'area"}, "data_erased": {EN: "erased in part", IT: "cancellato in parte"}, "restricted": {EN: "locked", IT: "bloccato"}, "lifted": {EN: "unlocked", IT: "sbloccato"}, "erased": {EN: "erased", IT: "cancellato"},
	"transition": {EN: "moved on", IT: "fatto avanzare"}, "event": {EN: "worked on", IT: "lavorato"}, "deadline": {EN: "a deadline passed", IT: "scaduto un termine"},
	"waived": {EN: "an exception made", IT: "concessa una deroga"}, "migrated": {EN: "moved to a new process", IT: "passato a un nuovo processo"}, "facts": {EN: "data entered", IT: "inseriti dati"},
	"party_added": {EN: "a person added", IT: "aggiunta una persona"}, "party_changed": {EN: "a person's part changed", IT: "cambiato un ruolo"}, "party_removed": {EN: "a person taken out", IT: "tolta una persona"},
	"property_added": {EN: "a property added", IT: "aggiunto un immobile"}, "property_removed": {EN: "a property taken out", IT: "tolto un immobile"},

	"subject.listed": {EN: "shown in a list or a search", IT: "mostrato in un elenco o in una ricerca"}, "application.incomes_seen": {EN: "incomes and debts read", IT: "letti redditi e debiti"},
	"subject.accounts_seen": {EN: "figures and transactions of your bank accounts read", IT: "letti le cifre e i movimenti dei tuoi conti"}, "subject.credit_reports_seen": {EN: "your credit reports read", IT: "letti i tuoi rapporti creditizi"},
	"support.request":    {EN: "asked to see", IT: "chiesto di vedere"},
	"submission.created": {EN: "prepared for a lender", IT: "preparato per una banca"}, "submission.event": {EN: "dealt with at a lender", IT: "trattato con una banca"},
	"bank_consent.requested": {EN: "your consent to read bank accounts asked for", IT: "chiesto il tuo consenso a leggere i conti"}, "bank_consent.begun": {EN: "you opened the bank's page", IT: "hai aperto la pagina della banca"},
	"verification.begun": {EN: "you opened the page that proves your identity", IT: "hai aperto la pagina che prova la tua identità"}, "bank_consent.returned": {EN: "you came back from the bank", IT: "sei tornato dalla banca"},
	"bank_consent.read": {EN: "bank accounts read", IT: "letti i conti bancari"}, "bank_consent.event": {EN: "consent to read bank accounts changed", IT: "cambiato il consenso a leggere i conti"},
	"credit_report.ordered": {EN: "a credit report ordered", IT: "ordinato un rapporto creditizio"}, "verification.started": {EN: "a proof of your identity asked for", IT: "chiesta una prova della tua identità"},
	"verification.verified": {EN: "your identity proved", IT: "provata la tua identità"}, "verification.refused": {EN: "a proof of your identity refused", IT: "rifiutata una prova della tua identità"},
	"submission.event submit": {EN: "sent to a lender", IT: "inviato a una banca"}, "submission.answered": {EN: "answered a lender", IT: "risposto a una banca"},
	"submission.document_added": {EN: "a paper sent to a lender", IT: "inviato un documento a una banca"},
}

func did(action, event string) Text {
	_, verb, _ := strings.Cut(action, ".")
	plain := strings.ReplaceAll(verb, "_", " ")
	return doings[action+" "+event].Or(doings[action]).Or(doings[verb]).Or(Text{EN: plain, IT: plain})
}

// why is the purpose of an action, by the noun it is done to.
func why(action string) Text {
	noun, verb, _ := strings.Cut(action, ".")
	switch {
	case noun == "support":
		return Text{EN: "help to the agency by its network", IT: "assistenza della rete all'agenzia"}
	case slices.Contains([]string{"consent", "export", "privacy_request", "portal"}, noun) || strings.HasSuffix(verb, "erased") || verb == "restricted" || verb == "lifted":
		return Text{EN: "your rights (GDPR)", IT: "i tuoi diritti (GDPR)"}
	case verb == "assessed":
		return platform.Purposes["aml"].Title
	case noun == "application" || noun == "submission":
		return platform.Purposes["contract"].Title
	}
	return platform.Purposes["assessment"].Title
}
