package main

import (
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// TestBooked: the balance counted back from is the last booked one in euro; what may be spent, or is expected, is none.
func TestBooked(t *testing.T) {
	of := func(kind, currency, day string, cents int64) sdk.Balance {
		return sdk.Balance{Type: kind, Currency: currency, Date: day, AmountCents: cents}
	}
	for name, c := range map[string]struct {
		balances []sdk.Balance
		want     int64
		day      string
	}{
		"latest closing":     {[]sdk.Balance{of("closingBooked", "EUR", "2026-01-01", 1), of("closingBooked", "EUR", "2026-01-03", 2), of("interimBooked", "EUR", "2026-01-04", 3)}, 2, "2026-01-03"},
		"interim":            {[]sdk.Balance{of("interimAvailable", "EUR", "2026-01-05", 1), of("interimBooked", "EUR", "", 3)}, 3, "2026-01-31"},
		"another currency":   {[]sdk.Balance{of("closingBooked", "USD", "2026-01-01", 1)}, 0, ""},
		"available, to come": {[]sdk.Balance{of("interimAvailable", "EUR", "2026-01-01", 1), of("expected", "EUR", "2026-01-01", 1)}, 0, ""},
	} {
		if got, ok := booked(c.balances, "2026-01-31"); ok != (c.day != "") || got.AmountCents != c.want || got.Date != c.day {
			t.Errorf("%s: %+v %v", name, got, ok)
		}
	}
}

// TestHolders: a joint account's names are not all the person's.
func TestHolders(t *testing.T) {
	in := input(sdk.AnalysisOrder{Accounts: []sdk.AnalysedAccount{{Account: sdk.Account{ID: "a", OwnerName: "Ada Neri"}, ShareBPS: 10000}, {Account: sdk.Account{ID: "b", OwnerName: "Ada Neri, Ugo Blu"}, ShareBPS: 5000}}})
	if !slices.Equal(in.Holders, []string{"Ada Neri"}) || in.Accounts[1].ShareBPS != 5000 {
		t.Errorf("%+v", in)
	}
}
