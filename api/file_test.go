package api_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/subjects"
)

// person is a valid natural person of a last name.
func person(last string, netCents int64) map[string]any {
	birth := calendar.On(1985, time.December, 10)
	return map[string]any{"kind": "natural", "first_name": "Mario", "last_name": last, "birth_date": "1985-12-10", "sex": "M",
		"tax_code":    subjects.ComputeTaxCode(last, "Mario", birth, "M", "H501"),
		"employments": []any{map[string]any{"kind": "employee", "employer": "Officine Adriatiche"}},
		"incomes":     []any{map[string]any{"kind": "salary", "net_monthly_cents": netCents}}}
}

func flat(street string, price int64) map[string]any {
	return map[string]any{"address": map[string]any{"street": street, "city": "Bari", "province": "BA", "postal_code": "70121"}, "price_cents": price}
}

var asked = map[string]any{"purpose": "first_home", "product_kind": "mortgage", "rate_kind": "fixed", "amount_cents": 180_000_00, "term_months": 300, "nominal_rate_bps": 350, "planned_submission": "2026-12-01"}

var pdf = []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

// TestFile carries a file from first contact to the desk of the bank, as far as an agency can by itself.
func TestFile(t *testing.T) {
	s := newSite(t)
	broker, office, compliance := s.as(t, s.A, "broker"), s.as(t, s.A, "back_office"), s.as(t, s.A, "compliance_officer")

	// One record for a person who is applicant of one file and guarantor of another.
	guarantor := broker.do("POST", "/subjects", person("Verdi", 2_500_00)).want(201).str("id")
	other := broker.do("POST", "/applications", asked).want(201).str("id")
	broker.do("POST", "/applications/"+other+"/parties", map[string]any{"subject_id": guarantor, "role_type": "applicant"}).want(201)
	broker.do("POST", "/subjects", person("Verdi", 1)).code(409, "subject.exists")

	app := broker.do("POST", "/applications", asked).want(201).str("id")
	broker.send(app, "sign_mandate", nil).code(409, "event.refused")
	applicant := broker.do("POST", "/subjects", person("Rossi", 2_600_00)).want(201).str("id")
	second := broker.do("POST", "/subjects", person("Bianchi", 1_900_00)).want(201).str("id")
	for id, role := range map[string]string{applicant: "applicant", second: "co_applicant", guarantor: "guarantor"} {
		broker.do("POST", "/applications/"+app+"/parties", map[string]any{"subject_id": id, "role_type": role}).want(201)
	}
	home := broker.do("POST", "/properties", flat("Via Sparano 1", 200_000_00)).want(201).str("id")
	garage := broker.do("POST", "/properties", flat("Via Sparano 3", 20_000_00)).want(201).str("id")
	broker.do("POST", "/applications/"+app+"/properties", map[string]any{"property_id": home, "purpose": "purchased"}).want(201)
	broker.do("POST", "/applications/"+app+"/properties", map[string]any{"property_id": garage, "purpose": "annex"}).want(201)
	seen := broker.do("GET", "/applications/"+app, nil).want(200)
	share := seen.body["parties"].([]any)[1].(map[string]any)["id"].(string)
	broker.do("PATCH", "/applications/"+app+"/parties/"+share, map[string]any{"share_bps": 5000}, seen.match()).want(200)
	seen = broker.do("GET", "/applications/"+app, nil).want(200)
	link := seen.body["properties"].([]any)[0].(map[string]any)["id"].(string)
	broker.do("PATCH", "/applications/"+app+"/properties/"+link, map[string]any{"lien_rank": 1}, seen.match()).want(200)
	seen = broker.do("GET", "/applications/"+app, nil).want(200)
	if seen.body["parties"].([]any)[1].(map[string]any)["share_bps"] != 5000.0 || seen.body["properties"].([]any)[0].(map[string]any)["lien_rank"] != 1.0 {
		t.Errorf("share or lien: %s", seen.raw)
	}
	if seen.body["ltv_bps"] != 9000.0 || seen.body["dti_bps"] == nil || len(seen.body["parties"].([]any)) != 3 {
		t.Errorf("the file's ratios or people: %s", seen.raw)
	}
	broker.send(app, "sign_mandate", nil).want(200)

	// Nothing goes on before mandate, privacy, identity and the risk profile.
	blockers(t, broker.send(app, "open_collection", nil).code(409, "event.refused"), 1+3+3+1)
	for _, id := range []string{applicant, second, guarantor} {
		read := compliance.do("GET", "/subjects/"+id, nil).want(200)
		broker.do("POST", "/subjects/"+id+"/risk", map[string]any{"risk_profile": "low"}, read.match()).code(403, "access.denied")
		compliance.do("POST", "/subjects/"+id+"/risk", map[string]any{"risk_profile": "low"}, read.match()).want(200)
	}
	settle(t, broker, app, "mandated", "2026-11-01")
	broker.send(app, "open_collection", nil).want(200)

	// Every missing document is a blocker of its own, and so is a loan above the limit.
	missing := len(failing(broker, app, "collection"))
	blockers(t, broker.send(app, "declare_complete", nil).code(409, "event.refused"), missing+1)
	settle(t, broker, app, "collection", "2026-11-01")
	blockers(t, broker.send(app, "declare_complete", nil).code(409, "event.refused"), 1)

	// A payslip that will have expired on the planned day blocks although it is good today.
	for _, item := range broker.do("GET", "/applications/"+app+"/checklist", nil).want(200).items() {
		if item["kind"] == "payslip" && item["owner"].(map[string]any)["id"] == applicant {
			id := item["document"].(map[string]any)["id"].(string)
			read := broker.do("GET", "/documents/"+id, nil).want(200)
			broker.do("PATCH", "/documents/"+id, map[string]any{"issued_on": "2026-09-20"}, read.match()).want(200)
		}
	}
	refused := broker.send(app, "declare_complete", nil).code(409, "event.refused")
	blockers(t, refused, 2)
	if !bytes.Contains(refused.raw, []byte(`"reason":"expires"`)) || !bytes.Contains(refused.raw, []byte(applicant)) {
		t.Errorf("the blocker does not name the payslip that expires and its owner: %s", refused.raw)
	}
	add(t, broker, app, "payslip", map[string]any{"subject_id": applicant}, "2026-11-01")
	seen = broker.do("GET", "/applications/"+app, nil).want(200)
	broker.do("PATCH", "/applications/"+app, map[string]any{"amount_cents": 150_000_00}, seen.match()).want(200)
	broker.send(app, "declare_complete", nil).want(200)

	// The preparer may not release, another person may.
	broker.send(app, "release", nil).code(403, "event.role")
	office.send(app, "release", nil).want(200)
	if state := office.do("GET", "/applications/"+app, nil).want(200).str("state"); state != "ready_to_submit" {
		t.Errorf("state is %s", state)
	}

	// Who takes part in a file is not deleted: the database refuses, and the answer names both files.
	read := broker.do("GET", "/subjects/"+guarantor, nil).want(200)
	held := broker.do("DELETE", "/subjects/"+guarantor, nil, read.match()).code(409, "subject.in_use")
	if files := held.body["applications"].([]any); len(files) != 2 {
		t.Errorf("named %d files: %s", len(files), held.raw)
	}

	// The history replays to the same state; a changed row is named.
	if replay := broker.do("GET", "/applications/"+app+"/replay", nil).want(200); replay.body["ok"] != true {
		t.Errorf("replay: %s", replay.raw)
	}
	s.Exec(t, `update history set entry = jsonb_set(entry, '{actor,id}', '"usr_somebody_else"') where instance_id = (select id from applications order by id desc limit 1) and sequence = 4`)
	if replay := broker.do("GET", "/applications/"+app+"/replay", nil).want(200); replay.body["ok"] != false || replay.body["bad"] != 4.0 {
		t.Errorf("a changed row was not named: %s", replay.raw)
	}

	// The other agency sees nothing of it.
	for _, b := range []*caller{s.as(t, s.B, "agency_admin"), s.as(t, s.B, "broker")} {
		for _, path := range []string{"/applications/" + app, "/applications/" + app + "/events", "/applications/" + app + "/history", "/applications/" + app + "/checklist",
			"/applications/" + app + "/documents", "/applications/" + app + "/facts", "/applications/" + app + "/notes", "/applications/" + app + "/tasks",
			"/subjects/" + applicant, "/properties/" + home, "/subjects/" + applicant + "/applications"} {
			b.do("GET", path, nil).want(404)
			broker.do("GET", path, nil).want(200)
		}
		if n := len(b.do("GET", "/applications", nil).want(200).items()); n != 0 {
			t.Errorf("B lists %d files", n)
		}
	}
}

// failing lists the checklist's open lines of a stage.
func failing(c *caller, app, stage string) (open []map[string]any) {
	c.t.Helper()
	for _, item := range c.do("GET", "/applications/"+app+"/checklist", nil).want(200).items() {
		if item["stage"] == stage && item["failure"] != nil {
			open = append(open, item)
		}
	}
	return open
}

// settle uploads and accepts whatever a stage still misses.
func settle(t *testing.T, c *caller, app, stage, issued string) {
	t.Helper()
	for _, item := range failing(c, app, stage) {
		owner := item["owner"].(map[string]any)
		in := map[string]any{}
		if kind := owner["type"].(string); kind != "file" {
			in[kind+"_id"] = owner["id"]
		}
		add(t, c, app, item["kind"].(string), in, issued)
	}
}

func add(t *testing.T, c *caller, app, kind string, in map[string]any, issued string) string {
	t.Helper()
	in["kind"], in["issued_on"] = kind, issued
	made := c.do("POST", "/applications/"+app+"/documents", in).want(201)
	id := made.str("id")
	up := c.do("PUT", "/documents/"+id+"/content", pdf, made.match(), "Content-Type: application/pdf", "X-File-Name: "+kind+".pdf").want(200)
	c.do("POST", "/documents/"+id+"/accept", map[string]any{}, up.match()).want(200)
	return id
}

func blockers(t *testing.T, a answer, want int) {
	t.Helper()
	list, _ := a.body["blockers"].([]any)
	if len(list) != want {
		t.Errorf("%s: %d blockers, want %d: %s", a.what, len(list), want, a.raw)
	}
}

// TestDocumentLinks: a link opens for its user in its session until it ends, and for nobody else.
func TestDocumentLinks(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	app := broker.do("POST", "/applications", asked).want(201).str("id")
	id := add(t, broker, app, "mandate", map[string]any{}, "2026-11-01")
	link := broker.do("POST", "/documents/"+id+"/link", nil).want(200).str("url")
	opened := broker.do("GET", link, nil).want(200)
	if !bytes.Equal(opened.raw, pdf) || opened.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("opened %q as %s", opened.raw, opened.Header.Get("Content-Type"))
	}
	for name, other := range map[string]*caller{
		"another session of the same user": s.as(t, s.A, "broker"),
		"another user of the agency":       s.as(t, s.A, "agency_admin"),
		"another agency":                   s.as(t, s.B, "broker"),
	} {
		if a := other.do("GET", link, nil); a.Status != 404 {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	tampered := []byte(link)
	tampered[len("/d/")] ^= 1
	broker.do("GET", string(tampered), nil).want(404)
	(&caller{t: t, site: s}).do("GET", link, nil).want(401)
	s.Clock.Advance(6 * time.Minute)
	broker.do("GET", link, nil).want(404)

	stored, err := filepath.Glob(filepath.Join(s.blobs, "*", "*"))
	must(t, err)
	if len(stored) != 1 {
		t.Fatalf("%d contents stored", len(stored))
	}
	content, err := os.ReadFile(stored[0])
	must(t, err)
	if bytes.Contains(content, []byte("%PDF")) {
		t.Error("the content is stored in clear")
	}
}

// TestDocumentInput: what is no document is refused in words, and leaves nothing behind.
func TestDocumentInput(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	app := broker.do("POST", "/applications", asked).want(201).str("id")
	made := broker.do("POST", "/applications/"+app+"/documents", map[string]any{"kind": "mandate"}).want(201)
	put := func(body []byte, headers ...string) answer {
		return broker.do("PUT", "/documents/"+made.str("id")+"/content", body, append(headers, made.match())...)
	}
	put([]byte("<html><script>")).code(422, "document.type")
	put([]byte("%PDF-1.4 and then nothing")).code(422, "document.unreadable")
	put(append([]byte("%PDF-1.4"), make([]byte, 26<<20)...)).code(413, "document.too_large")
	broker.do("POST", "/documents/"+made.str("id")+"/accept", map[string]any{}).code(409, "document.no_content")
	broker.do("POST", "/applications/"+app+"/documents", map[string]any{"kind": "love_letter"}).code(422, "document.kind")
	if left, _ := filepath.Glob(filepath.Join(s.blobs, "*", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	up := put(pdf).want(200)
	if up.str("state") != "uploaded" || len(up.str("sha256")) != 64 {
		t.Errorf("uploaded: %s", up.raw)
	}
	put(pdf).code(412, "version.stale")
	other := s.as(t, s.B, "broker")
	other.do("GET", "/documents/"+made.str("id"), nil).want(404)
	other.do("POST", "/documents/"+made.str("id")+"/link", nil).want(404)
	other.do("PUT", "/documents/"+made.str("id")+"/content", pdf, made.match()).want(404)
	other.do("POST", "/applications/"+app+"/documents", map[string]any{"kind": "mandate"}).want(404)
}

// TestBadInput: each kind of wrong request has its status and code.
func TestBadInput(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	broker.do("POST", "/subjects", "{not json").want(400)
	broker.do("POST", "/subjects", map[string]any{"kind": "natural", "shoe_size": 43}).want(422)
	broker.do("POST", "/applications", map[string]any{"amount_cents": "much"}).want(422)
	bad := broker.do("POST", "/subjects", map[string]any{"kind": "natural", "first_name": "A", "last_name": "B", "tax_code": "RSSMRA85T10A562T", "iban": "IT00"}).want(422)
	if fields := bad.body["errors"].([]any); len(fields) != 2 {
		t.Errorf("not every wrong field is named: %s", bad.raw)
	}
	if bytes.Contains(bad.raw, []byte("RSSMRA")) {
		t.Errorf("the answer repeats what was sent: %s", bad.raw)
	}
	broker.do("POST", "/subjects", `{"kind":"natural","first_name":"`+string(bytes.Repeat([]byte("x"), 2<<20))+`"}`).want(413)
	broker.do("GET", "/applications/app_0000", nil).want(404)
	broker.do("GET", "/nothing/here", nil).code(404, "route.not_found")
	made := broker.do("POST", "/applications", asked, "Idempotency-Key: once").want(201)
	again := broker.do("POST", "/applications", asked, "Idempotency-Key: once").want(201)
	if made.str("id") != again.str("id") {
		t.Error("a repeated key made another file")
	}
	changed := map[string]any{}
	for k, v := range asked {
		changed[k] = v
	}
	changed["amount_cents"] = 1_000_00
	broker.do("POST", "/applications", changed, "Idempotency-Key: once").code(422, "idempotency.other_body")
	id := made.str("id")
	broker.do("PATCH", "/applications/"+id, map[string]any{"title": "x"}).code(428, "version.required")
	broker.do("PATCH", "/applications/"+id, map[string]any{"title": "x"}, `If-Match: "999"`).code(412, "version.stale")
	broker.do("POST", "/applications/"+id+"/events", map[string]any{"event": "sign_mandate"}, made.match()).code(428, "idempotency.required")
	broker.send(id, "fly_to_the_moon", nil).code(422, "event.unknown")
	broker.send(id, "release", nil).code(409, "event.wrong_state")
	s.as(t, s.A, "read_only").do("POST", "/applications", asked).code(403, "access.denied")
	(&caller{t: t, site: s}).do("GET", "/applications", nil).code(401, "auth.required")
	(&caller{t: t, site: s, key: "prk_none"}).do("GET", "/applications", nil).code(401, "auth.ended")
	if n := len(broker.do("GET", "/applications", nil).want(200).items()); n != 1 {
		t.Errorf("%d files, want the one that was made", n)
	}
}
