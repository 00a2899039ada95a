package tenants

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// SupportGrant is a request of a person of the network to look into an agency, and what became of it.
type SupportGrant struct {
	ID          ident.SupportID `json:"id" db:"id"`
	AgencyID    ident.AgencyID  `json:"agency_id" db:"tenant_id"`
	UserID      ident.UserID    `json:"user_id" db:"user_id"`
	Who         string          `json:"who" db:"name"`
	Reason      string          `json:"reason" db:"reason"`
	Hours       int             `json:"hours" db:"hours"`
	State       string          `json:"state" db:"state" enum:"requested,approved,declined,revoked,expired"`
	RequestedAt time.Time       `json:"requested_at" db:"requested_at"`
	ExpiresAt   time.Time       `json:"expires_at" db:"expires_at" doc:"Until when a request can be approved; when a grant ends"`
	DecidedAt   *time.Time      `json:"decided_at" db:"decided_at"`
	EndedAt     *time.Time      `json:"ended_at" db:"ended_at"`
	Version     int             `json:"version" db:"version"`
}

const supportColumns = "id, tenant_id, user_id, name, reason, hours, state, requested_at, expires_at, decided_at, ended_at, version"

// Tag is the version answered as ETag.
func (g SupportGrant) Tag() int { return g.Version }

// SupportAsk asks for access to one agency.
type SupportAsk struct {
	AgencyID ident.AgencyID `json:"agency_id"`
	Reason   string         `json:"reason" minLength:"10" maxLength:"1000" doc:"What has to be looked at; the agency decides by it"`
	Hours    int            `json:"hours" minimum:"1" maximum:"24" doc:"For how long, from the approval on"`
}

// SupportNotice is what an agency's people see of a grant while it lasts.
type SupportNotice struct {
	ID     ident.SupportID `json:"id" db:"id"`
	Who    string          `json:"who" db:"name"`
	Reason string          `json:"reason" db:"reason"`
	Until  time.Time       `json:"until" db:"expires_at"`
}

// requestFor is how long a request waits for the agency's decision.
const requestFor = 7 * 24 * time.Hour

// supportSteps are what an agency can do with a grant: from which state, to which, and the word for the trail.
var supportSteps = map[string]struct{ from, to string }{
	"approve": {"requested", "approved"},
	"decline": {"requested", "declined"},
	"revoke":  {"approved", "revoked"},
}

// AskSupport asks an agency of the network for access; who is the name the agency is told.
// Errors: agency.not_found (404), support.reason (422), support.open (409).
func (s *Service) AskSupport(ctx context.Context, scope tenancy.NetworkScope, who string, in SupportAsk) (SupportGrant, error) {
	in.Reason = strings.TrimSpace(in.Reason)
	if len(in.Reason) < 10 {
		return SupportGrant{}, fault.Input("support.reason", "/reason", "Say in a sentence what has to be looked at: the agency decides by it.")
	}
	g := SupportGrant{ID: ident.NewSupport(), AgencyID: in.AgencyID, Who: who, Reason: in.Reason, Hours: in.Hours, State: "requested", Version: 1}
	err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var agency struct {
			Name  string `db:"name"`
			Email string `db:"admin_email"`
		}
		if err := tx.Load(tenancy.One(&agency, fault.Missing("agency"), `select name, admin_email from agencies where id = $1 and status = 'active'`, in.AgencyID)); err != nil {
			return err
		}
		g.UserID, g.RequestedAt, g.ExpiresAt = tx.Scope().Actor().User(), tx.Now(), tx.Now().Add(requestFor)
		tx.Exec(`insert into support_grants (tenant_id, id, network_id, user_id, name, reason, hours, requested_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			g.AgencyID, g.ID, scope.Network(), g.UserID, g.Who, g.Reason, g.Hours, g.RequestedAt, g.ExpiresAt)
		detail := map[string]string{"agency": g.AgencyID.String(), "hours": fmt.Sprint(g.Hours)}
		audit.Record(tx, "support.requested", g.ID, detail) // in the network's trail
		if err := tx.Load(); err != nil {
			return err
		}
		tx.Reach(g.AgencyID) // from here on in the agency's
		audit.Record(tx, "support.requested", g.ID, detail)
		if err := outbox.Tell(tx, "support", g.ID, g.Version); err != nil {
			return err
		}
		if agency.Email != "" {
			subject, text := supportMail(agency.Name, g.Hours)
			if err := outbox.Emit(tx, outbox.Mail, g.ID, outbox.Message{To: agency.Email, Subject: subject, Text: text}); err != nil {
				return err
			}
		}
		return tx.Answer(g)
	})
	if tenancy.Violates(err, "support_grants_open_idx") {
		return g, fault.Wrap(err, fault.Conflict, "support.open", "You have asked this agency already. Wait for its answer, or for the end of what it granted.")
	}
	return g, err
}

// supportMail is in both languages: an agency has none of its own.
func supportMail(agency string, hours int) (subject, text string) {
	return "Pratica: richiesta di accesso di assistenza / support access requested",
		fmt.Sprintf("Una persona della rete chiede di consultare per %d ore, in sola lettura, i dati di %s. Motivo e decisione: in Pratica, Accessi di assistenza.\n\n"+
			"A person of the network asks to look at the data of %s for %d hours, read only. Reason and decision: in Pratica, Support access.\n", hours, agency, agency, hours)
}

// SupportOfNetwork lists what the network's people have asked for, the newest first.
func (s *Service) SupportOfNetwork(ctx context.Context, scope tenancy.NetworkScope) (out []SupportGrant, err error) {
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Many(&out, "select "+supportColumns+" from support_grants order by requested_at desc, id limit 200"))
	})
	return out, err
}

// Support lists what the agency was asked for, the newest first.
func (s *Service) Support(ctx context.Context, scope tenancy.Scope) (out []SupportGrant, err error) {
	err = s.db.Load(ctx, scope, tenancy.Many(&out, "select "+supportColumns+" from support_grants order by requested_at desc, id limit 200"))
	return out, err
}

// DecideSupport approves, declines or revokes. Errors: support.not_found (404), support.state, support.lapsed, support.own (409).
func (s *Service) DecideSupport(ctx context.Context, scope tenancy.Scope, id ident.SupportID, verb string) (SupportGrant, error) {
	step := supportSteps[verb]
	var g SupportGrant
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.One(&g, fault.Missing("support"), "select "+supportColumns+" from support_grants where id = $1 for update", id)); err != nil {
			return err
		}
		now, by := tx.Now(), tx.Scope().Actor().User()
		switch {
		case by.IsZero():
			return fault.New(fault.Forbidden, "support.person", "A person decides who may look into the agency, not a key.")
		case g.State != step.from:
			return fault.New(fault.Conflict, "support.state", "This is not possible any more: the request or the access is "+g.State+".")
		case !g.ExpiresAt.After(now):
			return fault.New(fault.Conflict, "support.lapsed", "Its time is over. Access has to be asked for again.")
		case g.UserID == by:
			return fault.New(fault.Conflict, "support.own", "Somebody else has to decide about one's own request.")
		}
		g.State = step.to
		g.Version++
		switch step.to {
		case "approved":
			g.DecidedAt, g.ExpiresAt = &now, now.Add(time.Duration(g.Hours)*time.Hour)
		case "declined":
			g.DecidedAt, g.EndedAt = &now, &now
		default:
			g.EndedAt = &now
		}
		tx.Exec(`update support_grants set state = $2, expires_at = $3, decided_at = $4, ended_at = $5, version = $6, decided_by = coalesce(decided_by, $7) where id = $1`,
			id, g.State, g.ExpiresAt, g.DecidedAt, g.EndedAt, g.Version, by)
		recordSupport(tx, "support."+g.State, g.ID, map[string]string{"until": g.ExpiresAt.Format(time.RFC3339)}, nil)
		if err := outbox.Tell(tx, "support", g.ID, g.Version); err != nil {
			return err
		}
		return tx.Answer(g)
	})
	return g, err
}
