package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func order() sdk.ReportOrder {
	return sdk.ReportOrder{Subject: sdk.ReportSubject{TaxCode: "RSSMRA79B11C566R"}, CostMaxCents: 300,
		Consent: sdk.ConsentEvidence{Reference: "C-1", GivenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), TextSHA256: strings.Repeat("0", 64)}}
}

// unreachable fails the test when anything is sent.
type unreachable struct{ t *testing.T }

func (u unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("%s %s was sent", r.Method, r.URL.Path)
	return nil, errors.New("nobody is there")
}

// TestNothingLeaves: without a purpose, or without a consent's evidence, the bureau does not hear of the person.
func TestNothingLeaves(t *testing.T) {
	for code, break_ := range map[string]func(*sdk.Call, *sdk.ReportOrder){
		"purpose":  func(c *sdk.Call, _ *sdk.ReportOrder) { c.Purpose = "" },
		"consent":  func(_ *sdk.Call, o *sdk.ReportOrder) { o.Consent.Reference = "" },
		"tax_code": func(_ *sdk.Call, o *sdk.ReportOrder) { o.Subject.TaxCode = "" },
		"token":    func(c *sdk.Call, _ *sdk.ReportOrder) { c.Config = json.RawMessage(`{"url":"https://bureau.example"}`) },
		"url": func(c *sdk.Call, _ *sdk.ReportOrder) {
			c.Config = json.RawMessage(`{"url":"http://bureau.example","token":"t"}`)
		},
	} {
		call := sdk.Call{Purpose: "creditworthiness", IdempotencyKey: "k", Config: json.RawMessage(`{"url":"https://bureau.example","token":"t"}`)}.WithTransport(unreachable{t})
		o := order()
		break_(&call, &o)
		var said sdk.Error
		if _, err := (bureau{}).RequestReport(t.Context(), call, o); !errors.As(err, &said) || said.Code != code || said.SideEffect != sdk.None {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, broken := range []sdk.ConsentEvidence{{Reference: "C", TextSHA256: strings.Repeat("0", 64)}, {Reference: "C", GivenAt: time.Now()}, {Reference: "C", GivenAt: time.Now(), TextSHA256: "yes"}} {
		o := order()
		o.Consent = broken
		if _, err := demandOf(sdk.Call{Purpose: "creditworthiness"}, o); err == nil {
			t.Errorf("%+v is taken for evidence", broken)
		}
	}
}

// FuzzBureau: whatever a bureau answers, it is a report within the protocol, or an error with a code of ours and a wait in bounds, and none
// but the bureau's own words says that a request never arrived.
func FuzzBureau(f *testing.F) {
	code := regexp.MustCompile(`^[a-z_.]{1,40}$`)
	f.Add(404, `{"code":"unknown_key"}`, "")
	f.Fuzz(func(t *testing.T, status int, body, retry string) {
		if status < 200 || status > 599 {
			return
		}
		call := sdk.Call{Config: json.RawMessage(`{"url":"https://bureau.example","token":"t"}`)}.WithTransport(answers{status, body, retry})
		report, err := (bureau{}).GetReport(t.Context(), call, "r")
		if err == nil && (report.Reference == "" || report.CostCents < 0 || report.Score < report.ScoreMin || report.Score > report.ScoreMax) {
			t.Fatalf("%q is %+v", body, report)
		}
		var said sdk.Error
		if !errors.As(err, &said) {
			return
		}
		if !code.MatchString(said.Code) || said.RetryAfter < 0 || said.RetryAfter > time.Hour || len(said.ProviderCode) > 20 {
			t.Fatalf("%d %q %q: %+v", status, body, retry, said)
		}
		if said.Code == "not_found" && (status != 404 || !strings.Contains(body, "unknown_key")) {
			t.Fatalf("%d %q says that it never arrived", status, body)
		}
	})
}

// answers is a bureau that always says the same.
type answers struct {
	status      int
	body, retry string
}

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{"Retry-After": {a.retry}, "Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}
