package sdk

import (
	"context"
	"io"
)

// A method of a capability returns nil when it is done, or one of Error, Pending and NeedsUser; any other error counts as
// internal with an unknown side effect. Methods are called for many agencies at the same time. What a connector does not offer
// of a capability it takes from the Unimplemented type of that name, embedded.

// BankPortal hands files to a lender. What acts has a Reconcile beside it, which is asked whether an earlier call, with the same
// idempotency key, has arrived at the other side. NotFound says it never did and may be sent again. After any other error
// the question stays open.
type BankPortal interface {
	// ListProducts reads what the lender offers to this agency.
	ListProducts(ctx context.Context, call Call) ([]Product, error)
	// PreCheck asks, without handing in anything, what the lender would say of a file.
	PreCheck(ctx context.Context, call Call, application Application) (PreCheck, error)
	// SubmitApplication hands in a file. The same idempotency key must never make two applications.
	SubmitApplication(ctx context.Context, call Call, application Application) (Receipt, error)
	ReconcileSubmission(ctx context.Context, call Call, application Application) (Receipt, error)
	// PollSubmission asks how a submission stands that ended Pending with this reference.
	PollSubmission(ctx context.Context, call Call, application Application, ref string) (Receipt, error)
	// CancelSubmission takes back a submission that ended Pending with this reference.
	CancelSubmission(ctx context.Context, call Call, application Application, ref string) error
	// AddDocument hands in a document the lender did not ask for. Reading the content to its end without an error proves it complete.
	AddDocument(ctx context.Context, call Call, document NewDocument, content io.Reader) error
	ReconcileDocument(ctx context.Context, call Call, document NewDocument) error
	// GetStatus reads all steps so far. With a Pending the news are taken too.
	GetStatus(ctx context.Context, call Call, reference string) (News, error)
	// ListMessages reads what lender and broker have written to each other about a file.
	ListMessages(ctx context.Context, call Call, reference string) ([]Message, error)
	// AnswerRequest answers an item with a document; its content is as of AddDocument.
	AnswerRequest(ctx context.Context, call Call, answer RequestAnswer, content io.Reader) error
	ReconcileAnswer(ctx context.Context, call Call, answer RequestAnswer) error
	// WithdrawApplication takes a file back.
	WithdrawApplication(ctx context.Context, call Call, withdrawal Withdrawal) error
	ReconcileWithdrawal(ctx context.Context, call Call, withdrawal Withdrawal) error
}

// OpenBanking reads a person's accounts with their consent.
type OpenBanking interface {
	// ListInstitutions names the banks that can be reached.
	ListInstitutions(ctx context.Context, call Call) ([]Institution, error)
	// StartConsent asks the bank for one or several consents. It ends with NeedsUser: the person has to agree. The set is taken with it.
	StartConsent(ctx context.Context, call Call, order ConsentOrder) (ConsentSet, error)
	// CompleteConsent goes on when the person has come back with a query in the address, or, with none, may have agreed elsewhere.
	CompleteConsent(ctx context.Context, call Call, started StartedConsent, query string) (ConsentSet, error)
	// GetConsent reads how the consents stand.
	GetConsent(ctx context.Context, call Call, started StartedConsent) (ConsentSet, error)
	// RevokeConsent ends the consents at the bank. What has ended already is done.
	RevokeConsent(ctx context.Context, call Call, started StartedConsent) error
	FetchAccounts(ctx context.Context, call Call, started StartedConsent) ([]Account, error)
	FetchBalances(ctx context.Context, call Call, started StartedConsent, account string) ([]Balance, error)
	// FetchTransactions reads one page.
	FetchTransactions(ctx context.Context, call Call, started StartedConsent, question TransactionQuestion) (TransactionPage, error)
}

// Identity has a person prove who they are.
type Identity interface {
	// StartVerification ends with NeedsUser: where the person proves it. The start is taken with it.
	StartVerification(ctx context.Context, call Call, order VerificationOrder) (VerificationStart, error)
	// CompleteVerification goes on when the person has come back with a query in the address.
	CompleteVerification(ctx context.Context, call Call, started VerificationStart, query string) (Verification, error)
	// GetEvidence reads what proves a verification to somebody who was not there.
	GetEvidence(ctx context.Context, call Call, started VerificationStart) (Evidence, error)
}

// CreditBureau reports on a person's debts.
type CreditBureau interface {
	// RequestReport buys a report. The same idempotency key must never buy two. With a Pending, Reference and CostCents are taken.
	RequestReport(ctx context.Context, call Call, order ReportOrder) (Report, error)
	ReconcileReport(ctx context.Context, call Call, order ReportOrder) (Report, error)
	// GetReport reads a report that was bought.
	GetReport(ctx context.Context, call Call, reference string) (Report, error)
}

// Analysis draws figures from accounts. It asks nobody outside, and answers the same to the same, whatever the order.
type Analysis interface {
	AnalyseTransactions(ctx context.Context, call Call, order AnalysisOrder) (CashFlow, error)
}

func unsupported(code string) error { return Error{Kind: Unsupported, Code: code, SideEffect: None} }

// UnimplementedBankPortal answers for what a portal does not offer: embed it.
type UnimplementedBankPortal struct{}

// ListProducts is not offered.
func (UnimplementedBankPortal) ListProducts(context.Context, Call) ([]Product, error) {
	return nil, unsupported("products")
}

// PreCheck is not offered.
func (UnimplementedBankPortal) PreCheck(context.Context, Call, Application) (PreCheck, error) {
	return PreCheck{}, unsupported("pre_check")
}

// PollSubmission is not offered: ReconcileSubmission is asked instead.
func (UnimplementedBankPortal) PollSubmission(context.Context, Call, Application, string) (Receipt, error) {
	return Receipt{}, unsupported("poll")
}

// CancelSubmission is not offered.
func (UnimplementedBankPortal) CancelSubmission(context.Context, Call, Application, string) error {
	return unsupported("cancel")
}

// AddDocument is not offered.
func (UnimplementedBankPortal) AddDocument(context.Context, Call, NewDocument, io.Reader) error {
	return unsupported("add_document")
}

// ReconcileDocument: what was never sent never arrived.
func (UnimplementedBankPortal) ReconcileDocument(context.Context, Call, NewDocument) error {
	return NotFound()
}

// ListMessages is not offered.
func (UnimplementedBankPortal) ListMessages(context.Context, Call, string) ([]Message, error) {
	return nil, unsupported("messages")
}

// UnimplementedOpenBanking answers for a connector whose connection leads to one bank: embed it.
type UnimplementedOpenBanking struct{}

// ListInstitutions is not offered.
func (UnimplementedOpenBanking) ListInstitutions(context.Context, Call) ([]Institution, error) {
	return nil, unsupported("institutions")
}
