// Command bankportal connects to lenders whose portal speaks the HTTP and JSON that package mockbank describes.
package main

import (
	"encoding/json"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector(portal{})) }

func connector(p portal) sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{ID: "bankportal", Version: "1.1.0", Title: "Bank portal", ConfigSchema: schema(), Egress: []string{"{url}"}, Countries: []string{"IT"},
			Products: []string{"mortgage"}, DataCategories: []string{"identity", "income", "property", "documents"}, CallbackPaths: []string{"news"}},
		CheckConnection: p.check,
		HandleCallback:  p.callback,
		BankPortal:      p,
	}
}

func schema() json.RawMessage {
	return json.RawMessage(`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "x-title": {"en": "Bank portal", "it": "Portale della banca"},
  "type": "object",
  "required": ["url", "token"],
  "additionalProperties": false,
  "properties": {
    "url": {
      "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 500,
      "title": "Address of the portal", "x-title": {"en": "Address of the portal", "it": "Indirizzo del portale"},
      "x-help": {"en": "As the bank gave it to you, such as https://portal.example/broker", "it": "Come l'ha comunicato la banca, ad esempio https://portal.example/broker"}
    },
    "token": {
      "type": "string", "minLength": 1, "maxLength": 2000, "x-secret": true,
      "title": "Access token", "x-title": {"en": "Access token", "it": "Token di accesso"},
      "x-help": {"en": "The bank issues it to your agency.", "it": "La banca lo rilascia alla vostra agenzia."}
    },
    "callback_secret": {
      "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^whsec_[A-Za-z0-9+/=]+$", "x-secret": true, "x-reveal": true,
      "title": "Secret of callbacks", "x-title": {"en": "Secret of callbacks", "it": "Segreto delle notifiche"},
      "x-help": {"en": "With it the bank signs what it tells on its own. Without it the portal is asked from time to time.", "it": "Con questo la banca firma ciò che comunica di sua iniziativa. Senza, il portale viene interrogato di tanto in tanto."}
    }
  }
}`)
}
