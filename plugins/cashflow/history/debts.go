package history

import (
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
)

// loan books instalments; one in ten comes back once, and one in five ends on the way.
func (w *world) loan(kind string, ch channel, lender, text string, day int, cents int64, paid, of int, variable bool) {
	starts, returns := 0, w.chance(12)
	back := w.between(2, w.span)
	var last time.Time
	w.monthly(day, func(i int, at time.Time) {
		n := paid + i
		if i < starts || n > of {
			return
		}
		if variable && i%6 == 5 {
			cents = w.about(cents, 4)
		}
		m := movement{at: at, cents: -cents, ch: ch, party: lender, text: w.fill(text, at, n, of, ""), kind: kind}
		ref := w.book(m)
		if ref == "" {
			return
		}
		last = at
		if returns && i == back && ch == debit {
			w.comesBack(m, ref)
		}
	})
	if w.end.Sub(last) < 40*24*time.Hour && paid+w.span < of {
		w.truth.InstalmentsCents += cents
	}
}

// comesBack undoes a debit some days later, mostly with a fee.
func (w *world) comesBack(m movement, ref string) {
	texts := []string{"STORNO ADDEBITO SDD " + m.party, "SDD INSOLUTO " + m.party, "RIACCREDITO SDD RESPINTO " + m.party, "Insoluto addebito diretto " + m.party, "RIMBORSO ADDEBITO NON ESEGUITO " + m.party, "storno sdd per mancanza fondi " + m.party, "Rid stornato " + m.party, "SDD RESTITUITO " + m.party}
	fees := []string{"COMMISSIONI INSOLUTO SDD", "SPESE PER INSOLUTO", "Commissione su addebito respinto", "comm. storno addebito"}
	at := m.at.AddDate(0, 0, w.between(2, 6))
	back := w.book(movement{account: m.account, at: at, cents: -m.cents, ch: internal, party: m.party, text: pick(w, texts), kind: Returned})
	if back == "" {
		return
	}
	w.truth.ReturnedDebits++
	w.labels[ref] = Returned // it never was paid
	if w.chance(70) {
		w.book(movement{account: m.account, at: at, cents: -w.euro(2, 10), ch: internal, text: pick(w, fees), kind: Returned})
	}
}

func debts(w *world) {
	if w.chance(35) {
		text := pick(w, loanTexts)
		w.loan(cashflow.PersonalLoan, debit, pick(w, loanLenders), text, w.between(1, 28), w.euro(80, 420), w.between(1, 20), w.between(36, 120), false)
	}
	if w.chance(12) {
		w.loan(cashflow.Revolving, debit, pick(w, revolvingNames), pick(w, revolvingTexts), w.between(1, 28), w.euro(30, 180), 1, 999, w.chance(40))
	}
	if w.chance(10) {
		w.loan(cashflow.Leasing, debit, pick(w, leasingNames), pick(w, leasingTexts), w.between(1, 28), w.euro(180, 520), 1, 999, false)
	}
	if w.chance(18) {
		for range w.between(1, 4) {
			name, cents, from := pick(w, bnplNames), w.euro(20, 150), w.between(0, w.span-3)
			day := w.between(1, 28)
			w.monthly(day, func(i int, at time.Time) {
				if i >= from && i < from+3 {
					w.book(movement{at: at, cents: -cents, ch: cardPayment, party: name, text: fmt.Sprintf("%d/3", i-from+1), kind: cashflow.BNPL, asIs: true})
				}
			})
		}
	}
}
