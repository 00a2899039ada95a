package analysis

import (
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func TestShareOfAJointAccount(t *testing.T) {
	flow, err := analysis{}.AnalyseTransactions(t.Context(), sdk.Call{}, sdk.AnalysisOrder{Accounts: []sdk.AnalysedAccount{
		{ShareBPS: 5000, Transactions: []sdk.Transaction{{ID: "2", AmountCents: 2000_00}, {ID: "1", AmountCents: -500_00}}},
		{ShareBPS: 10_000, Transactions: []sdk.Transaction{{ID: "0", AmountCents: 100_00}}},
	}})
	if err != nil || flow.Figures[0].Value != 1100_00 || flow.Figures[1].Value != -250_00 || flow.Figures[0].Transactions[0] != "0" {
		t.Errorf("%+v %v", flow, err)
	}
}
