package egress

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// handles finds handles in a text, also as forms write them.
var handles = regexp.MustCompile(`secret(:|%3[Aa])[A-Z2-7]{26}`)

// escapes write a secret as the text around it needs it.
type escape func(string) string

func asIs(s string) string { return s }

func asJSON(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string always can be
	return strings.Trim(strings.TrimSuffix(out.String(), "\n"), `"`)
}

// replace puts secrets in the place of handles. A handle that is not this call's is refused: it is another call's, or of one that
// has ended.
func (o *open) replace(text string, as escape) (string, *refusal) {
	var no *refusal
	out := handles.ReplaceAllStringFunc(text, func(found string) string {
		handle := handlePrefix + found[len(found)-26:]
		secret, known := o.Secrets[handle]
		if !known {
			no = refuse(BadSecret, "The request has a handle that is not one of this call, or that is a certificate's.")
			return ""
		}
		if !strings.HasPrefix(found, handlePrefix) { // where the colon was escaped, so is what takes its place
			return url.QueryEscape(secret.Value)
		}
		return as(secret.Value)
	})
	return out, no
}

// fill puts a request's secrets in their places: headers, and bodies that are forms or JSON. An address is no place for one: it
// is logged everywhere.
func (o *open) fill(r *http.Request) *refusal {
	if handles.MatchString(r.URL.RequestURI()) {
		return refuse(BadSecret, "A secret may stand in a header, a form or JSON, but not in an address.")
	}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "Pratica-") {
			continue
		}
		for i, value := range values {
			filled, no := o.fillHeader(value)
			if no != nil {
				return no
			}
			if strings.ContainsAny(filled, "\r\n\x00") {
				return refuse(BadSecret, "The secret has characters that no header can have.")
			}
			values[i] = filled
		}
	}
	return o.fillBody(r)
}

// fillHeader looks into basic authentication, too, whose base64 hides what is in it.
func (o *open) fillHeader(value string) (string, *refusal) {
	if scheme, hidden, found := strings.Cut(value, " "); found && strings.EqualFold(scheme, "basic") {
		if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(hidden)); err == nil {
			filled, no := o.replace(string(plain), asIs)
			return scheme + " " + base64.StdEncoding.EncodeToString([]byte(filled)), no
		}
	}
	return o.replace(value, asIs)
}

func (o *open) fillBody(r *http.Request) *refusal {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	as := escape(asJSON)
	switch {
	case r.Body == nil || r.Header.Get("Content-Encoding") != "":
		return nil
	case kind == "application/x-www-form-urlencoded":
		as = url.QueryEscape
	case kind != "application/json" && !strings.HasSuffix(kind, "+json"):
		return nil
	}
	start, err := io.ReadAll(io.LimitReader(r.Body, secretsWithin+1))
	if err != nil {
		return refuse(Limit, "The request broke off.")
	}
	if !handles.Match(start) {
		r.Body = readCloser{io.MultiReader(bytes.NewReader(start), r.Body), r.Body}
		return nil
	}
	if len(start) > secretsWithin {
		return refuse(BadSecret, "A body with a secret in it has at most 64 KiB.")
	}
	filled, no := o.replace(string(start), as)
	setBody(r, []byte(filled))
	return no
}

type readCloser struct {
	io.Reader
	io.Closer
}

func setBody(r *http.Request, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
}

// forTape writes a request's text with the names of settings where the handles are, which are others in each call.
func (o *open) forTape(text string) string {
	return handles.ReplaceAllStringFunc(text, func(found string) string {
		return "{" + o.Secrets[handlePrefix+found[len(found)-26:]].Setting + "}"
	})
}
