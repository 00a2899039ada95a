package cashflow

import (
	"cmp"
	"slices"
	"strings"
)

// Bounds of what is looked at, in days.
const (
	oldest = 1100 // three years: what is older says nothing about today
	year   = 365
	usual  = 90 // of which usual spending is told
)

// Analyse says what movements come to. It never fails: what cannot be used is set aside with a note.
func Analyse(in Input) Result {
	in.Accounts = slices.Clone(in.Accounts)
	slices.SortStableFunc(in.Accounts, func(a, b Account) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.IBAN, b.IBAN))
	})
	notes := map[string]int{}
	all := collect(in, notes)
	entries, from, to := window(all, in.From, in.AsOf, notes)
	countBack(in.Accounts, all, to)
	out := Result{RulesVersion: RulesVersion, Figures: []Figure{}, Income: []Stream{}, FixedCosts: []Stream{}, Instalments: []Stream{}, Returned: []Event{}, Transactions: len(entries)}
	if len(entries) > 0 {
		out.From, out.To = from.String(), to.String()
	}

	markOwn(in, entries)
	classify(entries)
	spread(entries)
	out.Returned = append(out.Returned, markReturned(entries)...)
	claimed := map[string]bool{}
	out.Income = append(out.Income, income(entries, to, claimed)...)
	out.Instalments = append(out.Instalments, instalments(entries, to, claimed)...)
	out.Instalments = append(out.Instalments, withheldFromPay(entries, to, out.Income)...)
	out.FixedCosts = append(out.FixedCosts, fixedCosts(entries, to, claimed)...)
	for _, streams := range [][]Stream{out.Income, out.FixedCosts, out.Instalments} {
		slices.SortFunc(streams, byKind)
	}
	for kind, sum := range map[string]*Evidence{own: &out.OwnTransfers, gambling: &out.Gambling, won: &out.GamblingWon, disbursement: &out.Disbursements, card: &out.CardSettled} {
		*sum = of(entries, kind)
	}

	b := balancesOf(in, entries, from, to)
	if b.unknown > 0 {
		notes["no_balance"] = b.unknown
	}
	if len(entries) > 0 {
		out.Figures = figures(out, entries, b, from, to)
	}
	out.Notes = []Note{}
	for code, n := range notes {
		out.Notes = append(out.Notes, Note{code, n})
	}
	slices.SortFunc(out.Notes, func(a, b Note) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// window drops what is too old or after the day of the analysis.
func window(entries []entry, start, asOf string, notes map[string]int) (kept []entry, from, to day) {
	if len(entries) == 0 {
		return nil, none, none
	}
	if to = dayOf(asOf); to == none {
		to = entries[len(entries)-1].day
	}
	from = max(dayOf(start), to-oldest+1)
	for _, e := range entries {
		switch {
		case e.day > to:
			notes["after_as_of"]++
		case e.day < from:
			notes["old"]++
		default:
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return nil, none, none
	}
	if dayOf(start) == none {
		from = kept[0].day
	}
	return kept, from, to
}

func byKind(a, b Stream) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), -cmp.Compare(a.MonthlyCents, b.MonthlyCents), strings.Compare(a.Evidence[0], b.Evidence[0]))
}

// of sums the movements of a kind; of transfers, those that came.
func of(entries []entry, kind string) Evidence {
	out := Evidence{Evidence: []string{}}
	for _, e := range entries {
		if e.kind != kind {
			continue
		}
		out.Evidence = append(out.Evidence, e.ref)
		if kind != own || e.whole < 0 {
			out.Cents += abs(e.cents)
		}
	}
	slices.Sort(out.Evidence)
	return out
}
