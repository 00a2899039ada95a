package cashflow_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/plugins/cashflow"
	"github.com/pratica-crm/pratica/plugins/cashflow/history"
)

// TestOrder: the same movements in another order, and accounts in another, give the same answer; so does a page that was read twice, but
// for the note of it.
func TestOrder(t *testing.T) {
	var histories []cashflow.Input
	for seed := range uint64(8) {
		histories = append(histories, history.New(seed, history.Tune).Input)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := histories[rapid.IntRange(0, len(histories)-1).Draw(t, "history")]
		in.Accounts = slices.Clone(in.Accounts)
		for i := range in.Accounts { // to be quick, and to have odd pieces
			in.Accounts[i].Transactions = in.Accounts[i].Transactions[:min(len(in.Accounts[i].Transactions), rapid.IntRange(0, 120).Draw(t, "length"))]
		}
		if rapid.Bool().Draw(t, "without ids") {
			for i := range in.Accounts {
				in.Accounts[i].Transactions = slices.Clone(in.Accounts[i].Transactions)
				for j := range in.Accounts[i].Transactions {
					in.Accounts[i].Transactions[j].ID = ""
				}
			}
		}
		want := cashflow.Analyse(in)
		other := in
		other.Accounts = rapid.Permutation(in.Accounts).Draw(t, "accounts")
		for i := range other.Accounts {
			other.Accounts[i].Transactions = rapid.Permutation(other.Accounts[i].Transactions).Draw(t, "movements")
		}
		if got := cashflow.Analyse(other); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order: %+v\nwant %+v", got, want)
		}
		if len(other.Accounts[0].Transactions) > 0 && other.Accounts[0].Transactions[0].ID != "" {
			other.Accounts[0].Transactions = append(other.Accounts[0].Transactions, other.Accounts[0].Transactions[0])
			got := cashflow.Analyse(other)
			if !slices.Contains(got.Notes, cashflow.Note{Code: "twice", Count: 1}) {
				t.Fatalf("notes %+v", got.Notes)
			}
			if got.Notes = want.Notes; !reflect.DeepEqual(got, want) {
				t.Fatalf("read twice: %+v\nwant %+v", got, want)
			}
		}
	})
}

// TestAnything: whatever comes in, there is an answer, its evidence is of the movements that came in, no movement is behind two streams, and no
// monthly figure is below zero.
func TestAnything(t *testing.T) {
	day := rapid.SampledFrom([]string{"", "2025-01-31", "2025-02-28", "2025-03-03", "2025-04-01", "2025-05-02", "2025-06-30", "9999-01-01", "rubbish", "2025-07-01T10:00:00Z"})
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"STIPENDIO", "RATA 3 DI 2", "rata mutuo", "storno addebito sdd", "INPS pensione", "giroconto", "fattura", "tratt. cess. 999999999,99"}))
	movement := rapid.Custom(func(t *rapid.T) cashflow.Transaction {
		return cashflow.Transaction{ID: rapid.SampledFrom([]string{"", "1", "2", "3", "4", "5", "6"}).Draw(t, "id"), BookingDay: day.Draw(t, "booked"), ValueDay: day.Draw(t, "value"), AmountCents: rapid.Int64().Draw(t, "cents") >> rapid.IntRange(0, 60).Draw(t, "shift"),
			Currency: rapid.SampledFrom([]string{"", "EUR", "eur", "USD"}).Draw(t, "currency"), CounterpartyName: text.Draw(t, "name"), CounterpartyIBAN: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "iban"), Remittance: text.Draw(t, "text"),
			BankCode: rapid.SampledFrom([]string{"", "PMNT-RCDT-SALA", "PMNT-RDDT-UPDD"}).Draw(t, "iso"), ProprietaryCode: rapid.SampledFrom([]string{"", "27", "034", "x"}).Draw(t, "abi"), MCC: rapid.SampledFrom([]string{"", "7995", "5411"}).Draw(t, "mcc")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var in cashflow.Input
		for _, id := range []string{"a", "b"} {
			a := cashflow.Account{ID: id, IBAN: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "own iban"), ShareBPS: rapid.IntRange(-1, 20000).Draw(t, "share"), Transactions: rapid.SliceOfN(movement, 0, 12).Draw(t, "movements")}
			if rapid.Bool().Draw(t, "balance") {
				balance := rapid.Int64().Draw(t, "of")
				a.BalanceCents = &balance
			}
			in.Accounts = append(in.Accounts, a)
		}
		r := cashflow.Analyse(in)
		behind := map[string]bool{}
		for _, s := range slices.Concat(r.Income, r.FixedCosts, r.Instalments) {
			if s.MonthlyCents < 0 || len(s.Evidence) == 0 || s.Rule == "" || s.Regularity < 0 || s.Regularity > 10000 {
				t.Fatalf("%+v", s)
			}
			if s.Rule == "salary_loan.in_pay" {
				continue // of the pay's movements
			}
			for _, ref := range s.Evidence {
				if behind[ref] {
					t.Fatalf("%s is behind two streams", ref)
				}
				behind[ref] = true
			}
		}
		for _, f := range r.Figures {
			if cashflow.Names[f.Name] != f.Unit || f.Unit == "" || f.Rule == "" {
				t.Fatalf("%+v", f)
			}
		}
	})
}
