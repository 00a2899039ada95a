package creditreports

import (
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Consent is the purpose of the ledger of consents under which a bureau may be asked.
const Consent = "credit_check"

// recent is how long a report stands in the way of buying another one.
const recent = 30 * 24 * time.Hour

// Report is a report that was bought, or is being bought. Amounts in cents.
type Report struct {
	ID            ident.CreditReportID `json:"id"`
	SubjectID     ident.SubjectID      `json:"subject_id"`
	ApplicationID ident.ApplicationID  `json:"application_id"`
	Connector     string               `json:"connector"`
	Purpose       string               `json:"purpose" enum:"creditworthiness,debt_consolidation"`
	State         string               `json:"state" enum:"requested,ready,failed"`
	CostCents     int64                `json:"cost_cents" doc:"At most, until it is ready"`
	ConsentAt     time.Time            `json:"consent_given_at"`
	TextVersion   int                  `json:"consent_text_version"`
	CreatedAt     time.Time            `json:"created_at"`
	IssuedAt      *time.Time           `json:"issued_at"`
	Masked        bool                 `json:"masked" doc:"There is content, which your roles do not show to you"`
	Content       *Content             `json:"content"`
}

// Content is what the bureau knows.
type Content struct {
	Score      int        `json:"score"`
	ScoreMin   int        `json:"score_min"`
	ScoreMax   int        `json:"score_max"`
	Facilities []Facility `json:"facilities"`
	Enquiries  int        `json:"enquiries_last_six_months"`
	Protests   int        `json:"protests"`
}

// Facility is a credit the person has or had.
type Facility struct {
	Kind             string `json:"kind"`
	GrantedCents     int64  `json:"granted_cents"`
	OutstandingCents int64  `json:"outstanding_cents"`
	InstalmentCents  int64  `json:"instalment_cents"`
	MonthsLeft       int    `json:"months_left"`
	Status           string `json:"status"`
	InstalmentsLate  int    `json:"instalments_late"`
}

// Input buys a report.
type Input struct {
	ApplicationID ident.ApplicationID `json:"application_id" doc:"A file in which the person takes part"`
	ConnectionID  ident.ConnectionID  `json:"connection_id"`
	Purpose       string              `json:"purpose" enum:"creditworthiness,debt_consolidation"`
	CostMaxCents  int64               `json:"cost_max_cents" minimum:"0" maximum:"1000000" doc:"The price as it was shown: GET /api/v1/connectors says it under cost_cents"`
	Again         bool                `json:"again,omitempty" required:"false" doc:"Buy another one although there is a recent one"`
}

// facts of one person's report.
func (c Content) facts() map[string]int64 {
	out := map[string]int64{"score": int64(c.Score), "instalments_cents": 0, "late": 0, "defaults": 0}
	for _, f := range c.Facilities {
		if f.Status != "closed" {
			out["instalments_cents"] += f.InstalmentCents
		}
		if f.Status == "default" {
			out["defaults"]++
		}
		out["late"] += int64(f.InstalmentsLate)
	}
	return out
}

// wire is a report as the protocol has it: cents of 64 bits come as text.
type wire struct {
	Reference  string     `json:"reference"`
	CostCents  int64      `json:"cost_cents"`
	IssuedAt   *time.Time `json:"issued_at"`
	Score      int        `json:"score"`
	ScoreMin   int        `json:"score_min"`
	ScoreMax   int        `json:"score_max"`
	Enquiries  int        `json:"enquiries_last_six_months"`
	Protests   int        `json:"protests"`
	Facilities []struct {
		Kind             string `json:"kind"`
		GrantedCents     int64  `json:"granted_cents,string"`
		OutstandingCents int64  `json:"outstanding_cents,string"`
		InstalmentCents  int64  `json:"instalment_cents,string"`
		MonthsLeft       int    `json:"months_left"`
		Status           string `json:"status"`
		InstalmentsLate  int    `json:"instalments_late"`
	} `json:"facilities"`
}

func (w wire) content() Content {
	c := Content{Score: w.Score, ScoreMin: w.ScoreMin, ScoreMax: w.ScoreMax, Enquiries: w.Enquiries, Protests: w.Protests, Facilities: []Facility{}}
	for _, f := range w.Facilities {
		c.Facilities = append(c.Facilities, Facility(f))
	}
	return c
}

func refused(code, message, en, it string) error {
	return &fault.Error{Kind: fault.Refused, Code: code, Message: message, Blockers: []workflow.Blocker{{Code: code, Facts: []workflow.BlockerFact{}, Text: workflow.Text{EN: en, IT: it}}}}
}

var (
	errConsent = refused("credit_report.no_consent", "The person has not agreed to an enquiry at a credit bureau. Write their consent down first, under Privacy on their page.",
		"The person's consent to a credit bureau enquiry must be written down first.", "Prima va registrato il consenso della persona alla consultazione del sistema di informazioni creditizie.")
	errUnderWay = refused("credit_report.under_way", "A report on this person is being bought already. Wait for it.",
		"A report on this person is being bought already.", "Un rapporto su questa persona è già in corso di acquisto.")
	errRecent = refused("credit_report.recent", "There is a report on this person of the last thirty days: use that one, or say that you want another (again).",
		"There is a report of the last thirty days: use it, or ask for another one expressly.", "C'è un rapporto degli ultimi trenta giorni: usatelo, oppure richiedetene espressamente un altro.")
	errPrice      = fault.Input("credit_report.price", "/cost_max_cents", "The report costs more than that. Load the price again (GET /api/v1/connectors, cost_cents) and confirm it.")
	errConnection = fault.Input("credit_report.connection", "/connection_id", "This connection leads to no credit bureau. Choose one whose connector has the capability credit_bureau.")
	errTaxCode    = fault.New(fault.Invalid, "credit_report.tax_code", "A bureau finds people by their tax code, and this person has none here. Enter it first.")
)
