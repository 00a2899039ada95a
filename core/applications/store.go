package applications

import (
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// cardColumns are read in this order by scanCard, for the board, the lists and the page alike.
const cardColumns = `a.id, a.number, a.title, a.purpose, a.product_kind, a.amount_cents, a.term_months, i.state, i.entered_at,
	a.owner_id, m.name, a.ltv_bps, a.dti_bps, i.blocked, i.breaches, i.outcome, i.deadline, i.version, i.updated_at, i.workflow_version_id, i.states,
	` + instances.RecordedColumns + `, ` + sentBreaches

// sentBreaches is what stands broken in a file's open submissions, as SentBreaches; null where nothing does.
const sentBreaches = `(select jsonb_build_object('count', sum(jsonb_array_length(x.breaches)), 'lender', (array_agg(l.name order by s.id))[1], 'first', (array_agg(x.breaches->0->'text' order by s.id))[1])
		from submissions s join instances x on x.id = s.id join lenders l on l.id = s.lender_id where s.application_id = a.id and x.breaches <> '[]' having count(*) > 0)`

const cardTables = `applications a join instances i on i.id = a.id join members m on m.user_id = a.owner_id`

// cardRow is a card with the template it is pinned to, which knows the titles of its states.
type cardRow struct {
	Card
	workflow ident.WorkflowID
	states   []string
	recorded map[string]any // facts of a file in which something stands broken
	sealed   instances.Recorded
}

func (c *cardRow) dest() []any {
	return slices.Concat([]any{&c.ID, &c.Number, &c.Title, &c.Purpose, &c.ProductKind, &c.AmountCents, &c.TermMonths, &c.State, &c.StateSince,
		&c.Owner.ID, &c.Owner.Name, &c.LTVBPS, &c.DTIBPS, &c.Blocked, &c.Breaches, &c.Outcome, &c.Deadline, &c.Version, &c.UpdatedAt, &c.workflow, &c.states}, c.sealed.Dest(), []any{&c.Sent})
}

func loadCards(dst *[]cardRow, where string, args ...any) tenancy.Load {
	return tenancy.Unseal("select "+cardColumns+" from "+cardTables+" "+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var c cardRow
		err := c.scan(k, rows)
		*dst = append(*dst, c)
		return err
	})
}

// scan reads a card and opens what of it is sealed; more are the columns behind the card's own.
func (c *cardRow) scan(k *crypto.TenantKey, rows pgx.Rows, more ...any) (err error) {
	if err = rows.Scan(append(c.dest(), more...)...); err == nil {
		c.recorded, err = c.sealed.Open(k, ident.Instance(c.ID))
	}
	return err
}

// pageRow is a whole file but its links.
type pageRow struct {
	cardRow
	rate      int
	planned   calendar.Date
	rateKind  string
	createdBy string
	created   time.Time
	branch    string

	workflowVersion int
	found           bool
}

func loadPage(dst *pageRow, id ident.ApplicationID) tenancy.Load {
	return tenancy.Unseal(`select `+cardColumns+`, a.nominal_rate_bps, a.planned_submission, a.rate_kind, a.created_by, a.created_at, a.branch, w.version
		from `+cardTables+` join workflow_versions w on w.id = i.workflow_version_id where a.id = $1`, []any{id}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		dst.found = true
		return dst.scan(k, rows, &dst.rate, &dst.planned, &dst.rateKind, &dst.createdBy, &dst.created, &dst.branch, &dst.workflowVersion)
	})
}

func loadParties(dst *[]Party, id ident.ApplicationID) tenancy.Load {
	return tenancy.Unseal(`select p.id, p.subject_id, p.role_type, p.share_bps, s.display_name, s.kind, `+subjects.ExtractColumns+`
		from application_parties p join subjects s on s.id = p.subject_id
		where p.application_id = $1 order by p.id`, []any{id}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var p Party
		var e subjects.Extract
		if err := rows.Scan(append([]any{&p.ID, &p.SubjectID, &p.RoleType, &p.ShareBPS, &p.DisplayName, &p.Kind}, e.Dest()...)...); err != nil {
			return err
		}
		err := e.Open(k, p.SubjectID)
		p.Employment, p.NetMonthlyCents, p.TaxCode = e.Employment(), e.IncomeCents(), e.TaxCode
		*dst = append(*dst, p)
		return err
	}).From(func() { *dst = nil })
}

func loadProperties(dst *[]Collateral, id ident.ApplicationID) tenancy.Load {
	return tenancy.Scan(`select l.id, l.property_id, l.purpose, l.lien_rank, p.address_line, p.price_cents,
			(select (x->>'value_cents')::bigint from jsonb_array_elements(p.appraisals) x order by x->>'appraised_on' desc limit 1)
		from application_properties l join properties p on p.id = l.property_id
		where l.application_id = $1 order by l.id`, []any{id}, func(rows pgx.Rows) error {
		var c Collateral
		err := rows.Scan(&c.ID, &c.PropertyID, &c.Purpose, &c.LienRank, &c.AddressLine, &c.PriceCents, &c.AppraisalCents)
		*dst = append(*dst, c)
		return err
	})
}

// insert writes the file's own row; its instance is there already.
func insert(tx *tenancy.Tx, id ident.ApplicationID, number string, in Input, owner ident.UserID) {
	s := tx.Scope()
	tx.Exec(`insert into applications (tenant_id, id, number, title, purpose, product_kind, rate_kind, amount_cents, term_months,
			nominal_rate_bps, planned_submission, owner_id, created_by, created_at, updated_at, branch)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, coalesce((select m.branch from members m where m.user_id = $12), ''))`,
		s.Tenant(), id, number, in.Title, in.Purpose, in.ProductKind, in.RateKind, in.AmountCents, in.TermMonths,
		in.NominalRateBPS, in.PlannedSubmission, owner, s.Actor().ID(), tx.Now())
}

// nextNumber gives the year's next human number, "2026-0007", by the agency's own counter.
func nextNumber(tx *tenancy.Tx) (string, error) {
	year := tx.Now().Year()
	var n int64
	err := tx.Load(tenancy.Value(&n, `insert into counters (tenant_id, name, value) values ($1, $2, 1)
		on conflict on constraint counters_pkey do update set value = counters.value + 1 returning value`,
		tx.Scope().Tenant(), fmt.Sprintf("applications %d", year)))
	return fmt.Sprintf("%d-%04d", year, n), err
}

func updateAsked(tx *tenancy.Tx, a *Application) {
	tx.Exec(`update applications set title = $2, purpose = $3, product_kind = $4, rate_kind = $5, amount_cents = $6, term_months = $7, nominal_rate_bps = $8,
			planned_submission = $9, owner_id = $10, updated_at = $11, branch = $12 where id = $1`,
		a.ID, a.Title, a.Purpose, a.ProductKind, a.RateKind, a.AmountCents, a.TermMonths, a.NominalRateBPS, a.PlannedSubmission, a.Owner.ID, tx.Now(), a.Branch)
}

func insertParty(tx *tenancy.Tx, app ident.ApplicationID, p Party) {
	tx.Exec(`insert into application_parties (tenant_id, id, application_id, subject_id, role_type, share_bps, created_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, tx.Scope().Tenant(), p.ID, app, p.SubjectID, p.RoleType, p.ShareBPS, tx.Now())
}

func updateParty(tx *tenancy.Tx, app ident.ApplicationID, id ident.PartyID, shareBPS int) {
	tx.ExecOne(fault.Missing("party"), `update application_parties set share_bps = $3 where application_id = $1 and id = $2`, app, id, shareBPS)
}

func deleteParty(tx *tenancy.Tx, app ident.ApplicationID, id ident.PartyID) {
	tx.ExecOne(fault.Missing("party"), `delete from application_parties where application_id = $1 and id = $2`, app, id)
}

func insertCollateral(tx *tenancy.Tx, app ident.ApplicationID, c Collateral) {
	tx.Exec(`insert into application_properties (tenant_id, id, application_id, property_id, purpose, lien_rank, created_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, tx.Scope().Tenant(), c.ID, app, c.PropertyID, c.Purpose, c.LienRank, tx.Now())
}

func updateCollateral(tx *tenancy.Tx, app ident.ApplicationID, id ident.CollateralID, lienRank *int) {
	tx.ExecOne(fault.Missing("property link"), `update application_properties set lien_rank = $3 where application_id = $1 and id = $2`, app, id, lienRank)
}

func deleteCollateral(tx *tenancy.Tx, app ident.ApplicationID, id ident.CollateralID) {
	tx.ExecOne(fault.Missing("property link"), `delete from application_properties where application_id = $1 and id = $2`, app, id)
}

// assemble puts a page together; titles and digest come from the machine the file is pinned to.
func (p *pageRow) assemble(m *workflow.Machine, parties []Party, properties []Collateral) Application {
	a := Application{Card: p.Card, NominalRateBPS: p.rate, PlannedSubmission: p.planned, RateKind: p.rateKind,
		Workflow: WorkflowRef{Key: m.Template.Key, Version: p.workflowVersion, Digest: m.Digest},
		States:   p.states, Branch: p.branch, Parties: parties, Properties: properties, CreatedBy: p.createdBy, CreatedAt: p.created}
	a.titles(m)
	return a
}
