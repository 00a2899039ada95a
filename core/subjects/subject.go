package subjects

import (
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Subject is a natural or legal person. Incomes and liabilities in cents a month.
type Subject struct {
	ID          ident.SubjectID `json:"id"`
	DisplayName string          `json:"display_name"`
	Data
	RiskProfile *string   `json:"risk_profile" enum:"low,medium,high"`
	Warnings    []Warning `json:"warnings"`
	Masked      []string  `json:"masked" doc:"Fields that are there for others: your roles do not show them to you, and you cannot change them"`
	Version     int       `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`

	dataKey []byte
	erased  bool
}

// Tag is the version answered as ETag.
func (s Subject) Tag() int { return s.Version }

// Data is what a person's form holds.
type Data struct {
	Kind          string        `json:"kind" enum:"natural,legal"`
	FirstName     string        `json:"first_name,omitempty" maxLength:"100" required:"false"`
	LastName      string        `json:"last_name,omitempty" maxLength:"100" required:"false"`
	CompanyName   string        `json:"company_name,omitempty" maxLength:"200" required:"false"`
	TaxCode       *string       `json:"tax_code,omitempty" maxLength:"20"`
	VATNumber     *string       `json:"vat_number,omitempty" maxLength:"20"`
	BirthDate     calendar.Date `json:"birth_date,omitzero" required:"false"`
	BirthPlace    string        `json:"birth_place,omitempty" maxLength:"100" required:"false"`
	Sex           string        `json:"sex,omitempty" enum:"M,F," required:"false"`
	Citizenship   string        `json:"citizenship,omitempty" maxLength:"2" required:"false"`
	MaritalStatus string        `json:"marital_status,omitempty" enum:"single,married,separated,divorced,widowed,civil_union," required:"false"`
	Email         string        `json:"email,omitempty" maxLength:"254" required:"false"`
	Phone         string        `json:"phone,omitempty" maxLength:"40" required:"false"`
	IBAN          string        `json:"iban,omitempty" maxLength:"40" required:"false"`
	PEP           bool          `json:"pep,omitempty" required:"false" doc:"Politically exposed person"`
	Addresses     []Address     `json:"addresses,omitempty" maxItems:"20" required:"false"`
	Employments   []Employment  `json:"employments,omitempty" maxItems:"20" required:"false"`
	Incomes       []Income      `json:"incomes" maxItems:"20" required:"false"`
	Liabilities   []Liability   `json:"liabilities" maxItems:"50" required:"false"`

	IdentityDocuments []IdentityDocument `json:"identity_documents" maxItems:"10" required:"false"`
	Health            *Remark            `json:"health" required:"false" doc:"What bears on insurability"`
	Legal             *Remark            `json:"legal" required:"false" doc:"Protests, insolvency, pending proceedings"`
}

// IdentityDocument is a document that shows who somebody is.
type IdentityDocument struct {
	Kind      string        `json:"kind" enum:"identity_card,passport,driving_licence,permit_of_stay"`
	Number    string        `json:"number" maxLength:"40"`
	IssuedBy  string        `json:"issued_by,omitempty" maxLength:"100" required:"false"`
	IssuedOn  calendar.Date `json:"issued_on,omitzero" required:"false"`
	ExpiresOn calendar.Date `json:"expires_on,omitzero" required:"false"`
}

// Remark is what somebody said or showed, as free text with the day.
type Remark struct {
	Text string        `json:"text" maxLength:"4000"`
	On   calendar.Date `json:"on,omitzero" required:"false"`
}

// Address is where somebody lives or is registered.
type Address struct {
	Kind       string `json:"kind" enum:"residence,domicile,registered"`
	Street     string `json:"street" maxLength:"200"`
	City       string `json:"city" maxLength:"100"`
	Province   string `json:"province,omitempty" maxLength:"2" required:"false"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"10" required:"false"`
	Country    string `json:"country,omitempty" maxLength:"2" required:"false"`
}

// Employment is what somebody lives of; the first one decides the documents asked for.
type Employment struct {
	Kind     string        `json:"kind" enum:"employee,self_employed,pensioner,none"`
	Employer string        `json:"employer,omitempty" maxLength:"200" required:"false"`
	Since    calendar.Date `json:"since,omitzero" required:"false"`
	Contract string        `json:"contract,omitempty" maxLength:"50" required:"false"`
}

// Income is a regular net income.
type Income struct {
	Kind            string `json:"kind,omitempty" maxLength:"50" required:"false"`
	Source          string `json:"source,omitempty" maxLength:"200" required:"false"`
	NetMonthlyCents int64  `json:"net_monthly_cents" minimum:"0" maximum:"1000000000"`
}

// Liability is an instalment somebody already pays.
type Liability struct {
	Kind          string        `json:"kind,omitempty" maxLength:"50" required:"false"`
	Lender        string        `json:"lender,omitempty" maxLength:"200" required:"false"`
	MonthlyCents  int64         `json:"monthly_cents" minimum:"0" maximum:"1000000000"`
	ResidualCents int64         `json:"residual_cents,omitempty" minimum:"0" required:"false"`
	EndsOn        calendar.Date `json:"ends_on,omitzero" required:"false"`
}

// clean checks what was entered and gives identifiers their canonical form. Every wrong field is named.
func (d Data) clean() (Data, error) {
	e := fault.New(fault.Invalid, "subject.invalid", "Some fields are not right; see errors.")
	wrong := func(code, pointer, message string) {
		e.Code = code
		e.Fields = append(e.Fields, fault.Field{Pointer: pointer, Message: message})
	}
	check := func(value *string, by func(string) (string, error), code, pointer string) *string {
		if value == nil || strings.TrimSpace(*value) == "" {
			return nil
		}
		clean, err := by(*value)
		if err != nil {
			wrong(code, pointer, err.Error())
		}
		return &clean
	}
	d.TaxCode = check(d.TaxCode, TaxCode, "subject.tax_code", "/tax_code")
	d.VATNumber = check(d.VATNumber, VATNumber, "subject.vat_number", "/vat_number")
	if iban := check(&d.IBAN, IBAN, "subject.iban", "/iban"); iban != nil {
		d.IBAN = *iban
	}
	d.FirstName, d.LastName, d.CompanyName = strings.TrimSpace(d.FirstName), strings.TrimSpace(d.LastName), strings.TrimSpace(d.CompanyName)
	if d.Kind == "natural" && (d.FirstName == "" || d.LastName == "") {
		wrong("subject.name", "/last_name", "A person has a first and a last name.")
	}
	if d.Kind == "legal" && d.CompanyName == "" {
		wrong("subject.name", "/company_name", "A company has a name.")
	}
	for _, i := range d.Incomes {
		if i.NetMonthlyCents < 0 {
			wrong("subject.income", "/incomes", "An income is not negative.")
		}
	}
	for _, l := range d.Liabilities {
		if l.MonthlyCents < 0 {
			wrong("subject.liability", "/liabilities", "An instalment is not negative.")
		}
	}
	if d.Citizenship == "" {
		d.Citizenship = "IT"
	}
	if len(e.Fields) > 0 {
		return d, e
	}
	return d, nil
}

// name is how lists show a subject: last name first.
func (d Data) name() string {
	if d.Kind == "legal" {
		return d.CompanyName
	}
	return d.LastName + " " + d.FirstName
}

// warn compares the codice fiscale with the person's data.
func (s *Subject) warn() {
	s.Warnings = []Warning{}
	if s.TaxCode != nil && s.Kind == "natural" {
		s.Warnings = TaxCodeWarnings(*s.TaxCode, s.LastName, s.FirstName, s.BirthDate, s.Sex)
	}
}

// InUse is the refusal to delete a subject who takes part in files.
type InUse struct {
	fault *fault.Error
	Files []HeldFile
}

// HeldFile is a file that holds a subject.
type HeldFile struct {
	ID     ident.ApplicationID `json:"id"`
	Number string              `json:"number"`
	State  string              `json:"state"`
}

func (e *InUse) Error() string { return e.fault.Error() }

// Unwrap lets the error be read as a fault.
func (e *InUse) Unwrap() error { return e.fault }

// Holders are the files, for the problem's body.
func (e *InUse) Holders() any { return e.Files }
