package callbacks

import (
	"fmt"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Letter is a mail that brings a person their link. Mails are encrypted nowhere: it names the agency and no bank; the page at the link does.
type Letter struct {
	About Matter
	Link  string    // the whole address
	Until time.Time // when it stops opening
}

// asks are what letters ask for, by matter: the subject, and what follows "invites you to", in both languages.
var asks = map[Matter]struct{ subjectIT, subjectEN, it, en string }{
	BankConsent: {"consenso alla lettura dei conti", "consent to read accounts",
		"ti chiede di poter leggere, in sola lettura, i tuoi conti in banca. Il consenso si dà sulle pagine della banca e si può revocare in ogni momento.",
		"asks you to let it read your bank accounts; it can only read. You agree on the bank's own pages, and may take the consent back at any time."},
	Verification: {"verifica dell'identità", "verification of your identity",
		"ti chiede di dimostrare chi sei con la tua identità digitale.",
		"asks you to prove who you are with your digital identity."},
}

// Send mails the letter to a person in both languages: nobody has said which they read. mailed is false where they have no address.
func (l Letter) Send(tx *tenancy.Tx, to ident.SubjectID) (mailed bool, err error) {
	who, err := subjects.Whole(tx, to)
	if err != nil || who.Email == "" {
		return false, err
	}
	agency := ""
	if err := tx.Load(tenancy.Value(&agency, `select name from agencies`)); err != nil {
		return false, err
	}
	oneLine := strings.NewReplacer("\r", " ", "\n", " ")
	agency, words, until := oneLine.Replace(agency), asks[l.About], l.Until.In(calendar.Rome())
	return true, outbox.Emit(tx, outbox.Mail, to, outbox.Message{To: who.Email, Subject: agency + ": " + words.subjectIT + " / " + words.subjectEN,
		Text: fmt.Sprintf(`%[1]s %[2]s
Il link si può aprire più volte, fino al %[3]s:
%[4]s
Se non te lo aspettavi, non devi fare nulla.

%[1]s %[5]s
The link can be opened more than once, until %[6]s:
%[4]s
If you did not expect it, there is nothing to do.
`, agency, words.it, until.Format("02/01/2006, 15:04"), l.Link, words.en, until.Format("2 January 2006, 15:04"))})
}
