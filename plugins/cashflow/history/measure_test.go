package history_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/plugins/cashflow"
	"github.com/pratica-crm/pratica/plugins/cashflow/history"
)

// score counts movements of one kind: claimed rightly, claimed wrongly, missed.
type score struct{ right, wrong, missed int }

func (s score) precision() float64 { return ratio(s.right, s.right+s.wrong) }
func (s score) recall() float64    { return ratio(s.right, s.right+s.missed) }

func ratio(a, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(a) / float64(of)
}

// commitments are what has to be paid again; that it is there is worth finding even where its kind cannot be told ("other").
var commitments = map[string]bool{cashflow.Rent: true, cashflow.Utilities: true, cashflow.Subscriptions: true, cashflow.Insurance: true, cashflow.Condominium: true, cashflow.OtherCost: true,
	cashflow.Mortgage: true, cashflow.PersonalLoan: true, cashflow.SalaryLoan: true, cashflow.Revolving: true, cashflow.BNPL: true, cashflow.Leasing: true}

// report is what the rules make of many histories.
type report struct {
	kinds                                      map[string]*score
	histories, income, instalments, days, back int // histories whose figure is right: within 5 %, within 5 %, exactly, exactly
	lowest                                     int
	wrong                                      []string
}

// measure runs histories of one half of the vocabulary; seeds of the two halves are apart, too.
func measure(half history.Half, n int) report {
	r := report{kinds: map[string]*score{}, histories: n}
	for i := range n {
		seed := uint64(i)
		if half == history.Held {
			seed += 1_000_000
		}
		h := history.New(seed, half)
		result := cashflow.Analyse(h.Input)
		claims := claimed(result)
		text := map[string]cashflow.Transaction{}
		for _, a := range h.Input.Accounts {
			for _, t := range a.Transactions {
				text[a.ID+"/"+t.ID] = t
			}
		}
		for ref, kind := range h.Truth.Labels {
			if said := claims[ref]; len(said) == 1 && said[0] == cashflow.OtherCost && commitments[kind] {
				r.kind("any commitment").right++
			} else if commitments[kind] {
				if len(said) > 0 && commitments[said[0]] {
					r.kind("any commitment").right++
				} else {
					r.kind("any commitment").missed++
				}
			}
			if slices.Contains(claims[ref], kind) {
				r.kind(kind).right++
			} else {
				r.kind(kind).missed++
				r.wrong = append(r.wrong, fmt.Sprintf("missed %s (said %v): %+v", kind, claims[ref], text[strings.TrimSuffix(strings.TrimSuffix(ref, "#quinto"), "#extra")]))
			}
		}
		for ref, kinds := range claims {
			for _, kind := range kinds {
				truth := h.Truth.Labels[ref]
				if commitments[kind] && !commitments[truth] {
					r.kind("any commitment").wrong++
				}
				if kind == cashflow.OtherCost && commitments[truth] {
					continue
				}
				if truth != kind {
					r.kind(kind).wrong++
					r.wrong = append(r.wrong, fmt.Sprintf("claimed %s (is %q): %+v", kind, truth, text[strings.TrimSuffix(ref, "#extra")]))
				}
			}
		}
		facts := result.Facts()
		r.income += hit(facts["cashflow.monthly_income_cents"], h.Truth.MonthlyIncomeCents, 5)
		if hit(facts["cashflow.monthly_income_cents"], h.Truth.MonthlyIncomeCents, 5) == 0 {
			r.wrong = append(r.wrong, fmt.Sprintf("seed %d: income %d, planted %d: %+v", seed, facts["cashflow.monthly_income_cents"], h.Truth.MonthlyIncomeCents, brief(result.Income)))
		}
		debts := facts["cashflow.instalments_cents"]
		for _, s := range result.Instalments {
			if s.Kind == cashflow.BNPL && s.Current {
				debts -= s.MonthlyCents
			}
		}
		r.instalments += hit(debts, h.Truth.InstalmentsCents, 5)
		r.days += hit(facts["cashflow.days_below_zero"], int64(h.Truth.DaysBelowZero), 0)
		r.back += hit(facts["cashflow.returned_debits"], int64(h.Truth.ReturnedDebits), 0)
		r.lowest += hit(facts["cashflow.lowest_balance_cents"], h.Truth.LowestCents, 0)
	}
	return r
}

func brief(streams []cashflow.Stream) (out []string) {
	for _, s := range streams {
		out = append(out, fmt.Sprintf("%s %s %d current=%v n=%d %s", s.Kind, s.Counterparty, s.MonthlyCents, s.Current, len(s.Evidence), s.Rule))
	}
	return out
}

func hit(got, want int64, percent int64) int {
	if d := got - want; d*100 > want*percent || -d*100 > want*percent {
		return 0
	}
	return 1
}

func (r report) kind(name string) *score {
	if r.kinds[name] == nil {
		r.kinds[name] = &score{}
	}
	return r.kinds[name]
}

// claimed are the kinds that a result gives to movements.
func claimed(r cashflow.Result) map[string][]string {
	out := map[string][]string{}
	say := func(kind string, refs []string) {
		for _, ref := range refs {
			out[ref] = append(out[ref], kind)
		}
	}
	for _, s := range slices.Concat(r.Income, r.FixedCosts, r.Instalments) {
		switch {
		case s.Rule == "salary_loan.in_pay":
			for _, ref := range s.Evidence {
				say(s.Kind, []string{ref + "#quinto"})
			}
		default:
			say(s.Kind, s.Evidence)
		}
		for _, x := range s.Extras {
			if x.Kind != "bonus" {
				for _, ref := range x.Evidence {
					say(history.Thirteenth, []string{ref + "#extra"})
				}
			}
		}
	}
	say(history.Gambling, r.Gambling.Evidence)
	say(history.Own, r.OwnTransfers.Evidence)
	for _, e := range r.Returned {
		say(history.Returned, e.Evidence)
	}
	return out
}

func (r report) print() string {
	var names []string
	for k := range r.kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "%-16s %9s %9s %7s %7s %7s\n", "kind", "precision", "recall", "right", "wrong", "missed")
	for _, k := range names {
		s := r.kinds[k]
		fmt.Fprintf(&b, "%-16s %9.3f %9.3f %7d %7d %7d\n", k, s.precision(), s.recall(), s.right, s.wrong, s.missed)
	}
	fmt.Fprintf(&b, "of %d histories right: income within 5 %% %d, instalments within 5 %% %d, days below zero %d, lowest balance %d, returned debits %d\n", r.histories, r.income, r.instalments, r.days, r.lowest, r.back)
	return b.String()
}

func TestDebug(t *testing.T) {
	if os.Getenv("DEBUG") == "" {
		t.Skip()
	}
	r := measure(history.Tune, 300)
	fmt.Print(r.print())
	held := measure(history.Held, 500)
	fmt.Print(held.print())
	if os.Getenv("DEBUG") == "held" {
		r = held
	}
	slices.Sort(r.wrong)
	f, _ := os.Create("/tmp/cashflow_wrong.txt")
	for _, w := range r.wrong {
		fmt.Fprintln(f, w)
	}
	f.Close()
}
