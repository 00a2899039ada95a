package cashflow

import (
	"slices"
)

// income finds what comes in regularly. claimed collects the movements that are somebody's evidence.
func income(entries []entry, asOf day, claimed map[string]bool) []Stream {
	var out []Stream
	came := func(kinds ...string) []entry {
		var of []entry
		for _, e := range entries {
			if e.whole > 0 && !claimed[e.ref] && slices.Contains(kinds, e.kind) {
				of = append(of, e)
			}
		}
		return of
	}
	take := func(s Stream) {
		for _, ref := range s.Evidence {
			claimed[ref] = true
		}
		out = append(out, s)
	}
	for _, kind := range []string{Pension, Salary} {
		labelled := []string{kind}
		if kind == Salary {
			labelled = []string{Salary, thirteenth, fourteenth}
		}
		for _, s := range payers(came(append(labelled, "")...), kind) {
			take(paid(s, kind, asOf))
		}
	}
	for _, kind := range []string{Benefits, RentReceived} {
		for _, g := range gather(came(kind)) {
			if s := seriesOf(g); len(s.slots) >= 2 && (kind != RentReceived || s.regular()) || len(g) == 1 && asOf-s.last().day <= 45 {
				take(plainStream(s, kind, asOf, g[0].rule))
			}
		}
	}
	if invoices := came(SelfEmployed); len(invoices) >= 3 {
		take(turnover(invoices, asOf))
	}
	for _, g := range cluster(came("")) {
		if s := seriesOf(g); looksLikePay(s) {
			take(paid(payer{s, "salary.pattern"}, Salary, asOf))
		}
	}
	return out
}

// payer is who pays a salary or a pension.
type payer struct {
	series
	rule string
}

// payers are those of whom at least one payment says what it is; their payments that say nothing are of it, too. Payments without
// any name go to the payer that the months lack.
func payers(entries []entry, kind string) []payer {
	var out []payer
	var nameless []entry
	for _, g := range cluster(entries) {
		var rule string
		named := g[:0:0]
		for _, e := range g {
			if e.kind != "" && (rule == "" || e.kind == kind) {
				rule = e.rule
			}
			if e.key == "" {
				nameless = append(nameless, e)
			} else {
				named = append(named, e)
			}
		}
		if rule != "" && len(named) > 0 {
			out = append(out, payer{seriesOf(named), rule})
		}
	}
	out = strays(out)
	var told []entry
	for _, e := range nameless {
		if e.kind != "" {
			told = append(told, e)
		}
	}
	if len(told) == 0 {
		return out
	}
	if len(out) == 1 && len(told) < len(out[0].entries) {
		out[0].series = seriesOf(inOrder(append(slices.Clone(out[0].entries), told...)))
		return out
	}
	return append(out, payer{seriesOf(told), told[0].rule})
}

// strays are payers of one or two payments; where a larger one shares a long word with them, they are it.
func strays(all []payer) []payer {
	var out, small []payer
	for _, p := range all {
		if len(p.entries) > 2 {
			out = append(out, p)
		} else {
			small = append(small, p)
		}
	}
	for _, p := range small {
		if i := slices.IndexFunc(out, func(l payer) bool { return shares(l.first().key, p.first().key) }); i >= 0 {
			out[i].series = seriesOf(inOrder(slices.Concat(out[i].entries, p.entries)))
		} else {
			out = append(out, p)
		}
	}
	return out
}

// looksLikePay is monthly, at least three months, steady, of a size that people are paid, and from a company; or from somebody of
// whom that cannot be told, when the amounts differ as pays do and rents do not.
func looksLikePay(s series) bool {
	if s.first().key == "" || len(s.slots) < 3 || s.period() != 1 || s.regularity(1) < 7000 || s.recent() < 300_00 || !s.steady(35, 7) {
		return false
	}
	return company(s.first()) || s.recent() >= 600_00 && !s.steady(0, 5)
}

// paid is a salary's or pension's stream, with its extra pays apart.
func paid(p payer, kind string, asOf day) Stream {
	extras := extrasOf(p.series)
	base := series{entries: p.entries, shift: p.shift, slots: map[int]int64{}}
	for m, sum := range p.slots {
		base.slots[m] = sum
	}
	for _, x := range extras {
		month := (dayOf(x.Day) - p.shift).month()
		if base.slots[month] -= x.Cents; base.slots[month] <= 0 {
			delete(base.slots, month)
		}
	}
	if len(base.slots) == 0 {
		base.slots = p.slots
	}
	s := plainStream(base, kind, asOf, p.rule)
	s.MonthlyCents = divide(base.settled(), int64(s.PeriodMonths))
	s.Extras = extras
	return s
}

// extrasOf finds thirteenth, fourteenth and other pays beyond the month's: by their words, or in months that brought one and a half
// times the usual. Where one transfer holds both, what is above the usual is the extra.
func extrasOf(s series) []Extra {
	usual := func() int64 {
		var sums []int64
		for _, sum := range s.slots {
			sums = append(sums, sum)
		}
		return median(sums)
	}()
	var out []Extra
	byMonth := map[int][]entry{}
	for _, e := range s.entries {
		byMonth[s.month(e)] = append(byMonth[s.month(e)], e)
	}
	for _, m := range s.months() {
		within := byMonth[m]
		told := slices.IndexFunc(within, func(e entry) bool { return e.kind == thirteenth || e.kind == fourteenth })
		if sum := s.slots[m]; sum*2 < usual*3 && (told < 0 || len(within) == 1 && sum*4 > usual*5) || len(s.slots) < 3 && told < 0 {
			if told < 0 || len(within) > 1 {
				continue
			}
		}
		at, cents := told, int64(0)
		switch {
		case len(within) == 1 && told >= 0 && s.slots[m]*4 < usual*5: // paid in a month of its own
			cents = within[0].cents
		case len(within) == 1:
			at, cents = 0, within[0].cents-usual
		default:
			if at < 0 {
				at = odd(within, s.shift, dueDay(s, byMonth))
			}
			cents = within[at].cents
		}
		if cents <= 0 {
			continue
		}
		out = append(out, Extra{Kind: extraKind(within[at], m), Cents: cents, Day: within[at].day.String(), Evidence: []string{within[at].ref}})
	}
	return out
}

// dueDay is the day of the month on which a pay is booked, in months that brought one only; 0 when there are none.
func dueDay(s series, byMonth map[int][]entry) int64 {
	var days []int64
	for _, within := range byMonth {
		if len(within) == 1 {
			days = append(days, int64((within[0].day - s.shift).time().Day()))
		}
	}
	return median(days)
}

// odd is which of a month's payments is booked farthest from the usual day.
func odd(within []entry, shift day, due int64) int {
	at, farthest := 0, int64(-1)
	for i, e := range within {
		if far := abs(int64((e.day - shift).time().Day()) - due); far > farthest {
			at, farthest = i, far
		}
	}
	return at
}

// extraKind: words first, then the month in which it is usual.
func extraKind(e entry, month int) string {
	switch m := month%12 + 1; {
	case e.kind == thirteenth || e.kind == fourteenth:
		return e.kind
	case m == 12 || m == 11:
		return thirteenth
	case m == 6 || m == 7:
		return fourteenth
	}
	return "bonus"
}

// turnover puts all customers of a self-employed person together: single ones come and go. Months without any count as none.
func turnover(entries []entry, asOf day) Stream {
	s := seriesOf(entries)
	s.shift = 0
	s.slots = map[int]int64{}
	for _, e := range entries {
		s.slots[e.day.month()] += e.cents
	}
	seen := len(s.slots)
	for m := max(s.first().day.month(), asOf.month()-12); m < asOf.month(); m++ {
		s.slots[m] += 0
	}
	var sums []int64
	for _, m := range s.months() {
		if m >= asOf.month()-12 && m < asOf.month() || seen < 3 {
			sums = append(sums, s.slots[m])
		}
	}
	out := plainStream(s, SelfEmployed, asOf, "self_employed.invoices")
	out.Current = asOf-s.last().day <= usual // customers pay when they pay
	out.MonthlyCents, out.MonthsSeen, out.Regularity, out.Counterparty = median(sums), seen, min(10000, seen*10000/len(s.slots)), ""
	return out
}

func plainStream(s series, kind string, asOf day, rule string) Stream {
	period := s.period()
	return Stream{Kind: kind, Counterparty: shown(s.entries), MonthlyCents: divide(s.recent(), int64(max(period, 1))), AmountKnown: true, PeriodMonths: max(period, 1), MonthsSeen: len(s.slots),
		Regularity: s.regularity(period), First: s.first().day.String(), Last: s.last().day.String(), Current: s.current(asOf, period), Rule: rule, Evidence: s.refs()}
}
