package main

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// bureau implements sdk.CreditBureau.
type bureau struct{}

// purposes are the platform's, as a bureau names them. Others are passed on: the bureau decides.
var purposes = map[string]string{"creditworthiness": "mortgage_application", "mortgage": "mortgage_application", "consumer_credit": "consumer_credit_application"}

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// demand is a request for a report on the wire. A bureau holds it to the Idempotency-Key: it must be the same each time. The tax code says
// who is meant: nothing else of the person is sent.
type demand struct {
	TaxCode string `json:"tax_code"`
	Purpose string `json:"purpose"`
	Consent struct {
		Reference  string    `json:"reference"`
		GivenAt    time.Time `json:"given_at"`
		TextSHA256 string    `json:"text_sha256"`
	} `json:"consent"`
}

// demandOf refuses what lacks a purpose or the proof of a consent before anybody outside hears the person's name.
func demandOf(call sdk.Call, order sdk.ReportOrder) (demand, error) {
	d := demand{TaxCode: order.Subject.TaxCode, Purpose: call.Purpose}
	if known, ok := purposes[call.Purpose]; ok {
		d.Purpose = known
	}
	d.Consent.Reference, d.Consent.GivenAt, d.Consent.TextSHA256 = order.Consent.Reference, order.Consent.GivenAt.UTC(), order.Consent.TextSHA256
	refuse := func(code string) error {
		return sdk.Error{Kind: sdk.InvalidRequest, Code: code, SideEffect: sdk.None, UserMessage: code}
	}
	switch {
	case d.Purpose == "":
		return demand{}, refuse("purpose")
	case d.Consent.Reference == "" || order.Consent.GivenAt.IsZero() || !digest.MatchString(d.Consent.TextSHA256):
		return demand{}, refuse("consent")
	case d.TaxCode == "":
		return demand{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "tax_code", SideEffect: sdk.None}
	}
	return d, nil
}

// RequestReport asks the price, and buys when it is not dearer than the order allows. What is sent is sent once, with the key under
// which the bureau sells one report only.
func (bureau) RequestReport(ctx context.Context, call sdk.Call, order sdk.ReportOrder) (sdk.Report, error) {
	d, err := demandOf(call, order)
	if err != nil {
		return sdk.Report{}, err
	}
	var bill struct {
		PriceCents *int `json:"price_cents"`
	}
	if err := ask(ctx, call, http.MethodGet, []string{"account"}, nil, &bill); err != nil {
		return sdk.Report{}, nothingDone(err)
	}
	switch {
	case bill.PriceCents == nil || *bill.PriceCents < 0:
		return sdk.Report{}, nothingDone(drift("price"))
	case *bill.PriceCents > order.CostMaxCents:
		return sdk.Report{}, sdk.Error{Kind: sdk.Rejected, Code: "cost", SideEffect: sdk.None, UserMessage: "cost"}
	case call.DryRun:
		return sdk.Report{Reference: "dry-run"}, nil // nothing was bought, and nothing spent
	}
	var bought state
	if err := ask(ctx, call, http.MethodPost, []string{"reports"}, d, &bought); err != nil {
		return sdk.Report{}, err
	}
	return bought.report()
}

// ReconcileReport asks what came of the idempotency key, and how the report stands that was bought under it.
func (b bureau) ReconcileReport(ctx context.Context, call sdk.Call, _ sdk.ReportOrder) (sdk.Report, error) {
	var known state
	if err := ask(ctx, call, http.MethodGet, []string{"operations", call.IdempotencyKey}, nil, &known); err != nil {
		return sdk.Report{}, err
	}
	if known.ReportID == "" {
		return sdk.Report{}, drift("operation")
	}
	return b.GetReport(ctx, call, known.ReportID)
}

// GetReport reads a report that was bought. It costs nothing more.
func (bureau) GetReport(ctx context.Context, call sdk.Call, reference string) (sdk.Report, error) {
	var s state
	if err := ask(ctx, call, http.MethodGet, []string{"reports", reference}, nil, &s); err != nil {
		return sdk.Report{}, err
	}
	if s.ReportID != reference {
		return sdk.Report{}, drift("reference")
	}
	return s.report()
}
