package history

import (
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
)

// household plants a life: one source of income at least, a home, debts, habits, and much that means nothing.
func household(w *world) {
	switch n := w.rand.IntN(100); {
	case n < 64:
		employee(w)
	case n < 80:
		pensioner(w)
	case n < 92:
		selfEmployed(w)
	default:
		benefit(w, benefitTexts[4:], w.euro(700, 1100), 12)
	}
	if w.chance(25) {
		benefit(w, benefitTexts[:6], w.euro(57, 400), w.between(14, 20))
	}
	if w.chance(8) {
		rentReceived(w)
	}
	home(w)
	debts(w)
	costs(w)
	if w.chance(20) {
		gambler(w)
	}
	transfersOfOwn(w)
	noise(w)
}

// income counts what still runs at the end.
func (w *world) income(cents int64, last time.Time) {
	if w.end.Sub(last) < 40*24*time.Hour {
		w.truth.MonthlyIncomeCents += cents
	}
}

func employee(w *world) {
	type job struct {
		name, iban, text string
		base             int64
		from, to         int
	}
	jobs := []job{{pick(w, employers), w.iban(), pick(w, salaryTexts), w.euro(1150, 3400), 0, 99}}
	if w.chance(15) {
		change := w.between(3, w.span-4)
		jobs[0].to = change - w.rand.IntN(2)
		jobs = append(jobs, job{pick(w, employers), w.iban(), pick(w, salaryTexts), w.euro(1250, 3600), change, 99})
	}
	quinto, amount, told := w.chance(14), w.euro(120, 350), false
	if quinto {
		text := pick(w, cqsTexts)
		told = contains(text, "%a")
		for i := range jobs {
			jobs[i].text = text
		}
	}
	day := []int{27, 27, 10, 31, 15, 5, 28, 23}[w.rand.IntN(8)]
	before := w.chance(40)
	raise, unpaid := w.between(2, 30), w.between(2, 60)
	extra13, joined, extra14 := w.chance(95), w.chance(35), w.chance(35)
	text13, text14 := pick(w, thirteenthTexts), pick(w, fourteenthTexts)
	var last time.Time
	var base int64
	w.monthly(day, func(i int, at time.Time) {
		if before && at.Weekday() == time.Sunday {
			at = at.AddDate(0, 0, -2)
		} else if before && at.Weekday() == time.Saturday {
			at = at.AddDate(0, 0, -1)
		}
		if i == raise {
			for j := range jobs {
				jobs[j].base = jobs[j].base * int64(100+w.between(3, 12)) / 100
			}
		}
		for _, j := range jobs {
			if i < j.from || i >= j.to || i == unpaid && i < w.span-2 {
				continue
			}
			cents := j.base
			if w.chance(60) {
				cents = w.about(j.base, 3)
			}
			pay := movement{at: at, cents: cents, ch: credit, party: j.name, iban: j.iban, text: w.fill(j.text, at, 1, 1, money(amount)), kind: cashflow.Salary}
			month := at.Month()
			if extra13 && joined && month == time.December && i > j.from+2 {
				pay.cents += j.base * 9 / 10
			}
			ref := w.book(pay)
			if ref == "" {
				continue
			}
			last, base = at, j.base
			if pay.cents > cents {
				w.extra[ref] = true
			}
			if quinto {
				w.labels[ref+"#quinto"] = cashflow.SalaryLoan
			}
			beyond := pay
			beyond.cents = j.base * int64(w.between(75, 100)) / 100
			switch {
			case extra13 && !joined && month == time.December:
				beyond.at, beyond.text = time.Date(at.Year(), 12, w.between(12, 20), 0, 0, 0, 0, time.UTC), w.fill(text13, at)
			case extra14 && month == time.July:
				beyond.at, beyond.text = time.Date(at.Year(), 7, w.between(1, 12), 0, 0, 0, 0, time.UTC), w.fill(text14, at)
			default:
				continue
			}
			if ref := w.book(beyond); ref != "" {
				w.extra[ref] = true
			}
		}
	})
	w.income(base, last)
	if quinto && told && w.end.Sub(last) < 40*24*time.Hour {
		w.truth.InstalmentsCents += amount
	}
}

func pensioner(w *world) {
	base, text := w.euro(650, 2400), pick(w, pensionTexts)
	iban := w.iban()
	var last time.Time
	w.monthly(1, func(i int, at time.Time) {
		pay := movement{at: at, cents: base, ch: credit, party: "INPS", iban: iban, text: w.fill(text, at), kind: cashflow.Pension}
		thirteenth := at.Month() == time.December
		if thirteenth {
			pay.cents += base * 95 / 100
		}
		if ref := w.book(pay); ref != "" {
			last = at
			if thirteenth {
				w.extra[ref] = true
			}
		}
	})
	w.income(base, last)
}

func selfEmployed(w *world) {
	var regulars []movement
	for range w.between(3, 6) {
		regulars = append(regulars, movement{party: pick(w, clients), iban: w.iban(), text: pick(w, invoiceTexts)})
	}
	w.monthly(1, func(i int, at time.Time) {
		for range w.between(1, 4) {
			m := regulars[w.rand.IntN(len(regulars))]
			m.at, m.cents, m.ch, m.kind = at.AddDate(0, 0, w.rand.IntN(27)), w.euro(200, 2800), credit, cashflow.SelfEmployed
			m.text = w.fill(m.text, at)
			w.book(m)
		}
		if at.Month() == time.June || at.Month() == time.November {
			w.book(movement{at: at.AddDate(0, 0, 15), cents: -w.euro(500, 3000), ch: internal, text: "F24 I24 AGENZIA ENTRATE " + at.Format("2006")})
		}
	})
}

func benefit(w *world, texts []string, cents int64, day int) {
	text, iban := pick(w, texts), w.iban()
	stop := w.span + 2
	if w.chance(20) {
		stop = w.between(4, w.span-3)
	}
	var last time.Time
	w.monthly(day, func(i int, at time.Time) {
		if i > stop {
			return
		}
		if w.book(movement{at: at, cents: cents, ch: credit, party: "INPS", iban: iban, text: w.fill(text, at), kind: cashflow.Benefits}) != "" {
			last = at
		}
	})
	if !last.IsZero() {
		w.income(cents, last)
	}
}

func rentReceived(w *world) {
	tenant, text, cents, iban := w.person(), pick(w, rentTexts), w.euro(350, 900), w.iban()
	var last time.Time
	w.monthly(w.between(1, 10), func(i int, at time.Time) {
		at = at.AddDate(0, 0, w.rand.IntN(4))
		if w.book(movement{at: at, cents: cents, ch: credit, party: tenant, iban: iban, text: w.fill(text, at), kind: cashflow.RentReceived}) != "" {
			last = at
		}
	})
	if !last.IsZero() {
		w.income(cents, last)
	}
}

func home(w *world) {
	switch n := w.rand.IntN(100); {
	case n < 35:
		cents, day, text, lender := w.euro(350, 1100), w.between(1, 28), pick(w, mortgageTexts), pick(w, mortgageLenders)
		variable, paid, of := w.chance(40), w.between(1, 100), w.between(180, 360)
		ch := internal
		if lender != "" {
			ch = debit
		}
		w.loan(cashflow.Mortgage, ch, lender, text, day, cents, paid, of, variable)
	case n < 75:
		cents, text, iban, name := w.euro(350, 950), pick(w, rentTexts), w.iban(), w.person()
		if w.chance(25) {
			name = pick(w, landlords)
		}
		w.monthly(w.between(1, 12), func(i int, at time.Time) {
			w.book(movement{at: at.AddDate(0, 0, w.rand.IntN(3)), cents: -cents, ch: transfer, party: name, iban: iban, text: w.fill(text, at), kind: cashflow.Rent})
		})
	}
	if w.chance(50) {
		name, text, every, cents := pick(w, condominiums), pick(w, condominiumTexts), []int{1, 2, 3}[w.rand.IntN(3)], w.euro(40, 220)
		iban := w.iban()
		w.monthly(w.between(5, 20), func(i int, at time.Time) {
			if i%every == 0 {
				w.book(movement{at: at, cents: -cents, ch: transfer, party: name, iban: iban, text: w.fill(text, at, i%6+1, 6, ""), kind: cashflow.Condominium})
			}
		})
	}
}

func contains(text, part string) bool {
	for i := 0; i+len(part) <= len(text); i++ {
		if text[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

func money(cents int64) string { return fmt.Sprintf("%d,%02d", cents/100, cents%100) }
