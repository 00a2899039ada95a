package conformance

import (
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	hostegress "github.com/pratica-crm/pratica/plugins/egress"
)

// names are people's, as a recording came upon them, word by word; and what stands for each: NameA, NameB, the same everywhere.
//
// Where a name comes from decides. What settings or answers say is somebody's. What the connector says before it was told is the kit's own, which
// is invented, or stands in the connector's source: it stays as it is, and so a replay, which starts from the cassette's settings and from the kit,
// says the same again. A word is searched without regard to accents, capitals and the way the text is written; whole words, in values.
type names struct {
	standIn map[string]string // by folded word
	own     map[string]bool   // what the connector said before it was told
	told    map[string]bool   // what settings and answers said, in whatever field
	places  []string          // where names were found
}

func newNames() *names {
	n := &names{standIn: map[string]string{}, own: map[string]bool{}, told: map[string]bool{}}
	for _, canary := range canaries {
		for _, word := range wordsOf(canary + " Canary" + canary) {
			n.own[word] = true
		}
	}
	return n
}

// notNames are words of names that are nobody's: particles, titles, forms of companies. Read only.
var notNames = func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(`de del dello della delle dei degli di da dal dalla la le van von der den zu und the and of et ed mr mrs ms sig sigra signor signora dott dottssa dr avv ing geom rag
		srl srls spa snc sas ltd inc gmbh ag soc societa ditta individuale impresa azienda banca bank`) {
		out[word] = true
	}
	return out
}()

// settings learns from a connection's.
func (n *names) settings(config map[string]any) {
	inJSON(nil, config, func(path []string, value string) {
		n.hear(value)
		n.learn("the setting", path, value)
	})
}

// exchange learns from what was asked, and then from what was answered.
func (n *names) exchange(e hostegress.Recorded) {
	for _, text := range []string{e.Path, e.Request()} {
		fields(text, func(path []string, value string) {
			if namesSomebody(path, value) {
				for _, word := range wordsOf(value) {
					if !n.told[word] && n.standIn[word] == "" {
						n.own[word] = true
					}
				}
			}
			n.learn("what is sent with "+e.Method, path, value)
		})
	}
	answer := e.Answer()
	for _, values := range e.Headers {
		answer += "\n" + strings.Join(values, "\n")
	}
	n.hear(answer)
	see := func(path []string, value string) { n.learn("the answer to "+e.Method, path, value) }
	fields(e.Answer(), see)
	for _, values := range e.Headers {
		for _, value := range values {
			fields(value, see)
		}
	}
	for _, signed := range token.FindAllString(answer, -1) {
		for _, p := range personal {
			if p.pattern.MatchString(inside(signed)) {
				n.place(fmt.Sprintf("a signed token in the answer to %s has %s in it", e.Method, p.what))
			}
		}
	}
}

// hear keeps what was told.
func (n *names) hear(text string) {
	for _, w := range wordsIn(text) {
		n.told[w.folded] = true
		n.told[w.folded[w.soft:]] = true
	}
}

// learn takes the words of a value for names, if the field says so.
func (n *names) learn(where string, path []string, value string) {
	if len(path) == 0 || !namesSomebody(path, value) {
		return
	}
	for _, word := range wordsOf(value) {
		if n.own[word] || standsIn.MatchString(word) {
			continue
		}
		if n.standIn[word] == "" {
			n.standIn[word] = "Name" + letters(len(n.standIn))
		}
		n.place(fmt.Sprintf("%s has a person's name in it, in the field %q", where, path[len(path)-1]))
	}
}

var standsIn = regexp.MustCompile(`^name[a-z]{1,2}$`)

func (n *names) place(where string) {
	if !slices.Contains(n.places, where) {
		n.places = append(n.places, where)
	}
}

// letters count in letters: A to Z, AA, and so on.
func letters(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return letters(n/26-1) + string(rune('A'+n%26))
}

// wordsOf are the words that a name is found by: each that is not a single letter or nobody's; and those that are written as one, as a
// bank that has no apostrophes writes D'Angelo, or one that has no spaces all of it.
func wordsOf(name string) []string {
	found := map[string]bool{}
	var whole, chunk string
	for part := range strings.FieldsSeq(name) {
		chunk = ""
		for _, w := range wordsIn(part) {
			if word := w.folded; utf8.RuneCountInString(word) > 1 && !notNames[word] {
				found[word] = true
			}
			chunk += w.folded
		}
		if whole += chunk; utf8.RuneCountInString(chunk) > 2 && !notNames[chunk] {
			found[chunk] = true
		}
	}
	if utf8.RuneCountInString(whole) > 3 && len(found) > 0 {
		found[whole] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// replace puts stand-ins for names, and for signed tokens that say somebody's. The rest stays as it is, to the byte.
func (n *names) replace(text string) string {
	text = token.ReplaceAllStringFunc(text, func(signed string) string {
		said := inside(signed)
		if n.replace(said) != said || slices.ContainsFunc(personal, func(p private) bool { return p.pattern.MatchString(said) }) {
			return "redacted-token"
		}
		return signed
	})
	var out strings.Builder
	keys, done := keysOf(text), 0
	for _, w := range wordsIn(text) {
		stand, at := n.standIn[w.folded], w.from
		if stand == "" && w.soft > 0 {
			stand, at = n.standIn[w.folded[w.soft:]], w.from+w.soft
		}
		raw := text[at:w.to]
		if stand == "" || len(raw) < 3 && raw == strings.ToLower(raw) { // "li" is a word, Li a name
			continue
		}
		for len(keys) > 0 && keys[0][1] < w.to {
			keys = keys[1:]
		}
		if len(keys) > 0 && keys[0][0] <= at {
			continue
		}
		switch raw {
		case strings.ToUpper(raw):
			stand = strings.ToUpper(stand)
		case strings.ToLower(raw):
			stand = strings.ToLower(stand)
		}
		out.WriteString(text[done:at])
		out.WriteString(stand)
		done = w.to
	}
	return out.String() + text[done:]
}

// inSettings are settings with stand-ins in the values.
func (n *names) inSettings(value any) any {
	switch value := value.(type) {
	case string:
		return n.replace(value)
	case []any:
		for i := range value {
			value[i] = n.inSettings(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = n.inSettings(value[key])
		}
	}
	return value
}

// Where fields' names stand, which are not replaced: a field is called "conti" also where somebody's name is Conti.
var (
	jsonKeys = regexp.MustCompile(`"(?:[^"\\]|\\.)*"\s*:`)
	xmlKeys  = regexp.MustCompile(`</?[\pL_][\pL\pN_:.-]*|\s[\pL_][\pL\pN_:.-]*=`)
	formKeys = regexp.MustCompile(`(?:^|[?&])[^=&?]*=`)
)

func keysOf(text string) [][]int {
	switch start := strings.TrimLeft(text, " \t\r\n\ufeff"); {
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		return jsonKeys.FindAllStringIndex(text, -1)
	case strings.HasPrefix(start, "<"):
		return xmlKeys.FindAllStringIndex(text, -1)
	case !strings.ContainsAny(start, " \t\r\n"):
		return formKeys.FindAllStringIndex(text, -1)
	}
	return nil
}

// word is a run of letters in a text.
type word struct {
	folded   string
	from, to int // in bytes of the text as it is written
	soft     int // bytes it begins with that may be an escape's in a text within a text: the n of \\n
}

// wordsIn reads a text's words through whatever it is written in: escapes of JSON, per cent signs, entities.
func wordsIn(text string) (out []word) {
	var w word
	open, form := false, !strings.ContainsAny(text, " \t\r\n<{")
	for at := 0; at < len(text); {
		r, size := letterAt(text[at:], form)
		switch {
		case unicode.Is(unicode.Mn, r): // belongs to the letter before it
			if open {
				w.to = at + size
			}
		case unicode.IsLetter(r):
			if !open {
				w = word{from: at}
				if size == 1 && strings.ContainsRune("bfnrt", r) {
					slashes := at - len(strings.TrimRight(text[:at], `\\`))
					if slashes%2 == 1 { // an escape: \nRossi is Rossi
						break
					}
					w.soft = min(slashes, 1)
				}
				open = true
			}
			w.folded += fold(r)
			w.to = at + size
		case open:
			out, open = append(out, w), false
		}
		at += size
	}
	if open {
		out = append(out, w)
	}
	return out
}

var (
	escape = regexp.MustCompile(`^\\+u([0-9A-Fa-f]{4})`)
	cents  = regexp.MustCompile(`^(?:%[0-9A-Fa-f]{2}){1,4}`)
	entity = regexp.MustCompile(`^&#?\w{2,8};`)
)

// letterAt is the rune a text begins with, and how many bytes it is written in.
func letterAt(text string, form bool) (rune, int) {
	switch text[0] {
	case '\\':
		if found := escape.FindStringSubmatch(text); found != nil {
			var r rune
			if _, err := fmt.Sscanf(found[1], "%x", &r); err == nil {
				return r, len(found[0])
			}
		}
	case '%':
		if found := cents.FindString(text); found != "" {
			said, _ := url.PathUnescape(found) // it is well formed
			if r, size := utf8.DecodeRuneInString(said); r != utf8.RuneError {
				return r, 3 * size
			} else if form {
				return rune(said[0]), 3 // ISO-8859-1
			}
		}
	case '&':
		if found := entity.FindString(text); found != "" {
			if said := html.UnescapeString(found); said != found {
				r, _ := utf8.DecodeRuneInString(said)
				return r, len(found)
			}
		}
	}
	return utf8.DecodeRuneInString(text)
}

// others are letters that are no other with an accent. Read only.
var others = map[rune]string{'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe", 'ı': "i"}

// fold is a letter small and without accents.
func fold(r rune) string {
	if r < utf8.RuneSelf {
		return string(unicode.ToLower(r))
	}
	var out strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		part = unicode.ToLower(part)
		if other, is := others[part]; is {
			out.WriteString(other)
		} else if unicode.IsLetter(part) {
			out.WriteRune(part)
		}
	}
	return out.String()
}
