package api

import "net/http"

// protective go out with every answer of this package, errors included; what a page needs instead it sets itself. An answer of
// the interface is data: nothing in it may run, load or be framed. (net/http's own refusals of what is no HTTP carry none.)
var protective = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "SAMEORIGIN", // for browsers that do not know frame-ancestors
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), " +
		"midi=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)",
}

// hsts keeps a browser on https for two years. Its subdomains are somebody else's unless a setting says otherwise.
const hsts = "max-age=63072000"

// protect sets the headers that go out with every answer.
func (s *server) protect(h http.Header, r *http.Request) {
	for name, value := range protective {
		h.Set(name, value)
	}
	if s.auth.encrypted(r) {
		value := hsts
		if s.deps.Subdomains {
			value += "; includeSubDomains"
		}
		h.Set("Strict-Transport-Security", value)
	}
}
