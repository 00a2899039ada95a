package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pratica-crm/pratica/core/fault"
)

// What a request may look like before anybody looks into it. The server itself bounds the bytes of all headers.
const (
	mostURL     = 8 << 10 // bytes
	mostHeaders = 100
	mostDepth   = 64 // of a JSON body
)

// A body must come at this pace, once the grace is over: a thousand callers who send a byte now and then would hold a thousand
// connections for as long as they like.
const (
	bodyGrace = 10 * time.Second
	bodyPace  = 1 << 10 // bytes a second
)

// acceptable refuses a request by its form alone.
func acceptable(r *http.Request) error {
	count := 0
	for _, values := range r.Header {
		count += len(values)
	}
	query, err := url.QueryUnescape(r.URL.RawQuery) // for its characters only
	switch {
	case len(r.RequestURI) > mostURL:
		return odd(http.StatusRequestURITooLong, "request.url_too_long", "The address is longer than 8 KiB. Send what is long in a body.")
	case count > mostHeaders:
		return odd(http.StatusRequestHeaderFieldsTooLarge, "request.headers", "The request has more than 100 headers.")
	case r.Header.Get("Content-Encoding") != "":
		return odd(http.StatusUnsupportedMediaType, "request.encoding", "A compressed body is not taken. Send it as it is, without Content-Encoding.")
	case err != nil, !storable(r.URL.Path), !storable(query):
		return fault.New(fault.Malformed, "request.text", "The address is not UTF-8, or has a NUL in it.")
	}
	return nil
}

func odd(status int, code, detail string) error {
	return &Problem{Type: "/problems/" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// storable is text that a database can keep.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// strict is JSON as it is read here: the usual reader, which an unsuspecting writer could not be surprised by. Refused are what is
// not UTF-8 (the usual reader puts other characters there), a NUL, a name twice in one object (readers differ about which one
// counts), and more than 64 levels.
var strict = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: func(data []byte, v any) error {
	if _, first := v.(*any); first { // huma reads twice: for the schema, then into the type
		if err := strictJSON(data); err != nil {
			return err
		}
	}
	return placed(data, v, json.Unmarshal(data, v))
}}

func strictJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	type level struct {
		names map[string]bool // nil in an array
		value bool            // a name has been read, its value comes
	}
	var levels []level
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return errors.New("the body is not JSON")
		}
		top := len(levels) - 1
		switch t := token.(type) {
		case json.Delim:
			if t == '}' || t == ']' {
				levels = levels[:top]
				continue
			}
			if top >= 0 {
				levels[top].value = false
			}
			if len(levels) == mostDepth {
				return fmt.Errorf("the body is nested deeper than %d levels", mostDepth)
			}
			next := level{}
			if t == '{' {
				next.names = map[string]bool{}
			}
			levels = append(levels, next)
		case string:
			if strings.ContainsRune(t, 0) {
				return errors.New("a text has a NUL character in it")
			}
			if top < 0 || levels[top].names == nil || levels[top].value {
				if top >= 0 {
					levels[top].value = false
				}
				continue
			}
			if levels[top].names[t] {
				return errors.New("an object has the same name twice")
			}
			levels[top].names[t], levels[top].value = true, true
		default:
			if top >= 0 {
				levels[top].value = false
			}
		}
	}
}

// pace cuts off a caller whose body comes slower than bodyPace. The connection's own deadline does it, so that nothing runs beside.
type pace struct {
	io.ReadCloser
	out   *http.ResponseController
	now   func() time.Time
	grace time.Duration
	rate  int64 // bytes a second
	began time.Time
	read  int64
}

func (p *pace) Read(b []byte) (int, error) {
	if p.began.IsZero() {
		p.began = p.now()
	}
	_ = p.out.SetReadDeadline(p.began.Add(p.grace + time.Duration(p.read)*time.Second/time.Duration(p.rate)))
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	return n, err
}
