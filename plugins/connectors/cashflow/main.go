// Command cashflow is an analyser: it asks nobody outside, and says what fetched movements come to. The rules are package
// plugins/cashflow; here they meet the protocol.
package main

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/plugins/cashflow"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

func main() { sdk.Serve(connector()) }

func connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{ID: "cashflow", Version: "1.0.0", Title: "Cash flow", ConfigSchema: json.RawMessage(`{"x-title":{"en":"Cash flow","it":"Entrate e uscite"},"type":"object","additionalProperties":false}`),
			Countries: []string{"IT"}, DataCategories: []string{"accounts", "income"}},
		Analysis: analyser{},
	}
}

// analyser implements sdk.Analysis.
type analyser struct{}

func (analyser) AnalyseTransactions(_ context.Context, _ sdk.Call, order sdk.AnalysisOrder) (sdk.CashFlow, error) {
	if len(order.Accounts) == 0 {
		return sdk.CashFlow{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "accounts", SideEffect: sdk.None}
	}
	return answer(cashflow.Analyse(input(order))), nil
}
