package consents

import (
	"testing"

	"github.com/pratica-crm/pratica/core/subjects"
)

// TestHolder: names as banks write them, and names of somebody else that look alike.
func TestHolder(t *testing.T) {
	mario, dangelo := subjects.Data{Kind: "natural", FirstName: "Mario", LastName: "Rossi"}, subjects.Data{Kind: "natural", FirstName: "Nicolò Maria", LastName: "D’Angelo"}
	firm := subjects.Data{Kind: "legal", CompanyName: "De Luca Impianti S.r.l."}
	for _, c := range []struct {
		person subjects.Data
		told   string
		want   string
	}{
		{mario, "Mario Rossi", "person"},
		{mario, "ROSSI MARIO", "person"},
		{mario, "ROSSI MARIO E BIANCHI ANNA", "person"},
		{mario, "Bianchi Anna, Rossi Mario Giuseppe", "person"},
		{mario, "ROSSI ANNA", "other"},
		{mario, "MARIO BIANCHI", "other"},
		{mario, "ROSSINI MARIO", "other"},
		{mario, "MARIOROSSI", "other"}, // one word is no name; rather looked at once too often
		{mario, "", "untold"},
		{mario, " - ", "untold"},
		{dangelo, "D'ANGELO NICOLO' MARIA", "person"},
		{dangelo, "DANGELO NICOLO", "person"},
		{dangelo, "D ANGELO NICOLOMARIA", "person"},
		{dangelo, "D'Angelo Maria", "other"},
		{firm, "DELUCA IMPIANTI SRL", "person"},
		{firm, "De Luca Impianti S.R.L.", "person"},
		{firm, "De Luca Impianti Sas", "other"},
		{subjects.Data{Kind: "natural", LastName: "Rossi"}, "ROSSI", "other"}, // a surname alone is nobody's
		{subjects.Data{Kind: "legal"}, "ROSSI", "other"},
	} {
		if got := holder(c.person, c.told); got != c.want {
			t.Errorf("%s %s%s, the bank says %q: %s, want %s", c.person.FirstName, c.person.LastName, c.person.CompanyName, c.told, got, c.want)
		}
	}
}
