package mockbank

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// secured is a bank that listens with TLS, and a client of it.
func secured(t *testing.T, dials Dials) (*httptest.Server, *Authority) {
	t.Helper()
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(open(t, Options{Authority: authority, Dials: dials}, contract.BerlinGroup))
	server.TLS = authority.TLS()
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of strangers, who are meant to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, authority
}

func ask(t *testing.T, server *httptest.Server, authority *Authority, certificate []byte, change func(*http.Request)) (int, string) {
	t.Helper()
	config := &tls.Config{RootCAs: authority.Pool}
	if certificate != nil {
		pair, err := tls.X509KeyPair(certificate, certificate)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/aurora/psd2/v1/consents", strings.NewReader(
		`{"access":{"allPsd2":"allAccounts"},"recurringIndicator":true,"validUntil":"2099-01-01","frequencyPerDay":4,"combinedServiceIndicator":false}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"X-Request-ID": "99391c7e-ad88-49ec-a2ad-99ddcb1f7721", "PSU-IP-Address": "192.0.2.7", "TPP-Redirect-URI": "https://broker.example/back", "Content-Type": "application/json"} {
		r.Header.Set(name, value)
	}
	if change != nil {
		change(r)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

// Clients are known by a certificate of the authority, and by no other.
func TestClientCertificate(t *testing.T) {
	server, authority := secured(t, Dials{Certificate: true})
	if status, body := ask(t, server, authority, authority.QWAC, nil); status != http.StatusCreated || !strings.Contains(body, server.URL+"/aurora/psd2/sca/") {
		t.Errorf("status %d %s", status, body)
	}
	if status, body := ask(t, server, authority, nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer demo-aurora") }); status != http.StatusUnauthorized || !strings.Contains(body, "CERTIFICATE_MISSING") {
		t.Errorf("without: status %d %s", status, body)
	}
	stranger, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for name, certificate := range map[string][]byte{"of another authority": stranger.QWAC, "for signatures": authority.QSEAL} {
		if status, body := ask(t, server, authority, certificate, nil); status != 0 && status != http.StatusUnauthorized {
			t.Errorf("%s: status %d %s", name, status, body)
		}
	}
}

// seal signs a request as the framework's TPPs do.
func seal(t *testing.T, identity []byte, headers ...string) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		sum := sha256.Sum256(body)
		r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
		var lines []string
		for _, name := range headers {
			lines = append(lines, name+": "+r.Header.Get(name))
		}
		pair, err := tls.X509KeyPair(identity, identity)
		if err != nil {
			t.Fatal(err)
		}
		text := sha256.Sum256([]byte(strings.Join(lines, "\n")))
		signature, err := pair.PrivateKey.(crypto.Signer).Sign(rand.Reader, text[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		algorithm := "rsa-sha256"
		if _, is := pair.PrivateKey.(*rsa.PrivateKey); !is {
			algorithm = "ecdsa-sha256"
		}
		r.Header.Set("Signature", `keyId="SN=4,CA=CN=Mock bank authority",algorithm="`+algorithm+`",headers="`+strings.Join(headers, " ")+`",signature="`+base64.StdEncoding.EncodeToString(signature)+`"`)
		r.Header.Set("TPP-Signature-Certificate", base64.StdEncoding.EncodeToString(pair.Certificate[0]))
	}
}

// Where a bank wants seals it takes those of the authority, over what they must cover, and of what was sent.
func TestSeal(t *testing.T) {
	server, authority := secured(t, Dials{Seal: true})
	whole := []string{"digest", "x-request-id", "tpp-redirect-uri"}
	stranger, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   string
	}{
		"sealed":           {seal(t, authority.QSEAL, whole...), ""},
		"not sealed":       {nil, "SIGNATURE_MISSING"},
		"too little":       {seal(t, authority.QSEAL, "digest", "x-request-id"), "SIGNATURE_INVALID"},
		"a stranger's":     {seal(t, stranger.QSEAL, whole...), "CERTIFICATE_INVALID"},
		"with the TLS one": {seal(t, authority.QWAC, whole...), "CERTIFICATE_INVALID"},
		"of another request": {func(r *http.Request) {
			seal(t, authority.QSEAL, whole...)(r)
			r.Header.Set("TPP-Redirect-URI", "https://other.example")
		}, "SIGNATURE_INVALID"},
		"of another body": {func(r *http.Request) { seal(t, authority.QSEAL, whole...)(r); r.Header.Set("Digest", "SHA-256=eHg=") }, "SIGNATURE_INVALID"},
		"with a false certificate": {func(r *http.Request) {
			seal(t, authority.QSEAL, whole...)(r)
			r.Header.Set("TPP-Signature-Certificate", "eHg=")
		}, "CERTIFICATE_INVALID"},
	} {
		status, body := ask(t, server, authority, authority.QWAC, c.change)
		if c.want == "" && status != http.StatusCreated || c.want != "" && (status != http.StatusUnauthorized || !strings.Contains(body, c.want)) {
			t.Errorf("%s: status %d %s", name, status, body)
		}
	}
}

// A folder with the certificates can be read back.
func TestAuthorityWrites(t *testing.T) {
	authority, err := NewAuthority("bank.example", "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tls")
	if err := authority.Write(dir); err != nil {
		t.Fatal(err)
	}
	for name, blocks := range map[string]int{"ca.pem": 1, "qwac.pem": 2, "qseal.pem": 2} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for range blocks {
			block, rest := pem.Decode(text)
			if block == nil {
				t.Fatalf("%s is short", name)
			}
			text = rest
		}
		if s, _ := os.Stat(filepath.Join(dir, name)); s.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, s.Mode())
		}
	}
	if leaf := authority.Server.Leaf; leaf.VerifyHostname("bank.example") != nil || leaf.VerifyHostname("192.0.2.9") != nil {
		t.Error("the bank's certificate does not name it")
	}
}

// A file of people takes the place of the invented ones, for the bank it names.
func TestPeople(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.json")
	const people = `{"aurora":[{"id":"dora","name":"Ada Neri","accounts":[{"iban":"IT18S0990101600000000100001","name":"Conto","opening_cents":10000,
		"transactions":[{"booked":"2026-02-02","amount_cents":-2550,"counterparty":"BAR","text":"CAFFE"},{"booked":"2026-02-01","amount_cents":5000,"text":"BONIFICO"}]}]}]}`
	if err := os.WriteFile(path, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := ReadPeople(path)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "aurora", Options{Now: (&clock{at: morning}).now, People: read})
	out := c.asks(asking(all()))
	c.clicks(out.Links["scaRedirect"].Href, map[string][]string{"person": {"dora"}, "answer": {"yes"}})
	var page report
	c.do(http.MethodGet, "/accounts/"+resource(ibans["aurora"][0])+"/transactions?bookingStatus=booked&dateFrom=2026-01-01", nil, &page, "Consent-ID", out.ConsentID)
	if len(page.Transactions.Booked) != 2 || page.Transactions.Booked[0]["creditorName"] != "BAR" {
		t.Fatalf("%+v", page)
	}
	after := page.Transactions.Booked[0]["balanceAfterTransaction"].(map[string]any)["balanceAmount"].(map[string]any)["amount"]
	if after != "124.50" {
		t.Errorf("the balance is %v", after)
	}
	for text, want := range map[string]string{"[]": "no file of people", `{"aurora":[{"id":"x","accounts":[{"iban":"IT18S0990101600000000100001","transactions":[{"booked":"soon"}]}]}]}`: "no date"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := ReadPeople(path)
		if err == nil {
			_, err = New(Options{People: read})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
