package documents

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

// Scanner looks for malware in a content.
type Scanner interface {
	// Scan reads content to its end and names what it found, "" for nothing. An error means that it cannot tell.
	Scan(ctx context.Context, content io.Reader) (found string, err error)
}

var errInfected = fault.New(fault.Invalid, "document.infected", "Malware was found in this file, and nothing of it was kept. Ask the sender for a clean copy, and tell them.")

func errScan(cause error) error {
	e := fault.Wrap(cause, fault.Unavailable, "document.scan_unavailable", "The file cannot be checked for malware at the moment. Nothing was kept; upload it again in a minute.")
	e.Retry = time.Minute
	return e
}

// intake looks at a content while it streams past.
type intake struct {
	scanner Scanner // nil: none is configured
	media   string
	size    int64
	sum     interface {
		io.Writer
		Sum([]byte) []byte
	}
	tail  []byte
	found string // the malware, where there is some
}

// verdict is what a content that was taken is marked with.
func (in *intake) verdict() string {
	if in.scanner == nil {
		return "not_scanned"
	}
	return "clean"
}

// take streams body to w through seal. Whatever error it returns, what w got is not a document.
func (in *intake) take(ctx context.Context, w io.Writer, seal func(io.Writer) (io.WriteCloser, error), body io.Reader) error {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return interrupted(err)
	}
	head = head[:n]
	if in.media, err = sniff(head); err != nil {
		return err
	}
	sealed, err := seal(w)
	if err != nil {
		return err
	}
	watched, verdict := in.watch(ctx)
	all := io.LimitReader(io.MultiReader(bytes.NewReader(head), body), MaxBytes+1)
	in.size, err = io.Copy(io.MultiWriter(sealed, in.sum, in, watched), all)
	switch {
	case err != nil:
		err = interrupted(err)
	case in.size > MaxBytes:
		err = errTooLarge
	default:
		err = ends(in.media, in.tail, in.size)
	}
	_ = watched.CloseWithError(err) // its end for the scanner; never fails
	if seen := <-verdict; err == nil {
		err = seen
	}
	if err != nil {
		return err
	}
	return sealed.Close()
}

// watch gives the scanner what is written, and its verdict once that is closed. Of a scanner that fails midway the writer hears at once.
func (in *intake) watch(ctx context.Context) (*io.PipeWriter, <-chan error) {
	r, w := io.Pipe()
	verdict := make(chan error, 1)
	go func() {
		if in.scanner == nil {
			_, _ = io.Copy(io.Discard, r) // ends with the writer
			verdict <- nil
			return
		}
		var found string
		err := fault.Guard("document.scan", func() (err error) { found, err = in.scanner.Scan(ctx, r); return err })
		switch {
		case err != nil:
			err = errScan(err)
		case found != "":
			in.found, err = found, errInfected
		}
		_ = r.CloseWithError(cmp.Or(err, errScan(errors.New("the scanner did not read to the end")))) // matters only to a writer that has not ended
		verdict <- err
	}()
	return w, verdict
}

// Write keeps the last bytes: how a content ends tells whether it is whole, and whether it is something else besides.
func (in *intake) Write(p []byte) (int, error) {
	in.tail = append(in.tail, p...)
	if len(in.tail) > tailBytes {
		in.tail = append(in.tail[:0], in.tail[len(in.tail)-tailBytes:]...)
	}
	return len(p), nil
}

// interrupted is what breaks off a stream: the sender, unless it says itself what it is.
func interrupted(err error) error {
	if e := new(fault.Error); errors.As(err, &e) {
		return err
	}
	return fault.Wrap(err, fault.Malformed, "document.interrupted", "The upload broke off. Nothing was kept; upload it again.")
}
