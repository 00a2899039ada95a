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
	Accepted    *time.Time           `json:"accepted,omitempty"` // the counter-offer
	Declined    *time.Time           `json:"declined,omitempty"`
	Messages    []Message            `json:"messages,omitempty"` // that somebody wrote
	Log         []Entry              `json:"log,omitempty"`      // what the broker did
	Callback    string               `json:"callback,omitempty"` // address that hears of steps
	Told        int                  `json:"told,omitempty"`     // steps it has heard of
}

// note adds to the logbook.
func (f *file) note(now time.Time, what string) {
	f.Log = append(f.Log, Entry{At: now.UTC(), By: "broker", What: what})
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
	Fingerprint string `json:"fingerprint"`       // of the request
	Resent      int    `json:"resent"`            // how often the request came again after it had been carried out
	Polls       int    `json:"polls,omitempty"`   // looks at its command until it is done
	Command     string `json:"command,omitempty"` // empty: it was answered at once
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

// snapshot is one file with all that banks and bureau remember, so that a bank that is started again has what it had.
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
	return out, s.restore(bank, out)
}

// restore reads the part of that name; one that is not there leaves into as it is.
func (s *snapshot) restore(name string, into any) error {
	part, kept := s.parts[name]
	if !kept {
		return nil
	}
	if err := json.Unmarshal(part, into); err != nil {
		return fmt.Errorf("%s is no snapshot of the bank; remove it to start anew: %w", s.path, err)
	}
	return nil
}

// save replaces the part of that name, and the file in one step.
func (s *snapshot) save(name string, state any) error {
	if s.path == "" {
		return nil
	}
	part, err := json.Marshal(state)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[name] = part
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
