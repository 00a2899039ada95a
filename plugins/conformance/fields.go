package conformance

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Which fields have a person's name in them: read off a field's path, written as words ("account owner name" for accountOwner.name, "dbtr nm" for
// <Dbtr><Nm>). Read only.
var (
	// nameAlone: whatever stands around it.
	nameAlone = regexp.MustCompile(`(?:^| )(?:(?:first|last|given|family|middle|maiden|birth|full|person|sur|fore|nick) ?names?|surname|forename|cognome|nominativo|(?:co)?intestatari[oa]|intestazione|nome ?cognome|cognome ?nome|ragione ?sociale)$`)
	// nameOf: of a person that is named before it; or in one word, as ownername. @ stands for who it is.
	nameOf = regexp.MustCompile(`@\S*(?: \S+){0,2} (?:names?|nm|nome|denominazione)$|@s?(?:name|nm|nome)$`)
	// named: unless it is something else's.
	named = regexp.MustCompile(`(?:^| )(?:(?:display|legal) ?name|nome)$`)
	thing = regexp.MustCompile(`(?:^| )\S*(?:product|type|file|bank|institution|brand|field|host|street|town|city|country|branch|currency|category|status|scheme|prodott|banca|istitut|filiale|comune|provinci|via|paese)\S*(?: display| legal)? (?:name|nome|denominazione)$`)
	// looksLike a name, where the field says a person and no more.
	looksLike = regexp.MustCompile(`^\pL[\pL\pM'’.-]*(?: \pL[\pL\pM'’.-]*){1,5}$`)
	// who, in both languages.
	who = []*regexp.Regexp{
		regexp.MustCompile(`\S*(?:owner|holder|debtor|creditor|dbtr|cdtr|payer|payee|beneficiary|originator|remitter|sender|recipient|customer|client|person|psu|applicant|borrower|guarantor)`),
		regexp.MustCompile(`\S*(?:party|insured|seller|buyer|vendor|contact|advisor|broker|officer|signatory|director|employee|employer|tenant|spouse)`),
		regexp.MustCompile(`\S*(?:titolare|beneficiario|ordinante|debitore|creditore|cliente|richiedente|garante|mutuatario|venditore|acquirente|referente|delegato|coniuge|soggetto)`),
		regexp.MustCompile(`\S*(?:controparte|persona|anagrafica|contraente|mittente|destinatario)`),
	}
)

// namesSomebody: the field at this path has a person's name for its value.
func namesSomebody(path []string, value string) bool {
	text := words(path)
	switch {
	case nameAlone.MatchString(text):
		return true
	case thing.MatchString(text):
		return false
	case named.MatchString(text):
		return true
	}
	for _, somebody := range who {
		text = somebody.ReplaceAllString(text, "@")
	}
	return nameOf.MatchString(text) || strings.HasSuffix(text, "@") && looksLike.MatchString(strings.TrimSpace(value))
}

// words are a path's, small: at what is no letter, and where a capital begins one.
func words(path []string) string {
	var out strings.Builder
	for _, key := range path {
		if _, local, prefixed := strings.Cut(key, ":"); prefixed {
			key = local
		}
		out.WriteByte(' ')
		before := rune(' ')
		for _, r := range key {
			switch {
			case !unicode.IsLetter(r):
				r = ' '
				if before != ' ' {
					out.WriteByte(' ')
				}
			case unicode.IsUpper(r) && unicode.IsLower(before):
				out.WriteByte(' ')
				fallthrough
			default:
				out.WriteRune(unicode.ToLower(r))
			}
			before = r
		}
	}
	return strings.TrimSpace(out.String())
}

// token is a signed one, whose middle anybody can read.
var token = regexp.MustCompile(`eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*`)

// inside is what a signed token says.
func inside(signed string) string {
	text, err := base64.RawURLEncoding.DecodeString(token.FindStringSubmatch(signed)[1])
	if err != nil {
		return ""
	}
	return string(text)
}

// fields shows each field of a body, or of an address: JSON, XML, a form or a query, and what signed tokens in them say. What breaks off, or is
// none of these, is shown as far as it goes.
func fields(text string, see func(path []string, value string)) {
	for _, signed := range token.FindAllString(text, -1) {
		fields(inside(signed), see)
	}
	switch start := strings.TrimLeft(text, " \t\r\n\ufeff"); {
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		in := json.NewDecoder(strings.NewReader(start))
		for {
			var value any
			if in.Decode(&value) != nil {
				return
			}
			inJSON(nil, value, see)
		}
	case strings.HasPrefix(start, "<"):
		inXML(start, see)
	case !strings.ContainsAny(start, " \t\r\n"):
		if _, query, is := strings.Cut(start, "?"); is {
			start = query
		}
		form, _ := url.ParseQuery(start) // what of it can be read
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				leaf([]string{name}, value, see)
			}
		}
	}
}

// leaf is a value; a text that is JSON has fields of its own.
func leaf(path []string, value string, see func([]string, string)) {
	var within any
	if start := strings.TrimSpace(value); (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[")) && json.Unmarshal([]byte(start), &within) == nil {
		inJSON(path, within, see)
		return
	}
	see(path, value)
}

func inJSON(path []string, value any, see func([]string, string)) {
	switch value := value.(type) {
	case string:
		leaf(path, value, see)
	case []any:
		for _, one := range value {
			inJSON(path, one, see)
		}
	case map[string]any:
		for key := range value { // beside a first name, "name" is the same person's
			if nameAlone.MatchString(words([]string{key})) {
				path = append(path[:len(path):len(path)], "person")
				break
			}
		}
		for _, key := range slices.Sorted(maps.Keys(value)) { // the same recording has the same stand-ins
			inJSON(append(path[:len(path):len(path)], key), value[key], see)
		}
	}
}

func inXML(text string, see func([]string, string)) {
	in := xml.NewDecoder(strings.NewReader(text))
	in.Strict, in.AutoClose, in.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	in.CharsetReader = func(_ string, text io.Reader) (io.Reader, error) { return text, nil } // it is UTF-8 by now
	var path []string
	for {
		switch next, err := in.Token(); next := next.(type) {
		case xml.StartElement:
			path = append(path[:len(path):len(path)], next.Name.Local)
			for _, a := range next.Attr {
				see(append(path[:len(path):len(path)], a.Name.Local), a.Value)
			}
		case xml.EndElement:
			path = path[:max(0, len(path)-1)]
		case xml.CharData:
			see(path, string(next))
		default:
			if err != nil {
				return
			}
		}
	}
}
