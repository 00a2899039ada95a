package cashflow

import (
	"regexp"
	"strconv"
	"strings"
)

// longest is how much of a text is read; a bank's is at most 140 characters a line and a few lines.
const longest = 1000

// Text is what a bank wrote, taken apart.
type Text struct {
	Words []string // lower-case letters and digits without accents; "S.R.L." is one word
	Cut   bool     // the last word may lack its end
	Nth   int      // "rata 12 di 60": 12; 0 when it does not say
	Of    int      // "rata 12 di 60": 60
	flat  string
}

// banks cut texts and names at these lengths.
var cuts = map[int]bool{18: true, 20: true, 24: true, 27: true, 30: true, 32: true, 34: true, 35: true, 50: true, 65: true, 70: true, 105: true, 140: true}

var nth = regexp.MustCompile(`\b(?:rata|rate|quota|instalment|installment)\s*(?:numero|num|nr|n|no)?[ .°º:]*(\d{1,3})\s*(?:/|-|di|su|of|\bde\b)\s*(\d{1,3})\b`)

// Read takes a text apart. It never fails, whatever it is given.
func Read(raw string) Text {
	raw = strings.TrimRight(raw, " ")
	if len(raw) > longest {
		raw = raw[:longest]
	}
	var t Text
	t.flat = fold(raw)
	letters := 0
	for range raw {
		letters++
	}
	t.Words = join(strings.FieldsFunc(t.flat, func(r rune) bool { return !word(r) }))
	t.Cut = cuts[letters] && len(t.flat) > 0 && word(rune(t.flat[len(t.flat)-1]))
	if m := nth.FindStringSubmatch(t.flat); m != nil {
		n, _ := strconv.Atoi(m[1])
		of, _ := strconv.Atoi(m[2])
		if n >= 1 && n <= of && of <= 480 {
			t.Nth, t.Of = n, of
		}
	}
	return t
}

func word(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// fold writes a text in lower-case ASCII: accents go, everything else that is no letter or digit of ASCII is a blank or stays
// punctuation.
func fold(raw string) string {
	var out strings.Builder
	out.Grow(len(raw))
	for _, r := range raw {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < 0x20 || r == 0x7f:
			r = ' '
		case r >= 0x80:
			r = plain(r)
		}
		out.WriteByte(byte(r))
	}
	return out.String()
}

// accents of the languages that Italian banks print.
var accents = func() map[rune]rune {
	out := map[rune]rune{}
	for to, from := range map[rune]string{'a': "àáâãäåÀÁÂÃÄÅ", 'c': "çÇ", 'e': "èéêëÈÉÊË", 'i': "ìíîïÌÍÎÏ", 'n': "ñÑ", 'o': "òóôõöÒÓÔÕÖ", 's': "šŠß", 'u': "ùúûüÙÚÛÜ", 'y': "ýÿ", 'z': "žŽ"} {
		for _, r := range from {
			out[r] = to
		}
	}
	return out
}()

func plain(r rune) rune {
	if to, ok := accents[r]; ok {
		return to
	}
	return ' '
}

// join makes one word of letters that stand alone: "s r l" is "srl".
func join(words []string) []string {
	out := words[:0:0]
	alone := false
	for _, w := range words {
		single := len(w) == 1 && w[0] >= 'a'
		if single && alone {
			out[len(out)-1] += w
			continue
		}
		out, alone = append(out, w), single
	}
	return out
}

var withheld = regexp.MustCompile(`(?:cess[a-z]*|quinto|cqs|cqp|deleg[a-z]*|tratt[a-z]*)[^0-9]{0,30}(\d{1,3}(?:\.\d{3})*|\d+)[,.](\d{2})\b`)

// amountWithheld finds "trattenuta cessione eur 250,00" in cents.
func amountWithheld(t Text) (cents int64, ok bool) {
	m := withheld.FindStringSubmatch(t.flat)
	if m == nil {
		return 0, false
	}
	whole, err := strconv.ParseInt(strings.ReplaceAll(m[1], ".", ""), 10, 64)
	part, _ := strconv.ParseInt(m[2], 10, 64)
	if err != nil || whole > 10_000 {
		return 0, false
	}
	return whole*100 + part, true
}
