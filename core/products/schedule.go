package products

import "math/big"

// Instalment is the constant monthly payment in cents of an annuity loan (ammortamento alla francese):
// P·i / (1 − (1+i)^−n) with i = nominal rate / 12, rounded half up to the cent. A zero rate divides evenly.
func Instalment(amountCents int64, nominalRateBPS, termMonths int) int64 {
	if termMonths <= 0 || amountCents <= 0 {
		return 0
	}
	amount := new(big.Float).SetPrec(precision).SetInt64(amountCents)
	if nominalRateBPS == 0 {
		return roundHalfUp(amount.Quo(amount, newFloat(int64(termMonths))))
	}
	i := new(big.Float).Quo(newFloat(int64(nominalRateBPS)), newFloat(120_000))
	growth := power(new(big.Float).Add(newFloat(1), i), termMonths)
	// P·i·g / (g − 1), with g = (1+i)^n
	top := new(big.Float).Mul(new(big.Float).Mul(amount, i), growth)
	return roundHalfUp(top.Quo(top, new(big.Float).Sub(growth, newFloat(1))))
}

// precision in bits: a rate of one basis point over fifty years keeps far more than cents.
const precision = 256

func newFloat(n int64) *big.Float { return new(big.Float).SetPrec(precision).SetInt64(n) }

func power(base *big.Float, n int) *big.Float {
	out, factor := newFloat(1), new(big.Float).SetPrec(precision).Set(base)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out.Mul(out, factor)
		}
		factor.Mul(factor, factor)
	}
	return out
}

func roundHalfUp(x *big.Float) int64 {
	n, _ := x.Add(x, big.NewFloat(0.5)).Int64()
	return n
}

// Schedule is an amortisation schedule. Amounts in cents.
type Schedule struct {
	InstalmentCents    int64     `json:"instalment_cents"`
	TotalInterestCents int64     `json:"total_interest_cents"`
	Items              []Payment `json:"items"`
}

// Payment is one line of a schedule.
type Payment struct {
	Number         int   `json:"number"`
	PaymentCents   int64 `json:"payment_cents"`
	InterestCents  int64 `json:"interest_cents"`
	PrincipalCents int64 `json:"principal_cents"`
	BalanceCents   int64 `json:"balance_cents"`
}

// NewSchedule lays out every payment: interest on the balance rounded half up to the cent, the rest is principal,
// the last payment takes the difference that rounding left.
func NewSchedule(amountCents int64, nominalRateBPS, termMonths int) Schedule {
	s := Schedule{InstalmentCents: Instalment(amountCents, nominalRateBPS, termMonths), Items: []Payment{}}
	balance := amountCents
	for n := 1; n <= termMonths && balance > 0; n++ {
		interest := interestOf(balance, nominalRateBPS)
		principal := min(s.InstalmentCents-interest, balance)
		if n == termMonths {
			principal = balance
		}
		balance -= principal
		s.TotalInterestCents += interest
		s.Items = append(s.Items, Payment{n, interest + principal, interest, principal, balance})
	}
	return s
}

// interestOf is a month's interest on a balance. Amounts stay below 10^12 cents, rates below 10^4 basis points: no overflow.
func interestOf(balanceCents int64, rateBPS int) int64 {
	return (balanceCents*int64(rateBPS) + 60_000) / 120_000
}
