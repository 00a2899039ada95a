package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

// NetworkCmd makes networks and shows their figures.
type NetworkCmd struct {
	Create NetworkCreateCmd `cmd:"" help:"Make a network and its first admin."`
	Report NetworkReportCmd `cmd:"" help:"What the files of a network's agencies come to."`
}

// NetworkCreateCmd makes a network; its admin signs in by the printed link.
type NetworkCreateCmd struct {
	Name       string `required:"" help:"Name of the network."`
	AdminEmail string `required:"" help:"E-mail of its first admin."`
	AdminName  string `help:"Name of its first admin." default:"Network admin"`
	OAM        string `help:"Registration number with OAM."`
}

// Run makes the network.
func (n NetworkCreateCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	id, err := tenants.Found(ctx, a.directory, n.Name, n.OAM, n.AdminEmail, n.AdminName)
	if err != nil {
		return err
	}
	link, err := a.loginLink(ctx, n.AdminEmail)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("network %s\nsign in once within an hour: %s\n", id, link)
	return err
}

// AgencyCmd makes agencies.
type AgencyCmd struct {
	Create  AgencyCreateCmd  `cmd:"" help:"Onboard an agency of a network and invite its admin."`
	Suspend AgencySuspendCmd `cmd:"" help:"Close an agency to everybody, at once; nothing is lost."`
	Resume  AgencyResumeCmd  `cmd:"" help:"Open a suspended agency again."`
	Shred   AgencyShredCmd   `cmd:"" help:"Destroy the keys of a suspended agency: nothing it stored is ever read again."`
}

// AgencyCreateCmd onboards an agency as one of the network's admins.
type AgencyCreateCmd struct {
	Network    string `required:"" help:"Id of the network (net_…)."`
	As         string `required:"" help:"E-mail of the network admin who does it."`
	Name       string `required:"" help:"Name of the agency."`
	City       string `help:"Its city."`
	AdminEmail string `required:"" help:"E-mail of its first admin."`
	AdminName  string `help:"Name of its first admin." default:"Admin"`
	Locale     string `help:"Language of the invitation." enum:"it,en" default:"it"`
}

// Run onboards the agency; the invitation is mailed by the worker.
func (c AgencyCreateCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	network, err := ident.ParseNetwork(c.Network)
	if err != nil {
		return fault.Missing("network")
	}
	who, found, err := a.directory.Person(ctx, c.As)
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("user")
	}
	agency, err := a.deps.Tenants.Onboard(ctx, a.networks.Enter(who, network, "command line").For("networks.onboard"),
		tenants.Onboarding{Name: c.Name, City: c.City, AdminEmail: c.AdminEmail, AdminName: c.AdminName, Locale: c.Locale})
	if err != nil {
		return err
	}
	_, err = fmt.Printf("agency %s\nthe invitation goes to %s\n", agency.ID, agency.AdminEmail)
	return err
}

// AgencySuspendCmd closes an agency.
type AgencySuspendCmd struct {
	Agency string `required:"" help:"Id of the agency (agn_…)."`
}

// Run closes it; its sessions have ended when this returns.
func (c AgencySuspendCmd) Run(ctx context.Context, cfg Config) error {
	return switchAgency(ctx, cfg, c.Agency, (*tenants.Service).Suspend, "is suspended: nobody gets in, and its sessions have ended")
}

// AgencyResumeCmd opens an agency again.
type AgencyResumeCmd struct {
	Agency string `required:"" help:"Id of the agency (agn_…)."`
}

// Run opens it.
func (c AgencyResumeCmd) Run(ctx context.Context, cfg Config) error {
	return switchAgency(ctx, cfg, c.Agency, (*tenants.Service).Resume, "is open again; its people sign in anew")
}

func switchAgency(ctx context.Context, cfg Config, agency string, do func(*tenants.Service, context.Context, tenancy.Scope) error, done string) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	id, err := ident.ParseAgency(agency)
	if err != nil {
		return fault.Missing("agency")
	}
	scope, err := a.operator.Scope(id, "command line")
	if err != nil {
		return err
	}
	if err := do(a.deps.Tenants, ctx, scope.For("agency.suspend")); err != nil {
		return err
	}
	if a.deps.Revoke != nil {
		a.deps.Revoke() // what servers remember of sessions
	}
	_, err = fmt.Printf("%s %s\n", id, done)
	return err
}

// loginLink makes a one-time link for a person, good for an hour.
func (a *app) loginLink(ctx context.Context, email string) (string, error) {
	token, err := a.deps.Accounts.LoginLink(ctx, email, time.Hour)
	return a.cfg.PublicURL + "/login?token=" + token, err
}
