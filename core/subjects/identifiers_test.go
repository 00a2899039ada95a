package subjects

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/calendar"
)

func TestTaxCode(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"RSSMRA79B11C566R", nil},
		{"RSSMRA85T10A562S", nil},
		{"rss mra 85t10 a562s", nil},
		{"00743110157", nil}, // a company's
		{"RSSMRA85T10A562T", ErrTaxCodeCheck},
		{"RSSMRA85T10A563S", ErrTaxCodeCheck},
		{"RSSMRA85T10A56", ErrTaxCodeForm},
		{"RSSMRA85F10A562S", ErrTaxCodeForm}, // F is no month
		{"RSSMRA85T35A562S", ErrTaxCodeForm}, // 35 is no day
		{"", ErrTaxCodeForm},
		{"ÀSSMRA85T10A562S", ErrTaxCodeForm},
	} {
		if _, err := TaxCode(c.in); !errors.Is(err, c.want) {
			t.Errorf("TaxCode(%q) = %v, want %v", c.in, err, c.want)
		}
	}
}

func TestVATNumberAndIBAN(t *testing.T) {
	for _, c := range []struct {
		check func(string) (string, error)
		in    string
		want  error
	}{
		{VATNumber, "00743110157", nil},
		{VATNumber, "IT00743110157", nil},
		{VATNumber, "00743110158", ErrVATCheck},
		{VATNumber, "0074311015", ErrVATForm},
		{VATNumber, "00000000000", ErrVATForm},
		{IBAN, "IT60X0542811101000000123456", nil},
		{IBAN, "IT60 X054 2811 1010 0000 0123 456", nil},
		{IBAN, "DE89370400440532013000", nil},
		{IBAN, "IT60X0542811101000000123457", ErrIBANCheck},
		{IBAN, "IT60", ErrIBANForm},
		{IBAN, "IT60X05428111010000001234ò6", ErrIBANForm},
	} {
		if _, err := c.check(c.in); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.in, err, c.want)
		}
	}
}

func TestComputedTaxCodes(t *testing.T) {
	for want, got := range map[string]string{
		"RSSMRA85T10A562S": ComputeTaxCode("Rossi", "Mario", calendar.On(1985, time.December, 10), "M", "A562"),
		"RSSMRA79B11C566R": ComputeTaxCode("Rossi", "Mario", calendar.On(1979, time.February, 11), "M", "C566"),
		"FOXDRA26C24H872Y": ComputeTaxCode("Fo", "Dario", calendar.On(1926, time.March, 24), "M", "H872"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Every computed code is valid, also with any of its digits replaced for omocodia, and fits its person without a warning.
func TestEveryComputedTaxCodeIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.StringMatching(`[A-Z][a-zàèìòù]{1,12}`).Draw(t, "last")
		first := rapid.StringMatching(`[A-Z][a-zàèìòù]{1,12}`).Draw(t, "first")
		birth := calendar.On(rapid.IntRange(1920, 2010).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"))
		sex := rapid.SampledFrom([]string{"M", "F"}).Draw(t, "sex")
		code := ComputeTaxCode(last, first, birth, sex, "H501")
		n := rapid.IntRange(0, len(digitsAt)).Draw(t, "replaced")
		b := []byte(code)
		for _, i := range digitsAt[len(digitsAt)-n:] {
			b[i] = omocodia[b[i]-'0']
		}
		b[15] = checkLetter(string(b[:15]))
		got, err := TaxCode(string(b))
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if w := TaxCodeWarnings(got, last, first, birth, sex); len(w) > 0 {
			t.Fatalf("%s for %s %s: %v", got, first, last, w)
		}
		if w := TaxCodeWarnings(got, last, first, birth.AddDays(1), sex); len(w) == 0 {
			t.Fatal("another birthday gave no warning")
		}
	})
}

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"RSSMRA85T10A562S", "IT60X0542811101000000123456", "00743110157", "", "ÀÈ", strings.Repeat("9", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, check := range []func(string) (string, error){TaxCode, VATNumber, IBAN} {
			if code, err := check(s); err == nil {
				if again, err := check(code); err != nil || again != code {
					t.Fatalf("%q is accepted as %q, which is not", s, code)
				}
			}
		}
	})
}
