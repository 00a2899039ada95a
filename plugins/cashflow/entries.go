package cashflow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// entry is a movement on its way through the rules.
type entry struct {
	ref     string
	account int
	day     day
	whole   int64 // as booked
	cents   int64 // the person's share of it
	iban    string
	key     string // who is at the other side, as far as it can be told
	text    Text
	words   []string // of name and text, mended
	kind    string   // by the tables; "" is unknown
	rule    string
	raw     *Transaction
	content string
}

// limit keeps sums far from the end of 64 bits: ten billion euro, more than an account of a person sees.
const limit = 1_000_000_000_000

// collect makes entries of all movements in an order that does not depend on theirs. What cannot be used is counted in notes.
func collect(in Input, notes map[string]int) []entry {
	var out []entry
	memo := map[string]string{}
	for a, account := range in.Accounts {
		if !euro(account.Currency) {
			notes["account_currency"]++
			continue
		}
		seen, named := map[string]int{}, map[string]int{}
		usable := make([]entry, 0, len(account.Transactions))
		for i := range account.Transactions {
			t := &account.Transactions[i]
			e := entry{account: a, day: dayOf(t.BookingDay), whole: t.AmountCents, raw: t}
			if e.day == none {
				e.day = dayOf(t.ValueDay)
			}
			switch {
			case e.day == none:
				notes["no_day"]++
			case !euro(t.Currency):
				notes["transaction_currency"]++
			case t.AmountCents == 0 || t.AmountCents > limit || t.AmountCents < -limit:
				notes["amount"]++
			default:
				e.content = content(t)
				usable = append(usable, e)
			}
		}
		slices.SortFunc(usable, byContent)
		for _, e := range usable {
			id := e.raw.ID
			if id == "" {
				id = digest(e.content)
			}
			same := id + "\x00" + e.content
			if seen[same]++; seen[same] > 1 {
				if e.raw.ID != "" {
					notes["twice"]++ // the same page was read twice
					continue
				}
				id = fmt.Sprintf("%s-%d", id, seen[same])
			}
			if named[id]++; named[id] > 1 { // an id that the bank gave to several movements
				notes["same_id"]++
				id = fmt.Sprintf("%s~%d", id, named[id])
			}
			e.ref = account.ID + "/" + id
			e.cents = share(e.whole, account.ShareBPS)
			e.iban = strings.ToUpper(strings.ReplaceAll(e.raw.CounterpartyIBAN, " ", ""))
			e.text = Read(e.raw.Remittance)
			name := Read(e.raw.CounterpartyName)
			nameWords, textWords := lex.mended(name, nil, memo), lex.mended(e.text, name.Words, memo)
			e.words = slices.Concat(nameWords, []string{"|"}, textWords)
			e.key = naming(nameWords, textWords)
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.ref, b.ref), byContent(a, b))
	})
	return out
}

func euro(currency string) bool { return currency == "" || strings.EqualFold(currency, "EUR") }

func byContent(a, b entry) int {
	return cmp.Or(cmp.Compare(a.day, b.day), strings.Compare(a.raw.ID, b.raw.ID), strings.Compare(a.content, b.content))
}

func content(t *Transaction) string {
	return strings.Join([]string{t.BookingDay, t.ValueDay, fmt.Sprint(t.AmountCents), t.Currency, t.CounterpartyName, t.CounterpartyIBAN, t.Remittance, t.BankCode, t.ProprietaryCode, t.MCC}, "\x00")
}

func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "x" + hex.EncodeToString(sum[:8])
}

// share is a person's part of an amount.
func share(cents int64, bps int) int64 {
	if bps <= 0 || bps >= 10000 {
		return cents
	}
	return divide(cents*int64(bps), 10000)
}

// filler are words that say nothing about who is at the other side.
var filler = words(`bonifico bonif bon sepa istantaneo instant ist a vostro vs vostra favore da di del della dello dei al alla per con in su il la le lo ord ordinante ordine conto c o oc benef
	beneficiario causale caus addebito addeb add diretto sdd rid core b2b pagamento pag pagam pos carta n num numero nr presso data ore cro trn rif riferimento id cod codice mandato mand creditore
	debitore eur euro importo spese commissioni disp disposizione accredito accr acc rata mese mensile mensilita saldo acconto fattura fatt ft nf numfatt stipendio stip stipendi pensione emolumenti
	gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre gen feb mar apr mag giu lug ago set sett ott nov dic trimestre bimestre anno canone e ed
	valuta operazione op effettuato effettuata mitt mittente dest destinatario info cash abi cab iban bic notprovided unstructured sct rcur frst ooff via tramite internet banking home
	online web mobile app bollettino prelievo ricorrente periodico permanente ordinazione vers versamento credito debito contab contabile visa mastercard maestro pagobancomat bancomat contactless cless
	int italia it mutuo prestito finanziamento affitto locazione condominio polizza premio assicurazione rate contratto pratica quota
	disposto disposta intestatario scad scadenza domiciliazione domiciliaz operazione interna acquisto data voi netto mensilita retribuzione retrib competenze dipendente dip bolletta fornitura utenza dare ordine rapp`)

// forms of companies end a name and are written in many ways.
var forms = words(`srl srls spa snc sas sapa scarl scrl sc coop soc societa societa onlus ets ltd gmbh sa bv inc plc`)

func words(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		out[w] = true
	}
	return out
}

// naming tells who is at the other side, to compare: three words of the name or, where there is none, two of the text that are not
// the bank's own.
func naming(name, text []string) string {
	from, most := name, 3
	if len(from) == 0 {
		from, most = text, 2
	}
	var kept []string
	for _, w := range from {
		if forms[w] || len(w) < 2 || strings.ContainsAny(w, "0123456789") || len(name) == 0 && filler[w] {
			continue
		}
		if kept = append(kept, w); len(kept) == most {
			break
		}
	}
	return strings.Join(kept, " ")
}

// company says whether a name is a company's or an office's, by its form or a word.
func company(e entry) bool {
	return slices.ContainsFunc(e.words, func(w string) bool { return forms[w] || offices[w] })
}

var offices = words(`comune ministero asl azienda universita istituto regione provincia cooperativa consorzio studio associazione fondazione impresa ditta societa industrie officina officine group gruppo
	holding italia international hotel ristorante srl spa supermercati trasporti costruzioni servizi ospedale scuola agenzia ente ospedaliera sanitaria meccanica edile logistica services solutions`)
