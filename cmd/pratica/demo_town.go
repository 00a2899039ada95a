package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// town is an agency that lives through its last months: what is on its agenda happens in the order of time, on a clock
// of its own, so that numbers, histories and trails come out as if people had worked here.
type town struct {
	*app
	almanac
	clock   *demoClock
	agency  demoAgency
	id      ident.AgencyID
	actors  map[string]tenancy.Actor // by part
	lenders map[string]ident.LenderID
	offers  map[ident.LenderID][]products.Product
	agenda  []appointment
	opened  func() // called for every file that is opened
	files   []*dossier
}

// appointment is something that happens at an instant.
type appointment struct {
	at   time.Time
	what string
	do   func(context.Context) error
}

// as is the scope of somebody of the agency for one action.
func (t *town) as(part string, action access.Action) tenancy.Scope {
	return t.db.Enter(t.actors[part], t.id, "demo data").For(action)
}

// plan puts something on the agenda, after what is planned for the same instant.
func (t *town) plan(at time.Time, what string, do func(context.Context) error) {
	i := slices.IndexFunc(t.agenda, func(a appointment) bool { return a.at.After(at) })
	if i < 0 {
		i = len(t.agenda)
	}
	t.agenda = slices.Insert(t.agenda, i, appointment{at, what, do})
}

// live works the agenda off, up to the present.
func (t *town) live(ctx context.Context) error {
	for len(t.agenda) > 0 {
		next := t.agenda[0]
		t.agenda = t.agenda[1:]
		if next.at.After(t.clock.end) {
			continue
		}
		t.clock.move(next.at)
		if err := next.do(ctx); err != nil {
			return fmt.Errorf("%s, %s on %s: %w", t.agency.name, next.what, next.at.Format(time.DateOnly), err)
		}
	}
	return nil
}

// deadline looks at a machine's deadline once it must have passed, unless the machine has moved on by then, which makes it a no-op.
func (t *town) deadline(subject string, id ident.InstanceID, at time.Time) {
	t.plan(at.Add(time.Second), "a deadline", func(ctx context.Context) error {
		return t.fire(ctx, queue.Due{Tenant: t.id, Instance: id, Subject: subject})
	})
}

// workdays is how long the templates' deadlines in working days are.
const workdays = 2

// today is the present as a day.
func (t *town) today() calendar.Date { return calendar.Of(t.present) }

// meetLenders writes down the lenders the agency works with.
func (t *town) meetLenders(ctx context.Context) error {
	t.lenders, t.offers = map[string]ident.LenderID{}, map[ident.LenderID][]products.Product{}
	scope := t.as(partAdmin, "lenders.write")
	for _, l := range demoLenders {
		in := products.LenderInput{Key: l.key, Name: l.name, MaxLTVBPS: 8000, MaxDTIBPS: 3500, AgreementFrom: t.today().AddMonths(-20)}
		if l.ended {
			in.AgreementTo = t.today().AddDays(-31)
		}
		made, err := t.deps.Products.AddLender(ctx, scope, in)
		if err != nil {
			return fmt.Errorf("lender %s: %w", l.key, err)
		}
		t.lenders[l.key] = made.ID
		for _, p := range l.products {
			p.LenderID = made.ID
			product, err := t.deps.Products.AddProduct(ctx, scope, p)
			if err != nil {
				return fmt.Errorf("product %s: %w", p.Name, err)
			}
			t.offers[made.ID] = append(t.offers[made.ID], product)
		}
	}
	return nil
}

// seedOfDemo makes the same people and files every time.
const seedOfDemo = 20261125

// prepare invents the files of the agency and puts their steps on the agenda.
func (t *town) prepare(number int) {
	names := slices.Clone(lasts)
	rand.New(rand.NewPCG(seedOfDemo, uint64(number))).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, f := range t.agency.files {
		rng := rand.New(rand.NewPCG(seedOfDemo, uint64(1000*(number+1)+i)))
		d := &dossier{town: t, demoFile: f, rng: rng, cast: cast{rng, t.today(), around[t.agency.key], &names}, broker: partBroker}
		if i%5 > 2 {
			d.broker = partSecond
		}
		d.invent()
		d.script()
		t.files = append(t.files, d)
	}
	t.vouch()
	for _, d := range t.files {
		d.schedule()
	}
}

// vouch lets the applicant of an earlier file stand guarantor where a file asks for it: one record, two files.
func (t *town) vouch() {
	for _, d := range t.files {
		if d.home != "backed" {
			continue
		}
		i := slices.IndexFunc(t.files, func(e *dossier) bool {
			return e.home == "solo" && e.stage == "ready_to_submit" || e.home == "couple" && e.stage == "disbursed"
		})
		d.parties = append(d.parties, &party{human: t.files[i].parties[0].human, role: "guarantor"})
	}
}

// await asks until something that the relay carries in the background has come about.
func (t *town) await(ctx context.Context, what string, there func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		ok, err := there(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// send offers a file an event of somebody.
func (t *town) send(ctx context.Context, part string, app ident.ApplicationID, event string, payload map[string]any) error {
	_, err := t.deps.Applications.Send(ctx, t.as(part, "applications.transition"), app, 0, applications.Send{Event: event, Payload: payload})
	return err
}
