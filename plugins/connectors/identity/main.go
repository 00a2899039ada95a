// Command identity has people prove who they are with SPID or CIE, by OpenID Connect as the Italian identity providers speak it: code
// flow with PKCE, the request as an object signed by the agency's key, the agency known at the token endpoint by the same key.
package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector()) }

func connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{ID: "identity", Version: "1.0.0", Title: "SPID and CIE", ConfigSchema: schema(), Countries: []string{"IT"},
			Egress: []string{"{spid}", "{cie}"}, DataCategories: []string{"identity"},
			Messages: map[string]map[string]string{
				"cancelled": {"en": "The person did not go through with it at the identity provider.", "it": "La persona ha interrotto l'autenticazione presso il gestore di identità."},
				"too_low":   {"en": "The identity provider vouches for less than was asked for.", "it": "Il gestore di identità garantisce un livello inferiore a quello richiesto."},
			}},
		ValidateConfig:  validate,
		CheckConnection: check,
		Identity:        identity{},
	}
}

func schema() json.RawMessage {
	return json.RawMessage(`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "x-title": {"en": "SPID and CIE", "it": "SPID e CIE"},
  "type": "object",
  "required": ["client_id", "key"],
  "anyOf": [{"required": ["spid"]}, {"required": ["cie"]}],
  "additionalProperties": false,
  "properties": {
    "spid": {
      "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 500,
      "title": "SPID provider", "x-title": {"en": "SPID provider", "it": "Gestore SPID"},
      "x-help": {"en": "The issuer's address, as its metadata has it.", "it": "L'indirizzo dell'issuer, come nei suoi metadati."}
    },
    "cie": {
      "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 500,
      "title": "CIE provider", "x-title": {"en": "CIE provider", "it": "Gestore CIE"},
      "x-help": {"en": "The issuer's address, as its metadata has it.", "it": "L'indirizzo dell'issuer, come nei suoi metadati."}
    },
    "client_id": {
      "type": "string", "minLength": 1, "maxLength": 500,
      "title": "Client id", "x-title": {"en": "Client id", "it": "Client id"},
      "x-help": {"en": "Under which the agency is registered with the federation.", "it": "Con cui l'agenzia è registrata nella federazione."}
    },
    "key": {
      "type": "string", "minLength": 1, "maxLength": 8000, "x-secret": true, "x-reveal": true,
      "title": "Private key", "x-title": {"en": "Private key", "it": "Chiave privata"},
      "x-help": {"en": "RSA in PEM form (PKCS #8). It signs requests, so the connector must see it.", "it": "RSA in formato PEM (PKCS #8). Firma le richieste, perciò il connettore deve vederla."}
    }
  }
}`)
}

// settings are a connection's, by the schema.
type settings struct {
	SPID     string `json:"spid"`
	CIE      string `json:"cie"`
	ClientID string `json:"client_id"`
	Key      string `json:"key"`
}

func settingsOf(call sdk.Call) (settings, error) {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	return s, nil
}

// issuers are those of the settings, by provider.
func (s settings) issuers() map[string]string {
	out := map[string]string{}
	for name, address := range map[string]string{"spid": s.SPID, "cie": s.CIE} {
		if address != "" {
			out[name] = address
		}
	}
	return out
}

func validate(_ context.Context, call sdk.Call) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	if _, err := keyOf(s); err != nil {
		return err
	}
	return nil
}

// check looks whether the issuers are who they are said to be, and speak what is needed.
func check(ctx context.Context, call sdk.Call) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	if _, err := keyOf(s); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.issuers())) {
		if _, err := discover(ctx, call, s.issuers()[name]); err != nil {
			return err
		}
	}
	return nil
}
