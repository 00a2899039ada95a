package submissions

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Service keeps submissions.
type Service struct {
	db     *tenancy.DB
	engine *instances.Engine
	files  *applications.Service

	lenders Lenders
}

// New builds the service and takes up what files ask of it.
func New(db *tenancy.DB, engine *instances.Engine, files *applications.Service) *Service {
	s := &Service{db: db, engine: engine, files: files}
	files.Carry(s)
	return s
}

var errMissing = fault.Missing("submission")

// Draft is a submission that is to be. Product may be none.
type Draft struct {
	LenderID       ident.LenderID  `json:"lender_id"`
	ProductID      ident.ProductID `json:"product_id,omitzero" required:"false"`
	AcceptsCounter bool            `json:"accepts_counter_offer,omitempty" required:"false" doc:"The lender may offer less rather than refuse"`
}

// Create drafts a submission to a lender.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID, in Draft) (Submission, error) {
	lender, product := in.LenderID, in.ProductID
	id := ident.NewSubmission()
	var out Submission
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.files.Fetch(tx, app, true) // locked: two at once would both find no other
		if err != nil {
			return err
		}
		if f.Outcome != nil {
			return fault.New(fault.Conflict, "application.ended", "This file has ended and goes to no lender any more.")
		}
		var of ident.LenderID
		open := false
		if err := tx.Load(tenancy.Value(&of, "select lender_id from products where id = $1", product), tenancy.Value(&open, `select true from submissions s join instances i on i.id = s.id where s.application_id = $1 and s.lender_id = $2 and i.outcome is null`, app, lender)); err != nil {
			return err
		}
		if !product.IsZero() && of != lender {
			return fault.Missing("product")
		}
		if open {
			return fault.New(fault.Conflict, "submission.exists", "The file is already with this lender. Withdraw that submission first.")
		}
		opened, err := s.engine.Open(tx, "submission", ident.Instance(id))
		if err != nil {
			return err
		}
		if err := webhooks.Emit(tx, webhooks.Submission{ID: id, ApplicationID: app, LenderID: lender, From: []string{}, States: opened.Instance.States, Version: opened.Version}); err != nil {
			return err
		}
		tx.Exec(`insert into submissions (tenant_id, id, application_id, lender_id, product_id, amount_cents, created_by, created_at, updated_at, accepts_counter_offer)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`, scope.Tenant(), id, app, lender, product, f.AmountCents, scope.Actor().ID(), tx.Now(), in.AcceptsCounter)
		audit.Record(tx, "submission.created", id, nil)
		made, err := s.fetch(tx, id, false)
		if err != nil {
			return err
		}
		if err := s.settle(tx, made); err != nil { // its facts are there now
			return err
		}
		out = made.Submission
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "submissions_lender_fkey") {
		err = fault.Missing("lender")
	}
	return out, err
}

// List reads a file's submissions with what each lender asked for and the operation on its way.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID) ([]Submission, error) {
	found := false
	return s.read(ctx, scope, "where s.application_id = $1", app, tenancy.Value(&found, "select true from applications where id = $1", app), func() error {
		if !found {
			return fault.Missing("application")
		}
		return nil
	})
}

// Get reads one submission.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID) (Submission, error) {
	rows, err := s.read(ctx, scope, "where s.id = $1", id, tenancy.Load{}, nil)
	if err == nil && len(rows) == 0 {
		err = errMissing
	}
	if err != nil {
		return Submission{}, err
	}
	return rows[0], nil
}

func (s *Service) read(ctx context.Context, scope tenancy.Scope, where string, arg any, also tenancy.Load, check func() error) ([]Submission, error) {
	rows := []Submission{}
	requests := map[ident.SubmissionID][]Request{}
	latest := map[ident.SubmissionID]connectors.Operation{}
	loads := []tenancy.Load{load(&rows, where+" order by s.id limit 200", arg), loadRequests(requests, where, arg),
		connectors.LoadLatest(latest, "join submissions s on s.id = o.submission_id "+where, arg)}
	if check != nil {
		loads = append(loads, also)
	}
	roles, err := s.db.LoadAs(ctx, scope, loads...)
	if err != nil {
		return nil, err
	}
	if check != nil {
		if err := check(); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		rows[i].RequestedItems = append(rows[i].RequestedItems, requests[rows[i].ID]...)
		if o, ok := latest[rows[i].ID]; ok {
			rows[i].Operation = &o
		}
		m, err := s.engine.Pinned(ctx, s.db, scope, rows[i].workflow)
		if err != nil {
			return nil, err
		}
		rows[i].Breaches = instances.Reveal(m, rows[i].Breaches, rows[i].recorded, roles)
		rows[i].StateTitle = m.Template.StateTitle(rows[i].State)
	}
	return rows, nil
}

// History pages through the macrosteps of a submission, the newest first.
func (s *Service) History(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, q page.Query) (page.Page[applications.Step], error) {
	return applications.StepsOf(ctx, s.db, s.engine, scope, ident.Instance(id), q, errMissing)
}

// Offers explains what can happen to a submission now.
func (s *Service) Offers(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID) (out applications.Offers, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, false)
		if err != nil {
			return err
		}
		w, err := f.world(tx.Now())
		if err != nil {
			return err
		}
		out.Version = f.Version
		out.Items, err = applications.OffersTo(tx, f.machine, w)
		return err
	})
	return out, err
}

// Send offers an event to a submission's machine.
func (s *Service) Send(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, version int, in applications.Send) (applications.Moved, error) {
	var out applications.Moved
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if version != 0 && f.Version != version {
			return errStale
		}
		if out, err = s.send(tx, f, in, workflow.Actor{ID: scope.Actor().ID(), Roles: tx.Roles()}); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

func (s *Service) send(tx *tenancy.Tx, f *file, in applications.Send, actor workflow.Actor) (applications.Moved, error) {
	w, err := f.world(tx.Now())
	if err != nil {
		return applications.Moved{}, err
	}
	result, err := s.engine.Send(tx, f.machine, workflow.Event{Name: in.Event, Reason: in.Reason, Payload: in.Payload, Actor: actor}, w)
	if err != nil {
		return applications.Moved{}, err
	}
	audit.Record(tx, "submission.event", f.ID, map[string]string{"event": in.Event, "outcome": result.Outcome})
	keep(tx, f, in.Payload)
	return s.moved(tx, f, result)
}

// keep stores what an event brought of the lender's: where a lender has no connection, back office enters it by hand.
func keep(tx *tenancy.Tx, f *file, payload map[string]any) {
	if v, ok := payload["reference"].(string); ok && v != "" {
		f.LenderReference = &v
		tx.Exec("update submissions set lender_reference = $2 where id = $1", f.ID, v)
	}
	if v, ok := payload["rate_bps"].(float64); ok {
		rate := int(v)
		f.RateBPS = &rate
		tx.Exec("update submissions set rate_bps = $2 where id = $1", f.ID, rate)
	}
	if v, ok := payload["offer_expires"].(string); ok {
		if at, err := time.Parse(time.DateOnly, v); err == nil {
			f.OfferExpires = &at
			tx.Exec("update submissions set offer_expires = $2 where id = $1", f.ID, at)
		}
	}
}

// moved writes what follows from a step of a submission.
func (s *Service) moved(tx *tenancy.Tx, f *file, result workflow.Result) (applications.Moved, error) {
	for _, a := range result.Actions {
		if err := s.act(tx, f, a); err != nil {
			return applications.Moved{}, err
		}
	}
	before := applications.Count(f.State, f.Outcome)
	f.State, f.Version, f.Breaches = f.machine.State(), f.machine.Version, f.machine.BreachesFor(tx.Roles())
	if ended := f.machine.Instance.Ended; ended != "" {
		f.Outcome = &ended
	}
	tx.Exec("update submissions set updated_at = $2 where id = $1", f.ID, tx.Now())
	if err := f.announce(tx); err != nil {
		return applications.Moved{}, err
	}
	if err := outbox.Tell(tx, "submissions", f.ID, f.Version); err != nil {
		return applications.Moved{}, err
	}
	if err := s.files.FollowBreaches(tx, f.ApplicationID, f.machine, f.ID.String()+" ", f.Lender.Name+". "); err != nil {
		return applications.Moved{}, err
	}
	out := applications.Moved{Outcome: result.Outcome, State: f.State, States: f.machine.Instance.States, Version: f.Version, Sequence: f.machine.Instance.Sequence, Blockers: result.Blockers}
	if applications.Count(f.State, f.Outcome) != before { // the file counts its submissions
		return out, s.files.Recompute(tx, f.ApplicationID, "application.submission_changed")
	}
	return out, outbox.Tell(tx, "applications", f.ApplicationID, f.app.Version)
}

// act carries out what a submission's transition asks for; tasks and mails are the file's.
func (s *Service) act(tx *tenancy.Tx, f *file, a workflow.Action) error {
	switch a.Do {
	case "connector.call":
		return s.call(tx, f, a)
	case "notify":
		return s.files.Notify(tx, f.app, a.Role, f.news())
	case "event.send":
		return outbox.Emit(tx, outbox.Event, f.ApplicationID, outbox.Signal{To: "applications", Event: a.Event})
	}
	return s.files.Act(tx, f.app, a)
}

// news says in a mail how a submission stands: the file by its number, the lender, the state. What a lender writes stays here.
func (f *file) news() applications.News {
	title := f.machine.Machine.Template.StateTitle(f.machine.State())
	return applications.News{
		Subject: "Pratica " + f.app.Number + " · " + f.Lender.Name + ": " + title.IT,
		Text: "La pratica " + f.app.Number + " presso " + f.Lender.Name + " è ora nello stato «" + title.IT + "».\n" +
			"File " + f.app.Number + " at " + f.Lender.Name + " is now in state \"" + title.EN + "\".\n",
	}
}

// methods are the connector calls of a submission's template, "bankportal.submit".
var methods = map[string]string{"submit": connectors.Submit, "answer": connectors.Answering, "withdraw": connectors.Withdraw}

// call writes the operation. A lender without a connection is served by hand: its answers are entered as events.
func (s *Service) call(tx *tenancy.Tx, f *file, a workflow.Action) error {
	if f.connection.IsZero() {
		return nil
	}
	_, name, _ := strings.Cut(a.Ref, ".")
	method, known := methods[name]
	if !known {
		return fault.New(fault.Internal, "connector.method", fmt.Sprintf("The template calls %q, which no connector has.", a.Ref))
	}
	if method == connectors.Answering {
		return nil // each item was sent when it was answered
	}
	if method == connectors.Withdraw && f.LenderReference == nil {
		connectors.Cancel(tx, f.ID)
		return nil // if it has left all the same, the lender is told when its receipt comes
	}
	if method == connectors.Submit { // what is sent is the file as it stands
		f.AmountCents = f.app.AmountCents
		tx.Exec("update submissions set amount_cents = $2 where id = $1", f.ID, f.AmountCents)
	}
	payload, err := s.payload(tx, f)
	if err != nil {
		return err
	}
	_, err = connectors.Enqueue(tx, connectors.Order{Method: method, Connector: f.connector, Connection: f.connection, Submission: f.ID, Application: f.ApplicationID, Payload: payload})
	return err
}

// Apply takes up what a file's transition asks of its submissions.
func (s *Service) Apply(tx *tenancy.Tx, f *applications.File, a workflow.Action) error {
	if a.Do != "event.send" || a.To != "submissions" {
		return fault.New(fault.Internal, "action.unknown", fmt.Sprintf("No feature carries out %q for a file.", a.Do))
	}
	var rows []Submission
	if err := tx.Load(load(&rows, "where s.application_id = $1 and i.outcome is null order by s.id", f.ID)); err != nil {
		return err
	}
	for _, r := range rows {
		if err := outbox.Emit(tx, outbox.Event, r.ID, outbox.Signal{To: "submissions", Event: a.Event}); err != nil {
			return err
		}
	}
	return nil
}

// Fire fires the deadlines of a submission that are due.
func (s *Service) Fire(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		for due := true; due; {
			w, err := f.world(tx.Now())
			if err != nil {
				return err
			}
			var result workflow.Result
			if result, due, err = s.engine.Fire(tx, f.machine, w); err != nil {
				return err
			}
			if result.Stale {
				audit.Record(tx, "submission.deadline_stale", id, nil)
			}
			if due {
				audit.Record(tx, "submission.deadline", id, map[string]string{"outcome": result.Outcome})
				if _, err := s.moved(tx, f, result); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
