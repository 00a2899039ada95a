package sdk

import (
	"context"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

func (s *server) ListInstitutions(ctx context.Context, in *pb.ListInstitutionsRequest) (*pb.ListInstitutionsResponse, error) {
	out := &pb.ListInstitutionsResponse{}
	out.Outcome = s.run("ListInstitutions", in.GetCall(), func(call Call) error {
		institutions, err := s.connector.OpenBanking.ListInstitutions(ctx, call)
		out.List = institutionsTo(institutions)
		return err
	})
	return out, nil
}

func (s *server) StartConsent(ctx context.Context, in *pb.StartConsentRequest) (*pb.StartConsentResponse, error) {
	out := &pb.StartConsentResponse{}
	out.Outcome = s.run("StartConsent", in.GetCall(), func(call Call) error {
		consents, err := s.connector.OpenBanking.StartConsent(ctx, call, consentOrderOf(in.GetOrder()))
		out.Consents = consentsTo(consents)
		return err
	})
	return out, nil
}

func (s *server) CompleteConsent(ctx context.Context, in *pb.CompleteConsentRequest) (*pb.CompleteConsentResponse, error) {
	out := &pb.CompleteConsentResponse{}
	out.Outcome = s.run("CompleteConsent", in.GetCall(), func(call Call) error {
		consents, err := s.connector.OpenBanking.CompleteConsent(ctx, call, startedOf(in.GetStarted()), in.GetReturnedQuery())
		out.Consents = consentsTo(consents)
		return err
	})
	return out, nil
}

func (s *server) GetConsent(ctx context.Context, in *pb.GetConsentRequest) (*pb.GetConsentResponse, error) {
	out := &pb.GetConsentResponse{}
	out.Outcome = s.run("GetConsent", in.GetCall(), func(call Call) error {
		consents, err := s.connector.OpenBanking.GetConsent(ctx, call, startedOf(in.GetStarted()))
		out.Consents = consentsTo(consents)
		return err
	})
	return out, nil
}

func (s *server) RevokeConsent(ctx context.Context, in *pb.RevokeConsentRequest) (*pb.RevokeConsentResponse, error) {
	return &pb.RevokeConsentResponse{Outcome: s.run("RevokeConsent", in.GetCall(), func(call Call) error {
		return s.connector.OpenBanking.RevokeConsent(ctx, call, startedOf(in.GetStarted()))
	})}, nil
}

func (s *server) FetchAccounts(ctx context.Context, in *pb.FetchAccountsRequest) (*pb.FetchAccountsResponse, error) {
	out := &pb.FetchAccountsResponse{}
	out.Outcome = s.run("FetchAccounts", in.GetCall(), func(call Call) error {
		accounts, err := s.connector.OpenBanking.FetchAccounts(ctx, call, startedOf(in.GetStarted()))
		out.List = accountsTo(accounts)
		return err
	})
	return out, nil
}

func (s *server) FetchBalances(ctx context.Context, in *pb.FetchBalancesRequest) (*pb.FetchBalancesResponse, error) {
	out := &pb.FetchBalancesResponse{}
	out.Outcome = s.run("FetchBalances", in.GetCall(), func(call Call) error {
		balances, err := s.connector.OpenBanking.FetchBalances(ctx, call, startedOf(in.GetStarted()), in.GetAccountId())
		out.List = balancesTo(balances)
		return err
	})
	return out, nil
}

func (s *server) FetchTransactions(ctx context.Context, in *pb.FetchTransactionsRequest) (*pb.FetchTransactionsResponse, error) {
	out := &pb.FetchTransactionsResponse{}
	out.Outcome = s.run("FetchTransactions", in.GetCall(), func(call Call) error {
		page, err := s.connector.OpenBanking.FetchTransactions(ctx, call, startedOf(in.GetStarted()), questionOf(in.GetQuestion()))
		out.Page = pageTo(page)
		return err
	})
	return out, nil
}

func (s *server) StartVerification(ctx context.Context, in *pb.StartVerificationRequest) (*pb.StartVerificationResponse, error) {
	out := &pb.StartVerificationResponse{}
	out.Outcome = s.run("StartVerification", in.GetCall(), func(call Call) error {
		start, err := s.connector.Identity.StartVerification(ctx, call, verificationOrderOf(in.GetOrder()))
		out.Start = startTo(start)
		return err
	})
	return out, nil
}

func (s *server) CompleteVerification(ctx context.Context, in *pb.CompleteVerificationRequest) (*pb.CompleteVerificationResponse, error) {
	out := &pb.CompleteVerificationResponse{}
	out.Outcome = s.run("CompleteVerification", in.GetCall(), func(call Call) error {
		verification, err := s.connector.Identity.CompleteVerification(ctx, call, verificationStartOf(in.GetStarted()), in.GetReturnedQuery())
		out.Verification = verificationTo(verification)
		return err
	})
	return out, nil
}

func (s *server) GetEvidence(ctx context.Context, in *pb.GetEvidenceRequest) (*pb.GetEvidenceResponse, error) {
	out := &pb.GetEvidenceResponse{}
	out.Outcome = s.run("GetEvidence", in.GetCall(), func(call Call) error {
		evidence, err := s.connector.Identity.GetEvidence(ctx, call, verificationStartOf(in.GetStarted()))
		out.Evidence = &pb.Evidence{MediaType: evidence.MediaType, Content: evidence.Content}
		return err
	})
	return out, nil
}

func (s *server) RequestReport(ctx context.Context, in *pb.RequestReportRequest) (*pb.RequestReportResponse, error) {
	out := &pb.RequestReportResponse{}
	out.Outcome = s.run("RequestReport", in.GetCall(), func(call Call) error {
		report, err := s.connector.CreditBureau.RequestReport(ctx, call, reportOrderOf(in.GetOrder()))
		out.Report = reportTo(report)
		return err
	})
	return out, nil
}

func (s *server) GetReport(ctx context.Context, in *pb.GetReportRequest) (*pb.GetReportResponse, error) {
	out := &pb.GetReportResponse{}
	out.Outcome = s.run("GetReport", in.GetCall(), func(call Call) error {
		report, err := s.connector.CreditBureau.GetReport(ctx, call, in.GetQuestion().GetReference())
		out.Report = reportTo(report)
		return err
	})
	return out, nil
}

func (s *server) AnalyseTransactions(ctx context.Context, in *pb.AnalyseTransactionsRequest) (*pb.AnalyseTransactionsResponse, error) {
	out := &pb.AnalyseTransactionsResponse{}
	out.Outcome = s.run("AnalyseTransactions", in.GetCall(), func(call Call) error {
		flow, err := s.connector.Analysis.AnalyseTransactions(ctx, call, analysisOrderOf(in.GetOrder()))
		out.CashFlow = cashFlowTo(flow)
		return err
	})
	return out, nil
}
