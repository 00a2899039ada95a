package cashflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
	"github.com/pratica-crm/pratica/plugins/cashflow/history"
)

// large is five accounts with 4,000 movements each, of 24 months.
func large() cashflow.Input {
	out := cashflow.Input{AsOf: "2026-12-31"}
	for a := range 5 {
		account := cashflow.Account{ID: fmt.Sprint("account", a)}
		balance := int64(1000_00)
		account.BalanceCents = &balance
		for seed := uint64(a); len(account.Transactions) < 4000; seed += 5 {
			for _, from := range history.New(seed, history.Half(seed%2)).Input.Accounts {
				for _, m := range from.Transactions {
					day, _ := time.Parse(time.DateOnly, m.BookingDay)
					m.BookingDay = time.Date(2025+len(account.Transactions)%2, day.Month(), day.Day(), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
					m.ID = fmt.Sprint(len(account.Transactions))
					account.Transactions = append(account.Transactions, m)
				}
			}
		}
		account.Transactions = account.Transactions[:4000]
		out.Accounts = append(out.Accounts, account)
	}
	return out
}

// BenchmarkAnalyse: 24 months of five accounts with 20,000 movements, in less than a second.
func BenchmarkAnalyse(b *testing.B) {
	in := large()
	for b.Loop() {
		cashflow.Analyse(in)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/20000_movements")
}
