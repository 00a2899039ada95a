package history

import (
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
)

// costs are bills, subscriptions and policies.
func costs(w *world) {
	bill := func(s supplier, kind string, text []string, ch channel, fixed bool) {
		cents, words := w.euro(s.from, s.to), pick(w, text)
		start := w.rand.IntN(s.every)
		w.monthly(w.between(1, 28), func(i int, at time.Time) {
			if i%s.every != start {
				return
			}
			amount := cents
			if !fixed {
				amount = w.about(cents, 35)
			}
			m := movement{at: at, cents: -amount, ch: ch, party: s.name, mcc: s.mcc, text: w.fill(words, at), kind: kind, asIs: ch == cardPayment}
			ref := w.book(m)
			if ref != "" && ch == debit && w.chance(1) {
				w.comesBack(m, ref)
			}
		})
	}
	bill(pick(w, lights), cashflow.Utilities, billTexts, debit, false)
	if w.chance(60) {
		bill(pick(w, lights), cashflow.Utilities, billTexts, debit, false)
	}
	if w.chance(40) {
		bill(pick(w, waters), cashflow.Utilities, billTexts, debit, false)
	}
	bill(pick(w, phones), cashflow.Utilities, billTexts, debit, true)
	chosen := map[string]bool{}
	for range w.rand.IntN(5) {
		ch := cardPayment
		s := pick(w, subscribed)
		if chosen[s.name] {
			continue
		}
		chosen[s.name] = true
		if s.mcc == "" || s.mcc == "7997" {
			ch = debit
		}
		bill(s, cashflow.Subscriptions, []string{"", ""}, ch, true)
	}
	if w.chance(70) {
		ch := debit
		if w.chance(40) {
			ch = cardPayment
		}
		bill(pick(w, insurers), cashflow.Insurance, insuranceTexts, ch, true)
	}
}

func gambler(w *world) {
	brands := []string{pick(w, bookmakers), pick(w, bookmakers)}
	mcc := []string{"7995", "7995", "7801", "7994"}[w.rand.IntN(4)]
	each := w.between(1, 8)
	w.monthly(1, func(i int, at time.Time) {
		for range w.rand.IntN(each + 1) {
			w.book(movement{at: at.AddDate(0, 0, w.rand.IntN(28)), cents: -int64(w.between(1, 20)) * 1000, ch: cardPayment, party: brands[w.rand.IntN(2)], mcc: mcc, kind: Gambling, asIs: true})
		}
		if w.chance(10) {
			w.book(movement{at: at.AddDate(0, 0, w.rand.IntN(28)), cents: w.euro(20, 400), ch: credit, party: brands[0], text: "prelievo " + fmt.Sprint(w.between(1000, 9999))})
		}
	})
}

// transfersOfOwn go to a second account that is known, or to one that is not.
func transfersOfOwn(w *world) {
	if w.chance(50) {
		w.open("savings")
		cents := w.euro(50, 400)
		text := pick(w, []string{"GIROCONTO", "giroconto", "risparmio", "Trasferimento fondi", "accantonamento mensile", "GIROFONDI"})
		holder := w.holder
		w.monthly(w.between(1, 28), func(i int, at time.Time) {
			if w.chance(15) {
				return
			}
			out := movement{at: at, cents: -cents, ch: transfer, party: holder, iban: w.accounts[1].IBAN, text: text, kind: Own}
			in := movement{account: 1, at: at.AddDate(0, 0, w.rand.IntN(2)), cents: cents, ch: credit, party: holder, iban: w.accounts[0].IBAN, text: text, kind: Own}
			w.pair(out, in)
			if w.chance(8) {
				back := w.euro(100, 800)
				out.account, out.cents, out.at, out.iban = 1, -back, at.AddDate(0, 0, 12), w.accounts[0].IBAN
				in.account, in.cents, in.at, in.iban = 0, back, out.at, w.accounts[1].IBAN
				w.pair(out, in)
			}
		})
	}
}

// pair books both sides of a transfer, or none: at the end of the history one would stand alone.
func (w *world) pair(out, in movement) {
	if working(in.at).After(w.end) || out.at.Before(w.start) {
		return
	}
	w.book(out)
	w.book(in)
}

// noise is most of an account: shops, cash, friends, the credit card, taxes, refunds.
func noise(w *world) {
	visits := w.between(12, 45)
	card, cardText := w.chance(40), pick(w, []string{"ADDEBITO SALDO CARTA DI CREDITO", "NEXI PAYMENTS SPA", "Addebito estratto conto carta", "AMERICAN EXPRESS ITALIA", "UTILIZZO CARTE DI CREDITO", "SALDO CARTA ORO"})
	friends := []string{w.person(), w.person(), w.person(), w.person()}
	parent, help := w.person(), w.chance(10)
	w.monthly(1, func(i int, at time.Time) {
		day := func() time.Time { return at.AddDate(0, 0, w.rand.IntN(28)) }
		for range visits {
			s := pick(w, shops)
			w.book(movement{at: day(), cents: -w.euro(s.from, s.to), ch: cardPayment, party: s.name, mcc: s.mcc, asIs: true})
		}
		for range w.between(0, 4) {
			w.book(movement{at: day(), cents: -int64(w.between(2, 25)) * 1000, ch: internal, text: pick(w, []string{"PRELIEVO ATM", "PRELEVAMENTO BANCOMAT", "Prelievo sportello automatico", "PREL. ATM ALTRA BANCA"}), asIs: true})
		}
		for range w.between(0, 4) {
			friend, cents := friends[w.rand.IntN(len(friends))], w.euro(5, 150)
			if w.chance(50) {
				w.book(movement{at: day(), cents: cents, ch: credit, party: friend, text: pick(w, chatter)})
			} else {
				w.book(movement{at: day(), cents: -cents, ch: transfer, party: friend, text: pick(w, chatter)})
			}
		}
		for range w.between(0, 3) {
			w.book(movement{at: day(), cents: -w.euro(5, 60), ch: cardPayment, party: pick(w, []string{"SATISPAY", "Satispay Europe", "PAYPAL *EBAY", "PayPal Europe", "PAYPAL *VINTED", "SumUp *Mercato"}), asIs: true})
		}
		if card {
			w.book(movement{at: at.AddDate(0, 0, 14), cents: -w.euro(150, 1400), ch: internal, text: cardText})
		}
		if help {
			w.book(movement{at: at.AddDate(0, 0, 4), cents: int64(w.between(2, 6)) * 5000, ch: credit, party: parent, text: pick(w, []string{"per voi", "un aiuto", "aiuto mamma", "papà"})})
		}
		if w.chance(8) {
			s := pick(w, shops)
			w.book(movement{at: day(), cents: w.euro(10, 90), ch: internal, party: s.name, text: pick(w, []string{"STORNO PAGAMENTO POS ", "Rimborso ", "ACCREDITO RESO ", "Refund "}) + s.name})
		}
		if at.Month() == time.July && w.chance(50) {
			w.book(movement{at: day(), cents: w.euro(150, 1200), ch: credit, party: "AGENZIA DELLE ENTRATE", text: "RIMBORSO IRPEF 730"})
		}
		if at.Month()%3 == 0 {
			w.book(movement{at: at.AddDate(0, 1, -1), cents: -855, ch: internal, text: "IMPOSTA DI BOLLO"})
		}
		w.book(movement{at: at.AddDate(0, 1, -1), cents: -int64(w.between(0, 3)*150 + 100), ch: internal, text: pick(w, []string{"CANONE MENSILE CONTO", "SPESE TENUTA CONTO", "Competenze e spese", "canone conto"})})
	})
}
