// Command bureau buys credit reports from bureaus whose API speaks the HTTP and JSON that package mockbank describes.
package main

import (
	"encoding/json"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector()) }

func connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{ID: "bureau", Version: "1.0.0", Title: "Credit bureau", ConfigSchema: schema(), Countries: []string{"IT"}, Products: []string{"credit_report"},
			Egress: []string{"{url}"}, DataCategories: []string{"identity", "credit_history"}, CostCents: map[string]int{"RequestReport": 500}, CallbackPaths: []string{ready},
			Messages: map[string]map[string]string{
				"cost":    {"en": "The bureau asks more for a report than this order may cost.", "it": "Il prezzo del report supera la spesa ammessa per questa richiesta."},
				"consent": {"en": "The bureau needs the person's consent: its reference, when it was given, and the text that was agreed to.", "it": "Il sistema di informazioni creditizie richiede il consenso della persona: riferimento, data e testo approvato."},
				"purpose": {"en": "The bureau does not accept this purpose for a report.", "it": "Il sistema di informazioni creditizie non ammette questa finalità per un report."},
			}},
		ValidateConfig:  validate,
		CheckConnection: check,
		HandleCallback:  callback,
		CreditBureau:    bureau{},
	}
}

func schema() json.RawMessage {
	return json.RawMessage(`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "x-title": {"en": "Credit bureau", "it": "Sistema di informazioni creditizie"},
  "type": "object",
  "required": ["url", "token"],
  "additionalProperties": false,
  "properties": {
    "url": {
      "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 500,
      "title": "Address of the bureau", "x-title": {"en": "Address of the bureau", "it": "Indirizzo del sistema di informazioni creditizie"},
      "x-help": {"en": "As the bureau gave it to you, such as https://bureau.example/api", "it": "Come l'ha comunicato il gestore del sistema, ad esempio https://bureau.example/api"}
    },
    "token": {
      "type": "string", "minLength": 1, "maxLength": 2000, "x-secret": true,
      "title": "Access token", "x-title": {"en": "Access token", "it": "Token di accesso"},
      "x-help": {"en": "The bureau issues it to your agency; reports are billed to it.", "it": "Il gestore lo rilascia alla vostra agenzia, cui vengono addebitati i report."}
    },
    "callback_secret": {
      "type": "string", "pattern": "^whsec_[A-Za-z0-9+/=]+$", "maxLength": 200, "x-secret": true, "x-reveal": true,
      "title": "Secret of callbacks", "x-title": {"en": "Secret of callbacks", "it": "Segreto delle notifiche"},
      "x-help": {"en": "With it the bureau signs its news that a report is there. Without it we ask from time to time.", "it": "Con esso il gestore firma l'avviso che un report è pronto. Senza, chiediamo di tanto in tanto."}
    }
  }
}`)
}
