// Package analysis draws figures from accounts and their transactions. It asks nobody outside.
package analysis

import (
	"context"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// Connector is what the platform is told, and calls.
func Connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{
			ID: "acme", Version: "0.1.0", Title: "Acme", ConfigSchema: []byte(`{"type": "object", "additionalProperties": false}`),
			Countries: []string{"IT"}, DataCategories: []string{"accounts", "income"},
		},
		Analysis: analysis{},
	}
}

type analysis struct{}

// AnalyseTransactions answers the same to the same, whatever the order of accounts and transactions. Each figure names the
// transactions behind it.
func (analysis) AnalyseTransactions(_ context.Context, _ sdk.Call, order sdk.AnalysisOrder) (sdk.CashFlow, error) {
	income := sdk.Figure{Name: "income_cents", Rule: "credits"}
	spending := sdk.Figure{Name: "spending_cents", Rule: "debits"}
	for _, account := range order.Accounts {
		for _, t := range account.Transactions {
			share := t.AmountCents * int64(account.ShareBPS) / 10_000
			switch {
			case t.AmountCents > 0:
				income.Value, income.Transactions = income.Value+share, append(income.Transactions, t.ID)
			case t.AmountCents < 0:
				spending.Value, spending.Transactions = spending.Value+share, append(spending.Transactions, t.ID)
			}
		}
	}
	out := sdk.CashFlow{Figures: []sdk.Figure{income, spending}}
	for i := range out.Figures {
		slices.SortFunc(out.Figures[i].Transactions, strings.Compare)
	}
	return out, nil
}
