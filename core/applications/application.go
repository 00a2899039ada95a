package applications

import (
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Application is a mortgage file. Money in cents, ratios and rates in basis points.
type Application struct {
	Card
	NominalRateBPS    int           `json:"nominal_rate_bps"`
	PlannedSubmission calendar.Date `json:"planned_submission"`
	RateKind          string        `json:"rate_kind"`
	Workflow          WorkflowRef   `json:"workflow"`
	States            []string      `json:"states"`
	Branch            string        `json:"branch" doc:"Code of the branch the file belongs to: its first owner's, until changed; empty for none"`
	Parties           []Party       `json:"parties"`
	Properties        []Collateral  `json:"properties"`
	CreatedBy         string        `json:"created_by"`
	CreatedAt         time.Time     `json:"created_at"`
	Masked            []string      `json:"masked" doc:"Fields of the parties that are there for others: your roles do not show them to you"`
}

// Tag is the version answered as ETag.
func (a Application) Tag() int { return a.Version }

// Card is a file as the board and the lists show it.
type Card struct {
	ID          ident.ApplicationID `json:"id"`
	Number      string              `json:"number"`
	Title       string              `json:"title"`
	Purpose     string              `json:"purpose"`
	ProductKind string              `json:"product_kind"`
	AmountCents int64               `json:"amount_cents"`
	TermMonths  int                 `json:"term_months"`
	State       string              `json:"state"`
	StateTitle  workflow.Text       `json:"state_title"`
	Aside       []workflow.Text     `json:"aside" doc:"What else holds beside the state: a file on hold says so"`
	StateSince  time.Time           `json:"state_since"`
	Owner       Owner               `json:"owner"`
	LTVBPS      *int                `json:"ltv_bps"`
	DTIBPS      *int                `json:"dti_bps"`
	Blocked     *instances.Blocked  `json:"blocked"`
	Stalled     *Stalled            `json:"stalled" doc:"How long it stands still; only where stalled files are asked for"`
	Outcome     *string             `json:"outcome" enum:"won,lost"`
	Deadline    *time.Time          `json:"deadline"`
	Breaches    []instances.Breach  `json:"breaches" doc:"Invariants that stand broken: nothing moves but to a lost end until they hold again or are waived"`
	Sent        *SentBreaches       `json:"submission_breaches" doc:"What stands broken in the file's submissions"`
	Version     int                 `json:"version"`
	UpdatedAt   time.Time           `json:"updated_at"`
}

// SentBreaches tells on a file what stands broken in its submissions: how much, and the first with its lender.
type SentBreaches struct {
	Count  int           `json:"count"`
	Lender string        `json:"lender"`
	First  workflow.Text `json:"first"`
}

// title gives a card the words of where it stands.
func (c *Card) title(m *workflow.Machine, states []string) {
	c.StateTitle, c.Aside = m.Template.StateTitle(c.State), append([]workflow.Text{}, m.Aside(states)...)
}

func (a *Application) titles(m *workflow.Machine) { a.title(m, a.States) }

// Owner is the member who keeps the file.
type Owner struct {
	ID   ident.UserID `json:"id"`
	Name string       `json:"name"`
}

// WorkflowRef is the template version a file is pinned to.
type WorkflowRef struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
	Digest  string `json:"digest"`
}

// Party is a subject in a role. ShareBPS is the share of the liability.
type Party struct {
	ID              ident.PartyID   `json:"id"`
	SubjectID       ident.SubjectID `json:"subject_id"`
	RoleType        string          `json:"role_type"`
	ShareBPS        int             `json:"share_bps"`
	DisplayName     string          `json:"display_name"`
	Kind            string          `json:"kind"`
	Employment      string          `json:"employment"`
	NetMonthlyCents *int64          `json:"net_monthly_cents"`
	TaxCode         *string         `json:"tax_code"`
	Of              int             `json:"application_version,omitempty" required:"false" doc:"Version of the file with this party: the ETag. Only in the answer to the request that added it"`
}

// Tag is the file's version, answered as ETag.
func (p Party) Tag() int { return p.Of }

// Collateral is a property in its purpose for the file.
type Collateral struct {
	ID             ident.CollateralID `json:"id"`
	PropertyID     ident.PropertyID   `json:"property_id"`
	Purpose        string             `json:"purpose"`
	LienRank       *int               `json:"lien_rank"`
	AddressLine    string             `json:"address_line"`
	PriceCents     *int64             `json:"price_cents"`
	AppraisalCents *int64             `json:"appraisal_cents"`
	Of             int                `json:"application_version,omitempty" required:"false" doc:"Version of the file with this property: the ETag. Only in the answer to the request that linked it"`
}

// Tag is the file's version, answered as ETag.
func (c Collateral) Tag() int { return c.Of }

// Input is what a file starts from.
type Input struct {
	Title             string        `json:"title,omitempty" maxLength:"200" required:"false"`
	Purpose           string        `json:"purpose" enum:"first_home,second_home,refinance_transfer,refinance_replace,renovation,liquidity,consolidation"`
	ProductKind       string        `json:"product_kind" enum:"mortgage,land_mortgage,personal_loan,salary_backed,delegation"`
	RateKind          string        `json:"rate_kind" enum:"fixed,variable,mixed"`
	AmountCents       int64         `json:"amount_cents" minimum:"100" maximum:"100000000000"`
	TermMonths        int           `json:"term_months" minimum:"1" maximum:"600"`
	NominalRateBPS    int           `json:"nominal_rate_bps,omitempty" minimum:"0" maximum:"10000" required:"false" default:"350"`
	PlannedSubmission calendar.Date `json:"planned_submission"`
}

// Patch changes some of what is asked for; a nil field stays as it is.
type Patch struct {
	Title             *string        `json:"title,omitempty" maxLength:"200"`
	Purpose           *string        `json:"purpose,omitempty" enum:"first_home,second_home,refinance_transfer,refinance_replace,renovation,liquidity,consolidation"`
	ProductKind       *string        `json:"product_kind,omitempty" enum:"mortgage,land_mortgage,personal_loan,salary_backed,delegation"`
	RateKind          *string        `json:"rate_kind,omitempty" enum:"fixed,variable,mixed"`
	AmountCents       *int64         `json:"amount_cents,omitempty" minimum:"100" maximum:"100000000000"`
	TermMonths        *int           `json:"term_months,omitempty" minimum:"1" maximum:"600"`
	NominalRateBPS    *int           `json:"nominal_rate_bps,omitempty" minimum:"0" maximum:"10000"`
	PlannedSubmission *calendar.Date `json:"planned_submission,omitempty"`
	OwnerID           *ident.UserID  `json:"owner_id,omitempty"`
	Branch            *string        `json:"branch,omitempty" maxLength:"40" pattern:"^([a-z0-9][a-z0-9_-]*)?$" doc:"Code of the branch the file belongs to"`
}

// Roles a party can have, and purposes a property can serve.
var (
	RoleTypes = []string{"applicant", "co_applicant", "guarantor", "third_party_mortgagor", "seller", "beneficial_owner", "executor"}
	Purposes  = []string{"purchased", "mortgaged", "sold", "annex"}
)

// errStale: the caller saw an older version.
var errStale = fault.New(fault.Stale, "version.stale", "This file was changed since you read it. Load it again.")

// errEnded: a final state has been reached.
var errEnded = fault.New(fault.Conflict, "application.ended", "This file has ended and cannot be changed any more.")

// errMissing: there is no such file for this agency.
var errMissing = fault.Missing("application")
