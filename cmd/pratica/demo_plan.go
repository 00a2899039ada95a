package main

import "github.com/pratica-crm/pratica/core/products"

// The network and where its first admin is reached.
const (
	demoNetwork = "Rete Meridiana Mutui"
	demoOAM     = "M9990"
	demoAdmin   = "rita.colombo@meridiana.example"
	demoName    = "Rita Colombo"
)

// demoAgency is an agency with its people and its files.
type demoAgency struct {
	key, name, city, domain string
	people                  []demoMember
	files                   []demoFile
}

// demoMember is somebody who works there. The first one is the admin who is invited by the network.
type demoMember struct{ part, role, first, last, locale string }

// email is where somebody is reached.
func (m demoMember) email(a demoAgency) string { return mailbox(m.first, m.last, a.domain) }

// The parts that people play in the files. Two brokers share them.
const (
	partAdmin      = "admin"
	partBroker     = "broker"
	partSecond     = "second"
	partOffice     = "office"
	partCompliance = "compliance"
	partReader     = "reader"
)

// demoFile is a file: who, what for, where it stands today and how it got there.
type demoFile struct {
	home    string // household, see households
	purpose string
	stage   string // the state of today
	from    string // for a file that ended early: the state it ended in
	banks   string // "lender:state" of each submission; those with a short way stand first
	quirk   string // what is odd about it
	idle    int    // working days since the last step
}

// demoAgencies are invented. Their towns are real.
var demoAgencies = []demoAgency{
	{"bari", "Mutui del Levante", "Bari", "levantemutui.example",
		[]demoMember{{partAdmin, "agency_admin", "Nicola", "Carrassi", "it"}, {partBroker, "broker", "Giulia", "Marrone", "it"}, {partSecond, "broker", "Vito", "Lattanzi", "it"},
			{partOffice, "back_office", "Angela", "Petruzzi", "it"}, {partCompliance, "compliance_officer", "Saverio", "Magno", "it"}, {partReader, "read_only", "Ornella", "Ricci", "it"}},
		[]demoFile{
			{home: "solo", purpose: "first_home", stage: "pre_assessment"},
			{home: "couple", purpose: "first_home", stage: "pre_assessment", quirk: "bare", idle: 2},
			{home: "self", purpose: "first_home", stage: "mandated", idle: 1},
			{home: "young", purpose: "first_home", stage: "mandated", quirk: "assessed"},
			{home: "couple", purpose: "first_home", stage: "document_collection", quirk: "half", idle: 1},
			{home: "solo", purpose: "first_home", stage: "document_collection", quirk: "payslip", idle: 2},
			{home: "mixed", purpose: "first_home", stage: "document_collection", quirk: "ltv"},
			{home: "abroad", purpose: "first_home", stage: "document_collection", quirk: "rejected", idle: 3},
			{home: "couple", purpose: "first_home", stage: "file_check"},
			{home: "solo", purpose: "first_home", stage: "file_check", idle: 4},
			{home: "couple", purpose: "first_home", stage: "ready_to_submit"},
			{home: "young", purpose: "first_home", stage: "ready_to_submit", idle: 1},
			{home: "backed", purpose: "first_home", stage: "in_submission", banks: "levante:lender_review", idle: 1},
			{home: "couple", purpose: "second_home", stage: "in_submission", banks: "levante:rejected piana:property_checks", idle: 2},
			{home: "solo", purpose: "first_home", stage: "in_submission", banks: "levante:submitted", idle: 4},
			{home: "mixed", purpose: "first_home", stage: "signed", banks: "piana:accepted", quirk: "info", idle: 1},
			{home: "couple", purpose: "first_home", stage: "disbursed", banks: "levante:accepted", idle: 6},
			{home: "solo", purpose: "refinance_transfer", stage: "disbursed", banks: "levante:lender_review piana:accepted", idle: 12},
			{home: "pensioner", purpose: "renovation", stage: "disbursed", banks: "levante:accepted", quirk: "returned", idle: 3},
			{home: "couple", purpose: "first_home", stage: "rejected", from: "document_collection", quirk: "income", idle: 5},
			{home: "self", purpose: "first_home", stage: "withdrawn", from: "mandated", quirk: "client", idle: 7},
		}},
	{"bologna", "Casa & Credito Felsina", "Bologna", "felsinacredito.example",
		[]demoMember{{partAdmin, "agency_admin", "Cristina", "Bentivogli", "it"}, {partBroker, "broker", "Tommaso", "Galvani", "it"}, {partSecond, "broker", "Sofia", "Zambelli", "en"},
			{partOffice, "back_office", "Davide", "Malossi", "it"}, {partCompliance, "compliance_officer", "Laura", "Righi", "it"}, {partReader, "read_only", "Pietro", "Vignoli", "it"}},
		[]demoFile{
			{home: "exposed", purpose: "first_home", stage: "file_check", idle: 1},
			{home: "solo", purpose: "first_home", stage: "pre_assessment", idle: 1},
			{home: "couple", purpose: "first_home", stage: "pre_assessment"},
			{home: "pensioner", purpose: "liquidity", stage: "pre_assessment", quirk: "fifth", idle: 3},
			{home: "couple", purpose: "first_home", stage: "mandated", idle: 2},
			{home: "abroad", purpose: "first_home", stage: "mandated", quirk: "assessed"},
			{home: "solo", purpose: "first_home", stage: "document_collection", quirk: "half"},
			{home: "couple", purpose: "first_home", stage: "document_collection", quirk: "dti", idle: 1},
			{home: "young", purpose: "first_home", stage: "document_collection"},
			{home: "couple", purpose: "renovation", stage: "document_collection", quirk: "payslip", idle: 2},
			{home: "couple", purpose: "first_home", stage: "file_check", quirk: "returned"},
			{home: "mixed", purpose: "first_home", stage: "ready_to_submit", idle: 1},
			{home: "solo", purpose: "first_home", stage: "ready_to_submit", banks: "levante:draft"},
			{home: "couple", purpose: "first_home", stage: "in_submission", banks: "levante:offer_reflection", idle: 3},
			{home: "self", purpose: "first_home", stage: "in_submission", banks: "piana:info_requested", idle: 1},
			{home: "backed", purpose: "first_home", stage: "in_submission", banks: "piana:withdrawn levante:approved"},
			{home: "solo", purpose: "second_home", stage: "signed", banks: "levante:accepted", idle: 2},
			{home: "couple", purpose: "first_home", stage: "disbursed", banks: "levante:accepted", idle: 8},
			{home: "mixed", purpose: "first_home", stage: "disbursed", banks: "piana:accepted", quirk: "lapse", idle: 1},
			{home: "solo", purpose: "first_home", stage: "rejected", from: "in_submission", banks: "levante:lender_review", quirk: "credit_history", idle: 6},
			{home: "couple", purpose: "first_home", stage: "withdrawn", from: "in_submission", banks: "levante:approved piana:lender_review", quirk: "better_offer", idle: 4},
		}},
	{"torino", "Subalpina Mutui", "Torino", "subalpinamutui.example",
		[]demoMember{{partAdmin, "agency_admin", "Edoardo", "Bosio", "it"}, {partBroker, "broker", "Margherita", "Actis", "it"}, {partSecond, "broker", "Lorenzo", "Chiesa", "it"},
			{partOffice, "back_office", "Irene", "Ferrero", "it"}, {partCompliance, "compliance_officer", "Guido", "Sismondi", "it"}, {partReader, "read_only", "Carla", "Olivero", "it"}},
		[]demoFile{
			{home: "exposed", purpose: "second_home", stage: "pre_assessment", idle: 1},
			{home: "solo", purpose: "first_home", stage: "pre_assessment", quirk: "bare"},
			{home: "young", purpose: "first_home", stage: "mandated", quirk: "assessed", idle: 1},
			{home: "couple", purpose: "first_home", stage: "mandated"},
			{home: "couple", purpose: "first_home", stage: "document_collection", quirk: "rejected", idle: 1},
			{home: "solo", purpose: "first_home", stage: "document_collection", quirk: "ltv", idle: 4},
			{home: "self", purpose: "first_home", stage: "document_collection", quirk: "half"},
			{home: "couple", purpose: "first_home", stage: "file_check", banks: "levante:bounced", idle: 1},
			{home: "abroad", purpose: "first_home", stage: "file_check"},
			{home: "couple", purpose: "first_home", stage: "ready_to_submit", idle: 2},
			{home: "solo", purpose: "first_home", stage: "ready_to_submit", banks: "levante:rejected", idle: 1},
			{home: "solo", purpose: "liquidity", stage: "ready_to_submit", quirk: "personal"},
			{home: "couple", purpose: "first_home", stage: "in_submission", banks: "levante:income_approved"},
			{home: "mixed", purpose: "first_home", stage: "in_submission", banks: "piana:submitted"},
			{home: "backed", purpose: "first_home", stage: "in_submission", banks: "piana:property_checks", quirk: "info", idle: 2},
			{home: "couple", purpose: "first_home", stage: "signed", banks: "levante:accepted"},
			{home: "exposed", purpose: "first_home", stage: "disbursed", banks: "piana:accepted", idle: 5},
			{home: "couple", purpose: "refinance_transfer", stage: "disbursed", banks: "piana:lender_review levante:accepted", idle: 15},
			{home: "couple", purpose: "first_home", stage: "rejected", from: "file_check", quirk: "property", idle: 3},
			{home: "solo", purpose: "liquidity", stage: "rejected", from: "pre_assessment", quirk: "credit_history", idle: 9},
			{home: "couple", purpose: "first_home", stage: "withdrawn", from: "document_collection", quirk: "expired", idle: 2},
		}},
}

// demoLender is a bank that every agency works with. The connected ones answer through the mock bank under their key.
type demoLender struct {
	key, name string
	connected bool
	ended     bool // the agreement is over
	products  []products.ProductInput
}

func offer(name, kind, rate string, bps int, low, high int64, months int) products.ProductInput {
	return products.ProductInput{Name: name, ProductKind: kind, RateKind: rate, NominalRateBPS: bps, MinAmountCents: low * 100, MaxAmountCents: high * 100, MaxTermMonths: months}
}

var demoLenders = []demoLender{
	{key: "aurora", name: "Banca Aurora", connected: true, products: []products.ProductInput{
		offer("Mutuo Alba fisso", "mortgage", "fixed", 335, 50_000, 500_000, 360), offer("Mutuo Alba variabile", "mortgage", "variable", 295, 50_000, 500_000, 360), offer("Prestito Alba", "personal_loan", "fixed", 720, 3_000, 50_000, 120)}},
	{key: "borea", name: "Banco di Borea", connected: true, products: []products.ProductInput{
		offer("Mutuo Tramontana", "mortgage", "fixed", 349, 40_000, 400_000, 360), offer("Surroga Tramontana", "mortgage", "fixed", 318, 40_000, 400_000, 300)}},
	{key: "cisalpina", name: "Cassa Cisalpina", connected: true, products: []products.ProductInput{
		offer("Mutuo Giovani Cisalpina", "land_mortgage", "fixed", 325, 60_000, 300_000, 360), offer("Mutuo misto Cisalpina", "mortgage", "mixed", 342, 60_000, 600_000, 360)}},
	{key: "levante", name: "Credito del Levante", products: []products.ProductInput{
		offer("Mutuo Casa Levante", "mortgage", "fixed", 339, 30_000, 350_000, 360), offer("Mutuo Ristrutturazione", "mortgage", "fixed", 365, 20_000, 150_000, 240)}},
	{key: "piana", name: "Banca della Piana", products: []products.ProductInput{
		offer("Mutuo Piana fisso", "mortgage", "fixed", 345, 40_000, 400_000, 360), offer("Surroga Piana", "mortgage", "fixed", 312, 40_000, 400_000, 300)}},
	{key: "quinto", name: "Finanziaria del Quinto", products: []products.ProductInput{
		offer("Cessione pensionati", "salary_backed", "fixed", 485, 5_000, 60_000, 120), offer("Delegazione dipendenti", "delegation", "fixed", 525, 5_000, 40_000, 120)}},
	{key: "molo", name: "Banco del Vecchio Molo", ended: true, products: []products.ProductInput{
		offer("Mutuo Molo", "mortgage", "variable", 310, 50_000, 250_000, 300)}},
}

// demoNotes are what people write about a file, by the step they write it at.
var demoNotes = map[string][]string{
	"contact":  {"Primo colloquio in ufficio: cliente puntuale, documenti dei redditi già in ordine.", "Cliente segnalato da un conoscente. Preferisce essere chiamato dopo le 18.", "Ha già visto l'immobile due volte e ha fretta di firmare il preliminare.", "Chiede il tasso fisso: vuole una rata certa."},
	"mandate":  {"Spiegati compenso e tempi; incarico firmato in presenza.", "Incarico e informativa firmati. Consegnata copia al cliente."},
	"collect":  {"Mancano ancora alcuni documenti dell'immobile: li porta il venditore entro la settimana.", "Sollecitata la busta paga dell'ultimo mese.", "La visura riporta un vecchio indirizzo: verificato con il Catasto, è lo stesso immobile.", "Estratto conto con un addebito ricorrente: è l'affitto attuale, cessa con il rogito."},
	"returned": {"Manca la firma del coniuge sulla planimetria allegata: da rifare.", "La CU caricata è quella dell'anno prima: sostituirla."},
	"bank":     {"La filiale conferma la presa in carico, referente sig.ra Ruggiero.", "Il perito ha chiamato il cliente per il sopralluogo.", "La banca chiede qualche giorno in più per la delibera."},
	"disburse": {"Erogazione ricevuta dal notaio, pratica chiusa. Il cliente ringrazia!"},
	"rejected": {"Comunicato l'esito al cliente: si può riprovare tra qualche mese."},
	"withdrawn": {
		"Il cliente ha deciso di non procedere; chiusi i contatti con cordialità."},
}
