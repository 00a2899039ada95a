package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
)

// dossier is a file of the demonstration while it is being lived through.
type dossier struct {
	*town
	demoFile
	cast
	rng     *rand.Rand
	broker  string // the part who keeps it
	parties []*party
	asset   *properties.Data // nil for a loan without security
	annex   *properties.Data
	asked   applications.Input

	app      ident.ApplicationID
	property ident.PropertyID
	steps    []step
}

// party is somebody in a role.
type party struct {
	*human
	role string
}

// step is what happens to a file some working days after the step before it.
type step struct {
	gap  int
	what string
	do   func(context.Context) error
}

// households make the people of a file; the second return is whether the loan is secured on a property.
var households = map[string]func(cast) []*party{
	"solo": func(c cast) []*party {
		return []*party{{c.employee(c.person(c.last(), sex(c.rng), 27, 52)), "applicant"}}
	},
	"couple": func(c cast) []*party {
		a, b := c.married(29, 48)
		return []*party{{c.employee(a), "applicant"}, {c.employee(b), "co_applicant"}}
	},
	"mixed": func(c cast) []*party {
		a, b := c.married(31, 50)
		return []*party{{c.employee(a), "applicant"}, {c.selfEmployed(b), "co_applicant"}}
	},
	"self": func(c cast) []*party {
		return []*party{{c.selfEmployed(c.person(c.last(), sex(c.rng), 33, 55)), "applicant"}}
	},
	"pensioner": func(c cast) []*party {
		h := c.pensioner(c.person(c.last(), sex(c.rng), 63, 71))
		h.data.MaritalStatus = "widowed"
		return []*party{{h, "applicant"}}
	},
	"young": func(c cast) []*party {
		last := c.last()
		parent := c.pensioner(c.person(last, sex(c.rng), 62, 68))
		parent.earns(int64(between(c.rng, 15, 23)) * 100_00)
		return []*party{{c.employee(c.person(last, sex(c.rng), 24, 31)), "applicant"}, {parent, "guarantor"}}
	},
	"abroad": func(c cast) []*party {
		return []*party{{c.employee(c.foreigner(sex(c.rng))), "applicant"}}
	},
	"backed": func(c cast) []*party {
		return []*party{{c.employee(c.person(c.last(), sex(c.rng), 25, 33)), "applicant"}}
	},
	"exposed": func(c cast) []*party {
		h := c.employee(c.person(c.last(), sex(c.rng), 40, 58))
		h.data.PEP, h.risk = true, "high"
		return []*party{{h, "applicant"}}
	},
}

func sex(rng *rand.Rand) string { return pick(rng, []string{"F", "M"}) }

// married invents two people who are.
func (c cast) married(youngest, oldest int) (a, b *human) {
	a, b = c.person(c.last(), "F", youngest, oldest), c.person(c.last(), "M", youngest, oldest)
	if c.rng.IntN(2) == 0 {
		a, b = b, a
	}
	a.data.MaritalStatus, b.data.MaritalStatus = "married", "married"
	b.data.Addresses = a.data.Addresses
	return a, b
}

// invent makes the people, the property and what is asked for, so that the figures fit each other.
func (d *dossier) invent() {
	d.parties = households[d.home](d.cast)
	d.asked = applications.Input{Purpose: d.purpose, ProductKind: "mortgage", RateKind: pick(d.rng, []string{"fixed", "fixed", "fixed", "variable", "mixed"}),
		TermMonths: pick(d.rng, []int{240, 300, 300, 360}), NominalRateBPS: between(d.rng, 58, 73) * 5}
	switch {
	case d.quirk == "fifth":
		d.asked.ProductKind, d.asked.RateKind, d.asked.TermMonths, d.asked.NominalRateBPS, d.asked.AmountCents = "salary_backed", "fixed", 96, 485, 18_000_00
	case d.purpose == "liquidity":
		d.asked.ProductKind, d.asked.RateKind, d.asked.TermMonths, d.asked.NominalRateBPS, d.asked.AmountCents = "personal_loan", "fixed", 72, 720, int64(between(d.rng, 12, 24))*1000_00
	default:
		d.secure()
	}
	d.provide()
}

// secure chooses the property and an amount that fits its value.
func (d *dossier) secure() {
	home := d.dwelling()
	d.asset = &home
	if d.purpose == "first_home" && d.rng.IntN(4) == 0 {
		g := d.garage(home)
		d.annex = &g
	}
	share := between(d.rng, 62, 76)
	switch {
	case d.quirk == "ltv":
		share = between(d.rng, 86, 92)
	case d.home == "pensioner":
		share, d.asked.TermMonths = between(d.rng, 22, 30), 180
	case d.purpose == "renovation":
		share = between(d.rng, 28, 40)
	case d.purpose == "refinance_transfer":
		share = between(d.rng, 42, 60)
	}
	d.asked.AmountCents = *home.PriceCents * int64(share) / 100 / 1000_00 * 1000_00
}

// provide gives those who borrow the incomes that carry the instalment.
func (d *dossier) provide() {
	load := products.Instalment(d.asked.AmountCents, d.asked.NominalRateBPS, d.asked.TermMonths)
	if d.rng.IntN(4) == 0 {
		load += d.owes(d.parties[0].human)
	}
	share := between(d.rng, 23, 32)
	if d.quirk == "dti" {
		share = between(d.rng, 39, 44)
	}
	income := max(load*100/int64(share), 1250_00)
	if d.quirk == "dti" {
		income = load * 100 / int64(share)
	}
	if d.borrowers() == 1 {
		d.parties[0].earns(income)
		return
	}
	first := income * int64(between(d.rng, 48, 58)) / 100
	d.parties[0].earns(first)
	d.parties[1].earns(income - first)
}

// borrowers counts those who borrow: they stand before the guarantors.
func (d *dossier) borrowers() (n int) {
	for _, p := range d.parties {
		if p.role != "guarantor" {
			n++
		}
	}
	return n
}

// schedule puts the steps on the agenda: the last one some working days ago, each other one as long before it as its gap says.
func (d *dossier) schedule() {
	days := make([]time.Time, len(d.steps))
	day := d.before(d.newest, d.idle)
	for i := len(d.steps) - 1; i >= 0; i-- {
		days[i] = day
		day = d.before(day, d.steps[i].gap)
	}
	minute := 0
	planned := d.today().AddDays(between(d.rng, 22, 35))
	for i, s := range d.steps {
		if i == 0 || !days[i].Equal(days[i-1]) {
			minute = opens + d.rng.IntN(300)
		} else {
			minute += between(d.rng, 20, 75)
		}
		at := d.at(days[i], minute)
		if s.what == "collects the rest" {
			planned = calendar.Of(at).AddDays(20)
		}
		d.plan(at, fmt.Sprintf("%s %s", d.parties[0].data.LastName, s.what), s.do)
	}
	if d.quirk == "payslip" {
		planned = d.today().AddDays(58)
	}
	d.asked.PlannedSubmission = planned
}

// then appends a step.
func (d *dossier) then(gap int, what string, do func(context.Context) error) {
	d.steps = append(d.steps, step{gap, what, do})
}

// breathe lets a little time go by between two things somebody does.
func (d *dossier) breathe() { d.clock.pass(time.Duration(between(d.rng, 25, 140)) * time.Second) }

// open is the first contact: people, file, property, first facts.
func (d *dossier) open(ctx context.Context) error {
	for _, p := range d.parties {
		if err := d.register(ctx, p.human); err != nil {
			return err
		}
	}
	made, err := d.deps.Applications.Create(ctx, d.as(d.broker, "applications.write"), d.asked)
	if err != nil {
		return err
	}
	d.app = made.ID
	d.opened()
	for _, p := range d.parties {
		share := 10_000
		if p.role != "guarantor" {
			share /= d.borrowers()
		}
		if _, err := d.deps.Applications.AddParty(ctx, d.as(d.broker, "applications.write"), d.app, 0, applications.Party{SubjectID: p.id, RoleType: p.role, ShareBPS: share}); err != nil {
			return err
		}
	}
	if d.asset != nil && d.quirk != "bare" {
		if err := d.pledge(ctx); err != nil {
			return err
		}
	}
	if err := d.note(ctx, d.broker, "contact"); err != nil {
		return err
	}
	return d.meet(ctx)
}

// register writes a person down, unless another file has already.
func (d *dossier) register(ctx context.Context, h *human) error {
	if !h.id.IsZero() {
		return nil
	}
	made, err := d.deps.Subjects.Create(ctx, d.as(d.broker, "subjects.write"), h.data)
	if err != nil {
		return fmt.Errorf("subject %s: %w", h.name(), err)
	}
	h.id = made.ID
	d.breathe()
	return nil
}

// pledge links the property in its purposes.
func (d *dossier) pledge(ctx context.Context) error {
	scope := d.as(d.broker, "properties.write")
	made, err := d.deps.Properties.Create(ctx, scope, *d.asset)
	if err != nil {
		return err
	}
	d.property = made.ID
	first := 1
	links := []applications.Collateral{{PropertyID: made.ID, Purpose: "mortgaged", LienRank: &first}}
	if strings.HasSuffix(d.purpose, "_home") {
		links = append(links, applications.Collateral{PropertyID: made.ID, Purpose: "purchased"})
	}
	if d.annex != nil {
		garage, err := d.deps.Properties.Create(ctx, scope, *d.annex)
		if err != nil {
			return err
		}
		links = append(links, applications.Collateral{PropertyID: garage.ID, Purpose: "annex"})
	}
	for _, l := range links {
		if _, err := d.deps.Applications.AddProperty(ctx, d.as(d.broker, "applications.write"), d.app, 0, l); err != nil {
			return err
		}
	}
	return nil
}

// meet records the workflow's own facts: the day of the first meeting and the fee.
func (d *dossier) meet(ctx context.Context) error {
	a, err := d.deps.Applications.Get(ctx, d.as(d.broker, "applications.read"), d.app)
	if err != nil {
		return err
	}
	met, err := json.Marshal(calendar.Of(d.clock.Now()))
	if err != nil {
		return err
	}
	values := map[string]json.RawMessage{"client_meeting": met, "mediation_fee_cents": json.RawMessage(fmt.Sprint(d.fee()))}
	_, err = d.deps.Applications.SetFacts(ctx, d.as(d.broker, "applications.write"), d.app, a.Version, values)
	return err
}

// fee is the mediation fee in cents: one and a half per cent, in steps of fifty euros.
func (d *dossier) fee() int64 { return max(d.asked.AmountCents*15/1000/50_00*50_00, 250_00) }

// note writes one of the notes that fit a step.
func (d *dossier) note(ctx context.Context, part, about string) error {
	_, err := d.deps.Applications.AddNote(ctx, d.as(part, "applications.write"), d.app, pick(d.rng, demoNotes[about]))
	return err
}

// task writes down something to do within some days.
func (d *dossier) task(ctx context.Context, part, title string, within int) error {
	user, due := d.actors[part].User(), calendar.Of(d.clock.Now()).AddDays(within)
	_, err := d.deps.Applications.AddTask(ctx, d.as(d.broker, "tasks.write"), d.app, applications.TaskInput{Title: title, Assignee: &user, DueOn: &due})
	return err
}

// finishTasks closes whatever is open.
func (d *dossier) finishTasks(ctx context.Context, part string) error {
	tasks, err := d.deps.Applications.Tasks(ctx, d.as(part, "tasks.read"), d.app)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.State != "open" {
			continue
		}
		if _, err := d.deps.Applications.SetTask(ctx, d.as(part, "tasks.write"), t.ID, t.Version, "done"); err != nil {
			return err
		}
	}
	return nil
}

// lines are the checklist's lines that a condition holds for.
func (d *dossier) lines(ctx context.Context, want func(documents.Item) bool) ([]documents.Item, error) {
	list, err := d.deps.Documents.Checklist(ctx, d.as(partOffice, "documents.read"), d.app)
	return slices.DeleteFunc(list.Items, func(i documents.Item) bool { return !want(i) }), err
}

// lacking is what a stage still misses, of some kinds.
func lacking(stage documents.Stage, of func(kind string) bool) func(documents.Item) bool {
	return func(i documents.Item) bool { return i.Stage == stage && i.Failure != nil && of(i.Kind) }
}

// hand brings every line's document, accepted by back office.
func (d *dossier) hand(ctx context.Context, want func(documents.Item) bool) error {
	items, err := d.lines(ctx, want)
	if err != nil {
		return err
	}
	for _, i := range items {
		id, err := d.bring(ctx, i)
		if err != nil {
			return err
		}
		if err := d.accept(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// bring asks for a line's document and uploads it.
func (d *dossier) bring(ctx context.Context, i documents.Item) (ident.DocumentID, error) {
	d.breathe()
	s := sheetOf(i.Kind)
	issued, expires := s.issue(d.rng, calendar.Of(d.clock.Now()))
	made, err := d.request(ctx, i, issued, expires)
	if err != nil {
		return made.ID, err
	}
	name := strings.ReplaceAll(strings.ToLower(documents.Title(i.Kind).IT), " ", "-") + ".pdf"
	_, err = d.deps.Documents.Upload(ctx, d.as(d.broker, "documents.write"), made.ID, made.Version, name, bytes.NewReader(d.paper(i, issued, made.ExpiresOn).print(s)))
	return made.ID, err
}

// request asks for a line's document; the days are those on the paper, when it is there already.
func (d *dossier) request(ctx context.Context, i documents.Item, issued, expires calendar.Date) (documents.Document, error) {
	in := documents.Input{Kind: i.Kind, IssuedOn: issued, ExpiresOn: expires}
	for _, p := range d.parties {
		if p.id.String() == i.Owner.ID {
			in.SubjectID = p.id
		}
	}
	if i.Owner.Type == documents.OfProperty {
		in.PropertyID = d.property
	}
	return d.deps.Documents.Request(ctx, d.as(d.broker, "documents.write"), d.app, in)
}

// accept is back office's look at a document.
func (d *dossier) accept(ctx context.Context, id ident.DocumentID) error {
	d.breathe()
	_, err := d.deps.Documents.Accept(ctx, d.as(partOffice, "documents.review"), id, 0, documents.Dates{})
	return err
}

// paper is what a line's document says.
func (d *dossier) paper(i documents.Item, issued, expires calendar.Date) paperwork {
	capital := around[d.agency.key][0]
	p := paperwork{"file": i.Owner.Name, "agency": d.agency.name, "capital": capital.name, "city": capital.name, "issued": italianDay(issued), "expires": italianDay(expires), "month": monthOf(issued),
		"lastyear": fmt.Sprint(issued.Time().Year() - 1), "number": fmt.Sprintf("%07d", d.rng.IntN(10_000_000)), "purpose": purposes[d.purpose], "applicant": d.parties[0].name(),
		"amount": euros(d.asked.AmountCents), "term": fmt.Sprint(d.asked.TermMonths), "fee": euros(d.fee())}
	if a := d.asset; a != nil {
		p["address"] = fmt.Sprintf("%s, %s %s (%s)", a.Address.Street, a.Address.PostalCode, a.Address.City, a.Address.Province)
		p["cadastral"] = fmt.Sprintf("Foglio %s, particella %s, sub. %s, categoria %s", a.Cadastral.Sheet, a.Cadastral.Parcel, a.Cadastral.Subunit, a.Cadastral.Category)
		p["price"], p["area"], p["energy"] = euros(*a.PriceCents), fmt.Sprint(*a.AreaSqm), a.EnergyClass
		if len(a.Appraisals) > 0 {
			p["value"] = euros(a.Appraisals[0].ValueCents)
		}
	}
	for _, x := range d.parties {
		if x.id.String() == i.Owner.ID {
			p.ofHuman(x.human, d.rng)
		}
	}
	return p
}

var purposes = map[string]string{"first_home": "acquisto della prima casa", "second_home": "acquisto della seconda casa", "refinance_transfer": "surroga", "renovation": "ristrutturazione", "liquidity": "liquidità"}
