// Package web carries the built workspace inside the program. Without a build it carries a page that says so:
// `go build` and `go test` never need npm.
package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// policy lets the page load what this server sends and nothing else, and style itself only with the sheets that carry the word
// of this very page (what a script sets on an element it may set in any case). Nothing may be framed here but documents.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + placeholder + "'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; manifest-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"

// placeholder stands in the policy and in the first page where each answer has a word of its own.
const placeholder = "__CSP_NONCE__"

// Handler serves the workspace: its files as they are, precompressed where the browser takes it, and its first page
// for every address of its own.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return &workspace{files}
}

type workspace struct{ files fs.FS }

func (h *workspace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" || !h.has(name) {
		if strings.HasPrefix(name, "assets/") { // a page of an older build asks for a file that is gone
			http.NotFound(w, r)
			return
		}
		name = "index.html"
		if !h.has(name) {
			name = "placeholder.html"
		}
	}
	header := w.Header()
	nonce := rand.Text()
	header.Set("Content-Security-Policy", strings.ReplaceAll(policy, placeholder, nonce))
	if strings.HasPrefix(name, "assets/pdf.worker") { // scanned pictures are decoded by WebAssembly, in the worker only
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'")
	}
	header.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") { // named by their content
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	header.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	header.Set("Vary", "Accept-Encoding")
	if path.Ext(name) == ".html" { // small, and never the same twice: not precompressed
		page, err := fs.ReadFile(h.files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		header.Set("Cache-Control", "no-store") // a word that is used again is no secret
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(bytes.ReplaceAll(page, []byte(placeholder), []byte(nonce))))
		return
	}
	served := name
	for _, c := range []struct{ encoding, ext string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if strings.Contains(r.Header.Get("Accept-Encoding"), c.encoding) && h.has(name+c.ext) {
			header.Set("Content-Encoding", c.encoding)
			served = name + c.ext
			break
		}
	}
	content, err := fs.ReadFile(h.files, served)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (h *workspace) has(name string) bool {
	info, err := fs.Stat(h.files, name)
	return err == nil && info.Mode().IsRegular()
}
