// Package history makes up account histories of Italian households, seeded, and knows the truth about them: who is paid what by
// whom, which rent, which loans, what is gambled, what came back. The words it prints are its own (vocabulary.go), not those of
// the rules' tables, so that measuring the rules against it can go wrong.
package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
)

// Half is which entries of the vocabulary are used: rules are tuned on one half and measured on the other.
type Half int

// The halves.
const (
	Tune Half = iota
	Held
)

// History is a household's movements and the truth about them.
type History struct {
	Input cashflow.Input
	Truth Truth
}

// Truth is what was planted.
type Truth struct {
	Labels             map[string]string // movement ("account/id") → kind, of those that have one
	MonthlyIncomeCents int64             // what the last payments of what still runs come to, without self-employed turnover
	InstalmentsCents   int64             // a month, of what still runs; without BNPL, and what is kept back from pay only if its text says how much
	ReturnedDebits     int
	DaysBelowZero      int
	LowestCents        int64
}

// Kinds of truth beside those of package cashflow.
const (
	Thirteenth = "thirteenth" // of "account/id#extra": and fourteenth, a movement of their own or within one
	Gambling   = "gambling"
	Returned   = "returned" // the debit, its return and the fee
	Own        = "own"
)

// world is a history in the making.
type world struct {
	rand     *rand.Rand
	half     Half
	bank     bank
	start    time.Time
	end      time.Time
	span     int // months
	accounts []cashflow.Account
	labels   map[string]string
	extra    map[string]bool
	truth    Truth
	serial   int
	holder   string
}

// New makes the history of a seed.
func New(seed uint64, half Half) History {
	w := &world{rand: rand.New(rand.NewPCG(seed, 7)), half: half, labels: map[string]string{}, extra: map[string]bool{}}
	w.span = w.between(12, 24)
	w.end = time.Date(2026, time.Month(1+w.rand.IntN(12)), 1+w.rand.IntN(28), 0, 0, 0, 0, time.UTC)
	w.start = w.end.AddDate(0, -w.span, 0)
	w.bank = banks[w.rand.IntN(len(banks))]
	w.holder = w.person()
	w.open("main")
	household(w)
	return w.finish()
}

func (w *world) open(id string) int {
	w.accounts = append(w.accounts, cashflow.Account{ID: id, IBAN: w.iban(), Currency: "EUR"})
	return len(w.accounts) - 1
}

func (w *world) between(from, to int) int { return from + w.rand.IntN(to-from+1) }
func (w *world) chance(percent int) bool  { return w.rand.IntN(100) < percent }
func (w *world) euro(from, to int) int64  { return int64(w.between(from*100, to*100)) }
func (w *world) iban() string {
	return fmt.Sprintf("IT%02dX%05d%05d%012d", w.between(10, 97), w.between(1000, 9999), w.between(1000, 99999), w.rand.Uint64N(1e12))
}
func (w *world) about(cents int64, percent int) int64 {
	return cents + cents*int64(w.between(-percent*10, percent*10))/1000
}

// pick takes one of the half of a list that is in use.
func pick[T any](w *world, list []T) T {
	n := (len(list) - int(w.half) + 1) / 2
	return list[2*w.rand.IntN(n)+int(w.half)]
}

// person is anybody but the holder.
func (w *world) person() string {
	first, last := pick(w, firstNames), pick(w, lastNames)
	if holder := strings.ToUpper(w.holder); strings.Contains(holder, strings.ToUpper(first)) && strings.Contains(holder, strings.ToUpper(last)) {
		return w.person()
	}
	return []string{first + " " + last, strings.ToUpper(last + " " + first), last + " " + first}[w.rand.IntN(3)]
}

// fill writes the parts of a text that change: month, year, number, instalment, amount.
func (w *world) fill(text string, at time.Time, rest ...any) string {
	r, of, amount := "1", "1", ""
	if len(rest) == 3 {
		r, of, amount = fmt.Sprint(rest[0]), fmt.Sprint(rest[1]), fmt.Sprint(rest[2])
	}
	name := months[at.Month()-1]
	if w.chance(15) {
		name = name[:3]
	}
	return strings.NewReplacer("%m", name, "%M", at.Format("01/2006"), "%y", at.Format("2006"), "%n", fmt.Sprint(w.between(100, 999999)), "%r", r, "%R", of, "%a", amount).Replace(text)
}

// movement is one to be booked.
type movement struct {
	account int
	at      time.Time
	cents   int64
	ch      channel
	party   string
	iban    string
	text    string
	mcc     string
	kind    string // of truth
	asIs    bool   // on this very day: cards are booked on weekends, too
}

// book prints a movement and returns its name; "" when its day is outside the history.
func (w *world) book(m movement) string {
	at := m.at
	if !m.asIs {
		at = working(at)
	}
	if at.Before(w.start) || at.After(w.end) {
		return ""
	}
	w.serial++
	b := w.bank
	t := cashflow.Transaction{BookingDay: at.Format(time.DateOnly), AmountCents: m.cents, Currency: "EUR", Remittance: w.text(m.ch, m.party, m.text, at.Format("02/01")), ID: fmt.Sprintf("t%06d", w.serial)}
	if w.chance(80) {
		t.ValueDay = m.at.Format(time.DateOnly)
	}
	if b.named && m.party != "" {
		t.CounterpartyName = m.party
		if m.ch == credit || m.ch == transfer {
			t.CounterpartyIBAN = m.iban
		}
	}
	if b.abi {
		t.ProprietaryCode = abiCodes[m.ch]
		if m.kind == cashflow.Salary && w.chance(60) {
			t.ProprietaryCode = "27"
		}
	}
	if b.iso {
		t.BankCode = isoCodes[m.ch]
	}
	if b.mcc && m.ch == cardPayment && w.chance(85) {
		t.MCC = m.mcc
	}
	a := &w.accounts[m.account]
	a.Transactions = append(a.Transactions, t)
	ref := a.ID + "/" + t.ID
	if m.kind != "" {
		w.labels[ref] = m.kind
	}
	return ref
}

// working moves a day of the weekend, or a holiday, to the next on which banks book.
func working(at time.Time) time.Time {
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || holidays[at.Format("01-02")] {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

var holidays = map[string]bool{"01-01": true, "01-06": true, "04-25": true, "05-01": true, "06-02": true, "08-15": true, "11-01": true, "12-08": true, "12-25": true, "12-26": true}

// monthly calls do for each month with its due day.
func (w *world) monthly(day int, do func(i int, at time.Time)) {
	first := time.Date(w.start.Year(), w.start.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := 0; ; i++ {
		month := first.AddDate(0, i, 0)
		last := month.AddDate(0, 1, -1).Day()
		at := month.AddDate(0, 0, min(day, last)-1)
		if at.After(w.end) {
			return
		}
		do(i, at)
	}
}

// finish gives the accounts their balances and counts the days below zero.
func (w *world) finish() History {
	below := map[string]bool{}
	w.truth.LowestCents = 1 << 60
	for i := range w.accounts {
		a := &w.accounts[i]
		opening := w.euro(500, 9000)
		if i == 0 && w.chance(30) {
			opening = w.euro(0, 500)
		}
		slices.SortStableFunc(a.Transactions, func(x, y cashflow.Transaction) int { return strings.Compare(x.BookingDay, y.BookingDay) })
		balance, next := opening, 0
		if len(a.Transactions) > 0 {
			first, _ := time.Parse(time.DateOnly, a.Transactions[0].BookingDay)
			for d := first; !d.After(w.end); d = d.AddDate(0, 0, 1) {
				day := d.Format(time.DateOnly)
				for ; next < len(a.Transactions) && a.Transactions[next].BookingDay == day; next++ {
					balance += a.Transactions[next].AmountCents
				}
				if balance < 0 {
					below[day] = true
				}
				w.truth.LowestCents = min(w.truth.LowestCents, balance)
			}
		} else {
			w.truth.LowestCents = min(w.truth.LowestCents, balance)
		}
		a.BalanceCents, a.BalanceDay = &balance, w.end.Format(time.DateOnly)
		if !w.bank.ids {
			w.anonymous(a)
		}
	}
	w.truth.DaysBelowZero = len(below)
	for ref := range w.extra {
		w.labels[ref+"#extra"] = Thirteenth
	}
	w.truth.Labels = w.labels
	return History{Input: cashflow.Input{AsOf: w.end.Format(time.DateOnly), Holders: []string{w.holder}, Accounts: w.accounts}, Truth: w.truth}
}

// anonymous is for banks that give movements the same id over and over: here they keep theirs, but lose value days and codes.
func (w *world) anonymous(a *cashflow.Account) {
	for i := range a.Transactions {
		a.Transactions[i].ValueDay, a.Transactions[i].ProprietaryCode = "", ""
	}
}
