package consents

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var errMissing = fault.Missing("bank_consent")

// load reads consents c with their newest read; $1 is the instant, for the reads of its day. One that the person was there for counts as
// well from when they no longer are (presentFor): what it asks the bank then is asked without them.
func load(dst *[]Consent, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`select c.id, c.subject_id, c.application_id, c.connection_id, c.connector, c.institution, c.institution_name, c.valid_until, c.external_refs, c.details, s.data_key,
			i.state, i.outcome is not null, c.withdrawn_at, i.version, i.workflow_version_id, c.created_at, c.updated_at,
			(select count(*) from bank_reads r where r.consent_id = c.id and (r.number is not null or coalesce(r.finished_at, $1) >= r.started_at + interval '15 minutes') and r.day = ($1::timestamptz at time zone 'Europe/Rome')::date),
			r.id, r.state, r.number is null, r.transactions, r.cut, r.from_on, r.to_on, r.started_at, r.finished_at
		from bank_consents c join subjects s on s.id = c.subject_id join instances i on i.id = c.id
			left join lateral (select * from bank_reads x where x.consent_id = c.id order by x.id desc limit 1) r on true `+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var c Consent
		var box, dataKey []byte
		var r Read
		var state *string
		var attended, cut *bool
		var transactions *int
		var at *time.Time
		if err := rows.Scan(&c.ID, &c.SubjectID, &c.ApplicationID, &c.ConnectionID, &c.plug, &c.Institution, &c.Name, &c.ValidUntil, &c.refs, &box, &dataKey,
			&c.State, &c.Ended, &c.WithdrawnAt, &c.Version, &c.workflow, &c.CreatedAt, &c.UpdatedAt, &c.ReadsToday,
			&r.ID, &state, &attended, &transactions, &cut, &r.From, &r.To, &at, &r.FinishedAt); err != nil {
			return err
		}
		if state != nil {
			r.State, r.Attended, r.Transactions, r.Cut, r.StartedAt = *state, *attended, *transactions, *cut, *at
			c.LastRead = &r
		}
		err := keys.OpenAbout(k, c.SubjectID, dataKey, keys.At("bank_consents", c.ID.UUID, "details"), box, &c.details)
		*dst = append(*dst, c)
		return err
	}).From(func() { *dst = []Consent{} })
}

func insert(tx *tenancy.Tx, c Consent) error {
	box, err := keys.SealAbout(tx, c.SubjectID, keys.At("bank_consents", c.ID.UUID, "details"), c.details)
	if err != nil {
		return err
	}
	tx.Exec(`insert into bank_consents (tenant_id, id, subject_id, application_id, connection_id, connector, institution, institution_name, valid_until, details, created_by, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`, tx.Scope().Tenant(), c.ID, c.SubjectID, c.ApplicationID, c.ConnectionID, c.plug, c.Institution, c.Name, c.ValidUntil,
		box, tx.Scope().Actor().ID(), tx.Now())
	return nil
}

// save writes what the bank has said.
func save(tx *tenancy.Tx, c *Consent) error {
	box, err := keys.SealAbout(tx, c.SubjectID, keys.At("bank_consents", c.ID.UUID, "details"), c.details)
	if err != nil {
		return err
	}
	tx.Exec(`update bank_consents set valid_until = $2, external_refs = $3, details = $4, updated_at = $5 where id = $1`, c.ID, c.ValidUntil, c.refs, box, tx.Now())
	tx.Exec(`delete from bank_consent_refs where consent_id = $1 and reference <> all($2)`, c.ID, c.refs)
	tx.Exec(`insert into bank_consent_refs (tenant_id, consent_id, reference) select $1, $2, n from unnest($3::text[]) n on conflict do nothing`, tx.Scope().Tenant(), c.ID, c.refs)
	return nil
}

// over has what was found under a consent be no fact any more.
func over(tx *tenancy.Tx, id ident.BankConsentID) {
	tx.Exec(`update bank_reads set over_at = coalesce(over_at, $2) where consent_id = $1`, id, tx.Now())
	tx.Exec(`update cash_flows f set over_at = $2 where f.over_at is null and f.subject_id = (select c.subject_id from bank_consents c where c.id = $1)
		and exists (select from bank_reads x where x.consent_id = $1 and x.id = any(f.read_id || f.beside))`, id, tx.Now())
}

// forget takes away what was read under a consent that has ended: nothing lets it be kept any more.
func forget(tx *tenancy.Tx, id ident.BankConsentID) {
	over(tx, id)
	tx.Exec(`delete from bank_pages where read_id in (select r.id from bank_reads r where r.consent_id = $1)`, id)
	tx.Exec(`update bank_reads set accounts = null, user_ip = null, state = case when state = 'reading' then 'failed' else state end, finished_at = coalesce(finished_at, $2) where consent_id = $1`, id, tx.Now())
}
