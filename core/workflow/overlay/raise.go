package overlay

import (
	"errors"
	"strconv"
	"strings"
)

// Raise writes another version into extends and leaves every other character of the overlay as its author wrote it,
// comments included. It errs when the number does not stand there in plain sight, as behind an alias.
func Raise(source []byte, version int) ([]byte, error) {
	o, found := read(source)
	if len(found) > 0 {
		return nil, errors.New(found[0].Message)
	}
	at := get(o.extendsAt, "version")
	lines := strings.SplitAfter(string(source), "\n")
	if at.Line > len(lines) {
		return nil, errHidden
	}
	line := []rune(lines[at.Line-1])
	start, end := at.Column-1, at.Column-1+len([]rune(at.Value))
	if start < 0 || end > len(line) || string(line[start:end]) != at.Value {
		return nil, errHidden
	}
	lines[at.Line-1] = string(line[:start]) + strconv.Itoa(version) + string(line[end:])
	raised := []byte(strings.Join(lines, ""))
	want := o.extends
	want.Version = version
	if again, found := ReadHeader(raised); len(found) > 0 || again.Key != o.key || again.Extends != want {
		return nil, errHidden
	}
	return raised, nil
}

var errHidden = errors.New("the version of the base does not stand in metadata.extends as a plain number; write the new one there by hand")
