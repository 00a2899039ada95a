package cashflow

import (
	"slices"
	"strings"
)

// Kinds of movements that are no stream.
const (
	own          = "own"          // between the person's accounts
	returned     = "returned"     // a debit that came back
	returnedFee  = "returned_fee" // what the bank takes for it
	undone       = "undone"       // the debit that came back: it counts nowhere
	disbursement = "disbursement" // a loan paid out
	gambling     = "gambling"     // a stake
	won          = "won"          // a winning
	refund       = "refund"       // money back from a shop or an office
	card         = "card"         // a credit card settled in full
	thirteenth   = "thirteenth"   // a salary's
	fourteenth   = "fourteenth"
)

// classify says of each movement what the tables say: a firm code, the merchant's category, words, any other code.
func classify(entries []entry) {
	for i := range entries {
		e := &entries[i]
		if e.kind != "" {
			continue
		}
		sign := "-"
		if e.whole > 0 {
			sign = "+"
		}
		if e.kind, e.rule = lex.tellByCode(e.raw, true); e.kind != "" {
			continue
		}
		byMCC := lex.mcc[strings.TrimSpace(e.raw.MCC)+sign]
		if e.kind, e.rule = lex.tell(e.words, e.whole > 0); byMCC != "" && (e.kind == "" || byMCC == gambling || byMCC == won) {
			e.kind, e.rule = byMCC, byMCC+".mcc"
		}
		if e.kind == gambling && cashier(e) || toPerson[e.kind] && privately(e) || debt[e.kind] && purchase(e) || elsewhere[e.kind] && shop(e, byMCC) {
			e.kind, e.rule = "", ""
		}
		if e.kind == "" && e.whole < 0 && e.text.Of >= 12 {
			if e.kind, e.rule = PersonalLoan, "personal_loan.nth"; e.text.Of > 120 {
				e.kind, e.rule = Mortgage, "mortgage.nth"
			}
		}
		if e.kind == "" {
			e.kind, e.rule = lex.tellByCode(e.raw, false)
		}
	}
}

// spread gives what a movement is to those with the same other side that say nothing, when all that say something say the same and
// are at least half: a bank prints a loan's word in most months, not in each.
func spread(entries []entry) {
	at := map[string]int{}
	var came, went []entry
	for i, e := range entries {
		at[e.ref] = i
		switch {
		case e.key == "" || e.kind == own || purchase(&e):
		case e.whole > 0:
			came = append(came, e)
		default:
			went = append(went, e)
		}
	}
	for _, g := range slices.Concat(cluster(came), cluster(went)) {
		kind, rule, told := "", "", 0
		for _, e := range g {
			if streams[e.kind] {
				if told++; kind == "" {
					kind, rule = e.kind, e.rule
				} else if e.kind != kind {
					told = -len(g)
				}
			}
		}
		if told*2 < len(g) {
			continue
		}
		for _, e := range g {
			if e.kind == "" {
				entries[at[e.ref]].kind, entries[at[e.ref]].rule = kind, rule
			}
		}
	}
}

// streams are the kinds that one counterparty pays or is paid again and again. Salaries see to themselves.
var streams = map[string]bool{Pension: true, Benefits: true, RentReceived: true, Rent: true, Utilities: true, Subscriptions: true, Insurance: true, Condominium: true, Mortgage: true, PersonalLoan: true,
	Revolving: true, Leasing: true}

// What nobody pays to a friend, whatever the text says: "my part of the bill", "the loan, thanks"; and what is not bought with a card.
var (
	toPerson = map[string]bool{Utilities: true, PersonalLoan: true, Mortgage: true, Subscriptions: true, gambling: true, Insurance: true, Revolving: true, Leasing: true}
	debt     = map[string]bool{Mortgage: true, PersonalLoan: true, SalaryLoan: true, Revolving: true, card: true}
)

// elsewhere are kinds whose words shops have in their names, too.
var elsewhere = map[string]bool{Utilities: true, Insurance: true, Rent: true, Condominium: true}

// shop says whether a card was held out, and the merchant's category is none of the tables'.
func shop(e *entry, byMCC string) bool { return strings.TrimSpace(e.raw.MCC) != "" && byMCC == "" }

// privately says whether a payment is a transfer to a person: of two or three words, none of them a company's or the tables'.
func privately(e *entry) bool {
	if !strings.HasPrefix(e.raw.BankCode, "PMNT-ICDT") && abi(e.raw.ProprietaryCode) != "26" && !slices.ContainsFunc(e.words, func(w string) bool { return transfers[w] }) && e.iban == "" {
		return false
	}
	named := strings.Fields(e.key)
	return len(named) >= 2 && !company(*e) && !slices.ContainsFunc(named, func(w string) bool { return lex.alone[w] })
}

var transfers = words("bonifico bonif bon disposizione postagiro bancoposta")

// purchase says whether a card was held out in a shop.
func purchase(e *entry) bool {
	return strings.HasPrefix(e.raw.BankCode, "PMNT-CCRD-POS") || abi(e.raw.ProprietaryCode) == "43" || strings.TrimSpace(e.raw.MCC) != "" || slices.Contains(e.words, "pos")
}

// cashier says whether a concession's name stands for its payment counters, where people pay bills: no gambling without the
// merchant's category.
func cashier(e *entry) bool {
	return e.rule != "gambling.mcc" && slices.ContainsFunc(e.words, func(w string) bool {
		return w == "bolletta" || w == "bollette" || w == "bollettino" || w == "f24" || w == "pagopa" || w == "mooney" || w == "sisalpay" || w == "puntolis" || w == "lis"
	})
}

// apart is how many days lie between the two sides of a transfer, at most: a weekend and a holiday.
const apart = 5

// markOwn finds money that only moves between the person's accounts: the other account's IBAN, the person's own name as the other
// side, or two movements of the same size in opposite directions that the banks themselves call a transfer.
func markOwn(in Input, entries []entry) {
	ibans := map[string]bool{}
	for _, a := range in.Accounts {
		if a.IBAN != "" {
			ibans[strings.ToUpper(strings.ReplaceAll(a.IBAN, " ", ""))] = true
		}
	}
	var holders [][]string
	for _, h := range in.Holders {
		if w := Read(h).Words; len(w) > 1 {
			holders = append(holders, w)
		}
	}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.iban != "" && ibans[e.iban]:
			e.kind, e.rule = own, "own.iban"
		case holder(e, holders):
			e.kind, e.rule = own, "own.name"
		}
	}
	mirror(entries, holders)
}

// holder says whether the other side bears a holder's name, in whatever order its words stand.
func holder(e *entry, holders [][]string) bool {
	name := Read(e.raw.CounterpartyName).Words
	if len(name) < 2 || len(name) > 4 {
		return false
	}
	slices.Sort(name)
	return slices.ContainsFunc(holders, func(h []string) bool { return slices.Equal(slices.Sorted(slices.Values(h)), name) })
}

// mentions says whether a holder's name stands in a text, whichever of its words comes first and wherever a line's end has torn it.
func mentions(text []string, holders [][]string) bool {
	whole := strings.Join(text, "")
	for _, h := range holders {
		for i := range h {
			if strings.Contains(whole, strings.Join(h[i:], "")+strings.Join(h[:i], "")) {
				return true
			}
		}
	}
	return false
}

// mirror marks the second side of a transfer whose first is known, and both where each bank's words or codes say transfer.
func mirror(entries []entry, holders [][]string) {
	type size struct {
		day   day
		cents int64
	}
	at := map[size][]int{}
	for i, e := range entries {
		at[size{e.day, e.whole}] = append(at[size{e.day, e.whole}], i)
	}
	said := func(e entry) bool {
		if e.kind == own || e.raw.CounterpartyName == "" && mentions(e.text.Words, holders) {
			return true
		}
		kind, _ := lex.tell(e.words, e.whole > 0)
		code, _ := lex.tellByCode(e.raw, false)
		return kind == own || kind == "" && code == own
	}
	taken := map[int]bool{}
	for i := range entries {
		if taken[i] || !said(entries[i]) {
			continue
		}
	search:
		for distance := range day(apart + 1) {
			for _, d := range []day{entries[i].day - distance, entries[i].day + distance} {
				for _, j := range at[size{d, -entries[i].whole}] {
					if entries[j].account == entries[i].account || taken[j] {
						continue
					}
					taken[i], taken[j] = true, true
					for _, k := range []int{i, j} {
						if entries[k].kind != own {
							entries[k].kind, entries[k].rule = own, "own.mirror"
						}
					}
					break search
				}
			}
		}
	}
}

// Days within which a debit comes back, and within which its fee is booked.
const (
	comesBack = 15 // SEPA core: 5 banking days for want of money, and what bookings add
	feeAfter  = 7
)

// markReturned pairs what came back with the debit that it undoes and the fee for it; fees that stand alone are events of their
// own, of banks that do not book a debit that they refuse.
func markReturned(entries []entry) []Event {
	var events []Event
	var fees []int
	for i, e := range entries {
		if e.kind == returnedFee {
			fees = append(fees, i)
		}
	}
	feeTaken := map[int]bool{}
	for i := range entries {
		if entries[i].kind != returned && !(mayBeReturn(entries[i]) && debitOf(entries, i) >= 0) {
			continue
		}
		back := &entries[i]
		if back.kind != returned {
			back.kind, back.rule = returned, "returned.mirror"
		}
		event := Event{Day: back.day.String(), Cents: back.cents, Rule: back.rule, Evidence: []string{back.ref}}
		if j := debitOf(entries, i); j >= 0 {
			entries[j].kind, entries[j].rule = undone, "returned.debit"
			event.Evidence = append(event.Evidence, entries[j].ref)
		}
		for _, j := range fees {
			e := entries[j]
			if !feeTaken[j] && e.account == back.account && e.day >= back.day-1 && e.day <= back.day+feeAfter {
				feeTaken[j] = true
				event.Evidence = append(event.Evidence, e.ref)
				break
			}
		}
		events = append(events, event)
	}
	for _, j := range fees {
		if e := entries[j]; !feeTaken[j] {
			events = append(events, Event{Day: e.day.String(), Rule: e.rule, Evidence: []string{e.ref}})
		}
	}
	for i := range events {
		slices.Sort(events[i].Evidence)
	}
	slices.SortFunc(events, func(a, b Event) int { return strings.Compare(a.Day+a.Evidence[0], b.Day+b.Evidence[0]) })
	return events
}

// mayBeReturn says whether a credit speaks of a debit; with a debit of its size before it, it is its return, whatever word says so.
func mayBeReturn(e entry) bool {
	return e.whole > 0 && (e.kind == "" || e.kind == refund) && slices.ContainsFunc(e.words, func(w string) bool { return w == "sdd" || w == "rid" || w == "addebito" })
}

// debitOf is the latest debit of the same size before a return on the same account.
func debitOf(entries []entry, back int) int {
	for j := back; j >= 0 && entries[j].day >= entries[back].day-comesBack; j-- {
		if e := entries[j]; e.account == entries[back].account && e.whole == -entries[back].whole && e.kind != undone && e.kind != own {
			return j
		}
	}
	// booked on the same day, after it in the order of ids
	for j := back + 1; j < len(entries) && entries[j].day == entries[back].day; j++ {
		if e := entries[j]; e.account == entries[back].account && e.whole == -entries[back].whole && e.kind != undone && e.kind != own {
			return j
		}
	}
	return -1
}
