package connectors

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// askDeadline is how long somebody at a screen is kept waiting for a lender.
const askDeadline = 15 * time.Second

// Ask puts a question to the other side of a connection while somebody waits, and reads the answer's payload into out. A method that
// acts is refused: that is an operation. What goes wrong is Unavailable, Limited, or Conflict with the code "lender." and the kind.
func (s *Service) Ask(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID, method string, payload, out any) error {
	if Acts(method) {
		return fault.New(fault.Internal, "operation.acts", "What acts at the other side is an operation.")
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	var r connectionRow
	if err := s.db.Load(ctx, scope, loadConnection(&r, id, "")); err != nil {
		return err
	}
	if r.Status == "stopped" {
		return refusal(&Failure{Kind: "invalid_config"})
	}
	a := s.question(ctx, scope, r, method, askDeadline, body)
	if a.Verdict != Done {
		return refusal(a.Failure)
	}
	if err := json.Unmarshal(a.Payload, out); err != nil {
		return refusal(&Failure{Kind: "contract_drift"})
	}
	return nil
}

// question calls a connector for somebody who waits. The call has no row, but a name: answers are told apart by it.
func (s *Service) question(ctx context.Context, scope tenancy.Scope, r connectionRow, method string, within time.Duration, body json.RawMessage) Answer {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	deadline, _ := ctx.Deadline()
	id := ident.NewOperation()
	return s.caller.Call(ctx, r.Connector, method, Call{Tenant: scope.Tenant(), Connection: r.ID, Operation: id, IdempotencyKey: id.String(), Attempt: 1, Deadline: deadline,
		Config: r.Config, ConfigRevision: r.Version}, body)
}

// refusals are what somebody who asked a lender is told, by the kind of the failure.
var refusals = map[string]*fault.Error{
	"unavailable":     fault.New(fault.Unavailable, "lender.unavailable", "The lender does not answer. Try again in a moment."),
	"timeout":         fault.New(fault.Unavailable, "lender.unavailable", "The lender does not answer. Try again in a moment."),
	"rate_limited":    fault.New(fault.Limited, "lender.rate_limited", "The lender takes no more questions for now. Try again in a moment."),
	"invalid_config":  fault.New(fault.Conflict, "lender.settings", "The connection's settings are not right. An agency admin mends them under Settings, Connectors."),
	"unauthenticated": fault.New(fault.Conflict, "lender.settings", "The connection's settings are not right. An agency admin mends them under Settings, Connectors."),
	"unsupported":     fault.New(fault.Conflict, "lender.unsupported", "This lender's connection does not offer that."),
	"rejected":        fault.New(fault.Conflict, "lender.rejected", "The lender refuses the question."),
	"invalid_request": fault.New(fault.Conflict, "lender.rejected", "The lender refuses the question."),
}

func refusal(f *Failure) error {
	if f != nil {
		if e, known := refusals[f.Kind]; known {
			said := *e
			said.Retry = f.RetryAfter
			return &said
		}
	}
	return fault.New(fault.Unavailable, "lender.broken", "The lender's answer cannot be read. Its connector's author has to look at it.")
}

// OfferedProduct is what a lender offers over a connection. Zero is no bound.
type OfferedProduct struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	ProductKind    string `json:"product_kind"`
	RateKind       string `json:"rate_kind"`
	NominalRateBPS int    `json:"nominal_rate_bps"`
	AmountMinCents int64  `json:"amount_min_cents"`
	AmountMaxCents int64  `json:"amount_max_cents"`
	LTVMaxBPS      int    `json:"ltv_max_bps"`
	TermsMonths    []int  `json:"terms_months"`
}

// Products reads what a lender offers over a connection.
func (s *Service) Products(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID) ([]OfferedProduct, error) {
	var said struct {
		Products []struct {
			OfferedProduct
			AmountMinCents int64 `json:"amount_min_cents,string"`
			AmountMaxCents int64 `json:"amount_max_cents,string"`
		} `json:"products"`
	}
	if err := s.Ask(ctx, scope, id, Products, nil, &said); err != nil {
		return nil, err
	}
	out := []OfferedProduct{}
	for _, p := range said.Products {
		p.OfferedProduct.AmountMinCents, p.OfferedProduct.AmountMaxCents = p.AmountMinCents, p.AmountMaxCents
		p.TermsMonths = append([]int{}, p.TermsMonths...)
		out = append(out, p.OfferedProduct)
	}
	return out, nil
}
