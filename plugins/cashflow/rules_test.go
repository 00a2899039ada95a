package cashflow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/cashflow"
)

// book is an account that tests write into.
type book struct {
	account cashflow.Account
	n       int
}

// put books a movement and returns its name.
func (b *book) put(day string, cents int64, name, text string) string {
	b.n++
	id := fmt.Sprintf("m%03d", b.n)
	b.account.Transactions = append(b.account.Transactions, cashflow.Transaction{ID: id, BookingDay: day, AmountCents: cents, CounterpartyName: name, Remittance: text})
	return b.account.ID + "/" + id
}

// each books a movement on a day of each of the months of 2025.
func (b *book) each(day int, cents int64, name, text string) (refs []string) {
	for m := time.January; m <= time.December; m++ {
		refs = append(refs, b.put(time.Date(2025, m, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), cents, name, text))
	}
	return refs
}

func analyse(books ...*book) cashflow.Result {
	in := cashflow.Input{AsOf: "2025-12-31", Holders: []string{"Ada Neri"}}
	for _, b := range books {
		in.Accounts = append(in.Accounts, b.account)
	}
	return cashflow.Analyse(in)
}

func newBook(id string) *book { return &book{account: cashflow.Account{ID: id}} }

// only is the one stream of a list.
func only(t *testing.T, streams []cashflow.Stream) cashflow.Stream {
	t.Helper()
	if len(streams) != 1 {
		t.Fatalf("%d streams: %+v", len(streams), streams)
	}
	return streams[0]
}

func wantFact(t *testing.T, r cashflow.Result, name string, want int64) {
	t.Helper()
	got, ok := r.Facts()["cashflow."+name]
	if !ok || got != want {
		t.Errorf("%s is %d (known: %v), want %d", name, got, ok, want)
	}
}

// TestKinds: one stream of each kind, by words that banks and people write.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		kind, name, text string
		cents            int64
	}{
		{cashflow.Salary, "Officine Galvani Srl", "EMOLUMENTI", 1_800_00},
		{cashflow.Salary, "Officine Galvani Srl", "bonifico", 1_800_00}, // a company that pays the same each month
		{cashflow.Salary, "Officine Galvani Srl", "Stpiendio mese", 1_800_00},
		{cashflow.Pension, "INPS", "CAT VO 123456", 1_100_00},
		{cashflow.Benefits, "INPS", "ASSEGNO UNICO UNIVERSALE", 200_00},
		{cashflow.RentReceived, "Bianchi Luca", "canone di locazione", 600_00},
		{cashflow.Rent, "Bianchi Luca", "affitto casa", -600_00},
		{cashflow.Utilities, "Enel Energia S.p.A.", "", -80_00},
		{cashflow.Utilities, "", "ADDEBITO SDD CORE FASTWEB CID.IT123", -30_00},
		{cashflow.Subscriptions, "NETFLIX.COM", "", -12_99},
		{cashflow.Insurance, "Allianz Direct", "Polizza", -60_00},
		{cashflow.Condominium, "Cond. Le Palme", "quota", -90_00},
		{cashflow.OtherCost, "Yoga Nord ASD", "", -45_00},
		{cashflow.Mortgage, "", "ADDEBITO RATA MUTUO N. 4711", -700_00},
		{cashflow.Mortgage, "", "Reale Estate RATA N. 30 DI 300", -700_00}, // longer than consumer credit may last
		{cashflow.PersonalLoan, "FINDOMESTIC BANCA SPA", "Pratica 4711", -200_00},
		{cashflow.PersonalLoan, "Lendium", "RATA 12/60", -200_00},
		{cashflow.SalaryLoan, "", "RATA CESSIONE DEL QUINTO", -250_00},
		{cashflow.Revolving, "AGOS DUCATO", "carta revolving rata", -75_00},
		{cashflow.BNPL, "Scalapay", "", -33_00},
		{cashflow.Leasing, "Arval Service Lease", "canone", -350_00},
	} {
		b := newBook("a")
		refs := b.each(10, c.cents, c.name, c.text)
		r := analyse(b)
		s := only(t, slices.Concat(r.Income, r.FixedCosts, r.Instalments))
		if s.Kind != c.kind || s.MonthlyCents != max(c.cents, -c.cents) || !slices.Equal(s.Evidence, refs) || !s.Current || s.MonthsSeen != 12 || s.Regularity != 10000 || s.Rule == "" {
			t.Errorf("%q %q: %+v, want %s", c.name, c.text, s, c.kind)
		}
	}
}

// TestNot: what looks like something and is not.
func TestNot(t *testing.T) {
	for _, c := range []struct {
		why, name, text string
		cents           int64
	}{
		{"a name that holds a bookmaker's", "Snaidero Paolo", "cucina", -50_00},
		{"a name one letter from a word of gambling", "Bettini Anna", "cena", -50_00},
		{"a supermarket that is named like an insurer", "COOP ALLEANZA 3.0", "", -60_00},
		{"bills at a counter of a gambling concession", "SISAL", "MOONEY bollettino", -60_00},
		{"a parent's help", "Neri Bruna", "un aiuto", 150_00},
		{"the month's credit card", "", "ADDEBITO SALDO CARTA DI CREDITO", -400_00},
	} {
		b := newBook("a")
		for m := 1; m <= 12; m++ { // of changing amounts
			b.put(fmt.Sprintf("2025-%02d-%02d", m, 3+m), c.cents*int64(m+7)/10, c.name, c.text)
		}
		r := analyse(b)
		if all := slices.Concat(r.Income, r.FixedCosts, r.Instalments); len(all) > 0 || r.Gambling.Cents > 0 {
			t.Errorf("%s: %+v, gambling %d", c.why, all, r.Gambling.Cents)
		}
	}
}

// TestExtraPays: thirteenth and fourteenth are known by word or by month, and are no part of the month's pay, also inside one transfer.
func TestExtraPays(t *testing.T) {
	b := newBook("a")
	b.each(27, 1_500_00, "Acme SpA", "stipendio")
	told := b.put("2025-07-04", 1_400_00, "Acme SpA", "QUATTORDICESIMA")
	b.account.Transactions[11].AmountCents = 2_900_00 // December holds the thirteenth
	r := analyse(b)
	s := only(t, r.Income)
	if s.MonthlyCents != 1_500_00 || len(s.Extras) != 2 {
		t.Fatalf("%+v", s)
	}
	if x := s.Extras[0]; x.Kind != "fourteenth" || x.Cents != 1_400_00 || x.Evidence[0] != told {
		t.Errorf("%+v", x)
	}
	if x := s.Extras[1]; x.Kind != "thirteenth" || x.Cents != 1_400_00 || x.Evidence[0] != "a/m012" {
		t.Errorf("%+v", x)
	}
	wantFact(t, r, "extra_income_yearly_cents", 2_800_00)
	wantFact(t, r, "monthly_income_cents", 1_500_00)
}

// TestEndOfMonth: a salary of the 31st that a holiday moves to the 2nd is no second salary of that month.
func TestEndOfMonth(t *testing.T) {
	b := newBook("a")
	for _, day := range []string{"2025-07-31", "2025-09-01", "2025-09-30", "2025-10-31", "2025-12-01", "2025-12-31"} {
		b.put(day, 1_500_00, "Acme SpA", "stipendio")
	}
	if s := only(t, analyse(b).Income); s.MonthlyCents != 1_500_00 || s.MonthsSeen != 6 || s.Regularity != 10000 || len(s.Extras) > 0 {
		t.Errorf("%+v", s)
	}
}

// TestChanges: a raise counts when it was paid twice, a job that ended counts no more, an unpaid month shows.
func TestChanges(t *testing.T) {
	b := newBook("a")
	for m := 1; m <= 12; m++ {
		name, cents := "Acme SpA", int64(1_500_00)
		if m > 5 {
			name, cents = "Borea Srl", 1_700_00
		}
		if m > 10 {
			cents = 1_900_00
		}
		if m != 3 {
			b.put(fmt.Sprintf("2025-%02d-15", m), cents, name, "stipendio")
		}
	}
	r := analyse(b)
	if len(r.Income) != 2 {
		t.Fatalf("%+v", r.Income)
	}
	wantFact(t, r, "monthly_income_cents", 1_900_00)
	old := r.Income[slices.IndexFunc(r.Income, func(s cashflow.Stream) bool { return s.Counterparty == "Acme SpA" })]
	if old.Current || old.Regularity != 8000 {
		t.Errorf("%+v", old)
	}
}

// TestKeptBack: a cessione del quinto that the employer keeps back is seen in the pay's text only.
func TestKeptBack(t *testing.T) {
	b := newBook("a")
	b.each(27, 1_300_00, "Acme SpA", "STIPENDIO TRATT. CESS. QUINTO EUR 210,50")
	r := analyse(b)
	if s := only(t, r.Instalments); s.Kind != cashflow.SalaryLoan || s.MonthlyCents != 210_50 || !s.AmountKnown || s.Rule != "salary_loan.in_pay" {
		t.Errorf("%+v", s)
	}
	wantFact(t, r, "instalments_amount_unknown", 0)
	b = newBook("a")
	b.each(27, 1_300_00, "Acme SpA", "stipendio al netto cessione")
	r = analyse(b)
	if s := only(t, r.Instalments); s.AmountKnown {
		t.Errorf("%+v", s)
	}
	wantFact(t, r, "instalments_amount_unknown", 1)
}

// TestRemaining: what is left of a loan is read from its texts; a loan at its last instalment is over.
func TestRemaining(t *testing.T) {
	for of, left := range map[int]int{60: 48, 12: 0} {
		b := newBook("a")
		for m := 1; m <= 12; m++ {
			b.put(fmt.Sprintf("2025-%02d-10", m), -100_00, "Compass Banca S.p.A.", fmt.Sprintf("RATA N. %d DI %d", m, of))
		}
		r := analyse(b)
		s := only(t, r.Instalments)
		if s.Remaining == nil || s.Remaining.Instalments != left || s.Remaining.Cents != int64(left)*100_00 || s.Current != (left > 0) {
			t.Errorf("of %d: %+v %+v", of, s, s.Remaining)
		}
		wantFact(t, r, "instalments_remaining_cents", int64(left)*100_00)
	}
}

// TestReturned: a debit, its return and the fee are one event, and the debit was no cost; a fee alone is an event, too; a shop's refund is
// none.
func TestReturned(t *testing.T) {
	b := newBook("a")
	debit := b.put("2025-11-03", -180_00, "AGOS DUCATO", "SDD RATA")
	back := b.put("2025-11-06", 180_00, "AGOS DUCATO", "STORNO ADDEBITO SDD")
	fee := b.put("2025-11-07", -5_00, "", "COMMISSIONI INSOLUTO SDD")
	alone := b.put("2025-12-10", -5_00, "", "SPESE INSOLUTO")
	b.put("2025-12-11", -30_00, "ZARA", "POS")
	b.put("2025-12-12", 30_00, "ZARA", "STORNO PAGAMENTO POS")
	unsaid := b.put("2025-12-15", -44_00, "TIM S.p.A.", "SDD")
	again := b.put("2025-12-17", 44_00, "TIM S.p.A.", "SDD RESTITUITO")
	r := analyse(b)
	wantFact(t, r, "returned_debits", 3)
	for i, want := range [][]string{{debit, back, fee}, {alone}, {unsaid, again}} {
		if !slices.Equal(r.Returned[i].Evidence, want) {
			t.Errorf("event %d: %+v, want %v", i, r.Returned[i], want)
		}
	}
	if r.Returned[0].Cents != 180_00 || r.Returned[1].Cents != 0 {
		t.Errorf("%+v", r.Returned)
	}
}

// TestOwn: money between the person's accounts is neither income nor cost: by IBAN, by name, and by its mirror where a bank gives neither.
func TestOwn(t *testing.T) {
	a, s := newBook("a"), newBook("s")
	a.account.IBAN, s.account.IBAN = "IT60X0542811101000000123456", "IT60X0542811101000000999999"
	out := a.each(5, -500_00, "NERI ADA", "risparmio")
	var in []string
	for m := 1; m <= 12; m++ {
		in = append(in, s.put(fmt.Sprintf("2025-%02d-07", m), 500_00, "", "BONIFICO"))
	}
	byIBAN := a.put("2025-12-20", -40_00, "", "x")
	a.account.Transactions[12].CounterpartyIBAN = "it60x 0542811101000000999999"
	r := analyse(a, s)
	if want := slices.Sorted(slices.Values(append(slices.Concat(out, in), byIBAN))); !slices.Equal(r.OwnTransfers.Evidence, want) {
		t.Errorf("own: %v", r.OwnTransfers.Evidence)
	}
	if len(r.Income)+len(r.FixedCosts) > 0 || r.OwnTransfers.Cents != 12*500_00+40_00 {
		t.Errorf("%+v %+v %d", r.Income, r.FixedCosts, r.OwnTransfers.Cents)
	}
}

// TestGambling: by category or brand; winnings are no income; a month's stakes are the year's over its days.
func TestGambling(t *testing.T) {
	b := newBook("a")
	b.put("2025-01-01", -1, "x", "")
	b.put("2025-03-05", -100_00, "Sconosciuto Ltd", "")
	b.account.Transactions[1].MCC = "7995"
	b.put("2025-06-05", -265_25, "SNAITECH SPA", "")
	b.put("2025-06-09", 50_00, "SNAITECH SPA", "vincita")
	r := analyse(b)
	if r.Gambling.Cents != 365_25 || r.GamblingWon.Cents != 50_00 || len(r.Income) > 0 {
		t.Errorf("%+v %+v %+v", r.Gambling, r.GamblingWon, r.Income)
	}
	wantFact(t, r, "gambling_monthly_cents", 30_46) // 365.25 × 30.4375 / 365
}

// TestBalances: counted back from the balance; one account without a balance leaves the figures out.
func TestBalances(t *testing.T) {
	b := newBook("a")
	b.put("2025-10-01", 100_00, "x", "")
	into := b.put("2025-12-01", -150_00, "y", "")
	b.put("2025-12-04", 200_00, "x", "")
	b.put("2025-12-05", -60_00, "y", "")
	balance := int64(90_00)
	b.account.BalanceCents, b.account.BalanceDay = &balance, "2025-12-31"
	r := analyse(b)
	wantFact(t, r, "days_below_zero", 3)
	wantFact(t, r, "lowest_balance_cents", -50_00)
	wantFact(t, r, "buffer_days", 38) // 90 euro, at 210 in 90 days
	below := r.Figures[slices.IndexFunc(r.Figures, func(f cashflow.Figure) bool { return f.Name == "days_below_zero" })]
	if !slices.Equal(below.Evidence, []string{into}) {
		t.Errorf("%+v", below)
	}
	later := int64(75_00) // of another bank, say, which was asked ten days after this one
	b.put("2026-01-05", -15_00, "y", "")
	b.account.BalanceCents, b.account.BalanceDay = &later, "2026-01-10"
	if after := analyse(b); !slices.EqualFunc(after.Figures, r.Figures, func(x, y cashflow.Figure) bool { return x.Name == y.Name && x.Value == y.Value }) || later != 75_00 {
		t.Errorf("a balance of a later day: %+v, want %+v", after.Figures, r.Figures)
	}
	r = analyse(b, newBook("unknown"))
	for _, name := range []string{"days_below_zero", "lowest_balance_cents", "buffer_days"} {
		if v, ok := r.Facts()["cashflow."+name]; ok {
			t.Errorf("%s is %d, and nobody can know", name, v)
		}
	}
	if !slices.Contains(r.Notes, cashflow.Note{Code: "no_balance", Count: 1}) {
		t.Errorf("%+v", r.Notes)
	}
}

// TestShare: of a joint account the person's part counts, for what comes, goes and is there.
func TestShare(t *testing.T) {
	b := newBook("a")
	b.account.ShareBPS = 5000
	b.each(10, 2_000_01, "Acme SpA", "stipendio")
	b.each(12, -600_00, "", "RATA MUTUO")
	r := analyse(b)
	wantFact(t, r, "monthly_income_cents", 1_000_01) // half a cent goes up
	wantFact(t, r, "instalments_cents", 300_00)
}

// TestPeriods: what is paid every second month or once a year counts by the month.
func TestPeriods(t *testing.T) {
	b := newBook("a")
	for m := 1; m <= 12; m += 2 {
		b.put(fmt.Sprintf("2025-%02d-10", m), -100_00, "Enel Energia", "bolletta")
	}
	b.put("2025-05-05", -600_00, "Allianz Direct", "polizza")
	r := analyse(b)
	wantFact(t, r, "fixed_costs_cents", 100_00)
	for _, s := range r.FixedCosts {
		if want := map[string]int{cashflow.Utilities: 2, cashflow.Insurance: 12}[s.Kind]; s.PeriodMonths != want || !s.Current {
			t.Errorf("%+v", s)
		}
	}
}

// TestTurnover: the self-employed have customers, not a payer; a month without any counts as none, and turnover is no monthly income.
func TestTurnover(t *testing.T) {
	b := newBook("a")
	for m := 1; m <= 12; m++ {
		if m%4 != 0 {
			b.put(fmt.Sprintf("2025-%02d-10", m), int64(m)*100_00, fmt.Sprintf("Cliente %c Srl", 'A'+m), fmt.Sprintf("SALDO FATTURA N. %d", m))
		}
	}
	r := analyse(b)
	if s := only(t, r.Income); s.Kind != cashflow.SelfEmployed || s.MonthsSeen != 9 || s.MonthlyCents != 500_00 {
		t.Errorf("%+v", s)
	}
	wantFact(t, r, "turnover_monthly_cents", 500_00)
	wantFact(t, r, "monthly_income_cents", 0)
}

// TestMissing: nothing at all, other currencies, no days, no ids, the same page twice: no figure is made up, and notes say what was set aside.
func TestMissing(t *testing.T) {
	if r := analyse(); len(r.Figures) > 0 || r.From != "" {
		t.Errorf("%+v", r)
	}
	same := cashflow.Transaction{ID: "t1", BookingDay: "2025-12-01", AmountCents: -5_00, CounterpartyName: "Bar"}
	nameless := cashflow.Transaction{ValueDay: "2025-12-01", AmountCents: -5_00}
	r := cashflow.Analyse(cashflow.Input{Accounts: []cashflow.Account{
		{ID: "a", Transactions: []cashflow.Transaction{same, same, nameless, nameless, {AmountCents: 1}, {BookingDay: "2025-12-02"}, {BookingDay: "2025-12-02", AmountCents: 5, Currency: "USD"}, {BookingDay: "2019-01-01", AmountCents: 5}}},
		{ID: "b", Currency: "CHF", Transactions: []cashflow.Transaction{same}},
	}})
	want := []cashflow.Note{{Code: "account_currency", Count: 1}, {Code: "amount", Count: 1}, {Code: "no_balance", Count: 1}, {Code: "no_day", Count: 1}, {Code: "old", Count: 1}, {Code: "transaction_currency", Count: 1}, {Code: "twice", Count: 1}}
	if r.Transactions != 3 || !slices.Equal(r.Notes, want) {
		t.Errorf("%d movements, notes %+v", r.Transactions, r.Notes)
	}
}
