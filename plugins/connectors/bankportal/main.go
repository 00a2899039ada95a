// Command bankportal connects to lenders whose portal speaks the HTTP and JSON that package mockbank describes.
package main

import (
	"encoding/json"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector(portal{})) }

func connector(p portal) sdk.Connector {
	return sdk.Connector{
		Describe:        sdk.Description{ID: "bankportal", Version: "1.0.0", Title: "Bank portal", ConfigSchema: schema(), Egress: []string{"{url}"}},
		CheckConnection: p.check,
		BankPortal:      p,
	}
}

func schema() json.RawMessage {
	return json.RawMessage(`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
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
    }
  }
}`)
}
