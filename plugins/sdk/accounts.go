package sdk

// Institution is a bank that can be reached.
type Institution struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	BIC     string `json:"bic"`
	Country string `json:"country"`
}

// ConsentOrder is what a person is asked to agree to. Days are "YYYY-MM-DD".
type ConsentOrder struct {
	Institution  string   `json:"institution"`   // empty where the connection leads to one bank
	ValidUntil   string   `json:"valid_until"`   // the last day, at most 180 ahead
	ReadsPerDay  int      `json:"reads_per_day"` // unattended, at most 4
	IBANs        []string `json:"ibans"`         // none: all the person chooses at the bank
	ReturnURL    string   `json:"return_url"`    // where the bank sends the person back to; it carries the platform's single-use state
	PreferredWay string   `json:"preferred_way"` // "redirect" or "decoupled"
	UserID       string   `json:"user_id"`       // how the bank knows the person, where the way needs it
}

// ConsentSet is all that one order came to at the bank. Context is what the connector needs to go on: the platform keeps it, sealed, and
// gives it back. At most 16 KiB.
type ConsentSet struct {
	Consents []Consent `json:"consents"`
	Context  []byte    `json:"context"`
}

// Consent is one of a set. Status is requested, valid, expired, revoked or rejected.
type Consent struct {
	ExternalRef string   `json:"external_ref"`
	Status      string   `json:"status"`
	ValidUntil  string   `json:"valid_until"`
	IBANs       []string `json:"ibans"`
}

// StartedConsent is a set that was started before.
type StartedConsent struct {
	ExternalRefs []string `json:"external_refs"`
	Context      []byte   `json:"context"`
}

// Account is an account that a consent opens.
type Account struct {
	ID          string `json:"id"`           // the bank's own, for the other calls
	ExternalRef string `json:"external_ref"` // of the consent that opens it
	IBAN        string `json:"iban"`
	Currency    string `json:"currency"`
	Name        string `json:"name"`
	Type        string `json:"type"` // ISO 20022 cash account type: CACC, SVGS, CARD, LOAN …
	OwnerName   string `json:"owner_name"`
}

// Balance is a balance of an account on a day. Type is closingBooked, expected, interimAvailable …
type Balance struct {
	Type        string `json:"type"`
	AmountCents int64  `json:"amount_cents"`
	Currency    string `json:"currency"`
	Date        string `json:"date"`
}

// TransactionQuestion asks for a page of booked transactions between two days, both included. Page is NextPage of the one before.
type TransactionQuestion struct {
	AccountID string `json:"account_id"`
	From      string `json:"from"`
	To        string `json:"to"`
	Page      string `json:"page"`
}

// TransactionPage is a page; without NextPage the last.
type TransactionPage struct {
	Transactions []Transaction `json:"transactions"`
	NextPage     string        `json:"next_page"`
}

// Transaction is a booked movement. Below zero: out of the account.
type Transaction struct {
	ID               string `json:"id"` // stable over reads
	BookedOn         string `json:"booked_on"`
	ValueOn          string `json:"value_on"`
	AmountCents      int64  `json:"amount_cents"`
	Currency         string `json:"currency"`
	Counterparty     string `json:"counterparty"`
	CounterpartyIBAN string `json:"counterparty_iban"`
	Text             string `json:"text"`
	BankCode         string `json:"bank_code"`         // ISO 20022, such as PMNT-RCDT-SALA
	ProprietaryCode  string `json:"proprietary_code"`  // the bank's own
	MerchantCategory string `json:"merchant_category"` // ISO 18245
}

// AnalysisOrder is a period of a person's accounts, both days included.
type AnalysisOrder struct {
	Accounts []AnalysedAccount `json:"accounts"`
	From     string            `json:"from"`
	To       string            `json:"to"`
}

// AnalysedAccount is an account with what was fetched. ShareBPS is the person's part of a joint one; 10000 where it is theirs alone.
type AnalysedAccount struct {
	Account      Account       `json:"account"`
	ShareBPS     int           `json:"share_bps"`
	Balances     []Balance     `json:"balances"`
	Transactions []Transaction `json:"transactions"`
}

// CashFlow is what an analysis found.
type CashFlow struct {
	Figures   []Figure    `json:"figures"`
	Recurring []Recurring `json:"recurring"`
}

// Figure is a figure under a stable name that tells its unit ("monthly_income_cents"), with the rule that drew it and the transactions behind it.
type Figure struct {
	Name         string   `json:"name"`
	Value        int64    `json:"value"`
	Rule         string   `json:"rule"`
	Transactions []string `json:"transactions"`
}

// Recurring is a payment that comes again: salary, rent, mortgage … MonthlyCents is the usual amount of a month; below zero: paid.
type Recurring struct {
	Kind         string   `json:"kind"`
	Counterparty string   `json:"counterparty"`
	MonthlyCents int64    `json:"monthly_cents"`
	MonthsSeen   int      `json:"months_seen"`
	LastOn       string   `json:"last_on"`
	Rule         string   `json:"rule"`
	Transactions []string `json:"transactions"`
}
