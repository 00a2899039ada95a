package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestProblemsSayWhere: every refusal names its request, and one of a body the member that is wrong, whoever reads it.
func TestProblemsSayWhere(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	who := broker.do("POST", "/subjects", person("Rossi", 1)).want(201)
	file := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	with := func(name string, value any) map[string]any {
		data := person("Bianchi", 1)
		data[name] = value
		return data
	}
	patch := func(body any) answer { return broker.do("PATCH", "/subjects/"+who.str("id"), body, who.match()) }
	for _, c := range []struct {
		got     answer
		status  int
		pointer string
	}{
		{broker.do("POST", "/subjects", with("birth_date", "10/12/1985")), 422, "/birth_date"},
		{broker.do("POST", "/subjects", with("employments", []any{map[string]any{"kind": "employee", "employer": "x"}, map[string]any{"kind": "employee", "employer": "x", "since": "then"}})), 422, "/employments/1/since"},
		{broker.do("POST", file+"/parties", map[string]any{"subject_id": "sub_nobody", "role_type": "applicant"}), 422, "/subject_id"},
		{patch(map[string]any{"birth_date": "10/12/1985"}), 422, "/birth_date"},
		{patch(map[string]any{"identity_documents": []any{map[string]any{"kind": "passport", "number": "x", "issued_on": "then"}}}), 422, "/identity_documents/0/issued_on"},
		{broker.do("POST", "/subjects", []byte("{")), 400, ""},
		{broker.do("POST", "/subjects", fmt.Appendf(nil, `{"kind":"%s"}`, make([]byte, 2<<20))), 413, ""},
		{broker.do("GET", "/subjects/nobody", nil), 404, ""},
		{broker.do("POST", "/subjects", person("Verdi", 1), "Sec-Fetch-Site: cross-site"), 403, ""},
	} {
		if c.got.Status != c.status || c.got.body["trace_id"] != c.got.Header.Get("X-Request-Id") || c.got.str("trace_id") == "" {
			t.Errorf("%s: %d, want %d with the trace id: %.300s", c.got.what, c.got.Status, c.status, c.got.raw)
		}
		wrong, _ := c.got.body["errors"].([]any)
		if c.pointer != "" && !slices.ContainsFunc(wrong, func(e any) bool { return e.(map[string]any)["pointer"] == c.pointer }) {
			t.Errorf("%s: no %s: %s", c.got.what, c.pointer, c.got.raw)
		}
	}
}

// TestDeletingWhoIsOnRecord: an invitation goes with its person; what they agreed to stays, and the answer says what to do instead.
func TestDeletingWhoIsOnRecord(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	one := s.applicant(t, s.A)
	there := broker.do("GET", "/subjects/"+one.id, nil).want(200)
	broker.do("POST", "/subjects/"+one.id+"/consents", map[string]any{"purpose": "marketing", "state": "given", "channel": "phone"}).want(200)
	if held := broker.do("DELETE", "/subjects/"+one.id, nil, there.match()).code(409, "subject.on_record"); !strings.Contains(held.str("detail"), "Ask compliance") {
		t.Errorf("%s", held.raw)
	}
	data := person("Rossi", 1)
	data["email"] = "rossi@people.test"
	invited := broker.do("POST", "/subjects", data).want(201)
	broker.do("POST", "/subjects/"+invited.str("id")+"/portal-access", nil).want(201)
	broker.do("DELETE", "/subjects/"+invited.str("id"), nil, invited.match()).want(204)
}

// TestKeyKnowsItself: a key is told its agency, its roles, and what it may do, narrowed as it is.
func TestKeyKnowsItself(t *testing.T) {
	s := newSite(t)
	admin := s.as(t, s.A, "agency_admin")
	me := func(body map[string]any) answer {
		key := &caller{t: t, site: s, key: admin.do("POST", "/api-keys", body).want(201).str("secret")}
		return key.do("GET", "/me", nil).want(200)
	}
	may := func(a answer) (all []string) {
		for _, p := range a.body["permissions"].([]any) {
			all = append(all, p.(string))
		}
		return all
	}
	whole := me(map[string]any{"name": "whole", "roles": []string{"broker"}})
	agency, _ := whole.body["agency"].(map[string]any)
	if agency["id"] != s.A.ID.String() || agency["name"] != "Agenzia a" || fmt.Sprint(whole.body["roles"]) != "[broker]" || len(whole.body["agencies"].([]any)) != 1 {
		t.Errorf("%s", whole.raw)
	}
	if all := may(whole); !slices.Contains(all, "applications.write") || slices.Contains(all, "members.write") {
		t.Errorf("a broker's key may %v", all)
	}
	if all := may(me(map[string]any{"name": "narrowed", "roles": []string{"broker"}, "actions": []string{"subjects.read"}})); !slices.Equal(all, []string{"agency.read", "subjects.read"}) {
		t.Errorf("a narrowed key may %v", all)
	}
}
