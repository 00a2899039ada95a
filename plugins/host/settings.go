package host

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// settings are a connection's, by name, each as it is written.
type settings map[string]json.RawMessage

// settingsOf reads them; nil: they are no JSON object. Every call does it, for its bank, its places and its secrets. encoding/json goes over
// the text three times, which was a twelfth of a call; what is not as usual (an escape, a list, an object inside) is left to it all the same.
func settingsOf(config []byte) settings {
	if usual, ok := usualSettings(config); ok {
		return usual
	}
	var out settings
	if json.Unmarshal(config, &out) != nil {
		return nil
	}
	return out
}

// usualSettings reads an object of texts without escapes, numbers and words. FuzzSettings holds it to encoding/json.
func usualSettings(s []byte) (settings, bool) {
	s, ok := past(s, '{')
	if !ok {
		return nil, false
	}
	out := settings{}
	if rest, ok := past(s, '}'); ok {
		return out, len(rest) == 0
	}
	for {
		name, rest, ok := token(s)
		if !ok || name[0] != '"' || !utf8.Valid(name) {
			return nil, false
		}
		if s, ok = past(rest, ':'); !ok {
			return nil, false
		}
		value, rest, ok := token(s)
		if !ok {
			return nil, false
		}
		out[string(name[1:len(name)-1])] = value
		if s, ok = past(rest, ','); !ok {
			rest, ok = past(rest, '}')
			return out, ok && len(rest) == 0
		}
	}
}

// past goes past a mark, and the blanks on both sides of it.
func past(s []byte, mark byte) ([]byte, bool) {
	s = bytes.TrimLeft(s, " \t\r\n")
	if len(s) == 0 || s[0] != mark {
		return nil, false
	}
	return bytes.TrimLeft(s[1:], " \t\r\n"), true
}

// token cuts off a text without escapes, a number or a word.
func token(s []byte) (token, rest []byte, ok bool) {
	if len(s) > 0 && s[0] == '"' {
		n := 1 + bytes.IndexByte(s[1:], '"')
		if n == 0 || !simple(s[1:n]) && plain(s[1:n]) != n-1 {
			return nil, nil, false
		}
		return s[:n+1], s[n+1:], true
	}
	n := bytes.IndexAny(s, ",} \t\r\n")
	if n <= 0 {
		return nil, nil, false
	}
	return s[:n], s[n:], json.Valid(s[:n])
}
