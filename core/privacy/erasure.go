package privacy

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Erasure is where somebody's erasure stands. Without one (state none or lifted) it is what would become of their data today.
type Erasure struct {
	ID           *ident.ErasureID    `json:"id"`
	Subject      ident.SubjectID     `json:"subject_id"`
	Name         string              `json:"display_name" doc:"Empty once all is erased"`
	State        string              `json:"state" enum:"none,restricted,done,lifted"`
	Reason       string              `json:"reason"`
	AskedAt      *time.Time          `json:"asked_at"`
	DueAt        *time.Time          `json:"due_at" doc:"When the last datum goes; null where no clock runs yet"`
	DoneAt       *time.Time          `json:"done_at"`
	LiftedAt     *time.Time          `json:"lifted_at"`
	LiftReason   string              `json:"lift_reason"`
	Data         []PlannedDatum      `json:"data" doc:"What there still is, and until when"`
	InFlight     []subjects.HeldFile `json:"in_flight" doc:"Files under way, which an erasure waits for"`
	Certificates []Issued            `json:"certificates"`
}

// PlannedDatum is a group of data that is there.
type PlannedDatum struct {
	Datum   string     `json:"datum"`
	Title   Text       `json:"title"`
	Purpose string     `json:"purpose" doc:"The last purpose that keeps it; empty: none does"`
	Now     bool       `json:"now" doc:"Nothing keeps it"`
	Until   *time.Time `json:"until" doc:"Null where no clock runs yet, or nothing keeps it"`
}

// Issued is a certificate with the hash that the audit chain holds of it; Text is what was hashed.
type Issued struct {
	Hash string `json:"hash"`
	Text string `json:"text"`
}

// InFlight is the refusal to erase somebody whose files are under way.
type InFlight struct {
	fault *fault.Error
	Files []subjects.HeldFile
}

func (e *InFlight) Error() string { return e.fault.Error() }

// Unwrap lets the error be read as a fault.
func (e *InFlight) Unwrap() error { return e.fault }

// Holders are the files, for the problem's body.
func (e *InFlight) Holders() any { return e.Files }

// Erasures shows where somebody's erasure stands.
func (s *Service) Erasures(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (out Erasure, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error { // a lock is a write
		if err := seeing(tx); err != nil {
			return err
		}
		out, err = erasure(tx, id)
		return err
	})
	return out, err
}

func erasure(tx *tenancy.Tx, id ident.SubjectID) (Erasure, error) {
	var out Erasure
	r, err := ours(tx)
	if err != nil {
		return out, err
	}
	p, err := one(tx, id)
	if err != nil {
		return out, err
	}
	if out, err = erasureRow(tx, id); err != nil {
		return out, err
	}
	p.Asked = true
	out.Data = r.plan(p, tx.Now())
	err = tx.Load(tenancy.Value(&out.Name, `select display_name from subjects where id = $1`, id), loadInFlight(&out.InFlight, id))
	return out, err
}

// erasureRow is what was asked and certified.
func erasureRow(tx *tenancy.Tx, id ident.SubjectID) (Erasure, error) {
	out := Erasure{Subject: id, State: "none", Data: []PlannedDatum{}, InFlight: []subjects.HeldFile{}, Certificates: []Issued{}}
	err := tx.Load(tenancy.Scan(`select id, state, reason, asked_at, due_at, done_at, lifted_at, coalesce(lift_reason, ''), certificates from erasures where subject_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var texts []string
		out.ID = &ident.ErasureID{}
		err := rows.Scan(out.ID, &out.State, &out.Reason, &out.AskedAt, &out.DueAt, &out.DoneAt, &out.LiftedAt, &out.LiftReason, &texts)
		for _, t := range texts {
			out.Certificates = append(out.Certificates, Issued{Hash(t), t})
		}
		return err
	}))
	return out, err
}

// plan says of everything there is of a person when it goes.
func (r Register) plan(p person, now time.Time) []PlannedDatum {
	out := []PlannedDatum{}
	for _, d := range slices.Concat(r.Data, r.Papers) {
		if !slices.Contains(p.has, d.Key) {
			continue
		}
		e := r.End(d, p.Story)
		line := PlannedDatum{Datum: d.Key, Title: d.Title, Purpose: e.Purpose, Now: e.Due(now)}
		if !e.Open && !line.Now {
			line.Until = &e.At
		}
		out = append(out, line)
	}
	return out
}

// Erase does what somebody has asked for (GDPR Art. 17): what nothing keeps goes at once, what the law keeps is locked until its day.
func (s *Service) Erase(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, reason string) (out Erasure, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		p, err := one(tx, id)
		if err != nil {
			return err
		}
		if err := free(tx, p); err != nil {
			return err
		}
		tx.ExecOne(errAsked, begin, scope.Tenant(), ident.NewErasure(), id, reason, scope.Actor().ID(), tx.Now())
		restrict(tx, id)
		answer(tx, id, "erasure")
		var files []file
		if err := tx.Load(loadFiles(&files, `a.id in (select l.application_id from application_parties l where l.subject_id = $1)`, id)); err != nil {
			return err
		}
		r, err := ours(tx)
		if err != nil {
			return err
		}
		for _, f := range files {
			if r.End(r.File, f.Story).Due(tx.Now()) {
				eraseFile(tx, f.id)
			}
		}
		if err := proceed(tx, r, id); err != nil {
			return err
		}
		if out, err = erasure(tx, id); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "subjects", id, 0); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	if err == nil {
		s.discard(ctx, scope)
	}
	return out, err
}

// begin starts an erasure: the person's first, or one after another was lifted.
const begin = `insert into erasures as e (tenant_id, id, subject_id, reason, state, asked_by, asked_at) values ($1, $2, $3, $4, 'restricted', $5, $6)
	on conflict (tenant_id, subject_id) do update set reason = excluded.reason, state = 'restricted', asked_by = excluded.asked_by, asked_at = excluded.asked_at, lifted_at = null, lifted_by = null, lift_reason = null
	where e.state = 'lifted'`

var errAsked = fault.New(fault.Conflict, "erasure.asked", "This person's erasure was asked for already. GET /api/v1/subjects/{id}/erasure tells where it stands.")

// free refuses to erase somebody who is needed.
func free(tx *tenancy.Tx, p person) error {
	switch {
	case p.erased:
		return errAsked
	case p.Open:
		e := &InFlight{fault: fault.New(fault.Conflict, "erasure.in_flight", "This person takes part in files that are under way. End the files, or take the person out of them, first.")}
		if err := tx.Load(loadInFlight(&e.Files, p.id)); err != nil {
			return err
		}
		for _, f := range e.Files {
			e.fault.Fields = append(e.fault.Fields, fault.Field{Pointer: "/applications/" + f.ID.String(), Message: f.Number})
		}
		return e
	case p.held && p.RelationshipEnd.IsZero():
		return fault.New(fault.Conflict, "erasure.held", "Another duty of compliance keeps this person's data for now. See what compliance keeps of them, and tell nobody else.")
	}
	return nil
}

// loadInFlight finds somebody's files under way.
func loadInFlight(dst *[]subjects.HeldFile, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(`select distinct a.id, a.number, i.state from application_parties l join applications a on a.id = l.application_id join instances i on i.id = a.id
		where l.subject_id = $1 and i.outcome is null order by a.number limit 100`, []any{id}, func(rows pgx.Rows) error {
		var f subjects.HeldFile
		err := rows.Scan(&f.ID, &f.Number, &f.State)
		*dst = append(*dst, f)
		return err
	}).From(func() { *dst = []subjects.HeldFile{} })
}

// proceed erases what is due of somebody whose erasure was asked for, and issues the certificate.
func proceed(tx *tenancy.Tx, r Register, id ident.SubjectID) error {
	p, err := one(tx, id)
	if err != nil || p.erased {
		return err
	}
	c := Certificate{AgencyID: tx.Scope().Tenant(), Subject: id, IssuedAt: tx.Now(), Erased: []ErasedDatum{}, Kept: []KeptDatum{}, Remains: remains}
	var before []string
	if err := tx.Load(tenancy.Scan(`select e.id, e.reason, e.asked_at, e.certificates, a.name from erasures e join agencies a on a.id = e.tenant_id where e.subject_id = $1`, []any{id},
		func(rows pgx.Rows) error { return rows.Scan(&c.ID, &c.Reason, &c.AskedAt, &before, &c.Agency) })); err != nil {
		return err
	}
	if n := len(before); n > 0 {
		var last Certificate
		if err := json.Unmarshal([]byte(before[n-1]), &last); err != nil {
			return err
		}
		if !last.AskedAt.Equal(c.AskedAt) { // of an erasure that was lifted: what went then was certified then
			before = nil
		} else {
			c.Erased = last.Erased
		}
	}
	var gone []Datum
	var due *time.Time
	for _, line := range r.plan(p, tx.Now()) {
		if line.Now {
			gone = append(gone, r.datum(line.Datum))
			c.Erased = append(c.Erased, ErasedDatum{line.Datum, line.Title, tx.Now()})
			continue
		}
		if line.Until == nil { // a file has been opened by a way that is none
			return fault.New(fault.Internal, "erasure.clock", "Something of a restricted person has no end.")
		}
		c.Kept = append(c.Kept, KeptDatum{line.Datum, line.Title, line.Purpose, r.Purposes[line.Purpose].Basis, *line.Until})
		if due == nil || line.Until.After(*due) {
			due = line.Until
		}
	}
	if len(gone) == 0 && len(before) > 0 && len(c.Kept) > 0 {
		return nil // nothing new to certify
	}
	text, hash, err := c.seal()
	if err != nil {
		return err
	}
	detail := map[string]string{"certificate": hash}
	if len(c.Kept) > 0 {
		eraseData(tx, id, gone)
		tx.Exec(`update erasures set due_at = $2, certificates = certificates || $3::text where subject_id = $1`, id, due, text)
		audit.Record(tx, "subject.restricted", id, detail)
		return nil
	}
	erasePerson(tx, id)
	tx.Exec(`update erasures set state = 'done', due_at = null, done_at = $2, certificates = certificates || $3::text where subject_id = $1`, id, tx.Now(), text)
	audit.Record(tx, "subject.erased", id, detail)
	return nil
}
