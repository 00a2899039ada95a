package privacy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Request is what a person has asked for through the portal; a copy or an erasure answers it.
type Request struct {
	ID         ident.PrivacyID `json:"id" db:"id"`
	Subject    ident.SubjectID `json:"subject_id" db:"subject_id"`
	Kind       string          `json:"kind" db:"kind" enum:"access,erasure"`
	State      string          `json:"state" db:"state" enum:"open,done,refused"`
	AskedAt    time.Time       `json:"asked_at" db:"asked_at"`
	AnswerBy   time.Time       `json:"answer_by" db:"answer_by" doc:"A month after (GDPR Art. 12(3))"`
	AnsweredAt *time.Time      `json:"answered_at" db:"answered_at"`
	Reason     string          `json:"reason" db:"reason" enum:",identity,excessive,in_flight,kept_by_law" doc:"Why it was refused; empty of what was not"`
}

// NamedRequest is a request with whose it is, for the agency; the name is empty where the person is erased.
type NamedRequest struct {
	Request
	Name string `json:"display_name" db:"display_name"`
}

const requestFields = `r.id, r.subject_id, r.kind, r.state, r.asked_at, r.answer_by, r.answered_at, coalesce(r.reason, '') as reason`

const requestColumns = `select ` + requestFields + ` from privacy_requests r `

// Requests lists what people have asked for: open ones first, the most urgent first, then the answered, the newest first.
func (s *Service) Requests(ctx context.Context, scope tenancy.Scope) (out []NamedRequest, err error) {
	err = s.db.Load(ctx, scope, tenancy.Many(&out, `select `+requestFields+`, coalesce(s.display_name, '') as display_name from privacy_requests r left join subjects s on s.id = r.subject_id
		order by r.state <> 'open', case when r.state = 'open' then r.answer_by end, r.answered_at desc, r.id limit 500`))
	return out, err
}

// RefuseRequest answers a request with no, for a reason that the portal shows the person; the agency tells them more (Art. 12(4)).
func (s *Service) RefuseRequest(ctx context.Context, scope tenancy.Scope, id ident.PrivacyID, reason string) (out Request, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.One(&out, fault.Missing("privacy_request"), requestColumns+`where r.id = $1 for update`, id)); err != nil {
			return err
		}
		if out.State != "open" {
			return fault.New(fault.Conflict, "privacy_request.answered", "This request was answered already.")
		}
		now := tx.Now()
		out.State, out.AnsweredAt, out.Reason = "refused", &now, reason
		tx.Exec(`update privacy_requests set state = 'refused', answered_at = $2, answered_by = $3, reason = $4 where id = $1`, id, now, scope.Actor().ID(), reason)
		audit.Record(tx, "privacy_request.refused", id, map[string]string{"kind": out.Kind, "reason": reason})
		return tx.Answer(out)
	})
	return out, err
}

// answer closes a person's open requests of a kind.
func answer(tx *tenancy.Tx, id ident.SubjectID, kind string) {
	tx.Exec(`update privacy_requests set state = 'done', answered_at = $3, answered_by = $4 where subject_id = $1 and kind = $2 and state = 'open'`, id, kind, tx.Now(), tx.Scope().Actor().ID())
}

// ask writes down what the person in the portal asks for, once while it is open, and tells compliance.
func ask(tx *tenancy.Tx, id ident.SubjectID, kind string) (Request, error) {
	out := Request{ID: ident.NewPrivacy(), Subject: id, Kind: kind, State: "open", AskedAt: tx.Now(), AnswerBy: tx.Now().AddDate(0, 1, 0)}
	var open []Request
	if err := tx.Load(tenancy.Many(&open, requestColumns+`where r.subject_id = $1 and r.kind = $2 and r.state = 'open'`, id, kind)); err != nil || len(open) > 0 {
		return append(open, out)[0], err
	}
	tx.Exec(`insert into privacy_requests (tenant_id, id, subject_id, kind, asked_at, answer_by) values ($1, $2, $3, $4, $5, $6)`, tx.Scope().Tenant(), out.ID, id, kind, out.AskedAt, out.AnswerBy)
	audit.Record(tx, "privacy_request.asked", out.ID, map[string]string{"kind": kind, "subject": id.String()})
	return out, outbox.MailRole(tx, out.ID, "compliance_officer", ident.UserID{}, "Richiesta di un interessato / A person's request",
		"Un interessato ha inviato una richiesta dal portale ("+out.ID.String()+"). Va evasa entro il "+day(out.AnswerBy)+".\n\nA person has sent a request through the portal ("+out.ID.String()+"). It has to be answered by "+day(out.AnswerBy)+".\n")
}

// own lists a person's own requests.
func loadOwnRequests(dst *[]Request, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(requestColumns+`where r.subject_id = $1 order by r.id desc limit 100`, []any{id}, func(rows pgx.Rows) error {
		r, err := pgx.RowToStructByName[Request](rows)
		*dst = append(*dst, r)
		return err
	}).From(func() { *dst = []Request{} })
}
