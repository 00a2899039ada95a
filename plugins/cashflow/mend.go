package cashflow

import (
	"slices"
	"strings"
)

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
