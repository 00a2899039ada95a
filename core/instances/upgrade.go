package instances

import (
	"context"
	"errors"
	"fmt"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/diff"
	"github.com/pratica-crm/pratica/core/workflow/overlay"
)

// BaseStep is the way from the version of a base that an overlay stands on to the newest one.
type BaseStep struct {
	Key  string `json:"key"`
	From int    `json:"from"`
	To   int    `json:"to" doc:"Equals from when there is nothing newer"`
}

// Upgrade is what would become of an agency's overlay on the newest version of its base. Nothing is stored.
type Upgrade struct {
	Base        BaseStep           `json:"base"`
	Conflicts   []overlay.Conflict `json:"conflicts" doc:"Operations that the new base no longer takes"`
	Changes     []diff.Change      `json:"changes" doc:"From the template that runs to the one on the new base"`
	Publishable bool               `json:"publishable" doc:"No conflict, and the analysis of the new template has no error"`
	Findings    []workflow.Finding `json:"findings" doc:"Of the new template, with what still applies; they stand in the overlay"`
}

// Upgrade applies the published overlay of a key to the newest version of its base, and proves the result.
func (s *Templates) Upgrade(ctx context.Context, scope tenancy.Scope, key string) (Upgrade, error) {
	live, step, err := s.step(ctx, scope, key)
	out := Upgrade{Base: step, Conflicts: []overlay.Conflict{}, Changes: []diff.Change{}, Publishable: true, Findings: []workflow.Finding{}}
	if err != nil || step.From == step.To {
		return out, err
	}
	rebased, err := s.rebase(ctx, scope, live, step)
	if err != nil {
		return out, err
	}
	out.Conflicts, out.Changes = rebased.Conflicts, rebased.Changes
	if out.Changes == nil {
		out.Changes = []diff.Change{}
	}
	header, _ := overlay.ReadHeader([]byte(live.Overlay)) // it was read to be rebased
	header.Extends.Version = step.To
	from := &inherited{header, live.Overlay, rebased.Resolved.Origins}
	known, err := s.known(ctx, scope)
	if err != nil {
		return out, err
	}
	p, err := proved(ctx, s.analysis, scope.Tenant().UUID, known, func() (proven, error) { return from.examine(string(rebased.Resolved.Source)), nil })
	if err != nil {
		return out, err
	}
	out.Findings = orNone(p.report.Findings)
	out.Publishable = p.report.Publishable && len(out.Conflicts) == 0
	return out, nil
}

// StartUpgrade stores a draft of the published overlay that stands on the newest version of its base: the author's text with
// another number in it. Conflicts are refused, one field each.
func (s *Templates) StartUpgrade(ctx context.Context, scope tenancy.Scope, key string) (TemplateVersion, error) {
	if err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load() }); err != nil { // a repeated request is answered as before
		return TemplateVersion{}, err
	}
	live, step, err := s.step(ctx, scope, key)
	switch {
	case err != nil:
		return TemplateVersion{}, err
	case step.From == step.To:
		return TemplateVersion{}, fault.New(fault.Conflict, "workflow.base_newest", "The template stands on the newest version of its base already.")
	}
	rebased, err := s.rebase(ctx, scope, live, step)
	if err != nil {
		return TemplateVersion{}, err
	}
	if len(rebased.Conflicts) > 0 {
		e := fault.New(fault.Conflict, "workflow.base_conflicts",
			"The new base does not take every operation of the overlay; see errors. Change them in a draft that extends the new version.")
		for _, c := range rebased.Conflicts {
			e.Fields = append(e.Fields, fault.Field{Pointer: fmt.Sprintf("operation:%d", c.Operation), Message: c.Text.EN})
		}
		return TemplateVersion{}, e
	}
	raised, err := overlay.Raise([]byte(live.Overlay), step.To)
	if err != nil {
		return TemplateVersion{}, fault.Wrap(err, fault.Conflict, "workflow.base_hidden", "The overlay cannot be moved: "+err.Error()+".")
	}
	return s.Draft(ctx, scope, string(raised))
}

// step finds the live version of a key, which must be an overlay, and the newest version of its base.
func (s *Templates) step(ctx context.Context, scope tenancy.Scope, key string) (TemplateVersion, BaseStep, error) {
	var live []TemplateVersion
	newest := map[string]int{}
	published := false
	if err := s.db.Load(ctx, scope, loadNewestBases(newest),
		loadTemplates(&live, wholeTemplate, `where w.id = (select l.id from live_workflows l where l.key = $1)`, key),
		tenancy.Value(&published, `select true from workflow_versions where key = $1 and status = 'published' limit 1`, key)); err != nil {
		return TemplateVersion{}, BaseStep{}, err
	}
	switch {
	case !published:
		return TemplateVersion{}, BaseStep{}, fault.Missing("workflow")
	case len(live) == 0:
		return TemplateVersion{}, BaseStep{}, fault.New(fault.Conflict, "workflow.not_live",
			"Another workflow has taken over from this one: no file begins under it. Publish it again to follow its base.")
	}
	base := live[0].Base
	if base == nil {
		return TemplateVersion{}, BaseStep{}, fault.New(fault.NotFound, "workflow.no_base",
			"The published version of this template does not inherit from the network, so there is no base to follow.")
	}
	return live[0], BaseStep{base.Key, base.Version, max(base.Version, newest[base.Key])}, nil
}

// rebase puts the overlay on the new base.
func (s *Templates) rebase(ctx context.Context, scope tenancy.Scope, live TemplateVersion, step BaseStep) (overlay.Rebased, error) {
	return tryFor(ctx, s.analysis, scope.Tenant().UUID, func() (overlay.Rebased, error) {
		bases := s.bases(ctx, scope)
		var ends [2][]byte
		for i, version := range []int{step.From, step.To} {
			source, missing, err := bases(overlay.Extends{Key: step.Key, Version: version})
			if missing != "" {
				err = errors.New(missing) // bases do not go
			}
			if err != nil {
				return overlay.Rebased{}, err
			}
			ends[i] = []byte(source)
		}
		rebased, found, err := overlay.Rebase(ends[0], ends[1], []byte(live.Overlay))
		switch {
		case err != nil:
			return rebased, fault.Wrap(err, fault.Conflict, "workflow.base_unfit", "The overlay cannot be put on the new base: "+err.Error()+".")
		case len(found) > 0:
			return rebased, notPublishable(found)
		}
		return rebased, nil
	})
}
