package instances

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/overlay"
)

// TemplateVersion is one version of a workflow template.
type TemplateVersion struct {
	ID          ident.WorkflowID `json:"id"`
	Key         string           `json:"key"`
	Version     int              `json:"version"`
	Subject     string           `json:"subject"`
	Title       workflow.Text    `json:"title"`
	Digest      string           `json:"digest"`
	Status      string           `json:"status" enum:"draft,certified,published,retired"`
	CreatedAt   time.Time        `json:"created_at"`
	PublishedAt *time.Time       `json:"published_at"`
	RetiredAt   *time.Time       `json:"retired_at"`
	DrainBy     *calendar.Date   `json:"drain_by" doc:"The day until which its files are to have ended or moved"`
	Overdue     bool             `json:"overdue" doc:"The day has passed and files are still pinned to it: migrate them"`
	Instances   int              `json:"instances" doc:"Files in flight that are pinned to it"`
	Certificate *Certificate     `json:"certificate" doc:"What the analysis said when it was certified; null for a draft"`
	Base        *overlay.Extends `json:"base" doc:"The network's template it stands on; null for one of its own"`
	NewBase     *int             `json:"new_base" doc:"A newer version of the base, when there is one"`
	Source      string           `json:"source,omitempty" doc:"What runs: as written, or what the overlay gives on its base"`
	Overlay     string           `json:"overlay,omitempty" doc:"As written, where that is an overlay"`
}

// Templates keeps an agency's workflow templates.
type Templates struct {
	db       *tenancy.DB
	roles    []string // that the platform knows; an agency adds its own
	analysis *analysis
}

// NewTemplates builds the service. roles are those every agency has.
func NewTemplates(db *tenancy.DB, roles []string) *Templates {
	return &Templates{db, roles, newAnalysis(analysisBudget)}
}

// What is read of the texts of a version: all of them, or none.
const (
	wholeTemplate = `w.certificate, coalesce(w.overlay, ''), w.source`
	briefTemplate = `null::jsonb, '', ''`
)

func loadTemplates(dst *[]TemplateVersion, texts, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select w.id, w.key, w.version, w.subject, w.title, w.digest, w.status, w.created_at, w.published_at, w.retired_at, w.drain_by,
			coalesce(w.drain_by < current_date, false), w.base_key, w.base_version,
			(select count(*) from instances i where i.tenant_id = w.tenant_id and i.workflow_version_id = w.id and i.outcome is null), `+texts+`
		from workflow_versions w `+where, args, func(rows pgx.Rows) error {
		var t TemplateVersion
		var base stood
		err := rows.Scan(&t.ID, &t.Key, &t.Version, &t.Subject, &t.Title, &t.Digest, &t.Status, &t.CreatedAt, &t.PublishedAt, &t.RetiredAt, &t.DrainBy,
			&t.Overdue, &base.key, &base.version, &t.Instances, &t.Certificate, &t.Overlay, &t.Source)
		t.Base = base.extends()
		t.Overdue = t.Overdue && t.Instances > 0
		*dst = append(*dst, t)
		return err
	})
}

// List gives the newest version of each template, without sources and certificates.
func (s *Templates) List(ctx context.Context, scope tenancy.Scope) ([]TemplateVersion, error) {
	out := []TemplateVersion{}
	newest := map[string]int{}
	err := s.db.Load(ctx, scope, loadTemplates(&out, briefTemplate, `where not exists (
			select from workflow_versions n where n.tenant_id = w.tenant_id and n.key = w.key and n.version > w.version)
		order by w.key limit 200`), loadNewestBases(newest))
	markNewBases(out, newest)
	return out, err
}

// VersionQuery asks for versions of a template; they come with their texts, so there are few to a page.
type VersionQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	Cursor string `query:"cursor" maxLength:"400"`
}

// after reads how many versions are asked for, and below which.
func (q VersionQuery) after() (size, below int, err error) {
	below = math.MaxInt32
	_, err = page.Query{Cursor: q.Cursor}.Key(&below)
	return min(cmp.Or(max(q.Limit, 0), 20), 50), below, err
}

// Versions gives a template's versions with their sources, the newest first.
func (s *Templates) Versions(ctx context.Context, scope tenancy.Scope, key string, q VersionQuery) (page.Page[TemplateVersion], error) {
	size, below, err := q.after()
	if err != nil {
		return page.Page[TemplateVersion]{}, err
	}
	var out []TemplateVersion
	newest := map[string]int{}
	err = s.db.Load(ctx, scope, loadNewestBases(newest),
		loadTemplates(&out, wholeTemplate, `where w.key = $1 and w.version < $2 order by w.version desc limit $3`, key, below, size+1))
	markNewBases(out, newest)
	if err == nil && len(out) == 0 && q.Cursor == "" {
		err = fault.Missing("workflow")
	}
	return page.Of(out, size, func(t TemplateVersion) int { return t.Version }), err
}

// draftsKept is how many drafts of a key there are at most: whoever goes on drafting loses the oldest.
const draftsKept = 20

// Draft stores a new version that nobody uses yet. It may have findings; its key must be readable.
func (s *Templates) Draft(ctx context.Context, scope tenancy.Scope, source string) (TemplateVersion, error) {
	p, err := s.prove(ctx, scope, source)
	if err != nil {
		return TemplateVersion{}, err
	}
	if p.machine == nil {
		return TemplateVersion{}, notPublishable(p.report.Findings)
	}
	t := p.version()
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := sameSubject(tx, t); err != nil {
			return err
		}
		if err := s.add(tx, &t); err != nil {
			return err
		}
		tx.Exec(`delete from workflow_versions where key = $1 and status = 'draft' and id not in (
			select id from workflow_versions where key = $1 and status = 'draft' order by version desc limit $2)`, t.Key, draftsKept)
		return tx.Answer(t)
	})
	return t, busy(err)
}

// add stores a version under the next number of its key, and tells whoever is looking.
func (s *Templates) add(tx *tenancy.Tx, t *TemplateVersion) error {
	if err := tx.Load(tenancy.Value(&t.Version, `select coalesce(max(version), 0) + 1 from workflow_versions where key = $1`, t.Key)); err != nil {
		return err
	}
	t.CreatedAt = tx.Now()
	insertTemplate(tx, *t)
	return s.tell(tx, t, nil)
}

// sameSubject refuses a version of a key under which templates of another subject were published: files would begin under it, or
// no longer begin, that nobody thinks of.
func sameSubject(tx *tenancy.Tx, t TemplateVersion) error {
	other := ""
	err := tx.Load(tenancy.Value(&other, `select subject from workflow_versions
		where key = $1 and subject <> $2 and status in ('published', 'retired') limit 1`, t.Key, t.Subject))
	if err == nil && other != "" {
		err = fault.Input("workflow.subject", "/source", fmt.Sprintf("The workflow %s is about the subject %s; this one is about %s. Use another key.", t.Key, other, t.Subject))
	}
	return err
}

// tell puts what a version has become into the trail, with what more there is to say of it, and tells whoever is looking.
func (s *Templates) tell(tx *tenancy.Tx, t *TemplateVersion, more map[string]string) error {
	detail := map[string]string{"key": t.Key, "version": strconv.Itoa(t.Version), "digest": t.Digest}
	maps.Copy(detail, more)
	audit.Record(tx, "workflow."+t.Status, t.ID, detail)
	return outbox.Tell(tx, "workflows", t.ID, t.Version)
}

func busy(err error) error {
	if tenancy.Violates(err, "workflow_versions_version_key") {
		return fault.Wrap(err, fault.Conflict, "workflow.busy", "Somebody else saved a version at the same moment. Try again.")
	}
	return err
}

func insertTemplate(tx *tenancy.Tx, t TemplateVersion) {
	stands := standing(t.Overlay, t.Base)
	tx.Exec(`insert into workflow_versions (tenant_id, id, key, version, subject, title, source, digest, status, created_by, created_at, published_at,
			certificate, overlay, base_key, base_version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Scope().Tenant(), t.ID, t.Key, t.Version, t.Subject, t.Title, t.Source, t.Digest, t.Status, tx.Scope().Actor().ID(),
		t.CreatedAt, t.PublishedAt, t.Certificate, stands.overlay, stands.key, stands.version)
}

// Sealed is a template with its certificate: what an agency is given when it begins.
type Sealed struct {
	source  string
	machine *workflow.Machine
	report  workflow.Report
}

// Seal analyses a template outside of any transaction. The error names the first finding of one that does not compile.
func Seal(source []byte) (Sealed, error) {
	report, m := analyse(source)
	if m == nil {
		return Sealed{}, fault.New(fault.Internal, "workflow.default", "A default template does not compile: "+report.Findings[0].Message)
	}
	return Sealed{string(source), m, report}, nil
}

// SealAll is Seal for each of several templates.
func SealAll(sources ...[]byte) ([]Sealed, error) {
	out := make([]Sealed, len(sources))
	for i, source := range sources {
		var err error
		if out[i], err = Seal(source); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Seed publishes a template as its first version in an onboarding transaction.
func Seed(tx *tenancy.Tx, s Sealed) {
	now := tx.Now()
	t := proven{machine: s.machine, report: s.report, source: s.source}.version()
	t.Version, t.Status, t.CreatedAt, t.PublishedAt, t.Certificate = 1, "published", now, &now, certify(s.report, "system", now)
	insertTemplate(tx, t)
}

// notPublishable carries the findings as fields: pointer and sentence, with the line.
func notPublishable(findings []workflow.Finding) error {
	e := fault.New(fault.Invalid, "workflow.not_publishable", "The template has errors; see errors. POST /api/v1/workflows/check lists all findings.")
	for _, f := range findings {
		if f.Severity == workflow.SeverityError {
			e.Fields = append(e.Fields, fault.Field{Pointer: f.At, Message: f.Code + ": " + f.Message})
		}
	}
	return e
}
