package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// amount is money as the framework writes it: "-1.50", "1056".
type amount struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

var decimal = regexp.MustCompile(`^(-?)([0-9]{1,14})(?:\.([0-9]{1,3}))?$`)

// cents is the amount in hundredths. A thousandth that is not nought has no place in the platform.
func (a amount) cents() (int64, error) {
	m := decimal.FindStringSubmatch(a.Amount)
	if m == nil || len(a.Currency) != 3 {
		return 0, drift("amount")
	}
	fraction := (m[3] + "000")[:3]
	if fraction[2] != '0' {
		return 0, drift("amount")
	}
	n, err := strconv.ParseInt(m[1]+m[2]+fraction[:2], 10, 64)
	if err != nil {
		return 0, drift("amount")
	}
	return n, nil
}

type account struct {
	IBAN string `json:"iban"`
	BBAN string `json:"bban"`
}

// entry is a booked transaction of the framework, in any of its versions.
type entry struct {
	TransactionID   string          `json:"transactionId"`
	EntryReference  string          `json:"entryReference"`
	BookingDate     string          `json:"bookingDate"`
	ValueDate       string          `json:"valueDate"`
	Amount          amount          `json:"transactionAmount"`
	CreditorName    string          `json:"creditorName"`
	CreditorAccount account         `json:"creditorAccount"`
	UltimateCred    string          `json:"ultimateCreditor"`
	DebtorName      string          `json:"debtorName"`
	DebtorAccount   account         `json:"debtorAccount"`
	UltimateDebtor  string          `json:"ultimateDebtor"`
	Unstructured    string          `json:"remittanceInformationUnstructured"`
	Lines           []string        `json:"remittanceInformationUnstructuredArray"`
	Structured      json.RawMessage `json:"remittanceInformationStructured"` // a text before 1.3.11, then an object
	Additional      string          `json:"additionalInformation"`
	BankCode        string          `json:"bankTransactionCode"`
	OwnCode         string          `json:"proprietaryBankTransactionCode"`
	Category        string          `json:"merchantCategoryCode"`
}

// categoryInText: the framework has the merchant's category for card accounts only, so banks write it into the text.
var categoryInText = regexp.MustCompile(`\bMCC[ :]*([0-9]{4})\b`)

// transaction is the entry in the platform's words. seen counts entries of the page that are alike.
func (e entry) transaction(seen map[string]int) (sdk.Transaction, error) {
	cents, err := e.Amount.cents()
	if err != nil {
		return sdk.Transaction{}, err
	}
	out := sdk.Transaction{BookedOn: first(e.BookingDate, e.ValueDate), ValueOn: e.ValueDate, AmountCents: cents, Currency: e.Amount.Currency, Text: plain(e.text()),
		Counterparty: first(e.CreditorName, e.UltimateCred), CounterpartyIBAN: first(e.CreditorAccount.IBAN, e.CreditorAccount.BBAN),
		BankCode: plain(e.BankCode), ProprietaryCode: plain(e.OwnCode), MerchantCategory: e.Category}
	if cents > 0 {
		out.Counterparty, out.CounterpartyIBAN = first(e.DebtorName, e.UltimateDebtor), first(e.DebtorAccount.IBAN, e.DebtorAccount.BBAN)
	}
	if m := categoryInText.FindStringSubmatch(e.Additional); out.MerchantCategory == "" && m != nil {
		out.MerchantCategory = m[1]
	}
	if !date(out.BookedOn) || out.ValueOn != "" && !date(out.ValueOn) {
		return sdk.Transaction{}, drift("date")
	}
	out.ID = first(e.TransactionID, e.EntryReference)
	if out.ID == "" { // banks may name nothing: then an entry is what it says, and how often that came before
		same := fmt.Sprint(out.BookedOn, out.ValueOn, cents, out.Counterparty, out.CounterpartyIBAN, out.Text)
		seen[same]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", same, seen[same]))
		out.ID = "x-" + hex.EncodeToString(sum[:12])
	}
	return out, nil
}

// text is what was written with a payment: the free lines, else the reference, else what the bank adds.
func (e entry) text() string {
	if e.Unstructured != "" || len(e.Lines) > 0 {
		return first(e.Unstructured, strings.Join(e.Lines, " "))
	}
	return first(e.reference(), e.Additional)
}

func (e entry) reference() string {
	var text string
	if json.Unmarshal(e.Structured, &text) == nil {
		return text
	}
	var structured struct {
		Reference string `json:"reference"`
	}
	_ = json.Unmarshal(e.Structured, &structured) // what is neither says nothing
	return structured.Reference
}

// first is the first text that is not empty, plain.
func first(texts ...string) string {
	for _, t := range texts {
		if t = plain(t); t != "" {
			return t
		}
	}
	return ""
}

// plain takes out what the platform cannot keep: control characters become blanks, and blanks one.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 }), " ")
}

func date(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
