package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// product is a loan in a bank's list.
type product struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	RateKind       string `json:"rate_kind"`
	RateBPS        int    `json:"rate_bps"`
	MaxLTVBPS      int    `json:"max_ltv_bps"`
	MaxAmountCents int64  `json:"max_amount_cents"`
	MinTermMonths  int    `json:"min_term_months"`
	MaxTermMonths  int    `json:"max_term_months"`
}

func (p portal) ListProducts(ctx context.Context, call sdk.Call) ([]sdk.Product, error) {
	var said struct {
		Products []product `json:"products"`
	}
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"products"}}, &said); err != nil {
		return nil, err
	}
	out := []sdk.Product{}
	for _, x := range said.Products {
		if x.ID == "" {
			return nil, drift("products")
		}
		out = append(out, sdk.Product{ID: x.ID, Name: x.Name, ProductKind: "mortgage", RateKind: x.RateKind, NominalRateBPS: x.RateBPS, AmountMaxCents: x.MaxAmountCents,
			LTVMaxBPS: x.MaxLTVBPS, TermsMonths: years(x.MinTermMonths, x.MaxTermMonths)})
	}
	return out, nil
}

// years are the terms a bank lends for, in steps of five years.
func years(least, most int) (months []int) {
	for m := least; m <= min(most, 600) && m > 0; m += 60 {
		months = append(months, m)
	}
	return months
}

func (p portal) PreCheck(ctx context.Context, call sdk.Call, application sdk.Application) (sdk.PreCheck, error) {
	var said struct {
		Verdict     string `json:"verdict"`
		ReasonCode  string `json:"reason_code"`
		Note        string `json:"note"`
		RateBPS     int    `json:"rate_bps"`
		AmountCents int64  `json:"amount_cents"`
	}
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"prechecks"}, Body: application}, &said); err != nil {
		return sdk.PreCheck{}, err
	}
	out := sdk.PreCheck{Note: said.Note, IndicativeRateBPS: said.RateBPS}
	if said.ReasonCode != "" {
		out.ReasonCodes = []string{said.ReasonCode}
	}
	switch said.Verdict {
	case "feasible":
		out.Feasible, out.AmountMaxCents = true, application.AmountCents
	case "feasible_with_changes":
		out.AmountMaxCents = said.AmountCents
	case "incomplete":
		out.ReasonCodes = []string{"documents"}
	case "refused":
	default:
		return sdk.PreCheck{}, drift("verdict")
	}
	return out, nil
}

func (p portal) ListMessages(ctx context.Context, call sdk.Call, reference string) ([]sdk.Message, error) {
	var said struct {
		Messages []struct {
			ID   string    `json:"id"`
			At   time.Time `json:"at"`
			From string    `json:"from"`
			Text string    `json:"text"`
		} `json:"messages"`
	}
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"applications", reference, "messages"}}, &said); err != nil {
		return nil, err
	}
	out := []sdk.Message{}
	for _, m := range said.Messages {
		if m.ID == "" {
			return nil, drift("messages")
		}
		from := "lender"
		if m.From == "broker" {
			from = "broker"
		}
		out = append(out, sdk.Message{ID: m.ID, At: m.At, From: from, Text: m.Text})
	}
	return out, nil
}

// AddDocument streams a document the bank did not ask for.
func (p portal) AddDocument(ctx context.Context, call sdk.Call, document sdk.NewDocument, content io.Reader) error {
	return p.ask(ctx, call, sdk.Request{Path: []string{"applications", document.Reference, "documents"}, Query: map[string]string{"kind": document.Kind}, Content: content}, &sdk.Receipt{})
}

// callbackLives is how old a callback may be: an older one may be somebody's who has overheard it.
const callbackLives = 5 * time.Minute

// callback reads what a bank tells on its own, signed as Standard Webhooks are.
func (p portal) callback(_ context.Context, call sdk.Call, in sdk.Callback) ([]string, error) {
	s, err := settingsOf(call)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.CallbackSecret, "whsec_"))
	refused := sdk.Error{Kind: sdk.Rejected, Code: "callback.signature", SideEffect: sdk.None}
	if err != nil || len(key) == 0 {
		return nil, refused
	}
	stamp := in.Headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > callbackLives {
		return nil, refused
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(in.Headers.Get("Webhook-Id") + "." + stamp + "."))
	mac.Write(in.Body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !slices.ContainsFunc(strings.Fields(in.Headers.Get("Webhook-Signature")), func(said string) bool { return hmac.Equal([]byte(said), []byte(want)) }) {
		return nil, refused
	}
	var said struct {
		Reference string `json:"reference"`
	}
	if err := json.Unmarshal(in.Body, &said); err != nil || said.Reference == "" {
		return nil, sdk.Error{Kind: sdk.ContractDrift, Code: "bank.contract.callback", SideEffect: sdk.None}
	}
	return []string{said.Reference}, nil
}
