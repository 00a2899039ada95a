package openbanking

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func TestPagesAndAmounts(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"transactions":{"booked":[{"transactionId":"1","bookingDate":"2026-01-02","transactionAmount":{"amount":"-12.3","currency":"EUR"},"creditorName":"Enel"}],
			"_links":{"next":{"href":"https://elsewhere.example/v1/accounts/A/transactions?page=2&bookingStatus=booked"}}}}`)
	}))
	defer server.Close()
	config, _ := json.Marshal(settings{URL: server.URL, Token: "t"})
	call := sdk.Call{Config: config, IdempotencyKey: "k"}.WithTransport(server.Client().Transport)
	page, err := bank{}.FetchTransactions(t.Context(), call, sdk.StartedConsent{ExternalRefs: []string{"C"}}, sdk.TransactionQuestion{AccountID: "A", From: "2026-01-01"})
	if err != nil || page.Transactions[0].AmountCents != -12_30 || page.Transactions[0].Counterparty != "Enel" || page.NextPage != "page=2&bookingStatus=booked" {
		t.Fatalf("%+v %v", page, err)
	}
	if _, err := (bank{}).FetchTransactions(t.Context(), call, sdk.StartedConsent{ExternalRefs: []string{"C"}}, sdk.TransactionQuestion{AccountID: "A", Page: page.NextPage}); err != nil || asked != "/v1/accounts/A/transactions?bookingStatus=booked&page=2" {
		t.Errorf("the next page is asked for at %s: %v", asked, err)
	}
}

func TestExpiredConsent(t *testing.T) {
	var failed sdk.Error
	if err := judge(401, []byte(`{"tppMessages":[{"category":"ERROR","code":"CONSENT_EXPIRED"}]}`)); !errors.As(err, &failed) || failed.Kind != sdk.ConsentExpired {
		t.Errorf("%v", err)
	}
	if judge(500, []byte("<html>")) != nil {
		t.Error("a web page is a code")
	}
}
