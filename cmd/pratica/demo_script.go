package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/submissions"
)

// stages are the file's states in the order in which it goes through them.
var stages = []string{"pre_assessment", "mandated", "document_collection", "file_check", "ready_to_submit", "in_submission", "signed", "disbursed"}

// reaches tells whether the file got as far as a state.
func (d *dossier) reaches(state string) bool {
	got := d.stage
	if d.from != "" {
		got = d.from
	}
	if d.banks != "" && slices.Index(stages, got) < slices.Index(stages, "ready_to_submit") {
		got = "ready_to_submit" // it came back from a lender
	}
	return slices.Index(stages, got) >= slices.Index(stages, state)
}

// script writes down the steps of a file, from first contact to where it stands.
func (d *dossier) script() {
	gap := func(low, high int) int { return between(d.rng, low, high) }
	d.then(0, "opens the file", d.open)
	if d.reaches("mandated") {
		d.then(gap(1, 3), "signs the mandate", d.mandate)
		if d.quirk == "assessed" || d.reaches("document_collection") {
			d.then(gap(1, 2), "is identified", d.identify)
		}
	}
	if d.reaches("document_collection") {
		d.then(gap(0, 1), "opens the collection", func(ctx context.Context) error {
			return d.send(ctx, d.broker, d.app, "open_collection", nil)
		})
		d.then(gap(2, 5), "collects the first documents", d.collect)
		if d.quirk != "half" {
			d.then(gap(2, 5), "collects the rest", d.collectRest)
		}
	}
	if d.reaches("file_check") {
		d.then(gap(0, 1), "declares the file complete", d.declare)
		if d.quirk == "returned" {
			d.then(1, "gets the file back", d.giveBack)
			d.then(1, "declares the file complete again", d.declare)
		}
	}
	if d.reaches("ready_to_submit") {
		d.then(gap(1, 3), "has the file released", d.release)
	}
	d.lend(gap)
	if d.reaches("disbursed") {
		d.then(gap(2, 3), "is disbursed", d.disburse)
	}
	if d.from != "" {
		d.then(gap(1, 4), "ends", d.end)
	}
}

// mandate signs the mandate and hands in what goes with it.
func (d *dossier) mandate(ctx context.Context) error {
	if err := d.send(ctx, d.broker, d.app, "sign_mandate", nil); err != nil {
		return err
	}
	if err := d.hand(ctx, lacking(documents.Mandated, func(kind string) bool { return kind == "mandate" || kind == "privacy" })); err != nil {
		return err
	}
	if err := d.task(ctx, d.broker, "Raccogliere i documenti d'identità", 3); err != nil {
		return err
	}
	return d.note(ctx, d.broker, "mandate")
}

// identify brings everybody's identity documents and has compliance assess everybody.
func (d *dossier) identify(ctx context.Context) error {
	if err := d.hand(ctx, lacking(documents.Mandated, func(string) bool { return true })); err != nil {
		return err
	}
	for _, p := range d.parties {
		d.breathe()
		seen, err := d.deps.Subjects.Get(ctx, d.as(partCompliance, "subjects.read"), p.id)
		if err != nil {
			return err
		}
		if seen.RiskProfile != nil {
			continue
		}
		if _, err := d.deps.Subjects.Assess(ctx, d.as(partCompliance, "subjects.assess"), p.id, seen.Version, p.risk); err != nil {
			return err
		}
	}
	return d.finishTasks(ctx, d.broker)
}

// late are the documents that age fast: they are brought last.
var late = []string{"payslip", "pension_slip", "employer_statement", "bank_statement", "esis_receipt", "cadastral_extract"}

// collect brings what does not age fast. Now and then one is unreadable and comes again with the rest.
func (d *dossier) collect(ctx context.Context) error {
	if d.rng.IntN(3) == 0 {
		items, err := d.lines(ctx, lacking(documents.Collection, func(kind string) bool { return kind == "floor_plan" || kind == "residence" }))
		if err != nil {
			return err
		}
		if len(items) > 0 {
			if err := d.refuse(ctx, items[0], "Scansione illeggibile: caricarla di nuovo."); err != nil {
				return err
			}
		}
	}
	aging := func(kind string) bool { return slices.Contains(late, kind) }
	if err := d.hand(ctx, func(i documents.Item) bool {
		return i.Stage == documents.Collection && i.Failure != nil && *i.Failure == "missing" && !aging(i.Kind)
	}); err != nil {
		return err
	}
	if err := d.task(ctx, d.broker, "Sollecitare i documenti mancanti", 4); err != nil {
		return err
	}
	return d.note(ctx, d.broker, "collect")
}

// refuse brings a document that back office sends back.
func (d *dossier) refuse(ctx context.Context, i documents.Item, reason string) error {
	id, err := d.bring(ctx, i)
	if err != nil {
		return err
	}
	d.breathe()
	_, err = d.deps.Documents.Reject(ctx, d.as(partOffice, "documents.review"), id, 0, reason)
	return err
}

// collectRest brings the rest, but for what a quirk holds back.
func (d *dossier) collectRest(ctx context.Context) error {
	if d.quirk != "rejected" {
		return d.hand(ctx, lacking(documents.Collection, func(string) bool { return true }))
	}
	held := []string{"bank_statement", "income_certificate", "employer_statement", "esis_receipt"}
	if err := d.hand(ctx, lacking(documents.Collection, func(kind string) bool { return !slices.Contains(held, kind) })); err != nil {
		return err
	}
	items, err := d.lines(ctx, lacking(documents.Collection, func(kind string) bool { return slices.Contains(held, kind) }))
	if err != nil {
		return err
	}
	for _, i := range items {
		switch i.Kind {
		case "bank_statement":
			err = d.refuse(ctx, i, "Mancano le pagine 2 e 3.")
		case "employer_statement":
			_, err = d.bring(ctx, i) // waits for back office
		case "esis_receipt":
			_, err = d.request(ctx, i, calendar.Date{}, calendar.Date{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// declare says that the file is complete; its check is due in two working days.
func (d *dossier) declare(ctx context.Context) error {
	if err := d.send(ctx, d.broker, d.app, "declare_complete", nil); err != nil {
		return err
	}
	d.checkDue()
	return nil
}

func (d *dossier) checkDue() {
	d.deadline("application", ident.Instance(d.app), d.after(d.clock.Now(), workdays))
}

// giveBack returns the file to collection with a reason.
func (d *dossier) giveBack(ctx context.Context) error {
	reason := pick(d.rng, demoNotes["returned"])
	if err := d.send(ctx, partOffice, d.app, "return", map[string]any{"note": reason}); err != nil {
		return err
	}
	return d.finishTasks(ctx, partOffice)
}

// release is back office's, or compliance's where somebody is exposed or the risk is high.
func (d *dossier) release(ctx context.Context) error {
	part := partOffice
	if slices.ContainsFunc(d.parties, func(p *party) bool { return p.risk == "high" }) {
		part = partCompliance
	}
	if err := d.send(ctx, part, d.app, "release", nil); err != nil {
		return err
	}
	return d.finishTasks(ctx, part)
}

// appraise has the home valued and the titles examined, as every lender asks.
func (d *dossier) appraise(ctx context.Context) error {
	if d.asset == nil || len(d.asset.Appraisals) > 0 {
		return nil
	}
	value := *d.asset.PriceCents * int64(between(d.rng, 98, 106)) / 100 / 1000_00 * 1000_00
	d.asset.Appraisals = []properties.Appraisal{{ValueCents: value, AppraisedOn: calendar.Of(d.clock.Now()).AddDays(-2), Appraiser: "Geom. " + pick(d.rng, lasts)}}
	seen, err := d.deps.Properties.Get(ctx, d.as(partOffice, "properties.read"), d.property)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"appraisals": d.asset.Appraisals})
	if err != nil {
		return err
	}
	if _, err := d.deps.Properties.Change(ctx, d.as(partOffice, "properties.write"), d.property, seen.Version, patch); err != nil {
		return err
	}
	return d.hand(ctx, lacking(documents.AtLender, func(string) bool { return true }))
}

// renew brings again what will have expired when the deed is signed.
func (d *dossier) renew(ctx context.Context) error {
	soon := calendar.Of(d.clock.Now()).AddDays(12)
	return d.hand(ctx, func(i documents.Item) bool {
		return (i.Stage == documents.Mandated || i.Stage == documents.Collection) && i.Document != nil && !i.Document.ExpiresOn.IsZero() && i.Document.ExpiresOn.Before(soon)
	})
}

// disburse hands in deed and evidence and closes the file.
func (d *dossier) disburse(ctx context.Context) error {
	if err := d.hand(ctx, lacking(documents.Closing, func(string) bool { return true })); err != nil {
		return err
	}
	if err := d.send(ctx, d.broker, d.app, "disburse", nil); err != nil {
		return err
	}
	if err := d.finishTasks(ctx, partOffice); err != nil {
		return err
	}
	return d.note(ctx, d.broker, "disburse")
}

// end ends the file before its time; open submissions are withdrawn by the machines themselves.
func (d *dossier) end(ctx context.Context) error {
	part, event := partOffice, "reject"
	if d.stage == "withdrawn" {
		part, event = d.broker, "withdraw"
	}
	if err := d.send(ctx, part, d.app, event, map[string]any{"reason_code": d.quirk}); err != nil {
		return err
	}
	if err := d.await(ctx, "the withdrawal of the submissions", d.noneOpen); err != nil {
		return err
	}
	if err := d.finishTasks(ctx, part); err != nil {
		return err
	}
	return d.note(ctx, part, d.stage)
}

// noneOpen tells whether no lender has the file any more.
func (d *dossier) noneOpen(ctx context.Context) (bool, error) {
	list, err := d.deps.Submissions.List(ctx, d.as(partOffice, "submissions.read"), d.app)
	for _, s := range list {
		if s.Outcome == nil {
			return false, err
		}
	}
	return err == nil, err
}

// bid is the file at one lender.
type bid struct {
	*dossier
	lender string
	id     ident.SubmissionID
}

// roads lead a submission to a state; they leave out the draft.
var roads = map[string]string{
	"draft": "", "submitted": "submit", "bounced": "submit bounce", "lender_review": "submit acknowledge", "info_requested": "submit acknowledge request_info",
	"rejected": "submit acknowledge reject", "withdrawn": "submit acknowledge withdraw", "income_approved": "submit acknowledge income_approve",
	"property_checks":  "submit acknowledge income_approve order_property_checks",
	"approved":         "submit acknowledge income_approve order_property_checks appraise final_approve",
	"offer_reflection": "submit acknowledge income_approve order_property_checks appraise final_approve issue_offer",
	"accepted":         "submit acknowledge income_approve order_property_checks appraise final_approve issue_offer renew sign_deed",
}

// pace is how many working days pass before each of a lender's steps, at least and at most.
var pace = map[string][2]int{"submit": {0, 1}, "acknowledge": {1, 1}, "bounce": {1, 1}, "request_info": {1, 2}, "answer": {1, 2}, "reject": {2, 4}, "withdraw": {2, 3}, "income_approve": {3, 5},
	"order_property_checks": {0, 1}, "appraise": {4, 6}, "final_approve": {1, 2}, "issue_offer": {1, 2}, "renew": {5, 7}, "sign_deed": {1, 2}, "lapse": {23, 23}}

// lend writes down the steps at the lenders: all are sent the file on the same day, then each goes its way.
func (d *dossier) lend(gap func(low, high int) int) {
	var bids []*bid
	var rests [][]string
	for i, word := range strings.Fields(d.banks) {
		lender, state, _ := strings.Cut(word, ":")
		b := &bid{dossier: d, lender: lender}
		road := roads[state]
		if d.quirk == "info" {
			road = strings.Replace(road, "acknowledge", "acknowledge request_info answer", 1)
		}
		if d.quirk == "lapse" {
			road = strings.Replace(road, "issue_offer", "issue_offer lapse issue_offer", 1)
		}
		events := strings.Fields(road)
		days := 0
		if i == 0 {
			days = gap(1, 2)
		}
		d.then(days, "drafts a submission", b.draft)
		if len(events) > 0 {
			d.then(0, "submits", b.step("submit"))
			events = events[1:]
		}
		bids, rests = append(bids, b), append(rests, events)
	}
	for i, events := range rests {
		for _, e := range events {
			d.then(gap(pace[e][0], pace[e][1]), e, bids[i].step(e))
		}
	}
}

// draft makes the submission.
func (b *bid) draft(ctx context.Context) error {
	lender := b.lenders[b.lender]
	product := b.offers[lender][0].ID
	if b.purpose == "refinance_transfer" || b.purpose == "renovation" {
		product = b.offers[lender][len(b.offers[lender])-1].ID
	}
	made, err := b.deps.Submissions.Create(ctx, b.as(b.broker, "submissions.write"), b.app, submissions.Draft{LenderID: lender, ProductID: product})
	b.id = made.ID
	return err
}

// step is what happens when a step of the road comes.
func (b *bid) step(event string) func(context.Context) error {
	switch event {
	case "appraise":
		return b.appraise
	case "renew":
		return b.renew
	case "lapse":
		return func(context.Context) error { return nil } // the deadline has come by itself meanwhile
	}
	return func(ctx context.Context) error { return b.send(ctx, event) }
}

// byBroker are the steps that the broker makes; the lender's, which has no connection, are entered by back office.
var byBroker = []string{"submit", "answer", "order_property_checks", "sign_deed", "withdraw"}

// tells counts what the file's machine hears of a step.
var tells = map[string]int{"submit": 1, "bounce": 1, "reject": 1, "withdraw": 1, "sign_deed": 1}

// send sends an event to the submission and waits until the file's machine has heard what follows from it.
func (b *bid) send(ctx context.Context, event string) error {
	part := partOffice
	if slices.Contains(byBroker, event) {
		part = b.broker
	}
	before, err := b.heard(ctx)
	if err != nil {
		return err
	}
	others, err := b.others(ctx)
	if err != nil {
		return err
	}
	if _, err := b.deps.Submissions.Send(ctx, b.as(part, "submissions.transition"), b.id, 0, applications.Send{Event: event, Payload: b.payload(event)}); err != nil {
		return err
	}
	news := tells[event]
	if event == "sign_deed" {
		news += others // the others are withdrawn, and each reports it
	}
	if err := b.await(ctx, "the file to hear of "+event, func(ctx context.Context) (bool, error) {
		now, err := b.heard(ctx)
		return now >= before+news, err
	}); err != nil {
		return err
	}
	return b.after(ctx, part, event)
}

// heard counts the events that the file's machine has taken.
func (b *bid) heard(ctx context.Context) (n int, err error) {
	steps, err := b.deps.Applications.History(ctx, b.as(partOffice, "applications.read"), b.app, page.Query{Limit: 200}) // a demo file has far fewer
	for _, s := range steps.Items {
		if s.Event != "" {
			n++
		}
	}
	return n, err
}

// others counts the file's other submissions that are under way.
func (b *bid) others(ctx context.Context) (n int, err error) {
	list, err := b.deps.Submissions.List(ctx, b.as(partOffice, "submissions.read"), b.app)
	for _, s := range list {
		if s.ID != b.id && s.Outcome == nil {
			n++
		}
	}
	return n, err
}

// after plans the deadlines a step arms, and writes what people write.
func (b *bid) after(ctx context.Context, part, event string) error {
	switch event {
	case "submit":
		b.deadline("submission", ident.Instance(b.id), b.almanac.after(b.clock.Now(), workdays))
	case "issue_offer":
		b.deadline("submission", ident.Instance(b.id), b.clock.Now().In(b.present.Location()).AddDate(0, 0, 30))
	case "bounce":
		b.checkDue()
	case "acknowledge":
		return b.note(ctx, partOffice, "bank")
	case "answer":
		return b.finishTasks(ctx, part)
	}
	return nil
}

// payload is what goes with an event of the lender.
func (b *bid) payload(event string) map[string]any {
	switch event {
	case "acknowledge":
		return map[string]any{"reference": fmt.Sprintf("%s-%d-%05d", strings.ToUpper(b.lender[:2]), b.clock.Now().Year(), b.rng.IntN(100_000))}
	case "issue_offer":
		rate := float64(b.asked.NominalRateBPS - between(b.rng, 0, 4)*5)
		return map[string]any{"rate_bps": rate, "offer_expires": calendar.Of(b.clock.Now()).AddDays(30).String()}
	case "bounce":
		return map[string]any{"note": "Modulistica della banca non aggiornata: ripresentare con i moduli in vigore."}
	case "request_info":
		return map[string]any{"note": "Si chiede copia dell'ultimo estratto conto e dell'atto di provenienza completo di note di trascrizione."}
	case "reject":
		return map[string]any{"reason_code": "credit_history", "note": "Merito creditizio non sufficiente secondo le politiche interne."}
	case "withdraw":
		return map[string]any{"reason_code": "better_offer"}
	}
	return nil
}
