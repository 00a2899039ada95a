package conformance

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

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
					slashes := at - len(strings.TrimRight(text[:at], "\\"))
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
