package sdk

import (
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

func callOf(c *pb.Call) Call {
	out := Call{Tenant: c.GetTenant(), Connection: c.GetConnectionId(), Operation: c.GetOperationId(), IdempotencyKey: c.GetIdempotencyKey(),
		Attempt: int(c.GetAttempt()), Locale: c.GetLocale(), Traceparent: c.GetTraceparent(), Config: c.GetConfig(), ConfigRevision: int(c.GetConfigRevision()),
		Purpose: c.GetPurpose(), ConsentRef: c.GetConsentRef(), DryRun: c.GetDryRun(), UserIP: c.GetUserIp(), CallbackURL: c.GetCallbackUrl(), egress: egress{token: c.GetEgressToken()}}
	if c.GetDeadline() != nil {
		out.Deadline = c.GetDeadline().AsTime()
	}
	return out
}

func applicationOf(a *pb.Application) Application {
	return Application{Reference: a.GetReference(), File: a.GetFile(), Purpose: a.GetPurpose(), ProductKind: a.GetProductKind(), RateKind: a.GetRateKind(),
		AmountCents: a.GetAmountCents(), TermMonths: int(a.GetTermMonths()), NominalRateBPS: int(a.GetNominalRateBps()), InstalmentCents: a.GetInstalmentCents(),
		ValueCents: a.GetValueCents(), LTVBPS: int(a.GetLtvBps()), DTIBPS: int(a.GetDtiBps()), AcceptsCounterOffer: a.GetAcceptsCounterOffer(),
		Parties: list(a.GetParties(), func(p *pb.Party) Party {
			return Party{Role: p.GetRole(), FirstName: p.GetFirstName(), LastName: p.GetLastName(), CompanyName: p.GetCompanyName(),
				TaxCode: p.GetTaxCode(), Employment: p.GetEmployment(), NetMonthlyCents: p.GetNetMonthlyCents(), DebtsCents: p.GetDebtsCents()}
		}),
		Properties: list(a.GetProperties(), func(p *pb.Property) Property {
			return Property{Purpose: p.GetPurpose(), Address: p.GetAddress(), ValueCents: p.GetValueCents()}
		}),
		Documents: list(a.GetDocuments(), func(d *pb.Document) Document { return Document{Kind: d.GetKind(), SHA256: d.GetSha256()} })}
}

func answerOf(a *pb.RequestAnswer) RequestAnswer {
	return RequestAnswer{Reference: a.GetReference(), ItemID: a.GetItemId(), Kind: a.GetKind(), Choice: a.GetChoice()}
}

func withdrawalOf(w *pb.Withdrawal) Withdrawal {
	return Withdrawal{Reference: w.GetReference(), ReasonCode: w.GetReasonCode()}
}

func receiptTo(r Receipt) *pb.Receipt { return &pb.Receipt{Reference: r.Reference} }

func newDocumentOf(d *pb.NewDocument) NewDocument {
	return NewDocument{Reference: d.GetReference(), Kind: d.GetKind(), SHA256: d.GetSha256(), FileName: d.GetFileName(), MediaType: d.GetMediaType()}
}

func callbackOf(c *pb.Callback) Callback {
	out := Callback{Path: c.GetPath(), Method: c.GetMethod(), Query: c.GetQuery(), Headers: http.Header{}, Body: c.GetBody()}
	for _, h := range c.GetHeaders() {
		out.Headers.Add(h.GetName(), h.GetValue())
	}
	return out
}

func consentOrderOf(o *pb.ConsentOrder) ConsentOrder {
	return ConsentOrder{Institution: o.GetInstitution(), ValidUntil: o.GetValidUntil(), ReadsPerDay: int(o.GetReadsPerDay()), IBANs: o.GetIbans(), ReturnURL: o.GetReturnUrl(),
		PreferredWay: o.GetPreferredWay(), UserID: o.GetUserId()}
}

func startedOf(s *pb.StartedConsent) StartedConsent {
	return StartedConsent{ExternalRefs: s.GetExternalRefs(), Context: s.GetContext()}
}

func questionOf(q *pb.TransactionQuestion) TransactionQuestion {
	return TransactionQuestion{AccountID: q.GetAccountId(), From: q.GetFrom(), To: q.GetTo(), Page: q.GetPage()}
}

func verificationOrderOf(o *pb.VerificationOrder) VerificationOrder {
	return VerificationOrder{Provider: o.GetProvider(), Level: o.GetLevel(), ReturnURL: o.GetReturnUrl(), State: o.GetState()}
}

func verificationStartOf(s *pb.VerificationStart) VerificationStart {
	return VerificationStart{ExternalRef: s.GetExternalRef(), Context: s.GetContext()}
}

func reportOrderOf(o *pb.ReportOrder) ReportOrder {
	s, c := o.GetSubject(), o.GetConsent()
	return ReportOrder{CostMaxCents: int(o.GetCostMaxCents()),
		Subject: ReportSubject{FirstName: s.GetFirstName(), LastName: s.GetLastName(), TaxCode: s.GetTaxCode(), BirthDate: s.GetBirthDate()},
		Consent: ConsentEvidence{Reference: c.GetReference(), GivenAt: timeOf(c.GetGivenAt()), TextSHA256: c.GetTextSha256()}}
}

func analysisOrderOf(o *pb.AnalysisOrder) AnalysisOrder {
	return AnalysisOrder{From: o.GetFrom(), To: o.GetTo(), Accounts: list(o.GetAccounts(), func(a *pb.AnalysedAccount) AnalysedAccount {
		x := a.GetAccount()
		return AnalysedAccount{ShareBPS: int(a.GetShareBps()),
			Account: Account{ID: x.GetId(), ExternalRef: x.GetExternalRef(), IBAN: x.GetIban(), Currency: x.GetCurrency(), Name: x.GetName(), Type: x.GetType(), OwnerName: x.GetOwnerName()},
			Balances: list(a.GetBalances(), func(b *pb.Balance) Balance {
				return Balance{Type: b.GetType(), AmountCents: b.GetAmountCents(), Currency: b.GetCurrency(), Date: b.GetDate()}
			}),
			Transactions: list(a.GetTransactions(), func(t *pb.Transaction) Transaction {
				return Transaction{ID: t.GetId(), BookedOn: t.GetBookedOn(), ValueOn: t.GetValueOn(), AmountCents: t.GetAmountCents(), Currency: t.GetCurrency(),
					Counterparty: t.GetCounterparty(), CounterpartyIBAN: t.GetCounterpartyIban(), Text: t.GetText(), BankCode: t.GetBankCode(),
					ProprietaryCode: t.GetProprietaryCode(), MerchantCategory: t.GetMerchantCategory()}
			})}
	})}
}

func newsTo(n News) *pb.News {
	return &pb.News{Final: n.Final, Events: list(n.Events, func(e Event) *pb.BankEvent {
		return &pb.BankEvent{Id: e.ID, Type: e.Type, ReasonCode: e.ReasonCode, Note: e.Note, RateBps: small(e.RateBPS), AmountCents: e.AmountCents, TermMonths: small(e.TermMonths),
			Expires: instant(e.Expires), Items: list(e.Items, func(i Item) *pb.BankItem { return &pb.BankItem{Id: i.ID, Kind: i.Kind, Text: i.Text} })}
	})}
}

func productsTo(products []Product) *pb.ProductList {
	return &pb.ProductList{Products: list(products, func(p Product) *pb.Product {
		return &pb.Product{Id: p.ID, Name: p.Name, ProductKind: p.ProductKind, RateKind: p.RateKind, NominalRateBps: int32(p.NominalRateBPS), AmountMinCents: p.AmountMinCents,
			AmountMaxCents: p.AmountMaxCents, LtvMaxBps: int32(p.LTVMaxBPS), TermsMonths: list(p.TermsMonths, func(m int) int32 { return int32(m) }), Purposes: p.Purposes}
	})}
}

func preCheckTo(p PreCheck) *pb.PreCheck {
	return &pb.PreCheck{Feasible: p.Feasible, ReasonCodes: p.ReasonCodes, AmountMaxCents: p.AmountMaxCents, IndicativeRateBps: int32(p.IndicativeRateBPS),
		ValidUntil: timestamp(p.ValidUntil), Note: p.Note}
}

func conversationTo(messages []Message) *pb.Conversation {
	return &pb.Conversation{Messages: list(messages, func(m Message) *pb.PortalMessage {
		return &pb.PortalMessage{Id: m.ID, At: timestamp(m.At), From: m.From, Text: m.Text}
	})}
}

func institutionsTo(institutions []Institution) *pb.InstitutionList {
	return &pb.InstitutionList{Institutions: list(institutions, func(i Institution) *pb.Institution {
		return &pb.Institution{Id: i.ID, Name: i.Name, Bic: i.BIC, Country: i.Country}
	})}
}

func consentsTo(s ConsentSet) *pb.ConsentSet {
	return &pb.ConsentSet{Context: s.Context, Consents: list(s.Consents, func(c Consent) *pb.Consent {
		return &pb.Consent{ExternalRef: c.ExternalRef, Status: c.Status, ValidUntil: c.ValidUntil, Ibans: c.IBANs}
	})}
}

func accountsTo(accounts []Account) *pb.AccountList {
	return &pb.AccountList{Accounts: list(accounts, func(a Account) *pb.Account {
		return &pb.Account{Id: a.ID, ExternalRef: a.ExternalRef, Iban: a.IBAN, Currency: a.Currency, Name: a.Name, Type: a.Type, OwnerName: a.OwnerName}
	})}
}

func balancesTo(balances []Balance) *pb.BalanceList {
	return &pb.BalanceList{Balances: list(balances, func(b Balance) *pb.Balance {
		return &pb.Balance{Type: b.Type, AmountCents: b.AmountCents, Currency: b.Currency, Date: b.Date}
	})}
}

func pageTo(p TransactionPage) *pb.TransactionPage {
	return &pb.TransactionPage{NextPage: p.NextPage, Transactions: list(p.Transactions, func(t Transaction) *pb.Transaction {
		return &pb.Transaction{Id: t.ID, BookedOn: t.BookedOn, ValueOn: t.ValueOn, AmountCents: t.AmountCents, Currency: t.Currency, Counterparty: t.Counterparty,
			CounterpartyIban: t.CounterpartyIBAN, Text: t.Text, BankCode: t.BankCode, ProprietaryCode: t.ProprietaryCode, MerchantCategory: t.MerchantCategory}
	})}
}

func startTo(s VerificationStart) *pb.VerificationStart {
	return &pb.VerificationStart{ExternalRef: s.ExternalRef, Context: s.Context}
}

func verificationTo(v Verification) *pb.Verification {
	return &pb.Verification{ExternalRef: v.ExternalRef, Provider: v.Provider, Level: v.Level, VerifiedAt: timestamp(v.VerifiedAt), FirstName: v.FirstName, LastName: v.LastName,
		TaxCode: v.TaxCode, BirthDate: v.BirthDate, Context: v.Context}
}

func reportTo(r Report) *pb.Report {
	return &pb.Report{Reference: r.Reference, CostCents: int32(r.CostCents), IssuedAt: timestamp(r.IssuedAt), Score: int32(r.Score), ScoreMin: int32(r.ScoreMin), ScoreMax: int32(r.ScoreMax),
		EnquiriesLastSixMonths: int32(r.EnquiriesLastSixMonths), Protests: int32(r.Protests), Facilities: list(r.Facilities, func(f Facility) *pb.Facility {
			return &pb.Facility{Kind: f.Kind, GrantedCents: f.GrantedCents, OutstandingCents: f.OutstandingCents, InstalmentCents: f.InstalmentCents, MonthsLeft: int32(f.MonthsLeft),
				Status: f.Status, InstalmentsLate: int32(f.InstalmentsLate)}
		})}
}

func cashFlowTo(c CashFlow) *pb.CashFlow {
	return &pb.CashFlow{Figures: list(c.Figures, func(f Figure) *pb.Figure {
		return &pb.Figure{Name: f.Name, Value: f.Value, Rule: f.Rule, Transactions: f.Transactions}
	}), Recurring: list(c.Recurring, func(r Recurring) *pb.Recurring {
		return &pb.Recurring{Kind: r.Kind, Counterparty: r.Counterparty, MonthlyCents: r.MonthlyCents, MonthsSeen: int32(r.MonthsSeen), LastOn: r.LastOn, Rule: r.Rule, Transactions: r.Transactions}
	})}
}

func descriptionTo(d Description, capabilities []string) *pb.DescribeResponse {
	out := &pb.DescribeResponse{Id: d.ID, Version: d.Version, Title: d.Title, Capabilities: capabilities, ConfigSchema: d.ConfigSchema, Countries: d.Countries, Products: d.Products,
		Egress: d.Egress, DataCategories: d.DataCategories, CallbackPaths: d.CallbackPaths}
	for method, cents := range d.CostCents {
		out.Costs = append(out.Costs, &pb.CostHint{Method: method, Cents: int32(cents)})
	}
	for key, text := range d.Messages {
		out.Messages = append(out.Messages, &pb.Message{Key: key, Text: text})
	}
	if d.CallsPerMinute > 0 {
		out.Rate = &pb.RateHint{CallsPerMinute: int32(d.CallsPerMinute), Burst: int32(d.Burst)}
	}
	return out
}

// list maps a list; none stays an empty one, which is what authors and JSON expect.
func list[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, x := range in {
		out[i] = f(x)
	}
	return out
}

func small(n *int) *int32 {
	if n == nil {
		return nil
	}
	out := int32(*n)
	return &out
}

func instant(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamp(*t)
}

func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func waiting(d time.Duration) *durationpb.Duration {
	if d <= 0 {
		return nil
	}
	return durationpb.New(d)
}
