package host

import (
	"encoding/json"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/cashflow/history"
)

// The analyser in its own process, on histories of which the truth is known.

// orderOf is a history as the platform sends it.
func orderOf(h history.History) json.RawMessage {
	type object = map[string]any
	accounts := []object{}
	for _, a := range h.Input.Accounts {
		moves := []object{}
		for _, m := range a.Transactions {
			moves = append(moves, object{"id": m.ID, "booked_on": m.BookingDay, "value_on": m.ValueDay, "amount_cents": m.AmountCents, "currency": m.Currency, "counterparty": m.CounterpartyName,
				"counterparty_iban": m.CounterpartyIBAN, "text": m.Remittance, "bank_code": m.BankCode, "proprietary_code": m.ProprietaryCode, "merchant_category": m.MCC})
		}
		accounts = append(accounts, object{"account": object{"id": a.ID, "iban": a.IBAN, "currency": a.Currency, "owner_name": h.Input.Holders[0]}, "share_bps": 10000,
			"balances":     []object{{"type": "interimAvailable", "amount_cents": 999_999_99, "currency": "EUR"}, {"type": "closingBooked", "amount_cents": *a.BalanceCents, "currency": "EUR", "date": a.BalanceDay}},
			"transactions": moves})
	}
	out, _ := json.Marshal(object{"accounts": accounts, "to": h.Input.AsOf})
	return out
}

// TestCashFlow: figures, streams and their evidence come through the protocol as the rules drew them, the same each time.
func TestCashFlow(t *testing.T) {
	h := start(t, Options{Dir: folder(t, "cashflow")}, quick())
	planted := history.New(104, history.Tune)
	a := h.Call(t.Context(), "cashflow", connectors.Analyse, newCall(`{}`), orderOf(planted))
	wantDone(t, a)
	var got struct {
		Figures []struct {
			Name         string
			Value        int64 `json:",string"`
			Rule         string
			Transactions []string
		}
		Recurring []struct {
			Kind         string
			MonthlyCents int64 `json:"monthly_cents,string"`
			Transactions []string
		}
	}
	must(t, json.Unmarshal(a.Payload, &got))
	values := map[string]int64{}
	for _, f := range got.Figures {
		values[f.Name] = f.Value
		if f.Rule == "" {
			t.Errorf("%s names no rule", f.Name)
		}
	}
	if values["days_below_zero"] != int64(planted.Truth.DaysBelowZero) || values["lowest_balance_cents"] != planted.Truth.LowestCents || values["returned_debits"] != int64(planted.Truth.ReturnedDebits) {
		t.Errorf("figures %v, planted %+v", values, planted.Truth)
	}
	income, paid := int64(0), int64(0)
	for _, r := range got.Recurring {
		if len(r.Transactions) == 0 {
			t.Errorf("%s has no evidence", r.Kind)
		}
		switch r.Kind {
		case "salary", "pension", "benefit", "rent_received":
			income += r.MonthlyCents
		case "self_employed":
		default:
			paid -= r.MonthlyCents
		}
	}
	if income == 0 || income != values["monthly_income_cents"] || paid != values["fixed_costs_cents"]+values["instalments_cents"] {
		t.Errorf("streams come to %d and %d, figures are %v", income, paid, values)
	}
	again := h.Call(t.Context(), "cashflow", connectors.Analyse, newCall(`{}`), orderOf(planted))
	if wantDone(t, again); string(again.Payload) != string(a.Payload) {
		t.Error("the same order was answered otherwise")
	}
	wantFailure(t, h.Call(t.Context(), "cashflow", connectors.Analyse, newCall(`{}`), json.RawMessage(`{}`)), "invalid_request", "accounts", none)
}
