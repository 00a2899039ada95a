package subjects

import (
	"errors"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
)

// Errors of identifiers, each with its remedy; the value itself is never repeated.
var (
	ErrTaxCodeForm  = errors.New("a codice fiscale has 16 letters and digits, or 11 digits for a company")
	ErrTaxCodeCheck = errors.New("the check letter does not fit: one character is wrong")
	ErrVATForm      = errors.New("a partita IVA has 11 digits")
	ErrVATCheck     = errors.New("the check digit does not fit: one digit is wrong")
	ErrIBANForm     = errors.New("an IBAN has two letters, two digits and up to 30 letters and digits; an Italian one has 27 characters")
	ErrIBANCheck    = errors.New("the check digits of the IBAN do not fit: one character is wrong")
	ErrIBANCIN      = errors.New("the CIN of the IBAN does not fit its bank, branch and account")
)

// odd is what a character counts for at an odd position of a codice fiscale, and of a CIN (DM 23/12/1976).
var odd = map[byte]int{
	'0': 1, '1': 0, '2': 5, '3': 7, '4': 9, '5': 13, '6': 15, '7': 17, '8': 19, '9': 21,
	'A': 1, 'B': 0, 'C': 5, 'D': 7, 'E': 9, 'F': 13, 'G': 15, 'H': 17, 'I': 19, 'J': 21, 'K': 2, 'L': 4, 'M': 18,
	'N': 20, 'O': 11, 'P': 3, 'Q': 6, 'R': 8, 'S': 12, 'T': 14, 'U': 16, 'V': 10, 'W': 22, 'X': 25, 'Y': 24, 'Z': 23,
}

// even is what a character counts for at an even position: its place among digits or letters.
func even(c byte) int {
	if c >= '0' && c <= '9' {
		return int(c - '0')
	}
	return int(c - 'A')
}

// omocodia are the letters that stand for digits when two people would have the same code.
const omocodia = "LMNPQRSTUV"

// digitsAt are the positions of a codice fiscale that hold digits, or omocodia letters.
var digitsAt = []int{6, 7, 9, 10, 12, 13, 14}

// TaxCode checks a codice fiscale and gives its canonical form, in upper case without spaces.
func TaxCode(text string) (string, error) {
	code := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if len(code) == 11 {
		return code, vatCheck(code, ErrTaxCodeForm, ErrTaxCodeCheck)
	}
	if len(code) != 16 {
		return "", ErrTaxCodeForm
	}
	plain := withoutOmocodia(code)
	for i := range 16 {
		letter := plain[i] >= 'A' && plain[i] <= 'Z'
		digit := plain[i] >= '0' && plain[i] <= '9'
		wantDigit := false
		for _, at := range digitsAt {
			wantDigit = wantDigit || at == i
		}
		if wantDigit && !digit || !wantDigit && !letter {
			return "", ErrTaxCodeForm
		}
	}
	if day := int(plain[9]-'0')*10 + int(plain[10]-'0'); !strings.ContainsRune(months, rune(plain[8])) || day < 1 || day > 71 || day > 31 && day < 41 {
		return "", ErrTaxCodeForm
	}
	if checkLetter(code[:15]) != code[15] {
		return "", ErrTaxCodeCheck
	}
	return code, nil
}

// checkLetter is the sum of the odd and even values, mod 26.
func checkLetter(first string) byte {
	sum := 0
	for i := range len(first) {
		if i%2 == 0 {
			sum += odd[first[i]]
		} else {
			sum += even(first[i])
		}
	}
	return byte('A' + sum%26)
}

// withoutOmocodia puts the digits back in place of their letters.
func withoutOmocodia(code string) string {
	b := []byte(code)
	for _, i := range digitsAt {
		if d := strings.IndexByte(omocodia, b[i]); d >= 0 {
			b[i] = byte('0' + d)
		}
	}
	return string(b)
}

const months = "ABCDEHLMPRST"

// VATNumber checks a partita IVA: eleven digits, the last one by Luhn.
func VATNumber(text string) (string, error) {
	code := strings.ReplaceAll(strings.TrimPrefix(strings.ToUpper(text), "IT"), " ", "")
	return code, vatCheck(code, ErrVATForm, ErrVATCheck)
}

func vatCheck(code string, form, check error) error {
	if len(code) != 11 || strings.Trim(code, "0123456789") != "" || code == "00000000000" {
		return form
	}
	sum := 0
	for i := range 11 {
		d := int(code[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return check
	}
	return nil
}

// IBAN checks an IBAN (ISO 13616, mod 97) and, for an Italian one, its CIN.
func IBAN(text string) (string, error) {
	code := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if len(code) < 15 || len(code) > 34 || strings.HasPrefix(code, "IT") && len(code) != 27 {
		return "", ErrIBANForm
	}
	rest := 0
	for _, c := range []byte(code[4:] + code[:4]) {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return "", ErrIBANForm
		}
	}
	if rest != 1 {
		return "", ErrIBANCheck
	}
	if strings.HasPrefix(code, "IT") && checkLetter(code[5:]) != code[4] {
		return "", ErrIBANCIN
	}
	return code, nil
}

// Warning is something that does not fit but may be right all the same.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// TaxCodeWarnings compares a valid codice fiscale with what is known of the person.
func TaxCodeWarnings(code, lastName, firstName string, birth calendar.Date, sex string) []Warning {
	out := []Warning{}
	if len(code) != 16 {
		return out
	}
	plain := withoutOmocodia(code)
	say := func(code, message string) { out = append(out, Warning{code, message}) }
	if lastName != "" && plain[:3] != surnameCode(lastName) {
		say("tax_code.last_name", "The codice fiscale does not fit the last name.")
	}
	if firstName != "" && plain[3:6] != nameCode(firstName) {
		say("tax_code.first_name", "The codice fiscale does not fit the first name.")
	}
	if !birth.IsZero() {
		wantMan, wantWoman := birthCode(birth, "M"), birthCode(birth, "F")
		if got := plain[6:11]; got != wantMan && got != wantWoman {
			say("tax_code.birth_date", "The codice fiscale does not fit the date of birth.")
		} else if sex != "" && got != birthCode(birth, sex) {
			say("tax_code.sex", "The codice fiscale does not fit the sex.")
		}
	}
	return out
}

// ComputeTaxCode gives the code a person is first given; place is the Belfiore code of the municipality or country of birth.
func ComputeTaxCode(lastName, firstName string, birth calendar.Date, sex, place string) string {
	first := surnameCode(lastName) + nameCode(firstName) + birthCode(birth, sex) + strings.ToUpper(place)
	return first + string(checkLetter(first))
}

func birthCode(birth calendar.Date, sex string) string {
	y, m, d := birth.Time().Date()
	if sex == "F" {
		d += 40
	}
	return two(y%100) + string(months[m-time.January]) + two(d)
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func surnameCode(name string) string {
	consonants, vowels := split(name)
	return (consonants + vowels + "XXX")[:3]
}

func nameCode(name string) string {
	consonants, vowels := split(name)
	if len(consonants) > 3 {
		return string([]byte{consonants[0], consonants[2], consonants[3]})
	}
	return (consonants + vowels + "XXX")[:3]
}

// plainLetters takes accents off.
var plainLetters = strings.NewReplacer("À", "A", "Á", "A", "È", "E", "É", "E", "Ì", "I", "Í", "I", "Ò", "O", "Ó", "O", "Ù", "U", "Ú", "U", "Ç", "C", "Ñ", "N")

func split(name string) (consonants, vowels string) {
	for _, c := range plainLetters.Replace(strings.ToUpper(name)) {
		switch {
		case strings.ContainsRune("AEIOU", c):
			vowels += string(c)
		case c >= 'A' && c <= 'Z':
			consonants += string(c)
		}
	}
	return consonants, vowels
}
