package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants"
)

// loadDemo founds the demonstration's network and has its agencies live through the months up to now, through the
// services, on clocks that stand in the past. It prints how far it is.
func loadDemo(ctx context.Context, cfg Config, now time.Time, out io.Writer) error {
	began := time.Now()
	cfg, err := inHaste(cfg)
	if err != nil {
		return err
	}
	founded := now.AddDate(0, -5, 0)
	founder, err := openAt(ctx, cfg, func() time.Time { return founded }, absent{})
	if err != nil {
		return err
	}
	defer founder.close()
	towns, err := founder.foundTowns(ctx, cfg, now)
	defer func() {
		for _, t := range towns {
			t.close()
		}
	}()
	if err != nil {
		return err
	}
	total := 0
	for _, t := range towns {
		total += len(t.agency.files)
	}
	var files atomic.Int64
	opened := func() {
		if n := files.Add(1); n%10 == 0 || int(n) == total {
			_, _ = fmt.Fprintf(out, "demo data: %d of %d files …\n", n, total)
		}
	}
	if err := live(ctx, founder, towns, opened); err != nil {
		return err
	}
	if err := towns[0].welcome(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "demo data: %d files of %d agencies in %.1f s\n", total, len(towns), time.Since(began).Seconds())
	return nil
}

// inHaste lets commits not wait for the disk: data that a crash of the machine takes away is loaded again.
func inHaste(cfg Config) (Config, error) {
	u, err := url.Parse(cfg.DatabaseURL.Reveal())
	if err != nil {
		return cfg, fmt.Errorf("database URL: %w", err)
	}
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	cfg.DatabaseURL = redact.Secret(u.String())
	return cfg, nil
}

// live runs the agencies side by side, with the relay carrying what one machine tells another.
func live(ctx context.Context, founder *app, towns []*town, opened func()) error {
	relaying, stop := context.WithCancel(ctx)
	relay := &queue.Relay{Operator: founder.operator, Every: 4 * time.Millisecond, Carriers: map[string]queue.Carrier{
		outbox.Event: func(ctx context.Context, row queue.Row) error {
			for _, t := range towns {
				if t.id == row.Tenant {
					return t.carryEvent(ctx, row)
				}
			}
			return founder.carryEvent(ctx, row)
		},
	}}
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(relaying) }()
	group, living := errgroup.WithContext(ctx)
	for i, t := range towns {
		group.Go(func() error {
			if err := t.meetLenders(living); err != nil {
				return err
			}
			t.opened = opened
			t.prepare(i)
			return t.live(living)
		})
	}
	err := group.Wait()
	stop()
	<-ended
	return err
}

// foundTowns founds the network and onboards its agencies with their people. What was opened is returned with an error, too.
func (a *app) foundTowns(ctx context.Context, cfg Config, now time.Time) ([]*town, error) {
	network, err := tenants.Found(ctx, a.directory, demoNetwork, demoOAM, demoAdmin, demoName)
	if err != nil {
		return nil, err
	}
	founder, _, err := a.directory.Person(ctx, demoAdmin)
	if err != nil {
		return nil, err
	}
	var towns []*town
	for _, agency := range demoAgencies {
		first := agency.people[0]
		made, err := a.deps.Tenants.Onboard(ctx, a.networks.Enter(founder, network, "demo data").For("networks.onboard"),
			tenants.Onboarding{Name: agency.name, City: agency.city, AdminEmail: first.email(agency), AdminName: first.first + " " + first.last, Locale: first.locale})
		if err != nil {
			return towns, err
		}
		t := &town{almanac: newAlmanac(now), clock: &demoClock{at: a.now(), end: now}, agency: agency, id: made.ID, actors: map[string]tenancy.Actor{}}
		if t.app, err = openAt(ctx, cfg, t.clock.Now, absent{}); err != nil {
			return towns, err
		}
		towns = append(towns, t)
		if err := t.gather(ctx); err != nil {
			return towns, err
		}
	}
	return towns, nil
}

// gather invites the agency's people and lets them come in without a password: they sign in by links.
func (t *town) gather(ctx context.Context) error {
	for i, m := range t.agency.people {
		email := m.email(t.agency)
		if i > 0 {
			if _, err := t.deps.Tenants.Invite(ctx, t.as(partAdmin, "members.write"), tenants.MemberInput{Email: email, Name: m.first + " " + m.last, Roles: []string{m.role}, Locale: m.locale}); err != nil {
				return fmt.Errorf("member %s: %w", email, err)
			}
		}
		actor, found, err := t.directory.Person(ctx, email)
		if err != nil {
			return err
		}
		if !found {
			return fault.Missing("user")
		}
		t.actors[m.part] = actor
		if err := t.directory.Join(ctx, actor.User(), t.id); err != nil {
			return err
		}
		t.clock.pass(time.Hour)
	}
	return nil
}

// The mail that ends the demonstration's past. It is the last one, so what stands before it is of the past.
const welcomeSubject = "I dati dimostrativi sono pronti · The demo data are ready"

// welcome tells the first agency's admin what is here, and where the mails of the past months are.
func (t *town) welcome(ctx context.Context) error {
	return t.db.Write(ctx, t.as(partAdmin, "agency.write"), func(tx *tenancy.Tx) error {
		return outbox.Emit(tx, outbox.Mail, t.id, outbox.Message{To: t.agency.people[0].email(t.agency), Subject: welcomeSubject, Text: "Tre agenzie con le loro pratiche degli ultimi tre mesi: persone, importi e documenti sono inventati.\n" +
			"Le e-mail dei mesi passati sono nel file " + pastMails + " della cartella dei dati.\n\n" +
			"Three agencies with their files of the last three months: people, amounts and documents are invented.\n" +
			"The mails of the past months are in the file " + pastMails + " of the data folder.\n"})
	})
}

// bankPortal is what a connector has to be able to do to reach the mock bank's lenders.
const bankPortal = "bank_portal"

// connectBanks connects the demonstration's agencies with the lenders of the mock bank at an address. Without a connector
// that can reach a bank, or without demo data, there is nothing to connect. The address may be another one at every start.
func connectBanks(ctx context.Context, a *app, bankURL string) error {
	for _, agency := range demoAgencies {
		actor, found, err := a.directory.Person(ctx, agency.people[0].email(agency))
		if err != nil || !found {
			return err
		}
		places, err := a.directory.Agencies(ctx, actor.User())
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(places, func(p tenancy.Place) bool { return p.Name == agency.name }); i >= 0 {
			admin := a.db.Enter(actor, places[i].Agency, "demo data")
			if err := errors.Join(connectLenders(ctx, a, admin, bankURL), connectServices(ctx, a, admin, bankURL)); err != nil {
				return fmt.Errorf("connect %s: %w", agency.name, err)
			}
		}
	}
	return nil
}

func connectLenders(ctx context.Context, a *app, admin tenancy.Scope, bankURL string) error {
	available, err := a.deps.Connectors.Available(ctx, admin.For("connectors.read"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(available, func(c connectors.Connector) bool { return slices.Contains(c.Capabilities, bankPortal) })
	if i < 0 {
		return nil
	}
	lenders, err := a.deps.Products.Lenders(ctx, admin.For("lenders.read"))
	if err != nil {
		return err
	}
	for _, l := range lenders {
		if !slices.ContainsFunc(demoLenders, func(d demoLender) bool { return d.key == l.Key && d.connected }) {
			continue
		}
		config, err := json.Marshal(map[string]string{"url": bankURL + "/" + l.Key, "token": "demo-" + l.Key})
		if err != nil {
			return err
		}
		if l.Connection != nil {
			_, err = a.deps.Connectors.Reconnect(ctx, admin.For("connectors.write"), l.Connection.ID, 0, connectors.ConnectionPatch{Config: config})
		} else {
			_, err = a.deps.Connectors.Connect(ctx, admin.For("connectors.write"), connectors.ConnectionInput{Connector: available[i].Name, LenderID: l.ID, Name: l.Name, Config: config})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoServices are what lies behind no lender: people's accounts at two banks, and a bureau.
var demoServices = []struct {
	capability, name, path, key string
	owners                      bool // the bank is asked for the names of holders
}{
	{"open_banking", "Conti presso Banca Aurora", "/aurora/psd2", "aurora", true},
	{"open_banking", "Conti presso Banco di Borea", "/borea/psd2", "borea", false},
	{"credit_bureau", "Informazioni creditizie di prova", "/bureau", "bureau", false},
}

func connectServices(ctx context.Context, a *app, admin tenancy.Scope, bankURL string) error {
	available, err := a.deps.Connectors.Available(ctx, admin.For("connectors.read"))
	if err != nil {
		return err
	}
	there, err := a.deps.Connectors.Connections(ctx, admin.For("connectors.read"))
	if err != nil {
		return err
	}
	for _, s := range demoServices {
		by := slices.IndexFunc(available, func(c connectors.Connector) bool { return slices.Contains(c.Capabilities, s.capability) })
		if by < 0 {
			continue
		}
		settings := map[string]any{"url": bankURL + s.path, "token": "demo-" + s.key}
		if s.owners {
			settings["owner_name"] = true
		}
		config, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(there, func(c connectors.Connection) bool { return c.Name == s.name }); i >= 0 {
			_, err = a.deps.Connectors.Reconnect(ctx, admin.For("connectors.write"), there[i].ID, 0, connectors.ConnectionPatch{Config: config})
		} else {
			_, err = a.deps.Connectors.Connect(ctx, admin.For("connectors.write"), connectors.ConnectionInput{Connector: available[by].Name, Name: s.name, Config: config})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoPeople are those whose links the box prints: the network's admin, and people of the first agencies.
func demoPeople() (out []demoGuest) {
	out = append(out, demoGuest{"network_admin", demoName, "", demoAdmin})
	for _, part := range []string{partAdmin, partBroker, partOffice, partCompliance, partReader} {
		out = append(out, guest(demoAgencies[0], part))
	}
	return append(out, guest(demoAgencies[1], partBroker))
}

// demoGuest is a line of the box.
type demoGuest struct{ role, name, city, email string }

func guest(a demoAgency, part string) demoGuest {
	m := a.people[slices.IndexFunc(a.people, func(m demoMember) bool { return m.part == part })]
	return demoGuest{m.role, m.first + " " + m.last, a.city, m.email(a)}
}

// demoLinks are the box's lines with a one-time link for each of the demonstration's people; none without demo data.
func (a *app) demoLinks(ctx context.Context) (lines []string, err error) {
	for _, g := range demoPeople() {
		link, err := a.loginLink(ctx, g.email)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%-18s  %-15s  %-7s  %s", g.role, g.name, g.city, link))
	}
	return lines, nil
}
