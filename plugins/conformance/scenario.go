package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

// scenario is what the kit has a connector of a capability do.
type scenario struct {
	capability string
	method     string // what most checks call
	// order is the nth payload of a lane, with its canary in it; it may have to call for it first.
	order func(k *kit, l *lane, n int) (any, error)
	good  []connectors.Verdict // how the method ends when all is well
	// look reads back what an answer's reference stands for; nil: nothing can be.
	look     string
	question func(reference string, answer connectors.Answer) any
	bankless bool // it has no other side
}

// scenarios, by the order in which a connector with several capabilities is asked. Read only.
var scenarios = []scenario{
	{capability: "bank_portal", method: connectors.Submit, order: application, good: []connectors.Verdict{connectors.Done, connectors.Pending},
		look: connectors.Status, question: func(reference string, _ connectors.Answer) any { return map[string]any{"reference": reference} }},
	{capability: "credit_bureau", method: connectors.RequestReport, order: reportOrder, good: []connectors.Verdict{connectors.Done, connectors.Pending},
		look: connectors.GetReport, question: func(reference string, _ connectors.Answer) any { return map[string]any{"reference": reference} }},
	{capability: "open_banking", method: connectors.StartConsent, order: consentOrder, good: []connectors.Verdict{connectors.NeedsUser},
		look: connectors.GetConsent, question: func(_ string, a connectors.Answer) any { return startedOf(a) }},
	{capability: "identity", method: connectors.CompleteVerification, order: verification, good: []connectors.Verdict{connectors.Done}},
	{capability: "analysis", method: connectors.Analyse, order: analysis, good: []connectors.Verdict{connectors.Done}, bankless: true},
}

func scenarioOf(capabilities []string) (scenario, bool) {
	for _, s := range scenarios {
		if slices.Contains(capabilities, s.capability) {
			return s, true
		}
	}
	return scenario{}, false
}

// acts: what the method does must not happen twice.
func (s scenario) acts() bool { return connectors.Acts(s.method) }

func application(_ *kit, l *lane, n int) (any, error) {
	return sdk.Application{File: fmt.Sprintf("%s-%d", l.canary, n), Purpose: "first_home", ProductKind: "mortgage", RateKind: "fixed", AmountCents: 150_000_00, TermMonths: 240, NominalRateBPS: 310,
		InstalmentCents: 839_00, ValueCents: 200_000_00, LTVBPS: 7500, DTIBPS: 2797,
		Parties:    []sdk.Party{{Role: "applicant", FirstName: l.canary, LastName: "Canary" + l.canary, TaxCode: l.taxCode, Employment: "employee", NetMonthlyCents: 3000_00}},
		Properties: []sdk.Property{{Purpose: "purchased", Address: "Via " + l.canary, ValueCents: 200_000_00}}, Documents: []sdk.Document{{Kind: "payslip", SHA256: strings.Repeat("0", 64)}}}, nil
}

func reportOrder(k *kit, l *lane, n int) (any, error) {
	return sdk.ReportOrder{Subject: sdk.ReportSubject{FirstName: l.canary, LastName: "Canary" + l.canary, TaxCode: l.taxCode, BirthDate: "1979-02-11"}, CostMaxCents: 100_00,
		Consent: sdk.ConsentEvidence{Reference: fmt.Sprintf("%s-%d", l.canary, n), GivenAt: k.clock().Add(-time.Hour).UTC().Truncate(time.Second), TextSHA256: strings.Repeat("0", 64)}}, nil
}

func consentOrder(k *kit, l *lane, n int) (any, error) {
	return sdk.ConsentOrder{ValidUntil: k.clock().AddDate(0, 0, 90).Format(time.DateOnly), ReadsPerDay: 4, IBANs: []string{}, PreferredWay: "redirect",
		ReturnURL: fmt.Sprintf("https://back.example/%s/%d", l.canary, n)}, nil
}

// verification brings a person to where CompleteVerification goes on.
func verification(k *kit, l *lane, n int) (any, error) {
	order := sdk.VerificationOrder{Provider: "spid", Level: "substantial", ReturnURL: "https://back.example/" + l.canary, State: fmt.Sprintf("%s-%d", l.canary, n)}
	a := k.call(l, connectors.StartVerification, order)
	var action struct{ URL string }
	if a.Verdict != connectors.NeedsUser || json.Unmarshal(a.UserAction, &action) != nil {
		return nil, fmt.Errorf("StartVerification ended %s instead of sending the person to the provider", said(a))
	}
	query, err := l.provider.agree(action.URL)
	if err != nil {
		return nil, fmt.Errorf("StartVerification sends the person to %s, %w", action.URL, err)
	}
	return map[string]any{"started": a.Payload, "returned_query": query}, nil
}

func analysis(_ *kit, l *lane, n int) (any, error) {
	order := sdk.AnalysisOrder{From: "2026-01-01", To: "2026-06-30"}
	for i, share := range []int{10_000, 5000} {
		account := sdk.AnalysedAccount{Account: sdk.Account{ID: fmt.Sprintf("%s-%d-%d", l.canary, n, i), Currency: "EUR"}, ShareBPS: share}
		for month := 1; month <= 6; month++ {
			day := fmt.Sprintf("2026-%02d-", month)
			account.Transactions = append(account.Transactions,
				sdk.Transaction{ID: fmt.Sprintf("%s-s%d-%d", l.canary, i, month), BookedOn: day + "27", AmountCents: 2400_00, Currency: "EUR", Counterparty: "Datore " + l.canary, BankCode: "PMNT-RCDT-SALA"},
				sdk.Transaction{ID: fmt.Sprintf("%s-r%d-%d", l.canary, i, month), BookedOn: day + "05", AmountCents: -700_00, Currency: "EUR", Counterparty: "Affitto " + l.canary})
		}
		order.Accounts = append(order.Accounts, account)
	}
	return order, nil
}

// startedOf is what the platform keeps of a set of consents.
func startedOf(a connectors.Answer) map[string]any {
	var set sdk.ConsentSet
	_ = json.Unmarshal(a.Payload, &set) // none: no references
	refs := []string{}
	for _, c := range set.Consents {
		refs = append(refs, c.ExternalRef)
	}
	return map[string]any{"external_refs": refs, "context": set.Context}
}

// reference is what the other side calls what an answer is about; empty: the answer says none.
func reference(a connectors.Answer) string {
	var said struct {
		Reference   string
		ExternalRef string `json:"external_ref"`
		Consents    []struct {
			ExternalRef string `json:"external_ref"`
		}
	}
	_ = json.Unmarshal(a.Payload, &said) // none: no reference
	for _, text := range []string{said.Reference, said.ExternalRef, a.ExternalRef} {
		if text != "" {
			return text
		}
	}
	if len(said.Consents) > 0 {
		return said.Consents[0].ExternalRef
	}
	return ""
}

// said is how a call ended, in short.
func said(a connectors.Answer) string {
	if a.Failure == nil {
		return string(a.Verdict)
	}
	return fmt.Sprintf("failed (%s, %s, side effect %s)", a.Failure.Kind, a.Failure.Code, a.Failure.SideEffect)
}

func trimmed(text, prefix string) string { return strings.TrimPrefix(text, prefix) }
