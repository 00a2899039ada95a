package redact

import (
	"context"
	"encoding"
	"fmt"
	"log/slog"
	"regexp"
)

// Form is what the value of an attribute looks like.
type Form string

// The forms. Numbers, durations, times and booleans fit every form but Error: they are nobody's.
const (
	ID    Form = "id"    // an id of ours, outside or inside form
	Word  Form = "word"  // a word of ours or of a connector's protocol: lower case letters, digits, dots, dashes
	Name  Form = "name"  // of a method, a program or a version: letters, digits and dots
	Error Form = "error" // rendered by Cause
	Stack Form = "stack" // functions and lines, no arguments
	Path  Form = "path"  // of a stored content or folder: made of ids, or of the operator's settings
)

// Keys are the attributes that a line of the log may have.
var Keys = map[string]Form{
	"actor": ID, "attempt": Word, "cause": Error, "code": Word, "connector": Word, "content": Path, "crashes": Word, "dir": Path, "error": Error, "failures": Word, "host": Word, "how": Word, "id": ID,
	"instance": ID, "item": Word, "job": ID, "kind": Word, "loop": Word, "method": Name, "of": Word, "operation": ID, "outbox": ID, "owner": ID, "pause": Word, "pid": Word,
	"printed": Word, "route": Path, "side_effect": Word, "stack": Stack, "status": Word, "tenant": ID, "took": Word, "topic": Word, "trace_id": ID, "trail": Word, "verdict": Word, "version": Name, "within": Word,
}

var forms = map[Form]*regexp.Regexp{
	ID:    regexp.MustCompile(`^([a-z]{3}_[0-9a-z]{26}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|)$`),
	Word:  regexp.MustCompile(`^[a-z0-9_.:/ -]{0,64}$`),
	Name:  regexp.MustCompile(`^[A-Za-z0-9_./+-]{0,64}$`),
	Stack: regexp.MustCompile(`^goroutine `),
	Path:  regexp.MustCompile(`^[A-Za-z0-9_./ {}-]{0,200}$`),
}

// Handler lets through to next what Keys allows.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ next slog.Handler }

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(clean(a))
		return true
	})
	return h.next.Handle(ctx, out)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	cleaned := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		cleaned[i] = clean(a)
	}
	return handler{h.next.WithAttrs(cleaned)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(name)} }

// clean is the attribute as it may be written. A group's members are judged one by one.
func clean(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		members := make([]any, 0, len(v.Group()))
		for _, m := range v.Group() {
			members = append(members, clean(m))
		}
		return slog.Group(a.Key, members...)
	}
	form, known := Keys[a.Key]
	if !known {
		return slog.String("attribute", Hidden) // its name may be somebody's input too
	}
	return slog.Attr{Key: a.Key, Value: fit(form, v)}
}

func fit(form Form, v slog.Value) slog.Value {
	text := ""
	switch v.Kind() {
	case slog.KindString:
		text = v.String()
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil:
			return v
		case error:
			if form != Error {
				return slog.StringValue(Hidden)
			}
			return slog.StringValue(Cause(x))
		case encoding.TextMarshaler:
			raw, err := x.MarshalText()
			if err != nil {
				return slog.StringValue(Hidden)
			}
			text = string(raw)
		case fmt.Stringer:
			text = x.String()
		default:
			return slog.StringValue(Hidden)
		}
	default: // numbers, durations, times, booleans
		if form == Error {
			return slog.StringValue(Hidden)
		}
		return v
	}
	if pattern := forms[form]; pattern == nil || !pattern.MatchString(text) {
		return slog.StringValue(Hidden)
	}
	return slog.StringValue(text)
}
