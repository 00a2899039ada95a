package mockbank

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// ais is a bank's account information, by the Berlin Group's NextGenPSD2 framework.
type ais struct {
	rules   Rules
	dials   *dialled
	now     func() time.Time
	people  []Person
	trusted *x509.CertPool // of client certificates and seals
	snap    *snapshot
	courier *courier

	mu       sync.Mutex
	consents []*consent
	reads    map[string]int // of unattended clients, by consent, resource and day
}

const (
	redirectSCA  = "redirect"
	decoupledSCA = "decoupled"
)

var requestID = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

func (a *ais) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/consents", a.create)
	mux.HandleFunc("GET /v1/consents/{consent}", a.own(a.information))
	mux.HandleFunc("DELETE /v1/consents/{consent}", a.own(a.terminate))
	mux.HandleFunc("GET /v1/consents/{consent}/status", a.own(a.status))
	mux.HandleFunc("POST /v1/consents/{consent}/authorisations", a.own(a.authorise))
	mux.HandleFunc("GET /v1/consents/{consent}/authorisations", a.own(a.authorisations))
	mux.HandleFunc("GET /v1/consents/{consent}/authorisations/{authorisation}", a.own(a.scaStatus))
	mux.HandleFunc("GET /v1/accounts", a.reading(a.accounts))
	mux.HandleFunc("GET /v1/accounts/{account}", a.reading(a.account))
	mux.HandleFunc("GET /v1/accounts/{account}/balances", a.reading(a.balances))
	mux.HandleFunc("GET /v1/accounts/{account}/transactions", a.reading(a.transactions))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		tpp(w, http.StatusNotFound, "RESOURCE_UNKNOWN", "The bank has no such path.")
	})
	return a.guard(mux)
}

// tpp refuses in the framework's words. What a dial refuses has the framework's own code.
func tpp(w http.ResponseWriter, status int, code, text string) {
	switch {
	case status == http.StatusInternalServerError: // the framework has no message for it
		w.WriteHeader(status)
		return
	case status == http.StatusTooManyRequests:
		code = "ACCESS_EXCEEDED"
	}
	answer(w, status, map[string]any{"tppMessages": []map[string]string{{"category": "ERROR", "code": code, "text": text}}})
}

// echo gives every answer, faulty ones too, the request's X-Request-ID.
func echo(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !requestID.MatchString(id) {
			id = "00000000-0000-4000-8000-000000000000"
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r)
	})
}

// guard checks what every request must have: an X-Request-ID, and a client who is known, by certificate or by token; and a seal where the bank wants one.
func (a *ais) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !requestID.MatchString(r.Header.Get("X-Request-ID")) {
			tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "X-Request-ID is a UUID, and mandatory.")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, applicationAtMost))
		if err != nil {
			tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "A request has at most 1 MiB.")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		who, code := a.client(r)
		if code != "" {
			tpp(w, http.StatusUnauthorized, code, "The client is known by its certificate, or by the token demo-"+a.rules.Bank+".")
			return
		}
		if a.dials.get().Seal {
			if code := checkSeal(r, body, a.trusted); code != "" {
				tpp(w, http.StatusUnauthorized, code, "Requests are sealed: Digest, Signature and TPP-Signature-Certificate.")
				return
			}
		}
		next.ServeHTTP(w, withClient(r, who))
	})
}

// client says who asks, or the code of why that is not known.
func (a *ais) client(r *http.Request) (who, code string) {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		leaf := r.TLS.PeerCertificates[0]
		if a.trusted == nil || !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) { // one that names no usage would pass for any
			return "", "CERTIFICATE_INVALID"
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: a.trusted, CurrentTime: time.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			return "", "CERTIFICATE_INVALID"
		}
		return leaf.Subject.String(), ""
	}
	if a.dials.get().Certificate {
		return "", "CERTIFICATE_MISSING"
	}
	if r.Header.Get("Authorization") != "Bearer demo-"+a.rules.Bank {
		return "", "TOKEN_UNKNOWN"
	}
	return "token", ""
}

// own finds the consent of the path, which must be the client's.
func (a *ais) own(next func(http.ResponseWriter, *http.Request, *consent)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		c := a.find(r.PathValue("consent"), clientOf(r))
		if c == nil {
			tpp(w, http.StatusForbidden, "CONSENT_UNKNOWN", "The bank has no such consent of this client.")
			return
		}
		a.age(c)
		next(w, r, c)
	}
}

// reading lets in who holds a valid consent, named in Consent-ID, and counts what is read while the person is away.
func (a *ais) reading(next func(http.ResponseWriter, *http.Request, *consent)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		id := r.Header.Get("Consent-ID")
		if id == "" {
			tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "Consent-ID is mandatory.")
			return
		}
		c := a.find(id, clientOf(r))
		if c == nil {
			tpp(w, http.StatusForbidden, "CONSENT_UNKNOWN", "The bank has no such consent of this client.")
			return
		}
		switch a.age(c); c.Status {
		case "valid":
		case "expired":
			tpp(w, http.StatusUnauthorized, "CONSENT_EXPIRED", "The consent has expired.")
			return
		default:
			tpp(w, http.StatusUnauthorized, "CONSENT_INVALID", "The consent is "+c.Status+".")
			return
		}
		if !attended(r) && !a.count(c, r) {
			w.Header().Set("Retry-After", cmp.Or(untilMidnight(a.now()), "1"))
			tpp(w, http.StatusTooManyRequests, "ACCESS_EXCEEDED", "The consent is read four times a day at most while the person is away.")
			return
		}
		c.LastAction = day(a.now())
		next(w, r, c)
	}
}

// attended: the person is there, and asks themselves.
func attended(r *http.Request) bool { return r.Header.Get("PSU-IP-Address") != "" }

// unattendedAtMost is how often a resource is read in a day while the person is away (RTS on SCA, article 36).
const unattendedAtMost = 4

// count counts a read of a resource. Further pages of what was read are no reads of their own.
func (a *ais) count(c *consent, r *http.Request) bool {
	if page := r.URL.Query().Get("pageIndex") + r.URL.Query().Get("page"); page != "" && page != "0" {
		return true
	}
	key := strings.Join([]string{c.ID, r.URL.Path, day(a.now())}, " ")
	if a.reads[key] >= min(c.Frequency, unattendedAtMost) {
		return false
	}
	a.reads[key]++
	return true
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func untilMidnight(now time.Time) string {
	now = now.UTC()
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
	return wholeSeconds(next.Sub(now))
}

func (a *ais) find(id, client string) *consent {
	for _, c := range a.consents {
		if c.ID == id && c.Client == client {
			return c
		}
	}
	return nil
}

// save keeps the consents. A bank that cannot is out of order.
func (a *ais) save(w http.ResponseWriter) bool {
	if err := a.snap.save(a.part(), a.consents); err != nil {
		tpp(w, http.StatusInternalServerError, "", "")
		return false
	}
	return true
}

func (a *ais) part() string { return a.rules.Bank + ".consents" }

// path is where an API resource is, as links say it.
func (a *ais) path(parts ...string) string {
	return "/" + a.rules.Bank + "/psd2/v1/" + strings.Join(parts, "/")
}

type link struct {
	Href string `json:"href"`
}

// decode reads a JSON body of the framework.
func decode(w http.ResponseWriter, r *http.Request, into any) ([]byte, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, into) != nil {
		tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "The body is not the JSON of the contract.")
		return nil, false
	}
	return body, true
}
