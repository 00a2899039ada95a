package instances

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// What becomes of files in flight when a new version is published.
const (
	Stay    = "stay"    // they end under the version they are pinned to
	Migrate = "migrate" // a job moves them by a plan
	Drain   = "drain"   // they stay, and are overdue to migrate after a day
)

// Publication is what somebody publishes, and what they choose for the files in flight.
type Publication struct {
	Source   string          // a new version; "" when Version is given
	Version  int             // a stored draft or certified version; 0 when Source is given
	InFlight string          // Stay, Migrate, Drain; "" only while no file is in flight
	Plan     json.RawMessage // of Migrate, as core/workflow/migrate reads it; from names the version that is left
	By       calendar.Date   // of Drain
}

// Published is the version that is live, with the job that moves the files in flight if there is one.
type Published struct {
	TemplateVersion
	JobID    *ident.JobID `json:"job_id" doc:"The migration of the files in flight, when that was chosen"`
	Replaces *Replaced    `json:"replaces" doc:"Under which new files began until now; its key is another where one workflow takes over from another"`
}

// Replaced is the version that was live before another one.
type Replaced struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
}

// Publish makes a version live: analysed, certified, published, in this order, and all or nothing. A template with an error is
// refused with its findings, one with actions that no feature carries out with a sentence for each. Files in flight are pinned to
// their version; what becomes of them the publisher has to say.
func (s *Templates) Publish(ctx context.Context, scope tenancy.Scope, key string, p Publication) (Published, error) {
	t, proved, err := s.candidate(ctx, scope, key, p)
	if err != nil {
		return Published{}, err
	}
	if err := p.check(); err != nil {
		return Published{}, err
	}
	var move *migration
	if p.InFlight == Migrate {
		if move, err = s.planned(ctx, scope, key, p.Plan, planTo{id: t.ID, version: t.Version, machine: proved.machine}); err != nil {
			return Published{}, err
		}
	}
	out := Published{}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out = Published{TemplateVersion: t}
		if err := sameSubject(tx, t); err != nil {
			return err
		}
		if err := s.chosen(tx, key, p); err != nil {
			return err
		}
		if err := tx.Load(tenancy.Scan(`select key, version from live_workflows where subject = $1`, []any{t.Subject}, func(rows pgx.Rows) error {
			out.Replaces = &Replaced{}
			return rows.Scan(&out.Replaces.Key, &out.Replaces.Version)
		})); err != nil {
			return err
		}
		if err := s.live(tx, &out.TemplateVersion, proved, p.trail(out.Replaces)); err != nil {
			return err
		}
		if move != nil {
			move.to.version = out.Version
			id, err := move.start(tx)
			if err != nil {
				return err
			}
			out.JobID = &id
		}
		return tx.Answer(out)
	})
	return out, busy(err)
}

// candidate is the version to publish, proved.
func (s *Templates) candidate(ctx context.Context, scope tenancy.Scope, key string, p Publication) (t TemplateVersion, proved proven, err error) {
	if (p.Source == "") == (p.Version == 0) {
		return t, proved, fault.Input("workflow.source", "/source", "Send either a source or the number of a stored version.")
	}
	source := p.Source
	if p.Version != 0 {
		if t, err = s.stored(ctx, scope, key, p.Version); err != nil {
			return t, proved, err
		}
		if t.Status != "draft" && t.Status != "certified" {
			return t, proved, fault.New(fault.Conflict, "workflow.published", "Only a draft or a certified version is published; this one is "+t.Status+".")
		}
		source = t.written()
	}
	if proved, err = s.publishable(ctx, scope, source); err != nil {
		return t, proved, err
	}
	if proved.machine.Template.Key != key {
		return t, proved, fault.Input("workflow.key", "/source", "The key in the template is another than the one in the address.")
	}
	if p.Version == 0 {
		t = proved.version()
	}
	return t, proved, nil
}

// trail is what the audit says of a publication beside the version itself.
func (p Publication) trail(before *Replaced) map[string]string {
	said := map[string]string{}
	if p.InFlight != "" {
		said["in_flight"] = p.InFlight
	}
	if p.InFlight == Drain {
		said["by"] = p.By.String()
	}
	if before != nil {
		said["replaces"] = fmt.Sprintf("%s version %d", before.Key, before.Version)
	}
	return said
}

// check holds the choice against what it needs.
func (p Publication) check() error {
	switch {
	case p.InFlight == Migrate && len(p.Plan) == 0:
		return fault.Input("workflow.plan", "/plan", "To migrate the files in flight, send a plan.")
	case p.InFlight == Drain && p.By.IsZero():
		return fault.Input("workflow.drain", "/by", "To drain, send the day until which the files are to have ended.")
	}
	return nil
}

// chosen refuses when files are in flight and nobody said what becomes of them, and marks what is to drain.
func (s *Templates) chosen(tx *tenancy.Tx, key string, p Publication) error {
	inFlight := 0
	if err := tx.Load(tenancy.Value(&inFlight, `select count(*) from instances i join workflow_versions w on w.id = i.workflow_version_id
		where w.key = $1 and i.outcome is null`, key)); err != nil {
		return err
	}
	switch {
	case inFlight > 0 && p.InFlight == "":
		return &fault.Error{Kind: fault.Conflict, Code: "workflow.in_flight",
			Message: fmt.Sprintf("%d files are in flight under earlier versions. Say what becomes of them: stay, migrate (with a plan) or drain (by a day).", inFlight),
			Fields:  []fault.Field{{Pointer: "/in_flight", Message: fmt.Sprintf("%d files are in flight", inFlight)}}}
	case p.InFlight == Drain && !calendar.Of(tx.Now()).Before(p.By):
		return fault.Input("workflow.drain", "/by", "The day until which the files are to have ended must lie in the future.")
	case p.InFlight == Drain:
		tx.Exec(`update workflow_versions w set drain_by = $2 where w.key = $1
			and exists (select from instances i where i.workflow_version_id = w.id and i.outcome is null)`, key, p.By)
	}
	return nil
}

// live walks a version through the steps it has not taken yet, with its traces for each.
func (s *Templates) live(tx *tenancy.Tx, t *TemplateVersion, p proven, trail map[string]string) error {
	if t.Version == 0 {
		if err := s.add(tx, t); err != nil {
			return err
		}
	}
	now := tx.Now()
	if t.Status == "draft" {
		t.Status, t.Certificate = "certified", certify(p.report, tx.Scope().Actor().ID(), now)
		tx.ExecOne(errMovedOn, `update workflow_versions set status = 'certified', certificate = $2 where id = $1 and status = 'draft'`, t.ID, t.Certificate)
		if err := s.tell(tx, t, nil); err != nil {
			return err
		}
	}
	t.Status, t.PublishedAt = "published", &now
	tx.ExecOne(errMovedOn, `update workflow_versions set status = 'published', published_at = $2 where id = $1 and status = 'certified'`, t.ID, now)
	return s.tell(tx, t, trail)
}

// Retire ends a version: nothing new begins under it, what is pinned to it stays. The last published version of a subject
// cannot be retired, or no file could be opened; the last published of those that are left takes over.
func (s *Templates) Retire(ctx context.Context, scope tenancy.Scope, key string, version int) (TemplateVersion, error) {
	t, err := s.stored(ctx, scope, key, version)
	if err != nil {
		return t, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		others := false // locked, or two that retire at once would each count on the other
		if err := tx.Load(tenancy.Value(&others, `select true from workflow_versions
			where subject = $1 and status = 'published' and id <> $2 for update`, t.Subject, t.ID)); err != nil {
			return err
		}
		if !others && t.Status == "published" {
			return fault.New(fault.Conflict, "workflow.last", "This is the only published version; without it no file could be opened. Publish another one first.")
		}
		now := tx.Now()
		t.Status, t.RetiredAt = "retired", &now
		tx.ExecOne(fault.New(fault.Conflict, "workflow.not_published", "Only a published version is retired."),
			`update workflow_versions set status = 'retired', retired_at = $2 where id = $1 and status = 'published'`, t.ID, now)
		if err := s.tell(tx, &t, nil); err != nil {
			return err
		}
		return tx.Answer(t)
	})
	return t, err
}
