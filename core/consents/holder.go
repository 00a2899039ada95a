package consents

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/pratica-crm/pratica/core/subjects"
)

// Held is an account, and whether its bank names the person as a holder: whoever agrees at a bank's page may have been somebody else, and their
// salary is not this person's.
type Held struct {
	Account
	Holder string `json:"holder" enum:"person,other,untold" doc:"Whom the bank names: the person, perhaps with others; somebody else; nobody"`
}

// holder compares a name that a bank tells with a person's. Banks write in capitals, without accents or apostrophes, the surname first or last, a
// second holder beside: so the surname and the first given name have to be there, whatever stands around them.
func holder(p subjects.Data, told string) string {
	there := words(told)
	switch given := words(p.FirstName); {
	case len(there) == 0:
		return "untold"
	case p.Kind == "legal" && spelled(there, words(p.CompanyName)):
		return "person"
	case p.Kind != "legal" && spelled(there, words(p.LastName)) && (spelled(there, given) || len(given) > 0 && spelled(there, given[:1])):
		return "person"
	}
	return "other"
}

// words are the words of a name as they are compared: "D’Angelò-Rossi" is DANGELO and ROSSI.
func words(name string) []string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), strings.ContainsRune("'’‘`´.", r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToUpper(r)
		}
		return ' '
	}, norm.NFD.String(name))
	return strings.Fields(letters)
}

// spelled reports whether a name is among words, in one piece or several: DE LUCA is there in DELUCA, and the other way round.
func spelled(among, name []string) bool {
	want := strings.Join(name, "")
	for i := range among {
		got := ""
		for _, w := range among[i:] {
			if got += w; got == want {
				return true
			}
		}
	}
	return false
}
