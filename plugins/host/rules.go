package host

import (
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	contextAtMost  = 16 << 10 // bytes a connector has kept for it between calls
	evidenceAtMost = 4 << 20
	textAtMost     = 16 << 10 // of a text no rule is about
	linesAtMost    = 10_000   // of a list: what is longer comes in pages
)

// rule is what the platform builds on in a field of an answer. An error does not quote it.
type rule struct {
	needed bool // it must be there, and hold
	holds  func(value []byte) error
}

// rules are all there are. Read only.
var rules = map[protoreflect.FullName]rule{
	"connector.v1.Receipt.reference":                 {true, key},
	"connector.v1.BankEvent.id":                      {true, key},
	"connector.v1.BankEvent.type":                    {true, code},
	"connector.v1.BankEvent.reason_code":             {false, code},
	"connector.v1.BankItem.id":                       {true, key},
	"connector.v1.BankItem.kind":                     {true, code},
	"connector.v1.PortalMessage.id":                  {true, key},
	"connector.v1.Product.id":                        {true, key},
	"connector.v1.PreCheck.reason_codes":             {false, code},
	"connector.v1.Institution.id":                    {true, key},
	"connector.v1.ConsentSet.consents":               {needed: true},
	"connector.v1.ConsentSet.context":                {false, atMost(contextAtMost)},
	"connector.v1.Consent.external_ref":              {true, key},
	"connector.v1.Consent.status":                    {true, oneOf("requested", "valid", "expired", "revoked", "rejected")},
	"connector.v1.Consent.valid_until":               {false, day},
	"connector.v1.Account.id":                        {true, key},
	"connector.v1.Balance.date":                      {false, day},
	"connector.v1.Transaction.id":                    {true, key},
	"connector.v1.Transaction.booked_on":             {true, day},
	"connector.v1.Transaction.value_on":              {false, day},
	"connector.v1.VerificationStart.context":         {false, atMost(contextAtMost)},
	"connector.v1.Verification.level":                {true, oneOf("low", "substantial", "high")},
	"connector.v1.Verification.tax_code":             {true, key},
	"connector.v1.Verification.birth_date":           {false, day},
	"connector.v1.Verification.context":              {false, atMost(contextAtMost)},
	"connector.v1.Evidence.media_type":               {true, key},
	"connector.v1.Evidence.content":                  {true, atMost(evidenceAtMost)},
	"connector.v1.Report.reference":                  {true, key},
	"connector.v1.Facility.kind":                     {true, code},
	"connector.v1.Facility.status":                   {true, code},
	"connector.v1.Figure.name":                       {true, code},
	"connector.v1.Recurring.kind":                    {true, code},
	"connector.v1.HandleCallbackResponse.references": {false, key},
}

// key is what the other side calls something.
func key(id []byte) error {
	if n := len(id); n == 0 || n > referenceAtMost {
		return errors.New("something has no id, or one that is too long")
	}
	return nil
}

func code(s []byte) error {
	if !isWord(s) {
		return errors.New("a code is no code")
	}
	return nil
}

func day(s []byte) error {
	if _, err := time.Parse(time.DateOnly, string(s)); err != nil {
		return errors.New("a day is not written YYYY-MM-DD")
	}
	return nil
}

func atMost(bytes int) func([]byte) error {
	return func(s []byte) error {
		if len(s) == 0 || len(s) > bytes {
			return errors.New("something is empty or too long")
		}
		return nil
	}
}

func oneOf(words ...string) func([]byte) error {
	return func(s []byte) error {
		if !slices.Contains(words, string(s)) {
			return errors.New("a state is none of those there are")
		}
		return nil
	}
}

// isWord tells a code a connector may give: letters, digits, dots and underscores, nothing that could carry a person's name
// or a sentence.
func isWord[T string | []byte](s T) bool {
	if len(s) == 0 || len(s) > 64 || s[0] == '_' || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}
