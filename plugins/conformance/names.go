package conformance

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
var notNames = setOf(`de del dello della delle dei degli di da dal dalla la le van von der den zu und the and of et ed mr mrs ms sig sigra signor signora ra dott dottssa ssa dr avv ing geom rag
	srl srls spa snc sas ltd inc gmbh ag soc societa ditta individuale impresa azienda banca bank`)

// setOf are the words of a text.
func setOf(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		out[word] = true
	}
	return out
}

// settings learns from a connection's.
func (n *names) settings(config map[string]any) {
	inJSON(nil, config, func(path []string, value string) {
		n.hear(value)
		n.learn("a setting", path, value)
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
	said := []string{e.Answer()}
	for _, header := range slices.Sorted(maps.Keys(e.Headers)) {
		said = append(said, e.Headers[header]...)
	}
	for _, text := range said {
		n.hear(text)
		fields(text, func(path []string, value string) { n.learn("the answer to "+e.Method, path, value) })
		for _, signed := range token.FindAllString(text, -1) {
			for _, p := range personal {
				if p.pattern.MatchString(inside(signed)) {
					n.place(fmt.Sprintf("a signed token in the answer to %s has %s in it", e.Method, p.what))
				}
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
	xmlTags  = regexp.MustCompile(`<[^<>]*>?`)
	xmlKeys  = regexp.MustCompile(`^</?[\pL_][\pL\pN_:.-]*|\s[\pL_][\pL\pN_:.-]*\s*=\s*["']`)
	formKeys = regexp.MustCompile(`(?:^|&)[^=&]*=`)
)

func keysOf(text string) (out [][]int) {
	switch start := strings.TrimLeft(text, " \t\r\n\ufeff"); {
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		return jsonKeys.FindAllStringIndex(text, -1)
	case strings.HasPrefix(start, "<"):
		for _, tag := range xmlTags.FindAllStringIndex(text, -1) {
			out = append(out, within(text, tag[0], tag[1], xmlKeys)...)
		}
		return out
	case strings.ContainsAny(start, " \t\r\n"):
		return nil
	case strings.HasPrefix(text, "/"), strings.Contains(text, "://"): // an address: after its path
		path, _, _ := strings.Cut(text, "?")
		return within(text, min(len(path)+1, len(text)), len(text), formKeys)
	}
	return formKeys.FindAllStringIndex(text, -1)
}

// within is where a pattern is found in a part of a text.
func within(text string, from, to int, pattern *regexp.Regexp) [][]int {
	spans := pattern.FindAllStringIndex(text[from:to], -1)
	for _, span := range spans {
		span[0], span[1] = span[0]+from, span[1]+from
	}
	return spans
}
