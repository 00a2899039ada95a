package mockbank

// Rules are what a bank publishes, and all it decides by. Amounts in cents, ratios and rates in basis points.
type Rules struct {
	Bank           string   `json:"bank"` // its name in paths
	Name           string   `json:"name"`
	Prefix         string   `json:"reference_prefix"`
	MaxLTVBPS      int      `json:"max_ltv_bps"`
	MaxDTIBPS      int      `json:"max_dti_bps"`
	MaxAmountCents int64    `json:"max_amount_cents"`
	MinTermMonths  int      `json:"min_term_months"`
	MaxTermMonths  int      `json:"max_term_months"`
	Asks           []string `json:"asks"`          // kinds of documents it asks for in every case
	Complete       bool     `json:"complete_only"` // bounces what has no party or no property
	RateBPS        int      `json:"rate_bps"`      // up to an LTV of 5000; one more for each further 100 of LTV
	OfferDays      int      `json:"offer_days"`
	// Of its account information.
	Version    string `json:"version"`     // of the Berlin Group's contract
	SCA        string `json:"sca"`         // how people confirm when the client has no preference
	ConsentSet bool   `json:"consent_set"` // one consent for each account
}

// words is how a bank asks for a document: it is an Italian bank.
func words(kind string) string {
	if kind == "bank_statement" {
		return "Vi chiediamo l'estratto conto degli ultimi tre mesi."
	}
	return "Vi chiediamo il documento: " + kind + "."
}

// Banks is the published table.
func Banks() []Rules {
	return []Rules{
		{Bank: "aurora", Name: "Banca Aurora", Prefix: "AUR", MaxLTVBPS: 8000, MaxDTIBPS: 3500, MaxAmountCents: 1_000_000_00,
			MinTermMonths: 60, MaxTermMonths: 360, Asks: []string{}, RateBPS: 320, OfferDays: 30, Version: "1.3.11", SCA: redirectSCA},
		{Bank: "borea", Name: "Banco di Borea", Prefix: "BOR", MaxLTVBPS: 7000, MaxDTIBPS: 3000, MaxAmountCents: 750_000_00,
			MinTermMonths: 60, MaxTermMonths: 300, Asks: []string{"bank_statement"}, RateBPS: 295, OfferDays: 20, Version: "1.3.9", SCA: decoupledSCA},
		{Bank: "cisalpina", Name: "Cassa Cisalpina", Prefix: "CIS", MaxLTVBPS: 6000, MaxDTIBPS: 3300, MaxAmountCents: 500_000_00,
			MinTermMonths: 120, MaxTermMonths: 240, Asks: []string{}, Complete: true, RateBPS: 280, OfferDays: 15, Version: "1.3.6", SCA: redirectSCA, ConsentSet: true},
	}
}
