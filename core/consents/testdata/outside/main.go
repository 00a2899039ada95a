// Command outside is a connector for tests: a bank, a digital identity, a bureau and an analyser that decide by what they are asked.
// It keeps nothing: what it must remember travels in the context that the platform keeps. What it was asked is written, a line each, to
// the file that the setting "log" names.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

type outside struct{ sdk.UnimplementedOpenBanking }

func main() {
	o := outside{}
	sdk.Serve(sdk.Connector{
		Describe: sdk.Description{ID: "outside", Version: "1.0.0", Title: "Outside", ConfigSchema: json.RawMessage(`{"type":"object"}`), CallbackPaths: []string{"news"},
			CostCents: map[string]int{"RequestReport": 250}},
		OpenBanking: o, Identity: o, CreditBureau: o, Analysis: o,
		HandleCallback: func(_ context.Context, call sdk.Call, c sdk.Callback) ([]string, error) {
			note(call, "callback "+c.Path+" "+c.Headers.Get("X-Signature")+" "+string(c.Body))
			if c.Headers.Get("X-Signature") != "genuine" {
				return nil, sdk.Error{Kind: sdk.Rejected, Code: "signature", SideEffect: sdk.None}
			}
			return strings.Fields(string(c.Body)), nil
		},
	})
}

func setting(call sdk.Call, name string) string {
	var all map[string]string
	_ = json.Unmarshal(call.Config, &all)
	return all[name]
}

// note writes down what was asked.
func note(call sdk.Call, line string) {
	path := setting(call, "log")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	_, _ = fmt.Fprintf(f, "%s ip=%s\n", line, call.UserIP)
}

// ListInstitutions has two banks where a setting says so; else the connection leads to one.
func (o outside) ListInstitutions(ctx context.Context, call sdk.Call) ([]sdk.Institution, error) {
	if setting(call, "banks") == "" {
		return o.UnimplementedOpenBanking.ListInstitutions(ctx, call)
	}
	return []sdk.Institution{{ID: "z", Name: "banca Zeta", Country: "IT"}, {ID: "a", Name: "Banca Alfa", BIC: "ALFAITM1", Country: "IT"}, {ID: "nameless"}}, nil
}

func (outside) StartConsent(_ context.Context, call sdk.Call, order sdk.ConsentOrder) (sdk.ConsentSet, error) {
	note(call, "start "+order.Institution+" "+order.ValidUntil+" "+call.CallbackURL)
	ref := "bank-" + call.Operation
	set := sdk.ConsentSet{Consents: []sdk.Consent{{ExternalRef: ref, Status: "requested", ValidUntil: order.ValidUntil}}, Context: []byte(order.Institution + " " + order.ReturnURL)}
	switch order.Institution {
	case "refusing":
		return set, sdk.Error{Kind: sdk.Rejected, Code: "bank_closed", SideEffect: sdk.None}
	case "broken":
		return set, sdk.Error{Kind: sdk.ContractDrift, Code: "odd", SideEffect: sdk.None}
	case "app":
		return set, sdk.NeedsUser{Way: sdk.Decoupled, After: time.Second}
	}
	return set, sdk.NeedsUser{Way: sdk.Redirect, URL: "https://bank.example/sca?back=" + url.QueryEscape(order.ReturnURL)}
}

func (outside) CompleteConsent(_ context.Context, call sdk.Call, s sdk.StartedConsent, query string) (sdk.ConsentSet, error) {
	note(call, "complete "+query)
	set := sdk.ConsentSet{Context: append(s.Context, []byte(" completed")...)}
	for _, ref := range s.ExternalRefs {
		set.Consents = append(set.Consents, sdk.Consent{ExternalRef: ref, Status: "valid"})
	}
	came, _ := url.ParseQuery(query)
	institution, back, _ := strings.Cut(strings.TrimSuffix(string(s.Context), " completed"), " ")
	switch {
	case institution == "unnoticed": // the person has left the page without a word
		return set, sdk.Pending{After: time.Second}
	case institution == "set" && !strings.HasSuffix(back, " second"): // the first was a step to the second, and is over
		return sdk.ConsentSet{Consents: []sdk.Consent{{ExternalRef: s.ExternalRefs[0] + "-second", Status: "requested"}}, Context: append(s.Context, []byte(" second")...)},
			sdk.NeedsUser{Way: sdk.Redirect, URL: "https://bank.example/sca?back=" + url.QueryEscape(back)}
	case institution == "notified":
		return set, nil
	case strings.HasPrefix(string(s.Context), "app ") && !strings.Contains(string(s.Context), "polled"):
		set.Context = append(s.Context, []byte(" polled")...)
		return set, sdk.NeedsUser{Way: sdk.Decoupled, After: time.Second}
	case strings.HasPrefix(string(s.Context), "app "), came.Get("code") == "good":
		return set, nil
	}
	for i := range set.Consents {
		set.Consents[i].Status = "rejected"
	}
	return set, nil
}

func (outside) GetConsent(_ context.Context, call sdk.Call, s sdk.StartedConsent) (set sdk.ConsentSet, _ error) {
	note(call, "get "+strings.Join(s.ExternalRefs, " "))
	status, institution := "revoked", strings.SplitN(string(s.Context), " ", 2)[0]
	switch {
	case institution == "late":
		status = "expired"
	case institution == "notified" || setting(call, "shorter") != "":
		status = "valid"
	}
	for _, ref := range s.ExternalRefs {
		c := sdk.Consent{ExternalRef: ref, Status: status, ValidUntil: setting(call, "shorter")}
		if strings.HasSuffix(ref, "-second") {
			c.Status = "valid"
		}
		set.Consents = append(set.Consents, c)
	}
	return set, nil
}

func (outside) RevokeConsent(_ context.Context, call sdk.Call, s sdk.StartedConsent) error {
	note(call, "revoke "+strings.Join(s.ExternalRefs, " "))
	return nil
}

func (outside) FetchAccounts(_ context.Context, call sdk.Call, s sdk.StartedConsent) ([]sdk.Account, error) {
	note(call, "accounts")
	if setting(call, "ended") != "" {
		return nil, sdk.Error{Kind: sdk.ConsentExpired, Code: "consent_expired", SideEffect: sdk.None}
	}
	if iban := setting(call, "iban"); iban != "" { // another bank, which calls its account the same
		return []sdk.Account{{ID: "a1", IBAN: iban, Currency: "EUR", Name: "Altro conto", OwnerName: "VERDI CARLA"}}, nil
	}
	return []sdk.Account{{ID: "a1", IBAN: "IT60X0542811101000000123456", Currency: "EUR", Name: "Conto", OwnerName: "Ada Rossi"}, {ID: "a2", IBAN: "IT02L1234512345123456789012", Currency: "EUR"}}, nil
}

func (outside) FetchBalances(_ context.Context, call sdk.Call, _ sdk.StartedConsent, account string) ([]sdk.Balance, error) {
	note(call, "balances "+account)
	date := "2026-11-01"
	if account == "a2" { // a bank need not tell it
		date = ""
	}
	return []sdk.Balance{{Type: "closingBooked", AmountCents: 1_500_00, Currency: "EUR", Date: date}}, nil
}

// FetchTransactions at another bank has what comes from the first bank, goes there, and leaves for good, under the names that the first has given.
// Else it has three pages of two for the first account, and none for the second. Where a setting says so, the process dies when it is
// asked for the second page for the first time.
func (outside) FetchTransactions(_ context.Context, call sdk.Call, _ sdk.StartedConsent, q sdk.TransactionQuestion) (sdk.TransactionPage, error) {
	note(call, "page "+q.AccountID+" "+q.Page)
	n, _ := strconv.Atoi(q.Page)
	if setting(call, "iban") != "" {
		own := sdk.Transaction{ID: "t0", BookedOn: "2026-06-01", AmountCents: 500_00, Currency: "EUR", Counterparty: "Ada Rossi", CounterpartyIBAN: "IT60X0542811101000000123456", Text: "GIROCONTO"}
		return sdk.TransactionPage{Transactions: []sdk.Transaction{own, {ID: "t1", BookedOn: "2026-07-01", AmountCents: -700_00, Currency: "EUR", Counterparty: "Banca Due", Text: "RATA MUTUO"}}}, nil
	}
	if q.AccountID != "a1" {
		return sdk.TransactionPage{}, nil
	}
	if n == 1 && call.Attempt == 1 && setting(call, "dies") != "" {
		os.Exit(3)
	}
	page := sdk.TransactionPage{}
	for i := range 2 {
		id := fmt.Sprintf("t%d", 2*n+i)
		page.Transactions = append(page.Transactions, sdk.Transaction{ID: id, BookedOn: fmt.Sprintf("2026-%02d-27", 2*n+i+1), AmountCents: 2_000_00, Currency: "EUR", Counterparty: "ACME SRL", Text: "STIPENDIO " + id})
	}
	if n < 2 {
		page.NextPage = strconv.Itoa(n + 1)
	}
	return page, nil
}

// AnalyseTransactions names what is behind its figures by account and movement, leaves out what only moves between the accounts, and has
// instalments where something leaves.
func (outside) AnalyseTransactions(_ context.Context, _ sdk.Call, order sdk.AnalysisOrder) (sdk.CashFlow, error) {
	own := map[string]bool{}
	for _, a := range order.Accounts {
		own[a.Account.IBAN] = true
	}
	var ids []string
	var cents int64
	owed := sdk.Figure{Name: "instalments_cents", Rule: "mortgage.word"}
	for _, a := range order.Accounts {
		for _, t := range a.Transactions {
			switch id := a.Account.ID + "/" + t.ID; {
			case t.AmountCents < 0:
				owed.Value, owed.Transactions = owed.Value-t.AmountCents, append(owed.Transactions, id)
			case t.CounterpartyIBAN == "" || !own[t.CounterpartyIBAN]:
				ids = append(ids, id)
				cents += t.AmountCents
			}
		}
	}
	days := ""
	for _, a := range order.Accounts {
		for _, b := range a.Balances {
			days += " " + b.Date
		}
	}
	slices.Sort(ids)
	more := []sdk.Figure{}
	if owed.Value > 0 {
		more = append(more, owed)
	}
	return sdk.CashFlow{Figures: append(more, []sdk.Figure{{Name: "monthly_income_cents", Value: cents / max(1, int64(len(ids))), Rule: "income.salary", Transactions: ids}, {Name: "days_below_zero", Value: 3, Rule: "balance.below until " + order.To + " from" + days}}...),
		Recurring: []sdk.Recurring{{Kind: "salary", Counterparty: "ACME SRL", MonthlyCents: 2_000_00, MonthsSeen: len(ids), LastOn: "2026-06-27", Rule: "income.salary", Transactions: ids}}}, nil
}

func (outside) StartVerification(_ context.Context, call sdk.Call, order sdk.VerificationOrder) (sdk.VerificationStart, error) {
	note(call, "verify "+order.Provider+" "+order.Level+" "+order.State)
	if setting(call, "odd") != "" {
		return sdk.VerificationStart{}, sdk.Error{Kind: sdk.ContractDrift, Code: "odd", SideEffect: sdk.None}
	}
	return sdk.VerificationStart{ExternalRef: "v1", Context: []byte(order.State)}, sdk.NeedsUser{Way: sdk.Redirect, URL: "https://idp.example/?back=" + url.QueryEscape(order.ReturnURL)}
}

// CompleteVerification is whoever the query says.
func (outside) CompleteVerification(_ context.Context, call sdk.Call, s sdk.VerificationStart, query string) (sdk.Verification, error) {
	note(call, "verified")
	came, _ := url.ParseQuery(query)
	if came.Get("error") != "" {
		return sdk.Verification{}, sdk.Error{Kind: sdk.Rejected, Code: "access_denied", SideEffect: sdk.None}
	}
	return sdk.Verification{ExternalRef: s.ExternalRef, Provider: "spid", Level: came.Get("level"), VerifiedAt: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), FirstName: "Ada", LastName: "Rossi",
		TaxCode: came.Get("tax_code"), BirthDate: "1980-01-01", Context: []byte("proof")}, nil
}

func (outside) GetEvidence(_ context.Context, call sdk.Call, s sdk.VerificationStart) (sdk.Evidence, error) {
	note(call, "evidence "+string(s.Context))
	return sdk.Evidence{MediaType: "application/jwt", Content: []byte("eyJ")}, nil
}

// RequestReport needs a first look and then is there; whose tax code ends in X the bureau does not know.
func (outside) RequestReport(_ context.Context, call sdk.Call, order sdk.ReportOrder) (sdk.Report, error) {
	note(call, "report "+call.Purpose+" "+strconv.Itoa(order.CostMaxCents)+" "+order.Consent.TextSHA256)
	if order.Subject.TaxCode == "" {
		return sdk.Report{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "tax_code", SideEffect: sdk.None}
	}
	if setting(call, "odd") != "" {
		return sdk.Report{}, sdk.Error{Kind: sdk.ContractDrift, Code: "odd", SideEffect: sdk.None}
	}
	return sdk.Report{Reference: "r1", CostCents: 250}, sdk.Pending{After: time.Second, Ref: "r1"}
}

func (outside) ReconcileReport(_ context.Context, call sdk.Call, order sdk.ReportOrder) (sdk.Report, error) {
	note(call, "reconcile")
	if setting(call, "odd") != "" {
		return sdk.Report{}, sdk.NotFound()
	}
	return sdk.Report{Reference: "r1", CostCents: 200, IssuedAt: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Score: 612, ScoreMin: 300, ScoreMax: 850, Facilities: []sdk.Facility{
		{Kind: "personal_loan", GrantedCents: 10_000_00, OutstandingCents: 4_000_00, InstalmentCents: 210_00, MonthsLeft: 19, Status: "late", InstalmentsLate: 2},
		{Kind: "credit_card", InstalmentCents: 50_00, Status: "regular"}, {Kind: "mortgage", InstalmentCents: 700_00, Status: "closed"}, {Kind: "other", Status: "default", InstalmentCents: 30_00}}}, nil
}

func (outside) GetReport(context.Context, sdk.Call, string) (sdk.Report, error) {
	return sdk.Report{}, sdk.Error{Kind: sdk.Unsupported, Code: "get", SideEffect: sdk.None}
}
