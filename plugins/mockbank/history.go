package mockbank

import (
	"fmt"
	"hash/fnv"
	"time"
)

const historyDays = 400

// ibans of the invented people, by bank: valid, of banks that do not exist.
var ibans = map[string][5]string{
	"aurora":    {"IT18S0990101600000000100001", "IT92T0990101600000000100002", "IT33X0990101600000000200001", "IT36Z0990101600000000300001", "IT06A0990101600000000300002"},
	"borea":     {"IT79X0990201600000000100001", "IT56Y0990201600000000100002", "IT87C0990201600000000200001", "IT90E0990201600000000300001", "IT67F0990201600000000300002"},
	"cisalpina": {"IT31Z0990301600000000100001", "IT98A0990301600000000100002", "IT39E0990301600000000200001", "IT42G0990301600000000300001", "IT19H0990301600000000300002"},
}

// invented are a bank's people when no file names others: an employee who rents, somebody self-employed who is overdrawn now and
// then, and a pensioner who saves. The same day gives the same histories.
func invented(bank string, today time.Time) []Person {
	n := ibans[bank]
	return []Person{
		{ID: "ada", Name: "Ada Neri", Accounts: []Account{
			{IBAN: n[0], Name: "Conto corrente", Product: "Conto Più", OpeningCents: 2_100_00, Transactions: employee(n[0], n[1], today)},
			{IBAN: n[1], Name: "Conto risparmio", Product: "Deposito", Type: "SVGS", OpeningCents: 6_000_00, Transactions: saver(n[1], n[0], today, 150_00)}}},
		{ID: "bruno", Name: "Bruno Galli", Accounts: []Account{
			{IBAN: n[2], Name: "Conto professionale", Product: "Conto Partita IVA", OpeningCents: 900_00, Transactions: selfEmployed(n[2], today)}}},
		{ID: "carla", Name: "Carla Riva", Accounts: []Account{
			{IBAN: n[3], Name: "Conto corrente", Product: "Conto Argento", OpeningCents: 3_400_00, Transactions: pensioner(n[3], n[4], today)},
			{IBAN: n[4], Name: "Libretto", Product: "Deposito", Type: "SVGS", OpeningCents: 21_000_00, Transactions: saver(n[4], n[3], today, 200_00)}}},
	}
}

// diary goes through the days of a history.
func diary(iban string, today time.Time, of func(d time.Time, roll func(what string, n int) int) []Transaction) []Transaction {
	var out []Transaction
	for back := historyDays; back >= 0; back-- {
		d := today.UTC().AddDate(0, 0, -back)
		roll := func(what string, n int) int {
			h := fnv.New32a()
			fmt.Fprint(h, iban, day(d), what)
			return int(h.Sum32() % uint32(n))
		}
		for _, t := range of(d, roll) {
			t.Booked = day(d)
			out = append(out, t)
		}
	}
	return out
}

var shops = []struct{ name, mcc string }{{"ESSELUNGA MILANO", "5411"}, {"CONAD CITY", "5411"}, {"FARMACIA COMUNALE 12", "5912"}, {"ENI STATION 0453", "5541"},
	{"TRENITALIA SPA", "4112"}, {"PIZZERIA DA GINO", "5812"}, {"DECATHLON ITALIA", "5941"}}

// card is a payment with a card on some days; rest days are about one in that many.
func card(roll func(string, int) int, each int) []Transaction {
	if roll("card", each) != 0 {
		return nil
	}
	shop := shops[roll("shop", len(shops))]
	return []Transaction{{AmountCents: -int64(6_00 + roll("price", 7_000)), Counterparty: shop.name, Text: "PAGAMENTO POS CARTA *4417 " + shop.name, MCC: shop.mcc, Code: "PMNT-CCRD-POSD", OwnCode: "POS"}}
}

func utilities(d time.Time) []Transaction {
	switch {
	case d.Day() == 12 && d.Month()%2 == 0:
		return []Transaction{{AmountCents: -74_50 - int64(d.Month())*130, Counterparty: "A2A ENERGIA SPA", Text: "ADDEBITO SDD LUCE E GAS BIMESTRE", Mandate: "A2A-00418827", Purpose: "ENRG", Code: "PMNT-RDDT-ESDD", OwnCode: "SDD"}}
	case d.Day() == 18:
		return []Transaction{{AmountCents: -27_90, Counterparty: "FASTWEB SPA", Text: "ADDEBITO SDD FATTURA INTERNET", Mandate: "FW-9920113", Purpose: "TELI", Code: "PMNT-RDDT-ESDD", OwnCode: "SDD"}}
	}
	return nil
}

func employee(iban, savings string, today time.Time) []Transaction {
	out := diary(iban, today, func(d time.Time, roll func(string, int) int) (all []Transaction) {
		switch d.Day() {
		case 27:
			all = append(all, Transaction{AmountCents: 2_148_00, Counterparty: "MECCANICA LOMBARDA SRL", CounterpartyIBAN: "IT60X0542811101000000123456",
				Text: "EMOLUMENTI MESE DI " + d.Format("01/2006"), Purpose: "SALA", Code: "PMNT-RCDT-SALA", OwnCode: "STIP"})
			if d.Month() == time.December {
				all = append(all, Transaction{AmountCents: 2_010_00, Counterparty: "MECCANICA LOMBARDA SRL", CounterpartyIBAN: "IT60X0542811101000000123456", Text: "TREDICESIMA MENSILITA", Purpose: "SALA", Code: "PMNT-RCDT-SALA", OwnCode: "STIP"})
			}
		case 5:
			all = append(all, Transaction{AmountCents: -780_00, Counterparty: "GIOVANNI SALA", Text: "CANONE DI LOCAZIONE VIA ROMA 1", Purpose: "RENT", Code: "PMNT-ICDT-STDO", OwnCode: "BON"})
		case 10:
			all = append(all, Transaction{AmountCents: -189_00, Counterparty: "FINDOMESTIC BANCA SPA", Text: "RATA PRESTITO PERSONALE 20184471", Reference: "RF18539007547034", Mandate: "FND-20184471", Purpose: "LOAR", Code: "PMNT-RDDT-ESDD", OwnCode: "SDD"})
		case 28:
			all = append(all, Transaction{AmountCents: -150_00, Counterparty: "Ada Neri", CounterpartyIBAN: savings, Text: "GIROCONTO", Code: "PMNT-ICDT-BOOK", OwnCode: "GIRO"})
		}
		return append(append(all, utilities(d)...), card(roll, 2)...)
	})
	return append(out,
		Transaction{Status: "pending", Booked: day(today), AmountCents: -34_20, Counterparty: "ESSELUNGA MILANO", Text: "AUTORIZZAZIONE POS CARTA *4417", MCC: "5411", OwnCode: "POS"},
		Transaction{Status: "information", Booked: day(today), AmountCents: -780_00, Counterparty: "GIOVANNI SALA", Text: "CANONE DI LOCAZIONE VIA ROMA 1", Purpose: "RENT", Code: "PMNT-ICDT-STDO", Day: "5"})
}

func saver(iban, from string, today time.Time, cents int64) []Transaction {
	return diary(iban, today, func(d time.Time, _ func(string, int) int) []Transaction {
		if d.Day() != 28 {
			return nil
		}
		return []Transaction{{AmountCents: cents, Counterparty: "Titolare", CounterpartyIBAN: from, Text: "GIROCONTO", Code: "PMNT-RCDT-BOOK", OwnCode: "GIRO"}}
	})
}

func selfEmployed(iban string, today time.Time) []Transaction {
	return diary(iban, today, func(d time.Time, roll func(string, int) int) (all []Transaction) {
		if roll("invoice", 17) == 0 {
			all = append(all, Transaction{AmountCents: int64(700_00 + roll("fee", 140_000)), Counterparty: "STUDIO ARCHETTI SNC", Text: fmt.Sprintf("SALDO FATTURA %d", 1+roll("number", 180)), Code: "PMNT-RCDT-ESCT", OwnCode: "BON"})
		}
		if d.Day() == 16 && d.Month()%3 == 2 {
			all = append(all, Transaction{AmountCents: -1_240_00, Counterparty: "AGENZIA DELLE ENTRATE", Text: "DELEGA F24 TELEMATICA", Purpose: "TAXS", Code: "PMNT-ICDT-ESCT", OwnCode: "F24", Payments: 3})
		}
		if d.Day() == 3 {
			all = append(all, Transaction{AmountCents: -640_00, Counterparty: "IMMOBILIARE NAVIGLI SRL", Text: "AFFITTO STUDIO", Purpose: "RENT", Code: "PMNT-ICDT-STDO", OwnCode: "BON"})
		}
		if roll("bet", 23) == 0 {
			all = append(all, Transaction{AmountCents: -int64(20_00 + roll("stake", 8)*1000), Counterparty: "SISAL ENTERTAINMENT", Text: "RICARICA CONTO GIOCO SISAL.IT", MCC: "7995", Code: "PMNT-CCRD-POSD", OwnCode: "POS"})
		}
		return append(append(all, utilities(d)...), card(roll, 3)...)
	})
}

func pensioner(iban, savings string, today time.Time) []Transaction {
	return diary(iban, today, func(d time.Time, roll func(string, int) int) (all []Transaction) {
		switch d.Day() {
		case 1:
			all = append(all, Transaction{AmountCents: 1_420_00, Counterparty: "INPS", Text: "PENSIONE CATEGORIA VO " + d.Format("01/2006"), Purpose: "PENS", Code: "PMNT-RCDT-PENS", OwnCode: "PENS"})
		case 28:
			all = append(all, Transaction{AmountCents: -200_00, Counterparty: "Carla Riva", CounterpartyIBAN: savings, Text: "GIROCONTO", Code: "PMNT-ICDT-BOOK", OwnCode: "GIRO"})
		}
		return append(append(all, utilities(d)...), card(roll, 3)...)
	})
}
