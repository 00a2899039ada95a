package egress

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tape records exchanges or plays them.
type Tape interface {
	run(x *exchange, r *http.Request, send func() (*http.Response, error)) (*http.Response, error)
}

// Recorded is one exchange of a cassette. Of the request it has what it is found by: neither its headers nor its body.
type Recorded struct {
	Method  string      `json:"method"`
	Target  string      `json:"target"` // scheme://host:port
	Path    string      `json:"path"`   // with the query
	Digest  string      `json:"body_sha256"`
	Status  int         `json:"status"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body,omitempty"`
	Base64  string      `json:"body_base64,omitempty"` // instead of Body, when it is not UTF-8

	sent string // the request's body; it is never written
}

func (r Recorded) same(o Recorded) bool {
	return r.Method == o.Method && r.Target == o.Target && r.Path == o.Path && r.Digest == o.Digest
}

// bodyOf is a body as the connector sent it, with settings' names for handles; it can be read again.
func bodyOf(r *http.Request, o *open) (string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return o.forTape(string(body)), nil
}

func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func asked(x *exchange, r *http.Request) Recorded {
	return Recorded{Method: r.Method, Target: x.target.Scheme + "://" + x.place, Path: r.URL.RequestURI(), Digest: digest(x.body), sent: x.body}
}

// Request is the request's body, while it is being recorded.
func (r Recorded) Request() string { return r.sent }

// Answer is the answer's body as text; empty when it is not text. What is not UTF-8 and says that it is text is ISO-8859-1.
func (r Recorded) Answer() string {
	if r.Base64 == "" {
		return r.Body
	}
	body, err := base64.StdEncoding.DecodeString(r.Base64)
	kind, _, _ := mime.ParseMediaType(r.Headers.Get("Content-Type"))
	if err != nil || !texts.MatchString(kind) {
		return ""
	}
	return fromLatin1(body)
}

var texts = regexp.MustCompile(`^text/|json|xml|form`)

// edited is the exchange with all that was said in it turned by edit; the digest is of the request's body as it is then.
func (r Recorded) edited(edit func(string) string) Recorded {
	r.Target, r.Path, r.Digest, r.Headers = edit(r.Target), edit(r.Path), digest(edit(r.sent)), r.Headers.Clone()
	for _, values := range r.Headers {
		for i := range values {
			values[i] = edit(values[i])
		}
	}
	if r.Base64 == "" {
		r.Body = edit(r.Body)
	} else if text := r.Answer(); text != "" && edit(text) != text {
		r.Base64 = base64.StdEncoding.EncodeToString(toLatin1(edit(text)))
	}
	return r
}

// left are headers that no cassette has: they say nothing a connector may rely on, or are somebody's; a length is the body's own, which may
// have been turned since.
var left = []string{"Set-Cookie", "Date", "Server", "Connection", "Transfer-Encoding", "Content-Length"}

// Recorder is a tape that sends, and keeps what comes back.
type Recorder struct {
	mu    sync.Mutex
	all   []Recorded
	leaks []error
}

func (t *Recorder) run(x *exchange, r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
	r.Header.Del("Accept-Encoding") // what is compressed cannot be looked through
	answer, err := send()
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, bodyAtMost+1))
	if err != nil {
		return nil, err
	}
	kept := asked(x, r)
	kept.Status, kept.Headers = answer.StatusCode, answer.Header.Clone()
	for _, name := range left {
		kept.Headers.Del(name)
	}
	if utf8.Valid(body) {
		kept.Body = string(body)
	} else {
		kept.Base64 = base64.StdEncoding.EncodeToString(body)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, kept)
	t.leaks = append(t.leaks, leaks(x, kept, body)...)
	return again(answer, body), nil
}

// leaks looks for secrets in what would be written.
func leaks(x *exchange, kept Recorded, body []byte) (out []error) {
	headers, _ := json.Marshal(kept.Headers)
	text := kept.Path + "\n" + string(headers) + "\n" + string(body)
	for _, secret := range x.call.Secrets {
		for _, form := range []string{secret.Value, url.QueryEscape(secret.Value), asJSON(secret.Value), base64.StdEncoding.EncodeToString([]byte(secret.Value))} {
			if secret.Value != "" && strings.Contains(text, form) {
				out = append(out, fmt.Errorf("the exchange %s %s repeats the secret of the setting %q", kept.Method, x.place, secret.Setting))
				break
			}
		}
	}
	return out
}

// Exchanges are those there are until now, in their order.
func (t *Recorder) Exchanges() []Recorded {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.all)
}

// Write writes the cassette, or refuses to when a secret would be in it. Each text that was said, on either side, is first turned by edit,
// which leaves as they are those that need nothing; nil leaves all.
func (t *Recorder) Write(w io.Writer, edit func(string) string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.leaks) > 0 {
		return fmt.Errorf("the cassette is not written: %w", errors.Join(t.leaks...))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	all := slices.Clone(t.all)
	for i := range all {
		if edit != nil {
			all[i] = all[i].edited(edit)
		}
	}
	return encoder.Encode(cassette{1, all})
}

type cassette struct {
	Version   int        `json:"version"`
	Exchanges []Recorded `json:"exchanges"`
}

// Player is a tape that answers from a cassette, and sends nothing. Of equal requests each gets the next answer; the last one is
// answered again and again, as to somebody who polls.
type Player struct {
	mu   sync.Mutex
	all  []Recorded
	used map[int]bool
}

// NewPlayer reads a cassette.
func NewPlayer(from io.Reader) (*Player, error) {
	var c cassette
	if err := json.NewDecoder(from).Decode(&c); err != nil {
		return nil, fmt.Errorf("reading the cassette: %w", err)
	}
	if c.Version != 1 {
		return nil, fmt.Errorf("reading the cassette: its version is %d, and 1 is known here; record it again", c.Version)
	}
	return &Player{all: c.Exchanges, used: map[int]bool{}}, nil
}

func (t *Player) run(x *exchange, r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
	want := asked(x, r)
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.all, want.same)
	if at < 0 {
		return nil, errors.New("the cassette has no such request")
	}
	for i := at; i < len(t.all); i++ {
		if t.all[i].same(want) {
			if at = i; !t.used[i] {
				break
			}
		}
	}
	t.used[at] = true
	found := t.all[at]
	body := []byte(found.Body)
	if found.Base64 != "" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(found.Base64); err != nil {
			return nil, fmt.Errorf("the cassette is broken: %w", err)
		}
	}
	x.sent.Store(wasSent)
	headers := found.Headers.Clone()
	headers.Del("Content-Length") // of cassettes from when it was kept
	return again(&http.Response{StatusCode: found.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: headers, Request: r}, body), nil
}

// again is an answer whose body has been read.
func again(answer *http.Response, body []byte) *http.Response {
	answer.Body, answer.ContentLength, answer.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if answer.Header == nil {
		answer.Header = http.Header{}
	}
	return answer
}

func fromLatin1(body []byte) string {
	out := make([]rune, len(body))
	for i, b := range body {
		out[i] = rune(b)
	}
	return string(out)
}

func toLatin1(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r)) // what came from there, and ASCII
	}
	return out
}
