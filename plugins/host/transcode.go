package host

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Answers go from the wire to the platform's JSON in one pass, without a message in between: decoding one and writing it
// with protojson cost more than the whole of bare gRPC. What is written is what protojson writes, 64-bit numbers as text; what is
// legal on the wire and no program writes (a field twice, a list in pieces, a group) counts as garbage.

var (
	errWire = errors.New("it is not of the protocol")
	errLong = errors.New("a list has too many lines")
	errText = errors.New("a text is too long")
)

// shape is a message as the transcoder reads it, by field number.
type shape struct {
	fields []*field
	needed uint64 // of the fields: those whose rule does without none
}

type field struct {
	name   string // with quotes and colon, as it is written
	kind   protoreflect.Kind
	list   bool
	stamp  bool // google.protobuf.Timestamp
	bit    uint64
	rule   rule
	inside *shape
}

// shapeOf compiles a message. A message that contains itself there is none.
func shapeOf(d protoreflect.MessageDescriptor) *shape {
	s := &shape{}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if fd.Number() == outcomeField && fd.Name() == "outcome" {
			continue // read as a message
		}
		f := &field{name: strconv.Quote(string(fd.Name())) + ":", kind: fd.Kind(), list: fd.IsList(), bit: 1 << i, rule: rules[fd.FullName()]}
		if fd.IsMap() || i > 63 {
			panic("the transcoder knows no " + string(fd.FullName()))
		}
		if fd.Message() != nil {
			if f.stamp = fd.Message().FullName() == "google.protobuf.Timestamp"; !f.stamp {
				f.inside = shapeOf(fd.Message())
			}
		}
		if f.rule.needed {
			s.needed |= f.bit
		}
		for len(s.fields) <= int(fd.Number()) {
			s.fields = append(s.fields, nil)
		}
		s.fields[fd.Number()] = f
	}
	return s
}

// object appends a message as a JSON object. strict: what a rule needs is there.
func (s *shape) object(out, wire []byte, strict bool) ([]byte, error) {
	var seen uint64
	var open *field // the list that is being written
	lines := 0
	out = append(out, '{')
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			return nil, errWire
		}
		wire = wire[n:]
		var f *field
		if int(number) < len(s.fields) {
			f = s.fields[number]
		}
		if f == nil { // of a later version
			if n = protowire.ConsumeFieldValue(number, kind, wire); n < 0 {
				return nil, errWire
			}
			wire = wire[n:]
			continue
		}
		if f != open {
			if open != nil {
				out, open = append(out, ']'), nil
			}
			if seen&f.bit != 0 {
				return nil, errWire
			}
			if seen != 0 {
				out = append(out, ',')
			}
			seen |= f.bit
			out = append(out, f.name...)
			if f.list {
				out, open, lines = append(out, '['), f, 0
			}
		} else {
			out = append(out, ',')
		}
		if lines++; f.list && lines > linesAtMost {
			return nil, errLong
		}
		var err error
		if out, wire, err = f.value(out, wire, kind); err != nil {
			return nil, err
		}
	}
	if open != nil {
		out = append(out, ']')
	}
	if strict && seen&s.needed != s.needed {
		return nil, errors.New("it lacks what its kind of answer needs")
	}
	return append(out, '}'), nil
}

// value appends one value of a field and returns the rest of the wire.
func (f *field) value(out, wire []byte, kind protowire.Type) ([]byte, []byte, error) {
	switch f.kind {
	case protoreflect.BoolKind, protoreflect.Int32Kind, protoreflect.Int64Kind:
		if kind == protowire.BytesType && f.list { // packed: all lines of the list at once
			packed, n := protowire.ConsumeBytes(wire)
			if n < 0 {
				return nil, nil, errWire
			}
			out, err := f.packed(out, packed)
			return out, wire[n:], err
		}
		number, n := protowire.ConsumeVarint(wire)
		if n < 0 || kind != protowire.VarintType {
			return nil, nil, errWire
		}
		return f.number(out, number), wire[n:], nil
	}
	content, n := protowire.ConsumeBytes(wire)
	if n < 0 || kind != protowire.BytesType {
		return nil, nil, errWire
	}
	out, err := f.content(out, content)
	return out, wire[n:], err
}

func (f *field) packed(out, packed []byte) ([]byte, error) {
	for first := true; len(packed) > 0; first = false {
		number, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return nil, errWire
		}
		if packed = packed[n:]; !first {
			out = append(out, ',')
		}
		out = f.number(out, number)
	}
	return out, nil
}

func (f *field) number(out []byte, v uint64) []byte {
	switch f.kind {
	case protoreflect.BoolKind:
		return strconv.AppendBool(out, v != 0)
	case protoreflect.Int32Kind:
		return strconv.AppendInt(out, int64(int32(v)), 10)
	}
	return append(strconv.AppendInt(append(out, '"'), int64(v), 10), '"')
}

func (f *field) content(out, content []byte) ([]byte, error) {
	if f.rule.holds != nil {
		if err := f.rule.holds(content); err != nil {
			return nil, err
		}
	}
	switch {
	case f.kind == protoreflect.StringKind && f.rule.holds == nil && len(content) > textAtMost:
		return nil, errText
	case f.kind == protoreflect.StringKind:
		return text(out, content)
	case f.kind == protoreflect.BytesKind:
		return append(base64.StdEncoding.AppendEncode(append(out, '"'), content), '"'), nil
	case f.stamp:
		return stamp(out, content)
	}
	return f.inside.object(out, content, true)
}

const hexadecimal = "0123456789abcdef"

// text appends a string as JSON. A NUL is refused: the database has no place for it.
func text(out, s []byte) ([]byte, error) {
	if simple(s) {
		return append(append(append(out, '"'), s...), '"'), nil
	}
	if !utf8.Valid(s) {
		return nil, errWire
	}
	out = append(out, '"')
	for {
		n := plain(s)
		out = append(out, s[:n]...)
		if s = s[n:]; len(s) == 0 {
			return append(out, '"'), nil
		}
		switch c := s[0]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == 0:
			return nil, errNUL
		default:
			out = append(out, '\\', 'u', '0', '0', hexadecimal[c>>4], hexadecimal[c&15])
		}
		s = s[1:]
	}
}

// Eight bytes in one number: one and the highest bit in each.
const each, high = 0x0101010101010101, 0x8080808080808080

// simple tells a text that stands in JSON as it is, as nearly all do: ASCII, without quote and backslash, nothing below the space. It takes a
// third of the time of plain and utf8.Valid. x less a space in each byte has the highest bit where the byte is below the space; x itself has
// it where the byte is not ASCII.
func simple(s []byte) bool {
	if bytes.IndexByte(s, '"') >= 0 || bytes.IndexByte(s, '\\') >= 0 {
		return false
	}
	odd := func(at []byte) uint64 {
		x := binary.LittleEndian.Uint64(at)
		return x - each*' ' | x
	}
	for ; len(s) >= 32; s = s[32:] {
		if (odd(s)|odd(s[8:])|odd(s[16:])|odd(s[24:]))&high != 0 {
			return false
		}
	}
	for _, c := range s {
		if c < ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plain is how many bytes from the start need no escape: none is a quote, a backslash or below the space. Eight are looked at in one
// step, each by the old trick for "is one of these bytes zero": (x - 1) &^ x has its highest bit where x is 0, and below the first of
// those no bit that should not be there.
func plain(s []byte) int {
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(s[n:])
		quote, backslash := x^(each*'"'), x^(each*'\\')
		if found := ((quote-each)&^quote | (backslash-each)&^backslash | (x-each*' ')&^x) & high; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(s) && s[n] >= ' ' && s[n] != '"' && s[n] != '\\' {
		n++
	}
	return n
}

// stamp appends a google.protobuf.Timestamp.
func stamp(out, wire []byte) ([]byte, error) {
	var seconds, nanos int64
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 || kind != protowire.VarintType {
			return nil, errWire
		}
		v, m := protowire.ConsumeVarint(wire[n:])
		if m < 0 {
			return nil, errWire
		}
		wire = wire[n+m:]
		switch number {
		case 1:
			seconds = int64(v)
		case 2:
			nanos = int64(int32(v))
		}
	}
	at := time.Unix(seconds, nanos).UTC()
	if nanos < 0 || nanos > 999_999_999 || seconds < -62135596800 || at.Year() > 9999 {
		return nil, errors.New("an instant is none")
	}
	return append(at.AppendFormat(append(out, '"'), time.RFC3339Nano), '"'), nil
}
