package cashflow

// Input is what is known of a person's money.
type Input struct {
	From     string    `json:"from,omitempty"`    // the first day that was asked for; "" is the first day of the movements
	AsOf     string    `json:"as_of,omitempty"`   // the day of the analysis; "" is the last day of the movements
	Holders  []string  `json:"holders,omitempty"` // the person's names: money from and to them is no income and no cost
	Accounts []Account `json:"accounts"`
}

// Account is one account with its movements.
type Account struct {
	ID           string        `json:"id"`
	IBAN         string        `json:"iban,omitempty"`
	Currency     string        `json:"currency,omitempty"`      // "" is EUR; others are set aside
	ShareBPS     int           `json:"share_bps,omitempty"`     // how much of it is the person's; 0 is all, a joint account of two is 5000
	BalanceCents *int64        `json:"balance_cents,omitempty"` // booked at the end of BalanceDay; nil: nobody said
	BalanceDay   string        `json:"balance_day,omitempty"`   // "" is the last day of the account's movements
	Transactions []Transaction `json:"transactions"`
}

// Transaction is one booked movement. Any field may be empty but the amount; without a day it is set aside, with a note.
type Transaction struct {
	ID               string `json:"id,omitempty"` // "" is named by a digest of its content
	BookingDay       string `json:"booking_day,omitempty"`
	ValueDay         string `json:"value_day,omitempty"`
	AmountCents      int64  `json:"amount_cents"` // negative: money that left
	Currency         string `json:"currency,omitempty"`
	CounterpartyName string `json:"counterparty_name,omitempty"`
	CounterpartyIBAN string `json:"counterparty_iban,omitempty"`
	Remittance       string `json:"remittance,omitempty"`
	BankCode         string `json:"bank_code,omitempty"`        // ISO 20022, such as PMNT-RCDT-SALA
	ProprietaryCode  string `json:"proprietary_code,omitempty"` // the bank's own; in Italy mostly the ABI causale, such as 27
	MCC              string `json:"mcc,omitempty"`              // merchant category code of a card payment
}
