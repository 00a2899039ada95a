package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/documents"
)

// sheet says how a kind of document looks: who issues it, how old it is when it is handed in, how long it is good when
// its kind has no validity of its own, and its lines. Braces are filled in by paperwork.text.
type sheet struct {
	kind, issuer string
	young, old   int // days between its issue and the day it is handed in
	months       int // of its own validity; 0: the kind's
	lines        []string
}

var sheets = []sheet{
	{"identity", "Comune di {city} – Ministero dell'Interno", 200, 2600, 120, []string{"Carta d'identità n. CA{number}", "Cognome e nome: {person}", "Nato/a a {birthplace} il {birthdate}", "Codice fiscale: {taxcode}", "Residente in {residence}", "Rilasciata il {issued}, valida fino al {expires}"}},
	{"tax_code", "Agenzia delle Entrate – Tessera sanitaria", 300, 2000, 0, []string{"Codice fiscale: {taxcode}", "Cognome e nome: {person}", "Luogo e data di nascita: {birthplace}, {birthdate}"}},
	{"residence", "Comune di {city} – Servizi demografici", 4, 25, 0, []string{"Si certifica che {person}, nato/a a {birthplace} il {birthdate},", "risulta residente in {residence}.", "Rilasciato il {issued} per gli usi consentiti dalla legge."}},
	{"family_status", "Comune di {city} – Servizi demografici", 4, 25, 0, []string{"Stato di famiglia di {person}", "Indirizzo: {residence}", "Rilasciato il {issued} per gli usi consentiti dalla legge."}},
	{"marital_status", "Comune di {city} – Stato civile", 4, 25, 0, []string{"Estratto per riassunto dell'atto riguardante {person}", "Stato civile: {marital}", "Rilasciato il {issued}."}},
	{"permit_of_stay", "Questura di {capital}", 120, 300, 48, []string{"Permesso di soggiorno n. I{number}", "Titolare: {person}, cittadinanza {citizenship}", "Motivo: lavoro subordinato", "Rilasciato il {issued}, valido fino al {expires}"}},
	{"bank_statement", "Banca d'appoggio del cliente", 3, 20, 0, []string{"Estratto conto di {person}", "IBAN {iban}", "Saldo iniziale: {opening}", "Accrediti del periodo: {net}", "Saldo al {issued}: {closing}"}},
	{"existing_loan", "Conteggio di finanziamento in corso", 3, 15, 0, []string{"Cliente: {person}", "Finanziatore: {lender}", "Rata mensile: {instalment}", "Debito residuo al {issued}: {residual}"}},
	{"payslip", "{employer}", 0, 0, 0, []string{"Busta paga di {month}", "Dipendente: {person} – {taxcode}", "Assunto/a il {since}", "Retribuzione lorda: {gross}", "Netto in busta: {net}", "Emessa il {issued}"}},
	{"income_certificate", "{employer}", 0, 0, 0, []string{"Certificazione Unica, redditi dell'anno {lastyear}", "Percettore: {person} – {taxcode}", "Reddito annuo certificato: {yearly}", "Rilasciata il {issued}"}},
	{"tax_return", "Agenzia delle Entrate – Ricevuta telematica", 0, 0, 0, []string{"Modello Redditi PF, periodo d'imposta {lastyear}", "Contribuente: {person} – {taxcode}", "Reddito complessivo: {yearly}", "Imposte versate con modello F24", "Presentata il {issued}, protocollo {number}"}},
	{"employer_statement", "{employer}", 2, 12, 0, []string{"Si attesta che {person} presta servizio dal {since}", "con contratto di lavoro {contract}.", "Non risultano procedimenti o trattenute in corso.", "{city}, {issued}"}},
	{"chamber_extract", "Camera di Commercio di {capital}", 5, 30, 0, []string{"Visura ordinaria: {employer}", "Titolare: {person}", "Partita IVA {vat}", "Stato: attiva, iscritta dal {since}", "Estratta il {issued}"}},
	{"vat_certificate", "Agenzia delle Entrate", 10, 60, 0, []string{"Certificato di attribuzione della partita IVA {vat}", "Intestatario: {person}", "Data di inizio attività: {since}", "Rilasciato il {issued}"}},
	{"pension_slip", "INPS", 0, 0, 0, []string{"Cedolino della pensione di {month}", "Titolare: {person} – {taxcode}", "Importo lordo: {gross}", "Importo netto in pagamento: {net}", "Emesso il {issued}"}},
	{"preliminary_contract", "Scrittura privata registrata", 2, 12, 0, []string{"Contratto preliminare di compravendita", "Immobile: {address}", "Dati catastali: {cadastral}", "Prezzo convenuto: {price}", "Promissario acquirente: {applicant}", "Sottoscritto il {issued}"}},
	{"provenance_deed", "Studio notarile – Copia conforme", 2000, 7500, 0, []string{"Atto di compravendita, repertorio n. {number}", "Immobile: {address}", "Dati catastali: {cadastral}", "Stipulato il {issued}"}},
	{"floor_plan", "Agenzia delle Entrate – Catasto fabbricati", 900, 5000, 0, []string{"Planimetria dell'unità immobiliare", "{address}", "{cadastral}", "Superficie: {area} mq – scala 1:200", "Presentata il {issued}"}},
	{"cadastral_extract", "Agenzia delle Entrate – Catasto fabbricati", 3, 18, 0, []string{"Visura per immobile", "{address}", "{cadastral}", "Superficie catastale: {area} mq", "Situazione al {issued}"}},
	{"energy_certificate", "Attestato di prestazione energetica", 100, 1800, 0, []string{"Immobile: {address}", "Classe energetica: {energy}", "Superficie utile: {area} mq", "Codice certificato: {number}", "Emesso il {issued}, valido fino al {expires}"}},
	{"due_diligence", "{agency}", 0, 0, 0, []string{"Questionario di adeguata verifica (D.Lgs. 231/2007)", "Cliente: {person} – {taxcode}", "Scopo del rapporto: {purpose}", "Origine dei fondi: redditi da lavoro o pensione, risparmi", "Persona politicamente esposta: {pep}", "Compilato il {issued}"}},
	{"privacy", "{agency}", 0, 0, 0, []string{"Informativa e consenso al trattamento dei dati (Reg. UE 2016/679)", "Interessato/a: {person}", "Consenso alla trasmissione dei dati ai finanziatori: sì", "Firmato il {issued}"}},
	{"mandate", "{agency}", 0, 0, 0, []string{"Incarico di mediazione creditizia – pratica {file}", "Cliente: {applicant}", "Finanziamento richiesto: {amount} in {term} mesi", "Compenso di mediazione: {fee}", "Sottoscritto il {issued}"}},
	{"esis_receipt", "{agency}", 0, 2, 0, []string{"Ricevuta del Prospetto Informativo Europeo Standardizzato", "Pratica {file}", "Cliente: {applicant}", "Importo: {amount} – durata: {term} mesi", "Consegnato il {issued}"}},
	{"appraisal", "Perizia di stima – Tecnico incaricato", 1, 4, 0, []string{"Immobile: {address}", "Dati catastali: {cadastral}", "Valore di mercato: {value}", "Sopralluogo del {issued}"}},
	{"notary_report", "Relazione notarile preliminare", 0, 3, 0, []string{"Pratica {file}", "Nel ventennio non risultano formalità pregiudizievoli", "oltre a quelle che saranno cancellate alla stipula.", "Redatta il {issued}"}},
	{"deed", "Studio notarile – Copia conforme", 0, 0, 0, []string{"Atto di mutuo fondiario, repertorio n. {number}", "Pratica {file}", "Mutuatario: {applicant}", "Capitale: {amount} – durata: {term} mesi", "Stipulato il {issued}"}},
	{"disbursement_evidence", "Contabile di erogazione", 0, 0, 0, []string{"Pratica {file}", "Beneficiario: {applicant}", "Importo erogato: {amount}", "Valuta: {issued}"}},
}

// sheetOf is how a kind looks; every kind that the checklist asks for is in the table.
func sheetOf(kind string) sheet {
	for _, s := range sheets {
		if s.kind == kind {
			return s
		}
	}
	return sheet{kind: kind, issuer: "{agency}", lines: []string{"Pratica {file}", "{issued}"}}
}

// issue decides when a document that is handed in on a day was issued, and its own last day if it has one.
func (s sheet) issue(rng *rand.Rand, on calendar.Date) (issued, expires calendar.Date) {
	switch s.kind {
	case "payslip", "pension_slip":
		issued = monthBefore(on, 27)
	case "income_certificate":
		issued = sinceMonth(on, time.March, 16)
	case "tax_return":
		issued = sinceMonth(on, time.October, 20)
	default:
		issued = on.AddDays(-between(rng, s.young, s.old))
	}
	if s.months > 0 {
		expires = issued.AddMonths(s.months)
	}
	return issued, expires
}

// monthBefore is a day of the month before.
func monthBefore(on calendar.Date, day int) calendar.Date {
	t := on.Time()
	return calendar.On(t.Year(), t.Month(), day).AddMonths(-1)
}

// sinceMonth is the latest such day of a year that lies three weeks back or more.
func sinceMonth(on calendar.Date, month time.Month, day int) calendar.Date {
	d := calendar.On(on.Time().Year(), month, day)
	if on.AddDays(-21).Before(d) {
		d = d.AddMonths(-12)
	}
	return d
}

// paperwork fills in the braces of a sheet.
type paperwork map[string]string

func (p paperwork) text(s string) string {
	for name, value := range p {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

// print makes the PDF of a sheet.
func (p paperwork) print(s sheet) []byte {
	lines := make([]string, len(s.lines))
	for i, l := range s.lines {
		lines[i] = p.text(l)
	}
	return demoPDF(documents.Title(s.kind).IT, p.text(s.issuer), lines)
}

// ofHuman is what documents say of a person.
func (p paperwork) ofHuman(h *human, rng *rand.Rand) {
	d, home := h.data, h.data.Addresses[0]
	p["person"], p["taxcode"], p["birthdate"], p["birthplace"] = h.name(), *d.TaxCode, italianDay(d.BirthDate), d.BirthPlace
	p["city"], p["residence"] = home.City, fmt.Sprintf("%s, %s %s (%s)", home.Street, home.PostalCode, home.City, home.Province)
	p["marital"] = map[string]string{"single": "stato libero", "married": "coniugato/a", "widowed": "vedovo/a", "separated": "separato/a"}[d.MaritalStatus]
	p["citizenship"], p["iban"], p["pep"] = d.Citizenship, d.IBAN, map[bool]string{true: "sì", false: "no"}[d.PEP]
	job := d.Employments[0]
	p["employer"], p["since"] = job.Employer, italianDay(job.Since)
	p["contract"] = map[string]string{"permanent": "a tempo indeterminato", "fixed_term": "a tempo determinato"}[job.Contract]
	net := h.net()
	p["net"], p["gross"], p["yearly"] = euros(net), euros(net*142/100/100*100), euros(net*13*135/100/100*100)
	opening := int64(between(rng, 12, 95)) * 100_00
	p["opening"], p["closing"] = euros(opening), euros(opening+net*6/10)
	if d.VATNumber != nil {
		p["vat"] = *d.VATNumber
	}
	if len(d.Liabilities) > 0 {
		p["lender"], p["instalment"], p["residual"] = d.Liabilities[0].Lender, euros(d.Liabilities[0].MonthlyCents), euros(d.Liabilities[0].ResidualCents)
	}
}
