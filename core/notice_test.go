package core_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var updateNotice = flag.Bool("update", false, "write NOTICE anew")

const noticeHead = `Pratica
Licensed under the Apache License, Version 2.0; see LICENSE.

The programs of this repository (cmd/pratica, plugins/connectors) are linked with the Go modules below, unmodified.
Each module's licence text and source are in the module itself: https://pkg.go.dev/<module>@<version>, or "go mod download".
For modules under the Mozilla Public License 2.0 this is where their source is available.
The workspace in the browser carries the licences of its packages at /licenses.txt.

This file is written by "go test ./core -run TestNotice -update", from "go list -deps -json" and the licence files of the modules.

`

type linkedModule struct {
	Path, Version, Dir string
	Main               bool
}

// TestNotice: every module that is linked into a program is named with its version and licence.
func TestNotice(t *testing.T) {
	var text strings.Builder
	text.WriteString(noticeHead)
	fmt.Fprintf(&text, "%-48s %-40s %s\n", "Go standard library", "", "BSD-3-Clause")
	for _, m := range linked(t) {
		license, err := licenseOf(m.Dir)
		if err != nil {
			t.Fatalf("%s: %v", m.Path, err)
		}
		fmt.Fprintf(&text, "%-48s %-40s %s\n", m.Path, m.Version, license)
	}
	for _, m := range linked(t) { // the Apache licence asks for these to be passed on
		for _, name := range []string{"NOTICE", "NOTICE.txt"} {
			if own, err := os.ReadFile(filepath.Join(m.Dir, name)); err == nil {
				fmt.Fprintf(&text, "\n%s says:\n\n%s\n", m.Path, strings.TrimSpace(string(own)))
			}
		}
	}
	const path = "../NOTICE"
	if *updateNotice {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) { // lines more are modules of another system
		if !strings.Contains(string(got), line) {
			t.Errorf("NOTICE lacks %q; run go test ./core -run TestNotice -update", line)
		}
	}
}

// linked lists the modules of other people in the programs.
func linked(t *testing.T) (all []linkedModule) {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/pratica", "./plugins/connectors/...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *linkedModule }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if m := p.Module; m != nil && !m.Main && !strings.HasPrefix(m.Path, "github.com/pratica-crm/") && !seen[m.Path] {
			seen[m.Path] = true
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b linkedModule) int { return strings.Compare(a.Path, b.Path) })
	return all
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.|$)`)

// licenseOf names the licence of a module by the words of its text.
func licenseOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !licenseFile.MatchString(e.Name()) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		text := strings.Join(strings.Fields(string(raw)), " ")
		for _, l := range []struct{ words, name string }{
			{"two different licenses: MIT and Apache", "MIT and Apache-2.0"},
			{"Mozilla Public License, version 2.0", "MPL-2.0"},
			{"Mozilla Public License Version 2.0", "MPL-2.0"},
			{"Apache License Version 2.0", "Apache-2.0"},
			{"Permission is hereby granted, free of charge", "MIT"},
			{"may be used to endorse or promote products", "BSD-3-Clause"},
			{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
		} {
			if strings.Contains(text, l.words) {
				return l.name, nil
			}
		}
	}
	return "", errors.New("its licence is not recognised: read it, and add its words")
}
