package connectors

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// others are who is on the other side of methods, besides banks.
var others = []struct {
	methods []string
	who     workflow.Text
}{
	{[]string{StartVerification, CompleteVerification, GetEvidence}, workflow.Text{EN: "the identity provider", IT: "il gestore dell'identità"}},
	{[]string{RequestReport, GetReport}, workflow.Text{EN: "the bureau", IT: "il sistema di informazioni creditizie"}},
	{[]string{Analyse}, workflow.Text{EN: "the analysis", IT: "l'analisi"}},
	{[]string{Callback, Poll, CancelCall}, workflow.Text{EN: "the service", IT: "il servizio"}},
}

// overtaken are the codes by which a Preparer keeps back what something here has overtaken: nobody on the other side has refused it.
var overtaken = []string{"callback_gone", "consent_ended", "consent_gone", "consent_withdrawn", "read_over", "report_newer", "verification_over", "way_left"}

// other is who is on the other side of a method.
func other(method string) workflow.Text {
	for _, o := range others {
		if slices.Contains(o.methods, method) {
			return o.who
		}
	}
	return workflow.Text{EN: "the bank", IT: "la banca"}
}

// message is what the broker sees of an operation that is not simply going on.
func (o Operation) message() *workflow.Text {
	who := other(o.Method)
	say := func(en, it string) *workflow.Text {
		text := workflow.Text{EN: strings.ReplaceAll(en, "{who}", who.EN), IT: strings.ReplaceAll(it, "{who}", who.IT)}
		text.EN, text.IT = strings.ToUpper(text.EN[:1])+text.EN[1:], strings.ToUpper(text.IT[:1])+text.IT[1:]
		return &text
	}
	kind, code := "", ""
	if o.Error != nil {
		kind, code = o.Error.Kind, o.Error.Code
	}
	switch {
	case o.State == "reconciling":
		return say("Checking with {who} whether it arrived.", "Verifichiamo con {who} se la richiesta è arrivata.")
	case o.State == "queued" && (slices.Contains(notRunning, code) || !o.idleSince.IsZero()):
		return say("The connector is out of service for now. When it is back, this goes on by itself.", "Il connettore al momento è fuori servizio: quando torna disponibile, si prosegue da sé.")
	case o.State == "queued" && (kind == "unavailable" || kind == "timeout"):
		return say("{who} is slow; we keep trying.", "{who} tarda a rispondere: continuiamo a riprovare.")
	case o.State == "waiting_user" && code == Disabled:
		return say("Your agency does not use this connector at present. When an agency admin uses it again under Settings, Connectors, this goes on by itself.", "L'agenzia al momento non usa questo connettore: quando un amministratore lo riattiva in Impostazioni, Connettori, si prosegue da sé.")
	case o.State == "waiting_user" && (kind == "invalid_config" || kind == "unauthenticated"):
		return say("The connection's settings are not right. An agency admin mends them under Settings, Connectors; then this goes on by itself.", "Le impostazioni del collegamento non sono corrette: un amministratore le corregge in Impostazioni, Connettori; poi si prosegue da sé.")
	case o.State == "waiting_user":
		return say("{who} waits for something from you.", "{who} attende qualcosa da voi.")
	case o.State == "failed" && code == withdrawn:
		return say("Taken back before it was sent.", "Ritirata prima dell'invio.")
	case o.State == "failed" && kind == "rejected" && slices.Contains(overtaken, code):
		return say("It was not sent: it is no longer wanted, or may no longer be asked for.", "Non è stata inviata: nel frattempo non serve più, o non si può più chiedere.")
	case o.State == "failed" && kind == "rejected":
		return say("{who} refused the request as it is.", "{who} ha rifiutato la richiesta così com'è.")
	case o.State == "failed" && kind == "contract_drift":
		return say("The way that {who} answers has changed: the connector needs an update.", "È cambiato il modo in cui {who} risponde: il connettore va aggiornato.")
	case o.State == "failed":
		return say("It could not be carried out. It can be tried again under Operations.", "Non è stato possibile completare l'operazione. Si può riprovare da Operazioni.")
	}
	return nil
}
