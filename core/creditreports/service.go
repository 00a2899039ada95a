package creditreports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
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

// Opens is the permission to be shown what a report says.
const Opens access.Action = "credit_reports.open"

// Prices are what a report costs at most at each bureau, by connector, in cents.
type Prices func(context.Context) (map[string]int64, error)

// Service buys and keeps reports.
type Service struct {
	db     *tenancy.DB
	files  *applications.Service
	prices Prices
}

// New builds the service.
func New(db *tenancy.DB, files *applications.Service, prices Prices) *Service {
	return &Service{db, files, prices}
}

// Takers are the methods whose answers come here.
func (s *Service) Takers() connectors.Takers { return connectors.Takers{connectors.RequestReport: s} }

// task is all that an operation's row says.
type task struct {
	Report ident.CreditReportID `json:"report_id"`
}

func load(dst *[]Report, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`select r.id, r.subject_id, r.application_id, r.connector, r.purpose, r.state, r.cost_cents, g.at, g.text_version, r.created_at, r.issued_at, r.report, s.data_key
		from credit_reports r join subjects s on s.id = r.subject_id join consents_given g on g.id = r.consent_given_id `+where, args, func(tx *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var r Report
		var box, dataKey []byte
		if err := rows.Scan(&r.ID, &r.SubjectID, &r.ApplicationID, &r.Connector, &r.Purpose, &r.State, &r.CostCents, &r.ConsentAt, &r.TextVersion, &r.CreatedAt, &r.IssuedAt, &box, &dataKey); err != nil {
			return err
		}
		err := keys.OpenAbout(k, r.SubjectID, dataKey, keys.At("credit_reports", r.ID.UUID, "report"), box, &r.Content)
		*dst = append(*dst, r)
		return err
	}).From(func() { *dst = []Report{} })
}

// Of lists a person's reports, the newest first; what they say only to whoever may see it, and they are in the trail.
func (s *Service) Of(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID) (out []Report, err error) {
	found := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, subject), load(&out, `where r.subject_id = $1 order by r.id desc limit 100`, subject)); err != nil {
			return err
		}
		for i := range out {
			out[i].mask(tx)
		}
		return nil
	})
	switch {
	case err == nil && !found:
		err = fault.Missing("subject")
	case err == nil:
		err = s.db.Load(ctx, scope.Noting(audit.SeenWithin("subject.credit_reports_seen", subject.String(), `select from credit_reports r where r.subject_id = $1 and r.report is not null`,
			audit.Group{Name: "credit_history", Action: Opens})))
	}
	return out, err
}

func (r *Report) mask(tx *tenancy.Tx) {
	if r.Content != nil && !tx.May(Opens) {
		r.Content, r.Masked = nil, true
	}
}

// Buy orders a report.
func (s *Service) Buy(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID, in Input) (Report, error) {
	prices, err := s.prices(ctx)
	if err != nil {
		return Report{}, err
	}
	var out Report
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) (err error) {
		out, err = s.order(tx, subject, in, prices)
		if err == nil {
			err = tx.Answer(out)
		}
		return err
	})
	if tenancy.Violates(err, "credit_reports_open_idx") {
		err = errUnderWay
	}
	return out, err
}

// order writes the report that is wanted, and its operation, with the money set aside.
func (s *Service) order(tx *tenancy.Tx, subject ident.SubjectID, in Input, prices map[string]int64) (Report, error) {
	r := Report{ID: ident.NewCreditReport(), SubjectID: subject, ApplicationID: in.ApplicationID, Purpose: in.Purpose, State: "requested", CreatedAt: tx.Now()}
	person, err := subjects.Whole(tx, subject)
	if err != nil {
		return r, err
	}
	if r.Connector, err = connectors.Named(tx, in.ConnectionID); err != nil {
		return r, err
	}
	price, sells := prices[r.Connector]
	party, state := false, ""
	var at time.Time
	given, err := inForce(tx, subject)
	if err != nil {
		return r, err
	}
	if err := tx.Load(tenancy.Value(&party, `select true from application_parties where application_id = $1 and subject_id = $2 limit 1`, in.ApplicationID, subject),
		// One that failed is under way again while an operator has its operation tried once more.
		tenancy.Scan(`select case when r.state = 'failed' then 'requested' else r.state end, r.created_at from credit_reports r left join operations o on o.id = r.operation_id
			where r.subject_id = $1 and r.connector = $2 and (r.state <> 'failed' or o.state not in ('done', 'failed')) order by r.id desc limit 1`, []any{subject, r.Connector}, func(rows pgx.Rows) error { return rows.Scan(&state, &at) })); err != nil {
		return r, err
	}
	switch {
	case !party:
		return r, fault.Missing("application")
	case !sells:
		return r, errConnection
	case person.TaxCode == nil:
		return r, errTaxCode
	case given == nil:
		return r, errConsent
	case state == "requested":
		return r, errUnderWay
	case state == "ready" && !in.Again && tx.Now().Sub(at) < recent:
		return r, errRecent
	case price > in.CostMaxCents:
		return r, errPrice
	}
	r.CostCents, r.ConsentAt, r.TextVersion = price, given.at, given.version
	tx.Exec(`insert into credit_reports (tenant_id, id, subject_id, application_id, connection_id, connector, purpose, consent_given_id, cost_cents, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.Scope().Tenant(), r.ID, subject, r.ApplicationID, in.ConnectionID, r.Connector, r.Purpose, given.id, r.CostCents, tx.Scope().Actor().ID(), tx.Now())
	operation, err := connectors.Enqueue(tx, connectors.Order{Method: connectors.RequestReport, Connector: r.Connector, Connection: in.ConnectionID, Application: r.ApplicationID, Subject: subject,
		Purpose: r.Purpose, CostCents: r.CostCents, Payload: task{r.ID}})
	if err != nil {
		return r, err
	}
	tx.Exec(`update credit_reports set operation_id = $2 where id = $1`, r.ID, operation)
	audit.Record(tx, "credit_report.ordered", subject, map[string]string{"purpose": r.Purpose, "report": r.ID.String()})
	return r, outbox.Tell(tx, "credit_reports", r.ID, 1)
}

// proof is the line of the ledger that lets a bureau be asked.
type proof struct {
	id      ident.ConsentID
	at      time.Time
	version int
	text    string // of what was read, in Italian
}

// inForce finds the consent; nil when none was given, or it was withdrawn.
func inForce(tx *tenancy.Tx, subject ident.SubjectID) (*proof, error) {
	var p proof
	state := ""
	err := tx.Load(tenancy.Scan(`select g.id, g.at, g.text_version, g.state, t.body->>'it' from consents_given g join consent_texts t on t.purpose = g.purpose and t.version = g.text_version
		where g.subject_id = $1 and g.purpose = $2 order by g.id desc limit 1`, []any{subject, Consent}, func(rows pgx.Rows) error { return rows.Scan(&p.id, &p.at, &p.version, &state, &p.text) }))
	if err != nil || state != "given" {
		return nil, err
	}
	return &p, nil
}

// Prepare makes the order as it leaves: the person as they are now, if their consent still stands.
func (s *Service) Prepare(ctx context.Context, scope tenancy.Scope, o connectors.Operation, _ *connectors.Call) (payload any, refused *connectors.Failure, err error) {
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return nil, nil, err
	}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		given, err := inForce(tx, o.SubjectID)
		if err != nil {
			return err
		}
		newer := false
		if err := tx.Load(tenancy.Value(&newer, `select true from credit_reports r, credit_reports n where r.id = $1 and n.subject_id = r.subject_id and n.connector = r.connector and n.id > r.id and n.state <> 'failed' limit 1`, t.Report)); err != nil {
			return err
		}
		// What may have been bought already is asked about all the same.
		if newer { // it had failed, was bought anew, and is tried once more
			refused = &connectors.Failure{Kind: "rejected", Code: "report_newer", SideEffect: "none"}
		}
		if given == nil {
			given, refused = &proof{}, &connectors.Failure{Kind: "rejected", Code: "consent_withdrawn", SideEffect: "none"}
		}
		person, err := subjects.Whole(tx, o.SubjectID)
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(given.text))
		who := map[string]string{"first_name": person.FirstName, "last_name": person.LastName, "birth_date": person.BirthDate.String()}
		if person.TaxCode != nil {
			who["tax_code"] = *person.TaxCode
		}
		payload = map[string]any{"subject": who, "cost_max_cents": o.CostCents,
			"consent": map[string]any{"reference": given.id.String(), "given_at": given.at.UTC().Format(time.RFC3339), "text_sha256": hex.EncodeToString(sum[:])}}
		return nil
	})
	return payload, refused, err
}

// Took keeps what the bureau answered; the person's files look at it at once.
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	connectors.Forget(tx, o)
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return connectors.AsSettled, err
	}
	if a.Verdict != connectors.Done {
		up, err := connectors.Given(tx, o)
		if err != nil || !up {
			return connectors.AsSettled, err
		}
		first := false // one that is tried again had failed before, and its file knows
		if err := tx.Load(tenancy.Value(&first, `update credit_reports set state = 'failed' where id = $1 and state = 'requested' returning true`, t.Report)); err != nil || !first {
			return connectors.AsSettled, err
		}
		return connectors.AsSettled, s.ended(tx, o, t.Report, "bureau.report.failed")
	}
	var w wire
	if json.Unmarshal(a.Payload, &w) != nil || w.Reference == "" {
		return connectors.AsSettled, connectors.ErrGarbage
	}
	box, err := keys.SealAbout(tx, o.SubjectID, keys.At("credit_reports", t.Report.UUID, "report"), w.content())
	if err != nil {
		return connectors.AsSettled, err
	}
	tx.Exec(`update credit_reports set state = 'ready', report = $2, reference = $3, cost_cents = $4, issued_at = coalesce($5, $6::timestamptz) where id = $1`, t.Report, box, w.Reference, connectors.Cost(tx, o, w.CostCents), w.IssuedAt, tx.Now())
	if err := s.ended(tx, o, t.Report, "bureau.report.done"); err != nil {
		return connectors.AsSettled, err
	}
	return connectors.AsSettled, s.files.SubjectChanged(tx, o.SubjectID)
}

// ended tells whoever is looking, and the file's machine where its template waits for it.
func (s *Service) ended(tx *tenancy.Tx, o connectors.Operation, id ident.CreditReportID, event string) error {
	if err := outbox.Tell(tx, "credit_reports", id, 2); err != nil {
		return err
	}
	f, err := s.files.Fetch(tx, o.ApplicationID, false)
	if err != nil || f.Outcome != nil || f.Machine.Machine.Event(event) == nil {
		return err
	}
	return outbox.Emit(tx, outbox.Event, f.ID, outbox.Signal{To: "applications", Event: event})
}

// before stands before the features that carry out what files ask for.
type before struct {
	s    *Service
	next applications.Effects
}

// Before takes up what concerns bureaus of what files' transitions ask for, and hands the rest on.
func (s *Service) Before(next applications.Effects) applications.Effects { return before{s, next} }

// Apply carries out an action through the caller's transaction.
func (b before) Apply(tx *tenancy.Tx, f *applications.File, a workflow.Action) error {
	if a.Do == "connector.call" && a.Ref == "bureau.report" {
		return b.s.call(tx, f)
	}
	return b.next.Apply(tx, f, a)
}

// call buys, for a file's transition, what its borrowers have no recent report of, at the agency's one bureau.
func (s *Service) call(tx *tenancy.Tx, f *applications.File) error {
	var people []ident.SubjectID
	for _, p := range f.Parties {
		if slices.Contains([]string{"applicant", "co_applicant"}, p.RoleType) && f.Details[p.SubjectID].Natural && !slices.Contains(people, p.SubjectID) {
			people = append(people, p.SubjectID)
		}
	}
	prices, err := s.prices(tx.Context())
	if err != nil || len(people) == 0 {
		return err
	}
	var connection ident.ConnectionID
	connector := ""
	names := []string{}
	for name := range prices {
		names = append(names, name)
	}
	if err := tx.Load(tenancy.Scan(`select id, connector from connections where connector = any($1) and status = 'active' order by id limit 1`, []any{names}, func(rows pgx.Rows) error { return rows.Scan(&connection, &connector) })); err != nil {
		return err
	}
	if connection.IsZero() {
		return refused("credit_report.connection", "The agency is connected to no credit bureau. An agency admin connects one under Settings, Connectors.",
			"The agency is connected to no credit bureau.", "L'agenzia non è collegata a nessun sistema di informazioni creditizie.")
	}
	for _, person := range people {
		in := Input{ApplicationID: f.ID, ConnectionID: connection, Purpose: "creditworthiness", CostMaxCents: prices[connector]}
		if _, err := s.order(tx, person, in, prices); err != nil && err != errRecent && err != errUnderWay {
			return err
		}
	}
	return nil
}
