package host

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
)

func TestParseCatalogue(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
		bad        string
	}{
		{"empty", "\n", 0, ""},
		{"text mode", zeros + "  bankportal\n", 1, ""},
		{"binary mode", zeros + " *bankportal\n" + zeros + " *other\n", 2, ""},
		{"no sum", "abc  bankportal", 0, "line 1"},
		{"a path", zeros + "  ../bankportal", 0, "no name"},
		{"twice", zeros + "  a\n" + zeros + "  a\n", 0, "again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseCatalogue(strings.NewReader(c.text))
			if c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) || c.bad == "" && err != nil || len(got) != c.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// A program that is not the catalogue's does not run; the others do.
func TestRefusesOtherPrograms(t *testing.T) {
	dir := folder(t, "hostile", "stubborn")
	must(t, os.Remove(filepath.Join(dir, "hostile"))) // a link: the program itself must stay as it is
	must(t, os.WriteFile(filepath.Join(dir, "hostile"), []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o700))
	var log bytes.Buffer
	h := start(t, Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))}, quick())
	await(t, h, "stubborn", Healthy)
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Submit, newCall(`{}`), nil), "unavailable", "connector.refused", "none")
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("it ran")
	}
	known, err := h.Available(t.Context())
	must(t, err)
	if len(known) != 1 || known[0].Name != "stubborn" {
		t.Errorf("available: %+v", known)
	}
}

// What is executed is the private copy: another program under the old name changes nothing, a changed copy does not start.
func TestRunsItsCopy(t *testing.T) {
	dir := folder(t, "hostile")
	h := start(t, Options{Dir: dir}, quick())
	first := await(t, h, "hostile", Healthy)
	must(t, os.Remove(filepath.Join(dir, "hostile")))
	must(t, first.run.Kill(t.Context()))
	<-first.exited()
	second := first
	for second == first {
		second = await(t, h, "hostile", Healthy)
	}
	copied := second.run.path
	must(t, os.Remove(copied))
	must(t, os.WriteFile(copied, []byte("#!/bin/sh\n"), 0o700))
	must(t, second.run.Kill(t.Context()))
	await(t, h, "hostile", Quarantined)
}

func TestFolderWithoutCatalogue(t *testing.T) {
	dir := folder(t, "hostile")
	must(t, os.Remove(filepath.Join(dir, Catalogue)))
	_, err := Open(Options{Dir: dir, RunDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v", err)
	}
	h, err := Open(Options{Dir: filepath.Join(dir, "nowhere"), RunDir: os.TempDir(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	must(t, h.Close())
}

func TestRunDirTooLong(t *testing.T) {
	if _, err := newHome(filepath.Join(t.TempDir(), strings.Repeat("long", 20))); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("%v", err)
	}
}

func TestCrashes(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		every time.Duration
		ran   time.Duration
		waits []time.Duration
		end   bool
	}{
		{"five within ten minutes", time.Second, 0, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond, 3200 * time.Millisecond}, true},
		{"one in three minutes", 3 * time.Minute, 3 * time.Minute, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond,
			3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond, 25600 * time.Millisecond, 51200 * time.Millisecond, time.Minute, time.Minute}, false},
		{"one in an hour", time.Hour, time.Hour, []time.Duration{200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log crashes
			for i, want := range c.waits {
				wait, quarantined := log.add(at.Add(time.Duration(i)*c.every), c.ran)
				if wait != want || quarantined != (c.end && i == len(c.waits)-1) {
					t.Errorf("crash %d: wait %s, quarantined %v", i+1, wait, quarantined)
				}
				if j := jitter(wait); j < wait/2 || j > wait {
					t.Errorf("jitter makes %s of %s", j, wait)
				}
			}
		})
	}
}

// Nothing of a call but ids gets into the log, whatever a connector does.
func TestLogHasIDsOnly(t *testing.T) {
	var log bytes.Buffer
	var stderr bytes.Buffer
	h := start(t, Options{Dir: folder(t, "hostile"), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Stderr: &stderr}, quick())
	for _, do := range []string{"panic", "plain error", "a sentence as code", "exit"} {
		await(t, h, "hostile", Healthy)
		h.Call(t.Context(), "hostile", connectors.Submit, newCall(`{"do":"`+do+`","token":"s3cret"}`), []byte(application))
	}
	must(t, h.Close())
	for _, text := range []string{"Mario", "RSSMRA80A01H501U", "s3cret", "Neri", "NREDAA80A41H501X"} {
		if strings.Contains(log.String(), text) || strings.Contains(stderr.String(), text) {
			t.Errorf("%q is in the log", text)
		}
	}
	if !strings.Contains(stderr.String(), "testdata/hostile") {
		t.Error("the operator does not read where it panicked")
	}
	if !strings.Contains(log.String(), "connector.panic") {
		t.Error("the log does not tell of the panic")
	}
}
