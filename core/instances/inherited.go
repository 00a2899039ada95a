package instances

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/overlay"
)

// An overlay is settled where it enters: what is proved, stored and run is the template it gives on its base. Bases never change,
// so neither does what stands on them, and nothing behind this file asks where a template came from.

// shelf gives the resolved source of a base; when it is not there, a finding's sentence says what is.
type shelf func(overlay.Extends) (source, missing string, err error)

// inherited is what an overlay made a template of.
type inherited struct {
	header  overlay.Header
	overlay string                 // as written
	origins map[int]overlay.Origin // line of the template → place in the overlay; nil when it did not resolve
}

// onBase gives the template that a source comes to: itself, or what its overlay makes of the base. With findings there is none;
// they stand in the overlay.
func onBase(bases shelf, source string) (text string, from *inherited, found []workflow.Finding, err error) {
	if !overlay.Is([]byte(source)) {
		return source, nil, nil, nil
	}
	header, found := overlay.ReadHeader([]byte(source))
	if len(found) > 0 {
		return "", nil, found, nil
	}
	base, missing, err := bases(header.Extends)
	switch {
	case err != nil:
		return "", nil, nil, err
	case missing != "":
		return "", nil, []workflow.Finding{{Code: "unknown_name", Severity: workflow.SeverityError, At: "/metadata/extends",
			Line: header.Line, Column: header.Column, Message: missing}}, nil
	}
	resolved, found, err := overlay.Resolve([]byte(base), []byte(source))
	if err != nil { // about the base, or about both together
		found = []workflow.Finding{{Code: "schema", Severity: workflow.SeverityError, At: "/metadata/extends", Line: header.Line, Column: header.Column, Message: err.Error()}}
	}
	if len(found) > 0 {
		return "", nil, found, nil
	}
	return string(resolved.Source), &inherited{header, source, resolved.Origins}, nil, nil
}

// examine analyses what a source comes to.
func examine(bases shelf, source string) (proven, error) {
	text, from, found, err := onBase(bases, source)
	if err != nil || len(found) > 0 {
		return proven{report: workflow.Report{Findings: found}}, err
	}
	return from.examine(text), nil
}

// examine analyses a template that an overlay gave, or one of its own.
func (i *inherited) examine(text string) proven {
	report, machine := analyse([]byte(text))
	return proven{machine, report, text, i}
}

// place moves findings about the template to where the overlay's author can act: to the line that brought the element in, or to
// extends, with a sentence, when it is the base's.
func (i *inherited) place(found []workflow.Finding) []workflow.Finding {
	if i == nil {
		return found
	}
	out := slices.Clone(found)
	for n := range out {
		if at, own := i.origins[out[n].Line]; own {
			out[n].Line, out[n].Column = at.Line, at.Column
			continue
		}
		out[n].Line, out[n].Column = i.header.Line, i.header.Column
		out[n].Message = fmt.Sprintf("in the base %s: %s", i.header.Extends, out[n].Message)
	}
	return out
}

// standing is what is stored beside the template; nothing without an overlay.
func (i *inherited) standing() (written string, base *overlay.Extends) {
	if i == nil {
		return "", nil
	}
	return i.overlay, &i.header.Extends
}

// written is what the author wrote.
func (t TemplateVersion) written() string {
	if t.Overlay != "" {
		return t.Overlay
	}
	return t.Source
}

// stood is how a row says what its version stands on: all null without an overlay.
type stood struct {
	overlay, key *string
	version      *int
}

func standing(written string, base *overlay.Extends) stood {
	if base == nil {
		return stood{}
	}
	return stood{&written, &base.Key, &base.Version}
}

func (s stood) extends() *overlay.Extends {
	if s.key == nil {
		return nil
	}
	return &overlay.Extends{Key: *s.key, Version: *s.version}
}

// bases is the shelf of an agency: what its network publishes.
func (s *Templates) bases(ctx context.Context, scope tenancy.Scope) shelf {
	return shelfOf(newestBases, `select source from agency_bases($1, $2)`, func(loads ...tenancy.Load) error { return s.db.Load(ctx, scope, loads...) })
}

// shelfOf is a shelf over two queries: each key with its newest version, and the source of one version.
func shelfOf(newestOf, sourceOf string, load func(...tenancy.Load) error) shelf {
	return func(e overlay.Extends) (source, missing string, err error) {
		newest, found := map[string]int{}, false
		err = load(tenancy.Scan(newestOf, nil, intoNewest(newest)), tenancy.Scan(sourceOf, []any{e.Key, e.Version}, func(rows pgx.Rows) error {
			found = true
			return rows.Scan(&source)
		}))
		if err == nil && !found {
			missing = notOnShelf(e, newest)
		}
		return source, missing, err
	}
}

// notOnShelf says what there is instead.
func notOnShelf(e overlay.Extends, newest map[string]int) string {
	if last := newest[e.Key]; last > 0 {
		return fmt.Sprintf("the network has no %s; the newest is version %d", e, last)
	}
	keys := slices.Sorted(maps.Keys(newest))
	there := "it publishes none"
	if len(keys) > 0 {
		there = "it has " + strings.Join(keys, ", ")
	}
	return fmt.Sprintf("the network has no base %.64s%s; %s", e.Key, workflow.Hint(e.Key, keys), there)
}

// newestBases are the keys an agency's network publishes, each with its newest version.
const newestBases = `select key, version from agency_bases(null, null)`

func loadNewestBases(newest map[string]int) tenancy.Load {
	return tenancy.Scan(newestBases, nil, intoNewest(newest))
}

// intoNewest reads rows of a key and its newest version.
func intoNewest(newest map[string]int) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var key string
		var version int
		err := rows.Scan(&key, &version)
		newest[key] = version
		return err
	}
}

func markNewBases(versions []TemplateVersion, newest map[string]int) {
	for i, v := range versions {
		if v.Base != nil && newest[v.Base.Key] > v.Base.Version {
			last := newest[v.Base.Key]
			versions[i].NewBase = &last
		}
	}
}

// Base is a template of the network that agencies inherit from, newest or one version.
type Base struct {
	Key         string        `json:"key"`
	Version     int           `json:"version"`
	Subject     string        `json:"subject"`
	Title       workflow.Text `json:"title"`
	Digest      string        `json:"digest"`
	PublishedAt time.Time     `json:"published_at"`
	Source      string        `json:"source,omitempty"`
}

func loadBases(dst *[]Base, key *string, version *int) tenancy.Load {
	return tenancy.Scan(`select key, version, subject, title, digest, published_at, source from agency_bases($1, $2)`, []any{key, version}, func(rows pgx.Rows) error {
		var b Base
		err := rows.Scan(&b.Key, &b.Version, &b.Subject, &b.Title, &b.Digest, &b.PublishedAt, &b.Source)
		*dst = append(*dst, b)
		return err
	})
}

// Bases lists the newest version of each template the agency's network publishes, without sources.
func (s *Templates) Bases(ctx context.Context, scope tenancy.Scope) ([]Base, error) {
	out := []Base{}
	err := s.db.Load(ctx, scope, loadBases(&out, nil, nil))
	return out, err
}

// Base gives one version of a network's template, with its source.
func (s *Templates) Base(ctx context.Context, scope tenancy.Scope, key string, version int) (Base, error) {
	var rows []Base
	if err := s.db.Load(ctx, scope, loadBases(&rows, &key, &version)); err != nil {
		return Base{}, err
	}
	if len(rows) == 0 {
		return Base{}, fault.Missing("base")
	}
	return rows[0], nil
}
