package redact

import (
	"fmt"
	"io"
	"log/slog"
)

// Hidden stands where something was left out.
const Hidden = "[hidden]"

// Secret is a text that is never printed: every way to write it gives Hidden.
type Secret string

// Reveal is the text itself.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string   { return Hidden }
func (Secret) GoString() string { return Hidden }

// Format covers every verb of fmt: %q and %x ask no String.
func (Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, Hidden) }

// MarshalText covers JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

// LogValue covers slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(Hidden) }
