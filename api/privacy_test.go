package api_test

import (
	"fmt"
	"strings"
	"testing"
)

var lockeds int

// locked is somebody whose file has ended with a due diligence on paper, and whom an erasure has locked.
func (s *site) locked(t *testing.T, broker, compliance *caller) (path string) {
	t.Helper()
	lockeds++
	who := broker.do("POST", "/subjects", person(fmt.Sprintf("Serrat%c", 'a'+lockeds), 2_600_00)).want(201).str("id")
	app := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	broker.do("POST", app+"/parties", map[string]any{"subject_id": who, "role_type": "applicant"}).want(201)
	paper := broker.do("POST", app+"/documents", map[string]any{"kind": "due_diligence", "subject_id": who}).want(201)
	broker.do("PUT", "/documents/"+paper.str("id")+"/content", pdf, paper.match(), "X-File-Name: due.pdf").want(200)
	seen := broker.do("GET", app, nil).want(200)
	path = "/subjects/" + who
	held := compliance.do("POST", path+"/erasure", map[string]any{"reason": "objection"}).code(409, "erasure.in_flight")
	if plan := compliance.do("GET", path+"/erasure", nil).want(200); !strings.Contains(string(plan.raw), `"number"`) || len(plan.body["in_flight"].([]any)) != len(held.body["applications"].([]any)) {
		t.Errorf("the preview does not name what the erasure waits for: %s", plan.raw)
	}
	broker.do("POST", app+"/events", map[string]any{"event": "withdraw", "reason": "no", "payload": map[string]any{"reason_code": "client"}}, seen.match(), fmt.Sprintf("Idempotency-Key: locked-%d", lockeds)).want(200)
	if done := compliance.do("POST", path+"/erasure", map[string]any{"reason": "objection"}).want(200); done.str("state") != "restricted" {
		t.Fatalf("the law keeps this person: %s", done.raw)
	}
	return path
}

// TestLift: whose code is taken learns no more than of any taken code, but where to go; compliance unlocks; a request is refused for a reason.
func TestLift(t *testing.T) {
	s := newSite(t)
	broker, admin, compliance := s.as(t, s.A, "broker"), s.as(t, s.A, "agency_admin"), s.as(t, s.A, "compliance_officer")
	path := s.locked(t, broker, compliance)
	visible, hidden := person("Visibile", 1), person(fmt.Sprintf("Serrat%c", 'a'+lockeds), 1)
	broker.do("POST", "/subjects", visible).want(201)
	of := func(by *caller, data map[string]any) string {
		a := by.do("POST", "/subjects", data).code(409, "subject.exists")
		delete(a.body, "trace_id")
		delete(a.body, "instance")
		return fmt.Sprint(a.body)
	}
	for _, by := range []*caller{broker, compliance} {
		if seen, locked := of(by, visible), of(by, hidden); seen != locked || !strings.Contains(locked, "ask compliance") || strings.Contains(locked, "sub_") {
			t.Errorf("a code that is taken: %s\nof somebody locked away: %s", seen, locked)
		}
	}
	body := map[string]any{"reason": "came_back"}
	broker.do("GET", path, nil).want(404)
	broker.do("POST", path+"/erasure/lift", body).want(404) // nor may they know whom there is to unlock
	admin.do("POST", path+"/erasure/lift", body).want(404)
	s.as(t, s.B, "compliance_officer").do("POST", path+"/erasure/lift", body).want(404)
	compliance.do("POST", path+"/erasure/lift", map[string]any{"reason": "because"}).want(422)
	stale := s.as(t, s.A, "compliance_officer")
	s.Exec(t, `update sessions set verified_at = now() - interval '1 hour' where created_at = (select max(created_at) from sessions)`)
	stale.do("POST", path+"/erasure/lift", body).code(403, "auth.step_up")
	if lifted := compliance.do("POST", path+"/erasure/lift", body).want(200); lifted.str("state") != "lifted" || lifted.str("lift_reason") != "came_back" {
		t.Errorf("lifted: %s", lifted.raw)
	}
	broker.do("GET", path, nil).want(200)
	compliance.do("POST", path+"/erasure/lift", body).code(409, "erasure.not_locked")
	cert := compliance.do("GET", path+"/erasure/certificate?format=json", nil).want(200)
	if e := compliance.do("GET", path+"/erasure", nil).want(200); len(e.body["certificates"].([]any)) != 1 || e.body["certificates"].([]any)[0].(map[string]any)["text"] != string(cert.raw) {
		t.Errorf("the certificate as hashed: %s\n%s", e.raw, cert.raw)
	}

	one := s.applicant(t, s.A)
	if state := broker.do("GET", "/subjects/"+one.id+"/portal-access", nil).want(200); state.str("state") != "open" {
		t.Errorf("whoever is in the portal: %s", state.raw)
	}
	broker.do("POST", "/subjects/"+one.id+"/portal-access", nil).want(201)
	if state := broker.do("GET", "/subjects/"+one.id+"/portal-access", nil).want(200); state.str("state") != "invited" {
		t.Errorf("whoever is invited anew: %s", state.raw)
	}
	if state := broker.do("GET", path+"/portal-access", nil).want(200); state.str("state") != "none" {
		t.Errorf("whoever was never invited: %s", state.raw)
	}
	one.enter(broker)
	asked := one.do("POST", "/portal/requests", map[string]any{"kind": "access"}).want(201).str("id")
	compliance.do("POST", "/privacy/requests/"+asked+"/refuse", map[string]any{"reason": "mood"}).want(422)
	compliance.do("POST", "/privacy/requests/"+asked+"/refuse", map[string]any{"reason": "identity"}).want(200)
	if list := admin.do("GET", "/privacy/requests", nil).want(200).raw; !strings.Contains(string(list), `"reason":"identity"`) || !strings.Contains(string(list), `"display_name":"Ospite`) {
		t.Errorf("the requests: %s", list)
	}
	if me := one.do("GET", "/portal/me", nil).want(200).raw; !strings.Contains(string(me), `"reason":"identity"`) {
		t.Errorf("the person is not told why: %s", me)
	}
	compliance.do("POST", "/consent-texts", map[string]any{"purpose": "marketing", "it": "Acconsento a tutto quanto.", "en": "I agree to all of it."}).want(201)
	if all := broker.do("GET", "/consent-texts?purpose=marketing", nil).want(200); len(all.body["items"].([]any)) != 1 {
		t.Errorf("the versions: %s", all.raw)
	}
	broker.do("GET", "/consent-texts?purpose=aml", nil).code(422, "consent.purpose")
}
