package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/submissions"
)

// SubmissionPath names a submission in the address. Exported because huma reads embedded fields only then.
type SubmissionPath struct {
	ID ident.SubmissionID `path:"id"`
}

type submissionHistory struct {
	SubmissionPath
	HistoryQuery
}

type submissionBody struct {
	ApplicationPath
	Body submissions.Draft
}

type submissionEvent struct {
	SubmissionPath
	Body eventBody
}

type submissionWaiver struct {
	SubmissionPath
	Body applications.Waiver
}

type submissionAnswer struct {
	SubmissionPath
	Body submissions.Answer
}

type submissionDocument struct {
	SubmissionPath
	Body struct {
		DocumentID ident.DocumentID `json:"document_id"`
	}
}

type preCheckBody struct {
	ApplicationPath
	Body struct {
		LenderID ident.LenderID `json:"lender_id"`
	}
}

func submissionRoutes(d Deps) []Route {
	s := d.Submissions
	return []Route{
		on("GET", "/applications/{id}/submissions", "submissions.read", "A file's submissions to lenders", func(ctx context.Context, c Call, in *ApplicationPath) (list[submissions.Submission], error) {
			return listOf(s.List(ctx, c.Scope, in.ID))
		}),
		on("POST", "/applications/{id}/submissions", "submissions.write", "Draft a submission to a lender", func(ctx context.Context, c Call, in *submissionBody) (submissions.Submission, error) {
			return s.Create(ctx, c.Scope, in.ID, in.Body)
		}).created().once(),
		on("GET", "/submissions/{id}", "submissions.read", "A submission with what the lender asked for", func(ctx context.Context, c Call, in *SubmissionPath) (submissions.Submission, error) {
			return s.Get(ctx, c.Scope, in.ID)
		}),
		on("GET", "/submissions/{id}/events", "submissions.read", "What can happen now, and what stands in its way", func(ctx context.Context, c Call, in *SubmissionPath) (applications.Offers, error) {
			return s.Offers(ctx, c.Scope, in.ID)
		}),
		on("POST", "/submissions/{id}/events", "submissions.transition", "Send an event", func(ctx context.Context, c Call, in *submissionEvent) (applications.Moved, error) {
			return s.Send(ctx, c.Scope, in.ID, c.Version, in.Body.send())
		}).matched().once(),
		on("POST", "/submissions/{id}/waivers", "submissions.waive", "Let a broken invariant stand, with a reason", func(ctx context.Context, c Call, in *submissionWaiver) (applications.Moved, error) {
			return s.Waive(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched().once(),
		on("GET", "/submissions/{id}/history", "submissions.read", "What happened, step by step, the newest first", func(ctx context.Context, c Call, in *submissionHistory) (page.Page[applications.Step], error) {
			return s.History(ctx, c.Scope, in.ID, in.page())
		}),
		on("POST", "/submissions/{id}/answers", "submissions.write", "Answer an item the lender asked about: with a document, or a counter-offer with a choice", func(ctx context.Context, c Call, in *submissionAnswer) (submissions.Submission, error) {
			return s.AnswerRequest(ctx, c.Scope, in.ID, in.Body)
		}).once(),
		on("POST", "/submissions/{id}/documents", "submissions.write", "Hand the lender a document it did not ask for", func(ctx context.Context, c Call, in *submissionDocument) (submissions.Submission, error) {
			return s.AddDocument(ctx, c.Scope, in.ID, in.Body.DocumentID)
		}).once(),
		on("GET", "/submissions/{id}/messages", "submissions.read", "What lender and broker have written to each other, as the lender has it", func(ctx context.Context, c Call, in *SubmissionPath) (list[submissions.Message], error) {
			return listOf(s.Messages(ctx, c.Scope, in.ID))
		}),
		on("POST", "/applications/{id}/pre-checks", "submissions.write", "Ask a lender what it would say of the file as it stands", func(ctx context.Context, c Call, in *preCheckBody) (submissions.PreCheck, error) {
			return s.PreCheck(ctx, c.Scope, in.ID, in.Body.LenderID)
		}).once(),
	}
}
