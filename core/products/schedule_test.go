package products

import (
	"testing"

	"pgregory.net/rapid"
)

func TestInstalment(t *testing.T) {
	for _, c := range []struct {
		amount       int64
		rate, months int
		want         int64
	}{
		{200_000_00, 600, 240, 1_432_86}, // 2014/17/EU examples are built on this loan
		{100_000_00, 0, 100, 1_000_00},
		{150_000_00, 350, 300, 750_94},
		{1_000_00, 1200, 1, 1_010_00},
		{0, 350, 300, 0},
		{100_00, 350, 0, 0},
	} {
		if got := Instalment(c.amount, c.rate, c.months); got != c.want {
			t.Errorf("Instalment(%d, %d, %d) = %d, want %d", c.amount, c.rate, c.months, got, c.want)
		}
	}
}

func TestScheduleReturnsExactlyWhatWasLent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(100_000, 100_000_000_00).Draw(t, "amount")
		rate := rapid.IntRange(0, 2000).Draw(t, "rate")
		months := rapid.IntRange(12, 480).Draw(t, "months")
		s := NewSchedule(amount, rate, months)
		var principal, interest int64
		for _, p := range s.Items {
			if p.PaymentCents != p.InterestCents+p.PrincipalCents || p.PrincipalCents < 0 {
				t.Fatalf("payment %+v does not add up", p)
			}
			principal += p.PrincipalCents
			interest += p.InterestCents
		}
		if principal != amount || interest != s.TotalInterestCents || s.Items[len(s.Items)-1].BalanceCents != 0 {
			t.Fatalf("paid back %d of %d, interest %d of %d", principal, amount, interest, s.TotalInterestCents)
		}
		for _, p := range s.Items[:len(s.Items)-1] {
			if p.PaymentCents != s.InstalmentCents && p.BalanceCents != 0 {
				t.Fatalf("payment %d is %d, want %d", p.Number, p.PaymentCents, s.InstalmentCents)
			}
		}
	})
}
