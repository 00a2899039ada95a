package accounts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
)

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

// deviceMail tells of a sign-in from somewhere new.
func deviceMail(a tenancy.Arrival, at time.Time) map[string]message {
	when := at.UTC().Format("2006-01-02 15:04 UTC")
	return map[string]message{
		"en": {"New sign-in to Pratica", fmt.Sprintf("Somebody signed in to your account from a device or place we have not seen before.\n\nWhen: %s\nDevice: %s\nNetwork: %s\n\nIf it was you, there is nothing to do. If not, set a new password at once: that ends every session.\n", when, cmp.Or(a.Device, "unknown"), cmp.Or(a.Network, "unknown"))},
		"it": {"Nuovo accesso a Pratica", fmt.Sprintf("È stato effettuato un accesso al tuo account da un dispositivo o da un luogo mai visto prima.\n\nQuando: %s\nDispositivo: %s\nRete: %s\n\nSe sei stato tu, non devi fare nulla. Altrimenti imposta subito una nuova password: ogni sessione verrà chiusa.\n", when, cmp.Or(a.Device, "sconosciuto"), cmp.Or(a.Network, "sconosciuta"))},
	}
}

// factorMail tells that what proves a person has changed; what is one of its sentences.
func factorMail(what change) map[string]message {
	const ifNotYou, seNonTu = "If it was not you, set a new password and tell your administrator.", "Se non sei stato tu, imposta una nuova password e avvisa il tuo amministratore."
	return map[string]message{
		"en": {"Your sign-in to Pratica has changed", what.en + "\n\n" + ifNotYou + "\n"},
		"it": {"Il tuo accesso a Pratica è cambiato", what.it + "\n\n" + seNonTu + "\n"},
	}
}

// change is what happened to a person's factors, in both languages.
type change struct{ method, en, it string }

var (
	passkeyAdded   = change{"passkey", "A passkey was added to your account.", "Al tuo account è stata aggiunta una passkey."}
	passkeyRemoved = change{"passkey", "A passkey was removed from your account.", "Dal tuo account è stata rimossa una passkey."}
	passkeyCloned  = change{"passkey", "One of your passkeys seems to exist twice and opens nothing any more. Remove it and add another one.", "Una delle tue passkey sembra esistere due volte e non apre più nulla. Rimuovila e aggiungine un'altra."}
	totpAdded      = change{"totp", "Codes from an app are now asked for when you sign in.", "D'ora in poi, all'accesso, viene chiesto un codice dell'app."}
	totpRemoved    = change{"totp", "Codes from an app are no longer asked for when you sign in.", "All'accesso non viene più chiesto un codice dell'app."}
	codesRenewed   = change{"recovery", "New recovery codes were made; the old ones no longer work.", "Sono stati creati nuovi codici di recupero; quelli vecchi non valgono più."}
	factorsReset   = change{"reset", "An operator took all passkeys, app codes and recovery codes off your account and ended your sessions.", "Un operatore ha tolto dal tuo account tutte le passkey, i codici dell'app e i codici di recupero e ha chiuso le tue sessioni."}
)
