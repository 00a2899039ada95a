package watermark

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

const (
	atOnce      = 2                // copies that are made at the same time
	queueFor    = 10 * time.Second // how long one waits for its turn
	runFor      = 20 * time.Second // how long making one may take
	memoryBytes = 512 << 20        // what making one may hold
	exitRefused = 3                // this PDF cannot be stamped
	exitMemory  = 4                // or not within its memory
)

var (
	errUnmarkable = fault.New(fault.Conflict, "document.unmarkable", "This PDF cannot be stamped: it is protected, damaged or unpacks to too much. Open it without a watermark, or print it to a new PDF and upload that.")
	errBusy       = &fault.Error{Kind: fault.Unavailable, Code: "document.watermark_busy", Message: "Too many documents are being stamped. Try again in a few seconds.", Retry: 5 * time.Second}
)

// Process stamps each PDF in a process of its own, a few at once.
type Process struct {
	program string
	args    []string
	slots   chan struct{}
}

// NewProcess stamps with a program whose main calls Main when it is started with args.
func NewProcess(program string, args ...string) *Process {
	return &Process{program, args, make(chan struct{}, atOnce)}
}

// Mark writes to w a copy of pdf with the text on every page. What can be read and not stamped is document.unmarkable; w has nothing then.
func (p *Process) Mark(ctx context.Context, w io.Writer, pdf io.Reader, text string) error {
	turn := time.NewTimer(queueFor)
	defer turn.Stop()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-turn.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, runFor)
	defer cancel()
	// On standard input, since arguments can be seen by others: the text as a JSON string, a line, and the PDF.
	head, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("encode the mark: %w", err)
	}
	source := &failing{Reader: pdf}
	cmd := exec.CommandContext(ctx, p.program, p.args...)
	cmd.Env = []string{"GOTRACEBACK=none"} // none of ours: they hold secrets
	cmd.Stdin = io.MultiReader(bytes.NewReader(append(head, '\n')), source)
	cmd.Stdout = w
	cmd.WaitDelay = 2 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case source.err != nil:
		return source.err
	case errors.As(err, &exit):
		return fault.Wrap(err, errUnmarkable.Kind, errUnmarkable.Code, errUnmarkable.Message)
	case err != nil:
		return fmt.Errorf("stamp a document: %w", err)
	}
	return nil
}

// Main is the process: it stamps what comes in, writes it once it is whole, and returns the exit code.
func Main(in io.Reader, out io.Writer) int { return within(memoryBytes, in, out) }

func within(memory int64, in io.Reader, out io.Writer) int {
	debug.SetMemoryLimit(memory * 3 / 4)
	go watch(uint64(memory))
	r := bufio.NewReader(io.LimitReader(in, maxBytes+64<<10))
	line, err := r.ReadBytes('\n')
	var text string
	if err != nil || json.Unmarshal(line, &text) != nil {
		return exitRefused
	}
	if err := Stamp(out, r, text); err != nil {
		return exitRefused
	}
	return 0
}

// watch ends the process when it holds more than it may: a document that unpacks to gigabytes.
func watch(most uint64) {
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(2 * time.Millisecond) {
		if metrics.Read(held); held[0].Value.Uint64()-held[1].Value.Uint64() > most {
			os.Exit(exitMemory)
		}
	}
}

// failing remembers why a content could not be read: the process sees only that it ends.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}
