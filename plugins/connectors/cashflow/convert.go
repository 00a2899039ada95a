package main

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/plugins/cashflow"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

// input is an order as the rules read it.
func input(order sdk.AnalysisOrder) cashflow.Input {
	in := cashflow.Input{From: order.From, AsOf: order.To}
	for _, a := range order.Accounts {
		out := cashflow.Account{ID: a.Account.ID, IBAN: a.Account.IBAN, Currency: a.Account.Currency, ShareBPS: a.ShareBPS}
		if b, ok := booked(a.Balances, order.To); ok {
			out.BalanceCents, out.BalanceDay = &b.AmountCents, b.Date
		}
		for _, t := range a.Transactions {
			out.Transactions = append(out.Transactions, cashflow.Transaction{ID: t.ID, BookingDay: t.BookedOn, ValueDay: t.ValueOn, AmountCents: t.AmountCents, Currency: t.Currency, CounterpartyName: t.Counterparty,
				CounterpartyIBAN: t.CounterpartyIBAN, Remittance: t.Text, BankCode: t.BankCode, ProprietaryCode: t.ProprietaryCode, MCC: t.MerchantCategory})
		}
		in.Accounts = append(in.Accounts, out)
		if name := strings.TrimSpace(a.Account.OwnerName); name != "" && (a.ShareBPS == 0 || a.ShareBPS >= 10000) && !slices.Contains(in.Holders, name) {
			in.Holders = append(in.Holders, name) // the names on a joint account are not all the person's
		}
	}
	slices.Sort(in.Holders)
	return in
}

// booked is the balance to count back from: of what was booked, never of what may be spent, which can be credit, nor of what is expected.
func booked(balances []sdk.Balance, to string) (best sdk.Balance, ok bool) {
	for _, kind := range []string{"closingBooked", "interimBooked"} {
		for _, b := range balances {
			if b.Type != kind || b.Currency != "" && b.Currency != "EUR" {
				continue
			}
			if b.Date == "" {
				b.Date = to
			}
			if !ok || b.Date > best.Date {
				best, ok = b, true
			}
		}
		if ok {
			return best, true
		}
	}
	return sdk.Balance{}, false
}

// answer is a result as the protocol has it: what comes again is what still runs; money that leaves is below zero.
func answer(r cashflow.Result) sdk.CashFlow {
	out := sdk.CashFlow{Figures: []sdk.Figure{}, Recurring: []sdk.Recurring{}}
	for _, f := range r.Figures {
		out.Figures = append(out.Figures, sdk.Figure{Name: f.Name, Value: f.Value, Rule: f.Rule, Transactions: f.Evidence})
	}
	add := func(streams []cashflow.Stream, sign int64) {
		for _, s := range streams {
			if s.Current {
				out.Recurring = append(out.Recurring, sdk.Recurring{Kind: s.Kind, Counterparty: s.Counterparty, MonthlyCents: sign * s.MonthlyCents, MonthsSeen: s.MonthsSeen, LastOn: s.Last, Rule: s.Rule, Transactions: s.Evidence})
			}
		}
	}
	add(r.Income, 1)
	add(r.FixedCosts, -1)
	add(r.Instalments, -1)
	return out
}
