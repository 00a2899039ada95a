package cashflow

import (
	"slices"
	"strings"
	"testing"
)

// TestRead: what banks print comes apart as people read it.
func TestRead(t *testing.T) {
	for raw, want := range map[string]string{
		"BONIFICO A VOSTRO FAVORE DA S.P.A. «Caffè Città»": "bonifico a vostro favore da spa caffe citta",
		"Rata n. 12/60 ":  "rata n 12 60",
		"I.N.P.S.\tNASpI": "inps naspi",
		"":                "",
	} {
		if got := strings.Join(Read(raw).Words, " "); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	for raw, want := range map[string][2]int{"RATA N. 12 DI 60": {12, 60}, "rata 7/36 contratto 1": {7, 36}, "Rata nr 003 su 120": {3, 120}, "rata 5/3": {}, "rata 0/3": {}, "RATA 03/2025": {}, "del 12/03": {}, "rata 1/999": {}} {
		if got := Read(raw); got.Nth != want[0] || got.Of != want[1] {
			t.Errorf("%q: %d of %d, want %v", raw, got.Nth, got.Of, want)
		}
	}
}

// TestMended: typing errors, torn words and cut ends are mended, names are left alone.
func TestMended(t *testing.T) {
	for raw, want := range map[string]string{
		"Stpiendio marzo": "stipendio marzo", "stipnedio": "stipendio", "RATA M UTUO": "rata mutuo", "PENSI ONE AGOS TO": "pensione agosto", "Bettini Anna": "bettini anna", "mutuoo": "mutuo", "Mutua": "mutua",
		"BON. ACCREDITO COMPETENZE E RETRIBU": "bon accredito competenze e retribuzione",
	} {
		if got := strings.Join(lex.mended(Read(raw), nil, map[string]string{}), " "); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	if got := lex.mended(Read("SDD FATT. 189711 SCAD 03/2026 SORGE"), []string{"sorgelli"}, map[string]string{}); got[len(got)-1] != "sorge" {
		t.Errorf("the beginning of the name is %q", got[len(got)-1])
	}
}

func TestWithheld(t *testing.T) {
	for raw, want := range map[string]int64{"STIPENDIO TRATT. CESS. V EUR 1.250,00": 1250_00, "netto quinto 99.5": 0, "cessione": 0, "del. pag. 3,00": 0, "delegazione 310,20": 310_20} {
		if got, ok := amountWithheld(Read(raw)); got != want || ok != (want > 0) {
			t.Errorf("%q: %d %v, want %d", raw, got, ok, want)
		}
	}
}

// FuzzRead: a text of any kind is taken apart into words of letters and digits, reading them again gives them again, an instalment
// lies within its loan, and no rule falls over it.
func FuzzRead(f *testing.F) {
	f.Add("RATA N. 12 DI 60")
	f.Fuzz(func(t *testing.T, raw string) {
		text := Read(raw)
		for _, w := range text.Words {
			if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !word(r) }) {
				t.Fatalf("a word is %q", w)
			}
		}
		if again := Read(strings.Join(text.Words, " ")).Words; len(raw) <= longest/2 && !slices.Equal(again, text.Words) {
			t.Fatalf("%q, and again %q", text.Words, again)
		}
		if text.Nth < 0 || text.Nth > text.Of || text.Of > 480 {
			t.Fatalf("instalment %d of %d", text.Nth, text.Of)
		}
		if cents, ok := amountWithheld(text); ok && (cents < 0 || cents > 1_000_099) {
			t.Fatalf("withheld %d", cents)
		}
		for _, cents := range []int64{5_00, -5_00} {
			Analyse(Input{Accounts: []Account{{ID: "a", Transactions: []Transaction{{BookingDay: "2025-01-01", AmountCents: cents, Remittance: raw, CounterpartyName: raw}}}}})
		}
	})
}
