package sdk

import (
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

func callOf(c *pb.Call) Call {
	out := Call{Tenant: c.GetTenant(), Connection: c.GetConnectionId(), Operation: c.GetOperationId(), IdempotencyKey: c.GetIdempotencyKey(),
		Attempt: int(c.GetAttempt()), Locale: c.GetLocale(), Traceparent: c.GetTraceparent(), Config: c.GetConfig(), ConfigRevision: int(c.GetConfigRevision())}
	if c.GetDeadline() != nil {
		out.Deadline = c.GetDeadline().AsTime()
	}
	return out
}

func applicationOf(a *pb.Application) Application {
	out := Application{Reference: a.GetReference(), File: a.GetFile(), Purpose: a.GetPurpose(), ProductKind: a.GetProductKind(), RateKind: a.GetRateKind(),
		AmountCents: a.GetAmountCents(), TermMonths: int(a.GetTermMonths()), NominalRateBPS: int(a.GetNominalRateBps()), InstalmentCents: a.GetInstalmentCents(),
		ValueCents: a.GetValueCents(), LTVBPS: int(a.GetLtvBps()), DTIBPS: int(a.GetDtiBps()),
		Parties: []Party{}, Properties: []Property{}, Documents: []Document{}}
	for _, p := range a.GetParties() {
		out.Parties = append(out.Parties, Party{Role: p.GetRole(), FirstName: p.GetFirstName(), LastName: p.GetLastName(), CompanyName: p.GetCompanyName(),
			TaxCode: p.GetTaxCode(), Employment: p.GetEmployment(), NetMonthlyCents: p.GetNetMonthlyCents(), DebtsCents: p.GetDebtsCents()})
	}
	for _, p := range a.GetProperties() {
		out.Properties = append(out.Properties, Property{Purpose: p.GetPurpose(), Address: p.GetAddress(), ValueCents: p.GetValueCents()})
	}
	for _, d := range a.GetDocuments() {
		out.Documents = append(out.Documents, Document{Kind: d.GetKind(), SHA256: d.GetSha256()})
	}
	return out
}

func answerOf(a *pb.RequestAnswer) RequestAnswer {
	return RequestAnswer{Reference: a.GetReference(), ItemID: a.GetItemId(), Kind: a.GetKind()}
}

func withdrawalOf(w *pb.Withdrawal) Withdrawal {
	return Withdrawal{Reference: w.GetReference(), ReasonCode: w.GetReasonCode()}
}

func receiptTo(r Receipt) *pb.Receipt { return &pb.Receipt{Reference: r.Reference} }

func newsTo(n News) *pb.News {
	out := &pb.News{Final: n.Final}
	for _, e := range n.Events {
		event := &pb.BankEvent{Id: e.ID, Type: e.Type, ReasonCode: e.ReasonCode, Note: e.Note}
		for _, i := range e.Items {
			event.Items = append(event.Items, &pb.BankItem{Id: i.ID, Kind: i.Kind, Text: i.Text})
		}
		if e.RateBPS != nil {
			rate := int32(*e.RateBPS)
			event.RateBps = &rate
		}
		if e.Expires != nil {
			event.Expires = timestamp(*e.Expires)
		}
		out.Events = append(out.Events, event)
	}
	return out
}
