package accounts

import "fmt"

type message struct{ subject, text string }

func resetMail(locale, link string) message {
	if locale == "en" {
		return message{"A new password for Pratica", fmt.Sprintf("Somebody asked for a new password for this address.\n\nSet it here within an hour:\n%s\n\nIf it was not you, there is nothing to do.\n", link)}
	}
	return message{"Una nuova password per Pratica", fmt.Sprintf("È stata chiesta una nuova password per questo indirizzo.\n\nImpostala qui entro un'ora:\n%s\n\nSe non sei stato tu, non devi fare nulla.\n", link)}
}

// InvitationMail invites a person to an agency.
func InvitationMail(locale, agency, link string) (subject, text string) {
	if locale == "en" {
		return "Invitation to " + agency, fmt.Sprintf("%s invites you to work on its files in Pratica.\n\nAccept within seven days:\n%s\n", agency, link)
	}
	return "Invito da " + agency, fmt.Sprintf("%s ti invita a lavorare alle sue pratiche su Pratica.\n\nAccetta entro sette giorni:\n%s\n", agency, link)
}
