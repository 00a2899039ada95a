// Package bureau buys credit reports.
package bureau

import (
	"context"
	_ "embed"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

//go:embed schema.json
var schema []byte

const (
	priceCents = 240              // of a report
	lookAgain  = 10 * time.Second // how long the bureau has to write one
)

// Connector is what the platform is told, and calls.
func Connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{
			ID: "acme", Version: "0.1.0", Title: "Acme", ConfigSchema: schema, Countries: []string{"IT"},
			Egress:         []string{"{url}"}, // host and port of the setting url, and nothing else
			DataCategories: []string{"identity", "credit_history"},
			CostCents:      map[string]int{"RequestReport": priceCents}, // the platform keeps an agency's budget by it
		},
		CheckConnection: check,
		CreditBureau:    bureau{},
	}
}

// settings are a connection's, by schema.json. In the place of the token stands a handle: the platform puts the token in.
type settings struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// ask is one exchange with the bureau. What goes wrong comes back as the error the platform understands.
func ask(ctx context.Context, call sdk.Call, in sdk.Request, out any) error {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	in.URL, in.Header = s.URL, map[string]string{"Authorization": "Bearer " + s.Token}
	in.Judge = func(_ int, body []byte) error {
		var said struct{ Code string }
		if json.Unmarshal(body, &said) != nil {
			return nil
		}
		switch said.Code {
		case "unknown_key": // the bureau's own word for: this request never arrived
			return sdk.NotFound()
		case "consent":
			return sdk.Error{Kind: sdk.InvalidRequest, Code: "bureau.consent", SideEffect: sdk.None}
		}
		return nil
	}
	return call.Ask(ctx, in, out)
}

func check(ctx context.Context, call sdk.Call) error {
	return ask(ctx, call, sdk.Request{Path: []string{"account"}}, nil)
}

type bureau struct{}

// order is what the bureau is asked, bought what it answers.
type order struct {
	TaxCode string  `json:"tax_code"`
	Purpose string  `json:"purpose"`
	Consent consent `json:"consent"`
}

type consent struct {
	Reference string    `json:"reference"`
	GivenAt   time.Time `json:"given_at"`
}

type bought struct {
	ID         string `json:"report_id"`
	State      string `json:"state"`
	PriceCents int    `json:"price_cents"`
	Report     struct {
		Score        int        `json:"score"`
		Exposures    []exposure `json:"exposures"`
		LatePayments int        `json:"late_payments"`
		Inquiries    int        `json:"inquiries_six_months"`
	} `json:"report"`
}

type exposure struct {
	Kind             string `json:"kind"`
	ResidualCents    int64  `json:"residual_cents"`
	InstalmentCents  int64  `json:"instalment_cents"`
	RemainingMonths  int    `json:"remaining_months"`
	WorstDelayMonths int    `json:"worst_delay_months"`
}

// RequestReport buys a report. Dearer than allowed is refused before it is bought.
func (bureau) RequestReport(ctx context.Context, call sdk.Call, in sdk.ReportOrder) (sdk.Report, error) {
	if in.CostMaxCents < priceCents {
		return sdk.Report{}, sdk.Error{Kind: sdk.Rejected, Code: "bureau.too_dear", SideEffect: sdk.None}
	}
	var got bought
	err := ask(ctx, call, sdk.Request{Path: []string{"reports"}, Body: order{in.Subject.TaxCode, "mortgage_application", consent{in.Consent.Reference, in.Consent.GivenAt}}}, &got)
	return report(got, err)
}

// ReconcileReport asks what came of the idempotency key. Only the bureau's own "never heard of it" lets the platform buy again.
func (bureau) ReconcileReport(ctx context.Context, call sdk.Call, _ sdk.ReportOrder) (sdk.Report, error) {
	var got bought
	err := ask(ctx, call, sdk.Request{Path: []string{"operations", call.IdempotencyKey}}, &got)
	return report(got, err)
}

func (bureau) GetReport(ctx context.Context, call sdk.Call, reference string) (sdk.Report, error) {
	var got bought
	err := ask(ctx, call, sdk.Request{Path: []string{"reports", reference}}, &got)
	return report(got, err)
}

var kinds = map[string]string{"mortgage": "mortgage", "personal_loan": "personal_loan", "card": "credit_card"}

// report is what was bought, in the platform's words. One that is not written yet is Pending, under its reference.
func report(got bought, err error) (sdk.Report, error) {
	if err != nil {
		return sdk.Report{}, err
	}
	if got.ID == "" {
		return sdk.Report{}, sdk.Error{Kind: sdk.ContractDrift, Code: "bureau.reference"}
	}
	out := sdk.Report{Reference: got.ID, CostCents: got.PriceCents}
	if got.State != "ready" {
		return out, sdk.Pending{After: lookAgain, Ref: got.ID}
	}
	out.Score, out.ScoreMin, out.ScoreMax, out.EnquiriesLastSixMonths = got.Report.Score, 300, 850, got.Report.Inquiries
	for _, e := range got.Report.Exposures {
		f := sdk.Facility{Kind: kinds[e.Kind], OutstandingCents: e.ResidualCents, InstalmentCents: e.InstalmentCents, MonthsLeft: e.RemainingMonths, InstalmentsLate: e.WorstDelayMonths, Status: "regular"}
		if f.Kind == "" {
			f.Kind = "other"
		}
		if e.WorstDelayMonths > 0 {
			f.Status = "late"
		}
		out.Facilities = append(out.Facilities, f)
	}
	return out, nil
}
