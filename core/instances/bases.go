package instances

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/overlay"
)

// BaseVersion is one version of a network's template, as the network sees it.
type BaseVersion struct {
	Base
	On          *overlay.Extends `json:"base" doc:"The network's template it stands on itself; null for a whole one"`
	Overlay     string           `json:"overlay,omitempty" doc:"As written, where that is an overlay"`
	Certificate *Certificate     `json:"certificate"`
	Agencies    *int             `json:"agencies" doc:"How many agencies work under it; null below five, none included"`
}

// BaseSummary is the newest version of a network's template, with who works under which.
type BaseSummary struct {
	Base
	Use []BaseUse `json:"use" doc:"Each version, the newest first"`
}

// BaseUse says how many agencies work under a version.
type BaseUse struct {
	Version  int  `json:"version"`
	Agencies *int `json:"agencies" doc:"null below five, none included: a smaller figure would tell who"`
}

// NetworkTemplates keeps the templates that a network publishes for its agencies to inherit from.
type NetworkTemplates struct {
	networks *tenancy.Networks
	roles    []string
	analysis *analysis
}

// NewNetworkTemplates builds the service; analyses take turns with those of the agencies.
func NewNetworkTemplates(networks *tenancy.Networks, agencies *Templates) *NetworkTemplates {
	return &NetworkTemplates{networks, append([]string{"system"}, agencies.roles...), agencies.analysis}
}

func loadBaseVersions(dst *[]BaseVersion, texts, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select w.key, w.version, w.subject, w.title, w.digest, w.published_at, w.base_key, w.base_version, u.agencies, `+texts+`
		from network_workflows w left join network_base_use() u on u.key = w.key and u.version = w.version `+where, args, func(rows pgx.Rows) error {
		var b BaseVersion
		var on stood
		err := rows.Scan(&b.Key, &b.Version, &b.Subject, &b.Title, &b.Digest, &b.PublishedAt, &on.key, &on.version, &b.Agencies,
			&b.Certificate, &b.Overlay, &b.Source)
		b.On = on.extends()
		*dst = append(*dst, b)
		return err
	})
}

// List gives the newest version of each template, without sources.
func (s *NetworkTemplates) List(ctx context.Context, scope tenancy.NetworkScope) ([]BaseSummary, error) {
	var all []BaseVersion
	err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		all = nil
		return tx.Load(loadBaseVersions(&all, briefTemplate, `order by w.key, w.version desc limit 1000`))
	})
	out := []BaseSummary{}
	for _, b := range all {
		if len(out) == 0 || out[len(out)-1].Key != b.Key {
			out = append(out, BaseSummary{Base: b.Base})
		}
		last := &out[len(out)-1]
		last.Use = append(last.Use, BaseUse{b.Version, b.Agencies})
	}
	return out, err
}

// Versions gives a template's versions with their sources, the newest first.
func (s *NetworkTemplates) Versions(ctx context.Context, scope tenancy.NetworkScope, key string, q VersionQuery) (page.Page[BaseVersion], error) {
	size, below, err := q.after()
	if err != nil {
		return page.Page[BaseVersion]{}, err
	}
	var out []BaseVersion
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out = nil
		return tx.Load(loadBaseVersions(&out, wholeTemplate, `where w.key = $1 and w.version < $2 order by w.version desc limit $3`, key, below, size+1))
	})
	if err == nil && len(out) == 0 && q.Cursor == "" {
		err = fault.Missing("base")
	}
	return page.Of(out, size, func(b BaseVersion) int { return b.Version }), err
}

// Check is everything there is to say about a base before it is published.
func (s *NetworkTemplates) Check(ctx context.Context, scope tenancy.NetworkScope, source string) (workflow.Report, error) {
	p, err := s.prove(ctx, scope, source)
	p.report.Findings = orNone(p.report.Findings)
	return p.report, err
}

// Publish makes the next version of a template for the network's agencies. It must be sound on its own: an agency that changes
// nothing runs it as it is. Nobody moves by it; each agency's overlay stays on its version until the agency raises it.
func (s *NetworkTemplates) Publish(ctx context.Context, scope tenancy.NetworkScope, source string) (BaseVersion, error) {
	p, err := s.prove(ctx, scope, source)
	if err == nil {
		err = p.publishable()
	}
	if err != nil {
		return BaseVersion{}, err
	}
	v := p.version()
	var out BaseVersion
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		version, now := 0, tx.Now()
		if err := tx.Load(tenancy.Value(&version, `select coalesce(max(version), 0) + 1 from network_workflows where key = $1`, v.Key)); err != nil {
			return err
		}
		out = BaseVersion{Base: Base{v.Key, version, v.Subject, v.Title, v.Digest, now, v.Source}, On: v.Base, Overlay: v.Overlay,
			Certificate: certify(p.report, tx.Scope().Actor().ID(), now)}
		stands := standing(v.Overlay, v.Base)
		tx.Exec(`insert into network_workflows (network_id, id, key, version, subject, title, source, overlay, base_key, base_version, digest, certificate, published_by, published_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, scope.Network(), v.ID, v.Key, version, v.Subject, v.Title, v.Source,
			stands.overlay, stands.key, stands.version, v.Digest, out.Certificate, tx.Scope().Actor().ID(), now)
		audit.Record(tx, "base.published", v.ID, map[string]string{"key": v.Key, "digest": v.Digest})
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "network_workflows_version_key") {
		return out, fault.Wrap(err, fault.Conflict, "workflow.busy", "Somebody else published a version at the same moment. Try again.")
	}
	return out, err
}

// prove analyses a base for somebody who may have it analysed. Its roles are held against those every agency has.
func (s *NetworkTemplates) prove(ctx context.Context, scope tenancy.NetworkScope, source string) (proven, error) {
	if err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load() }); err != nil { // nobody without the permission has anything analysed
		return proven{}, err
	}
	return proved(ctx, s.analysis, scope.Network().UUID, s.roles, func() (proven, error) { return examine(s.bases(ctx, scope), source) })
}

// bases is the shelf of a network: its own.
func (s *NetworkTemplates) bases(ctx context.Context, scope tenancy.NetworkScope) shelf {
	return shelfOf(`select key, max(version) from network_workflows group by key`, `select source from network_workflows where key = $1 and version = $2`,
		func(loads ...tenancy.Load) error {
			return s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load(loads...) })
		})
}
