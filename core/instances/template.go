package instances

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof"
)

// TemplateVersion is one version of a workflow template.
type TemplateVersion struct {
	ID          ident.WorkflowID `json:"id"`
	Key         string           `json:"key"`
	Version     int              `json:"version"`
	Subject     string           `json:"subject"`
	Title       workflow.Text    `json:"title"`
	Digest      string           `json:"digest"`
	Status      string           `json:"status" enum:"draft,published,retired"`
	CreatedAt   time.Time        `json:"created_at"`
	PublishedAt *time.Time       `json:"published_at"`
	Instances   int              `json:"instances" doc:"Files in flight that are pinned to it"`
	Source      string           `json:"source,omitempty"`
}

// Templates keeps an agency's workflow templates.
type Templates struct{ db *tenancy.DB }

// NewTemplates builds the service.
func NewTemplates(db *tenancy.DB) *Templates { return &Templates{db} }

// MaxSource bounds a template's text in bytes.
const MaxSource = 1 << 20

func loadTemplates(dst *[]TemplateVersion, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select w.id, w.key, w.version, w.subject, w.title, w.digest, w.status, w.created_at, w.published_at,
		(select count(*) from instances i where i.workflow_version_id = w.id and i.outcome is null), w.source from workflow_versions w `+where, args, func(rows pgx.Rows) error {
		var t TemplateVersion
		err := rows.Scan(&t.ID, &t.Key, &t.Version, &t.Subject, &t.Title, &t.Digest, &t.Status, &t.CreatedAt, &t.PublishedAt, &t.Instances, &t.Source)
		*dst = append(*dst, t)
		return err
	})
}

// List gives the newest version of each template, without sources.
func (s *Templates) List(ctx context.Context, scope tenancy.Scope) ([]TemplateVersion, error) {
	out := []TemplateVersion{}
	err := s.db.Load(ctx, scope, loadTemplates(&out, `where not exists (select from workflow_versions n where n.key = w.key and n.version > w.version) order by w.key limit 200`))
	for i := range out {
		out[i].Source = ""
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
	return s.store(ctx, scope, source, false)
}

// Publish stores and publishes a new version; a template with an error is refused with its findings, and one with actions that
// no feature carries out with a sentence for each.
// Files in flight stay with the version they are pinned to.
func (s *Templates) Publish(ctx context.Context, scope tenancy.Scope, key, source string) (TemplateVersion, error) {
	m, _ := workflow.Compile([]byte(source))
	if m != nil && m.Template.Key != key {
		return TemplateVersion{}, fault.Input("workflow.key", "/source", "The key in the template is another than the one in the address.")
	}
	return s.store(ctx, scope, source, true)
}

func (s *Templates) store(ctx context.Context, scope tenancy.Scope, source string, publish bool) (TemplateVersion, error) {
	if err := s.db.Load(ctx, scope); err != nil { // nobody without the permission makes us analyse
		return TemplateVersion{}, err
	}
	report := proof.Check([]byte(source))
	m, _ := workflow.Compile([]byte(source))
	if m == nil || publish && !report.Publishable {
		return TemplateVersion{}, notPublishable(report.Findings)
	}
	if fields := notCarried(m.Template); publish && len(fields) > 0 {
		return TemplateVersion{}, &fault.Error{Kind: fault.Invalid, Code: "workflow.not_carried_out",
			Message: "The template asks for actions that nothing would carry out; see errors.", Fields: fields}
	}
	t := TemplateVersion{ID: ident.NewWorkflow(), Key: m.Template.Key, Subject: m.Template.Subject, Title: m.Template.Title, Digest: m.Digest, Status: "draft", Source: source}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.Value(&t.Version, `select coalesce(max(version), 0) + 1 from workflow_versions where key = $1`, t.Key)); err != nil {
			return err
		}
		t.CreatedAt = tx.Now()
		if publish {
			t.Status, t.PublishedAt = "published", &t.CreatedAt
		}
		insertTemplate(tx, t)
		audit.Record(tx, "workflow."+t.Status, t.ID, map[string]string{"key": t.Key, "digest": t.Digest})
		if err := outbox.Tell(tx, "workflows", t.ID, t.Version); err != nil {
			return err
		}
		return tx.Answer(t)
	})
	if tenancy.Violates(err, "workflow_versions_version_key") {
		err = fault.Wrap(err, fault.Conflict, "workflow.busy", "Somebody else saved a version at the same moment. Try again.")
	}
	return t, err
}

func insertTemplate(tx *tenancy.Tx, t TemplateVersion) {
	tx.Exec(`insert into workflow_versions (tenant_id, id, key, version, subject, title, source, digest, status, created_by, created_at, published_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Scope().Tenant(), t.ID, t.Key, t.Version, t.Subject, t.Title, t.Source, t.Digest, t.Status, tx.Scope().Actor().ID(), t.CreatedAt, t.PublishedAt)
}

// Seed publishes a template as its first version in an onboarding transaction.
func Seed(tx *tenancy.Tx, source []byte) error {
	m, findings := workflow.Compile(source)
	if m == nil {
		return fault.New(fault.Internal, "workflow.default", "A default template does not compile: "+findings[0].Message)
	}
	now := tx.Now()
	insertTemplate(tx, TemplateVersion{ID: ident.NewWorkflow(), Key: m.Template.Key, Version: 1, Subject: m.Template.Subject, Title: m.Template.Title,
		Digest: m.Digest, Status: "published", Source: string(source), CreatedAt: now, PublishedAt: &now})
	return nil
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
