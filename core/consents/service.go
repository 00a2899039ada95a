package consents

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Service keeps bank consents.
type Service struct {
	db       *tenancy.DB
	engine   *instances.Engine
	files    *applications.Service
	public   string // where people come from outside
	analyser string // the connector that draws figures from transactions
	offers   func(context.Context) (map[string]bool, error)
}

// New builds the service. public is the platform's address for people; analyser the connector with the capability analysis;
// offers tells which connectors have the capability open_banking and which have not, as far as they are known.
func New(db *tenancy.DB, engine *instances.Engine, files *applications.Service, public, analyser string, offers func(context.Context) (map[string]bool, error)) *Service {
	return &Service{db, engine, files, public, analyser, offers}
}

// running is a consent with its machine.
type running struct {
	Consent
	machine *instances.Running
	app     *applications.File
}

// Create asks a person, through a link that is mailed to them, to let their accounts be read at a bank. The bank hears of it when they come (Begin).
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID, in Input) (Consent, error) {
	offers, err := s.offers(ctx)
	if err != nil {
		return Consent{}, err
	}
	c := Consent{ID: ident.NewBankConsent(), SubjectID: subject, ApplicationID: in.ApplicationID, ConnectionID: in.ConnectionID, Institution: in.Institution, Name: in.Name, ValidUntil: in.ValidUntil}
	var out Consent
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) (err error) {
		if err := fits(in.ValidUntil, tx.Now()); err != nil {
			return err
		}
		party, ended := false, false
		if err := tx.Load(tenancy.Value(&party, `select true from application_parties p join subjects s on s.id = p.subject_id where p.application_id = $1 and p.subject_id = $2 limit 1`, in.ApplicationID, subject),
			tenancy.Value(&ended, `select outcome is not null from instances where id = $1`, in.ApplicationID)); err != nil {
			return err
		}
		if !party {
			return fault.New(fault.NotFound, "bank_consent.no_party", "This person takes no part in this file. Accounts are read for a file: add the person to it first.")
		}
		if ended {
			return fault.New(fault.Conflict, "application.ended", "This file has ended; nothing more is read for it.")
		}
		if c.plug, err = connectors.Named(tx, in.ConnectionID); err != nil {
			return err
		}
		if offered, known := offers[c.plug]; known && !offered { // one that is only down waits with the consent
			return fault.Input("bank_consent.connection", "/connection_id", "This connection leads to no bank accounts. Choose one whose connector has the capability open_banking.")
		}
		if _, err := s.engine.Open(tx, "consent", ident.Instance(c.ID)); err != nil {
			return err
		}
		c.CreatedAt = tx.Now()
		c.details.Token = callbacks.Door(tx, callbacks.Link, subject, callbacks.BankConsent, c.ID.UUID, c.linkUntil())
		letter := callbacks.Letter{About: callbacks.BankConsent, Link: s.address(&c), Until: c.linkUntil()}
		if c.details.Mailed, err = letter.Send(tx, subject); err != nil {
			return err
		}
		if err := insert(tx, c); err != nil {
			return err
		}
		audit.Record(tx, "bank_consent.requested", c.ID, nil)
		r, err := s.fetch(tx, c.ID, false)
		if err != nil {
			return err
		}
		if err := s.settle(tx, r); err != nil { // its facts are there now
			return err
		}
		out = r.Consent
		return tx.Answer(out)
	})
	return out, err
}

// enqueue writes an operation of a consent; its row names no more than ids.
func (s *Service) enqueue(tx *tenancy.Tx, c *Consent, method string, p connectors.Priority, t task) (ident.OperationID, error) {
	return connectors.Enqueue(tx, connectors.Order{Method: method, Connector: c.plug, Connection: c.ConnectionID, Application: c.ApplicationID, Subject: c.SubjectID, Consent: c.ID,
		Priority: p, Purpose: "creditworthiness", Payload: t})
}

// Of lists a person's consents, the newest first.
func (s *Service) Of(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID) (out []Consent, err error) {
	found := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, subject), load(&out, `where c.subject_id = $2 order by c.id desc limit 100`, tx.Now(), subject))
		s.linked(tx, out)
		return err
	})
	if err == nil && !found {
		err = fault.Missing("subject")
	}
	if err != nil {
		return nil, err
	}
	return out, s.shown(ctx, scope, out)
}

// Get reads one.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.BankConsentID) (Consent, error) {
	var out []Consent
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		err := tx.Load(load(&out, `where c.id = $2`, tx.Now(), id))
		s.linked(tx, out)
		return err
	})
	if err == nil && len(out) == 0 {
		err = errMissing
	}
	if err != nil {
		return Consent{}, err
	}
	return out[0], s.shown(ctx, scope, out)
}

// shown gives consents the words of their templates, and the links of those that wait for somebody.
func (s *Service) shown(ctx context.Context, scope tenancy.Scope, list []Consent) error {
	for i := range list {
		m, err := s.engine.Pinned(ctx, s.db, scope, list[i].workflow)
		if err != nil {
			return err
		}
		list[i].StateTitle = m.Template.StateTitle(list[i].State)
	}
	return nil
}

// linked gives consents that wait for somebody their links: the address to the person and to those who may ask for one, since
// whoever opens it stands in the person's place.
func (s *Service) linked(tx *tenancy.Tx, list []Consent) {
	now := tx.Now()
	for i := range list {
		if c := &list[i]; c.State == "requested" && c.WithdrawnAt == nil && c.details.Token != "" && now.Before(c.linkUntil()) {
			c.Link = &Link{Stand: c.details.Stand(now), Until: c.linkUntil(), Mailed: c.details.Mailed}
			if tx.Scope().Actor().Subject() == c.SubjectID || tx.Ever("bank_consents.write") {
				c.Link.URL = s.address(c)
			}
		}
	}
}

// address is the person's link.
func (s *Service) address(c *Consent) string { return s.public + "/callbacks/" + c.details.Token }

// linkUntil is when the person's link stops opening.
func (c *Consent) linkUntil() time.Time {
	until := c.CreatedAt.Add(linkLives)
	if last := ends(c.ValidUntil); last.Before(until) {
		return last
	}
	return until
}

// fetch reads a consent with its machine; locked, to move it.
func (s *Service) fetch(tx *tenancy.Tx, id ident.BankConsentID, lock bool) (*running, error) {
	r := &running{machine: &instances.Running{}}
	var rows []Consent
	which := "where c.id = $2"
	if lock { // the person writes to it from the portal, where the machine is out of their sight
		which += " for no key update of c"
	}
	if err := tx.Load(instances.Load(r.machine, ident.Instance(id), lock), load(&rows, which, tx.Now(), id)); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errMissing
	}
	s.linked(tx, rows)
	r.Consent = rows[0]
	if err := s.engine.Attach(tx, r.machine); err != nil {
		return nil, err
	}
	r.StateTitle = r.machine.Machine.Template.StateTitle(r.State)
	var err error
	r.app, err = s.files.Fetch(tx, r.ApplicationID, false)
	return r, err
}

// renewal is how many days before the end a consent is to be renewed: the template's figure.
func (r *running) renewal() int {
	for _, p := range r.machine.Machine.Template.Params {
		if days, ok := p.Default.(int64); ok && p.Name == "renewal_days" {
			return int(days)
		}
	}
	return 14
}

// world is what the machine sees.
func (r *running) world(tx *tenancy.Tx) (workflow.World, error) {
	return r.machine.World(map[string]any{"institution": r.Name, "valid_until": ends(r.ValidUntil), "reads_today": int64(r.ReadsToday),
		"renew_from": midnight(r.ValidUntil.AddDays(1 - r.renewal()))}, nil, tx.Now())
}

// Send offers an event of a person to a consent's machine. version is the one the caller saw.
func (s *Service) Send(ctx context.Context, scope tenancy.Scope, id ident.BankConsentID, version int, in applications.Send) (applications.Moved, error) {
	var out applications.Moved
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		r, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if version != 0 && r.Version != version {
			return fault.New(fault.Stale, "version.stale", "This consent was changed since you read it. Load it again.")
		}
		if in.Event == withdraw && scope.Actor().ID() == workflow.System().ID {
			out, err = s.withdrawn(tx, r)
		} else {
			out, err = s.send(tx, r, in, workflow.Actor{ID: scope.Actor().ID(), Roles: tx.Roles()})
		}
		if err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

func (s *Service) send(tx *tenancy.Tx, r *running, in applications.Send, actor workflow.Actor) (applications.Moved, error) {
	w, err := r.world(tx)
	if err != nil {
		return applications.Moved{}, err
	}
	result, err := s.engine.Send(tx, r.machine, workflow.Event{Name: in.Event, Reason: in.Reason, Payload: in.Payload, Actor: actor}, w)
	if err != nil {
		return applications.Moved{}, err
	}
	audit.Record(tx, "bank_consent.event", r.ID, map[string]string{"event": in.Event, "outcome": result.Outcome})
	return s.moved(tx, r, result)
}

// byBank sends an event of the bank's; one that the machine or its template has no place for changes nothing.
func (s *Service) byBank(tx *tenancy.Tx, r *running, event string) error {
	_, err := s.send(tx, r, applications.Send{Event: event}, workflow.System())
	if code := fault.As(err).Code; err != nil && (code == "event.unknown" || fault.Is(err, fault.Refused)) {
		return nil
	}
	return err
}

// settle lets the machine look at what has changed.
func (s *Service) settle(tx *tenancy.Tx, r *running) error {
	w, err := r.world(tx)
	if err != nil {
		return err
	}
	result, err := s.engine.Settle(tx, r.machine, w, nil)
	if err != nil {
		return err
	}
	_, err = s.moved(tx, r, result)
	return err
}
