package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// replay runs `workflow run --json` as a person types it: what it printed, and how it ended.
func replay(t *testing.T, template, log string, more ...string) (lines []string, err error) {
	t.Helper()
	out, openErr := os.Create(filepath.Join(t.TempDir(), "out"))
	if openErr != nil {
		t.Fatal(openErr)
	}
	stdout := os.Stdout
	os.Stdout = out
	err = WorkflowRunCmd{File: template, Log: file(t, "log.jsonl", log), JSON: true, Until: strings.Join(more, "")}.Run()
	os.Stdout = stdout
	printed, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	if len(printed) > 0 && printed[len(printed)-1] != '\n' {
		t.Error("the last line has no end")
	}
	return strings.Split(strings.TrimSuffix(string(printed), "\n"), "\n"), err
}

// short gives a line of the output in words: case, seq, event, outcome, from, to, codes.
func short(t *testing.T, line string) string {
	t.Helper()
	var l struct {
		Case, Event, Outcome string
		Seq                  int
		From, To             []string
		Blockers             []struct{ Code string }
	}
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		t.Fatal(err)
	}
	words := fmt.Sprintf("%s %d %s %s %s>%s", l.Case, l.Seq, l.Event, l.Outcome, strings.Join(l.From, ","), strings.Join(l.To, ","))
	for _, b := range l.Blockers {
		words += " " + b.Code
	}
	return words
}

func logLine(caseName, event, at, role, facts string) string {
	return fmt.Sprintf(`{"case":%q,"event":%q,"at":%q,"actor":{"id":"9","roles":[%q]},"facts":{%s}}`+"\n", caseName, event, at, role, facts)
}

// The contract of `run`, sentence by sentence.
func TestWorkflowRunContract(t *testing.T) {
	submit := func(name, at string) string { return logLine(name, "submit", at, "broker", `"created_by":"1"`) }
	fine := `"ltv_bps":7500,"dti_bps":3000`
	parallel := file(t, "parallel.yaml", `apiVersion: pratica/v1
kind: Workflow
metadata: {key: regions}
subject: case
states:
  checks:
    kind: parallel
    initial: true
    regions:
      zeta:  {initial: z_waits, states: {z_waits: {kind: atomic, sla: {within: P2D, emits: z_late}}, z_done: {kind: final}}}
      alpha: {initial: a_waits, states: {a_waits: {kind: atomic, sla: {within: P1D, emits: a_late}}, a_done: {kind: final}}}
  end: {kind: final, outcome: won}
events: {a_late: {by: [system]}, z_late: {by: [system]}, poke: {by: [broker]}}
transitions:
  - {id: t_a, from: a_waits, on: a_late, to: a_done}
  - {id: t_z, from: z_waits, on: z_late, to: z_done}
  - {id: t_poke, from: z_waits, on: poke}
  - {id: t_end, from: checks, on: done, to: end}
`)
	for name, c := range map[string]struct {
		template, log, until string
		want                 []string
		summary              string
	}{
		"nothing": {log: "", summary: `{"cases":0,"finished":0,"in_flight":0,"events":0,"fired":0,"refused":0,"recorded":0,"timers":0,`},
		"facts are merged before the event; a line without one is not printed": {
			log:     submit("a", "2026-10-01T08:00:00Z") + `{"case":"a","at":"2026-10-01T08:00:00Z","facts":{"ltv_bps":7500}}` + "\n" + logLine("a", "decide", "2026-10-01T09:00:00Z", "underwriter", `"dti_bps":3000`),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 decide fired underwriting>approved"},
			summary: `{"cases":1,"finished":1,"in_flight":0,"events":2,"fired":2,"refused":0,"recorded":0,"timers":0,`},
		"a case begins at its first line, event or not": {
			log:     `{"case":"a","at":"2026-10-01T08:00:00Z"}`,
			summary: `{"cases":1,"finished":0,"in_flight":1,"events":0,"fired":0,"refused":0,"recorded":0,"timers":0,`},
		"what is due fires before the line, at its own moment, and counts": {
			log:     submit("a", "2026-10-01T08:00:00Z") + logLine("a", "decide", "2026-10-09T08:00:00Z", "underwriter", fine),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 sla_breached fired underwriting>referred", "a 3 decide refused referred>referred wrong_state"},
			summary: `{"cases":1,"finished":0,"in_flight":1,"events":3,"fired":2,"refused":1,"recorded":0,"timers":1,`},
		"due at the very moment of the line": {
			log:     submit("a", "2026-10-05T08:00:00Z") + logLine("a", "decide", "2026-10-08T08:00:00Z", "underwriter", fine),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 sla_breached fired underwriting>referred", "a 3 decide refused referred>referred wrong_state"},
			summary: `{"cases":1,"finished":0,"in_flight":1,"events":3,"fired":2,"refused":1,"recorded":0,"timers":1,`},
		"a line without an event lets deadlines pass, too": {
			log:     submit("a", "2026-10-01T08:00:00Z") + `{"case":"a","at":"2026-10-09T08:00:00Z"}`,
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 sla_breached fired underwriting>referred"},
			summary: `{"cases":1,"finished":0,"in_flight":1,"events":2,"fired":2,"refused":0,"recorded":0,"timers":1,`},
		"another case's line does not": {
			log:     submit("a", "2026-10-01T08:00:00Z") + submit("b", "2026-10-09T08:00:00Z"),
			want:    []string{"a 1 submit fired intake>underwriting", "b 1 submit fired intake>underwriting"},
			summary: `{"cases":2,"finished":0,"in_flight":2,"events":2,"fired":2,"refused":0,"recorded":0,"timers":0,`},
		"several deadlines fire in due order; regions are sorted by name; done follows in the same step": {
			template: parallel, log: logLine("a", "poke", "2026-10-01T08:00:00Z", "broker", "") + `{"case":"a","at":"2026-10-09T08:00:00Z"}`,
			want:    []string{"a 1 poke fired a_waits,z_waits>a_waits,z_waits", "a 2 a_late fired a_waits,z_waits>a_done,z_waits", "a 3 z_late fired a_done,z_waits>end"},
			summary: `{"cases":1,"finished":1,"in_flight":0,"events":3,"fired":3,"refused":0,"recorded":0,"timers":2,`},
		"after the log, deadlines fire over all cases in due order, up to the moment given": {
			template: parallel, until: "2026-10-03T08:00:00Z",
			log: logLine("b", "poke", "2026-10-01T09:00:00Z", "broker", "") + logLine("c", "poke", "2026-10-01T08:00:00Z", "broker", "") + logLine("a", "poke", "2026-10-01T08:00:00Z", "broker", ""),
			want: []string{"b 1 poke fired a_waits,z_waits>a_waits,z_waits", "c 1 poke fired a_waits,z_waits>a_waits,z_waits", "a 1 poke fired a_waits,z_waits>a_waits,z_waits",
				"c 2 a_late fired a_waits,z_waits>a_done,z_waits", "a 2 a_late fired a_waits,z_waits>a_done,z_waits", "b 2 a_late fired a_waits,z_waits>a_done,z_waits",
				"c 3 z_late fired a_done,z_waits>end", "a 3 z_late fired a_done,z_waits>end"},
			summary: `{"cases":3,"finished":2,"in_flight":1,"events":8,"fired":8,"refused":0,"recorded":0,"timers":5,`},
		"events after the end and unknown events are refused, not errors": {
			log:     submit("a", "2026-10-01T08:00:00Z") + logLine("a", "dance", "2026-10-01T08:00:00Z", "broker", "") + logLine("a", "decide", "2026-10-01T09:00:00Z", "underwriter", fine) + logLine("a", "decide", "2026-10-01T09:00:00Z", "underwriter", `"ltv_bps":9900`) + logLine("a", "dance", "2027-10-01T09:00:00Z", "x", ""),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 dance refused underwriting>underwriting wrong_state", "a 3 decide fired underwriting>approved", "a 4 decide refused approved>approved wrong_state", "a 5 dance refused approved>approved wrong_state"},
			summary: `{"cases":1,"finished":1,"in_flight":0,"events":5,"fired":2,"refused":3,"recorded":0,"timers":0,`},
		"an approval that is not the last is recorded": {
			log:     submit("a", "2026-10-01T08:00:00Z") + logLine("a", "approve", "2026-10-09T08:00:00Z", "senior_underwriter", `"ltv_bps":8500`),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 sla_breached fired underwriting>referred", "a 3 approve recorded referred>referred approval"},
			summary: `{"cases":1,"finished":0,"in_flight":1,"events":3,"fired":2,"refused":0,"recorded":1,"timers":1,`},
		"time stands still within a case and goes back between cases; blank lines, a byte order mark and Windows line ends": {
			log:     "\ufeff" + strings.ReplaceAll(submit("a", "2026-10-02T08:00:00Z")+"\n \n"+submit("a", "2026-10-02T10:00:00+02:00")+submit("b", "2026-10-01T08:00:00Z"), "\n", "\r\n"),
			want:    []string{"a 1 submit fired intake>underwriting", "a 2 submit refused underwriting>underwriting wrong_state", "b 1 submit fired intake>underwriting"},
			summary: `{"cases":2,"finished":0,"in_flight":2,"events":3,"fired":2,"refused":1,"recorded":0,"timers":0,`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.template == "" {
				c.template = soundTemplate
			}
			lines, err := replay(t, c.template, c.log, c.until)
			if err != nil {
				t.Fatal(err)
			}
			last := lines[len(lines)-1]
			var got []string
			for _, line := range lines[:len(lines)-1] {
				got = append(got, short(t, line))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("printed\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			before := ""
			if len(lines) > 1 {
				before = strings.Join(lines[:len(lines)-1], "\n") + "\n"
			}
			sum := sha256.Sum256([]byte(before))
			if want := `{"summary":` + c.summary + `"digest":"` + hex.EncodeToString(sum[:]) + `"}}`; last != want {
				t.Errorf("%s\nnot\n%s", last, want)
			}
		})
	}
}

// A malformed line ends the run with its number. What stood before it is printed, and nothing after, no summary either.
func TestWorkflowRunStopsAtAMalformedLine(t *testing.T) {
	good := logLine("a", "submit", "2026-10-02T08:00:00Z", "broker", "")
	for name, bad := range map[string]string{
		"bad JSON":           `{"case":"b","at"`,
		"no object":          `["a"]`,
		"null":               `null`,
		"no case":            `{"event":"submit","at":"2026-10-02T08:00:00Z"}`,
		"no time":            `{"case":"b","event":"submit"}`,
		"not a time":         `{"case":"b","at":"2 October"}`,
		"before year 0":      `{"case":"b","at":"0000-01-01T00:00:00+02:00"}`,
		"no zone":            `{"case":"b","at":"2026-10-02T08:00:00"}`,
		"wrong type":         `{"case":"b","at":"2026-10-02T08:00:00Z","facts":{"ltv_bps":"high"}}`,
		"out of range":       `{"case":"b","at":"2026-10-02T08:00:00Z","facts":{"ltv_bps":-1}}`,
		"fraction":           `{"case":"b","at":"2026-10-02T08:00:00Z","facts":{"ltv_bps":75.5}}`,
		"long list":          `{"case":"b","at":"2026-10-02T08:00:00Z","facts":{"parties":[` + strings.Repeat(`{},`, 600) + `{}]}}`,
		"time goes back":     `{"case":"a","event":"withdraw","at":"2026-10-02T07:59:59Z"}`,
		"back by a zone":     `{"case":"a","event":"withdraw","at":"2026-10-02T09:00:00+02:00"}`,
		"back in a finished": logLine("a", "withdraw", "2026-10-03T08:00:00Z", "broker", "") + `{"case":"a","at":"2026-10-02T08:00:00Z"}`,
	} {
		lines, err := replay(t, soundTemplate, good+"\n"+bad+"\n"+good)
		printed, number := 1, 3
		if strings.Contains(bad, "\n") {
			printed, number = 2, 4
		}
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Code != exitBroken || !strings.Contains(err.Error(), fmt.Sprintf("line %d: ", number)) {
			t.Errorf("%s: %v, want exit 2 and line %d", name, err, number)
		}
		if len(lines) != printed || strings.Contains(strings.Join(lines, ""), "summary") {
			t.Errorf("%s: printed\n%s", name, strings.Join(lines, "\n"))
		}
	}
}
