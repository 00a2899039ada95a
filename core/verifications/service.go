package verifications

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// lasts is how long a person may take to come.
const lasts = 7 * 24 * time.Hour

// Verification is a person proving who they are.
type Verification struct {
	ID            ident.VerificationID `json:"id"`
	SubjectID     ident.SubjectID      `json:"subject_id"`
	ApplicationID ident.ApplicationID  `json:"application_id"`
	Provider      string               `json:"provider" enum:"spid,cie"`
	Level         string               `json:"level" enum:"low,substantial,high" doc:"Asked for, then proved"`
	State         string               `json:"state" enum:"started,verified,refused"`
	Refusal       *string              `json:"refusal" enum:"tax_code,level,provider"`
	Link          *string              `json:"link" doc:"What to send to the person, while they are waited for; for those who may ask for it"`
	Mailed        bool                 `json:"mailed" doc:"The link was; false: the person has no address, give it to them"`
	Expires       time.Time            `json:"expires_at" doc:"Of the link"`
	Evidence      bool                 `json:"evidence" doc:"What proves it is kept"`
	CreatedAt     time.Time            `json:"created_at"`
	VerifiedAt    *time.Time           `json:"verified_at"`

	connection ident.ConnectionID
	connector  string
	details    details
}

// details are what only the person's key opens.
type details struct {
	callbacks.Way
	Token  string `json:"token"`
	Mailed bool   `json:"mailed,omitempty"`
	Return string `json:"return"`
	Start  start  `json:"start"`
	Proved *who   `json:"proved,omitempty"`
}

// start and who are as the protocol has them.
type start struct {
	ExternalRef string `json:"external_ref"`
	Context     []byte `json:"context"`
}

type who struct {
	ExternalRef string    `json:"external_ref"`
	Provider    string    `json:"provider"`
	Level       string    `json:"level"`
	VerifiedAt  time.Time `json:"verified_at"`
	FirstName   string    `json:"first_name"`
	LastName    string    `json:"last_name"`
	TaxCode     string    `json:"tax_code"`
	BirthDate   string    `json:"birth_date"`
	Context     []byte    `json:"context"`
}

// Input asks for a verification.
type Input struct {
	ApplicationID ident.ApplicationID `json:"application_id" doc:"A file in which the person takes part"`
	ConnectionID  ident.ConnectionID  `json:"connection_id"`
	Provider      string              `json:"provider" enum:"spid,cie"`
	Level         string              `json:"level" enum:"low,substantial,high"`
}

// ranks order the levels of eIDAS.
var ranks = map[string]int{"low": 1, "substantial": 2, "high": 3}

// names are what people call the providers.
var names = map[string]string{"spid": "SPID", "cie": "CIE"}

// task is all that an operation's row says.
type task struct {
	Verification ident.VerificationID `json:"verification_id"`
	State        ident.CallbackID     `json:"state_id,omitzero"`
}

// Service keeps verifications.
type Service struct {
	db     *tenancy.DB
	files  *applications.Service
	public string
	offers func(context.Context) (map[string]bool, error)
}

// New builds the service. public is the platform's address for people; offers tells which connectors have the capability identity
// and which have not, as far as they are known.
func New(db *tenancy.DB, files *applications.Service, public string, offers func(context.Context) (map[string]bool, error)) *Service {
	return &Service{db, files, public, offers}
}

// Takers are the methods whose answers come here.
func (s *Service) Takers() connectors.Takers {
	return connectors.Takers{connectors.StartVerification: s, connectors.CompleteVerification: s, connectors.GetEvidence: s}
}

func load(dst *[]Verification, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`select v.id, v.subject_id, v.application_id, v.connection_id, v.connector, v.provider, v.level, v.state, v.refusal, v.evidence is not null, v.created_at, v.verified_at, v.details, s.data_key
		from verifications v join subjects s on s.id = v.subject_id `+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var v Verification
		var box, dataKey []byte
		if err := rows.Scan(&v.ID, &v.SubjectID, &v.ApplicationID, &v.connection, &v.connector, &v.Provider, &v.Level, &v.State, &v.Refusal, &v.Evidence, &v.CreatedAt, &v.VerifiedAt, &box, &dataKey); err != nil {
			return err
		}
		v.Expires = v.CreatedAt.Add(lasts)
		err := keys.OpenAbout(k, v.SubjectID, dataKey, keys.At("verifications", v.ID.UUID, "details"), box, &v.details)
		*dst = append(*dst, v)
		return err
	}).From(func() { *dst = []Verification{} })
}

// link gives the link of a verification that waits for its person to those who may ask for one: whoever opens it stands in the person's place.
func (s *Service) link(tx *tenancy.Tx, v *Verification) {
	if v.State == "started" && v.details.Token != "" && tx.Now().Before(v.Expires) && tx.Ever("verifications.write") {
		link := s.public + "/callbacks/" + v.details.Token
		v.Link, v.Mailed = &link, v.details.Mailed
	}
}

// Of lists a person's verifications, the newest first.
func (s *Service) Of(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID) (out []Verification, err error) {
	found := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, subject), load(&out, `where v.subject_id = $1 order by v.id desc limit 100`, subject))
		for i := range out {
			s.link(tx, &out[i])
		}
		return err
	})
	if err == nil && !found {
		err = fault.Missing("subject")
	}
	return out, err
}

// Start asks a person, through a link that is mailed to them, to prove who they are. The digital identity hears of it when they come (Begin).
func (s *Service) Start(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID, in Input) (Verification, error) {
	offers, err := s.offers(ctx)
	if err != nil {
		return Verification{}, err
	}
	v := Verification{ID: ident.NewVerification(), SubjectID: subject, ApplicationID: in.ApplicationID, Provider: in.Provider, Level: in.Level, State: "started", connection: in.ConnectionID}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		person, err := subjects.Whole(tx, subject)
		if err != nil {
			return err
		}
		party := false
		if err := tx.Load(tenancy.Value(&party, `select true from application_parties where application_id = $1 and subject_id = $2 limit 1`, in.ApplicationID, subject)); err != nil {
			return err
		}
		if v.connector, err = connectors.Named(tx, in.ConnectionID); err != nil {
			return err
		}
		offered, known := offers[v.connector] // one that is only down is waited for
		switch {
		case !party:
			return fault.Missing("application")
		case known && !offered:
			return fault.Input("verification.connection", "/connection_id", "This connection leads to no digital identity. Choose one whose connector has the capability identity.")
		case person.TaxCode == nil:
			return fault.New(fault.Invalid, "verification.no_tax_code", "What a digital identity proves is held against the tax code, and this person has none here. Enter it first.")
		}
		v.CreatedAt, v.Expires = tx.Now(), tx.Now().Add(lasts)
		v.details = details{Token: callbacks.Door(tx, callbacks.Link, subject, callbacks.Verification, v.ID.UUID, v.Expires)}
		letter := callbacks.Letter{About: callbacks.Verification, Link: s.public + "/callbacks/" + v.details.Token, Until: v.Expires}
		if v.details.Mailed, err = letter.Send(tx, subject); err != nil {
			return err
		}
		box, err := keys.SealAbout(tx, subject, keys.At("verifications", v.ID.UUID, "details"), v.details)
		if err != nil {
			return err
		}
		tx.Exec(`insert into verifications (tenant_id, id, subject_id, application_id, connection_id, connector, provider, level, details, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			scope.Tenant(), v.ID, subject, v.ApplicationID, v.connection, v.connector, v.Provider, v.Level, box, scope.Actor().ID(), tx.Now())
		audit.Record(tx, "verification.started", v.ID, map[string]string{"provider": v.Provider})
		if err := outbox.Tell(tx, "verifications", v.ID, 1); err != nil {
			return err
		}
		s.link(tx, &v)
		return tx.Answer(v)
	})
	return v, err
}

func (s *Service) enqueue(tx *tenancy.Tx, v *Verification, method string, t task) (ident.OperationID, error) {
	id, err := connectors.Enqueue(tx, connectors.Order{Method: method, Connector: v.connector, Connection: v.connection, Application: v.ApplicationID, Subject: v.SubjectID,
		Priority: connectors.Screen, Purpose: "identification", Payload: t})
	if err != nil {
		return id, err
	}
	return id, outbox.Tell(tx, "verifications", v.ID, 1)
}

func fetch(tx *tenancy.Tx, id ident.VerificationID, lock string) (*Verification, error) {
	var rows []Verification
	if err := tx.Load(load(&rows, "where v.id = $1"+lock, id)); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.Missing("verification")
	}
	return &rows[0], nil
}

// save writes what has become of a verification.
func save(tx *tenancy.Tx, v *Verification) error {
	box, err := keys.SealAbout(tx, v.SubjectID, keys.At("verifications", v.ID.UUID, "details"), v.details)
	tx.Exec(`update verifications set state = $2, refusal = $3, level = $4, verified_at = $5, details = $6 where id = $1`, v.ID, v.State, v.Refusal, v.Level, v.VerifiedAt, box)
	if err != nil {
		return err
	}
	return outbox.Tell(tx, "verifications", v.ID, 2)
}

// Prepare gives an operation that leaves what its row only names.
func (s *Service) Prepare(ctx context.Context, scope tenancy.Scope, o connectors.Operation, call *connectors.Call) (payload any, refused *connectors.Failure, err error) {
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return nil, nil, err
	}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		v, err := fetch(tx, t.Verification, "")
		if err != nil {
			return err
		}
		switch {
		case o.Method == connectors.GetEvidence && v.details.Proved != nil:
			payload = start{v.details.Proved.ExternalRef, v.details.Proved.Context}
		case v.State != "started" || v.details.Asks != o.ID:
			refused = &connectors.Failure{Kind: "rejected", Code: "verification_over", SideEffect: "none"}
		case o.Method == connectors.StartVerification: // providers know one address of ours; the state comes back beside it
			payload = map[string]string{"provider": v.Provider, "level": v.Level, "return_url": s.public + "/callbacks/return", "state": v.details.Return}
		default:
			came, err := callbacks.Received(tx, t.State)
			if err != nil {
				return err
			}
			call.UserIP = came.IP
			payload = map[string]any{"started": v.details.Start, "returned_query": came.Query}
		}
		return nil
	})
	return payload, refused, err
}

// Took takes what an operation came to.
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	connectors.Forget(tx, o)
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return connectors.AsSettled, err
	}
	v, err := fetch(tx, t.Verification, " for update of v")
	if err != nil {
		return connectors.AsSettled, err
	}
	switch {
	case o.Method != connectors.GetEvidence && v.details.Asks != o.ID: // of a way that the person has left
		return connectors.AsSettled, nil
	case a.Verdict == connectors.Failed:
		up, err := connectors.Given(tx, o)
		if err != nil || !up || v.State != "started" || o.Method == connectors.GetEvidence {
			return connectors.AsSettled, err
		}
		if a.Failure.Kind != "rejected" && a.Failure.Kind != "invalid_request" {
			v.details.Way = v.details.Failed()
			return connectors.AsSettled, save(tx, v)
		}
		return connectors.AsSettled, s.refuse(tx, v, "provider")
	case o.Method == connectors.GetEvidence:
		return connectors.AsSettled, keepEvidence(tx, v, a)
	case v.State != "started" || a.Verdict == connectors.Pending:
		return connectors.AsSettled, nil
	case a.Verdict == connectors.NeedsUser:
		if v.details.Way, err = v.details.Led(a.UserAction, tx.Now()); err != nil || len(a.Payload) > 0 && json.Unmarshal(a.Payload, &v.details.Start) != nil {
			return connectors.AsSettled, connectors.ErrGarbage
		}
		return connectors.Enough, save(tx, v)
	case o.Method == connectors.CompleteVerification:
		return connectors.AsSettled, s.tookProof(tx, v, a)
	}
	return connectors.AsSettled, nil
}

// tookProof holds who the person has proved to be against who the file says they are.
func (s *Service) tookProof(tx *tenancy.Tx, v *Verification, a connectors.Answer) error {
	var proved who
	if json.Unmarshal(a.Payload, &proved) != nil || ranks[proved.Level] == 0 {
		return connectors.ErrGarbage
	}
	person, err := subjects.Whole(tx, v.SubjectID)
	if err != nil {
		return err
	}
	v.details.Proved = &proved
	theirs, err := subjects.TaxCode(strings.TrimPrefix(proved.TaxCode, "TINIT-")) // as SPID writes it
	switch ours := ""; {
	case person.TaxCode != nil:
		ours, _ = subjects.TaxCode(*person.TaxCode)
		if err != nil || ours != theirs {
			return s.refuse(tx, v, "tax_code")
		}
	default:
		return s.refuse(tx, v, "tax_code")
	}
	if ranks[proved.Level] < ranks[v.Level] {
		return s.refuse(tx, v, "level")
	}
	now := tx.Now()
	v.State, v.Level, v.VerifiedAt = "verified", proved.Level, &now
	if err := save(tx, v); err != nil {
		return err
	}
	audit.Record(tx, "verification.verified", v.ID, map[string]string{"level": v.Level})
	if _, err := s.enqueue(tx, v, connectors.GetEvidence, task{Verification: v.ID}); err != nil {
		return err
	}
	return s.files.SubjectChanged(tx, v.SubjectID)
}

// refusals are what a broker has to do about them.
var refusals = map[string]workflow.Text{
	"tax_code": {EN: "Somebody else's digital identity was used: clear up who the person is", IT: "È stata usata l'identità digitale di un'altra persona: chiarire chi è"},
	"level":    {EN: "The digital identity is of a lower level than was asked for: ask for another one", IT: "L'identità digitale è di livello inferiore a quello richiesto: chiederne un'altra"},
	"provider": {EN: "The identity was not verified: ask the person, and send a new link", IT: "L'identità non è stata verificata: sentire la persona e inviare un nuovo link"},
}

func (s *Service) refuse(tx *tenancy.Tx, v *Verification, why string) error {
	v.State, v.Refusal = "refused", &why
	if err := save(tx, v); err != nil {
		return err
	}
	audit.Record(tx, "verification.refused", v.ID, map[string]string{"reason": why})
	f, err := s.files.Fetch(tx, v.ApplicationID, false)
	if err != nil {
		return err
	}
	title := refusals[why]
	return s.files.Act(tx, f, workflow.Action{Do: "task.create", Role: "broker", Title: &title})
}

func keepEvidence(tx *tenancy.Tx, v *Verification, a connectors.Answer) error {
	if a.Verdict != connectors.Done {
		return nil
	}
	box, err := keys.SealAbout(tx, v.SubjectID, keys.At("verifications", v.ID.UUID, "evidence"), a.Payload)
	tx.Exec(`update verifications set evidence = $2 where id = $1`, v.ID, box)
	return err
}
