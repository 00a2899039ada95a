package privacy

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// InviteFor is how long the mailed link opens the portal.
const InviteFor = 72 * time.Hour

// Invitation is an access to the portal that was mailed; its link is in the mail only.
type Invitation struct {
	ID        ident.PortalID  `json:"id"`
	Subject   ident.SubjectID `json:"subject_id"`
	ExpiresAt time.Time       `json:"expires_at"`
}

// NewToken is a secret for a link or a session, with its SHA-256.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashToken(token)
}

// HashToken is what is kept of a secret.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Invite mails a person a link that opens the portal once; what was open before ends.
func (s *Service) Invite(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (out Invitation, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		who, err := subjects.Whole(tx, id)
		switch {
		case err != nil:
			return err
		case who.Email == "":
			return fault.New(fault.Conflict, "portal.no_email", "This person has no e-mail address. Enter it first: the link is mailed.")
		}
		token, hash := NewToken()
		out = Invitation{ID: ident.NewPortal(), Subject: id}
		agency := ""
		tx.Exec(`update portal_accesses set ended_at = now() where subject_id = $1 and ended_at is null`, id)
		if err := tx.Load(tenancy.Value(&agency, `select name from agencies`), tenancy.Value(&out.ExpiresAt, `insert into portal_accesses (tenant_id, id, subject_id, link_hash, link_until, invited_by, created_at)
			values ($1, $2, $3, $4, now() + $5::interval, $6, $7) returning link_until`, scope.Tenant(), out.ID, id, hash, InviteFor, scope.Actor().ID(), tx.Now())); err != nil {
			return err
		}
		audit.Record(tx, "portal.invited", id, nil)
		subject, text := inviteMail(strings.NewReplacer("\r", " ", "\n", " ").Replace(agency), s.public+"/portal#"+token)
		if err := outbox.Emit(tx, outbox.Mail, id, outbox.Message{To: who.Email, Subject: subject, Text: text}); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// inviteMail is in both languages: nobody has said which the person reads.
func inviteMail(agency, link string) (subject, text string) {
	return "Area riservata / Your area: " + agency, fmt.Sprintf(`%[1]s ti invita nell'area riservata, dove puoi vedere i tuoi dati, le tue pratiche e i tuoi consensi.
Il collegamento vale tre giorni e una sola volta:
%[2]s
Se non te lo aspettavi, non devi fare nulla.

%[1]s invites you to your own area, where you can see your data, your files and your consents.
The link works once, within three days:
%[2]s
If you did not expect it, there is nothing to do.
`, agency, link)
}

// Entered writes down that a person has opened the portal.
func (s *Service) Entered(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		audit.Record(tx, "portal.entered", scope.Actor().Subject(), nil)
		return nil
	})
}

// Leave ends the person's portal session.
func (s *Service) Leave(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec(`update portal_accesses set ended_at = now() where id = $1 and ended_at is null`, scope.Actor().Portal())
		audit.Record(tx, "portal.left", scope.Actor().Subject(), nil)
		return nil
	})
}

// Self is what a person sees of themself in short; numbers show their end only.
type Self struct {
	Agency   string    `json:"agency"`
	Name     string    `json:"display_name"`
	TaxCode  string    `json:"tax_code"`
	Email    string    `json:"email"`
	Phone    string    `json:"phone"`
	IBAN     string    `json:"iban"`
	Address  string    `json:"address"`
	Requests []Request `json:"requests"`
	Exports  []Export  `json:"exports"`
}

// Self shows the person in the portal themself.
func (s *Service) Self(ctx context.Context, scope tenancy.Scope) (out Self, err error) {
	id := scope.Actor().Subject()
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		who, err := subjects.Whole(tx, id)
		if err != nil {
			return err
		}
		out = Self{Name: who.DisplayName, Email: who.Email, Phone: masked(who.Phone), IBAN: masked(who.IBAN)}
		if who.TaxCode != nil {
			out.TaxCode = masked(*who.TaxCode)
		}
		if len(who.Addresses) > 0 {
			out.Address = who.Addresses[0].City
		}
		return tx.Load(tenancy.Value(&out.Agency, `select name from agencies`), loadOwnRequests(&out.Requests, id), loadExports(&out.Exports, "subject_id = $1", id))
	})
	return out, err
}

// masked leaves the last four characters of a number.
func masked(number string) string {
	if len(number) <= 4 {
		return strings.Repeat("•", len(number))
	}
	return "••••" + number[len(number)-4:]
}

// OwnFile is where one of the person's files stands.
type OwnFile struct {
	ID        ident.ApplicationID `json:"id"`
	Number    string              `json:"number"`
	Role      string              `json:"role"`
	Stage     Text                `json:"stage"`
	Ended     bool                `json:"ended"`
	Since     time.Time           `json:"since"`
	CreatedAt time.Time           `json:"created_at"`
}

// Files shows the person in the portal where their files stand, in the words of the agency's own process.
func (s *Service) Files(ctx context.Context, scope tenancy.Scope) (out []OwnFile, err error) {
	type pinned struct {
		OwnFile
		state   string
		process ident.WorkflowID
	}
	var rows []pinned
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Scan(`select a.id, a.number, p.role_type, i.state, i.outcome is not null, i.entered_at, a.created_at, i.workflow_version_id
			from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id where p.subject_id = $1 order by a.id desc limit 200`, []any{scope.Actor().Subject()}, func(r pgx.Rows) error {
			var f pinned
			err := r.Scan(&f.ID, &f.Number, &f.Role, &f.state, &f.Ended, &f.Since, &f.CreatedAt, &f.process)
			rows = append(rows, f)
			return err
		}).From(func() { rows = nil }))
	})
	if err != nil {
		return nil, err
	}
	out = []OwnFile{}
	for _, f := range rows {
		m, err := s.engine.Pinned(ctx, s.db, scope, f.process)
		if err != nil {
			return nil, err
		}
		f.Stage = Text{EN: f.state, IT: f.state}
		if state := m.State(f.state); state != nil {
			f.Stage = state.Words()
		}
		out = append(out, f.OwnFile)
	}
	return out, nil
}

// OwnConsents are the consents of the person in the portal.
func (s *Service) OwnConsents(ctx context.Context, scope tenancy.Scope) (Consents, error) {
	return s.Consents(ctx, scope, scope.Actor().Subject())
}

// OwnConsent gives or withdraws a consent of the person in the portal.
func (s *Service) OwnConsent(ctx context.Context, scope tenancy.Scope, purpose, state string) (Consents, error) {
	return s.Consent(ctx, scope, scope.Actor().Subject(), ConsentInput{Purpose: purpose, State: state, Channel: "portal"})
}

// Accesses shows the person in the portal what was done with their data, before an instant when one is given, at most 200 lines.
func (s *Service) Accesses(ctx context.Context, scope tenancy.Scope, before time.Time) (out []Access, err error) {
	from := ""
	if !before.IsZero() {
		from = before.UTC().Format(time.RFC3339Nano)
	}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = accesses(tx, scope.Actor().Subject(), from, 200)
		return err
	})
	return out, err
}

// Ask writes down a request of the person in the portal.
func (s *Service) Ask(ctx context.Context, scope tenancy.Scope, kind string) (out Request, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if out, err = ask(tx, scope.Actor().Subject(), kind); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}
