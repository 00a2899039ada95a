package cashflow

import (
	"embed"
	"encoding/csv"
	"slices"
	"strings"
)

//go:embed tables/*.csv
var tables embed.FS

// pattern is one row of tables/patterns.csv.
type pattern struct {
	kind, rule string
	came       bool
	terms      [][]stem // all of them must be there, each as a phrase
}

// stem is a word, or with open what words begin with.
type stem struct {
	text string
	open bool
}

// lexicon is the tables, ready for use. Read only once built.
type lexicon struct {
	patterns []pattern
	exact    map[string][]int // by the first word of the first term
	open     map[string][]int // the same for stems, by their first three letters
	all      map[string]bool  // every word of the tables
	alone    map[string]bool  // words that are a pattern by themselves
	words    map[string]bool  // those of length slips or more that may be mended: none of gambling's, which are too near to people's names
	typos    map[string]string
	stems    []string
	codes    map[string]code
	mcc      map[string]string // "7995-" → gambling
}

type code struct {
	kind string
	firm bool
}

// fuzzy is the length from which a word may have one letter wrong; shorter ones would meet too many others, and are mended only where
// a letter is doubled or two have changed places, from a length of slips.
const (
	fuzzy = 7
	slips = 5
)

var lex = load()

func load() *lexicon {
	l := &lexicon{exact: map[string][]int{}, open: map[string][]int{}, all: map[string]bool{}, alone: map[string]bool{}, words: map[string]bool{}, typos: map[string]string{}, codes: map[string]code{}, mcc: map[string]string{}}
	for _, r := range rows("patterns.csv") {
		p := pattern{kind: r[0], came: r[1] == "+", rule: r[2]}
		for term := range strings.SplitSeq(r[3], " & ") {
			var phrase []stem
			for w := range strings.FieldsSeq(term) {
				start, end, open := strings.Cut(w, "|")
				phrase = append(phrase, stem{start, open})
				l.learn(start+end, start, open, p.kind != gambling)
			}
			p.terms = append(p.terms, phrase)
		}
		if len(p.terms) == 1 && len(p.terms[0]) == 1 {
			l.alone[p.terms[0][0].text] = true
		}
		n := len(l.patterns)
		l.patterns = append(l.patterns, p)
		if first := p.terms[0][0]; first.open {
			l.open[first.text[:3]] = append(l.open[first.text[:3]], n)
		} else {
			l.exact[first.text] = append(l.exact[first.text], n)
		}
	}
	for w := range filler {
		l.learn(w, w, false, true)
	}
	for _, r := range rows("codes.csv") {
		l.codes[r[0]+" "+r[1]+r[3]] = code{r[2], r[4] == "firm"}
	}
	for _, r := range rows("mcc.csv") {
		l.mcc[r[0]+r[2]] = r[1]
	}
	return l
}

// rows are a table's without its comments and head. The tables are part of the program: one that cannot be read is a defect of
// the build, and TestTables would have said so.
func rows(name string) [][]string {
	f, err := tables.Open("tables/" + name)
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return all[1:]
}

// learn enters a word and what it looks like with a letter missing.
func (l *lexicon) learn(whole, start string, open, mendable bool) {
	l.all[whole] = true
	if open && !slices.Contains(l.stems, start) {
		l.stems = append(l.stems, start)
	}
	if !mendable || len(whole) < slips || l.words[whole] {
		return
	}
	l.words[whole] = true
	for _, less := range shorter(whole) {
		if other, taken := l.typos[less]; !taken || whole < other {
			l.typos[less] = whole
		}
	}
}

// shorter are a word and what remains of it without each of its letters.
func shorter(w string) []string {
	out := []string{w}
	for i := range w {
		out = append(out, w[:i]+w[i+1:])
	}
	return out
}

// known says whether a word is one of the tables' as it stands.
func (l *lexicon) known(w string) bool {
	if l.all[w] || filler[w] {
		return true
	}
	return slices.ContainsFunc(l.stems, func(s string) bool { return strings.HasPrefix(w, s) })
}

// mend gives a word of the tables for one with a letter wrong, missing, too many or swapped with its neighbour.
func (l *lexicon) mend(w string) string {
	if len(w) < slips || l.known(w) || strings.ContainsAny(w, "0123456789") {
		return w
	}
	for _, less := range shorter(w) {
		if whole, ok := l.typos[less]; ok && (len(whole) >= fuzzy && near(w, whole) || slipped(w, whole)) {
			return whole
		}
	}
	return w
}

// near says whether two words differ by one letter, or by two neighbours that changed places.
func near(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

// slipped says whether a word is another with a letter doubled or two neighbours that changed places.
func slipped(w, whole string) bool {
	if !near(w, whole) || len(w) < len(whole) {
		return false
	}
	if len(w) == len(whole) {
		a, b := []byte(w), []byte(whole)
		slices.Sort(a)
		slices.Sort(b)
		return slices.Equal(a, b)
	}
	for i := 1; i < len(w); i++ {
		if w[i] == w[i-1] && w[:i]+w[i+1:] == whole {
			return true
		}
	}
	return false
}

// mended are the words of a text as the tables write them: typing errors mended, words put together that a line's end had
// torn, and a last word that was cut made whole, unless it is a beginning of name's.
func (l *lexicon) mended(t Text, name []string, memo map[string]string) []string {
	out := make([]string, 0, len(t.Words))
	for i := 0; i < len(t.Words); i++ {
		w := t.Words[i]
		if i+1 < len(t.Words) {
			if both := w + t.Words[i+1]; len(both) >= 5 && l.all[both] && !(l.known(w) && l.known(t.Words[i+1])) {
				out = append(out, both)
				i++
				continue
			}
		}
		m, ok := memo[w]
		if !ok {
			m = l.mend(w)
			memo[w] = m
		}
		if t.Cut && i == len(t.Words)-1 && m == w && len(w) >= 5 && !l.known(w) && !slices.ContainsFunc(name, func(n string) bool { return strings.HasPrefix(n, w) }) {
			m = l.whole(w)
		}
		out = append(out, m)
	}
	return out
}

// whole completes a word that was cut, if all the words of the tables that begin like it have the same beginning for long enough.
func (l *lexicon) whole(w string) string {
	best := ""
	for known := range l.words {
		if strings.HasPrefix(known, w) && (best == "" || known < best) {
			best = known
		}
	}
	if best == "" {
		return w
	}
	return best
}

// tell finds the first row that fits words.
func (l *lexicon) tell(words []string, came bool) (kind, rule string) {
	best := len(l.patterns)
	try := func(candidates []int) {
		for _, n := range candidates {
			if n >= best {
				break
			}
			if l.patterns[n].came == came && l.patterns[n].fits(words) {
				best = n
			}
		}
	}
	for _, w := range words {
		try(l.exact[w])
		if len(w) >= 3 {
			try(l.open[w[:3]])
		}
	}
	if best == len(l.patterns) {
		return "", ""
	}
	return l.patterns[best].kind, l.patterns[best].rule
}

func (p pattern) fits(words []string) bool {
	for _, term := range p.terms {
		if !phrase(words, term) {
			return false
		}
	}
	return true
}

func phrase(words []string, term []stem) bool {
	for i := 0; i+len(term) <= len(words); i++ {
		fits := true
		for j, s := range term {
			if w := words[i+j]; w != s.text && !(s.open && strings.HasPrefix(w, s.text)) {
				fits = false
				break
			}
		}
		if fits {
			return true
		}
	}
	return false
}

// tellByCode asks the bank's own codes: those that are firm, or the others.
func (l *lexicon) tellByCode(t *Transaction, firm bool) (kind, rule string) {
	sign := "-"
	if t.AmountCents > 0 {
		sign = "+"
	}
	if c, ok := l.codes["iso "+strings.ToUpper(strings.TrimSpace(t.BankCode))+sign]; ok && c.firm == firm {
		return c.kind, c.kind + ".iso_code"
	}
	if c, ok := l.codes["abi "+abi(t.ProprietaryCode)+sign]; ok && c.firm == firm {
		return c.kind, c.kind + ".abi_code"
	}
	if c, ok := l.codes["purpose "+strings.ToUpper(strings.TrimSpace(t.ProprietaryCode))+sign]; ok && c.firm == firm {
		return c.kind, c.kind + ".purpose_code"
	}
	return "", ""
}

// abi reads the causale of "027", "27" and "27/EMOLUMENTI".
func abi(raw string) string {
	digits := strings.TrimSpace(raw)
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) == 1 {
		return "0" + digits
	}
	if len(digits) > 2 {
		return ""
	}
	return digits
}
