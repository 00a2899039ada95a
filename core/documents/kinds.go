package documents

import (
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/workflow"
)

// kindTable is the vocabulary: code, English, Italian, default validity from the day of issue in days, in months.
// Neither: it does not age, or carries its own end.
var kindTable = []struct {
	code, en, it string
	days, months int
}{
	{"identity", "Identity document", "Documento d'identità", 0, 0},
	{"tax_code", "Tax code card", "Codice fiscale", 0, 0},
	{"residence", "Residence certificate", "Certificato di residenza", 0, 6},
	{"family_status", "Family status certificate", "Stato di famiglia", 0, 6},
	{"marital_status", "Marital status certificate", "Estratto di stato civile", 0, 6},
	{"permit_of_stay", "Permit of stay", "Permesso di soggiorno", 0, 0},
	{"bank_statement", "Bank statement", "Estratto conto", 0, 3},
	{"existing_loan", "Existing loan statement", "Conteggio prestiti in corso", 0, 3},
	{"payslip", "Payslip", "Busta paga", 60, 0},
	{"income_certificate", "Income certificate (CU)", "Certificazione unica (CU)", 0, 18},
	{"tax_return", "Tax return", "Dichiarazione dei redditi", 0, 18},
	{"employer_statement", "Employer statement", "Attestato di servizio", 60, 0},
	{"chamber_extract", "Chamber of commerce extract", "Visura camerale", 0, 6},
	{"vat_certificate", "VAT certificate", "Certificato di partita IVA", 0, 6},
	{"pension_slip", "Pension slip", "Cedolino pensione", 60, 0},
	{"preliminary_contract", "Preliminary contract", "Contratto preliminare", 0, 0},
	{"provenance_deed", "Deed of provenance", "Atto di provenienza", 0, 0},
	{"floor_plan", "Floor plan", "Planimetria catastale", 0, 0},
	{"cadastral_extract", "Cadastral extract", "Visura catastale", 0, 3},
	{"habitability", "Habitability certificate", "Agibilità", 0, 0},
	{"energy_certificate", "Energy certificate (APE)", "Attestato energetico (APE)", 0, 120},
	{"due_diligence", "Due-diligence form", "Adeguata verifica", 0, 12},
	{"privacy", "Privacy consent", "Consenso privacy", 0, 0},
	{"mandate", "Mediation mandate", "Incarico di mediazione", 0, 0},
	{"esis_receipt", "ESIS receipt", "Ricevuta PIES", 0, 0},
	{"appraisal", "Appraisal", "Perizia", 0, 6},
	{"notary_report", "Preliminary notary report", "Relazione notarile preliminare", 0, 0},
	{"approval_letter", "Approval letter", "Lettera di delibera", 0, 0},
	{"deed", "Deed", "Atto di mutuo", 0, 0},
	{"disbursement_evidence", "Disbursement evidence", "Contabile di erogazione", 0, 0},
	{"other", "Other document", "Altro documento", 0, 0},
}

// Title is a kind's name in both languages.
func Title(code string) workflow.Text {
	for _, k := range kindTable {
		if k.code == code {
			return workflow.Text{EN: k.en, IT: k.it}
		}
	}
	return workflow.Text{EN: code, IT: code}
}

// Known reports whether a code is one of the trade's.
func Known(code string) bool {
	for _, k := range kindTable {
		if k.code == code {
			return true
		}
	}
	return false
}

// ExpiresOn is the last day a document of the kind is good, counted from its issue; zero when it does not age by itself.
func ExpiresOn(code string, issued calendar.Date) calendar.Date {
	for _, k := range kindTable {
		switch {
		case k.code != code || issued.IsZero():
		case k.days > 0:
			return issued.AddDays(k.days)
		case k.months > 0:
			return issued.AddMonths(k.months)
		}
	}
	return calendar.Date{}
}
