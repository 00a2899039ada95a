package host

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

const (
	contextAtMost  = 16 << 10 // bytes a connector has kept for it between calls
	evidenceAtMost = 4 << 20
	linesAtMost    = 10_000 // of a list: what is longer comes in pages
)

// check is what the platform builds on in a payload; an error does not quote it. done tells that the call is over.
func check(payload proto.Message, done bool) error {
	switch p := payload.(type) {
	case *pb.Receipt:
		if n := len(p.GetReference()); done && n == 0 || n > referenceAtMost {
			return errors.New("it gives no reference, or one that is too long")
		}
	case *pb.News:
		return each(p.GetEvents(), "event", checkEvent)
	case *pb.ConsentSet:
		if len(p.GetContext()) > contextAtMost || done && len(p.GetConsents()) == 0 {
			return errors.New("it gives no consent, or has too much kept for it")
		}
		return each(p.GetConsents(), "consent", checkConsent)
	case *pb.AccountList:
		return each(p.GetAccounts(), "account", func(a *pb.Account) error { return key(a.GetId()) })
	case *pb.BalanceList:
		return each(p.GetBalances(), "balance", func(b *pb.Balance) error { return day(b.GetDate(), true) })
	case *pb.TransactionPage:
		return each(p.GetTransactions(), "transaction", checkTransaction)
	case *pb.VerificationStart:
		if len(p.GetContext()) > contextAtMost {
			return errors.New("it has too much kept for it")
		}
	case *pb.Verification:
		if len(p.GetContext()) > contextAtMost || done && (!slices.Contains([]string{"low", "substantial", "high"}, p.GetLevel()) || p.GetTaxCode() == "") {
			return errors.New("it verifies nobody, at no known level, or has too much kept for it")
		}
		return day(p.GetBirthDate(), true)
	case *pb.Evidence:
		if n := len(p.GetContent()); n == 0 || n > evidenceAtMost || p.GetMediaType() == "" {
			return errors.New("its evidence is empty or too much")
		}
	case *pb.Report:
		if err := key(p.GetReference()); err != nil || p.GetCostCents() < 0 {
			return errors.New("it reports under no reference, or at no price")
		}
		return each(p.GetFacilities(), "facility", func(f *pb.Facility) error { return words(f.GetKind(), f.GetStatus()) })
	case *pb.CashFlow:
		if err := each(p.GetFigures(), "figure", func(f *pb.Figure) error { return words(f.GetName()) }); err != nil {
			return err
		}
		return each(p.GetRecurring(), "recurring payment", func(r *pb.Recurring) error { return words(r.GetKind()) })
	case *pb.PreCheck:
		return words(p.GetReasonCodes()...)
	case *pb.Conversation:
		return each(p.GetMessages(), "message", func(m *pb.PortalMessage) error { return key(m.GetId()) })
	case *pb.ProductList:
		return each(p.GetProducts(), "product", func(x *pb.Product) error { return key(x.GetId()) })
	case *pb.InstitutionList:
		return each(p.GetInstitutions(), "institution", func(i *pb.Institution) error { return key(i.GetId()) })
	case *pb.HandleCallbackResponse:
		return each(p.GetReferences(), "reference", key)
	}
	return nil
}

// each checks the lines of a list, of which there are not too many.
func each[T any](lines []T, name string, check func(T) error) error {
	if len(lines) > linesAtMost {
		return fmt.Errorf("it gives more than %d lines", linesAtMost)
	}
	for i, line := range lines {
		if err := check(line); err != nil {
			return fmt.Errorf("%s %d: %w", name, i, err)
		}
	}
	return nil
}

func checkEvent(e *pb.BankEvent) error {
	if err := key(e.GetId()); err != nil {
		return err
	}
	if !word.MatchString(e.GetType()) || (e.GetReasonCode() != "" && !word.MatchString(e.GetReasonCode())) {
		return errors.New("its type or reason is no code")
	}
	for _, i := range e.GetItems() {
		if key(i.GetId()) != nil || !word.MatchString(i.GetKind()) {
			return errors.New("an item has no id or no kind")
		}
	}
	return nil
}

func checkConsent(c *pb.Consent) error {
	if !slices.Contains([]string{"requested", "valid", "expired", "revoked", "rejected"}, c.GetStatus()) {
		return errors.New("its status is none of those there are")
	}
	if err := day(c.GetValidUntil(), true); err != nil {
		return err
	}
	return key(c.GetExternalRef())
}

func checkTransaction(t *pb.Transaction) error {
	if err := key(t.GetId()); err != nil {
		return err
	}
	if err := day(t.GetValueOn(), true); err != nil {
		return err
	}
	return day(t.GetBookedOn(), false)
}

// key is what the other side calls something.
func key(id string) error {
	if n := len(id); n == 0 || n > referenceAtMost {
		return errors.New("it has no id, or one that is too long")
	}
	return nil
}

func day(text string, maybe bool) error {
	if maybe && text == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return errors.New("a day is not written YYYY-MM-DD")
	}
	return nil
}

func words(codes ...string) error {
	for _, code := range codes {
		if !word.MatchString(code) {
			return errors.New("a code is no code")
		}
	}
	return nil
}
