package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
)

// TestStory is the product's main job, against the very program a user starts: two agencies are onboarded, a file goes
// from first contact through two banks to disbursement, and the other agency sees nothing of it.
func TestStory(t *testing.T) {
	t.Parallel() // it waits more than it works
	s := begin(t)
	s.comesBackByPassword()
	s.opensFile()
	s.isStopped()
	s.clears()
	s.isReleasedBySomebodyElse()
	s.goesToTwoBanks()
	s.isDisbursed()
	s.leavesATrail()
	s.staysInside()
	s.replays()
}

// story is the world of the story: agencies A and B of one network, and A's file.
type story struct {
	t       testing.TB
	program *program
	network *person
	id      string // of the network

	admin, broker, office, compliance *person // of agency A
	adminB, brokerB, keyB             *person

	lenders, products map[string]string // by the lender's key
	app               string            // the file, "/applications/app_…"
	other             string            // another file of A, of which the guarantor is the applicant
	subjects          map[string]string
	home, garage      string
	aurora, borea     string // the submissions, "/submissions/sbm_…"
}

// begin is step 1: the network onboards agencies A and B with their admins, who come in by the mailed invitation and invite their people.
func begin(t testing.TB) *story {
	t.Helper()
	s := &story{t: t, program: startDev(t, withDemo(t)), lenders: map[string]string{}, products: map[string]string{}, subjects: map[string]string{}}
	s.network = signIn(t, s.program.url, "network admin", s.program.link("network_admin"))
	s.id = s.network.do("GET", "/networks", nil).want(200).items()[0]["id"].(string)
	before := len(s.network.do("GET", "/networks/"+s.id+"/agencies", nil).want(200).items())
	for name, admin := range map[string]string{"Agenzia Story A": "admin@story-a.example", "Agenzia Story B": "admin@story-b.example"} {
		s.network.do("POST", "/networks/"+s.id+"/agencies", object{"name": name, "city": "Bari", "admin_email": admin, "admin_name": "Ada Story"}).want(201)
	}
	if after := len(s.network.do("GET", "/networks/"+s.id+"/agencies", nil).want(200).items()); after != before+2 {
		t.Errorf("the network lists %d agencies, want %d", after, before+2)
	}
	s.admin = s.invited("admin@story-a.example", "Ada A")
	s.adminB = s.invited("admin@story-b.example", "Ada B")
	invite := func(by *person, email, name, role string) *person {
		by.do("POST", "/members", object{"email": email, "name": name, "roles": []string{role}}).want(201)
		return s.invited(email, name)
	}
	s.broker = invite(s.admin, "broker@story-a.example", "Bruno A", "broker")
	s.office = invite(s.admin, "office@story-a.example", "Olga A", "back_office")
	s.compliance = invite(s.admin, "compliance@story-a.example", "Carla A", "compliance_officer")
	s.brokerB = invite(s.adminB, "broker@story-b.example", "Bruno B", "broker")
	s.keyB = stranger(t, s.program.url, "key of B")
	s.keyB.key = s.adminB.do("POST", "/api-keys", object{"name": "story", "roles": []string{"broker"}}).want(201).str("secret")
	s.meetsBanks()
	return s
}

// invited accepts the invitation that was mailed to an address.
func (s *story) invited(email, name string) *person {
	s.t.Helper()
	token := mailed(s.t, s.program.url, email, `/invite/([A-Za-z0-9_-]+)`)
	p := stranger(s.t, s.program.url, name)
	p.do("POST", "/auth/invitations/"+token, object{"name": name, "password": "una frase lunga e segreta"}).want(200)
	p.do("POST", "/auth/invitations/"+token, object{"name": name, "password": "una frase lunga e segreta"}).want(401)
	return p
}

// comesBackByPassword signs in by the password that came with the invitation, then by one set through a mailed link, which
// ends the sessions there were.
func (s *story) comesBackByPassword() {
	s.t.Helper()
	const email, first, second = "office@story-a.example", "una frase lunga e segreta", "un'altra frase, più lunga"
	sign := func(password string) reply {
		p := stranger(s.t, s.program.url, "somebody")
		return p.do("POST", "/auth/login", object{"email": email, "password": password})
	}
	sign(first).want(200)
	sign(second).code(401, "auth.wrong")
	p := stranger(s.t, s.program.url, "somebody who forgot")
	p.do("POST", "/auth/password-reset", object{"email": "nobody@story-a.example"}).want(204)
	p.do("POST", "/auth/password-reset", object{"email": email}).want(204)
	token := mailed(s.t, s.program.url, email, `/reset/([A-Za-z0-9_-]+)`)
	p.do("POST", "/auth/password-reset/"+token, object{"password": "breve"}).want(422)
	p.do("POST", "/auth/password-reset/"+token, object{"password": second}).want(204)
	p.do("POST", "/auth/password-reset/"+token, object{"password": second}).want(401)
	sign(first).code(401, "auth.wrong")
	eventually(s.t, "a wrong password in the agency's trail", func() bool {
		return slices.ContainsFunc(s.admin.do("GET", "/audit", nil).want(200).items(), func(e object) bool { return e["action"] == "sign_in.refused" })
	})
	s.office.do("GET", "/me", nil).want(401)
	s.office.do("POST", "/auth/login", object{"email": email, "password": second}).want(200)
	s.office.do("POST", "/auth/logout", nil).want(204)
	s.office.do("GET", "/me", nil).want(401)
	s.office.do("POST", "/auth/login", object{"email": email, "password": second}).want(200)
}

// meetsBanks connects agency A with two banks through the connector.
func (s *story) meetsBanks() {
	s.t.Helper()
	connectors := s.admin.do("GET", "/connectors", nil).want(200).items()
	if len(connectors) == 0 || connectors[0]["name"] != "bankportal" {
		s.t.Fatalf("the connectors on offer: %v", connectors)
	}
	for key, name := range map[string]string{"aurora": "Banca Aurora", "borea": "Banco di Borea"} {
		s.lenders[key] = s.admin.do("POST", "/lenders", object{"key": key, "name": name, "agreement_from": day(-30)}).want(201).str("id")
		s.products[key] = s.admin.do("POST", "/products", object{"lender_id": s.lenders[key], "name": "Mutuo " + name, "product_kind": "mortgage", "rate_kind": "fixed",
			"nominal_rate_bps": 350, "min_amount_cents": 50_000_00, "max_amount_cents": 500_000_00, "max_term_months": 360}).want(201).str("id")
		s.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": s.lenders[key], "name": name, "config": object{"url": 7}}).code(422, "connection.config")
		made := s.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": s.lenders[key], "name": name,
			"config": object{"url": s.bank() + "/" + key, "token": "demo-" + key}}).want(201)
		if checked := s.admin.do("POST", "/connections/"+made.str("id")+"/check", object{}).want(200); checked.body["ok"] != true {
			s.t.Errorf("%s does not answer: %s", name, checked.raw)
		}
	}
}

// bank is the address of the mock bank, as the box prints it.
func (s *story) bank() string { return s.program.address("Bank") }

// opensFile is step 2: an applicant, a co-applicant and a guarantor who is already applicant of another file (one record), and two properties.
func (s *story) opensFile() {
	s.t.Helper()
	b := s.broker
	guarantor := s.human("Verdi", 2_500_00)
	s.other = "/applications/" + b.do("POST", "/applications", s.asked()).want(201).str("id")
	b.do("POST", s.other+"/parties", object{"subject_id": guarantor, "role_type": "applicant"}).want(201)
	b.do("POST", "/subjects", natural("Verdi", 1)).code(409, "subject.exists")

	s.app = "/applications/" + b.do("POST", "/applications", s.asked()).want(201).str("id")
	for role, id := range map[string]string{"applicant": s.human("Rossi", 2_600_00), "co_applicant": s.human("Bianchi", 1_900_00), "guarantor": guarantor} {
		b.do("POST", s.app+"/parties", object{"subject_id": id, "role_type": role}).want(201)
	}
	s.home = b.do("POST", "/properties", house("Via Sparano 1", 200_000_00)).want(201).str("id")
	s.garage = b.do("POST", "/properties", house("Via Sparano 3", 20_000_00)).want(201).str("id")
	b.do("POST", s.app+"/properties", object{"property_id": s.home, "purpose": "mortgaged", "lien_rank": 1}).want(201)
	b.do("POST", s.app+"/properties", object{"property_id": s.garage, "purpose": "annex"}).want(201)
	if found := b.do("GET", "/subjects/"+guarantor+"/applications", nil).want(200).items(); len(found) != 2 {
		s.t.Errorf("the guarantor's one record is in %d files, want 2", len(found))
	}
	for words, id := range map[string]string{"Bianchi": s.subjects["Bianchi"], "sparano 3": s.garage, b.do("GET", s.app, nil).want(200).str("number"): s.app[len("/applications/"):]} {
		hits := b.do("GET", "/search?q="+url.QueryEscape(words), nil).want(200).items()
		if !slices.ContainsFunc(hits, func(h object) bool { return h["id"] == id }) {
			s.t.Errorf("the search box does not find %q: %v", words, hits)
		}
	}
}

func (s *story) asked() object {
	return object{"purpose": "first_home", "product_kind": "mortgage", "rate_kind": "fixed", "amount_cents": 180_000_00, "term_months": 300, "nominal_rate_bps": 350, "planned_submission": day(10)}
}

func natural(last string, netCents int64) object {
	birth := calendar.On(1985, time.December, 10)
	return object{"kind": "natural", "first_name": "Mario", "last_name": last, "birth_date": "1985-12-10", "birth_place": "Roma", "sex": "M",
		"tax_code":    subjects.ComputeTaxCode(last, "Mario", birth, "M", "H501"),
		"employments": []any{object{"kind": "employee", "employer": "Officine Adriatiche"}},
		"incomes":     []any{object{"kind": "salary", "net_monthly_cents": netCents}}}
}

func (s *story) human(last string, netCents int64) string {
	s.t.Helper()
	id := s.broker.do("POST", "/subjects", natural(last, netCents)).want(201).str("id")
	s.subjects[last] = id
	return id
}

func house(street string, price int64) object {
	return object{"address": object{"street": street, "city": "Bari", "province": "BA", "postal_code": "70121"}, "price_cents": price}
}

// isStopped is step 3: leaving document collection is refused with one blocker for each missing document, one for a
// payslip that will have expired on the planned day, and one for the loan to value.
func (s *story) isStopped() {
	s.t.Helper()
	s.broker.send(s.app, "sign_mandate", nil).want(200)
	for _, id := range s.subjects {
		read := s.compliance.do("GET", "/subjects/"+id, nil).want(200)
		s.compliance.do("POST", "/subjects/"+id+"/risk", object{"risk_profile": "low"}, read.match()).want(200)
	}
	s.settle("mandated", "")
	s.broker.send(s.app, "open_collection", nil).want(200)
	s.document("payslip", s.subjects["Rossi"], day(-55)) // good today, not on the planned day
	open := s.open("collection")
	refused := s.broker.send(s.app, "declare_complete", nil).code(409, "event.refused")
	expiring, missing, ltv := 0, 0, 0
	for _, b := range refused.blockers() {
		switch {
		case b["reason"] == "expires" && b["kind"] == "payslip":
			expiring++
		case b["reason"] == "missing":
			missing++
		case b["guard"] == "g_ltv":
			ltv++
		}
	}
	if expiring != 1 || ltv != 1 || missing != len(open)-1 || len(refused.blockers()) != len(open)+1 {
		s.t.Errorf("%d blockers: %d missing of %d open lines, %d expiring, %d for the loan to value: %s", len(refused.blockers()), missing, len(open), expiring, ltv, refused.raw)
	}
}

// clears is step 4: uploading, accepting and lowering the amount clears them one by one.
func (s *story) clears() {
	s.t.Helper()
	before := len(s.broker.send(s.app, "declare_complete", nil).code(409, "event.refused").blockers())
	for _, item := range s.open("collection") {
		owner := item["owner"].(object)
		id, _ := owner["id"].(string)
		s.document(item["kind"].(string), id, day(-5))
		after := len(s.broker.send(s.app, "declare_complete", nil).code(409, "event.refused").blockers())
		if after != before-1 {
			s.t.Errorf("accepting %s left %d of %d blockers", item["kind"], after, before)
		}
		before = after
	}
	read := s.broker.do("GET", s.app, nil).want(200)
	s.broker.do("PATCH", s.app, object{"amount_cents": 150_000_00}, read.match()).want(200)
	s.broker.send(s.app, "declare_complete", nil).want(200)
}

// isReleasedBySomebodyElse is step 5: the preparer may not release, another person may.
func (s *story) isReleasedBySomebodyElse() {
	s.t.Helper()
	s.broker.send(s.app, "release", nil).code(403, "event.role")
	s.office.send(s.app, "release", nil).want(200)
	s.state(s.app, "ready_to_submit")
}

// goesToTwoBanks is step 6: one bank asks for a document, gets it and rejects by its published rule; the other approves through to the offer.
func (s *story) goesToTwoBanks() {
	s.t.Helper()
	submit := func(key string) string {
		made := s.broker.do("POST", s.app+"/submissions", object{"lender_id": s.lenders[key], "product_id": s.products[key]}).want(201)
		noun := "/submissions/" + made.str("id")
		s.broker.send(noun, "submit", nil).want(200)
		return noun
	}
	ours, theirs := s.listens(s.broker), s.listens(s.brokerB)
	s.borea, s.aurora = submit("borea"), submit("aurora")
	s.reaches(s.borea, "info_requested")
	s.state(s.app, "in_submission")
	asked := s.broker.do("GET", s.borea, nil).want(200).body["requested_items"].([]any)
	if len(asked) != 1 {
		s.t.Fatalf("the bank asks for %v", asked)
	}
	refused := s.broker.send(s.borea, "answer", nil).code(409, "event.refused")
	if len(refused.blockers()) != 1 {
		s.t.Errorf("an unanswered request does not hold the answer: %s", refused.raw)
	}
	item := asked[0].(object)
	answer := s.document(item["kind"].(string), s.subjects["Rossi"], day(-2))
	s.broker.do("POST", s.borea+"/answers", object{"item_id": item["id"], "document_id": answer}).want(200)
	s.broker.send(s.borea, "answer", nil).want(200)
	s.reaches(s.borea, "rejected")
	mailed(s.t, s.program.url, "broker@story-a.example", `(?s)(File|Pratica) \S+`)

	s.reaches(s.aurora, "property_checks")
	s.document("appraisal", s.home, day(-1))
	s.document("notary_report", "", day(-1))
	s.reaches(s.aurora, "offer_reflection")
	if offer := s.broker.do("GET", s.aurora, nil).want(200); offer.body["rate_bps"] == nil || offer.body["offer_expires"] == nil {
		s.t.Errorf("the offer has no rate or end: %s", offer.raw)
	}
	id := s.aurora[len("/submissions/"):]
	eventually(s.t, "the browser's news of the submission", func() bool { return strings.Contains(ours(), id) })
	heard := theirs()
	for _, word := range []string{"submissions", "applications", id, s.app[len("/applications/"):]} {
		if strings.Contains(heard, word) {
			s.t.Errorf("the other agency's browser heard of %s: %.2000s", word, heard)
		}
	}
}

// listens opens somebody's live updates and gives what came so far.
func (s *story) listens(p *person) func() string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", p.base+"/api/v1/stream", nil)
	must(s.t, err)
	resp, err := (&http.Client{Jar: p.http.Jar}).Do(r)
	must(s.t, err)
	var mu sync.Mutex
	var heard strings.Builder
	go func() {
		defer func() { _ = resp.Body.Close() }()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); { // ends with the test's context
			mu.Lock()
			fmt.Fprintln(&heard, lines.Text())
			mu.Unlock()
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return heard.String()
	}
}

// isDisbursed is steps 8 and 7: while the file is in flight the guarantor cannot be deleted; the file reaches disbursed.
func (s *story) isDisbursed() {
	s.t.Helper()
	guarantor := "/subjects/" + s.subjects["Verdi"]
	read := s.broker.do("GET", guarantor, nil).want(200)
	held := s.broker.do("DELETE", guarantor, nil, read.match()).code(409, "subject.in_use")
	if files, _ := held.body["applications"].([]any); len(files) != 2 {
		s.t.Errorf("the refusal names %d files, want 2: %s", len(files), held.raw)
	}
	_, verdi, _ := ident.ParseAny(s.subjects["Verdi"])
	var refused *pgconn.PgError
	if err := s.database("pratica_app").try(s.agency(s.broker), `delete from subjects where id = $1`, verdi); !errors.As(err, &refused) || refused.ConstraintName != "application_parties_subject_fkey" {
		s.t.Errorf("the database itself, asked to delete a party of a file in flight: %v", err)
	}
	s.broker.send(s.aurora, "sign_deed", nil).want(200)
	s.reaches(s.app, "signed")
	s.broker.send(s.app, "disburse", nil).code(409, "event.refused")
	s.document("deed", "", day(0))
	s.document("disbursement_evidence", "", day(0))
	s.broker.send(s.app, "disburse", nil).want(200)
	s.state(s.app, "disbursed")
}

// leavesATrail: the agency's admin reads who did what to the file; the other agency's reads nothing of it.
func (s *story) leavesATrail() {
	s.t.Helper()
	id := s.app[len("/applications/"):]
	actions := map[string]bool{}
	for _, entry := range s.admin.do("GET", "/audit?limit=200&ref="+id, nil).want(200).items() {
		actions[entry["action"].(string)] = true
	}
	for _, action := range []string{"application.created", "application.party_added", "application.event"} {
		if !actions[action] {
			s.t.Errorf("the trail does not say %s: %v", action, actions)
		}
	}
	s.broker.do("GET", "/audit", nil).code(403, "access.denied")
	if theirs := s.adminB.do("GET", "/audit?ref="+id, nil).want(200).items(); len(theirs) != 0 {
		s.t.Errorf("the other agency's trail has %d entries about the file", len(theirs))
	}
}

// replays is step 10: the history replays to the same state, and altering one row makes the replay name it.
func (s *story) replays() {
	s.t.Helper()
	replay := s.broker.do("GET", s.app+"/replay", nil).want(200)
	if replay.body["ok"] != true {
		s.t.Fatalf("the history does not replay: %s", replay.raw)
	}
	db := s.database("postgres")
	db.exec(`update history set entry = jsonb_set(entry, '{actor,id}', '"usr_somebody_else"') where sequence = 5 and instance_id = (select id from applications a where a.number = $1 and a.tenant_id = (select tenant_id from members where email = 'broker@story-a.example'))`,
		s.broker.do("GET", s.app, nil).want(200).str("number"))
	if replay = s.broker.do("GET", s.app+"/replay", nil).want(200); replay.body["ok"] != false || replay.body["bad"] != 5.0 {
		s.t.Errorf("a changed row was not named: %s", replay.raw)
	}
}

// open lists the checklist's open lines of a stage.
func (s *story) open(stage string) (out []object) {
	s.t.Helper()
	for _, item := range s.broker.do("GET", s.app+"/checklist", nil).want(200).items() {
		if item["stage"] == stage && item["failure"] != nil {
			out = append(out, item)
		}
	}
	return out
}

// settle uploads and accepts whatever a stage still misses.
func (s *story) settle(stage, _ string) {
	s.t.Helper()
	for _, item := range s.open(stage) {
		id, _ := item["owner"].(object)["id"].(string)
		s.document(item["kind"].(string), id, day(-5))
	}
}

var paper = []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

// document uploads and accepts a document of a subject, a property or the file (""), and returns its id.
func (s *story) document(kind, owner, issued string) string {
	s.t.Helper()
	in := object{"kind": kind, "issued_on": issued}
	switch {
	case len(owner) > 4 && owner[:4] == "sub_":
		in["subject_id"] = owner
	case len(owner) > 4 && owner[:4] == "prp_":
		in["property_id"] = owner
	}
	made := s.broker.do("POST", s.app+"/documents", in).want(201)
	id := made.str("id")
	content := append(bytes.Clone(paper), []byte("% "+id+"\n%%EOF\n")...)
	up := s.broker.do("PUT", "/documents/"+id+"/content", content, made.match(), "Content-Type: application/pdf", "X-File-Name: "+kind+".pdf").want(200)
	s.office.do("POST", "/documents/"+id+"/accept", object{}, up.match()).want(200)
	return id
}

func (s *story) state(noun, want string) {
	s.t.Helper()
	if got := s.broker.do("GET", noun, nil).want(200).str("state"); got != want {
		s.t.Fatalf("%s is %s, want %s", noun, got, want)
	}
}

// reaches waits for what happens between the processes.
func (s *story) reaches(noun, state string) {
	s.t.Helper()
	defer func() {
		if last := s.broker.do("GET", noun, nil); last.body["state"] != state {
			s.t.Logf("last seen: %s\nwhat may happen: %s\noperations: %s", last.raw, s.office.do("GET", noun+"/events", nil).raw, s.broker.do("GET", "/operations", nil).raw)
		}
	}()
	eventually(s.t, noun+" in "+state, func() bool { return s.broker.do("GET", noun, nil).want(200).body["state"] == state })
}
