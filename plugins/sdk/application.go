package sdk

import "time"

// Application is a file as a lender is sent it. Money in cents, ratios and rates in basis points. The JSON names are those of
// the platform.
type Application struct {
	Reference       string     `json:"reference,omitempty"` // the lender's own, once it has given one
	File            string     `json:"file"`                // the broker's number
	Purpose         string     `json:"purpose"`
	ProductKind     string     `json:"product_kind"`
	RateKind        string     `json:"rate_kind"`
	AmountCents     int64      `json:"amount_cents"`
	TermMonths      int        `json:"term_months"`
	NominalRateBPS  int        `json:"nominal_rate_bps"`
	InstalmentCents int64      `json:"instalment_cents"`
	ValueCents      int64      `json:"value_cents"`
	LTVBPS          int        `json:"ltv_bps"`
	DTIBPS          int        `json:"dti_bps"`
	Parties         []Party    `json:"parties"`
	Properties      []Property `json:"properties"`
	Documents       []Document `json:"documents"`

	AcceptsCounterOffer bool `json:"accepts_counter_offer,omitempty"` // rather than refuse, the lender may say what it would lend instead
}

// Party is a person or company of the file.
type Party struct {
	Role            string `json:"role"`
	FirstName       string `json:"first_name"`
	LastName        string `json:"last_name"`
	CompanyName     string `json:"company_name,omitempty"`
	TaxCode         string `json:"tax_code"`
	Employment      string `json:"employment"`
	NetMonthlyCents int64  `json:"net_monthly_cents"`
	DebtsCents      int64  `json:"debts_cents"` // a month
}

// Property is a property of the file.
type Property struct {
	Purpose    string `json:"purpose"`
	Address    string `json:"address"`
	ValueCents int64  `json:"value_cents"`
}

// Document names an accepted document by the digest of its content, in lower-case hex.
type Document struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
}

// Receipt is what a lender answers to an application: its own reference, never empty.
type Receipt struct {
	Reference string `json:"reference"`
}

// News are all steps of a lender so far. Final: nothing more will come.
type News struct {
	Final  bool    `json:"final"`
	Events []Event `json:"events"`
}

// Event is one step of a lender, under the lender's own id, which must be stable. Type is one of acknowledged, info_requested,
// income_approved, property_checks, approved, counter_offer, offer, rejected and bounced; ReasonCode one of income, ltv,
// credit_history, property, documents and other. A counter-offer says amount, rate and term, and has one item of
// kind counter_offer, which is answered by a choice.
type Event struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	Items      []Item     `json:"items,omitempty"`
	RateBPS    *int       `json:"rate_bps,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"`
	ReasonCode string     `json:"reason_code,omitempty"`
	Note       string     `json:"note,omitempty"`

	AmountCents *int64 `json:"amount_cents,omitempty"`
	TermMonths  *int   `json:"term_months,omitempty"`
}

// Item is something a lender asks for.
type Item struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// RequestAnswer says which item of which application a document answers. A counter-offer is answered by a choice, "accept" or
// "decline", without content.
type RequestAnswer struct {
	Reference string `json:"reference"`
	ItemID    string `json:"item_id"`
	Kind      string `json:"kind"`
	Choice    string `json:"choice,omitempty"`
}

// Withdrawal takes an application back.
type Withdrawal struct {
	Reference  string `json:"reference"`
	ReasonCode string `json:"reason_code,omitempty"`
}

// NewDocument is a document of an application that is with the lender. SHA256 is that of its content, in lower-case hex.
type NewDocument struct {
	Reference string `json:"reference"`
	Kind      string `json:"kind"`
	SHA256    string `json:"sha256"`
	FileName  string `json:"file_name"`
	MediaType string `json:"media_type"`
}

// Product is what a lender offers. Zero is no bound.
type Product struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	ProductKind    string   `json:"product_kind"`
	RateKind       string   `json:"rate_kind"`
	NominalRateBPS int      `json:"nominal_rate_bps"`
	AmountMinCents int64    `json:"amount_min_cents"`
	AmountMaxCents int64    `json:"amount_max_cents"`
	LTVMaxBPS      int      `json:"ltv_max_bps"`
	TermsMonths    []int    `json:"terms_months"`
	Purposes       []string `json:"purposes"`
}

// PreCheck is what a lender would say of a file. It binds nobody.
type PreCheck struct {
	Feasible          bool      `json:"feasible"`
	ReasonCodes       []string  `json:"reason_codes"`     // as of Event
	AmountMaxCents    int64     `json:"amount_max_cents"` // up to how much would be feasible; zero: not said
	IndicativeRateBPS int       `json:"indicative_rate_bps"`
	ValidUntil        time.Time `json:"valid_until"`
	Note              string    `json:"note"`
}

// Message is what a lender or a broker wrote about a file, under the lender's own stable id. From is "lender" or "broker".
type Message struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Text string    `json:"text"`
}
