package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
)

// gateway is an S3 server behind a wire that can be listened to.
type gateway struct {
	coretest.Gateway
	mu   sync.Mutex
	sent []http.Header
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{Gateway: coretest.StartGateway(t)}
	to, _ := url.Parse(g.Endpoint)
	wire := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.sent = append(g.sent, r.In.Header.Clone())
		r.SetURL(to)
		r.Out.Host = r.In.Host // part of what is signed
	}})
	t.Cleanup(wire.Close)
	g.Endpoint = wire.URL
	return g
}

func (g *gateway) open(t *testing.T, more string) Store {
	t.Helper()
	s, err := Open(g.URL(more), g.AccessKey, g.Secret)
	must(t, err)
	return s
}

// asked tells whether a request had a header of this value.
func (g *gateway) asked(name, value string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range g.sent {
		if h.Get(name) == value {
			return true
		}
	}
	return false
}

func TestS3(t *testing.T) {
	g := newGateway(t)
	s := g.open(t, "")
	noise := make([]byte, 11<<20) // three parts
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
	for key, content := range map[string][]byte{"agn_a/doc_1-x": noise, "agn_a/doc_2-x": []byte("short"), "agn_a/doc_3-x": {}} {
		must(t, s.Put(t.Context(), key, func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(content)); return err }))
		r, err := s.Open(t.Context(), key)
		must(t, err)
		got, err := io.ReadAll(r)
		must(t, errors.Join(err, r.Close()))
		if !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes came back of %d", key, len(got), len(content))
		}
		must(t, s.Delete(t.Context(), key))
		if _, err := s.Open(t.Context(), key); !errors.Is(err, ErrMissing) {
			t.Errorf("%s is still there: %v", key, err)
		}
		must(t, s.Delete(t.Context(), key))
	}
	leavesNothing(t, g, s)
	must(t, Check(t.Context(), s))
	for _, key := range []string{"../x", "agn_a/../agn_b", "/etc/passwd", "a", "a/b/c", ""} {
		if s.Put(t.Context(), key, func(io.Writer) error { return nil }) == nil || s.Delete(t.Context(), key) == nil {
			t.Errorf("key %q was accepted", key)
		}
	}
	stranger, err := Open(g.URL(""), g.AccessKey, "wrong")
	must(t, err)
	if err := Check(t.Context(), stranger); !fault.Is(err, fault.Unavailable) || strings.Contains(fault.As(err).Message, g.Bucket) {
		t.Errorf("a wrong secret: %v", err)
	}
}

// leavesNothing: an upload that breaks off midway, by its sender or because nobody waits any more, leaves neither content nor parts.
func leavesNothing(t *testing.T, g *gateway, s Store) {
	t.Helper()
	broken := errors.New("upload broke off")
	part := make([]byte, partBytes+1)
	ctx, leave := context.WithCancel(t.Context())
	for what, c := range map[string]struct {
		ctx   context.Context
		write func(io.Writer) error
		want  error
	}{
		"its sender": {t.Context(), func(w io.Writer) error { _, _ = w.Write(part); _, _ = w.Write(part); return broken }, broken},
		"its reader": {ctx, func(w io.Writer) error {
			_, _ = w.Write(part)
			leave()
			_, err := w.Write(part)
			return err
		}, context.Canceled},
	} {
		if err := s.Put(c.ctx, "agn_a/doc_4-x", c.write); !errors.Is(err, c.want) {
			t.Errorf("broken off by %s: %v", what, err)
		}
		if _, err := s.Open(t.Context(), "agn_a/doc_4-x"); !errors.Is(err, ErrMissing) {
			t.Errorf("broken off by %s, it is there: %v", what, err)
		}
		client := s.(*S3).client.Client
		for left := range client.ListIncompleteUploads(t.Context(), g.Bucket, "", true) {
			t.Errorf("broken off by %s, parts are left: %s %v", what, left.Key, left.Err)
		}
		for left := range client.ListObjects(t.Context(), g.Bucket, minio.ListObjectsOptions{Recursive: true}) {
			t.Errorf("broken off by %s, left: %s %v", what, left.Key, left.Err)
		}
	}
	if left, _ := os.ReadDir(g.Dir + "/agn_a"); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
}

// TestS3Direct: a store that alone encrypts is told to, and gives a content out for a minute, as what we say it is and not otherwise.
func TestS3Direct(t *testing.T) {
	g := newGateway(t)
	s, ok := g.open(t, "&sse=s3&encryption=server").(Direct)
	if !ok {
		t.Fatal("it gives out no address")
	}
	must(t, s.Put(t.Context(), "agn_a/doc_1-x", func(w io.Writer) error { _, err := io.WriteString(w, "%PDF-1.4"); return err }))
	if !g.asked("X-Amz-Server-Side-Encryption", "AES256") {
		t.Error("the store was not told to encrypt")
	}
	address, err := s.Address(t.Context(), "agn_a/doc_1-x", "application/pdf", `inline; filename="a.pdf"`)
	must(t, err)
	fetch := func(address string) (*http.Response, string) {
		a, err := http.Get(address)
		must(t, err)
		defer func() { _ = a.Body.Close() }()
		body, err := io.ReadAll(a.Body)
		must(t, err)
		return a, string(body)
	}
	a, body := fetch(address)
	if a.StatusCode != 200 || body != "%PDF-1.4" || a.Header.Get("Content-Type") != "application/pdf" || a.Header.Get("Content-Disposition") != `inline; filename="a.pdf"` || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d %v %.300s", a.StatusCode, a.Header, body)
	}
	if !strings.Contains(address, "X-Amz-Expires=60&") {
		t.Errorf("it does not end after a minute: %s", address)
	}
	for what, changed := range map[string]string{
		"as a page":      strings.Replace(address, "application%2Fpdf", "text%2Fhtml", 1),
		"for longer":     strings.Replace(address, "X-Amz-Expires=60", "X-Amz-Expires=3600", 1),
		"of another one": strings.Replace(address, "doc_1", "doc_2", 1),
		"unsigned":       address[:strings.Index(address, "?")],
	} {
		if a, _ := fetch(changed); changed == address || a.StatusCode != 403 {
			t.Errorf("%s: %d", what, a.StatusCode)
		}
	}
	if _, ok := g.open(t, "&sse=s3").(Direct); ok {
		t.Error("a store of contents that come encrypted gives them out")
	}
	kms := g.open(t, "&sse=kms:branch")
	_ = kms.Put(t.Context(), "agn_a/doc_2-x", func(io.Writer) error { return nil }) // this server may have no such key
	if !g.asked("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "branch") {
		t.Error("the key of the store was not named")
	}
}

// TestOpen: an address that is not one is refused in words, before anything is sent.
func TestOpen(t *testing.T) {
	for address, want := range map[string]string{
		"https://bucket":                                       "looks like",
		"s3://":                                                "looks like",
		"s3://b/prefix?endpoint=https://h":                     "looks like",
		"s3://b":                                               "endpoint",
		"s3://b?endpoint=ftp://h":                              "endpoint",
		"s3://b?endpoint=https://h&sse=yes":                    "sse",
		"s3://b?endpoint=https://h&sse=kms:":                   "sse",
		"s3://b?endpoint=https://h&encryption=none":            "own or server",
		"s3://b?endpoint=https://h&encryption=server":          "nothing would encrypt",
		"s3://b?endpoint=https://h&encryption=server&sse=none": "nothing would encrypt",
		"s3://b?endpoint=https://h&secret=x":                   "no setting",
	} {
		if _, err := Open(address, "key", "secret"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	if _, err := Open("s3://b?endpoint=https://h", "key", ""); err == nil || !strings.Contains(err.Error(), "PRATICA_S3_SECRET") {
		t.Errorf("without its secret: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
