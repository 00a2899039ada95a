package host

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	lineAtMost  = 16 << 10 // of a line that does not end
	linesSecond = 100      // of one connector; what comes above is counted and left out
	bytesMinute = 1 << 20
)

// lines brings what several connectors print into one writer, whole lines under each connector's name. A nil writer drops it.
type lines struct {
	mu      sync.Mutex
	to      io.Writer
	now     func() time.Time
	flooded func(name string) // told when lines begin to be left out
}

func (l *lines) of(name string) io.Writer { return &lineWriter{all: l, name: name} }

// lineWriter is one connector's. It never fails and never waits for more than the writer behind it: a connector that prints without
// end must neither stop nor fill the operator's disk.
type lineWriter struct {
	mu     sync.Mutex
	all    *lines
	name   string
	rest   []byte
	second window // of lines
	minute window // of bytes
	left   int    // lines left out since the last one that was not
}

// window counts within a fixed span of time.
type window struct {
	since time.Time
	used  int
}

func (w *window) take(n, most int, span time.Duration, now time.Time) bool {
	if now.Sub(w.since) >= span {
		w.since, w.used = now, 0
	}
	if w.used+n > most {
		return false
	}
	w.used += n
	return true
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 && len(w.rest) < lineAtMost {
			return len(p), nil
		}
		if end < 0 {
			w.rest = append(w.rest, '\n')
			end = len(w.rest) - 1
		}
		w.line(w.rest[:end+1])
		w.rest = w.rest[end+1:]
		if len(w.rest) == 0 {
			w.rest = nil
		}
	}
}

func (w *lineWriter) line(text []byte) {
	now := w.all.now()
	if !w.second.take(1, linesSecond, time.Second, now) || !w.minute.take(len(text), bytesMinute, time.Minute, now) {
		if w.left++; w.left == 1 {
			w.all.flooded(w.name)
		}
		return
	}
	if w.left > 0 {
		w.all.write(fmt.Appendf(nil, "%s: (%d lines were left out: it prints too much)\n", w.name, w.left))
		w.left = 0
	}
	w.all.write(append([]byte(w.name+": "), text...))
}

func (l *lines) write(text []byte) {
	if l.to == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.to.Write(text) // a full disk must not stop a connector
}
