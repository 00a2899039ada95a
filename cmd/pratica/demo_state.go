package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/schema"
)

// demoState tells how far the demo data of a data directory are. It is a file beside the database: written before the
// first row and after the last, so that whatever happens in between is seen at the next start.
type demoState string

// The states, in their order. A directory without the file never had demo data: it belongs to somebody.
const (
	demoAbsent  demoState = ""
	demoLoading demoState = "loading" // broken off if a start finds it: everything there is demo data, and is made again
	demoLoaded  demoState = "loaded"  // the mails of the past are still in the outbox
	demoReady   demoState = "ready"
)

// pastMails is the file that takes the mails of the demonstration's past months.
const pastMails = "demo-mails.txt"

func stateFile(dir string) string { return filepath.Join(dir, "demo") }

func readDemoState(dir string) (demoState, error) {
	text, err := os.ReadFile(stateFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return demoAbsent, nil
	}
	if err != nil {
		return demoAbsent, fmt.Errorf("state of the demo data: %w", err)
	}
	return demoState(strings.TrimSpace(string(text))), nil
}

// write replaces the file at once.
func (s demoState) write(dir string) error {
	next := stateFile(dir) + ".next"
	if err := os.WriteFile(next, []byte(s+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep state of the demo data: %w", err)
	}
	if err := os.Rename(next, stateFile(dir)); err != nil {
		return fmt.Errorf("keep state of the demo data: %w", err)
	}
	return nil
}

// letters puts the mails of the demonstration's past aside in a file: a first look at the mail page should not start with
// what people were told months ago. They are recognised by their place: everything before the mail that ends the past.
func letters(dir string, deliver queue.Carrier) (queue.Carrier, error) {
	state, err := readDemoState(dir)
	if err != nil || state != demoLoaded {
		return deliver, err
	}
	var mu sync.Mutex
	past := true
	return func(ctx context.Context, row queue.Row) error {
		mu.Lock()
		defer mu.Unlock()
		if !past {
			return deliver(ctx, row)
		}
		var m outbox.Message
		if err := json.Unmarshal(row.Payload, &m); err != nil {
			return err
		}
		if m.Subject != welcomeSubject {
			return putAside(filepath.Join(dir, pastMails), m)
		}
		if err := deliver(ctx, row); err != nil {
			return err
		}
		past = false
		return demoReady.write(dir)
	}, nil
}

// putAside appends a mail to a file.
func putAside(path string, m outbox.Message) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("put mail aside: %w", err)
	}
	_, err = fmt.Fprintf(f, "To: %s\nSubject: %s\n\n%s\n%s\n", m.To, m.Subject, m.Text, strings.Repeat("-", 70))
	return errors.Join(err, f.Close())
}

// demoDue decides, at the start on a data directory, whether demo data are to be loaded, and whether what an
// interrupted loading left behind has to go first.
func demoDue(dir string, wanted bool) (due, broken bool, err error) {
	state, err := readDemoState(dir)
	switch {
	case err != nil:
		return false, false, err
	case state == demoLoading:
		return wanted, true, nil
	case state != demoAbsent || !wanted:
		return false, false, nil
	}
	_, err = os.Stat(filepath.Join(dir, passwordFile))
	if errors.Is(err, os.ErrNotExist) {
		return true, false, nil
	}
	return false, false, err
}

// beginDemo tells whether demo data are to be loaded, once what an interrupted loading left behind is gone. The data
// directory is this process's by now.
func (d DevCmd) beginDemo(ctx context.Context, pg *postgres.Server) (bool, error) {
	due, broken, err := demoDue(d.Dir, d.Demo)
	if err != nil {
		return false, err
	}
	if broken {
		fmt.Println("demo data: the last loading was interrupted, starting over")
		if err := errors.Join(schema.Drop(ctx, pg.AdminURL(), devDatabase), os.RemoveAll(filepath.Join(d.Dir, blobFolder))); err != nil {
			return false, err
		}
	}
	switch {
	case due:
		err = demoLoading.write(d.Dir)
	case broken: // they are not wanted any more
		err = os.Remove(stateFile(d.Dir))
	}
	return due, err
}

// finishDemo loads the demo data and notes that they are whole.
func (d DevCmd) finishDemo(ctx context.Context, cfg Config) error {
	err := loadDemo(ctx, cfg, time.Now(), os.Stdout)
	if ctx.Err() != nil {
		fmt.Println("demo data: interrupted, the next start begins again")
		return nil
	}
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	return demoLoaded.write(d.Dir)
}
