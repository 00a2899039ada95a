package main

import (
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// Scores of this bureau lie between these.
const (
	scoreMin = 300
	scoreMax = 850
)

// facilitiesAtMost bounds what a bureau may say of one person.
const facilitiesAtMost = 500

// pollAfter is how long a bureau has between two looks.
const pollAfter = time.Second

// state is what a bureau answers about a report.
type state struct {
	ReportID   string `json:"report_id"`
	State      string `json:"state"` // pending or ready
	PriceCents int    `json:"price_cents"`
	Report     *struct {
		IssuedAt      time.Time  `json:"issued_at"`
		Score         int        `json:"score"`
		Exposures     []exposure `json:"exposures"`
		Defaults      int        `json:"defaults"`
		InquiriesHalf int        `json:"inquiries_six_months"`
	} `json:"report"`
}

type exposure struct {
	Kind             string `json:"kind"`
	ResidualCents    int64  `json:"residual_cents"`
	InstalmentCents  int64  `json:"instalment_cents"`
	RemainingMonths  int    `json:"remaining_months"`
	OverdueCents     int64  `json:"overdue_cents"`
	WorstDelayMonths int    `json:"worst_delay_months"`
}

// kinds of exposures, in the protocol's words. What is not here is other.
var kinds = map[string]string{"mortgage": "mortgage", "personal_loan": "personal_loan", "card": "credit_card", "salary_loan": "salary_loan", "leasing": "leasing", "overdraft": "overdraft", "guarantee": "guarantee"}

// report is a state in the protocol's words. While it is pending, reference and price are known, and taken.
func (s state) report() (sdk.Report, error) {
	out := sdk.Report{Reference: s.ReportID, CostCents: s.PriceCents}
	switch {
	case s.ReportID == "" || s.PriceCents < 0:
		return sdk.Report{}, drift("report")
	case s.State == "pending":
		return out, sdk.Pending{After: pollAfter, Ref: s.ReportID}
	case s.State != "ready" || s.Report == nil || s.Report.Score < scoreMin || s.Report.Score > scoreMax,
		s.Report.Defaults < 0, s.Report.Defaults > facilitiesAtMost, len(s.Report.Exposures) > facilitiesAtMost:
		return sdk.Report{}, drift("report")
	}
	out.IssuedAt, out.Score, out.ScoreMin, out.ScoreMax, out.EnquiriesLastSixMonths = s.Report.IssuedAt, s.Report.Score, scoreMin, scoreMax, s.Report.InquiriesHalf
	for _, e := range s.Report.Exposures {
		out.Facilities = append(out.Facilities, e.facility())
	}
	for range s.Report.Defaults { // counted by the bureau, of which facility it does not say
		out.Facilities = append(out.Facilities, sdk.Facility{Kind: "other", Status: "default"})
	}
	return out, nil
}

func (e exposure) facility() sdk.Facility {
	out := sdk.Facility{Kind: kinds[e.Kind], OutstandingCents: e.ResidualCents, InstalmentCents: e.InstalmentCents, MonthsLeft: e.RemainingMonths, Status: "regular", InstalmentsLate: e.WorstDelayMonths}
	if out.Kind == "" {
		out.Kind = "other"
	}
	if e.OverdueCents > 0 {
		out.Status = "late"
	}
	return out
}
