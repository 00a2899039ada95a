package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redis"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// visitorAt is somebody at a link, who follows no redirect by themself.
type visitorAt struct {
	t        *testing.T
	site     *site
	language string
}

func (b visitorAt) at(method, token string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.site.server.URL+"/callbacks/"+token, nil)
	must(b.t, err)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Accept-Language", b.language)
	resp, err := http.DefaultTransport.RoundTrip(r)
	must(b.t, err)
	body, err := io.ReadAll(resp.Body)
	must(b.t, err)
	must(b.t, resp.Body.Close())
	return resp, string(body)
}

// TestLinks: what a person sees at their link, in both languages: before they begin, while the bank is asked, and when it opens nothing.
func TestLinks(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	app := broker.do("POST", "/applications", asked).want(201).str("id")
	who := &applicant{id: broker.do("POST", "/subjects", person("Collegata", 2_600_00)).want(201).str("id")}
	broker.do("POST", "/applications/"+app+"/parties", map[string]any{"subject_id": who.id, "role_type": "applicant"}).want(201)
	portal := ident.NewConnection()
	s.Exec(t, `insert into connections (tenant_id, id, connector, name, created_at) values ($1, $2, 'bankportal', 'Portal', now())`, s.A.ID, portal)
	broker.do("POST", "/subjects/"+who.id+"/bank-consents", map[string]any{"application_id": app, "connection_id": portal.String(), "institution": "", "institution_name": "Banca",
		"valid_until": calendar.Of(s.Clock.Now()).AddDays(90).String()}, "Idempotency-Key: no accounts").code(422, "bank_consent.connection")
	id := s.atBank(t, s.A, app, who)
	link := broker.do("GET", "/bank-consents/"+id, nil).want(200).body["link"].(map[string]any)
	token := strings.TrimPrefix(link["url"].(string), "https://pratica.test/callbacks/")
	it, en := visitorAt{t, s, "it-IT,it;q=0.9"}, visitorAt{t, s, "en-GB,en;q=0.9"}

	shows := func(b visitorAt, path string, status int, refresh string, words ...string) string {
		t.Helper()
		resp, page := b.at("GET", path)
		h := resp.Header
		if resp.StatusCode != status || h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Cache-Control") != "no-store" || h.Get("Refresh") != refresh || !strings.Contains(h.Get("Content-Security-Policy"), "style-src 'sha256-") {
			t.Errorf("%s: %d %v", path, resp.StatusCode, h)
		}
		for _, w := range append(words, `lang="`+b.language[:2]+`"`) {
			if !strings.Contains(page, w) {
				t.Errorf("%s lacks %q: %s", path, w, page)
			}
		}
		return page
	}
	for range 2 {
		shows(it, token, 200, "", "Agenzia a", "Banca "+who.id, "in sola lettura", "<button>Continua</button>", "Durata del consenso: fino al ")
	}
	shows(en, token, 200, "", "It can only read", "<button>Continue</button>", "The consent lasts until ")
	asked := func() string {
		n, err := s.Raw(t, "", `select count(*)::text from operations where consent_id = $1`, bankConsent(t, id))
		must(t, err)
		return n
	}
	if n := asked(); n != "0" {
		t.Errorf("looking asked the bank %s times", n)
	}
	for range 2 {
		if resp, _ := en.at("POST", token); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/callbacks/"+token || resp.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("whoever begins: %d %v", resp.StatusCode, resp.Header)
		}
	}
	if n := asked(); n != "1" {
		t.Errorf("the bank is asked %s times", n)
	}
	shows(it, token, 200, "2", "parliamo con la banca")
	shows(en, token, 200, "2", "talking to the bank")
	s.Clock.Advance(2 * time.Minute)
	shows(it, token, 200, "15", "non ha ancora risposto", "riaprire il link più tardi")
	shows(en, token, 200, "15", "has not answered yet", "open the link again later")

	// The way back opens once.
	scope, err := s.Operator.Scope(s.A.ID, "test")
	must(t, err)
	back := ""
	must(t, s.DB.Write(context.Background(), scope.For("callbacks.receive"), func(tx *tenancy.Tx) error {
		subject, err := ident.ParseSubject(who.id)
		back = callbacks.Door(tx, callbacks.Return, subject, callbacks.BankConsent, bankConsent(t, id).UUID, tx.Now().Add(time.Hour))
		return err
	}))
	if resp, _ := it.at("GET", back+"?code=good"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/callbacks/"+token {
		t.Errorf("whoever comes back: %d %v", resp.StatusCode, resp.Header)
	}
	used := shows(it, back, 404, "", "non è valido, è scaduto o è già stato usato", "Chiedine un altro all&#39;agenzia")
	s.Clock.Advance(15 * 24 * time.Hour)
	for what, path := range map[string]string{"expired": token, "wrong": strings.Repeat("x", 43), "no state": "return?code=1"} {
		if page := shows(it, path, 404, ""); page != used {
			t.Errorf("%s: %s", what, page)
		}
		shows(en, path, 404, "", "not valid, has expired, or was used already", "Ask the agency for another one")
		(&caller{t: t, site: s}).do("GET", s.server.URL+"/callbacks/"+path, nil).code(404, "callback.not_found")
	}
	s.linkRate(t, it)
}

// linkRate: links draw from their address's bucket, and who is too fast reads so; a bank that calls back gets a problem.
func (s *site) linkRate(t *testing.T, it visitorAt) {
	deps := s.deps
	deps.Buckets = redis.NewLimiter(s.Clock.Now)
	deps.Limits = api.Limits{Address: redis.Rate{PerSecond: 0.01, Burst: 2}}
	deps.Metrics = api.NewMetrics()
	server := httptest.NewServer(api.New(deps))
	defer server.Close()
	limited := &site{World: s.World, server: server, deps: deps}
	it.site = limited
	for range 2 {
		if resp, _ := it.at("GET", strings.Repeat("y", 43)); resp.StatusCode != 404 {
			t.Errorf("%d", resp.StatusCode)
		}
	}
	if resp, page := it.at("GET", strings.Repeat("z", 43)); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(page, "Aspetta un minuto") {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, page)
	}
	if resp, _ := it.at("POST", strings.Repeat("z", 43)); resp.StatusCode != 429 {
		t.Errorf("beginning: %d", resp.StatusCode)
	}
	resp, err := http.Post(server.URL+"/callbacks/connectors/"+strings.Repeat("z", 43)+"/news", "application/json", bytes.NewReader([]byte(url.QueryEscape("x"))))
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != 429 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a bank: %d %v", resp.StatusCode, resp.Header)
	}
}

func bankConsent(t *testing.T, id string) ident.BankConsentID {
	t.Helper()
	parsed, err := ident.ParseBankConsent(id)
	must(t, err)
	return parsed
}
