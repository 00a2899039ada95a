package consents

import "github.com/pratica-crm/pratica/core/ident"

// What the protocol calls it (plugins/proto): JSON as connectors are given and give it. Cents come as text.

type order struct {
	Institution string `json:"institution,omitempty"`
	ValidUntil  string `json:"valid_until"`
	ReadsPerDay int    `json:"reads_per_day"`
	ReturnURL   string `json:"return_url"`
	Preferred   string `json:"preferred_way,omitempty"`
}

type set struct {
	Consents []consent `json:"consents"`
	Context  []byte    `json:"context"`
}

type consent struct {
	ExternalRef string   `json:"external_ref"`
	Status      string   `json:"status"`
	ValidUntil  string   `json:"valid_until"`
	IBANs       []string `json:"ibans"`
}

type started struct {
	ExternalRefs []string `json:"external_refs"`
	Context      []byte   `json:"context,omitempty"`
}

// Account is an account of a person at their bank.
type Account struct {
	ID          string `json:"id"`
	ExternalRef string `json:"external_ref,omitempty"`
	IBAN        string `json:"iban"`
	Currency    string `json:"currency"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	OwnerName   string `json:"owner_name"`
}

// Balance is what an account held on a day.
type Balance struct {
	Type        string `json:"type"`
	AmountCents int64  `json:"amount_cents,string"`
	Currency    string `json:"currency"`
	Date        string `json:"date"`
}

// Transaction is a booked movement. Below zero: out of the account.
type Transaction struct {
	ID               string `json:"id"`
	BookedOn         string `json:"booked_on"`
	ValueOn          string `json:"value_on,omitempty"`
	AmountCents      int64  `json:"amount_cents,string"`
	Currency         string `json:"currency"`
	Counterparty     string `json:"counterparty"`
	CounterpartyIBAN string `json:"counterparty_iban,omitempty"`
	Text             string `json:"text"`
	BankCode         string `json:"bank_code,omitempty"`
	ProprietaryCode  string `json:"proprietary_code,omitempty"`
	MerchantCategory string `json:"merchant_category,omitempty"`
}

type page struct {
	Transactions []Transaction `json:"transactions"`
	NextPage     string        `json:"next_page"`
}

type analysed struct {
	Account      Account       `json:"account"`
	ShareBPS     int           `json:"share_bps"`
	Balances     []Balance     `json:"balances"`
	Transactions []Transaction `json:"transactions"`
}

// found is what an analysis answers.
type found struct {
	Figures []struct {
		Name         string   `json:"name"`
		Value        int64    `json:"value,string"`
		Rule         string   `json:"rule"`
		Transactions []string `json:"transactions"`
	} `json:"figures"`
	Recurring []struct {
		Kind         string   `json:"kind"`
		Counterparty string   `json:"counterparty"`
		MonthlyCents int64    `json:"monthly_cents,string"`
		MonthsSeen   int      `json:"months_seen"`
		LastOn       string   `json:"last_on"`
		Rule         string   `json:"rule"`
		Transactions []string `json:"transactions"`
	} `json:"recurring"`
}

// task is all that an operation's row says: the rest is looked up, and opened, when it leaves.
type task struct {
	Read    string `json:"read_id,omitempty"`
	Account int    `json:"account,omitempty"`
	Page    int    `json:"page,omitempty"`
	State   string `json:"state_id,omitempty"` // what a person came back through
	Left    int    `json:"left,omitempty"`     // which of the starts that were left ends, from 1

	// Of an analysis: the reads besides Read, and what its figures will be called.
	Beside []ident.BankReadID `json:"beside,omitempty"`
	Flow   ident.CashFlowID   `json:"flow_id,omitzero"`
}

// reads are those of an analysis. Read has been read before, to prepare the call.
func (t task) reads() []ident.BankReadID {
	var first ident.BankReadID
	_ = first.UnmarshalText([]byte(t.Read))
	return append([]ident.BankReadID{first}, t.Beside...)
}
