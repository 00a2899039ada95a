package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants"
)

// TestPolicyExplainCommand: the command finds the agency of the e-mail and says in words which rule decided, by what path.
func TestPolicyExplainCommand(t *testing.T) {
	w := coretest.New(t)
	w.Exec(t, `insert into roles (tenant_id, key, title, parent, created_at) values ($1, 'junior', '{}', 'broker', now())`, w.A.ID)
	w.Exec(t, `insert into policy_rules (tenant_id, id, role, action, effect) values ($1, '019a0000-0000-7000-8000-000000000001', 'broker', 'subjects.delete', 'deny')`, w.A.ID)
	w.Exec(t, `update members set roles = '{junior}' where tenant_id = $1 and email = 'broker@a.test'`, w.A.ID)
	a := &app{policy: w.Policy, db: w.DB, directory: w.Directory, networks: w.Networks, operator: w.Operator,
		deps: api.Deps{Tenants: tenants.New(w.DB, w.Networks, nil, w.Policy.Roles(), nil)}}
	ask := func(c PolicyExplainCmd) (string, error) {
		var out bytes.Buffer
		err := a.explainPolicy(t.Context(), c, &out)
		return out.String(), err
	}
	for _, c := range []struct {
		do   string
		want []string
	}{
		{"applications.write", []string{"Yes", "applications.write", "policies/applications.csv:", "junior > broker > staff"}},
		{"subjects.delete", []string{"No", "019a0000-0000-7000-8000-000000000001", "==> deny broker (junior > broker)"}},
		{"members.write", []string{"No: none of their roles", "members.write"}},
	} {
		out, err := ask(PolicyExplainCmd{As: "broker@a.test", Do: c.do})
		must(t, err)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", c.do, want, out)
			}
		}
	}
	_, err := w.Directory.EnsureUser(t.Context(), "alone@nowhere.test", "Alone", "it")
	must(t, err)
	key := ident.NewAPIKey()
	w.Exec(t, `insert into api_keys (tenant_id, id, name, prefix, secret_hash, roles, actions, created_by, expires_at) values ($1, $2, 'k', 'prk_', '', '{broker}', '{subjects.read}', $2, now() + interval '1 day')`, w.A.ID, key)
	out, err := ask(PolicyExplainCmd{As: key.String(), Do: "lenders.read", Agency: w.A.ID.String()})
	must(t, err)
	for _, want := range []string{"No: the key is narrowed to other actions than lenders.read", "==> deny, by the key's own actions", "      allow"} {
		if !strings.Contains(out, want) {
			t.Errorf("a narrowed key: no %q in\n%s", want, out)
		}
	}
	if _, err := ask(PolicyExplainCmd{As: "nobody@a.test", Do: "tasks.read"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody nobody knows: %v", err)
	}
	for _, c := range []struct {
		ask        PolicyExplainCmd
		code, want string
	}{
		{PolicyExplainCmd{As: "broker@a.test", Do: "applications.wirte"}, "explain.do", "applications.write"},
		{PolicyExplainCmd{As: "alone@nowhere.test", Do: "tasks.read"}, "policy.nowhere", "in no agency"},
	} {
		if _, err := ask(c.ask); fault.As(err).Code != c.code || !strings.Contains(fault.As(err).Message, c.want) {
			t.Errorf("%s: %v", c.code, err)
		}
	}
	if _, err := ask(PolicyExplainCmd{As: "broker@a.test", Do: "tasks.read", Agency: w.B.ID.String()}); !fault.Is(err, fault.NotFound) {
		t.Errorf("in an agency they are not of: %v", err)
	}
}
