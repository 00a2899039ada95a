package submissions

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// counterOffer is the kind of item that is answered by a choice.
const counterOffer = "counter_offer"

// Answer is what an item a lender asked about is answered with: a document, or, a counter-offer, a choice.
type Answer struct {
	ItemID     ident.RequestID  `json:"item_id"`
	DocumentID ident.DocumentID `json:"document_id,omitzero" required:"false"`
	Choice     string           `json:"choice,omitempty" enum:"accept,decline" required:"false" doc:"For a counter-offer, instead of a document"`
}

// sent is a document as an operation hands it over; the content travels beside it.
type sent struct {
	Reference string           `json:"reference"`
	Item      string           `json:"item_id,omitempty"`
	Kind      string           `json:"kind"`
	Choice    string           `json:"choice,omitempty"`
	Document  ident.DocumentID `json:"document_id,omitzero"`
	SHA256    string           `json:"sha256,omitempty"`
	FileName  string           `json:"file_name,omitempty"`
	MediaType string           `json:"media_type,omitempty"`
	SizeBytes int64            `json:"size_bytes,omitempty"`
}

// AnswerRequest answers an item a lender asked about: the answer is sent to the lender.
func (s *Service) AnswerRequest(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, in Answer) (Submission, error) {
	var out Submission
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if f.Outcome != nil {
			return errEnded
		}
		var asked *Request
		for i := range f.RequestedItems {
			if f.RequestedItems[i].ID == in.ItemID {
				asked = &f.RequestedItems[i]
			}
		}
		if asked == nil {
			return fault.Input("submission.no_item", "/item_id", "The lender asked for no such item.")
		}
		answer := sent{Kind: asked.Kind}
		if asked.Kind == counterOffer {
			if err := choose(tx, f, asked, in); err != nil {
				return err
			}
			answer.Choice = in.Choice
		} else {
			if in.DocumentID.IsZero() || in.Choice != "" {
				return fault.Input("submission.answer", "/document_id", "This item is answered with a document.")
			}
			if answer, err = paper(tx, f, in.DocumentID); err != nil {
				return err
			}
			answer.Kind, asked.AnsweredDocumentID = asked.Kind, in.DocumentID
			tx.Exec("update submission_requests set document_id = $2, answered_at = $3 where id = $1", asked.ID, in.DocumentID, tx.Now())
		}
		audit.Record(tx, "submission.answered", id, nil)
		if err := webhooks.Emit(tx, webhooks.Answer{ID: id, ApplicationID: f.ApplicationID, ItemID: in.ItemID, DocumentID: in.DocumentID, Version: f.Version}); err != nil {
			return err
		}
		answer.Item = asked.external
		if err := s.hand(tx, f, connectors.Answering, answer); err != nil {
			return err
		}
		if err := s.settle(tx, f); err != nil {
			return err
		}
		out = f.Submission
		return tx.Answer(out)
	})
	return out, err
}

// choose answers a counter-offer, once. What is accepted is what the lender is asked for from now on.
func choose(tx *tenancy.Tx, f *file, asked *Request, in Answer) error {
	switch {
	case in.Choice == "" || !in.DocumentID.IsZero():
		return fault.Input("submission.answer", "/choice", "A counter-offer is answered with a choice: accept or decline.")
	case asked.Choice != nil:
		return fault.New(fault.Conflict, "submission.chosen", "This counter-offer has been answered already.")
	}
	asked.Choice = &in.Choice
	tx.Exec("update submission_requests set choice = $2, answered_at = $3 where id = $1", asked.ID, in.Choice, tx.Now())
	if in.Choice == "accept" {
		f.AmountCents = *asked.AmountCents
		if asked.RateBPS != nil {
			f.RateBPS = asked.RateBPS
		}
		tx.Exec("update submissions set amount_cents = $2, rate_bps = $3 where id = $1", f.ID, f.AmountCents, f.RateBPS)
	}
	return nil
}

// AddDocument hands the lender a document it did not ask for.
func (s *Service) AddDocument(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, document ident.DocumentID) (Submission, error) {
	var out Submission
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if f.Outcome != nil {
			return errEnded
		}
		if f.connection.IsZero() || f.LenderReference == nil {
			return errNotThere
		}
		paper, err := paper(tx, f, document)
		if err != nil {
			return err
		}
		audit.Record(tx, "submission.document_added", id, nil)
		if err := s.hand(tx, f, connectors.Document, paper); err != nil {
			return err
		}
		out = f.Submission
		return tx.Answer(out)
	})
	return out, err
}

var (
	errEnded    = fault.New(fault.Conflict, "submission.ended", "This submission has ended; the lender takes nothing more.")
	errNotThere = fault.New(fault.Conflict, "submission.not_there", "The lender has not confirmed this submission through a connection yet. Wait for its reference, or send it by hand.")
)

// hand writes the operation that carries a document or a choice to the lender, where there is a connection and the lender has the file.
func (s *Service) hand(tx *tenancy.Tx, f *file, method string, what sent) error {
	if f.connection.IsZero() || f.LenderReference == nil {
		return nil
	}
	what.Reference = *f.LenderReference
	_, err := connectors.Enqueue(tx, connectors.Order{Method: method, Connector: f.connector, Connection: f.connection, Submission: f.ID, Application: f.ApplicationID, Payload: what})
	return err
}

// paper is a document of the file, as it is handed over.
func paper(tx *tenancy.Tx, f *file, document ident.DocumentID) (sent, error) {
	out := sent{Document: document}
	var state string
	if err := tx.Load(tenancy.Scan(`select d.state, d.kind, coalesce(encode(d.sha256, 'hex'), ''), d.file_name, d.media_type, d.size_bytes from documents d where d.id = $1 and (d.application_id = $2
			or d.subject_id in (select subject_id from application_parties where application_id = $2)
			or d.property_id in (select property_id from application_properties where application_id = $2))`, []any{document, f.ApplicationID}, func(rows pgx.Rows) error {
		return rows.Scan(&state, &out.Kind, &out.SHA256, &out.FileName, &out.MediaType, &out.SizeBytes)
	})); err != nil {
		return out, err
	}
	switch state {
	case "": // another file's papers are not this lender's to see
		return out, fault.Missing("document")
	case "requested", "rejected":
		return out, fault.New(fault.Conflict, "document.no_content", "This document has nothing to send. Upload it first.")
	}
	return out, nil
}
