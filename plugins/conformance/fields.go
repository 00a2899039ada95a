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
	"unicode/utf8"
)

// Which fields have a person's name in them: read off a field's path, written as words ("account owner name" for accountOwner.name, "dbtr nm" for
// <Dbtr><Nm>). Read only.
var (
	// nameAlone: whatever stands around it.
	nameAlone = regexp.MustCompile(`(?:^| )(?:(?:first|last|given|family|middle|maiden|birth|full|person|sur|fore|nick) ?names?|surname|forename|cognome|nominativo|(?:co)?intestatari[oa]|intestazione|nome ?cognome|cognome ?nome|ragione ?sociale)$`)
	// nameOf: of a person that is named before it; or in one word, as ownername. @ stands for who it is.
	nameOf = regexp.MustCompile(`@\S*(?: \S+){0,2} (?:names?|nm|nome|denominazione)$|@(?:s|sur|first|last|given|family|full|cog)?(?:name|nm|nome)$|@(?: names?)? (?:first|last|given|family|middle)$`)
	// named: unless it is something else's.
	named = regexp.MustCompile(`(?:^| )(?:(?:display|legal) ?name|nome)$`)
	thing = regexp.MustCompile(`(?:^| )\S*(?:product|type|file|bank|institution|brand|field|host|street|town|city|country|branch|currency|category|status|scheme|prodott|banca|istitut|filiale|comune|provinci|via|paese)\S*(?: display| legal)? (?:name|nome|denominazione)$|(?:^| )place ?holders?$`)
	// looksLike a name, where the field says a person and no more.
	looksLike = regexp.MustCompile(`^\pL[\pL\pM'’.-]*(?: \pL[\pL\pM'’.-]*){1,5}$`)
	oneWord   = regexp.MustCompile(`^\pL[\pL\pM'’´\x60.-]*$`)
	// who has money or owes it, in both languages, one or more: such a field has nothing else in it, in whatever way it is written.
	holders = []*regexp.Regexp{
		regexp.MustCompile(`\S*(?:owner|holder|debtor[ei]?|creditor[ei]?|dbtr|cdtr|payer|payee|beneficiar(?:y|ies)|originator|remitter|borrower)(?:s\b)?`),
		regexp.MustCompile(`\S*(?:titolar[ei]|intestatari[oaei]?|beneficiari[oae]?|ordinant[ei]|debitor[ei]|mutuatari[oae]?)`),
		regexp.MustCompile(`\S*counter ?part(?:y|ies)|\S*contropart[ei]`),
	}
	// who else: such a field may also have a word for a kind, a role or a program in it.
	roles = []*regexp.Regexp{
		regexp.MustCompile(`\S*(?:sender|recipient|customer|client[ei]?|person[ae]?|people|psu|applicant|guarantor)(?:s\b)?`),
		regexp.MustCompile(`\S*(?:part(?:y|ies)|insured|seller|buyer|vendor|contact|advisor|broker|officer|signator(?:y|ies)|director|employee|employer|tenant|spouse)(?:s\b)?`),
		regexp.MustCompile(`\S*(?:richiedent[ei]|garant[ei]|venditor[ei]|acquirent[ei]|referent[ei]|delegat[oi]|coniug[ei]|soggett[oi])`),
		regexp.MustCompile(`\S*(?:anagrafic(?:a|he)|contraent[ei]|mittent[ei]|destinatari[oi]?)`),
	}
	// kinds of holders, and what stands where nobody does: nobody's name, if there is nothing else.
	kinds = setOf(`@ yes no none null unknown other true false self own joint single sole both first second primary secondary main principal individual
		natural legal private business company corporate retail consumer entity user account bank internal external system test
		si sì nessuno altro altri stesso singolo singoli cointestato cointestati principale privato privati azienda società fisica giuridica utente conto banca`)
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
	if text = somebody(text, holders); strings.HasSuffix(text, "@") {
		return isHolder(value)
	}
	text = somebody(text, roles)
	return nameOf.MatchString(text) || strings.HasSuffix(text, "@") && looksLike.MatchString(strings.TrimSpace(value))
}

// somebody puts @ where the words say who.
func somebody(text string, who []*regexp.Regexp) string {
	for _, one := range who {
		text = one.ReplaceAllString(text, "@")
	}
	return text
}

const nameHas = 12 // words at most, of all who hold an account; what is longer is a text

// isHolder: a holder's field has a name in it, and not an identifier or a kind of holder. It is written in whatever way banks do, with signs and
// figures between names and after them; but one word alone must begin with a capital, and so must what is held together by signs alone.
func isHolder(value string) bool {
	parts := strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;/&+()", r) })
	found, figures, kind := 0, false, true
	for _, part := range parts {
		switch {
		case strings.Trim(part, "0123456789.-") == "":
			figures = true
		case !oneWord.MatchString(part):
			return false
		case len(wordsOf(part)) > 0:
			found++
			kind = kind && kinds[somebody(somebody(strings.ToLower(part), holders), roles)]
		}
	}
	switch {
	case kind, len(parts) > nameHas, found == 1 && (figures || utf8.RuneCountInString(value) < 3): // "Account 12", "IT"
		return false
	}
	first, _ := utf8.DecodeRuneInString(parts[0])
	return !unicode.IsLower(first) || looksLike.MatchString(strings.TrimSpace(strings.ReplaceAll(value, ",", "")))
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
