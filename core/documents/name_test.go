package documents

import (
	"mime"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestNames: whatever a sender calls a file, it is kept under a name that is safe on a screen, in a header and on any disk.
func TestNames(t *testing.T) {
	for sent, want := range map[string]string{
		"busta paga.pdf":                     "busta paga.pdf",
		"Città – perché.PDF":                 "Città – perché.PDF",
		"../../etc/passwd":                   "passwd.pdf",
		`C:\Users\ada\..\mandato.pdf`:        "mandato.pdf",
		"a.pdf\r\nSet-Cookie: x=1":           "a.pdfSet-Cookie x=1.pdf",
		"a\x00b.pdf":                         "ab.pdf",
		"fattura\u202efdp.exe":               "fatturafdp.exe.pdf",
		"\u2066a\u2069\u200b\ufeff.pdf":      "a.pdf",
		"a\u2028b\u00a0c.pdf":                "ab c.pdf",
		"con.pdf":                            "_con.pdf",
		"LPT1.tar.pdf":                       "_LPT1.tar.pdf",
		"COM².pdf":                           "_COM².pdf",
		"nul":                                "_nul.pdf",
		"a.pdf:hidden.exe":                   "a.pdfhidden.exe.pdf",
		`quote"d'.pdf`:                       "quoted'.pdf",
		".htaccess":                          "htaccess.pdf",
		"pagina.html":                        "pagina.html.pdf",
		"foto.jpg":                           "foto.jpg.pdf",
		"a.pdf. . ":                          "a.pdf",
		"\xff\xfea\xc3.pdf":                  "a.pdf",
		"":                                   "doc_1.pdf",
		"..":                                 "doc_1.pdf",
		"/":                                  "doc_1.pdf",
		" . .pdf":                            "pdf.pdf",
		strings.Repeat("è", 300) + ".pdf":    strings.Repeat("è", 88) + ".pdf",
		"a." + strings.Repeat("x", 300):      "a." + strings.Repeat("x", 174) + ".pdf",
		strings.Repeat("a/", 5000) + "b.pdf": "b.pdf",
	} {
		if got := cleanName(sent, "application/pdf", "doc_1"); got != want {
			t.Errorf("%.60q is kept as %q, want %q", sent, got, want)
		}
	}
	for media, want := range map[string]string{"image/jpeg": "x.JPEG", "image/png": "x.JPEG.png"} {
		if got := cleanName("x.JPEG", media, "doc_1"); got != want {
			t.Errorf("a %s is kept as %q", media, got)
		}
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a b.pdf":       `inline; filename="a b.pdf"`,
		"è 100%.pdf":    `inline; filename="_ 100_.pdf"; filename*=UTF-8''%C3%A8%20100%25.pdf`,
		`a"; x="b.pdf`:  `inline; filename="a_; x=_b.pdf"; filename*=UTF-8''a%22%3B%20x%3D%22b.pdf`,
		"a\r\nX: y.pdf": `inline; filename="a__X: y.pdf"; filename*=UTF-8''a%0D%0AX%3A%20y.pdf`,
	} {
		if got := Disposition("inline", name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// FuzzName: of any name and type what is kept is safe, stays as it is when it is kept again, and comes through a header whole.
func FuzzName(f *testing.F) {
	for _, sent := range []string{"a.pdf", `..\..\con.pdf`, "a\r\nb", "\u202egpj.exe", "\xff.jpg", "com¹.x.png", strings.Repeat("è.", 200), " . ", "%2e%2e%2f.pdf"} {
		f.Add(sent, "application/pdf")
		f.Add(sent, "image/png")
	}
	f.Fuzz(func(t *testing.T, sent, media string) {
		if extensions[media] == nil {
			media = "image/jpeg"
		}
		name := cleanName(sent, media, "doc_1")
		stem := strings.TrimSuffix(name, path.Ext(name))
		first, _, _ := strings.Cut(strings.ToLower(name), ".")
		switch {
		case !utf8.ValidString(name), stem == "", len(name) > maxName, path.Base(name) != name, strings.ContainsAny(name, `<>:"/\|?*`), strings.Trim(name, " .") != name,
			strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }), devices[strings.TrimRight(first, " ")]:
			t.Errorf("%q is kept as %q", sent, name)
		case cleanName(name, media, "doc_1") != name:
			t.Errorf("%q becomes %q when it is kept again", name, cleanName(name, media, "doc_1"))
		}
		how, params, err := mime.ParseMediaType(Disposition("inline", name))
		if err != nil || how != "inline" || params["filename"] != name {
			t.Errorf("%q comes through a header as %q, %v", name, params["filename"], err)
		}
	})
}
