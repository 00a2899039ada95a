package sdk

import "time"

// VerificationOrder asks a person to prove who they are.
type VerificationOrder struct {
	Provider  string `json:"provider"` // spid, cie
	Level     string `json:"level"`    // low, substantial, high (eIDAS)
	ReturnURL string `json:"return_url"`
	State     string `json:"state"` // the platform's, single-use; it comes back in the address
}

// VerificationStart is a verification under way. Context is as of ConsentSet.
type VerificationStart struct {
	ExternalRef string `json:"external_ref"`
	Context     []byte `json:"context"`
}

// Verification is who a person has proved to be. Context is for GetEvidence.
type Verification struct {
	ExternalRef string    `json:"external_ref"`
	Provider    string    `json:"provider"`
	Level       string    `json:"level"`
	VerifiedAt  time.Time `json:"verified_at"`
	FirstName   string    `json:"first_name"`
	LastName    string    `json:"last_name"`
	TaxCode     string    `json:"tax_code"`
	BirthDate   string    `json:"birth_date"` // YYYY-MM-DD
	Context     []byte    `json:"context"`
}

// Evidence proves a verification. At most 4 MiB.
type Evidence struct {
	MediaType string `json:"media_type"`
	Content   []byte `json:"content"`
}

// ReportOrder asks for a credit report, with what proves that the person agreed, and for at most so much.
type ReportOrder struct {
	Subject      ReportSubject   `json:"subject"`
	Consent      ConsentEvidence `json:"consent"`
	CostMaxCents int             `json:"cost_max_cents"`
}

// ReportSubject is the person a report is about.
type ReportSubject struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	TaxCode   string `json:"tax_code"`
	BirthDate string `json:"birth_date"` // YYYY-MM-DD
}

// ConsentEvidence says what the person agreed to and when; TextSHA256 is that of the text that was read.
type ConsentEvidence struct {
	Reference  string    `json:"reference"`
	GivenAt    time.Time `json:"given_at"`
	TextSHA256 string    `json:"text_sha256"`
}

// Report is what a bureau knows of a person.
type Report struct {
	Reference              string     `json:"reference"`
	CostCents              int        `json:"cost_cents"`
	IssuedAt               time.Time  `json:"issued_at"`
	Score                  int        `json:"score"`
	ScoreMin               int        `json:"score_min"`
	ScoreMax               int        `json:"score_max"`
	Facilities             []Facility `json:"facilities"`
	EnquiriesLastSixMonths int        `json:"enquiries_last_six_months"`
	Protests               int        `json:"protests"`
}

// Facility is a credit the person has or had. Kind is mortgage, personal_loan, salary_loan, credit_card, leasing, overdraft, guarantee
// or other; Status is regular, late, default or closed.
type Facility struct {
	Kind             string `json:"kind"`
	GrantedCents     int64  `json:"granted_cents"`
	OutstandingCents int64  `json:"outstanding_cents"`
	InstalmentCents  int64  `json:"instalment_cents"`
	MonthsLeft       int    `json:"months_left"`
	Status           string `json:"status"`
	InstalmentsLate  int    `json:"instalments_late"`
}
