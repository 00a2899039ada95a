package scxml

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	doneState  = "done.state."
	maxName    = 100 // of a name in a template
	everyEvent = "*"
)

var (
	looksEscaped = regexp.MustCompile(`^_x[0-9A-F]`)
	plainStart   = regexp.MustCompile(`^[A-Za-z_]`)
	plain        = regexp.MustCompile(`^[A-Za-z0-9_.-]`)
)

// escape makes a name of a template out of an id: what a name may not hold becomes _xHEX_, as does an underscore that
// would look like that. It works letter by letter, so different ids stay different and a prefix stays a prefix.
func escape(id string) string {
	var b strings.Builder
	for i, r := range id {
		rest := id[i:]
		switch {
		case looksEscaped.MatchString(rest), !plain.MatchString(rest), i == 0 && !plainStart.MatchString(rest):
			fmt.Fprintf(&b, "_x%X_", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// descriptor gives an event descriptor in the template's words: "foo", "foo." and "foo.*" are the same to SCXML (3.12.1).
func descriptor(word string) (string, bool) {
	if word == everyEvent {
		return word, true
	}
	word = strings.TrimSuffix(strings.TrimSuffix(word, everyEvent), ".")
	if word == "" || strings.Contains(word, everyEvent) {
		return "", false
	}
	if state, ok := strings.CutPrefix(word, doneState); ok {
		return doneState + escape(state), true
	}
	return escape(word), true
}

var notSlug = regexp.MustCompile(`[^a-z0-9._-]+`)

// key makes a template's key out of a document's name.
func key(name string) string {
	slug := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-._")
	if slug = slug[:min(len(slug), 64)]; slug == "" {
		return "imported"
	}
	return slug
}
