package workflow

// documentKinds are the codes docs.valid knows, with the words a person reads.
var documentKinds = map[string]Text{
	"identity":              {"Identity document", "Documento d'identità"},
	"tax_code":              {"Tax code", "Codice fiscale"},
	"residence":             {"Certificate of residence", "Certificato di residenza"},
	"family_status":         {"Family status certificate", "Stato di famiglia"},
	"marital_status":        {"Marital status certificate", "Estratto di stato civile"},
	"permit_of_stay":        {"Permit of stay", "Permesso di soggiorno"},
	"bank_statement":        {"Bank statement", "Estratto conto"},
	"existing_loan":         {"Existing loan statement", "Conteggio dei finanziamenti in corso"},
	"payslip":               {"Payslip", "Busta paga"},
	"income_certificate":    {"Income certificate (CU)", "Certificazione unica (CU)"},
	"tax_return":            {"Tax return", "Dichiarazione dei redditi"},
	"employer_statement":    {"Employer statement", "Attestato di servizio"},
	"chamber_extract":       {"Chamber of commerce extract", "Visura camerale"},
	"vat_certificate":       {"VAT certificate", "Certificato di partita IVA"},
	"pension_slip":          {"Pension slip", "Cedolino della pensione"},
	"preliminary_contract":  {"Preliminary contract", "Contratto preliminare"},
	"provenance_deed":       {"Deed of provenance", "Atto di provenienza"},
	"floor_plan":            {"Floor plan", "Planimetria catastale"},
	"cadastral_extract":     {"Cadastral extract", "Visura catastale"},
	"habitability":          {"Certificate of habitability", "Certificato di agibilità"},
	"energy_certificate":    {"Energy certificate", "Attestato di prestazione energetica"},
	"due_diligence":         {"Due-diligence form", "Modulo di adeguata verifica"},
	"privacy":               {"Privacy consent", "Informativa privacy"},
	"mandate":               {"Mandate", "Incarico di mediazione"},
	"esis_receipt":          {"Receipt of the ESIS", "Ricevuta del PIES"},
	"appraisal":             {"Appraisal", "Perizia"},
	"notary_report":         {"Notary report", "Relazione notarile"},
	"approval_letter":       {"Approval letter", "Lettera di delibera"},
	"deed":                  {"Deed", "Atto notarile"},
	"disbursement_evidence": {"Disbursement evidence", "Contabile di erogazione"},
	"other":                 {"Other document", "Altro documento"},
}

// KindTitle is a document kind's name in both languages; ok is false for a code that is none.
func KindTitle(code string) (title Text, ok bool) {
	title, ok = documentKinds[code]
	return title, ok
}

func kindNames() []string {
	out := make([]string, 0, len(documentKinds))
	for k := range documentKinds {
		out = append(out, k)
	}
	return out
}

// failureReasons follow a kind's name and a colon; the Italian ones fit a word of either gender.
var failureReasons = map[string]Text{
	"missing":  {"missing, or not accepted yet", "da caricare o ancora da accettare"},
	"rejected": {"rejected, a new one is needed", "non va bene, ne serve un'altra copia"},
	"expires":  {"no longer valid on the date needed", "scade prima della data richiesta"},
}
