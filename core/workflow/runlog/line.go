package runlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/core/workflow"
)

// LogLine is one line of a log: facts are merged, then the event (if any) is sent.
type LogLine struct {
	Case    string         `json:"case"`
	Event   string         `json:"event"`
	At      string         `json:"at"`
	Actor   workflow.Actor `json:"actor"`
	Facts   map[string]any `json:"facts"`
	Payload map[string]any `json:"payload"`
	Reason  string         `json:"reason"`
}

// lineDecoder reads log lines. encoding/json says what a line means; what nearly every line looks like (keys as documented,
// each once, numbers whole and of at most fifteen digits) is read here in a tenth of its time, and all else is left to it.
type lineDecoder struct {
	text  []byte
	pos   int
	depth int
	words map[string]any // texts seen before, boxed: a log says the same words over and over
}

// maxWords bounds the texts remembered; a log of free text simply repeats itself less.
const maxWords = 1 << 14

func newLineDecoder() *lineDecoder { return &lineDecoder{words: map[string]any{}} }

// decode reads one line, or says in what it is not a JSON object of the form.
func (d *lineDecoder) decode(text []byte) (LogLine, error) {
	if line, ok := d.usual(text); ok {
		return line, nil
	}
	var line LogLine
	if err := json.Unmarshal(text, &line); err != nil {
		return line, errors.New("not a JSON object of the expected form: " + jsonProblem(err))
	}
	return line, nil
}

func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s is a %s", kind.Field, kind.Value)
	}
	return err.Error()
}

// usual is ok only when encoding/json would read the same.
func (d *lineDecoder) usual(text []byte) (line LogLine, ok bool) {
	d.text, d.pos, d.depth = text, 0, 0
	given := 0
	ok = d.object(func(key []byte) bool {
		before := given
		switch string(key) {
		case "case":
			given |= 1
			ok = d.string(&line.Case)
		case "event":
			given |= 2
			ok = d.known(&line.Event)
		case "at":
			given |= 4
			ok = d.string(&line.At)
		case "reason":
			given |= 8
			ok = d.string(&line.Reason)
		case "actor":
			given |= 16
			ok = d.actor(&line.Actor)
		case "facts":
			given |= 32
			ok = d.fields(&line.Facts)
		case "payload":
			given |= 64
			ok = d.fields(&line.Payload)
		}
		return ok && given != before // neither unknown nor given twice
	})
	return line, ok && d.peek() == 0 && d.pos == len(text)
}

func (d *lineDecoder) actor(into *workflow.Actor) bool {
	return d.object(func(key []byte) bool {
		switch string(key) {
		case "id":
			return into.ID == "" && d.known(&into.ID)
		case "roles":
			if into.Roles != nil {
				return false
			}
			into.Roles = []string{}
			return d.array(func() bool {
				into.Roles = append(into.Roles, "")
				return d.known(&into.Roles[len(into.Roles)-1])
			})
		}
		return false
	})
}

func (d *lineDecoder) fields(into *map[string]any) bool {
	out := map[string]any{}
	*into = out
	return d.object(func(key []byte) bool {
		name := d.word(key).(string)
		v, ok := d.value()
		out[name] = v
		return ok
	})
}

// value reads what a fact or a member of a payload may be.
func (d *lineDecoder) value() (any, bool) {
	switch c := d.peek(); {
	case c == '"':
		text, ok := d.plain()
		return d.word(text), ok
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case c == '{':
		var out map[string]any
		ok := d.fields(&out)
		return out, ok
	case c == '[':
		out := []any{}
		ok := d.array(func() bool {
			v, ok := d.value()
			out = append(out, v)
			return ok
		})
		return out, ok
	case d.literal("true"):
		return true, true
	case d.literal("false"):
		return false, true
	}
	return nil, d.literal("null")
}

// object reads a mapping; member is called after each colon.
func (d *lineDecoder) object(member func(key []byte) bool) bool {
	return d.listed('{', '}', func() bool {
		key, ok := d.plain()
		return ok && d.next(':') && member(key)
	})
}

func (d *lineDecoder) array(item func() bool) bool { return d.listed('[', ']', item) }

func (d *lineDecoder) listed(first, last byte, one func() bool) bool {
	if d.depth++; d.depth > 100 || !d.next(first) {
		return false
	}
	defer func() { d.depth-- }()
	if d.next(last) {
		return true
	}
	for one() {
		if !d.next(',') {
			return d.next(last)
		}
	}
	return false
}

// number reads an integer that a float64, which is what encoding/json makes of it, holds exactly.
func (d *lineDecoder) number() (any, bool) {
	negative := d.next('-')
	digits := d.pos
	n := int64(0)
	for ; d.pos < len(d.text) && d.text[d.pos] >= '0' && d.text[d.pos] <= '9' && d.pos-digits < 16; d.pos++ {
		n = n*10 + int64(d.text[d.pos]-'0')
	}
	size := d.pos - digits
	if size == 0 || size > 15 || size > 1 && d.text[digits] == '0' {
		return nil, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// string reads a text, or null, which changes nothing.
func (d *lineDecoder) string(into *string) bool {
	if d.peek() != '"' {
		return d.literal("null")
	}
	text, ok := d.plain()
	*into = string(text)
	return ok
}

// known is string for what comes again and again.
func (d *lineDecoder) known(into *string) bool {
	if d.peek() != '"' {
		return d.literal("null")
	}
	text, ok := d.plain()
	*into, _ = d.word(text).(string)
	return ok
}

func (d *lineDecoder) word(text []byte) any {
	if v, seen := d.words[string(text)]; seen {
		return v
	}
	var v any = string(text)
	if len(d.words) < maxWords && len(text) <= 64 {
		d.words[v.(string)] = v
	}
	return v
}

// plain reads a text without escapes.
func (d *lineDecoder) plain() ([]byte, bool) {
	if !d.next('"') {
		return nil, false
	}
	start, ascii := d.pos, true
	for ; d.pos < len(d.text); d.pos++ {
		switch c := d.text[d.pos]; {
		case c == '"':
			text := d.text[start:d.pos]
			d.pos++
			return text, ascii || utf8.Valid(text)
		case c == '\\' || c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

func (d *lineDecoder) space() {
	for d.pos < len(d.text) && (d.text[d.pos] == ' ' || d.text[d.pos] == '\t' || d.text[d.pos] == '\r' || d.text[d.pos] == '\n') {
		d.pos++
	}
}

// peek is the next byte that is not space; 0 at the end.
func (d *lineDecoder) peek() byte {
	if d.space(); d.pos < len(d.text) {
		return d.text[d.pos]
	}
	return 0
}

func (d *lineDecoder) next(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.pos++
	return true
}

func (d *lineDecoder) literal(word string) bool {
	d.space()
	if d.pos+len(word) > len(d.text) || string(d.text[d.pos:d.pos+len(word)]) != word {
		return false
	}
	d.pos += len(word)
	return true
}
