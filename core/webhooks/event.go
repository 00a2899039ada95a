package webhooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Event is a fact of the platform: one of the structs below, which is the `data` of its type. A field that changes its meaning is a new
// type, ….v2, sent beside the old one for as long as anybody wants that.
type Event interface {
	Type() string
	// About is the noun it is about, and its version: 0 where it has none.
	About() (subject fmt.Stringer, sequence int)
}

// Types of events. Test is sent by hand only.
const (
	ApplicationOpened  = "com.pratica.application.opened.v1"
	ApplicationMoved   = "com.pratica.application.moved.v1"
	SubmissionOpened   = "com.pratica.submission.opened.v1"
	SubmissionMoved    = "com.pratica.submission.moved.v1"
	SubmissionAnswered = "com.pratica.submission.answered.v1"
	DocumentAccepted   = "com.pratica.document.accepted.v1"
	DocumentRejected   = "com.pratica.document.rejected.v1"
	ConsentChanged     = "com.pratica.consent.changed.v1"
	OperationFailed    = "com.pratica.operation.failed.v1"
	ConnectionStopped  = "com.pratica.connection.stopped.v1"
	Test               = "com.pratica.webhook.test.v1"
)

// Application is a file that was opened or has moved. States are the active leaves of the template, by their names in it; From those
// before, empty for a file that was opened. Outcome is null while it is under way.
type Application struct {
	ID      ident.ApplicationID `json:"application_id"`
	From    []string            `json:"from"`
	States  []string            `json:"states"`
	Outcome *string             `json:"outcome"`
	Version int                 `json:"version"`
}

// Submission is a file on its way to a lender.
type Submission struct {
	ID            ident.SubmissionID  `json:"submission_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	LenderID      ident.LenderID      `json:"lender_id"`
	From          []string            `json:"from"`
	States        []string            `json:"states"`
	Outcome       *string             `json:"outcome"`
	Version       int                 `json:"version"`
}

// Answer is a document given to an item that a lender asked for.
type Answer struct {
	ID            ident.SubmissionID  `json:"submission_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	ItemID        ident.RequestID     `json:"item_id"`
	DocumentID    ident.DocumentID    `json:"document_id,omitzero"`
	Version       int                 `json:"version"`
}

// Document is a paper that was accepted or rejected; whose it is, is one of the three.
type Document struct {
	ID            ident.DocumentID    `json:"document_id"`
	Kind          string              `json:"kind"`
	State         string              `json:"state"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	SubjectID     ident.SubjectID     `json:"subject_id"`
	PropertyID    ident.PropertyID    `json:"property_id"`
	Version       int                 `json:"version"`
}

// Consent is a purpose that a person has agreed to, or no longer does. State is given or withdrawn.
type Consent struct {
	SubjectID ident.SubjectID `json:"subject_id"`
	Purpose   string          `json:"purpose"`
	State     string          `json:"state"`
}

// Operation is work for a connector that has failed for good. Kind and Code are words of the connector's protocol.
type Operation struct {
	ID            ident.OperationID   `json:"operation_id"`
	ConnectionID  ident.ConnectionID  `json:"connection_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	SubmissionID  ident.SubmissionID  `json:"submission_id"`
	Connector     string              `json:"connector"`
	Method        string              `json:"method"`
	Kind          string              `json:"kind"`
	Code          string              `json:"code"`
	Version       int                 `json:"version"`
}

// Connection is one whose settings the other side refuses.
type Connection struct {
	ID        ident.ConnectionID `json:"connection_id"`
	Connector string             `json:"connector"`
	Version   int                `json:"version"`
}

// Tested is sent by hand, to see whether an endpoint works.
type Tested struct {
	ID ident.WebhookID `json:"webhook_id"`
}

// Type tells an opened file from one that has moved.
func (e Application) Type() string {
	return either(len(e.From) == 0, ApplicationOpened, ApplicationMoved)
}

// Type tells an opened submission from one that has moved.
func (e Submission) Type() string { return either(len(e.From) == 0, SubmissionOpened, SubmissionMoved) }

// Type tells an accepted paper from a rejected one.
func (e Document) Type() string {
	return either(e.State == "accepted", DocumentAccepted, DocumentRejected)
}

func (Answer) Type() string     { return SubmissionAnswered }
func (Consent) Type() string    { return ConsentChanged }
func (Operation) Type() string  { return OperationFailed }
func (Connection) Type() string { return ConnectionStopped }
func (Tested) Type() string     { return Test }

// About is the noun and its version.
func (e Application) About() (fmt.Stringer, int) { return e.ID, e.Version }
func (e Submission) About() (fmt.Stringer, int)  { return e.ID, e.Version }
func (e Answer) About() (fmt.Stringer, int)      { return e.ID, e.Version }
func (e Document) About() (fmt.Stringer, int)    { return e.ID, e.Version }
func (e Consent) About() (fmt.Stringer, int)     { return e.SubjectID, 0 }
func (e Operation) About() (fmt.Stringer, int)   { return e.ID, e.Version }
func (e Connection) About() (fmt.Stringer, int)  { return e.ID, e.Version }
func (e Tested) About() (fmt.Stringer, int)      { return e.ID, 0 }

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// Emit writes an event for every endpoint that wants its type, in the transaction of what it tells. Paused and disabled ones have it
// when they are taken up again.
func Emit(tx *tenancy.Tx, e Event) error {
	return write(tx, e, `from webhook_endpoints where $2 = any(types)`)
}

func write(tx *tenancy.Tx, e Event, to string, args ...any) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.Type(), err)
	}
	subject, sequence := e.About()
	tx.Exec(`insert into webhook_deliveries (tenant_id, endpoint_id, id, type, subject, sequence, data, at, next_attempt_at)
		select tenant_id, id, $1, $2, $3, $4, $5, $6, $6 `+to, append([]any{ident.NewEvent(), e.Type(), subject.String(), sequence, data, tx.Now()}, args...)...)
	return nil
}

// Kind is a line of the catalogue of types, with an example of what is posted.
type Kind struct {
	Type    string   `json:"type"`
	Example Envelope `json:"example"`
}

// Kinds is the catalogue, but for Test, which nobody subscribes to.
func (s *Service) Kinds(tenant ident.AgencyID) []Kind {
	out := make([]Kind, 0, len(examples))
	for _, e := range examples {
		subject, sequence := e.About()
		data, _ := json.Marshal(e) // plain structs
		d := delivered{ID: exampleEvent, Type: e.Type(), Subject: subject.String(), Sequence: int64(sequence), Data: data, At: exampleAt}
		out = append(out, Kind{e.Type(), d.envelope(s.source(tenant))})
	}
	return out
}

func known(name string) bool {
	return slices.ContainsFunc(examples, func(e Event) bool { return e.Type() == name })
}

// Examples are made of the same ids on every call, so that a page can be compared with another.
var (
	exampleEvent = example(ident.EventID{}, 1)
	exampleAt    = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	examples     = func() []Event {
		file, sent, lender := example(ident.ApplicationID{}, 2), example(ident.SubmissionID{}, 3), example(ident.LenderID{}, 4)
		paper, person, link := example(ident.DocumentID{}, 5), example(ident.SubjectID{}, 6), example(ident.ConnectionID{}, 7)
		won := "won"
		return []Event{
			Application{ID: file, From: []string{}, States: []string{"pre_assessment"}, Version: 2},
			Application{ID: file, From: []string{"document_collection"}, States: []string{"file_check"}, Version: 14},
			Submission{ID: sent, ApplicationID: file, LenderID: lender, From: []string{}, States: []string{"draft"}, Version: 2},
			Submission{ID: sent, ApplicationID: file, LenderID: lender, From: []string{"offer_reflection"}, States: []string{"accepted"}, Outcome: &won, Version: 11},
			Answer{ID: sent, ApplicationID: file, ItemID: example(ident.RequestID{}, 8), DocumentID: paper, Version: 6},
			Document{ID: paper, Kind: "payslip", State: "accepted", SubjectID: person, Version: 3},
			Document{ID: paper, Kind: "payslip", State: "rejected", SubjectID: person, Version: 3},
			Consent{SubjectID: person, Purpose: "marketing", State: "withdrawn"},
			Operation{ID: example(ident.OperationID{}, 9), ConnectionID: link, ApplicationID: file, SubmissionID: sent, Connector: "bankportal", Method: "SubmitApplication", Kind: "rejected", Code: "ltv", Version: 4},
			Connection{ID: link, Connector: "bankportal", Version: 3},
		}
	}()
)

func example[N ident.Noun](id ident.ID[N], last byte) ident.ID[N] {
	id.UUID = [16]byte{0x01, 0x93, 0x5a, 0x11, 0, 0, 0x70, 0, 0x80, 15: last}
	return id
}
