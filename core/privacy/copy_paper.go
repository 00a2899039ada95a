package privacy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/pdf"
)

// Paper is the copy for people to read: everything that the JSON has, under headings in their language.
func (c Copy) Paper(locale string) (pdf.Paper, error) {
	say := func(en, it string) string { return in(Text{EN: en, IT: it}, locale) }
	p := pdf.Paper{Title: say("Copy of your data", "Copia dei tuoi dati"), Lines: []string{c.Agency, c.Subject.DisplayName, say("Issued on ", "Rilasciata il ") + day(c.IssuedAt), "GDPR artt. 15, 20"}}
	raw, err := json.Marshal(c)
	if err != nil {
		return p, err
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return p, err
	}
	for _, part := range []struct{ key, en, it string }{
		{"subject", "Your data", "I tuoi dati"}, {"files", "Your files", "Le tue pratiche"}, {"papers", "Documents", "Documenti"}, {"consents", "Consents", "Consensi"},
		{"requests", "Your requests", "Le tue richieste"}, {"exports", "Earlier copies", "Copie precedenti"}, {"erasure", "Erasure", "Cancellazione"}, {"portal", "Portal", "Portale"},
		{"access", "Who read or changed the data", "Chi ha letto o modificato i dati"}, {"processing", "Purposes, bases, terms, recipients", "Finalità, basi, termini, destinatari"}, {"left_out", "What is not in here", "Che cosa manca"},
	} {
		s := pdf.Section{Title: say(part.en, part.it)}
		flatten(&s, "", tree[part.key], locale)
		if len(s.Rows) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return p, nil
}

// flatten writes a value as rows: a list's elements by number, of a text in both languages the reader's.
func flatten(s *pdf.Section, name string, v any, locale string) {
	switch v := v.(type) {
	case map[string]any:
		if text, both := v[locale].(string); both && len(v) == 2 {
			s.Add(name, text)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			flatten(s, strings.TrimPrefix(name+" · "+word(key, locale), " · "), v[key], locale)
		}
	case []any:
		for i, x := range v {
			flatten(s, strings.TrimSpace(fmt.Sprint(name, " ", i+1)), x, locale)
		}
	case nil:
	case string:
		s.Add(name, short(v))
	case float64:
		s.Add(name, amount(name, v))
	default:
		s.Add(name, fmt.Sprint(v))
	}
}

// short shows an instant to the minute.
func short(v string) string {
	if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return v
}

func amount(name string, v float64) string {
	switch {
	case strings.HasSuffix(name, "cents"):
		return fmt.Sprintf("%.2f €", v/100)
	case strings.HasSuffix(name, "bps"):
		return fmt.Sprintf("%.2f %%", v/100)
	}
	return fmt.Sprint(int64(v))
}

// words are the Italian names of what is in a copy; English ones are the fields' own.
var words = map[string]string{
	"display_name": "nome", "first_name": "nome di battesimo", "last_name": "cognome", "company_name": "ragione sociale", "tax_code": "codice fiscale", "vat_number": "partita IVA",
	"birth_date": "data di nascita", "birth_place": "luogo di nascita", "sex": "sesso", "citizenship": "cittadinanza", "marital_status": "stato civile", "phone": "telefono",
	"addresses": "indirizzi", "employments": "lavoro", "incomes": "redditi", "liabilities": "debiti", "identity_documents": "documenti di identità", "health": "salute", "legal": "protesti e procedimenti",
	"street": "via", "city": "città", "postal_code": "CAP", "province": "provincia", "country": "paese", "employer": "datore di lavoro", "source": "fonte", "lender": "banca", "number": "numero",
	"issued_by": "rilasciato da", "issued_on": "rilasciato il", "expires_on": "scade il", "kind": "tipo", "text": "testo", "role": "ruolo", "state": "stato", "title": "titolo", "history": "storia",
	"notes": "note", "tasks": "attività", "facts": "dati registrati", "properties": "immobili", "submissions": "invii", "address": "indirizzo", "purpose": "finalità", "basis": "base giuridica",
	"kept": "conservazione", "recipients": "destinatari", "datum": "dato", "at": "quando", "by": "da", "why": "perché", "action": "operazione", "file_name": "nome del file", "channel": "canale",
	"risk_profile": "profilo antiriciclaggio", "pep": "persona politicamente esposta", "event": "evento", "reason": "motivo", "created_at": "creato", "updated_at": "modificato",
}

func word(key, locale string) string {
	if it, known := words[key]; known && locale != "en" {
		return it
	}
	return strings.ReplaceAll(key, "_", " ")
}
