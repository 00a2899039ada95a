package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/subjects"
)

// municipality is a real one, with its cadastral (Belfiore) code. What homes cost there is in euros a square metre.
type municipality struct {
	name, province, code, postal string
	price                        int
	streets                      []string
}

// around lists the municipalities each agency works in, its own first.
var around = map[string][]municipality{
	"bari": {
		{"Bari", "BA", "A662", "70122", 2300, []string{"Via Sparano da Bari", "Corso Cavour", "Via Dante Alighieri", "Viale Unità d'Italia", "Via Giulio Petroni", "Corso Benedetto Croce"}},
		{"Bari", "BA", "A662", "70126", 1750, []string{"Via Giovanni Amendola", "Via Gentile", "Via Caldarola"}},
		{"Monopoli", "BA", "F376", "70043", 2100, []string{"Via Procaccia", "Largo Plebiscito", "Via Magenta"}},
		{"Altamura", "BA", "A225", "70022", 1350, []string{"Via Matera", "Corso Federico II di Svevia", "Via Gravina"}},
		{"Molfetta", "BA", "F284", "70056", 1600, []string{"Via Terlizzi", "Corso Umberto I", "Via Baccarini"}},
		{"Bitonto", "BA", "A893", "70032", 1200, []string{"Via Repubblica Italiana", "Via Traetta", "Corso Vittorio Emanuele II"}},
	},
	"bologna": {
		{"Bologna", "BO", "A944", "40126", 3500, []string{"Via Zamboni", "Via San Vitale", "Via Petroni", "Via Irnerio"}},
		{"Bologna", "BO", "A944", "40139", 2900, []string{"Via Emilia Levante", "Via degli Ortolani", "Via Arno", "Via Mazzini"}},
		{"Casalecchio di Reno", "BO", "B880", "40033", 2600, []string{"Via Garibaldi", "Via Porrettana", "Via Bazzanese"}},
		{"San Lazzaro di Savena", "BO", "H945", "40068", 2800, []string{"Via Jussi", "Via Repubblica", "Via Caselle"}},
		{"Imola", "BO", "E289", "40026", 1900, []string{"Via Appia", "Via Cavour", "Viale Dante"}},
		{"Modena", "MO", "F257", "41121", 2200, []string{"Via Emilia Centro", "Corso Canalgrande", "Viale Moreali"}},
	},
	"torino": {
		{"Torino", "TO", "L219", "10128", 2800, []string{"Corso Re Umberto", "Via Magenta", "Corso Galileo Ferraris", "Via Sacchi"}},
		{"Torino", "TO", "L219", "10152", 1700, []string{"Corso Giulio Cesare", "Via Bologna", "Corso Vercelli", "Via Aosta"}},
		{"Moncalieri", "TO", "F335", "10024", 1800, []string{"Strada Torino", "Corso Roma", "Via Santa Croce"}},
		{"Rivoli", "TO", "H355", "10098", 1650, []string{"Corso Francia", "Via Piol", "Corso Susa"}},
		{"Collegno", "TO", "C860", "10093", 1750, []string{"Corso Francia", "Via Martiri XXX Aprile", "Viale Gramsci"}},
		{"Nichelino", "TO", "F889", "10042", 1400, []string{"Via Torino", "Via Juvarra", "Via Cacciatori"}},
	},
}

// birthplaces are where people come from besides the agency's own towns.
var birthplaces = []municipality{
	{name: "Roma", province: "RM", code: "H501"}, {name: "Milano", province: "MI", code: "F205"}, {name: "Napoli", province: "NA", code: "F839"},
	{name: "Palermo", province: "PA", code: "G273"}, {name: "Lecce", province: "LE", code: "E506"}, {name: "Foggia", province: "FG", code: "D643"},
	{name: "Genova", province: "GE", code: "D969"}, {name: "Firenze", province: "FI", code: "D612"}, {name: "Catania", province: "CT", code: "C351"},
	{name: "Verona", province: "VR", code: "L781"}, {name: "Taranto", province: "TA", code: "L049"}, {name: "Reggio Calabria", province: "RC", code: "H224"},
}

// origin is where a citizen of another country comes from.
type origin struct {
	country, citizenship, code, city string
	last, women, men                 []string
}

var origins = []origin{
	{"Albania", "AL", "Z100", "Tirana", []string{"Hoxha", "Gjoka", "Prifti"}, []string{"Elira", "Mirela"}, []string{"Ardian", "Besnik"}},
	{"Perù", "PE", "Z611", "Lima", []string{"Quispe Rojas", "Huamán Flores"}, []string{"Rosa María", "Luz"}, []string{"Luis Alberto", "Jorge"}},
	{"Ucraina", "UA", "Z138", "Leopoli", []string{"Kovalenko", "Bondarenko"}, []string{"Oksana", "Natalia"}, []string{"Andrij", "Oleksandr"}},
}

var (
	women = []string{"Giulia", "Francesca", "Chiara", "Martina", "Sara", "Elena", "Valentina", "Alessia", "Federica", "Ilaria", "Silvia", "Paola", "Anna", "Lucia", "Marta", "Beatrice", "Noemi", "Roberta", "Daniela", "Teresa"}
	men   = []string{"Marco", "Alessandro", "Andrea", "Luca", "Matteo", "Davide", "Stefano", "Giuseppe", "Antonio", "Nicola", "Vito", "Michele", "Paolo", "Simone", "Fabio", "Emanuele", "Niccolò", "Domenico", "Giorgio", "Enrico"}
	elder = map[string][]string{"F": {"Maria", "Carmela", "Rosa", "Luisa", "Graziella", "Nunzia"}, "M": {"Gaetano", "Pasquale", "Luigi", "Renato", "Vincenzo", "Aldo"}}
	lasts = []string{"Amoruso", "Barbieri", "Bellomo", "Bianco", "Bonfiglio", "Caputo", "Carbonara", "Cassano", "Castellani", "Cavalli", "Colella", "Costantini", "D'Alessio", "De Benedictis", "De Santis",
		"Dell'Acqua", "Di Bari", "Donati", "Fabbri", "Ferraro", "Fontana", "Gallo", "Gatti", "Giordano", "Grassi", "Guerra", "Lomuscio", "Lorusso", "Maggi", "Mancini", "Marchetti", "Marino", "Martinelli", "Mazzoni",
		"Monti", "Moretti", "Nardelli", "Orlando", "Pagano", "Palumbo", "Parisi", "Pellegrini", "Piras", "Quarta", "Rinaldi", "Rizzo", "Ruggeri", "Santoro", "Sartori", "Serra", "Tedesco", "Testa", "Traversa", "Valente", "Villa", "Zanetti"}
	employers = []string{"Officine Meccaniche Riunite S.p.A.", "Azienda Ospedaliera Policlinico", "Istituto Comprensivo Statale", "Supermercati Buona Spesa S.r.l.", "Trasporti Adriatica S.p.A.",
		"Logistica Due Mari S.r.l.", "Comune di {city}", "Pastificio Sant'Elia S.p.A.", "Studio Notarile Associato", "Tessitura Valle Verde S.r.l.", "Informatica Nord Est S.r.l.", "Cooperativa Servizi Sociali"}
	trades = []string{"Impianti elettrici", "Studio di architettura", "Bar pasticceria", "Autofficina", "Consulenza informatica", "Parrucchiera"}
)

// human is somebody of the demonstration; the id is there once the agency knows them.
type human struct {
	data  subjects.Data
	birth municipality
	id    ident.SubjectID
	risk  string
}

// name is how a document names somebody.
func (h *human) name() string { return h.data.FirstName + " " + h.data.LastName }

// cast invents people for one file. day decides their ages; names are an agency's, so that nobody is taken for somebody else.
type cast struct {
	rng   *rand.Rand
	day   calendar.Date
	towns []municipality
	names *[]string
}

// last gives a last name that nobody else in the agency has.
func (c cast) last() string {
	name := (*c.names)[0]
	*c.names = append((*c.names)[1:], name)
	return name
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// between is a whole number of a closed range.
func between(rng *rand.Rand, low, high int) int { return low + rng.IntN(high-low+1) }

// person invents somebody born in Italy of an age.
func (c cast) person(last, sex string, youngest, oldest int) *human {
	names := map[string][]string{"F": women, "M": men}[sex]
	if youngest >= 62 {
		names = elder[sex]
	}
	birth := pick(c.rng, c.towns)
	if c.rng.IntN(3) == 0 {
		birth = pick(c.rng, birthplaces)
	}
	h := &human{birth: birth, risk: "low", data: subjects.Data{Kind: "natural", FirstName: pick(c.rng, names), LastName: last, Sex: sex, Citizenship: "IT", MaritalStatus: "single",
		BirthDate: c.born(youngest, oldest), BirthPlace: birth.name + " (" + birth.province + ")"}}
	return c.settled(h)
}

// foreigner invents somebody born outside the European Union.
func (c cast) foreigner(sex string) *human {
	from := pick(c.rng, origins)
	first := map[string][]string{"F": from.women, "M": from.men}[sex]
	h := &human{birth: municipality{name: from.city, province: "EE", code: from.code}, risk: "medium", data: subjects.Data{Kind: "natural", FirstName: pick(c.rng, first), LastName: pick(c.rng, from.last),
		Sex: sex, Citizenship: from.citizenship, MaritalStatus: "married", BirthDate: c.born(29, 48), BirthPlace: from.city + " (" + from.country + ")"}}
	return c.settled(h)
}

func (c cast) born(youngest, oldest int) calendar.Date {
	years := between(c.rng, youngest, oldest)
	return c.day.AddMonths(-12 * years).AddDays(-between(c.rng, 1, 360))
}

// settled gives a person codice fiscale, address, telephone, e-mail and IBAN.
func (c cast) settled(h *human) *human {
	d := &h.data
	code := subjects.ComputeTaxCode(d.LastName, d.FirstName, d.BirthDate, d.Sex, h.birth.code)
	d.TaxCode = &code
	d.Addresses = []subjects.Address{c.residence()}
	d.Phone = fmt.Sprintf("+39 3%02d %07d", between(c.rng, 20, 99), c.rng.IntN(10_000_000))
	d.Email = mailbox(d.FirstName, d.LastName, "posta.example")
	d.IBAN = demoIBAN(c.rng)
	return h
}

func (c cast) residence() subjects.Address {
	m := pick(c.rng, c.towns)
	return subjects.Address{Kind: "residence", Street: c.street(m), City: m.name, Province: m.province, PostalCode: m.postal, Country: "IT"}
}

func (c cast) street(m municipality) string {
	return fmt.Sprintf("%s %d", pick(c.rng, m.streets), between(c.rng, 1, 180))
}

// mailbox is somebody's address: letters only, in lower case.
func mailbox(first, last, domain string) string {
	plain := strings.NewReplacer("à", "a", "á", "a", "è", "e", "é", "e", "ì", "i", "í", "i", "ò", "o", "ó", "o", "ù", "u", "'", "", " ", "")
	return plain.Replace(strings.ToLower(first)) + "." + plain.Replace(strings.ToLower(last)) + "@" + domain
}

// demoIBAN makes a valid IBAN of a bank that does not exist: the check letter and digits are found by trying.
func demoIBAN(rng *rand.Rand) string {
	account := fmt.Sprintf("99999%05d%012d", rng.IntN(100_000), rng.IntN(1_000_000_000))
	for check := 2; check <= 98; check++ {
		for cin := 'A'; cin <= 'Z'; cin++ {
			if iban, err := subjects.IBAN(fmt.Sprintf("IT%02d%c%s", check, cin, account)); err == nil {
				return iban
			}
		}
	}
	return ""
}

// employee, selfEmployed and pensioner say what somebody lives of.
func (c cast) employee(h *human) *human {
	contract := "permanent"
	if c.rng.IntN(8) == 0 {
		contract = "fixed_term"
	}
	employer := strings.ReplaceAll(pick(c.rng, employers), "{city}", h.data.Addresses[0].City)
	h.data.Employments = []subjects.Employment{{Kind: "employee", Employer: employer, Since: c.day.AddMonths(-between(c.rng, 14, 160)), Contract: contract}}
	return h
}

func (c cast) selfEmployed(h *human) *human {
	vat := demoVAT(c.rng)
	h.data.VATNumber = &vat
	h.data.Employments = []subjects.Employment{{Kind: "self_employed", Employer: pick(c.rng, trades) + " " + h.data.LastName, Since: c.day.AddMonths(-between(c.rng, 40, 200))}}
	return h
}

func (c cast) pensioner(h *human) *human {
	h.data.Employments = []subjects.Employment{{Kind: "pensioner", Employer: "INPS", Since: c.day.AddMonths(-between(c.rng, 8, 90))}}
	return h
}

// demoVAT makes a valid partita IVA.
func demoVAT(rng *rand.Rand) string {
	first := fmt.Sprintf("099%07d", rng.IntN(10_000_000))
	for check := range 10 {
		if code, err := subjects.VATNumber(fmt.Sprintf("%s%d", first, check)); err == nil {
			return code
		}
	}
	return ""
}

// earns sets a person's net monthly income, in whole euros.
func (h *human) earns(cents int64) {
	kind := map[string]string{"employee": "salary", "self_employed": "self_employment", "pensioner": "pension"}[h.data.Employments[0].Kind]
	h.data.Incomes = []subjects.Income{{Kind: kind, Source: h.data.Employments[0].Employer, NetMonthlyCents: cents / 100 * 100}}
}

// net is what somebody has a month.
func (h *human) net() (cents int64) {
	for _, i := range h.data.Incomes {
		cents += i.NetMonthlyCents
	}
	return cents
}

// owes gives a person a running loan and returns its instalment.
func (c cast) owes(h *human) int64 {
	cents := int64(between(c.rng, 9, 24)) * 10_00
	months := between(c.rng, 8, 40)
	h.data.Liabilities = []subjects.Liability{{Kind: "personal_loan", Lender: pick(c.rng, []string{"Credito Pronto", "Finrata", "Auto Rate"}), MonthlyCents: cents, ResidualCents: cents * int64(months), EndsOn: c.day.AddMonths(months)}}
	return cents
}

// dwelling invents a home with its cadastral data; the price is by its size and town.
func (c cast) dwelling() properties.Data {
	m := pick(c.rng, c.towns)
	area := between(c.rng, 55, 125)
	price := int64(area*m.price*between(c.rng, 88, 115)/100/1000) * 1000_00
	return properties.Data{Kind: "apartment", Address: properties.Address{Street: c.street(m), City: m.name, Province: m.province, PostalCode: m.postal},
		Cadastral:  properties.Cadastral{Sheet: fmt.Sprint(between(c.rng, 2, 140)), Parcel: fmt.Sprint(between(c.rng, 10, 1900)), Subunit: fmt.Sprint(between(c.rng, 1, 60)), Category: pick(c.rng, []string{"A/2", "A/3", "A/3", "A/4"})},
		PriceCents: &price, AreaSqm: &area, EnergyClass: pick(c.rng, []string{"A2", "B", "C", "D", "E", "F", "G"})}
}

// garage is an annex of a home.
func (c cast) garage(home properties.Data) properties.Data {
	area := between(c.rng, 14, 28)
	price := int64(area) * 900_00
	g := properties.Data{Kind: "garage", Address: home.Address, Cadastral: home.Cadastral, PriceCents: &price, AreaSqm: &area}
	g.Cadastral.Subunit, g.Cadastral.Category = fmt.Sprint(between(c.rng, 61, 99)), "C/6"
	return g
}

// italianDay is how a document writes a day.
func italianDay(d calendar.Date) string { return d.Time().Format("02/01/2006") }

// euros is how a document writes an amount.
func euros(cents int64) string {
	whole := fmt.Sprint(cents / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return fmt.Sprintf("%s,%02d €", whole, cents%100)
}

// monthOf names a month as payslips do.
func monthOf(d calendar.Date) string {
	names := []string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}
	t := d.Time()
	return fmt.Sprintf("%s %d", names[t.Month()-time.January], t.Year())
}
