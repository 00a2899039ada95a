package instances

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof"
)

// Certificate is what the analysis said about a template when it was certified. It never changes.
type Certificate struct {
	Template    string             `json:"template_digest"`
	Analyser    string             `json:"analyser"`
	Publishable bool               `json:"publishable"`
	Findings    []workflow.Finding `json:"findings" doc:"The verdicts, each with its witness"`
	At          time.Time          `json:"at"`
	By          string             `json:"by"`
}

// analyser names what analyse does; it changes whenever its verdicts may.
const analyser = "proven 1"

// analyse is the one place that chooses the analysis. The machine is nil when the template does not compile.
func analyse(source []byte) (workflow.Report, *workflow.Machine) {
	checked := proof.Check(source)
	return checked.Report, checked.Machine
}

func certify(r workflow.Report, by string, at time.Time) *Certificate {
	return &Certificate{Template: r.Digest, Analyser: analyser, Publishable: r.Publishable, Findings: orNone(r.Findings), At: at, By: by}
}

func orNone(f []workflow.Finding) []workflow.Finding { return append([]workflow.Finding{}, f...) } // slices.Concat of nothing is nil

// proven is a template with what the analysis says of it.
type proven struct {
	machine *workflow.Machine
	report  workflow.Report
	source  string     // what runs
	from    *inherited // what an overlay made it of; nil without one
}

// version is a draft of the template.
func (p proven) version() TemplateVersion {
	t := p.machine.Template
	v := TemplateVersion{ID: ident.NewWorkflow(), Key: t.Key, Subject: t.Subject, Title: t.Title, Digest: p.machine.Digest, Status: "draft", Source: p.source}
	v.Overlay, v.Base = p.from.standing()
	return v
}

// prove analyses a source for somebody who may have it analysed, and holds its roles against the agency's.
func (s *Templates) prove(ctx context.Context, scope tenancy.Scope, source string) (proven, error) {
	known, err := s.known(ctx, scope)
	if err != nil {
		return proven{}, err
	}
	return proved(ctx, s.analysis, scope.Tenant().UUID, known, func() (proven, error) { return examine(s.bases(ctx, scope), source) })
}

// known lists the roles that somebody in the agency can have.
func (s *Templates) known(ctx context.Context, scope tenancy.Scope) ([]string, error) {
	known := append([]string{"system"}, s.roles...)
	err := s.db.Load(ctx, scope, tenancy.Scan(`select role from policy_rules union select key from roles`, nil, func(rows pgx.Rows) error {
		var own string
		err := rows.Scan(&own)
		known = append(known, own)
		return err
	}))
	slices.Sort(known)
	return slices.Compact(known), err
}

// proved examines in the turn and the budget of analyses, and holds the roles against those that are known.
func proved(ctx context.Context, a *analysis, whose uuid.UUID, known []string, examine func() (proven, error)) (proven, error) {
	p, err := tryFor(ctx, a, whose, examine)
	if err != nil {
		return p, err
	}
	if p.machine != nil {
		if unknown := unknownRoles(p.machine.Template, known); len(unknown) > 0 {
			p.report.Publishable = false
			p.report.Findings = append(orNone(p.report.Findings), unknown...)
		}
	}
	p.report.Findings = p.from.place(p.report.Findings)
	slices.SortStableFunc(p.report.Findings, func(a, b workflow.Finding) int { return a.Line - b.Line })
	return p, nil
}

// Try compiles a source that nobody has published and lets work use its machine, in the turn and the budget of analyses.
func Try[T any](ctx context.Context, s *Templates, scope tenancy.Scope, source string, work func(*workflow.Machine) (T, error)) (T, error) {
	return tryFor(ctx, s.analysis, scope.Tenant().UUID, func() (out T, err error) {
		text, from, findings, err := onBase(s.bases(ctx, scope), source)
		if err != nil {
			return out, err
		}
		var m *workflow.Machine
		if len(findings) == 0 {
			m, findings = workflow.Compile([]byte(text))
		}
		if m == nil {
			return out, notPublishable(from.place(findings))
		}
		return work(m)
	})
}

// Check is everything there is to say about a template, the agency's roles included.
func (s *Templates) Check(ctx context.Context, scope tenancy.Scope, source string) (workflow.Report, error) {
	p, err := s.prove(ctx, scope, source)
	p.report.Findings = orNone(p.report.Findings)
	return p.report, err
}

// Settled gives the template that a source comes to, itself or what its overlay makes of the base, and for a line of it the line
// in the source (zero: the base's). A source that comes to nothing is given as it is.
func (s *Templates) Settled(ctx context.Context, scope tenancy.Scope, source string) (text string, line func(int) int, err error) {
	text, from, found, err := onBase(s.bases(ctx, scope), source)
	switch {
	case err != nil:
		return "", nil, err
	case from == nil || len(found) > 0:
		return source, func(n int) int { return n }, nil
	}
	return text, func(n int) int { return from.origins[n].Line }, nil
}

// Certify stores the certificate of a draft that has no error.
func (s *Templates) Certify(ctx context.Context, scope tenancy.Scope, key string, version int) (TemplateVersion, error) {
	t, err := s.stored(ctx, scope, key, version)
	if err != nil {
		return t, err
	}
	if t.Status != "draft" {
		return t, fault.New(fault.Conflict, "workflow.certified", "Only a draft is certified; this version is "+t.Status+".")
	}
	p, err := s.publishable(ctx, scope, t.written())
	if err != nil {
		return t, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		t.Status, t.Certificate = "certified", certify(p.report, scope.Actor().ID(), tx.Now())
		tx.ExecOne(errMovedOn, `update workflow_versions set status = 'certified', certificate = $2 where id = $1 and status = 'draft'`, t.ID, t.Certificate)
		if err := s.tell(tx, &t, nil); err != nil {
			return err
		}
		return tx.Answer(t)
	})
	return t, err
}

var errMovedOn = fault.New(fault.Conflict, "workflow.moved_on", "Somebody else has changed this version at the same moment. Load it again.")

// publishable proves a source and refuses one that must not go live: errors, or actions that nothing carries out.
func (s *Templates) publishable(ctx context.Context, scope tenancy.Scope, source string) (proven, error) {
	p, err := s.prove(ctx, scope, source)
	if err != nil {
		return p, err
	}
	return p, p.publishable()
}

// publishable refuses what must not go live.
func (p proven) publishable() error {
	if p.machine == nil || !p.report.Publishable {
		return notPublishable(p.report.Findings)
	}
	if fields := notCarried(p.machine.Template); len(fields) > 0 {
		return &fault.Error{Kind: fault.Invalid, Code: "workflow.not_carried_out",
			Message: "The template asks for actions that nothing would carry out; see errors.", Fields: fields}
	}
	return nil
}

// stored reads one version for somebody who is about to change something: in a Write, so that a repeated request is answered
// as before, whatever has become of the version since.
func (s *Templates) stored(ctx context.Context, scope tenancy.Scope, key string, version int) (TemplateVersion, error) {
	var rows []TemplateVersion
	if err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		rows = nil
		return tx.Load(loadTemplates(&rows, wholeTemplate, `where w.key = $1 and w.version = $2`, key, version))
	}); err != nil {
		return TemplateVersion{}, err
	}
	if len(rows) == 0 {
		return TemplateVersion{}, fault.New(fault.NotFound, "workflow.version_not_found", "No such version of the workflow.")
	}
	return rows[0], nil
}

// unknownRoles finds the roles of a template that nobody in the agency can have.
func unknownRoles(t *workflow.Template, known []string) (out []workflow.Finding) {
	look := func(at string, pos workflow.Position, roles ...string) {
		for _, role := range roles {
			if role != "" && !slices.Contains(known, role) {
				out = append(out, workflow.Finding{Code: "unknown_role", Severity: workflow.SeverityError, At: at, Line: pos.Line, Column: pos.Column,
					Message: fmt.Sprintf("nobody has the role %.60s%s; there are %s", role, workflow.Hint(role, known), strings.Join(known, ", "))})
			}
		}
	}
	for _, e := range t.Events {
		look("event:"+e.Name, e.At, e.By...)
	}
	for _, x := range t.Transitions {
		if x.Approvals != nil {
			look("transition:"+x.ID, x.Approvals.At, x.Approvals.Roles...)
		}
		for _, a := range x.Actions {
			look("transition:"+x.ID, a.At, a.Role)
		}
	}
	for _, i := range t.Invariants {
		look("invariant:"+i.ID, i.At, i.Waive...)
	}
	return out
}
