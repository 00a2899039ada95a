package consents

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/pratica-crm/pratica/core/subjects"
)

// holder compares a name that a bank tells of an account with the person's: whoever agreed at the bank's page may have been somebody else, and
// their salary is not this person's. It is shown beside the figures; it decides nothing, names being written as they are. Banks write in capitals, without accents or apostrophes, the surname first or last, a
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
