package consents

import (
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// What PSD2 lets anybody have (RTS Art. 10 and 36(5)).
const (
	DaysAtMost  = 180
	ReadsPerDay = 4
)

// linkLives is how long a link opens, at most until the consent's last day. The template ends what nobody came for by then, or earlier.
const linkLives = 14 * 24 * time.Hour

// Consent is what a person lets be read at one bank.
type Consent struct {
	ID            ident.BankConsentID `json:"id"`
	SubjectID     ident.SubjectID     `json:"subject_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	ConnectionID  ident.ConnectionID  `json:"connection_id"`
	Institution   string              `json:"institution"`
	Name          string              `json:"institution_name"`
	ValidUntil    calendar.Date       `json:"valid_until" doc:"The last day, in Rome"`
	State         string              `json:"state"`
	StateTitle    workflow.Text       `json:"state_title"`
	Ended         bool                `json:"ended"`
	WithdrawnAt   *time.Time          `json:"withdrawn_at" doc:"By the person, in the portal: it is not in force from then on, even where the template has no place for that"`
	Link          *Link               `json:"link" doc:"Where the person agrees, while they are waited for"`
	ReadsToday    int                 `json:"reads_today" doc:"Unattended ones, of at most four"`
	LastRead      *Read               `json:"last_read"`
	Version       int                 `json:"version"`
	CreatedAt     time.Time           `json:"created_at"`
	UpdatedAt     time.Time           `json:"updated_at"`

	details  details
	workflow ident.WorkflowID
	refs     []string
	plug     string
}

// Tag is the version answered as ETag.
func (c Consent) Tag() int { return c.Version }

// Link is where a person agrees, and how far they are there: ask, they have not begun; again, the bank could not be asked, and they may
// begin again; wait, slow, it is being asked; app, it asks them by itself; go, its page waits for them.
type Link struct {
	URL    string          `json:"url,omitempty" doc:"For the person, and for those who may ask for consents"`
	Stand  callbacks.Stand `json:"stand" enum:"ask,again,wait,slow,app,go"`
	Until  time.Time       `json:"until" doc:"When it stops opening"`
	Mailed bool            `json:"mailed" doc:"False: the person has no address; give them the link"`
}

// Read is one read of the accounts.
type Read struct {
	ID           ident.BankReadID `json:"id"`
	State        string           `json:"state" enum:"reading,done,failed"`
	Attended     bool             `json:"attended"`
	Transactions int              `json:"transactions"`
	Cut          bool             `json:"cut" doc:"There was more at the bank than is taken"`
	From         calendar.Date    `json:"from"`
	To           calendar.Date    `json:"to"`
	StartedAt    time.Time        `json:"started_at"`
	FinishedAt   *time.Time       `json:"finished_at"`
}

// Input asks for a consent.
type Input struct {
	ApplicationID ident.ApplicationID `json:"application_id" doc:"A file in which the person takes part"`
	ConnectionID  ident.ConnectionID  `json:"connection_id"`
	Institution   string              `json:"institution" maxLength:"100" doc:"Of the connector's list; empty where the connection leads to one bank"`
	Name          string              `json:"institution_name" minLength:"1" maxLength:"200"`
	ValidUntil    calendar.Date       `json:"valid_until"`
}

// details are what only the person's key opens.
type details struct {
	callbacks.Way
	Token   string    `json:"token"` // of the person's link
	Mailed  bool      `json:"mailed,omitempty"`
	Return  string    `json:"return"`
	Context []byte    `json:"context,omitempty"`
	Left    []started `json:"left,omitempty"` // of starts whose page expired: they end at the bank
	IBANs   []string  `json:"ibans,omitempty"`
	Reason  string    `json:"reason,omitempty"` // a code: why it came to nothing
}

// today is the day in Rome.
func today(now time.Time) calendar.Date {
	y, m, d := now.In(calendar.Rome()).Date()
	return calendar.On(y, m, d)
}

// midnight is when a day begins in Rome.
func midnight(d calendar.Date) time.Time {
	t := d.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, calendar.Rome()).UTC()
}

// ends is when a consent with this last day is over.
func ends(last calendar.Date) time.Time { return midnight(last.AddDays(1)) }

// fits refuses days that the law does not let, or that are none.
func fits(until calendar.Date, now time.Time) error {
	first, last := today(now), today(now).AddDays(DaysAtMost)
	switch {
	case until.Before(first):
		return fault.Input("bank_consent.too_short", "/valid_until", "The last day has passed. Choose one between "+first.String()+" and "+last.String()+".")
	case last.Before(until):
		return fault.Input("bank_consent.too_long", "/valid_until", fmt.Sprintf("A consent to read accounts holds at most %d days (PSD2). Choose a day until %s; it can be renewed then.", DaysAtMost, last))
	}
	return nil
}

// spent is the refusal of a fifth unattended read, with when there can be another one.
func spent(now time.Time) error {
	next := ends(today(now))
	code := "bank_consent.reads_spent"
	return &fault.Error{Kind: fault.Refused, Code: code, Message: "The four reads a day without the person are used up. The next one is possible after midnight (Rome), or with the person there: send them a new link.",
		Blockers: []workflow.Blocker{{Code: code, Facts: []workflow.BlockerFact{}, Earliest: &next, Text: workflow.Text{
			EN: fmt.Sprintf("The %d reads a day without the person are used up: the next one is possible from %s.", ReadsPerDay, next.In(calendar.Rome()).Format("2 January 2006, 15:04")),
			IT: fmt.Sprintf("Le %d letture al giorno senza la persona sono esaurite: la prossima è possibile dal %s.", ReadsPerDay, next.In(calendar.Rome()).Format("02/01/2006, 15:04"))}}}}
}
