package main

import (
	"bytes"
	"regexp"
	"sync"
)

const (
	tailLines = 200 // kept of each connector
	tailWidth = 500 // bytes of a line
)

// personal is what a line of a connector must not tell of a person, and what can be told by its form: e-mail addresses, tax codes,
// accounts, long numbers. Names cannot; authors are asked to print none.
var personal = regexp.MustCompile(`(?i)[^\s"'<>=]+@[^\s"'<>]+|\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b|\d{7,}`)

// tails keep the last lines that connectors print, for `pratica plugin logs`.
type tails struct {
	mu   sync.Mutex
	last map[string][]string
}

func newTails() *tails { return &tails{last: map[string][]string{}} }

// Write takes one line, "name: text".
func (t *tails) Write(line []byte) (int, error) {
	name, text, _ := bytes.Cut(bytes.TrimRight(line, "\n"), []byte(": "))
	kept := personal.ReplaceAllString(string(text[:min(len(text), tailWidth)]), "[…]")
	t.mu.Lock()
	defer t.mu.Unlock()
	all := append(t.last[string(name)], kept)
	t.last[string(name)] = all[max(0, len(all)-tailLines):]
	return len(line), nil
}

func (t *tails) of(name string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.last[name]...)
}
