// Command berlingroup reads accounts at banks that speak the Berlin Group's NextGenPSD2 framework, 1.3.6 to 1.3.11.
//
// People confirm at the bank, by redirect or in its app; embedded confirmation, where the platform would see their password, is not
// offered. A bank may want a consent for each account: the set grows as the person confirms one after the other.
package main

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector()) }

func connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{ID: "berlingroup", Version: "1.0.0", Title: "Berlin Group accounts", ConfigSchema: schema(),
			Egress: []string{"{url}"}, DataCategories: []string{"accounts", "income"}, CallsPerMinute: 600, Burst: 60, // a consent set is some dozens of requests
			CallbackPaths: []string{notification}, Messages: messages},
		CheckConnection: check,
		HandleCallback:  notified,
		OpenBanking:     reader{},
	}
}

// reader implements sdk.OpenBanking.
type reader struct {
	sdk.UnimplementedOpenBanking
}

// messages are what brokers read where the kind's own words say too little.
var messages = map[string]map[string]string{
	"sca_unsupported": {"en": "The bank wants the person's password typed here, or a way to confirm that is not supported.", "it": "La banca vuole che la password sia digitata qui, o una conferma non supportata."},
	"period":          {"en": "The bank does not look back that far while the person is away.", "it": "La banca non guarda così indietro in assenza della persona."},
	"certificate":     {"en": "The bank does not take the agency's certificate.", "it": "La banca non accetta il certificato dell'agenzia."},
}

// settings are a connection's, by the schema. Token, certificate and seal are handles.
type settings struct {
	URL         string `json:"url"`
	Version     string `json:"version"`
	Token       string `json:"token"`
	Certificate string `json:"certificate"`
	Seal        string `json:"seal"`
	PerAccount  bool   `json:"consent_per_account"`
	OwnerName   bool   `json:"owner_name"`
	Secret      string `json:"notification_secret"` // itself
}

func schema() json.RawMessage {
	return json.RawMessage(`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "x-title": {"en": "Berlin Group accounts", "it": "Conti Berlin Group"},
  "type": "object",
  "required": ["url"],
  "additionalProperties": false,
  "properties": {
    "url": {
      "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 500,
      "title": "Address of the interface", "x-title": {"en": "Address of the interface", "it": "Indirizzo dell'interfaccia"},
      "x-help": {"en": "What stands before /v1 in the bank's documentation, such as https://api.bank.example/psd2", "it": "Ciò che precede /v1 nella documentazione della banca, ad esempio https://api.bank.example/psd2"}
    },
    "version": {
      "type": "string", "enum": ["1.3.6", "1.3.7", "1.3.8", "1.3.9", "1.3.10", "1.3.11"], "default": "1.3.11",
      "title": "Version", "x-title": {"en": "Version of the framework", "it": "Versione del framework"},
      "x-help": {"en": "As the bank's documentation names it.", "it": "Come la indica la documentazione della banca."}
    },
    "token": {
      "type": "string", "minLength": 1, "maxLength": 4000, "x-secret": true,
      "title": "Access token", "x-title": {"en": "Access token", "it": "Token di accesso"},
      "x-help": {"en": "Only where the bank has issued one to your agency.", "it": "Solo se la banca ne ha rilasciato uno alla vostra agenzia."}
    },
    "certificate": {
      "type": "string", "maxLength": 20000, "x-secret": true, "x-certificate": "qwac",
      "title": "Certificate (QWAC)", "x-title": {"en": "Certificate for the connection (QWAC)", "it": "Certificato di connessione (QWAC)"},
      "x-help": {"en": "Certificate and key as PEM, one after the other.", "it": "Certificato e chiave in PEM, uno dopo l'altra."}
    },
    "seal": {
      "type": "string", "maxLength": 20000, "x-secret": true, "x-certificate": "qseal",
      "title": "Seal (QSEAL)", "x-title": {"en": "Certificate for signatures (QSEAL)", "it": "Certificato di firma (QSEAL)"},
      "x-help": {"en": "Certificate and key as PEM, where the bank wants requests signed.", "it": "Certificato e chiave in PEM, se la banca vuole richieste firmate."}
    },
    "consent_per_account": {
      "type": "boolean", "default": false,
      "title": "A consent for each account", "x-title": {"en": "The bank wants a consent for each account", "it": "La banca vuole un consenso per ogni conto"},
      "x-help": {"en": "The person then confirms once for the list of accounts and once for each of them.", "it": "La persona conferma allora una volta per l'elenco dei conti e una per ciascuno."}
    },
    "owner_name": {
      "type": "boolean", "default": false,
      "title": "Name of the owner", "x-title": {"en": "Ask for the owner's name", "it": "Chiedere il nome dell'intestatario"},
      "x-help": {"en": "Not every bank supports it.", "it": "Non tutte le banche lo supportano."}
    },
    "notification_secret": {
      "type": "string", "pattern": "^whsec_", "maxLength": 200, "x-secret": true, "x-reveal": true,
      "title": "Secret of notifications", "x-title": {"en": "Secret of the bank's notifications", "it": "Segreto delle notifiche della banca"},
      "x-help": {"en": "Where the bank tells of changes, signed as Standard Webhooks. Without it the platform asks by itself.", "it": "Se la banca avvisa dei cambiamenti, con firma Standard Webhooks. Senza, è la piattaforma a chiedere."}
    }
  }
}`)
}

// nowhere is a consent that no bank has.
const nowhere = "00000000-0000-4000-8000-000000000000"

// check looks whether the bank is there and knows us: asked for a consent it has not, it must say so.
func check(ctx context.Context, call sdk.Call) error {
	err := ask(ctx, call, request{method: "GET", path: []string{"consents", nowhere, "status"}}, nil)
	if said, is := failure(err); is && (said.Code == "consent.unknown" || said.Code == "resource.unknown" || said.Code == "consent.invalid") {
		return nil
	}
	if err == nil {
		return drift("consent")
	}
	return err
}
