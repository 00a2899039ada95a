package tenants

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// Network is a brokerage network.
type Network struct {
	ID        ident.NetworkID `json:"id"`
	Name      string          `json:"name"`
	OAMNumber *string         `json:"oam_number"`
	Agencies  int             `json:"agencies"`
}

// AgencySummary is an agency as its network sees it.
type AgencySummary struct {
	ID         ident.AgencyID `json:"id"`
	Name       string         `json:"name"`
	City       string         `json:"city"`
	AdminEmail string         `json:"admin_email"`
	Status     string         `json:"status"`
	CreatedAt  time.Time      `json:"created_at"`
}

// Onboarding is what a new agency starts from.
type Onboarding struct {
	Name       string  `json:"name" minLength:"2" maxLength:"200"`
	City       string  `json:"city,omitempty" maxLength:"200" required:"false"`
	VATNumber  *string `json:"vat_number,omitempty" maxLength:"11"`
	AdminEmail string  `json:"admin_email" format:"email" maxLength:"254"`
	AdminName  string  `json:"admin_name" minLength:"1" maxLength:"200"`
	Locale     string  `json:"locale,omitempty" enum:"it,en" required:"false" default:"it"`
}

// Defaults writes what every new agency starts with (workflow templates) in the onboarding transaction.
type Defaults func(tx *tenancy.Tx, agency ident.AgencyID) error

// Service keeps agencies and their people.
type Service struct {
	db       *tenancy.DB
	networks *tenancy.Networks
	accounts *accounts.Service
	roles    []string // that a member or key may have
	defaults Defaults
}

// New builds the service; roles are the policy's.
func New(db *tenancy.DB, n *tenancy.Networks, a *accounts.Service, roles []string, defaults Defaults) *Service {
	return &Service{db: db, networks: n, accounts: a, roles: roles, defaults: defaults}
}

// Found makes a network with its first admin; the command line calls it.
func Found(ctx context.Context, d *tenancy.Directory, name, oamNumber, adminEmail, adminName string) (ident.NetworkID, error) {
	admin, err := d.EnsureUser(ctx, strings.ToLower(adminEmail), adminName, "it")
	if err != nil {
		return ident.NetworkID{}, err
	}
	id := ident.NewNetwork()
	err = d.FoundNetwork(ctx, id, name, oamNumber, admin)
	if tenancy.Violates(err, "networks_name_key") {
		return id, fault.Wrap(err, fault.Conflict, "network.exists", "There is already a network of this name.")
	}
	return id, err
}

// Network reads a network with the number of its agencies.
func (s *Service) Network(ctx context.Context, scope tenancy.NetworkScope) (n Network, err error) {
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Scan(`select n.id, n.name, n.oam_number, (select count(*) from agencies a where a.network_id = n.id) from networks n where n.id = $1`,
			[]any{scope.Network()}, func(rows pgx.Rows) error { return rows.Scan(&n.ID, &n.Name, &n.OAMNumber, &n.Agencies) }))
	})
	return n, err
}

// Agencies lists a network's agencies by name.
func (s *Service) Agencies(ctx context.Context, scope tenancy.NetworkScope) ([]AgencySummary, error) {
	out := []AgencySummary{}
	err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Scan(`select id, name, city, admin_email, status, created_at from agencies order by name, id limit 1000`, nil, func(rows pgx.Rows) error {
			var a AgencySummary
			err := rows.Scan(&a.ID, &a.Name, &a.City, &a.AdminEmail, &a.Status, &a.CreatedAt)
			out = append(out, a)
			return err
		}))
	})
	return out, err
}

// Onboard makes an agency, invites its admin and gives it the default templates.
func (s *Service) Onboard(ctx context.Context, scope tenancy.NetworkScope, in Onboarding) (AgencySummary, error) {
	a := AgencySummary{ID: ident.NewAgency(), Name: in.Name, City: in.City, AdminEmail: strings.ToLower(in.AdminEmail), Status: "active"}
	if err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load() }); err != nil { // nobody without the permission makes users
		return a, err
	}
	admin, err := s.accounts.EnsureUser(ctx, a.AdminEmail, in.AdminName, in.Locale)
	if err != nil {
		return a, err
	}
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		a.CreatedAt = tx.Now()
		tx.Exec(`insert into agencies (id, network_id, name, city, vat_number, admin_email, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			a.ID, scope.Network(), a.Name, a.City, in.VATNumber, a.AdminEmail, tx.Now())
		tx.Onboard(a.ID)
		tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status) values ($1, $2, $3, $4, $5, $6, 'invited')`,
			a.ID, ident.NewMember(), admin, in.AdminName, a.AdminEmail, []string{"agency_admin"})
		if err := tx.Load(); err != nil { // the agency is there, or its name is taken
			return err
		}
		if err := s.defaults(tx, a.ID); err != nil {
			return fmt.Errorf("default templates: %w", err)
		}
		link := s.accounts.Invite(tx, admin)
		audit.Record(tx, "agency.onboarded", a.ID, nil)
		if err := invitation(tx, in.Locale, a.AdminEmail, a.Name, link, a.ID); err != nil {
			return err
		}
		return tx.Answer(a)
	})
	if tenancy.Violates(err, "agencies_name_key") {
		return a, fault.Wrap(err, fault.Conflict, "agency.exists", "The network already has an agency of this name.")
	}
	return a, err
}

func invitation(tx *tenancy.Tx, locale, to, agency, link string, ref fmt.Stringer) error {
	subject, text := accounts.InvitationMail(locale, agency, link)
	return outbox.Emit(tx, outbox.Mail, ref, outbox.Message{To: to, Subject: subject, Text: text})
}
