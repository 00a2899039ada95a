package api_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
)

// badInput is a request that must come to nothing, and what it comes to. counted is the reason under which pratica_refused_total grows; "" where no
// address of the interface was reached.
type badInput struct {
	what    string
	do      func() answer
	status  int
	code    string
	counted string
}

// TestRefusedInput is the table of contents, bodies, amounts, dates and names that are refused: each with its status and code, counted, and with nothing
// that was sent in the answer or the log. What was there before is there afterwards, as it was.
func TestRefusedInput(t *testing.T) {
	s := newSite(t)
	s.deps.Metrics = api.NewMetrics()
	s.server.Config.Handler = api.New(s.deps)
	log := listen(t)
	b := newBadInputs(t, s)
	before := b.kept()
	for _, bad := range slices.Concat(b.contents(), b.bodies(), b.amounts(), b.dates(), b.paths()) {
		counted := b.count(bad.counted)
		log.Reset()
		got := bad.do()
		code, _ := got.body["code"].(string)
		if code == "" {
			code, _ = got.body["error"].(string) // OAuth's own form
		}
		if got.Status != bad.status || code != bad.code {
			t.Errorf("%s: %d %s, want %d %s: %.300s", bad.what, got.Status, code, bad.status, bad.code, got.raw)
		}
		if bad.counted != "" && b.count(bad.counted) == counted {
			t.Errorf("%s: not counted as %s", bad.what, bad.counted)
		}
		if bytes.Contains(got.raw, []byte("zqcanary")) || strings.Contains(fmt.Sprint(got.Header), "zqcanary") || strings.Contains(log.String(), "zqcanary") {
			t.Errorf("%s: what was sent is repeated: %.300s %s", bad.what, got.raw, log.String())
		}
		if after := b.kept(); after != before {
			t.Errorf("%s: something was kept or lost", bad.what)
			before = after
		}
	}
	b.names()
	b.rawHeaders()
}

type badInputs struct {
	*site
	t                                 *testing.T
	broker, admin                     *caller
	subject, property, file, document answer
	content                           []byte
}

func newBadInputs(t *testing.T, s *site) *badInputs {
	b := &badInputs{site: s, t: t, broker: s.as(t, s.A, "broker"), admin: s.as(t, s.A, "agency_admin"), content: []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")}
	b.subject = b.broker.do("POST", "/subjects", person("Prova", 2_000_00), key()).want(201)
	b.property = b.broker.do("POST", "/properties", flat("Via Prova 1", 200_000_00), key()).want(201)
	b.file = b.broker.do("POST", "/applications", asked, key()).want(201)
	made := b.broker.do("POST", "/applications/"+b.file.str("id")+"/documents", map[string]any{"kind": "mandate"}, key()).want(201)
	b.document = b.broker.do("PUT", "/documents/"+made.str("id")+"/content", b.content, made.match(), "X-File-Name: mandato.pdf").want(200)
	return b
}

// kept is what there is, as one text: rows that come, go or change make another.
func (b *badInputs) kept() string {
	b.t.Helper()
	var parts []string
	for _, table := range []string{"subjects", "properties", "applications", "documents", "tasks", "notes"} {
		parts = append(parts, `(select string_agg(t::text, '|' order by t.id) from `+table+` t)`)
	}
	sum, err := b.Raw(b.t, "", "select md5(concat_ws('#', "+strings.Join(parts, ", ")+"))")
	must(b.t, err)
	return sum
}

func (b *badInputs) count(reason string) string {
	w := httptest.NewRecorder()
	b.deps.Metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return regexp.MustCompile(`pratica_refused_total\{reason="` + regexp.QuoteMeta(reason) + `"\} (\S+)`).FindString(w.Body.String())
}

// refusedAs is a row whose code is also what it is counted under.
func refusedAs(what string, status int, code string, do func() answer) badInput {
	return badInput{what, do, status, code, code}
}

func (b *badInputs) post(path string, body any, headers ...string) func() answer {
	return func() answer { return b.broker.do("POST", path, body, append(headers, key())...) }
}

// change patches a thing that is there under the version it has.
func (b *badInputs) change(path string, of answer, body any) func() answer {
	return func() answer { return b.broker.do("PATCH", path+of.str("id"), body, of.match()) }
}

func (b *badInputs) upload(content []byte, headers ...string) func() answer {
	return func() answer {
		return b.broker.do("PUT", "/documents/"+b.document.str("id")+"/content", content, append(headers, b.document.match())...)
	}
}

// contents: files that are two things at once, that unpack to much, or that nobody asked for.
func (b *badInputs) contents() []badInput {
	jpeg := "\xff\xd8\xff\xe0\x00\x10JFIF\x00 zqcanary \xff\xd9"
	return []badInput{
		refusedAs("a PDF that is an archive", 422, "document.polyglot", b.upload(zipOf(string(b.content), 1, "\n%%EOF\n"))),
		refusedAs("a picture that is a JAR", 422, "document.polyglot", b.upload(zipOf(jpeg, 1, ""), "Content-Type: image/jpeg")),
		refusedAs("a PDF that is a page", 422, "document.polyglot", b.upload([]byte("%PDF-1.4\n<html><script>zqcanary()</script>\n%%EOF\n"))),
		refusedAs("a PDF with a program after it", 422, "document.polyglot", b.upload(append(slices.Clone(b.content), "#!/bin/sh\nzqcanary\n"...))),
		refusedAs("a page that says it is a PDF", 422, "document.type", b.upload([]byte("<html>zqcanary</html>"), "Content-Type: application/pdf", "X-File-Name: zqcanary.pdf")),
		refusedAs("an office file of some kilobytes that unpacks to 64 MiB", 422, "document.type", b.upload(zipOf("", 64<<20, ""), "Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document")),
		refusedAs("a gzip of a PDF", 422, "document.type", b.upload(gzipOf(b.content))),
		refusedAs("a PDF that says it is packed", 415, "request.encoding", b.upload(gzipOf(b.content), "Content-Encoding: gzip")),
		refusedAs("half a PDF", 422, "document.unreadable", b.upload([]byte("%PDF-1.4\n1 0 obj"))),
		refusedAs("a name that cannot be read", 400, "document.name", b.upload(b.content, "X-File-Name: zqcanary%zz.pdf")),
	}
}

// bodies: too large, packed, of another encoding or form.
func (b *badInputs) bodies() []badInput {
	large := []byte(`{"purpose":"zqcanary` + strings.Repeat("x", 10<<20) + `"}`)
	deep := []byte(strings.Repeat(`{"a":`, 150_000) + "1" + strings.Repeat("}", 150_000))
	form := "grant_type=client_credentials&client_id=zqcanary&client_secret="
	return []badInput{
		refusedAs("10 MiB of JSON", 413, "input.too_large", b.post("/applications", large)),
		refusedAs("10 MiB of JSON as a change", 413, "input.too_large", b.change("/properties/", b.property, large)),
		refusedAs("10 MiB of JSON as a template", 413, "input.too_large", func() answer { return b.admin.do("POST", "/workflows/check", large) }),
		refusedAs("a MiB of levels", 400, "input.malformed", b.post("/applications", deep)),
		{"a form of 20 KiB for a token", func() answer {
			return b.broker.do("POST", b.server.URL+"/oauth/token", form+strings.Repeat("x", 20<<10), "Content-Type: application/x-www-form-urlencoded")
		}, 400, "invalid_request", "oauth.invalid_request"},
		refusedAs("a gzip of 10 MiB", 415, "request.encoding", b.post("/applications", gzipOf(large), "Content-Encoding: gzip")),
		refusedAs("an encoding nobody knows", 415, "request.encoding", b.post("/applications", asked, "Content-Encoding: zqcanary")),
		refusedAs("no UTF-8", 400, "input.malformed", b.post("/subjects", []byte("{\"kind\":\"natural\",\"first_name\":\"zqcanary\xff\",\"last_name\":\"x\"}"))),
		refusedAs("UTF-16", 400, "input.malformed", b.post("/subjects", []byte("\xff\xfe{\x00}\x00"))),
		refusedAs("a NUL", 400, "input.malformed", b.post("/subjects", map[string]any{"kind": "natural", "first_name": "zqcanary\x00", "last_name": "x"})),
		refusedAs("an address that is no UTF-8", 400, "request.text", func() answer { return b.broker.do("GET", "/search?q=zqcanary%FF", nil) }),
		refusedAs("a name twice", 400, "input.malformed", b.post("/subjects", []byte(`{"kind":"natural","kind":"legal","first_name":"zqcanary","last_name":"x"}`))),
		refusedAs("a name twice, in capitals", 422, "input.invalid", b.post("/subjects", []byte(`{"kind":"natural","first_name":"a","last_name":"b","LAST_NAME":"zqcanary"}`))),
		refusedAs("no JSON", 400, "input.malformed", b.post("/subjects", []byte(`{"kind": zqcanary`))),
		refusedAs("XML", 415, "input.invalid", b.post("/subjects", []byte(`<a>zqcanary</a>`), "Content-Type: application/xml")),
	}
}

// amounts: below nothing, above everything, or not in cents.
func (b *badInputs) amounts() []badInput {
	var all []badInput
	invalid := func(what string, do func() answer) { all = append(all, refusedAs(what, 422, "input.invalid", do)) }
	for _, amount := range []string{"-1", "9223372036854775808", "0.5", `"-1"`} {
		cents := json.RawMessage(amount)
		invalid("a file that asks for "+amount, b.post("/applications", with(asked, "amount_cents", cents)))
		invalid("a file that changes to "+amount, b.change("/applications/", b.file, map[string]any{"amount_cents": cents}))
		invalid("a property at "+amount, b.post("/properties", with(flat("Via Due 2", 1), "price_cents", cents)))
		invalid("a property that changes to "+amount, b.change("/properties/", b.property, map[string]any{"price_cents": cents}))
		invalid("an appraisal of "+amount, b.change("/properties/", b.property, map[string]any{"appraisals": []any{map[string]any{"value_cents": cents, "appraised_on": "2026-11-02"}}}))
		invalid("an income of "+amount, b.change("/subjects/", b.subject, map[string]any{"incomes": []any{map[string]any{"net_monthly_cents": cents}}}))
		invalid("a debt of "+amount, b.change("/subjects/", b.subject, map[string]any{"liabilities": []any{map[string]any{"monthly_cents": 1, "residual_cents": cents}}}))
	}
	for what, body := range map[string]string{ // of the two the schema saw the first, and the last was kept
		"a price twice, in capitals":    `{"price_cents":1,"PRICE_CENTS":-1}`,
		"an area twice, in capitals":    `{"area_sqm":1,"Area_Sqm":-1}`,
		"a price in other capitals":     `{"PRICE_CENTS":1,"Price_cents":-1}`,
		"a street of 20,000 letters":    `{"address":{"street":"zqcanary` + strings.Repeat("x", 20_000) + `"}}`,
		"a province of three letters":   `{"address":{"province":"zqc"}}`,
		"a kind that there is not":      `{"kind":"zqcanary"}`,
		"a field that there is not":     `{"zqcanary_":1,"version":7}`,
		"a list where a number belongs": `{"price_cents":[1]}`,
	} {
		invalid(what, b.change("/properties/", b.property, []byte(strings.ReplaceAll(body, "zqcanary_", "owner"))))
	}
	return all
}

// dates: days that are none, and days of no loan.
func (b *badInputs) dates() []badInput {
	var all []badInput
	for _, day := range []string{"2026-02-30", "0001-01-01", "1799-12-31", "2200-01-01", "9999-12-31", "10000-01-01", "zqcanary"} {
		all = append(all,
			refusedAs("born on "+day, 422, "input.invalid", b.post("/subjects", with(person("Nata", 1), "birth_date", day))),
			refusedAs("changed to be born on "+day, 422, "input.invalid", b.change("/subjects/", b.subject, map[string]any{"birth_date": day})),
			refusedAs("appraised on "+day, 422, "input.invalid", b.change("/properties/", b.property, map[string]any{"appraisals": []any{map[string]any{"value_cents": 1, "appraised_on": day}}})),
			refusedAs("due on "+day, 422, "input.invalid", b.post("/applications/"+b.file.str("id")+"/tasks", map[string]any{"title": "x", "due_on": day})))
	}
	return all
}

// paths: addresses that lead elsewhere.
func (b *badInputs) paths() []badInput {
	get := func(path string) func() answer { return func() answer { return b.broker.do("GET", path, nil) } }
	return []badInput{
		{"up from a document", get("/documents/..%2f..%2f..%2fetc%2fpasswd/content"), 404, "", ""}, // the address is cleaned, and leads nowhere
		refusedAs("up from a document, twice encoded", 404, "route.not_found", get("/documents/%252e%252e%252fetc/content")),
		refusedAs("a document by a Windows path", 404, "route.not_found", get(`/documents/..%5C..%5Cwindows/content`)),
		refusedAs("a NUL in an address", 400, "request.text", get("/documents/"+b.document.str("id")+"%00.pdf")),
		refusedAs("a line break in an address", 404, "route.not_found", get("/documents/a%0D%0ASet-Cookie:%20zqcanary=1")),
		refusedAs("the settings", 404, "route.not_found", get(b.server.URL+"/api/v1/.env")),
		refusedAs("an unknown address of the token endpoint's", 404, "route.not_found", get(b.server.URL+"/oauth/nope")),
		refusedAs("a document's link with more behind it", 404, "route.not_found", get(b.server.URL+"/d/a/b")),
		refusedAs("the figures, which have a port of their own", 404, "route.not_found", get(b.server.URL+"/metrics")),
		refusedAs("TRACE", 404, "route.not_found", func() answer { return b.broker.do("TRACE", "/me", nil) }),
		{"a link that leads up", get("/d/..%2f..%2fetc%2fpasswd"), 404, "", ""}, // the address is cleaned, and leads nowhere
	}
}

// names: whatever a sender calls a file, it is kept and sent under a name that is one, in one header.
func (b *badInputs) names() {
	b.t.Helper()
	now := b.document
	for sent, want := range map[string]string{
		"../../../etc/passwd":                    "passwd.pdf",
		`..\..\windows\system32\con.pdf`:         "_con.pdf",
		"a.pdf\r\nSet-Cookie: session=zqcanary":  "a.pdfSet-Cookie session=zqcanary.pdf",
		"a.pdf\"; filename=\"b.html":             "a.pdf; filename=b.html.pdf",
		"fattura\u202efdp.exe":                   "fatturafdp.exe.pdf",
		"zqcanary\xff.pdf":                       "zqcanary.pdf",
		"a\x00.html":                             "a.html.pdf",
		strings.Repeat("../", 2000) + "fine.pdf": "fine.pdf",
	} {
		now = b.broker.do("PUT", "/documents/"+now.str("id")+"/content", b.content, now.match(), "X-File-Name: "+url.PathEscape(sent)).want(200)
		if now.str("file_name") != want {
			b.t.Errorf("%.60q is kept as %q, want %q", sent, now.str("file_name"), want)
		}
		got := b.broker.do("GET", b.broker.do("POST", "/documents/"+now.str("id")+"/link", nil, key()).want(200).str("url"), nil).want(200)
		disposition := got.Header.Get("Content-Disposition")
		if !bytes.Equal(got.raw, b.content) || len(got.Header.Values("Set-Cookie")) > 0 || strings.ContainsAny(disposition, "\r\n\x00/\\") || !strings.HasSuffix(strings.Trim(disposition, `"`), ".pdf") {
			b.t.Errorf("%.60q goes out as %q", sent, got.Header)
		}
	}
}

// rawHeaders: what no client library sends. A request whose end or headers can be read in two ways is refused, and the connection ends with it.
func (b *badInputs) rawHeaders() {
	b.t.Helper()
	for what, raw := range map[string]string{
		"a header without a name": " : zqcanary\r\n",
		"a header over two lines": "X-File-Name: a\r\n zqcanary: b\r\n\x00\r\n",
		"a NUL in a header":       "X-File-Name: zqcanary\x00\r\n",
		"two lengths":             "Content-Length: 5\r\nContent-Length: 6\r\n",
		"a length that is none":   "Content-Length: +5\r\n",
		"an unknown framing":      "Transfer-Encoding: zqcanary\r\n",
		"two framings":            "Transfer-Encoding: chunked, identity\r\n",
		"two hosts":               "Host: zqcanary\r\n",
	} {
		conn, err := net.Dial("tcp", b.server.Listener.Addr().String())
		must(b.t, err)
		_, err = fmt.Fprintf(conn, "PUT /api/v1/documents/%s/content HTTP/1.1\r\nHost: x\r\n%s\r\nhello", b.document.str("id"), raw)
		must(b.t, err)
		var answer bytes.Buffer
		_, _ = answer.ReadFrom(conn) // the server hangs up
		_ = conn.Close()
		if text := answer.String(); !strings.HasPrefix(text, "HTTP/1.1 400 ") && !strings.HasPrefix(text, "HTTP/1.1 501 ") || strings.Contains(text, "zqcanary") {
			b.t.Errorf("%s: %.300s", what, text)
		}
	}
}

func with(body map[string]any, name string, value any) map[string]any {
	out := maps.Clone(body)
	out[name] = value
	return out
}

// zipOf is an archive with one file of so many zeros, behind something else.
func zipOf(before string, size int, comment string) []byte {
	out := bytes.NewBufferString(before)
	z := zip.NewWriter(out)
	z.SetOffset(int64(len(before)))
	w, _ := z.Create("word/document.xml")
	block := make([]byte, 1<<20)
	for ; size > 0; size -= len(block) {
		_, _ = w.Write(block[:min(size, len(block))])
	}
	_ = z.SetComment(comment)
	_ = z.Close()
	return out.Bytes()
}

func gzipOf(content []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(content)
	_ = z.Close()
	return out.Bytes()
}
