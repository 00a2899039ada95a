// Package openbanking reads accounts at a bank that speaks the Berlin Group's NextGenPSD2.
package openbanking

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

//go:embed schema.json
var schema []byte

// Connector is what the platform is told, and calls.
func Connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{
			ID: "acme", Version: "0.1.0", Title: "Acme", ConfigSchema: schema, Countries: []string{"IT"},
			Egress:         []string{"{url}"}, // host and port of the setting url, and nothing else
			DataCategories: []string{"accounts"},
		},
		OpenBanking: bank{},
	}
}

// settings are a connection's, by schema.json. In the place of the token stands a handle: the platform puts the token in.
type settings struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// ask is one exchange with the bank, under a consent where there is one.
func ask(ctx context.Context, call sdk.Call, consent string, in sdk.Request, out any) error {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	if in.Header == nil {
		in.Header = map[string]string{}
	}
	in.URL, in.Path = s.URL, append([]string{"v1"}, in.Path...)
	in.Header["Authorization"], in.Header["X-Request-ID"], in.Header["Consent-ID"] = "Bearer "+s.Token, requestID(call.IdempotencyKey), consent
	in.Header["PSU-IP-Address"] = cmp.Or(in.Header["PSU-IP-Address"], call.UserIP) // empty: nobody waits, and the bank counts the read
	in.Judge = judge
	return call.Ask(ctx, in, out)
}

// requestID is the same for all attempts: the bank answers a request it knows as it did before.
func requestID(key string) string {
	sum := sha256.Sum256([]byte(key))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func judge(status int, body []byte) error {
	var said struct {
		TPPMessages []struct{ Code string } `json:"tppMessages"`
	}
	_ = json.Unmarshal(body, &said) // another body is nobody's code
	for _, m := range said.TPPMessages {
		switch m.Code {
		case "CONSENT_EXPIRED", "CONSENT_INVALID", "CONSENT_UNKNOWN":
			return sdk.Error{Kind: sdk.ConsentExpired, Code: "bank.consent", SideEffect: sdk.None, ProviderCode: m.Code}
		}
	}
	return nil
}

type bank struct{ sdk.UnimplementedOpenBanking }

type link struct {
	Href string `json:"href"`
}

// StartConsent asks for one consent for all that the person chooses on the bank's page.
func (bank) StartConsent(ctx context.Context, call sdk.Call, order sdk.ConsentOrder) (sdk.ConsentSet, error) {
	access := map[string]any{"allPsd2": "allAccounts"}
	if len(order.IBANs) > 0 {
		named := []map[string]string{}
		for _, iban := range order.IBANs {
			named = append(named, map[string]string{"iban": iban})
		}
		access = map[string]any{"accounts": named, "balances": named, "transactions": named}
	}
	var got struct {
		ID    string          `json:"consentId"`
		Links map[string]link `json:"_links"`
	}
	err := ask(ctx, call, "", sdk.Request{Path: []string{"consents"}, Body: map[string]any{"access": access, "recurringIndicator": true,
		"validUntil": order.ValidUntil, "frequencyPerDay": max(1, order.ReadsPerDay), "combinedServiceIndicator": false},
		Header: map[string]string{"TPP-Redirect-URI": order.ReturnURL, "TPP-Redirect-Preferred": "true", "PSU-ID": order.UserID, "PSU-IP-Address": cmp.Or(call.UserIP, "192.0.2.1")}}, &got)
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	page := got.Links["scaRedirect"].Href
	if got.ID == "" || page == "" {
		return sdk.ConsentSet{}, sdk.Error{Kind: sdk.ContractDrift, Code: "bank.consent"}
	}
	set := sdk.ConsentSet{Consents: []sdk.Consent{{ExternalRef: got.ID, Status: "requested", ValidUntil: order.ValidUntil, IBANs: order.IBANs}}}
	return set, sdk.NeedsUser{Way: sdk.Redirect, URL: page}
}

// CompleteConsent does not rely on what came back in the address: it asks the bank.
func (b bank) CompleteConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent, _ string) (sdk.ConsentSet, error) {
	return b.GetConsent(ctx, call, started)
}

var statuses = map[string]string{"received": "requested", "partiallyAuthorised": "requested", "valid": "valid", "expired": "expired", "rejected": "rejected", "revokedByPsu": "revoked", "terminatedByTpp": "revoked"}

func (bank) GetConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent) (set sdk.ConsentSet, err error) {
	for _, id := range started.ExternalRefs {
		var got struct {
			Status     string `json:"consentStatus"`
			ValidUntil string `json:"validUntil"`
		}
		if err := ask(ctx, call, "", sdk.Request{Path: []string{"consents", id}}, &got); err != nil {
			return sdk.ConsentSet{}, err
		}
		status, known := statuses[got.Status]
		if !known {
			return sdk.ConsentSet{}, sdk.Error{Kind: sdk.ContractDrift, Code: "bank.consent_status"}
		}
		set.Consents = append(set.Consents, sdk.Consent{ExternalRef: id, Status: status, ValidUntil: got.ValidUntil})
	}
	return set, nil
}

func (bank) RevokeConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent) error {
	for _, id := range started.ExternalRefs {
		if err := ask(ctx, call, "", sdk.Request{Method: http.MethodDelete, Path: []string{"consents", id}}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (bank) FetchAccounts(ctx context.Context, call sdk.Call, started sdk.StartedConsent) (out []sdk.Account, err error) {
	for _, consent := range started.ExternalRefs {
		var got struct {
			Accounts []struct {
				ID       string `json:"resourceId"`
				IBAN     string `json:"iban"`
				Currency string `json:"currency"`
				Name     string `json:"name"`
				Type     string `json:"cashAccountType"`
				Owner    string `json:"ownerName"`
			} `json:"accounts"`
		}
		if err := ask(ctx, call, consent, sdk.Request{Path: []string{"accounts"}}, &got); err != nil {
			return nil, err
		}
		for _, a := range got.Accounts {
			out = append(out, sdk.Account{ID: a.ID, ExternalRef: consent, IBAN: a.IBAN, Currency: a.Currency, Name: a.Name, Type: a.Type, OwnerName: a.Owner})
		}
	}
	return out, nil
}

// money is an amount as the bank writes it, "-12.3".
type money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func (m money) cents() (int64, error) {
	whole, part, _ := strings.Cut(m.Amount, ".")
	cents, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil || len(part) > 2 && strings.Trim(part[2:], "0") != "" {
		return 0, sdk.Error{Kind: sdk.ContractDrift, Code: "bank.amount"}
	}
	return cents, nil
}

func (bank) FetchBalances(ctx context.Context, call sdk.Call, started sdk.StartedConsent, account string) (out []sdk.Balance, err error) {
	var got struct {
		Balances []struct {
			Amount money  `json:"balanceAmount"`
			Type   string `json:"balanceType"`
			Date   string `json:"referenceDate"`
		} `json:"balances"`
	}
	if err := ask(ctx, call, first(started), sdk.Request{Path: []string{"accounts", account, "balances"}}, &got); err != nil {
		return nil, err
	}
	for _, b := range got.Balances {
		cents, err := b.Amount.cents()
		if err != nil {
			return nil, err
		}
		out = append(out, sdk.Balance{Type: b.Type, AmountCents: cents, Currency: b.Amount.Currency, Date: b.Date})
	}
	return out, nil
}

// FetchTransactions reads one page. The next one's query is what the bank's link says; where the link leads is not.
func (bank) FetchTransactions(ctx context.Context, call sdk.Call, started sdk.StartedConsent, q sdk.TransactionQuestion) (page sdk.TransactionPage, err error) {
	in := sdk.Request{Path: []string{"accounts", q.AccountID, "transactions"}, Query: map[string]string{"bookingStatus": "booked", "dateFrom": q.From, "dateTo": q.To}}
	asked, err := url.ParseQuery(q.Page)
	if err != nil {
		return page, sdk.Error{Kind: sdk.InvalidRequest, Code: "page", SideEffect: sdk.None}
	}
	for name := range asked {
		in.Query[name] = asked.Get(name)
	}
	var got struct {
		Transactions struct {
			Booked []struct {
				ID         string                `json:"transactionId"`
				Booked     string                `json:"bookingDate"`
				Value      string                `json:"valueDate"`
				Amount     money                 `json:"transactionAmount"`
				Creditor   string                `json:"creditorName"`
				Debtor     string                `json:"debtorName"`
				Text       string                `json:"remittanceInformationUnstructured"`
				Code       string                `json:"bankTransactionCode"`
				CreditorAt struct{ IBAN string } `json:"creditorAccount"`
				DebtorAt   struct{ IBAN string } `json:"debtorAccount"`
			} `json:"booked"`
			Links map[string]link `json:"_links"`
		} `json:"transactions"`
	}
	if err := ask(ctx, call, first(started), in, &got); err != nil {
		return page, err
	}
	for _, t := range got.Transactions.Booked {
		cents, err := t.Amount.cents()
		if err != nil {
			return sdk.TransactionPage{}, err
		}
		page.Transactions = append(page.Transactions, sdk.Transaction{ID: t.ID, BookedOn: t.Booked, ValueOn: t.Value, AmountCents: cents, Currency: t.Amount.Currency,
			Counterparty: cmp.Or(t.Creditor, t.Debtor), CounterpartyIBAN: cmp.Or(t.CreditorAt.IBAN, t.DebtorAt.IBAN), Text: t.Text, BankCode: t.Code})
	}
	if next := got.Transactions.Links["next"].Href; next != "" {
		at, err := url.Parse(next)
		if err != nil {
			return sdk.TransactionPage{}, sdk.Error{Kind: sdk.ContractDrift, Code: "bank.next"}
		}
		page.NextPage = at.RawQuery
	}
	return page, nil
}

// first is the consent of a bank that gives one for all accounts, as StartConsent asks for it.
func first(started sdk.StartedConsent) string {
	if len(started.ExternalRefs) == 0 {
		return ""
	}
	return started.ExternalRefs[0]
}
