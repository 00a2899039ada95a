package history

// The words of statements, collected apart from the rules' tables: as people, employers and banks write them, also in ways that say
// little. Each list is split in two halves (every other entry), so that what the rules were tuned on and what they are measured on
// share no text.

var employers = []string{
	"Meccanica Brambilla S.r.l.", "ACME LOGISTICA SPA", "Officine Galvani Srl", "COOPERATIVA SOCIALE IL GIRASOLE", "Comune di Modena", "TRASPORTI FERRUCCI SNC", "Ospedale San Raffaele srl", "ISTITUTO COMPRENSIVO MANZONI",
	"Esselunga S.p.A.", "CONAD NORD OVEST SOC COOP", "Luxottica Group", "FERRERO SPA", "Studio Legale Bernini", "STUDIO DENTISTICO MARCHETTI", "Pastificio Rana", "MANIFATTURE DEL PIAVE", "Hotel Miramonti di G. Neri & C. sas", "RISTORANTE DA PEPPINO",
	"Adecco Italia Spa", "RANDSTAD ITALIA SPA", "Poste Italiane Spa", "TRENITALIA", "Azienda USL Romagna", "ASL ROMA 2", "Universita degli Studi di Padova", "MINISTERO DELL ECONOMIA E DELLE FINANZE", "Accenture Services Italy", "REPLY SPA", "Vivai Fratelli Lorenzi", "EDIL 2000 DI COSTA MARIO",
	"Calzaturificio Elisa", "TIPOGRAFIA MODERNA SRL", "Farmacia Dott. Sandri", "AUTOSCUOLA EUROPA", "Arma dei Carabinieri CNA", "NOI PA", "Bar Centrale di Fumagalli", "PARRUCCHIERI LOOK", "Zanussi Elettromeccanica", "GRUPPO VERITAS PULIZIE",
}

// %m month name, %M month/year, %y year, %n a number
var salaryTexts = []string{
	"STIPENDIO %m %y", "Stipendio mese di %m", "EMOLUMENTI %M", "Emolumenti mese %m", "RETRIBUZIONE %m", "Retrib. %M", "ACCREDITO COMPETENZE %m %y", "COMPETENZE MESE %M", "PAGAMENTO STIPENDI %M", "STIPENDI %m", "Salario %m", "SALARIO MESE %M",
	"Saldo cedolino %m", "CEDOLINO %M DIP. %n", "Busta paga %m %y", "BUSTA PAGA N. %n", "NETTO A PAGARE %M", "NETTO BUSTA %m", "MENSILITA' DI %m", "Mensilita %M", "accr. stip. %m", "STIP. %M", "pagamento mese %m", "%m %y", "Paga %m", "PAGA MESE %m", "COD DIP %n %M", "dipendente %n", "Vs. spettanze %m", "SPETTANZE %M",
}
var thirteenthTexts = []string{"TREDICESIMA %y", "Tredicesima mensilita", "13MA MENSILITA %y", "13a mensilità", "GRATIFICA NATALIZIA", "gratifica natalizia %y", "mensilita aggiuntiva dicembre", "Mens. aggiuntiva %y", "STIPENDIO 13 %y", "stipendio dicembre 2"}
var fourteenthTexts = []string{"QUATTORDICESIMA %y", "Quattordicesima mensilità", "14MA %y", "14a MENSILITA", "premio ferie %y", "MENS. AGGIUNTIVA LUGLIO", "STIPENDIO 14", "stipendio 14ma %y"}
var pensionTexts = []string{"PENSIONE INPS %M", "Pensione %m INPS CAT VO %n", "INPS PENSIONI RATEO %m", "Rateo pensione %M", "PENS. CAT. VO N. %n", "PENS. %m %y CAT SO", "INPS CAT IO %n %m", "CAT VOART %n %M", "ACCREDITO PENSIONE %m", "accr. pensione %M"}
var benefitTexts = []string{"ASSEGNO UNICO %m", "ASSEGNO UNICO UNIVERSALE %M", "AUU %M", "INPS AUU MENSILE", "Assegno unico figli %M", "ASS. UNICO UNIVERSALE %m", "INPS NASPI %m", "NASpI %M PROT %n", "INDENNITA NASPI %m", "Prestazione NASPI n. %n"}
var invoiceTexts = []string{"SALDO FATTURA N. %n", "Saldo fatt. %n/%y", "PAGAMENTO FT %n", "FT N. %n DEL %M", "Fattura %n", "fatt %n acconto", "PARCELLA N %n", "Avviso parcella %n/%y", "COMPENSO %m", "compensi professionali %M", "Onorario pratica %n", "ONORARI %m", "nostro dare %n", "RIF. ORDINE %n"}
var clients = []string{"Rossetti Impianti srl", "STUDIO TECNICO ARENA", "Immobiliare Ponte Vecchio", "CANTINE DEL GARDA SOC AGR", "Condominio Via Manin 4", "GIULIA FERRANTE", "Elettronica Veneta spa", "MOBILIFICIO SALA", "Associazione Culturale Aurora", "PANIFICIO GRECO SNC", "Marco Testori", "LABORATORI RIUNITI SRL"}

var firstNames = []string{"Giulia", "Marco", "Anna", "Luca", "Francesca", "Paolo", "Elena", "Andrea", "Chiara", "Davide", "Sara", "Matteo", "Laura", "Simone", "Vittoria", "Stefano", "Irene", "Giorgio", "Marta", "Fabio", "Conte", "Alessia"}
var lastNames = []string{"Rossi", "Bianchi", "Esposito", "Romano", "Ricci", "Marino", "Greco", "Conti", "Costa", "Mancini", "Rizzo", "Lombardi", "Barbieri", "Moretti", "Fontana", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo", "Gatti", "Snaidero", "Paganini", "De Luca", "D'Angelo", "Bettini", "Casini"}

var rentTexts = []string{"AFFITTO %m", "affitto %M", "Affitto casa %m %y", "canone locazione %m", "CANONE DI LOCAZIONE %M", "Locazione appartamento %m", "PIGIONE %m", "pigione mese di %m", "canone %m via Garibaldi %n", "Canone mese %m", "Fitto %m %y", "FITTO CASA %M", "mensile casa %m", "%m casa", "AFF. %m", "loc. %M", "affito %m", "affitti %m"}
var landlords = []string{"Immobiliare San Marco srl", "ALER MILANO", "Fondazione Case Popolari", "GESTIONI IMMOBILIARI DUE TORRI", "Beni Stabili Residenze", "CASA FACILE SRL"}

var mortgageTexts = []string{"RATA MUTUO N. %n", "Rata mutuo %n scad. %M", "ADDEBITO RATA MUTUO %n/00", "ADD. MUTUO %n", "PAGAMENTO RATA MUTUO", "pagam. rata mutuo ipotecario %n", "MUTUO IPOTECARIO %n RATA %M", "MUTUI: rata %n", "RIMBORSO MUTUO %n", "rimborso mut. %n", "RATA FINANZIAMENTO FONDIARIO %n", "Rata fin. ipotecario %n", "RATA N. %r DI %R MUTUO %n", "Mutuo %n rata %r/%R", "ADDEBITO RATA %r/%R RAPP. %n", "ADDEBITO FINANZIAMENTO CASA %n"}
var mortgageLenders = []string{"", "", "ING Bank NV", "CREDIT AGRICOLE ITALIA", "Banco BPM", "BNL SPA", "", ""}
var loanLenders = []string{"FINDOMESTIC BANCA SPA", "Compass Banca S.p.A.", "AGOS DUCATO S.P.A.", "Santander Consumer Bank", "Younited SA succursale", "FIDITALIA SPA", "COFIDIS", "Prestito BancoPosta", "Volkswagen Bank GmbH", "FCA BANK SPA", "Toyota Financial Services", "MERCEDES-BENZ FINANCIAL", "Credito Cooperativo Valdarno", "BANCA POPOLARE DEL LAZIO", "Consel", "AVVERA SPA", "Sella Personal Credit", "Moneta spa", "Lendium", "CREDIFAST SRL"}
var loanTexts = []string{"RATA PRESTITO %n", "Prestito %n rata %r/%R", "RATA %r DI %R CONTRATTO %n", "CONTRATTO %n RATA %r SU %R", "rimborso rata finanziamento %n", "RATA FINANZ. %n", "Pratica %n", "PRATICA N. %n SCAD. %M", "contratto %n", "CTR %n", "SDD RATA %M", "rata %m"}
var revolvingNames = []string{"AGOS DUCATO SPA", "Findomestic Banca", "Compass Banca", "ADVANZIA BANK", "BARCLAYCARD", "COFIDIS SPA"}
var revolvingTexts = []string{"CARTA REVOLVING %n RATA", "rata carta revolving %M", "RIMBORSO CARTA RATEALE %n", "Carta rateale %m", "LINEA DI CREDITO RATA %M", "linea di credito %n rimborso", "carta attiva rata minima %m", "RATA MINIMA CARTA %n", "utilizzo fido carta %n", "CARTA CREDITO RATEALE"}
var bnplNames = []string{"Klarna Bank AB", "KLARNA", "SCALAPAY S.R.L.", "Scalapay", "PAYPAL *PAGA IN 3 RATE", "PayPal Pay in 3", "Alma SAS", "ONEY BANK", "HeyLight", "PAGOLIGHT", "Clearpay", "PAGODIL COFIDIS", "TreRate", "SPLITTY PAY"}
var leasingNames = []string{"LEASYS ITALIA SPA", "Arval Service Lease Italia", "AYVENS ITALIA", "ALD AUTOMOTIVE", "UNICREDIT LEASING", "Alba Leasing SpA", "UnipolRental", "DRIVALIA LEASE", "Kinto Italia", "Athlon Car Lease"}
var leasingTexts = []string{"CANONE LEASING %n", "canone leasing auto %M", "FATTURA %n CANONE %m", "Noleggio %m contratto %n", "CANONE NOLEGGIO %M", "locazione veicolo %n"}
var cqsTexts = []string{"STIPENDIO %m AL NETTO CESSIONE EUR %a", "Stipendio %m tratt. cess. quinto %a", "RETRIBUZIONE %M TRATTENUTA CQS", "emolumenti %m al netto quinto", "STIP. %M RIT. CESS. V %a", "stipendio %m meno cessione %a"}

type supplier struct {
	name  string
	mcc   string
	every int // months
	from  int // euro
	to    int
}

var lights = []supplier{{"Enel Energia S.p.A.", "4900", 2, 50, 160}, {"SERVIZIO ELETTRICO NAZIONALE", "4900", 2, 40, 120}, {"Eni Plenitude", "4900", 2, 60, 180}, {"A2A ENERGIA SPA", "4900", 2, 50, 150}, {"Sorgenia", "4900", 1, 30, 90}, {"EDISON ENERGIA", "4900", 2, 50, 150}, {"Hera Comm", "4900", 2, 60, 170}, {"IREN MERCATO SPA", "4900", 2, 60, 170}, {"Octopus Energy Italia", "4900", 1, 30, 90}, {"NeN", "4900", 1, 40, 80}, {"Luminora Energia srl", "4900", 2, 50, 140}, {"COOP LUCE E GAS", "4900", 2, 50, 140}, {"Metanopoli Gas", "4900", 2, 40, 200}, {"VALLE UMBRA SERVIZI", "4900", 3, 40, 120}}
var waters = []supplier{{"ACEA ATO2", "4900", 3, 40, 110}, {"SMAT SPA", "4900", 3, 40, 110}, {"Publiacqua", "4900", 3, 40, 110}, {"ACQUEDOTTO PUGLIESE", "4900", 3, 40, 110}, {"Gruppo CAP", "4900", 3, 30, 90}, {"Abbanoa Spa", "4900", 3, 30, 90}, {"AMIACQUE", "4900", 3, 30, 90}, {"Servizi Idrici Val Nure", "4900", 3, 30, 90}}
var phones = []supplier{{"TIM S.p.A.", "4814", 1, 20, 40}, {"VODAFONE ITALIA", "4814", 1, 20, 40}, {"WIND TRE SPA", "4814", 1, 20, 35}, {"Fastweb", "4814", 1, 25, 35}, {"Iliad Italia", "4814", 1, 8, 12}, {"TISCALI ITALIA", "4814", 1, 20, 30}, {"EOLO SPA", "4814", 1, 25, 30}, {"Sky Wifi", "4814", 1, 25, 35}, {"Planetel", "4814", 1, 25, 30}, {"UNIDATA SPA", "4814", 1, 25, 30}}
var subscribed = []supplier{{"NETFLIX.COM", "4899", 1, 6, 18}, {"Spotify AB", "5815", 1, 10, 18}, {"DISNEYPLUS", "4899", 1, 6, 14}, {"Amazon Prime*IT", "5968", 1, 5, 5}, {"DAZN LIMITED", "4899", 1, 30, 45}, {"APPLE.COM/BILL", "5818", 1, 3, 10}, {"Google One", "5818", 1, 2, 10}, {"SKY ITALIA SRL", "4899", 1, 30, 70}, {"Virgin Active Italia", "7997", 1, 50, 90}, {"PALESTRA FITLIFE", "7997", 1, 30, 50}, {"TELEPASS SPA", "4784", 1, 3, 40}, {"Audible", "5815", 1, 10, 10}, {"SAVE THE CHILDREN ITALIA", "", 1, 10, 25}, {"Medici Senza Frontiere", "", 1, 10, 25}, {"Yogando Studio", "", 1, 40, 60}, {"CROSSBOX ASD", "", 1, 40, 60}, {"Chatgpt Subscription", "5734", 1, 20, 23}, {"ADOBE SYSTEMS", "5734", 1, 12, 60}}
var insurers = []supplier{{"UNIPOLSAI ASSICURAZIONI", "6300", 12, 300, 900}, {"Allianz Direct", "6300", 12, 300, 900}, {"GENERALI ITALIA SPA AG. 231", "6300", 6, 200, 500}, {"Prima.it", "6300", 12, 250, 700}, {"ConTe.it", "6300", 12, 250, 700}, {"GENERTEL SPA", "6300", 12, 250, 700}, {"Reale Mutua Ag. Torino", "6300", 6, 200, 500}, {"POSTE VITA", "", 1, 50, 150}, {"AXA ASSICURAZIONI", "6300", 12, 300, 800}, {"Zurich", "6300", 12, 300, 800}, {"Agenzia Bandini sas", "", 12, 300, 800}, {"BROKER ITALIA SNC", "", 12, 300, 800}}
var insuranceTexts = []string{"POLIZZA %n", "Premio polizza auto %n", "QUIETANZA %n", "rinnovo RCA %y", "PREMIO %M", "assicurazione auto", "RC AUTO TARGA FX%nKA", "Pol. %n"}
var billTexts = []string{"BOLLETTA N. %n", "Fattura %n", "FATT. %n SCAD %M", "bolletta luce %m", "FORNITURA %n", "cod. cliente %n", "", "UTENZA %n"}
var condominiums = []string{"Condominio Via Roma 12", "CONDOMINIO LE PALME", "Cond. Giardini", "COND. VIA MAZZINI 8", "Amm. Stabili Geom. Poli", "STUDIO AMMINISTRAZIONI RIVA", "Condominio Parco dei Pini scala B", "SUPERCONDOMINIO AURORA"}
var condominiumTexts = []string{"SPESE CONDOMINIALI RATA %r", "Rata condominio %m", "quota condominiale %M", "QUOTE CONDOMINIO %m", "Acconto spese gestione %y", "RATA %r GESTIONE ORDINARIA", "spese scala B", "int. %n rata %r"}

var bookmakers = []string{"SNAI*RICARICA", "SNAITECH SPA", "Sisal Entertainment", "SISAL.IT", "LOTTOMATICA.IT", "Lottomatica Scommesse", "GOLDBET SRL", "Goldbet", "EUROBET ITALIA", "Eurobet.it", "BET365", "Hillside (New Media Malta)", "PLANETWIN365", "Planetwin", "StarCasino", "STARCASINO.IT", "PokerStars.it", "REEL ITALY LTD", "LeoVegas", "BETFLAG SPA", "888 Italia", "WILLIAM HILL", "Betsson Italy", "SKS365 MALTA", "Admiralbet", "E-PLAY24", "Punto Snai Corso Milano", "SALA SLOT LAS VEGAS", "Bingo Re", "AGENZIA SCOMMESSE CENTRO", "GiocaFacile", "WINNERLAND"}

var shops = []supplier{{"ESSELUNGA", "5411", 0, 15, 120}, {"COOP ALLEANZA 3.0", "5411", 0, 10, 100}, {"CONAD CITY", "5411", 0, 8, 90}, {"LIDL ITALIA", "5411", 0, 10, 80}, {"Eurospin", "5411", 0, 10, 80}, {"CARREFOUR MARKET", "5411", 0, 10, 80}, {"PANIFICIO BOSCO", "5462", 0, 2, 10}, {"Bar Sport", "5812", 0, 1, 12}, {"TABACCHERIA N. 14", "5993", 0, 5, 40}, {"Tabacchi Centrale", "5993", 0, 5, 40}, {"ENI STATION 2231", "5541", 0, 20, 80}, {"Q8 EASY", "5542", 0, 20, 70}, {"IP MATIC", "5542", 0, 20, 70}, {"FARMACIA COMUNALE", "5912", 0, 5, 50}, {"Farmacia Centrale", "5912", 0, 5, 50}, {"IKEA ITALIA", "5712", 0, 20, 300}, {"DECATHLON", "5941", 0, 10, 90}, {"ZARA", "5651", 0, 15, 90}, {"MediaWorld", "5732", 0, 15, 400}, {"AMZN MKTP IT", "5942", 0, 8, 90}, {"Amazon.it", "5942", 0, 8, 90}, {"PIZZERIA BELLA NAPOLI", "5812", 0, 15, 60}, {"RISTORANTE LA CASA DEL MUTUO SOCCORSO", "5812", 0, 20, 70}, {"Libreria Feltrinelli", "5942", 0, 8, 50}, {"TRENITALIA", "4112", 0, 5, 80}, {"ATM MILANO", "4111", 0, 2, 40}, {"Glovo", "5814", 0, 10, 40}, {"JUST EAT", "5814", 0, 10, 40}, {"H&M", "5651", 0, 10, 60}, {"LEROY MERLIN", "5200", 0, 10, 200}, {"Parrucchiera Stile", "7230", 0, 15, 70}, {"VINTED", "5691", 0, 5, 50}, {"Cinema Odeon", "7832", 0, 7, 30}, {"TIGOTA", "5977", 0, 5, 30}}
var chatter = []string{"cena sabato", "regalo Marta", "rimborso spesa", "pizza", "benzina", "grazie", "quota calcetto", "viaggio Praga", "prestito Luca restituzione", "affitto casa vacanze acconto", "bolletta divisa", "regalo di nozze", "spesa casa", "per il mutuo ti rido tutto", "libri scuola", "asilo mensa", "lezioni ripetizioni", "caparra", "paghetta", "biglietti concerto"}

var months = []string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}
