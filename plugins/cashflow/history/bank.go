package history

import (
	"fmt"
	"strings"
)

// channel is how money moves, which decides what a bank prints around the words.
type channel int

const (
	credit channel = iota // a transfer that came
	transfer
	debit // SEPA direct debit
	cardPayment
	internal // the bank's own booking
)

// bank prints movements as one of several banks do. The formats are our own imitations of what statements look like.
type bank struct {
	print    map[channel]string // %p party, %t text, %n a number, %d a day
	named    bool               // gives the counterparty's name in a field of its own
	upper    bool
	cut      int  // characters after which a text ends
	wrap     int  // characters after which a blank comes in, wherever that is
	abi, iso bool // codes
	mcc      bool
	ids      bool
}

var banks = []bank{
	{named: true, ids: true, mcc: true, print: map[channel]string{credit: "%t", transfer: "%t", debit: "%t", cardPayment: "%p", internal: "%t"}},
	{upper: true, abi: true, ids: true, print: map[channel]string{credit: "BONIFICO A VOSTRO FAVORE DA %p PER %t TRN %n", transfer: "BONIFICO DA VOI DISPOSTO A FAVORE DI %p %t", debit: "ADDEBITO DIRETTO SDD %p CID.IT%n MAN.%n %t", cardPayment: "PAGAMENTO POS %d ORE 18:21 %p", internal: "%t"}},
	{ids: true, abi: true, print: map[channel]string{credit: "Bonifico disposto a favore di Intestatario conto - Ordinante: %p Causale: %t", transfer: "Bonifico - Benef. %p - %t", debit: "Addebito SDD CORE Mand. %n Creditore %p %t", cardPayment: "Pagamento tramite POS del %d c/o %p carta *%n", internal: "Operazione interna - %t"}},
	{upper: true, cut: 140, iso: true, ids: true, named: true, print: map[channel]string{credit: "/RI/%t /ORD/%p", transfer: "/RI/%t /BEN/%p", debit: "SDD %p %t ID.MAND. %n", cardPayment: "CARTA N.***%n DATA %d %p", internal: "%t"}},
	{upper: true, cut: 35, ids: true, named: true, print: map[channel]string{credit: "BON. %t", transfer: "BON. %t", debit: "SDD %t %p", cardPayment: "POS %p", internal: "%t"}},
	{upper: true, wrap: 27, ids: true, abi: true, print: map[channel]string{credit: "BONIFICO SEPA %p %t", transfer: "VOSTRA DISPOSIZIONE A %p %t", debit: "ADD.DIR. %p %t RIF %n", cardPayment: "PAG.POS %d %p", internal: "%t"}},
	{named: true, mcc: true, iso: true, print: map[channel]string{credit: "%t", transfer: "%t", debit: "%p %t", cardPayment: "%p IT", internal: "%t"}},
	{ids: true, named: true, cut: 65, mcc: true, print: map[channel]string{credit: "Accredito bonifico: %t", transfer: "Bonifico per: %t", debit: "Domiciliazione %p %t", cardPayment: "Acquisto carta %p %d", internal: "%t"}},
}

var abiCodes = map[channel]string{credit: "48", transfer: "26", debit: "50", cardPayment: "43", internal: ""}
var isoCodes = map[channel]string{credit: "PMNT-RCDT-ESCT", transfer: "PMNT-ICDT-ESCT", debit: "PMNT-RDDT-ESDD", cardPayment: "PMNT-CCRD-POSD", internal: ""}

// text fills a bank's format in.
func (w *world) text(ch channel, party, text, day string) string {
	b := w.bank
	out := strings.NewReplacer("%p", party, "%t", text, "%d", day, "%n", fmt.Sprint(w.between(10000, 9999999))).Replace(b.print[ch])
	out = strings.Join(strings.Fields(out), " ")
	if w.chance(4) {
		out = w.typo(out)
	}
	if b.upper {
		out = strings.ToUpper(out)
	}
	if b.wrap > 0 {
		var lines []string
		for r := []rune(out); ; r = r[b.wrap:] {
			if len(r) <= b.wrap {
				out = strings.Join(append(lines, string(r)), " ")
				break
			}
			lines = append(lines, string(r[:b.wrap]))
		}
	}
	if r := []rune(out); b.cut > 0 && len(r) > b.cut {
		out = string(r[:b.cut])
	}
	return out
}

// typo swaps, drops or doubles one letter somewhere.
func (w *world) typo(text string) string {
	r := []rune(text)
	if len(r) < 4 {
		return text
	}
	i := 1 + w.rand.IntN(len(r)-2)
	switch w.rand.IntN(3) {
	case 0:
		r[i], r[i+1] = r[i+1], r[i]
	case 1:
		r = append(r[:i], r[i+1:]...)
	default:
		r = append(r[:i+1], r[i:]...)
	}
	return string(r)
}
