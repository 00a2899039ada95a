package host

import (
	"bytes"
	"io"
	"sync"
)

// lineAtMost bounds what is kept of a line that does not end.
const lineAtMost = 16 << 10

// lines brings what several connectors print into one writer, whole lines under each connector's name. A nil writer drops it.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) of(name string) io.Writer {
	if l.to == nil {
		return io.Discard
	}
	return &lineWriter{all: l, name: name}
}

type lineWriter struct {
	mu   sync.Mutex
	all  *lines
	name string
	rest []byte
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
		w.all.mu.Lock()
		_, _ = w.all.to.Write(append([]byte(w.name+": "), w.rest[:end+1]...)) // a full disk must not stop a connector
		w.all.mu.Unlock()
		w.rest = append([]byte(nil), w.rest[end+1:]...)
	}
}
