package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// FetchAccounts lists the accounts that the consents of a set open, each once. A consent that is over takes its accounts with it; only
// when all are over is that a failure.
func (reader) FetchAccounts(ctx context.Context, call sdk.Call, started sdk.StartedConsent) ([]sdk.Account, error) {
	out, open := []sdk.Account{}, false
	var over error
	for _, ref := range started.ExternalRefs {
		accounts, err := accountsOf(ctx, call, ref)
		if said, is := failure(err); is && said.Kind == sdk.ConsentExpired {
			over = err
			continue
		}
		if err != nil {
			return nil, err
		}
		open = true
		for _, a := range accounts {
			if !slices.ContainsFunc(out, func(b sdk.Account) bool { return a.ID == b.ID }) {
				out = append(out, a)
			}
		}
	}
	if !open && over != nil {
		return nil, over
	}
	return out, nil
}

func accountsOf(ctx context.Context, call sdk.Call, ref string) ([]sdk.Account, error) {
	var said struct {
		Accounts []struct {
			ResourceID      string `json:"resourceId"`
			IBAN            string `json:"iban"`
			Currency        string `json:"currency"`
			Name            string `json:"name"`
			DisplayName     string `json:"displayName"`
			Product         string `json:"product"`
			CashAccountType string `json:"cashAccountType"`
			OwnerName       string `json:"ownerName"`
		}
	}
	if err := ask(ctx, call, request{method: http.MethodGet, path: []string{"accounts"}, consent: ref}, &said); err != nil {
		return nil, err
	}
	var out []sdk.Account
	for _, a := range said.Accounts {
		if a.ResourceID == "" || a.Currency == "" {
			return nil, drift("account")
		}
		out = append(out, sdk.Account{ID: a.ResourceID, ExternalRef: ref, IBAN: a.IBAN, Currency: a.Currency, Name: first(a.DisplayName, a.Name, a.Product), Type: a.CashAccountType, OwnerName: plain(a.OwnerName)})
	}
	return out, nil
}

// FetchBalances reads an account's balances.
func (reader) FetchBalances(ctx context.Context, call sdk.Call, started sdk.StartedConsent, account string) ([]sdk.Balance, error) {
	var said struct {
		Balances []struct {
			BalanceAmount amount `json:"balanceAmount"`
			BalanceType   string `json:"balanceType"`
			ReferenceDate string `json:"referenceDate"`
		}
	}
	if _, err := anyOf(started.ExternalRefs, func(ref string) error {
		return ask(ctx, call, request{method: http.MethodGet, path: []string{"accounts", account, "balances"}, consent: ref}, &said)
	}); err != nil {
		return nil, err
	}
	out := []sdk.Balance{}
	for _, b := range said.Balances {
		cents, err := b.BalanceAmount.cents()
		if err != nil {
			return nil, err
		}
		out = append(out, sdk.Balance{Type: b.BalanceType, AmountCents: cents, Currency: b.BalanceAmount.Currency, Date: b.ReferenceDate})
	}
	return out, nil
}

// anyOf finds the consent of a set that opens an account: the first that the bank does not say is not the one.
func anyOf(refs []string, try func(ref string) error) (ref string, err error) {
	err = sdk.Error{Kind: sdk.InvalidRequest, Code: "consent.missing", SideEffect: sdk.None}
	for _, ref := range refs {
		err = try(ref)
		said, is := failure(err)
		if !is || said.Kind != sdk.ConsentExpired && said.Code != "resource.unknown" {
			return ref, err
		}
	}
	return "", err
}

// page is where a further page is: of which consent, and the bank's link to it.
type page struct {
	Ref  string `json:"ref"`
	Link string `json:"link"`
}

// FetchTransactions reads one page of booked transactions. The bank decides how long it is.
func (reader) FetchTransactions(ctx context.Context, call sdk.Call, started sdk.StartedConsent, question sdk.TransactionQuestion) (sdk.TransactionPage, error) {
	var said struct {
		Transactions *struct {
			Booked []entry         `json:"booked"`
			Links  map[string]link `json:"_links"`
		}
		Links map[string]link `json:"_links"`
	}
	refs, in := started.ExternalRefs, request{method: http.MethodGet, path: []string{"accounts", question.AccountID, "transactions"},
		query: url.Values{"bookingStatus": {"booked"}, "dateFrom": {question.From}, "dateTo": {question.To}}}
	if question.Page != "" {
		var at page
		text, err := base64.RawURLEncoding.DecodeString(question.Page)
		if err != nil || json.Unmarshal(text, &at) != nil || !slices.Contains(refs, at.Ref) {
			return sdk.TransactionPage{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "page", SideEffect: sdk.None}
		}
		refs, in = []string{at.Ref}, request{method: http.MethodGet, link: at.Link}
	}
	ref, err := anyOf(refs, func(ref string) error {
		in.consent = ref
		return ask(ctx, call, in, &said)
	})
	if err != nil {
		return sdk.TransactionPage{}, err
	}
	if said.Transactions == nil {
		if said.Links["download"].Href != "" {
			return sdk.TransactionPage{}, sdk.Error{Kind: sdk.Unsupported, Code: "transactions.download", SideEffect: sdk.None}
		}
		return sdk.TransactionPage{}, drift("transactions")
	}
	out, seen := sdk.TransactionPage{Transactions: []sdk.Transaction{}}, map[string]int{}
	for _, e := range said.Transactions.Booked {
		t, err := e.transaction(seen)
		if err != nil {
			return sdk.TransactionPage{}, err
		}
		out.Transactions = append(out.Transactions, t)
	}
	if next := said.Transactions.Links["next"].Href; next != "" {
		if next == in.link {
			return sdk.TransactionPage{}, drift("next") // it would go on for ever
		}
		text, err := json.Marshal(page{ref, next})
		if err != nil {
			return sdk.TransactionPage{}, err
		}
		out.NextPage = base64.RawURLEncoding.EncodeToString(text)
	}
	return out, nil
}
