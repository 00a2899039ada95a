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
