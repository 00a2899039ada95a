package mockbank

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"
)

// Person is a customer of a bank, who is invented. Their id is the PSU-ID.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Accounts []Account `json:"accounts"`
}

// Account is a person's account. Its balance is what it opened with, and all that is booked.
type Account struct {
	IBAN         string        `json:"iban"`
	Currency     string        `json:"currency"` // empty: EUR
	Name         string        `json:"name"`
	Product      string        `json:"product"`
	Type         string        `json:"type"` // ISO 20022 cash account type: CACC, SVGS, …; empty: CACC
	OpeningCents int64         `json:"opening_cents"`
	Transactions []Transaction `json:"transactions"`
}

// Transaction is a movement on an account. Dates are YYYY-MM-DD; what comes in is positive.
type Transaction struct {
	ID               string `json:"id"`     // empty: by account, date and order
	Status           string `json:"status"` // booked, pending or information (a standing order); empty: booked
	Booked           string `json:"booked"`
	Value            string `json:"value"` // empty: as booked
	AmountCents      int64  `json:"amount_cents"`
	Counterparty     string `json:"counterparty"`
	CounterpartyIBAN string `json:"counterparty_iban"`
	Text             string `json:"text"`
	Reference        string `json:"reference"` // structured, of the creditor
	Purpose          string `json:"purpose"`   // ISO 20022 external purpose code: SALA, PENS, RENT, …
	Code             string `json:"code"`      // ISO 20022 bank transaction code: PMNT-RCDT-SALA, …
	OwnCode          string `json:"own_code"`  // the bank's own
	MCC              string `json:"mcc"`       // merchant category code
	Mandate          string `json:"mandate"`
	Payments         int    `json:"payments"` // of a batch
	Day              string `json:"day"`      // of the month, of a standing order
	balance          int64  // after it
}

// ReadPeople reads a JSON file: by bank, such as "aurora", the list of its people with their accounts and transactions. A bank that
// the file does not name keeps its own people.
func ReadPeople(path string) (map[string][]Person, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var people map[string][]Person
	if err := json.Unmarshal(body, &people); err != nil {
		return nil, fmt.Errorf("%s is no file of people: it is {\"aurora\": [{\"id\", \"name\", \"accounts\": […]}]}: %w", path, err)
	}
	return people, nil
}

// settle fills in what may be left out, puts transactions in order and computes the balance after each.
func settle(people []Person) ([]Person, error) {
	out := slices.Clone(people)
	for i := range out {
		out[i].Accounts = slices.Clone(out[i].Accounts)
		for j := range out[i].Accounts {
			if err := out[i].Accounts[j].settle(); err != nil {
				return nil, fmt.Errorf("%s: %w", out[i].ID, err)
			}
		}
	}
	return out, nil
}

func (a *Account) settle() error {
	a.Currency, a.Type = cmp.Or(a.Currency, "EUR"), cmp.Or(a.Type, "CACC")
	a.Transactions = slices.Clone(a.Transactions)
	slices.SortStableFunc(a.Transactions, func(x, y Transaction) int { return cmp.Compare(x.Booked, y.Booked) })
	balance := a.OpeningCents
	for i := range a.Transactions {
		t := &a.Transactions[i]
		t.Status, t.Value = cmp.Or(t.Status, "booked"), cmp.Or(t.Value, t.Booked)
		if t.ID == "" {
			t.ID = fmt.Sprintf("%s-%s-%d", a.IBAN[len(a.IBAN)-6:], t.Booked, i)
		}
		if _, err := time.Parse(time.DateOnly, t.Booked); err != nil {
			return fmt.Errorf("a transaction is booked on %q, which is no date", t.Booked)
		}
		if t.Status == "booked" {
			balance += t.AmountCents
		}
		t.balance = balance
	}
	return nil
}
