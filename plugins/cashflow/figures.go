package cashflow

import (
	"slices"
	"strings"
)

// figures are the facts, sorted by name. One that cannot be known is not there.
func figures(r Result, entries []entry, b balances, from, to day) []Figure {
	var out []Figure
	add := func(name string, value int64, rule string, evidence []string) {
		slices.Sort(evidence)
		if evidence = slices.Compact(evidence); evidence == nil {
			evidence = []string{}
		}
		out = append(out, Figure{Name: name, Value: value, Unit: Names[name], Rule: rule, Evidence: evidence})
	}
	add("months", int64(to.month()-from.month()+1), "months.covered", []string{entries[0].ref, entries[len(entries)-1].ref})

	monthlyIncome, refs := sum(r.Income, func(s Stream) bool { return s.Kind != SelfEmployed })
	add("monthly_income_cents", monthlyIncome, "income.current", refs)
	turnover, refs := sum(r.Income, func(s Stream) bool { return s.Kind == SelfEmployed })
	add("turnover_monthly_cents", turnover, "income.turnover", refs)
	extra, refs := extras(r.Income, to-year)
	add("extra_income_yearly_cents", extra, "income.extra", refs)
	if s, ok := largest(r.Income); ok {
		add("income_regularity_bps", int64(s.Regularity), "income.regularity", slices.Clone(s.Evidence))
	}
	costs, refs := sum(r.FixedCosts, all)
	add("fixed_costs_cents", costs, "costs.current", refs)
	debts, refs := sum(r.Instalments, all)
	add("instalments_cents", debts, "instalments.current", refs)

	remaining, unknown, left, dark := rests(r.Instalments)
	add("instalments_remaining_cents", remaining, "instalments.remaining", left)
	add("instalments_amount_unknown", unknown, "instalments.unknown", dark)

	lastYear := since(entries, to-year+1)
	days := int(min(to-from+1, year))
	staked := of(lastYear, gambling)
	add("gambling_monthly_cents", monthly(staked.Cents, days), "gambling.monthly", staked.Evidence)
	gained := of(lastYear, won)
	add("gambling_won_monthly_cents", monthly(gained.Cents, days), "gambling.won_monthly", gained.Evidence)
	var back []string
	for _, e := range r.Returned {
		back = append(back, e.Evidence...)
	}
	add("returned_debits", int64(len(r.Returned)), "returned.count", back)

	came, went, refs := flows(lastYear)
	if came > 0 {
		add("savings_rate_bps", max(-100_000, divide((came-went)*10_000, came)), "savings.rate", refs)
	}
	if b.unknown == 0 && b.known > 0 { // with one balance missing, the least and the sum are unknown
		add("days_below_zero", int64(len(b.below)), "balance.below_zero", b.into)
		var at []string
		if b.at != "" {
			at = []string{b.at}
		}
		add("lowest_balance_cents", b.lowest, "balance.lowest", at)
		span := min(to-from+1, usual)
		if _, spent, refs := flows(since(entries, to-span+1)); spent > 0 {
			add("buffer_days", min(9999, max(0, b.liquid)*int64(span)/spent), "balance.buffer", append(refs, b.evidence...))
		}
	}
	slices.SortFunc(out, func(a, b Figure) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func all(Stream) bool { return true }

// sum adds the months of the streams that still run.
func sum(streams []Stream, which func(Stream) bool) (cents int64, refs []string) {
	for _, s := range streams {
		if s.Current && which(s) {
			cents += s.MonthlyCents
			refs = append(refs, s.Evidence...)
		}
	}
	return cents, refs
}

// rests sums what is left of debts as far as it is told, and counts those of which not even the month's part is known.
func rests(streams []Stream) (cents, unknown int64, told, dark []string) {
	for _, s := range streams {
		if s.Current && s.Remaining != nil {
			cents += s.Remaining.Cents
			told = append(told, s.Evidence...)
		}
		if s.Current && !s.AmountKnown {
			unknown++
			dark = append(dark, s.Evidence...)
		}
	}
	return cents, unknown, told, dark
}

func extras(streams []Stream, after day) (cents int64, refs []string) {
	for _, s := range streams {
		for _, x := range s.Extras {
			if x.Kind != "bonus" && dayOf(x.Day) > after {
				cents += x.Cents
				refs = append(refs, x.Evidence...)
			}
		}
	}
	return cents, refs
}

func largest(streams []Stream) (best Stream, ok bool) {
	for _, s := range streams {
		if s.Current && (!ok || s.MonthlyCents > best.MonthlyCents) {
			best, ok = s, true
		}
	}
	return best, ok
}

func since(entries []entry, first day) []entry {
	i, _ := slices.BinarySearchFunc(entries, first, func(e entry, d day) int { return int(e.day - d) })
	return entries[i:]
}

// flows are what came and what went, without what only moved or was undone. What a shop paid back is less spending.
func flows(entries []entry) (came, went int64, refs []string) {
	for _, e := range entries {
		switch e.kind {
		case own, undone, returned, disbursement:
			continue
		case refund:
			went -= e.cents
		default:
			if e.cents > 0 {
				came += e.cents
			} else {
				went -= e.cents
			}
		}
		refs = append(refs, e.ref)
	}
	return came, max(0, went), refs
}
