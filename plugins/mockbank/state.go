package mockbank

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// file is an application as a bank keeps it.
type file struct {
	Reference   string               `json:"reference"`
	Key         string               `json:"key"`
	Received    time.Time            `json:"received"`
	Application Application          `json:"application"`
	Answers     map[string]time.Time `json:"answers"` // by item
	Withdrawn   *time.Time           `json:"withdrawn"`
}

// answered tells when the last of the items was answered, and whether all were.
func (f file) answered(items []Item) (last time.Time, complete bool) {
	for _, i := range items {
		at, ok := f.Answers[i.ID]
		if !ok {
			return last, false
		}
		if at.After(last) {
			last = at
		}
	}
	return last, true
}

// operation is what came of a POST.
type operation struct {
	Method      string `json:"method"`
	Reference   string `json:"reference"`
	Fingerprint string `json:"fingerprint"` // of the request
	Resent      int    `json:"resent"`      // how often the request came again after it had been carried out
}

// ledger is all a bank remembers.
type ledger struct {
	Last       int                  `json:"last"` // number of the newest file
	Files      []*file              `json:"files"`
	Operations map[string]operation `json:"operations"` // by idempotency key
}

func (l *ledger) find(reference string) *file {
	for _, f := range l.Files {
		if f.Reference == reference {
			return f
		}
	}
	return nil
}

// snapshot is one file with the ledgers of all banks, so that a bank that is started again has what it had.
type snapshot struct {
	mu    sync.Mutex
	path  string
	parts map[string]json.RawMessage
}

func openSnapshot(path string) (*snapshot, error) {
	s := &snapshot{path: path, parts: map[string]json.RawMessage{}}
	if path == "" {
		return s, nil
	}
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &s.parts); err != nil {
		return nil, fmt.Errorf("%s is no snapshot of the bank; remove it to start anew: %w", path, err)
	}
	return s, nil
}

func (s *snapshot) ledger(bank string) (*ledger, error) {
	out := &ledger{Operations: map[string]operation{}}
	if part, kept := s.parts[bank]; kept {
		if err := json.Unmarshal(part, out); err != nil {
			return nil, fmt.Errorf("%s is no snapshot of the bank; remove it to start anew: %w", s.path, err)
		}
	}
	return out, nil
}

// save replaces the file in one step.
func (s *snapshot) save(bank string, l *ledger) error {
	if s.path == "" {
		return nil
	}
	part, err := json.Marshal(l)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[bank] = part
	body, err := json.Marshal(s.parts)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(s.path), ".mockbank-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = next.Write(body)
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), s.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}
