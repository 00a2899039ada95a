package cashflow

import (
	"slices"
	"strings"
)

// fixedCosts finds what goes out again and again and is no debt.
func fixedCosts(entries []entry, asOf day, claimed map[string]bool) []Stream {
	var out []Stream
	take := func(s Stream) {
		for _, ref := range s.Evidence {
			claimed[ref] = true
		}
		out = append(out, s)
	}
	for _, kind := range []string{Rent, Condominium, Insurance, Utilities, Subscriptions} {
		for _, g := range gather(went(entries, claimed, kind)) {
			s := seriesOf(g)
			switch {
			case len(s.slots) == 1 && kind == Insurance: // once a year, seen once
				one := plainStream(s, kind, asOf, g[0].rule)
				one.PeriodMonths, one.MonthlyCents, one.Current = 12, divide(one.MonthlyCents, 12), s.current(asOf, 12)
				take(one)
			case len(s.slots) < 2 || kind == Rent && !s.regular() || kind == Insurance && len(s.entries)*2 > len(s.slots)*3:
			default:
				take(plainStream(s, kind, asOf, g[0].rule))
			}
		}
	}
	for _, g := range cluster(went(entries, claimed, "")) {
		if s := seriesOf(g); standing(s) {
			take(plainStream(s, OtherCost, asOf, "other.standing"))
		}
	}
	return out
}

func went(entries []entry, claimed map[string]bool, kind string) []entry {
	var of []entry
	for _, e := range entries {
		if e.whole < 0 && !claimed[e.ref] && e.kind == kind {
			of = append(of, e)
		}
	}
	return of
}

// standing is an order or a debit that nobody names: once a month, at least five months, of the same amount to the cent nearly
// always, and around the same day. Shops do not look like that.
func standing(s series) bool {
	return len(s.slots) >= 5 && len(s.entries) <= len(s.slots)+1 && s.period() == 1 && s.regularity(1) >= 8000 && s.recent() >= 5_00 && s.steady(1, 8)
}

// instalments finds debts that are being paid back.
func instalments(entries []entry, asOf day, claimed map[string]bool) []Stream {
	var out []Stream
	for _, kind := range []string{Mortgage, SalaryLoan, Leasing, Revolving, BNPL, PersonalLoan} {
		for _, g := range gather(went(entries, claimed, kind)) {
			s := seriesOf(g)
			nth := slices.ContainsFunc(g, func(e entry) bool { return e.text.Of > 0 })
			if kind != BNPL && (len(s.slots) < 2 && !nth || !s.regular()) {
				continue
			}
			one := plainStream(s, kind, asOf, g[0].rule)
			if rest := restOf(s, one.MonthlyCents*int64(one.PeriodMonths)); rest != nil {
				one.Remaining = rest
				one.Current = one.Current && rest.Instalments > 0
			}
			for _, ref := range one.Evidence {
				claimed[ref] = true
			}
			out = append(out, one)
		}
	}
	return out
}

// restOf reads "rata 12 di 60" of the latest text that says so, and counts what was paid since.
func restOf(s series, instalment int64) *Rest {
	for i := len(s.entries) - 1; i >= 0; i-- {
		if t := s.entries[i].text; t.Of > 0 {
			left := max(0, t.Of-t.Nth-(len(s.entries)-1-i))
			return &Rest{left, int64(left) * instalment}
		}
	}
	return nil
}

// withheldFromPay finds the cessione del quinto that an employer or INPS keeps back: it never is a movement, and only the text of
// the pay can tell. Without an amount it is there, and the amount is unknown.
func withheldFromPay(entries []entry, asOf day, paid []Stream) []Stream {
	var out []Stream
	byRef := map[string]entry{}
	for _, e := range entries {
		if e.whole > 0 && keptBack(e.words) {
			byRef[e.ref] = e
		}
	}
	for _, p := range paid {
		if p.Kind != Salary && p.Kind != Pension {
			continue
		}
		var of []entry
		var cents []int64
		for _, ref := range p.Evidence {
			if e, ok := byRef[ref]; ok {
				of = append(of, e)
			}
		}
		if len(of) == 0 {
			continue
		}
		for _, e := range inOrder(of) {
			if c, ok := amountWithheld(e.text); ok {
				cents = append(cents, c)
			}
		}
		s := seriesOf(of)
		one := plainStream(s, SalaryLoan, asOf, "salary_loan.in_pay")
		one.PeriodMonths, one.Counterparty = 1, p.Counterparty
		one.MonthlyCents, one.AmountKnown = median(cents[max(0, len(cents)-6):]), len(cents) > 0
		out = append(out, one)
	}
	return out
}

func keptBack(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "cession") || w == "cess" || w == "cqs" || w == "cqp" || w == "quinto" || strings.HasPrefix(w, "delegazion")
	})
}
