package api

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/plan"
)

// ApplicationPath names an application in the address. Exported because huma reads embedded fields only then.
type ApplicationPath struct {
	ID ident.ApplicationID `path:"id"`
}

// HistoryQuery asks for a page of what happened. Exported because huma reads embedded fields only then.
type HistoryQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
	Cursor string `query:"cursor" maxLength:"400"`
}

func (q HistoryQuery) page() page.Query { return page.Query(q) }

type applicationHistory struct {
	ApplicationPath
	HistoryQuery
}

type applicationPlan struct {
	ApplicationPath
	To string `query:"to" required:"true" maxLength:"100" doc:"State to reach"`
}

type applicationBody struct{ Body applications.Input }

type boardFilter struct {
	Stalled bool `query:"stalled" doc:"Only files that have stood in their state for longer than expected, the longest first"`
}

type applicationPatch struct {
	ApplicationPath
	Body applications.Patch
}

type partyBody struct {
	ApplicationPath
	Body struct {
		SubjectID ident.SubjectID `json:"subject_id"`
		RoleType  string          `json:"role_type" enum:"applicant,co_applicant,guarantor,third_party_mortgagor,seller,beneficial_owner,executor"`
		ShareBPS  *int            `json:"share_bps,omitempty" minimum:"0" maximum:"10000" doc:"Share of the liability; 10000 when absent"`
	}
}

type partyPath struct {
	ApplicationPath
	Party ident.PartyID `path:"partyId"`
}

type partyPatch struct {
	ApplicationPath
	Party ident.PartyID `path:"partyId"`
	Body  struct {
		ShareBPS int `json:"share_bps" minimum:"0" maximum:"10000" doc:"Share of the liability"`
	}
}

type collateralPatch struct {
	ApplicationPath
	Link ident.CollateralID `path:"linkId"`
	Body struct {
		LienRank *int `json:"lien_rank" minimum:"1" maximum:"9" required:"true" doc:"null: none"`
	}
}

type collateralBody struct {
	ApplicationPath
	Body struct {
		PropertyID ident.PropertyID `json:"property_id"`
		Purpose    string           `json:"purpose" enum:"purchased,mortgaged,sold,annex"`
		LienRank   *int             `json:"lien_rank,omitempty" minimum:"1" maximum:"9"`
	}
}

type collateralPath struct {
	ApplicationPath
	Link ident.CollateralID `path:"linkId"`
}

// eventBody is an event sent to a machine.
type eventBody struct {
	Event   string         `json:"event" minLength:"1" maxLength:"100"`
	Reason  string         `json:"reason,omitempty" maxLength:"2000" required:"false"`
	Payload map[string]any `json:"payload,omitempty" required:"false"`
}

func (b eventBody) send() applications.Send {
	return applications.Send{Event: b.Event, Reason: b.Reason, Payload: b.Payload}
}

type applicationEvent struct {
	ApplicationPath
	Body eventBody
}

type applicationWaiver struct {
	ApplicationPath
	Body applications.Waiver
}

type factsBody struct {
	ApplicationPath
	Body map[string]json.RawMessage
}

func applicationRoutes(d Deps) []Route {
	a := d.Applications
	return []Route{
		on("GET", "/applications", "applications.read", "Files, the newest change first", func(ctx context.Context, c Call, in *applications.Filter) (page.Page[applications.Card], error) {
			return a.List(ctx, c.Scope, *in)
		}),
		on("GET", "/applications/board", "applications.read", "The pipeline by state", func(ctx context.Context, c Call, in *boardFilter) (applications.Board, error) {
			return a.Board(ctx, c.Scope, in.Stalled)
		}),
		on("POST", "/applications", "applications.write", "Open a file", func(ctx context.Context, c Call, in *applicationBody) (applications.Application, error) {
			return a.Create(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/applications/{id}", "applications.read", "A file with its people and properties", func(ctx context.Context, c Call, in *ApplicationPath) (applications.Application, error) {
			return a.Get(ctx, noteFile(c.Scope, in.ID), in.ID)
		}),
		on("PATCH", "/applications/{id}", "applications.write", "Change what is asked for", func(ctx context.Context, c Call, in *applicationPatch) (applications.Application, error) {
			return a.Change(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("GET", "/applications/{id}/graph", "applications.read", "People, properties and lenders around a file", func(ctx context.Context, c Call, in *ApplicationPath) (applications.Graph, error) {
			return a.Graph(ctx, c.Scope, in.ID)
		}),
		on("GET", "/applications/{id}/parties", "applications.read", "The people of a file", func(ctx context.Context, c Call, in *ApplicationPath) (list[applications.Party], error) {
			f, err := a.Get(ctx, noteFile(c.Scope, in.ID), in.ID)
			return listOf(f.Parties, err)
		}),
		on("POST", "/applications/{id}/parties", "applications.write", "Give a subject a role in the file", func(ctx context.Context, c Call, in *partyBody) (applications.Party, error) {
			return a.AddParty(ctx, c.Scope, in.ID, c.Version, applications.Party{SubjectID: in.Body.SubjectID, RoleType: in.Body.RoleType, ShareBPS: or(in.Body.ShareBPS, 10_000)})
		}).created(),
		on("DELETE", "/applications/{id}/parties/{partyId}", "applications.write", "Take a role away", func(ctx context.Context, c Call, in *partyPath) (NoneOf, error) {
			left, err := a.RemoveParty(ctx, c.Scope, in.ID, c.Version, in.Party)
			return NoneOf{left.Version}, err
		}).matched(),
		on("PATCH", "/applications/{id}/parties/{partyId}", "applications.write", "Change a share of the liability", func(ctx context.Context, c Call, in *partyPatch) (applications.Application, error) {
			return a.ChangeParty(ctx, c.Scope, in.ID, c.Version, in.Party, in.Body.ShareBPS)
		}).matched(),
		on("GET", "/applications/{id}/properties", "applications.read", "The properties of a file", func(ctx context.Context, c Call, in *ApplicationPath) (list[applications.Collateral], error) {
			f, err := a.Get(ctx, c.Scope, in.ID)
			return listOf(f.Properties, err)
		}),
		on("POST", "/applications/{id}/properties", "applications.write", "Link a property for a purpose", func(ctx context.Context, c Call, in *collateralBody) (applications.Collateral, error) {
			return a.AddProperty(ctx, c.Scope, in.ID, c.Version, applications.Collateral{PropertyID: in.Body.PropertyID, Purpose: in.Body.Purpose, LienRank: in.Body.LienRank})
		}).created(),
		on("DELETE", "/applications/{id}/properties/{linkId}", "applications.write", "Take a property off the file", func(ctx context.Context, c Call, in *collateralPath) (NoneOf, error) {
			left, err := a.RemoveProperty(ctx, c.Scope, in.ID, c.Version, in.Link)
			return NoneOf{left.Version}, err
		}).matched(),
		on("PATCH", "/applications/{id}/properties/{linkId}", "applications.write", "Change the rank of the lien", func(ctx context.Context, c Call, in *collateralPatch) (applications.Application, error) {
			return a.ChangeProperty(ctx, c.Scope, in.ID, c.Version, in.Link, in.Body.LienRank)
		}).matched(),
		on("GET", "/applications/{id}/events", "applications.read", "What can happen now, and what stands in its way", func(ctx context.Context, c Call, in *ApplicationPath) (applications.Offers, error) {
			return a.Offers(ctx, c.Scope, in.ID)
		}),
		on("POST", "/applications/{id}/events", "applications.transition", "Send an event", func(ctx context.Context, c Call, in *applicationEvent) (applications.Moved, error) {
			return a.Send(ctx, c.Scope, in.ID, c.Version, in.Body.send())
		}).matched().once(),
		on("GET", "/applications/{id}/plan", "applications.read", "The shortest way to a state, and who must do what", func(ctx context.Context, c Call, in *applicationPlan) (plan.Plan, error) {
			return a.Plan(ctx, c.Scope, in.ID, in.To)
		}),
		on("POST", "/applications/{id}/waivers", "applications.waive", "Let a broken invariant stand, with a reason", func(ctx context.Context, c Call, in *applicationWaiver) (applications.Moved, error) {
			return a.Waive(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched().once(),
		on("GET", "/applications/{id}/facts", "applications.read", "The workflow's own facts", func(ctx context.Context, c Call, in *ApplicationPath) (applications.OwnFacts, error) {
			return a.OwnFacts(ctx, c.Scope, in.ID)
		}),
		on("PATCH", "/applications/{id}/facts", "applications.write", "Set facts of roles one holds", func(ctx context.Context, c Call, in *factsBody) (applications.OwnFacts, error) {
			return a.SetFacts(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("GET", "/applications/{id}/ratios", "applications.read", "The ratios with their working", func(ctx context.Context, c Call, in *ApplicationPath) (applications.Ratios, error) {
			return a.Ratios(ctx, noteRatios(c.Scope, in.ID), in.ID)
		}),
		on("GET", "/applications/{id}/schedule", "applications.read", "The amortisation schedule", func(ctx context.Context, c Call, in *ApplicationPath) (products.Schedule, error) {
			return a.Schedule(ctx, c.Scope, in.ID)
		}),
		on("GET", "/applications/{id}/history", "applications.read", "What happened, step by step, the newest first", func(ctx context.Context, c Call, in *applicationHistory) (page.Page[applications.Step], error) {
			return a.History(ctx, c.Scope, in.ID, in.page())
		}),
		on("GET", "/applications/{id}/replay", "applications.read", "Run the history again: the same state, or the row that does not fit", func(ctx context.Context, c Call, in *ApplicationPath) (workflow.Replayed, error) {
			return a.Replay(ctx, c.Scope, in.ID)
		}),
		on("GET", "/applications/{id}/checklist", "documents.read", "The documents the file needs, and how each stands", func(ctx context.Context, c Call, in *ApplicationPath) (documents.List, error) {
			return d.Documents.Checklist(ctx, c.Scope, in.ID)
		}),
	}
}

type noteBody struct {
	ApplicationPath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"10000"`
	}
}

type taskBody struct {
	ApplicationPath
	Body applications.TaskInput
}

type taskPatch struct {
	ID   ident.TaskID `path:"id"`
	Body struct {
		State string `json:"state" enum:"open,done"`
	}
}

type taskFilter struct {
	Mine bool `query:"mine"`
}

func taskRoutes(d Deps) []Route {
	a := d.Applications
	return []Route{
		on("GET", "/applications/{id}/notes", "applications.read", "Notes, the newest first", func(ctx context.Context, c Call, in *ApplicationPath) (list[applications.Note], error) {
			return listOf(a.Notes(ctx, c.Scope, in.ID))
		}),
		on("POST", "/applications/{id}/notes", "applications.write", "Write a note", func(ctx context.Context, c Call, in *noteBody) (applications.Note, error) {
			return a.AddNote(ctx, c.Scope, in.ID, in.Body.Text)
		}).created(),
		on("GET", "/applications/{id}/tasks", "tasks.read", "A file's tasks", func(ctx context.Context, c Call, in *ApplicationPath) (list[applications.Task], error) {
			return listOf(a.Tasks(ctx, c.Scope, in.ID))
		}),
		on("POST", "/applications/{id}/tasks", "tasks.write", "Write a task down", func(ctx context.Context, c Call, in *taskBody) (applications.Task, error) {
			return a.AddTask(ctx, c.Scope, in.ID, in.Body)
		}).created(),
		on("GET", "/tasks", "tasks.read", "Open tasks, the most urgent first", func(ctx context.Context, c Call, in *taskFilter) (list[applications.Task], error) {
			return listOf(a.OpenTasks(ctx, c.Scope, in.Mine))
		}),
		on("PATCH", "/tasks/{id}", "tasks.write", "Close a task or open it again", func(ctx context.Context, c Call, in *taskPatch) (applications.Task, error) {
			return a.SetTask(ctx, c.Scope, in.ID, c.Version, in.Body.State)
		}).matched(),
	}
}

func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
