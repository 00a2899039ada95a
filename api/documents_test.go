package api_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/documents/clamd"
	"github.com/pratica-crm/pratica/core/documents/watermark"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// here stamps in this process what the product stamps in one of its own.
type here struct{}

func (here) Mark(_ context.Context, w io.Writer, pdf io.Reader, text string) error {
	return watermark.Stamp(w, pdf, text)
}

// page is a PDF that a reader can show.
func page() []byte {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>"}
	out, table := bytes.NewBufferString("%PDF-1.7\n"), ""
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", out.Len())
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(out, "xref\n0 4\n0000000000 65535 f \n%strailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", table, out.Len())
	return out.Bytes()
}

// TestPapers is over one site, since none of its parts disturbs the next; the last sends a person away.
func TestPapers(t *testing.T) {
	s := newSite(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *site)
	}{{"served", testServed}, {"watermark", testWatermark}, {"scan", testScan}, {"link ends", testLinkEnds}} {
		t.Run(part.name, func(t *testing.T) { part.test(t, s) })
	}
}

// asking asks for a document of a fresh file and gives its path.
func (c *caller) asking() string {
	c.t.Helper()
	app := c.do("POST", "/applications", asked).want(201).str("id")
	return "/documents/" + c.do("POST", "/applications/"+app+"/documents", map[string]any{"kind": "mandate"}).want(201).str("id")
}

func (c *caller) put(doc string, content []byte, headers ...string) answer {
	c.t.Helper()
	return c.do("PUT", doc+"/content", content, append(headers, c.do("GET", doc, nil).want(200).match())...)
}

func (c *caller) link(doc string, how any) string {
	c.t.Helper()
	return c.do("POST", doc+"/link", how).want(200).str("url")
}

// testLinkEnds: a link ends at once with the sign-in, the session or the membership it was made under, on every server, also on one
// that still remembers who it was; one that opens once opens once, whoever asks at the same time.
func testLinkEnds(t *testing.T, s *site) {
	other := *s // another server, which hears of no sign-out
	other.server = httptest.NewServer(api.New(s.deps))
	t.Cleanup(other.server.Close)
	admin := s.as(t, s.A, "agency_admin")
	doc := admin.asking()
	admin.put(doc, pdf).want(200)
	for _, c := range []struct {
		what string
		end  func(*caller)
	}{
		{"a sign-out", func(c *caller) { c.do("POST", "/auth/logout", nil).want(204) }},
		{"a session that is revoked", func(c *caller) {
			hash := accounts.Hash(c.cookie)
			if _, err := s.Raw(t, "", `update sessions set revoked_at = now() where token_hash = $1 returning 'revoked'`, hash); err != nil {
				t.Fatal(err)
			}
		}},
		{"a person who leaves", func(*caller) { // last: nobody of that role is left then
			for _, m := range admin.do("GET", "/members", nil).want(200).items() {
				if m["email"] == "broker@a.test" {
					admin.do("DELETE", "/members/"+m["id"].(string), nil, fmt.Sprintf(`If-Match: "%v"`, m["version"])).want(204)
				}
			}
		}},
	} {
		here := s.as(t, s.A, "broker")
		there := &caller{t: t, site: &other, cookie: here.cookie}
		link := here.link(doc, nil)
		here.do("GET", link, nil).want(200)
		there.do("GET", link, nil).want(200)
		c.end(here)
		for where, c2 := range map[string]*caller{"here": here, "there": there} {
			if a := c2.do("GET", link, nil); a.Status != 401 && a.Status != 403 && a.Status != 404 || bytes.Contains(a.raw, pdf) {
				t.Errorf("after %s it opens %s: %d", c.what, where, a.Status)
			}
		}
	}
	once := admin.link(doc, map[string]any{"once": true})
	var all sync.WaitGroup
	got := make([]int, 4)
	for i := range got {
		all.Go(func() { got[i] = admin.do("GET", once, nil).Status })
	}
	all.Wait()
	slices.Sort(got)
	if !slices.Equal(got, []int{200, 404, 404, 404}) {
		t.Errorf("a link that opens once: %v", got)
	}
	many := admin.link(doc, map[string]any{"once": false})
	admin.do("GET", many, nil).want(200)
	admin.do("GET", many, nil).want(200)
	admin.do("POST", doc+"/link", map[string]any{"for": "ever"}).want(422)
}

// testServed: a content is served as what it is and under a name that is safe, and nothing in it can run; what is two things
// at once is refused and leaves nothing.
func testServed(t *testing.T, s *site) {
	broker := s.as(t, s.A, "broker")
	doc := broker.asking()
	for what, content := range map[string]string{
		"a PDF that is a page":    "%PDF-1.4\n<html><script>alert(1)</script>\n%%EOF\n",
		"a PDF that is a program": string(pdf) + "#!/bin/sh\n",
		"a picture and archive":   "\xff\xd8\xff\xe0" + "PK\x05\x06" + strings.Repeat("\x00", 18),
	} {
		if a := broker.put(doc, []byte(content)); a.code(422, "document.polyglot").Status != 422 {
			t.Error(what)
		}
	}
	broker.put(doc, []byte("<svg onload=alert(1)>"), "Content-Type: image/svg+xml", "X-File-Name: a.pdf").code(422, "document.type")
	broker.put(doc, pdf, "X-File-Name: %zz").code(400, "document.name")
	if left, _ := filepath.Glob(filepath.Join(s.blobs, "*", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	up := broker.put(doc, pdf, "Content-Type: text/html", "X-File-Name: ..%2F..%2Fcitt%C3%A0%0D%0ASet-Cookie:%20a=b%E2%80%AE.html").want(200)
	if up.str("file_name") != "cittàSet-Cookie a=b.html.pdf" || up.str("media_type") != "application/pdf" || up.str("scan") != "not_scanned" {
		t.Errorf("kept as %s", up.raw)
	}
	opened := broker.do("GET", broker.link(doc, nil), nil).want(200)
	for name, want := range map[string]string{
		"Content-Type":           "application/pdf",
		"Content-Disposition":    `inline; filename="citt_Set-Cookie a=b.html.pdf"; filename*=UTF-8''citt%C3%A0Set-Cookie%20a%3Db.html.pdf`,
		"X-Content-Type-Options": "nosniff",
		"Cache-Control":          "private, no-store",
		"Set-Cookie":             "",
	} {
		if got := opened.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if csp := opened.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.HasSuffix(csp, "; sandbox") {
		t.Errorf("what is in it may do: %s", csp)
	}
}

// testWatermark: a copy names its viewer; what cannot be stamped is refused and not shown unmarked.
func testWatermark(t *testing.T, s *site) {
	broker := s.as(t, s.A, "broker")
	doc := broker.asking()
	stamp := map[string]any{"watermark": true}
	broker.put(doc, page()).want(200)
	broker.do("GET", broker.link(doc, stamp), nil).code(503, "document.watermark_unavailable")
	s.deps.Documents.MarkWith(here{})
	copied := broker.do("GET", broker.link(doc, stamp), nil).want(200)
	if copied.Header.Get("Content-Length") != fmt.Sprint(len(copied.raw)) || !bytes.HasPrefix(copied.raw, []byte("%PDF-")) || bytes.Equal(copied.raw, page()) {
		t.Errorf("%s bytes, %.20q", copied.Header.Get("Content-Length"), copied.raw)
	}
	if words := unpacked(copied.raw); !strings.Contains(words, "broker@a.test") || !strings.Contains(words, "Agenzia a") || !strings.Contains(words, "2026-11-02 09:00") {
		t.Errorf("it says %q", words)
	}
	if plain := broker.do("GET", broker.link(doc, nil), nil).want(200); !bytes.Equal(plain.raw, page()) {
		t.Error("the document itself was changed")
	}
	picture := broker.asking()
	broker.put(picture, []byte("\xff\xd8\xff\xe0 picture")).want(200)
	broker.do("POST", picture+"/link", stamp).code(409, "document.no_watermark")
}

// unpacked is what the compressed parts of a PDF hold.
func unpacked(pdf []byte) string {
	var out strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n")) {
		if z, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			_, _ = io.Copy(&out, z) // what follows a stream is not part of it
		}
	}
	return out.String()
}

// testScan: what a real scanner finds is refused, kept nowhere and in the trail; without its word nothing is taken.
func testScan(t *testing.T, s *site) {
	broker := s.as(t, s.A, "broker")
	doc := broker.asking()
	const malware = "these words are malware to the tests of Pratica"
	scanner, err := clamd.New(coretest.StartClamd(t, "Pratica.Test", malware))
	must(t, err)
	s.deps.Documents.ScanWith(scanner)
	t.Cleanup(func() { s.deps.Documents.ScanWith(nil) })
	before, _ := filepath.Glob(filepath.Join(s.blobs, "*", "*"))
	broker.put(doc, []byte("%PDF-1.4\n"+malware+"\n%%EOF\n")).code(422, "document.infected")
	if left, _ := filepath.Glob(filepath.Join(s.blobs, "*", "*")); len(left) != len(before) {
		t.Errorf("left behind: %v", left)
	}
	if is := broker.do("GET", doc, nil).want(200); is.str("state") != "requested" || is.str("scan") != "not_scanned" {
		t.Errorf("after what was refused: %s", is.raw)
	}
	trail := s.as(t, s.A, "agency_admin").do("GET", "/audit?ref="+strings.TrimPrefix(doc, "/documents/"), nil).want(200)
	if last := trail.items()[0]; last["action"] != "document.infected" || fmt.Sprint(last["detail"]) != "map[found:Pratica.Test.UNOFFICIAL]" {
		t.Errorf("the trail says %v", last)
	}
	if up := broker.put(doc, pdf).want(200); up.str("scan") != "clean" {
		t.Errorf("a clean one: %s", up.raw)
	}
	away, err := clamd.New("unix:///nowhere/clamd")
	must(t, err)
	s.deps.Documents.ScanWith(away)
	if a := broker.put(doc, page()).code(503, "document.scan_unavailable"); a.Header.Get("Retry-After") != "60" {
		t.Errorf("when to try again: %v", a.Header)
	}
	if is := broker.do("GET", broker.link(doc, nil), nil).want(200); !bytes.Equal(is.raw, pdf) {
		t.Error("the content that was there is another one")
	}
	if _, err := s.Raw(t, "", `update documents set scan = 'infected' where scan = 'clean' returning id::text`); err != nil {
		t.Fatal(err)
	}
	broker.do("POST", doc+"/link", nil).code(422, "document.infected")
}

// TestRedirect: an object store that alone encrypts gives a content out itself, to whom the link is for and nobody else; what must be
// counted or stamped still comes through us.
func TestRedirect(t *testing.T) {
	gateway := coretest.StartGateway(t)
	store, err := blob.Open(gateway.URL("&sse=s3&encryption=server"), gateway.AccessKey, gateway.Secret)
	must(t, err)
	s := newSiteOver(t, store)
	s.deps.Documents.MarkWith(here{})
	broker := s.as(t, s.A, "broker")
	doc := broker.asking()
	broker.put(doc, page(), "X-File-Name: a.pdf").want(200)
	link := broker.link(doc, nil)
	moved := broker.stay("GET", link).want(303)
	address := moved.Header.Get("Location")
	if q := query(t, address); !strings.HasPrefix(address, gateway.Endpoint) || q.Get("X-Amz-Expires") != "60" || q.Get("response-content-type") != "application/pdf" || moved.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("moved to %s %v", address, moved.Header)
	}
	if got := broker.do("GET", link, nil).want(200); !bytes.Equal(got.raw, page()) || got.Header.Get("Content-Disposition") != `inline; filename="a.pdf"` {
		t.Errorf("the store gives out %v %.20q", got.Header, got.raw)
	}
	for what, other := range map[string]*caller{"a colleague": s.as(t, s.A, "back_office"), "another agency": s.as(t, s.B, "broker"), "the same in another session": s.as(t, s.A, "broker")} {
		if a := other.stay("GET", link); a.Status != 404 || a.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %s", what, a.Status, a.Header.Get("Location"))
		}
	}
	for _, how := range []string{"once", "watermark"} {
		broker.stay("GET", broker.link(doc, map[string]any{how: true})).want(200)
	}
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	return u.Query()
}

// stay sends a request and follows nothing.
func (c *caller) stay(method, path string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.site.server.URL+path, nil)
	must(c.t, err)
	r.AddCookie(&http.Cookie{Name: "pratica_session", Value: c.cookie})
	resp, err := http.DefaultTransport.RoundTrip(r)
	must(c.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(c.t, err)
	return answer{t: c.t, what: method + " " + path, Status: resp.StatusCode, Header: resp.Header, raw: raw}
}
