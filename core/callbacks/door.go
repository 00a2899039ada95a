package callbacks

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Matter is what a person comes about.
type Matter string

// The matters there are.
const (
	BankConsent  Matter = "bank_consent"
	Verification Matter = "verification"
)

// Kind is what a door is for.
type Kind string

// The two kinds of door.
const (
	Link   Kind = "link"   // the person is given it: it shows how the matter stands, as often as they look
	Return Kind = "return" // the bank sends the person back through it, once
)

// Door makes a secret for one person and one matter, good until an instant. Of ways back one is open at a time: who comes back late, from
// a page that has been given up, must not go on with what is new.
func Door(tx *tenancy.Tx, kind Kind, subject ident.SubjectID, about Matter, id uuid.UUID, until time.Time) (token string) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	if kind == Return {
		tx.Exec(`update callback_states set expires_at = $3 where about = $1 and about_id = $2 and kind = 'return' and used_at is null and expires_at > $3`, about, id, tx.Now())
	}
	tx.Exec(`insert into callback_states (tenant_id, id, hash, kind, subject_id, about, about_id, expires_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Scope().Tenant(), ident.NewCallback(), hashOf(token), kind, subject, about, id, until, tx.Now())
	return token
}

// Reopen lets a person come back once more through a way back that they have used: a page of the other side that leads on to another one
// knows no other address.
func Reopen(tx *tenancy.Tx, token string) {
	tx.Exec(`update callback_states set used_at = null, received = null where hash = $1 and kind = 'return' and used_at is not null`, hashOf(token))
}

func hashOf(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Came is what a person came back with.
type Came struct {
	Query  string `json:"query"` // as it stood in the address, without "?"
	IP     string `json:"ip"`    // where they are
	Posted bool   `json:"-"`     // through a link: they begin
}

func place(id ident.CallbackID) crypto.Place {
	return crypto.Place{Table: "callback_states", Row: id.UUID.String(), Column: "received"}
}

// Received opens what a person came back with through a state.
func Received(tx *tenancy.Tx, id ident.CallbackID) (came Came, err error) {
	var subject ident.SubjectID
	var box []byte
	if err = tx.Load(tenancy.Scan(`select subject_id, received from callback_states where id = $1`, []any{id}, func(rows pgx.Rows) error { return rows.Scan(&subject, &box) })); err != nil {
		return came, err
	}
	if box == nil {
		return came, fault.Missing("callback")
	}
	key, err := keys.Subject(tx, subject)
	if err != nil {
		return came, err
	}
	plain, err := key.Open(place(id), box)
	if err != nil {
		return came, err
	}
	return came, json.Unmarshal(plain, &came)
}

// Stand is how a matter stands for the person it is about.
type Stand string

// How a matter can stand.
const (
	Ask   Stand = "ask"   // they are asked, and may begin
	Again Stand = "again" // the other side could not be asked: they may begin again
	Wait  Stand = "wait"  // something is being done: look again shortly
	Slow  Stand = "slow"  // it takes longer: look again later
	App   Stand = "app"   // the other side asks them by itself
	Go    Stand = "go"    // they are waited for, at URL
	Done  Stand = "done"  // nothing is left for them to do
	Ended Stand = "ended" // it came to nothing, or is over
)

// View is what a person sees of their matter.
type View struct {
	Matter Matter
	Stand  Stand
	URL    string // for Go
	Agency string
	With   string // the bank, or the digital identity
	Until  string // the last day, YYYY-MM-DD, of a consent
	Reason string // for Ended: a code
	Next   string // where a browser that has begun, or come back, is sent: the token of the person's link
}

// Comer is a feature whose people come from outside.
type Comer interface {
	// View shows how a matter stands.
	View(tx *tenancy.Tx, id uuid.UUID) (View, error)
	// Begin brings a person at ip on their way, if they may begin (Way.Begins); else nothing happens.
	Begin(tx *tenancy.Tx, id uuid.UUID, ip string) error
	// Returned takes up that the person has come back through a state; what they came with is kept under it (Received).
	Returned(tx *tenancy.Tx, id uuid.UUID, state ident.CallbackID) (link string, err error)
}

// Service lets people and banks in.
type Service struct {
	db        *tenancy.DB
	directory *tenancy.Directory
	operator  *tenancy.Operator
	comers    map[Matter]Comer
	paths     func(ctx context.Context, connector string) ([]string, error)
	told      []Told
}

// New builds the service. paths names those a connector declares.
func New(db *tenancy.DB, directory *tenancy.Directory, operator *tenancy.Operator, paths func(ctx context.Context, connector string) ([]string, error)) *Service {
	return &Service{db: db, directory: directory, operator: operator, comers: map[Matter]Comer{}, paths: paths}
}

// Admit names the feature that a matter belongs to.
func (s *Service) Admit(m Matter, c Comer) { s.comers[m] = c }

var errMissing = fault.Missing("callback")

// Visit is a person coming through a door. Looking at a link changes nothing, for programs that scan mails look too; posting to it begins.
// A state opens once: what came is kept, sealed, and handled afterwards.
func (s *Service) Visit(ctx context.Context, token string, came Came) (out View, err error) {
	agency, id, found, err := s.directory.CallbackState(ctx, hashOf(token))
	if err != nil {
		return out, err
	}
	if !found {
		return out, errMissing
	}
	scope, err := s.operator.Scope(agency, "callback "+id.String())
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, scope.For("callbacks.receive"), func(tx *tenancy.Tx) error {
		var d door
		if err := tx.Load(tenancy.Scan(`select kind, subject_id, about, about_id, expires_at, used_at is not null from callback_states where id = $1 for update`, []any{id},
			func(rows pgx.Rows) error { return rows.Scan(&d.kind, &d.subject, &d.about, &d.id, &d.until, &d.used) }), tenancy.Value(&out.Agency, `select name from agencies`)); err != nil {
			return err
		}
		comer := s.comers[d.about]
		if d.used || comer == nil || !tx.Now().Before(d.until) {
			return errMissing
		}
		if d.kind == Link && came.Posted {
			out.Next = token
			return comer.Begin(tx, d.id, came.IP)
		}
		if d.kind == Link {
			name := out.Agency
			out, err = comer.View(tx, d.id)
			out.Agency, out.Matter = name, d.about
			return err
		}
		if err := keep(tx, id, d.subject, came); err != nil {
			return err
		}
		out.Next, err = comer.Returned(tx, d.id, id)
		return err
	})
	return out, err
}

type door struct {
	kind    Kind
	subject ident.SubjectID
	about   Matter
	id      uuid.UUID
	until   time.Time
	used    bool
}

func keep(tx *tenancy.Tx, id ident.CallbackID, subject ident.SubjectID, came Came) error {
	key, err := keys.Subject(tx, subject)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(came)
	if err != nil {
		return err
	}
	box, err := key.Seal(place(id), plain)
	if err != nil {
		return err
	}
	tx.Exec(`update callback_states set used_at = $2, received = $3 where id = $1`, id, tx.Now(), box)
	return nil
}
