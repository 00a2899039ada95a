package runlog

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// MaxLine is the longest line of a log that is read, in bytes.
const MaxLine = 1 << 20

// Malformed is a line of a log that cannot be replayed.
type Malformed struct {
	Line    int
	Problem string
}

func (m *Malformed) Error() string { return fmt.Sprintf("line %d: %s", m.Line, m.Problem) }

// RunLine is what one event, or one timer, came to.
type RunLine struct {
	Case     string             `json:"case"`
	Seq      int64              `json:"seq"`
	Event    string             `json:"event"`
	Outcome  string             `json:"outcome"`
	From     []string           `json:"from"`
	To       []string           `json:"to"`
	Blockers []workflow.Blocker `json:"blockers"`
}

// Summary closes a run. Events is the sum of the outcomes; Digest covers all output before it.
type Summary struct {
	Cases    int64  `json:"cases"`
	Finished int64  `json:"finished"`
	InFlight int64  `json:"in_flight"`
	Events   int64  `json:"events"`
	Fired    int64  `json:"fired"`
	Refused  int64  `json:"refused"`
	Recorded int64  `json:"recorded"`
	Timers   int64  `json:"timers"`
	Digest   string `json:"digest"`
}

// Runner replays a log of many cases, interleaved or not. It holds one line and a small record per case.
type Runner struct {
	Machine *workflow.Machine
	Until   time.Time // fire timers due by then after the end of the log; zero: none
	Text    bool      // lines for people instead of JSON

	out     io.Writer
	sum     hash.Hash
	cases   map[string]*logCase
	spots   map[string]*spot
	total   Summary
	decoder *lineDecoder
	encoder *json.Encoder // into buf
	buf     bytes.Buffer
	key     []byte
	given   workflow.Facts // of the line
	awake   awake
	packer  *packer
}

// Run reads the log to its end and writes one line per event and timer, then the summary.
func (r *Runner) Run(log io.Reader, out io.Writer) (Summary, error) {
	buffered := bufio.NewWriterSize(out, 1<<16)
	r.out, r.sum = buffered, sha256.New()
	r.cases, r.spots, r.given, r.awake.facts = map[string]*logCase{}, map[string]*spot{}, workflow.Facts{}, workflow.Facts{}
	r.decoder, r.packer, r.encoder = newLineDecoder(), newPacker(r.Machine), json.NewEncoder(&r.buf)
	r.encoder.SetEscapeHTML(false)
	err := r.lines(log)
	if err == nil {
		err = r.after()
	}
	if err == nil {
		err = r.close()
	}
	return r.total, errors.Join(err, buffered.Flush())
}

func (r *Runner) lines(log io.Reader) error {
	reader := bufio.NewReaderSize(log, 1<<16)
	var line []byte
	for number := 1; ; number++ {
		var err error
		if line, err = readLine(reader, line[:0]); errors.Is(err, errLongLine) {
			return &Malformed{number, fmt.Sprintf("longer than %d bytes", MaxLine)}
		} else if err != nil && err != io.EOF {
			return fmt.Errorf("log: %w", err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if number == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff"))
			}
			if err := r.line(text, number); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

var errLongLine = errors.New("line too long")

func readLine(reader *bufio.Reader, into []byte) ([]byte, error) {
	for {
		part, err := reader.ReadSlice('\n')
		if into = append(into, part...); len(into) > MaxLine {
			return into, errLongLine
		}
		if err != bufio.ErrBufferFull {
			return into, err
		}
	}
}

// line advances one case by one line: its due timers, its facts, its event.
func (r *Runner) line(text []byte, number int) error {
	in, err := r.decoder.decode(text)
	if err != nil {
		return &Malformed{number, err.Error()}
	}
	if in.Case == "" {
		return &Malformed{number, "no case"}
	}
	at, err := time.Parse(time.RFC3339Nano, in.At)
	if at = at.UTC(); err != nil || at.Year() < 0 || at.Year() > 9999 { // a zone may lead out of what RFC 3339 can say
		return &Malformed{number, "no time: at is written 2026-10-01T00:38:44+02:00"}
	}
	facts, err := r.normal(in.Facts)
	if err != nil {
		return &Malformed{number, "a fact of the wrong type: " + firstLine(err)}
	}
	c := r.cases[in.Case]
	if c != nil && at.Before(c.last()) {
		return &Malformed{number, fmt.Sprintf("time goes back in case %s", in.Case)}
	}
	if c == nil {
		c = r.open(in.Case, facts, at)
	} else {
		r.wake(c)
	}
	defer r.sleep(c)
	c.seen(at)
	for t := r.awake.inst.DueBy(at); t != nil; t = r.awake.inst.DueBy(at) {
		if err := r.fire(c, *t); err != nil {
			return err
		}
	}
	r.merge(facts)
	if in.Event == "" || len(facts) > 0 && r.Machine.MovesByItself() {
		r.take(c, r.Machine.FactsChanged(r.awake.inst, r.world(at)))
	}
	if in.Event == "" {
		return nil
	}
	ev := workflow.Event{Name: in.Event, Actor: in.Actor, Payload: in.Payload, Reason: in.Reason}
	return r.write(c, in.Event, r.Machine.Step(r.awake.inst, ev, r.world(at)))
}

func (r *Runner) fire(c *logCase, t workflow.Timer) error {
	r.total.Timers++
	return r.write(c, t.Event, r.Machine.Fire(r.awake.inst, t, r.world(t.Due)))
}

func (r *Runner) write(c *logCase, event string, result workflow.Result) error {
	r.take(c, result)
	c.seq++
	r.total.Events++
	switch result.Outcome {
	case workflow.Fired:
		r.total.Fired++
	case workflow.Refused:
		r.total.Refused++
	case workflow.Recorded:
		r.total.Recorded++
	}
	line := RunLine{Case: c.name, Seq: int64(c.seq), Event: event, Outcome: result.Outcome, From: result.From, To: result.To, Blockers: result.Blockers}
	return r.emit(line, line.words)
}

// emit writes one line and takes it into the digest.
func (r *Runner) emit(v any, words func() string) error {
	r.buf.Reset()
	if r.Text {
		r.buf.WriteString(words())
		r.buf.WriteByte('\n')
	} else if err := r.encoder.Encode(v); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	r.sum.Write(r.buf.Bytes())
	if _, err := r.out.Write(r.buf.Bytes()); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

func (l RunLine) words() string {
	line := fmt.Sprintf("%s #%d %s: %s %v", l.Case, l.Seq, l.Event, l.Outcome, l.To)
	if len(l.Blockers) > 0 {
		line += " " + l.Blockers[0].Code + ": " + l.Blockers[0].Text.EN
	}
	return line
}

func (r *Runner) close() error {
	r.total.InFlight = r.total.Cases - r.total.Finished
	r.total.Digest = hex.EncodeToString(r.sum.Sum(nil))
	return r.emit(map[string]Summary{"summary": r.total}, r.total.words)
}

func (s Summary) words() string {
	return fmt.Sprintf("%d cases: %d finished, %d in flight. %d events: %d fired, %d refused, %d recorded. %d timers. %s",
		s.Cases, s.Finished, s.InFlight, s.Events, s.Fired, s.Refused, s.Recorded, s.Timers, s.Digest)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
