package instances

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
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
	Source      string           `json:"source,omitempty"`
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

// MaxSource bounds a template's text in bytes.
const MaxSource = 1 << 20

func loadTemplates(dst *[]TemplateVersion, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select w.id, w.key, w.version, w.subject, w.title, w.digest, w.status, w.created_at, w.published_at, w.retired_at, w.drain_by, coalesce(w.drain_by < current_date, false), w.certificate,
		(select count(*) from instances i where i.workflow_version_id = w.id and i.outcome is null), w.source from workflow_versions w `+where, args, func(rows pgx.Rows) error {
		var t TemplateVersion
		err := rows.Scan(&t.ID, &t.Key, &t.Version, &t.Subject, &t.Title, &t.Digest, &t.Status, &t.CreatedAt, &t.PublishedAt, &t.RetiredAt, &t.DrainBy, &t.Overdue, &t.Certificate, &t.Instances, &t.Source)
		t.Overdue = t.Overdue && t.Instances > 0
		*dst = append(*dst, t)
		return err
	})
}

// List gives the newest version of each template, without sources and certificates.
func (s *Templates) List(ctx context.Context, scope tenancy.Scope) ([]TemplateVersion, error) {
	out := []TemplateVersion{}
	err := s.db.Load(ctx, scope, loadTemplates(&out, `where not exists (select from workflow_versions n where n.key = w.key and n.version > w.version) order by w.key limit 200`))
	for i := range out {
		out[i].Source, out[i].Certificate = "", nil
	}
	return out, err
}

// Versions gives a template's versions with their sources, the newest first.
func (s *Templates) Versions(ctx context.Context, scope tenancy.Scope, key string) ([]TemplateVersion, error) {
	out := []TemplateVersion{}
	err := s.db.Load(ctx, scope, loadTemplates(&out, `where w.key = $1 order by w.version desc limit 100`, key))
	if err == nil && len(out) == 0 {
		err = fault.Missing("workflow")
	}
	return out, err
}

// Draft stores a new version that nobody uses yet. It may have findings; its key must be readable.
func (s *Templates) Draft(ctx context.Context, scope tenancy.Scope, source string) (TemplateVersion, error) {
	p, err := s.prove(ctx, scope, source)
	if err != nil {
		return TemplateVersion{}, err
	}
	if p.machine == nil {
		return TemplateVersion{}, notPublishable(p.report.Findings)
	}
	t := p.version(source)
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := s.add(tx, &t); err != nil {
			return err
		}
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
	return s.tell(tx, t)
}

// tell puts what a version has become into the trail, and tells whoever is looking.
func (s *Templates) tell(tx *tenancy.Tx, t *TemplateVersion) error {
	audit.Record(tx, "workflow."+t.Status, t.ID, map[string]string{"key": t.Key, "digest": t.Digest})
	return outbox.Tell(tx, "workflows", t.ID, t.Version)
}

func busy(err error) error {
	if tenancy.Violates(err, "workflow_versions_version_key") {
		return fault.Wrap(err, fault.Conflict, "workflow.busy", "Somebody else saved a version at the same moment. Try again.")
	}
	return err
}

func insertTemplate(tx *tenancy.Tx, t TemplateVersion) {
	tx.Exec(`insert into workflow_versions (tenant_id, id, key, version, subject, title, source, digest, status, created_by, created_at, published_at, certificate)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		tx.Scope().Tenant(), t.ID, t.Key, t.Version, t.Subject, t.Title, t.Source, t.Digest, t.Status, tx.Scope().Actor().ID(), t.CreatedAt, t.PublishedAt, t.Certificate)
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
	t := proof{s.machine, s.report}.version(s.source)
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
