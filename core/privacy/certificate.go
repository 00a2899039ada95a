package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/pdf"
)

// Certificate says what was erased of somebody, what is kept, why and until when. It names nobody: whoever has the person's id knows
// whom it is about. Its SHA-256 stands in the agency's audit chain (subject.restricted, subject.erased).
type Certificate struct {
	ID       ident.ErasureID `json:"id"`
	AgencyID ident.AgencyID  `json:"agency_id"`
	Agency   string          `json:"agency"`
	Subject  ident.SubjectID `json:"subject_id"`
	Reason   string          `json:"reason"`
	AskedAt  time.Time       `json:"asked_at"`
	IssuedAt time.Time       `json:"issued_at"`
	Erased   []ErasedDatum   `json:"erased"`
	Kept     []KeptDatum     `json:"kept"`
	Remains  Text            `json:"remains" doc:"What stays of which nobody can be told"`
}

// ErasedDatum is a group of data that is gone.
type ErasedDatum struct {
	Datum string    `json:"datum"`
	Title Text      `json:"title"`
	At    time.Time `json:"at"`
}

// KeptDatum is a group of data that the law keeps: locked, and erased on the day.
type KeptDatum struct {
	Datum   string    `json:"datum"`
	Title   Text      `json:"title"`
	Purpose string    `json:"purpose"`
	Basis   Text      `json:"basis"`
	Until   time.Time `json:"until"`
}

var remains = Text{
	EN: "The person's and the files' internal numbers, amounts and dates without names; the ledger of consents; the audit trail, whose parts about the person are under a key that is destroyed with the last datum.",
	IT: "I numeri interni della persona e delle pratiche, importi e date senza nomi; il registro dei consensi; il registro delle operazioni, le cui parti sulla persona sono sotto una chiave distrutta con l'ultimo dato.",
}

// seal gives a certificate as it is stored, with its hash.
func (c Certificate) seal() (text, hash string, err error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", "", fmt.Errorf("encode certificate: %w", err)
	}
	return string(raw), Hash(string(raw)), nil
}

// Hash is what the audit chain holds of a certificate's text.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Paper is the certificate for people to read; hash is that of its text.
func (c Certificate) Paper(locale, hash string) pdf.Paper {
	say := func(en, it string) string { return in(Text{EN: en, IT: it}, locale) }
	p := pdf.Paper{Title: say("Certificate of erasure", "Certificato di cancellazione"), Lines: []string{
		c.Agency, say("Person ", "Persona ") + c.Subject.String(), say("Asked on ", "Richiesta del ") + day(c.AskedAt), say("Issued on ", "Rilasciato il ") + day(c.IssuedAt), "SHA-256 " + hash}}
	erased, kept := pdf.Section{Title: say("Erased", "Cancellati")}, pdf.Section{Title: say("Kept by law, and locked", "Conservati per legge, e bloccati")}
	for _, e := range c.Erased {
		erased.Add(in(e.Title, locale), day(e.At))
	}
	for _, k := range c.Kept {
		kept.Add(in(k.Title, locale), say("until ", "fino al ")+day(k.Until)+" – "+in(k.Basis, locale))
	}
	rest := pdf.Section{Title: say("What stays", "Che cosa resta")}
	rest.Add(say("Without names", "Senza nomi"), in(c.Remains, locale))
	for _, s := range []pdf.Section{erased, kept, rest} {
		if len(s.Rows) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return p
}

// ReadCertificate reads a certificate's text.
func ReadCertificate(text string) (c Certificate, err error) {
	if err = json.Unmarshal([]byte(text), &c); err != nil {
		err = fmt.Errorf("read certificate: %w", err)
	}
	return c, err
}
