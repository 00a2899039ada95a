package watermark

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/pratica-crm/pratica/core/fault"
)

// TestMain is also the process of the tests: what the product's hidden verb does, and what a document must not get away with.
func TestMain(m *testing.M) {
	switch os.Args[len(os.Args)-1] {
	case "stamp":
		os.Exit(Main(os.Stdin, os.Stdout))
	case "cramped":
		os.Exit(within(32<<20, os.Stdin, os.Stdout))
	case "hang":
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	}
	os.Exit(m.Run())
}

const text = "Niccolò Rossi  n.rossi@bari.example\nAgenzia Bari\n2026-11-02 09:00:00 UTC"

// hollow begins and ends as a PDF does.
const hollow = "%PDF-1.4\nsigned by the client\n%%EOF\n"

// document is a PDF of pages, with further objects and a table of where each begins.
func document(pages int, more ...string) []byte {
	kids := &strings.Builder{}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", ""}
	for i := range pages {
		fmt.Fprintf(kids, "%d 0 R ", 3+2*i)
		content := fmt.Sprintf("0.9 g %d %d 50 50 re f", 10*i, 10*i)
		objects = append(objects, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents %d 0 R >>", 4+2*i),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, pages)
	out, table := bytes.NewBufferString("%PDF-1.7\n"), &strings.Builder{}
	for i, o := range append(objects, more...) {
		fmt.Fprintf(table, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	size := len(objects) + len(more) + 1
	start := out.Len()
	fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", size, table, size, start)
	return out.Bytes()
}

// bomb is a PDF of some kilobytes whose page unpacks to 32 MiB.
func bomb() []byte {
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range 32 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
	plain := "<< /Length 20 >>\nstream\n0.9 g 0 0 50 50 re f\nendstream"
	return bytes.Replace(document(1), []byte(plain), fmt.Appendf(nil, "<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", packed.Len(), packed.Bytes()), 1)
}

func locked(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	api.DisableConfigDir()
	if err := api.Encrypt(bytes.NewReader(document(1)), &out, model.NewAESConfiguration("open", "own", 256)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// stamped counts the pages whose content draws a watermark, and tells whether the words are in the file.
func stamped(t *testing.T, pdf []byte) (pages, marked int, words bool) {
	t.Helper()
	ctx, err := api.ReadValidateAndOptimize(bytes.NewReader(pdf), model.NewDefaultConfiguration())
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= ctx.PageCount; n++ {
		page, _, _, err := ctx.PageDict(n, false)
		if err != nil {
			t.Fatal(err)
		}
		content, err := ctx.PageContent(page, n)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("/Subtype /Watermark")) && bytes.Contains(content, []byte(" Do")) {
			marked++
		}
	}
	for rest := pdf; ; {
		at := bytes.Index(rest, []byte("stream\n"))
		if at < 0 {
			return ctx.PageCount, marked, words
		}
		rest = rest[at+len("stream\n"):]
		if z, err := zlib.NewReader(bytes.NewReader(rest)); err == nil {
			plain, _ := io.ReadAll(z) // what follows a stream is not part of it
			words = words || bytes.Contains(plain, []byte("n.rossi@bari.example"))
		}
	}
}

func process(verb string) *Process { return NewProcess(os.Args[0], verb) }

// TestMark: every page is stamped; what cannot be stamped is refused in words, and nothing comes out.
func TestMark(t *testing.T) {
	p := process("stamp")
	var out bytes.Buffer
	if err := p.Mark(t.Context(), &out, bytes.NewReader(document(3)), text); err != nil {
		t.Fatal(err)
	}
	if pages, marked, words := stamped(t, out.Bytes()); pages != 3 || marked != 3 || !words {
		t.Errorf("%d of %d pages are stamped, the words are there: %v", marked, pages, words)
	}
	if _, marked, words := stamped(t, document(3)); marked != 0 || words {
		t.Error("an unmarked document counts as marked")
	}
	out.Reset()
	if err := p.Mark(t.Context(), &out, strings.NewReader(hollow), text); err == nil || fault.As(err).Code != "document.unmarkable" || out.Len() > 0 {
		t.Errorf("no PDF inside: %v, %d bytes", err, out.Len())
	}
	whole := document(1)
	for what, pdf := range map[string][]byte{"with a password": locked(t), "no PDF inside": []byte(hollow), "cut off": whole[:len(whole)/2], "nothing": nil} {
		if err := Stamp(&out, bytes.NewReader(pdf), text); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", what, err, out.Len())
		}
	}
}

// TestBounds: a document that eats memory ends with its process, a reader who leaves ends it too, and no more than a few are made at once.
func TestBounds(t *testing.T) {
	cramped := process("cramped")
	if err := cramped.Mark(t.Context(), io.Discard, bytes.NewReader(document(3)), text); err != nil {
		t.Errorf("an ordinary one: %v", err)
	}
	if err := cramped.Mark(t.Context(), io.Discard, bytes.NewReader(bomb()), text); err == nil || fault.As(err).Code != "document.unmarkable" || !strings.Contains(err.Error(), fmt.Sprint("exit status ", exitMemory)) {
		t.Errorf("one that unpacks to more than may be held: %v", err)
	}
	p := process("hang")
	ctx, leave := context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan error)
	for range atOnce {
		go func() {
			ended <- p.Mark(ctx, io.Discard, &signal{began: began}, text)
		}()
		<-began
	}
	waiting, tired := context.WithCancel(t.Context())
	read := &signal{began: make(chan struct{}, 1)}
	go func() { ended <- p.Mark(waiting, io.Discard, read, text) }()
	tired()
	if err := <-ended; !errors.Is(err, context.Canceled) || len(read.began) > 0 {
		t.Errorf("one more than at once: %v, began %d", err, len(read.began))
	}
	leave()
	for range atOnce {
		if err := <-ended; err == nil {
			t.Error("it went on without its reader")
		}
	}
	broken := errors.New("storage broke off")
	if err := process("stamp").Mark(t.Context(), io.Discard, io.MultiReader(strings.NewReader("%PDF-1.7\n"), &signal{err: broken}), text); !errors.Is(err, broken) {
		t.Errorf("a content that cannot be read: %v", err)
	}
}

// signal tells when it is first read.
type signal struct {
	began chan struct{}
	err   error
}

func (s *signal) Read([]byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.began <- struct{}{}
	return 0, io.EOF
}

// TestPlain: what Helvetica has not is spelled without it, and nothing of a name is taken for an instruction.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{"Niccolò": "Niccolò", "Dvořák": "Dvorák", "Łukasz": "?ukasz", "100%p": "100?p", "a\nb": "a\nb", `a\nb`: "a?nb", "\u202eevil": "?evil", "王": "?"} {
		if got := plain(in); got != want {
			t.Errorf("%q is spelled %q, want %q", in, got, want)
		}
	}
}

// BenchmarkMark stamps 25 MiB of pages; the process is bounded to 512 MiB.
func BenchmarkMark(b *testing.B) {
	noise := make([]byte, 24<<20)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ byte(i>>9)
	}
	pdf := document(100, fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(noise), noise))
	p := process("stamp")
	b.SetBytes(int64(len(pdf)))
	for b.Loop() {
		if err := p.Mark(b.Context(), io.Discard, bytes.NewReader(pdf), text); err != nil {
			b.Fatal(err)
		}
	}
}
