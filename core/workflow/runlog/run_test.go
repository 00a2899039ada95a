package runlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

var testClock = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)

func example(t testing.TB) *workflow.Machine {
	t.Helper()
	m, findings := workflow.Compile(read(t, "../testdata/mortgage-example.yaml"))
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

const interleaved = `{"case":"b","event":"submit","at":"2026-10-01T08:00:00+02:00","actor":{"id":"1","roles":["broker"]},"facts":{"ltv_bps":7500,"dti_bps":3000,"created_by":"1","unheard_of":1}}
{"case":"a","event":"submit","at":"2026-10-01T07:00:00+02:00","actor":{"id":"1","roles":["broker"]}}

{"case":"b","event":"decide","at":"2026-10-01T09:00:00+02:00","actor":{"id":"9","roles":["underwriter"]}}
{"case":"b","event":"decide","at":"2026-10-01T09:00:00+02:00","actor":{"id":"9","roles":["underwriter"]}}
{"case":"a","at":"2026-10-02T07:00:00+02:00","facts":{"ltv_bps":8500,"dti_bps":4000,"created_by":"1"}}
{"case":"a","event":"approve","at":"2026-10-07T07:00:00+02:00","actor":{"id":"2","roles":["senior_underwriter"]}}
{"case":"a","event":"dance","at":"2026-10-07T07:00:00+02:00","actor":{"id":"2","roles":["senior_underwriter"]}}
{"case":"c","event":"submit","at":"2026-10-05T12:00:00+02:00","actor":{"id":"1","roles":["broker"]}}
`

const replayed = `b 1 submit fired intake underwriting
a 1 submit fired intake underwriting
b 2 decide fired underwriting approved
b 3 decide refused approved approved wrong_state
a 2 sla_breached fired underwriting referred
a 3 approve recorded referred referred approval
a 4 dance refused referred referred wrong_state
c 1 submit fired intake underwriting
c 2 sla_breached fired underwriting referred
`

func TestRunInterleavedCases(t *testing.T) {
	runner := Runner{Machine: example(t), Until: time.Date(2026, 10, 8, 12, 0, 0, 0, time.UTC)}
	var out bytes.Buffer
	summary, err := runner.Run(strings.NewReader(interleaved), &out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(out.String()), "\n")
	var got strings.Builder
	for _, line := range lines[:len(lines)-1] {
		var l RunLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s %d %s %s %s %s", l.Case, l.Seq, l.Event, l.Outcome, strings.Join(l.From, ","), strings.Join(l.To, ","))
		if len(l.Blockers) > 0 {
			fmt.Fprintf(&got, " %s", l.Blockers[0].Code)
		}
		got.WriteByte('\n')
	}
	if got.String() != replayed {
		t.Errorf("%s", got.String())
	}
	sum := sha256.Sum256([]byte(strings.Join(lines[:len(lines)-1], "")))
	want := Summary{Cases: 3, Finished: 1, InFlight: 2, Events: 9, Fired: 6, Refused: 2, Recorded: 1, Timers: 2, Digest: hex.EncodeToString(sum[:])}
	if summary != want {
		t.Errorf("%+v, want %+v", summary, want)
	}
	if !strings.HasPrefix(lines[len(lines)-1], `{"summary":{"cases":3,`) {
		t.Error(lines[len(lines)-1])
	}
}

// After a run the cases in flight are there, as they began and with what they hold.
func TestRunKeepsTheCasesInFlight(t *testing.T) {
	runner := Runner{Machine: example(t)}
	if _, err := runner.Run(strings.NewReader(interleaved), io.Discard); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range runner.InFlight() {
		got = append(got, fmt.Sprint(c.Name, c.Instance.States, len(c.Instance.Timers), len(c.Instance.Approvals), c.Facts, c.Last.Format(time.DateOnly)))
	}
	want := []string{"a[referred] 0 1 map[created_by:1 dti_bps:4000 ltv_bps:8500]2026-10-07", "c[underwriting] 1 0 map[]2026-10-05"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What a log comes to does not change when the way it is read or remembered does. The figures were taken before a case was
// packed and the decoder written: a change here is a change of the contract.
func TestRunDigestStays(t *testing.T) {
	var log bytes.Buffer
	writeLog(&log, 20_000, 1500)
	runner := Runner{Machine: example(t), Until: time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)}
	got, err := runner.Run(&log, io.Discard)
	want := Summary{Cases: 3153, Finished: 784, InFlight: 2369, Events: 14147, Fired: 6505, Refused: 7444, Recorded: 198, Timers: 2132,
		Digest: "70118dc238b3e630e3fe7d9b442c95fd96014360ff5c38350ba0ada6d95c433b"}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRunNamesTheMalformedLine(t *testing.T) {
	for name, tail := range map[string]string{
		"bad JSON":   "{",
		"two values": `{"case":"z","at":"2026-10-01T08:00:00Z"} {}`,
		"no case":    `{"at":"2026-10-01T08:00:00Z"}`,
		"no time":    `{"case":"z"}`,
		"fact type":  `{"case":"z","at":"2026-10-01T08:00:00Z","facts":{"ltv_bps":true}}`,
		"backwards":  `{"case":"a","at":"2026-10-01T08:00:00Z"}`,
		"long":       `{"case":"` + strings.Repeat("x", MaxLine) + `"}`,
	} {
		runner := Runner{Machine: example(t)}
		_, err := runner.Run(strings.NewReader(interleaved+tail+"\n"), &bytes.Buffer{})
		var malformed *Malformed
		if !errors.As(err, &malformed) || malformed.Line != 10 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
