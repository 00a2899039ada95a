package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/subjects"
)

// TestCanaries plants a value in every field of a file's life, and secrets besides, in server and worker as they run in earnest, with
// debug logs; goes on to send every route values where none belong, and takes the database and Redis away. None of the values is then
// in a log, an error's answer, a counter, Redis, a command line or an environment; mails have what is for their reader. (There are no
// traces: the product writes none.)
func TestCanaries(t *testing.T) {
	t.Parallel() // what it hears is said by processes of its own
	c := newCaged(t)
	c.people()
	c.file()
	c.lends()
	c.outside()
	c.rights()
	c.vouches()
	c.rests()
	c.planted()
	c.bothers()
	c.breaks()

	counters := c.counted(c.counters) + c.counted(c.works)
	log := c.log.String()
	for _, place := range []struct {
		name, text string
		least      int // what shows that the ear was open
		sign       string
	}{
		{"the log", log, 10, `"level":`}, {"the counters", counters, 50, "pratica_requests_total{"}, {"Redis", c.keeps(), 50, "pratica:"}, {"the processes", c.seen(), 4, "PRATICA_"},
	} {
		if fields := c.found(place.text); len(fields) > 0 {
			t.Errorf("%s has: %s", place.name, strings.Join(fields, ", "))
			for _, line := range strings.Split(place.text, "\n") {
				if len(c.found(line)) > 0 {
					t.Logf("%.600s", line)
				}
			}
		}
		if n := strings.Count(place.text, place.sign); n < place.least {
			t.Errorf("%s has %q only %d times: nothing was proved of it", place.name, place.sign, n)
		}
	}
	for _, m := range c.mails.Messages() {
		for _, field := range c.found(m.To + "\n" + m.Subject + "\n" + m.Text) {
			if !strings.HasPrefix(field, "member ") && !strings.HasPrefix(field, "mailed ") {
				t.Errorf("a mail %q has: %s", m.Subject, field)
			}
		}
	}
	if len(c.mails.Messages()) < 2 || len(c.values) < 60 {
		t.Errorf("%d mails, %d values", len(c.mails.Messages()), len(c.values))
	}
	t.Logf("%d values in %d lines of log, %d commands of Redis, %d mails", len(c.values), strings.Count(log, "\n"), len(c.monitor.lines()), len(c.mails.Messages()))
}

// TestCanariesSing shows that a leak would be heard, however it is written.
func TestCanariesSing(t *testing.T) {
	c := &cage{values: map[string]string{}}
	mail := c.bird("e-mail") + "@canary.example"
	c.plant("amount", "4731913")
	c.plant("note", "two words & more")
	asJSON, err := json.Marshal(object{"error": "no such user " + mail})
	must(t, err)
	for text, want := range map[string]string{string(asJSON): "e-mail", strings.ToUpper(mail): "e-mail", `{"cents":4731913}`: "amount", "/search?q=two+words+%26+more": "note", "nothing": "", "em to the power": ""} {
		if got := strings.Join(c.found(text), ","); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
}

// people: somebody is invited, comes in, guesses wrong, adds a second factor; a machine gets a key.
func (c *caged) people() {
	c.t.Helper()
	mail := strings.ToLower(c.bird("member e-mail")) + "@canary.example"
	c.story.admin.do("POST", "/members", object{"email": mail, "name": c.bird("member name"), "roles": []string{"broker"}}).want(201)
	token, password := "", c.bird("password")+" una frase lunga"
	eventually(c.t, "the invitation", func() bool {
		for _, m := range c.mails.Messages() {
			if _, after, found := strings.Cut(m.Text, "/invite/"); found && m.To == mail {
				token = c.plant("mailed invitation", strings.Fields(after)[0])
			}
		}
		return token != ""
	})
	p := stranger(c.t, c.program.url, "canary")
	in := p.do("POST", "/auth/invitations/"+token, object{"name": c.bird("member name of one's own"), "password": password}).want(200)
	c.cookies(in)
	c.refused(p.do("POST", "/auth/invitations/"+token, object{"name": "x", "password": password}), 401)
	c.refused(stranger(c.t, c.program.url, "guesser").do("POST", "/auth/login", object{"email": mail, "password": c.bird("wrong password")}), 401)
	c.refused(stranger(c.t, c.program.url, "guesser").do("POST", "/auth/login", object{"email": c.bird("unknown e-mail") + "@canary.example", "password": password}), 401)
	enrolled := p.do("POST", "/me/totp", object{}).want(200)
	secret := c.plant("TOTP secret", enrolled.str("secret"))
	c.refused(p.do("POST", "/me/totp/confirm", object{"code": c.bird("code")}), 422)
	code, err := totp.GenerateCode(secret, time.Now())
	must(c.t, err)
	for _, r := range p.do("POST", "/me/totp/confirm", object{"code": code}).want(200).body["recovery_codes"].([]any) {
		c.plant("recovery code", r.(string))
	}
	again := stranger(c.t, c.program.url, "canary again")
	c.cookies(again.do("POST", "/auth/login", object{"email": mail, "password": password}).want(200))
	c.refused(again.do("POST", "/auth/second-factor", object{"method": "recovery", "code": c.bird("recovery code that is none")}), 422, 401)
	stranger(c.t, c.program.url, "forgetful").do("POST", "/auth/password-reset", object{"email": mail}).want(204)
	key := stranger(c.t, c.program.url, "machine")
	key.key = c.plant("API key", c.story.admin.do("POST", "/api-keys", object{"name": c.bird("name of a key"), "roles": []string{"broker"}}).want(201).str("secret"))
	key.do("GET", "/applications?q="+c.bird("search"), nil).want(200)
	c.refused(stranger(c.t, c.program.url, "forger").do("GET", "/me", nil, "Authorization: Bearer "+c.bird("forged key")), 401)
	c.network.do("POST", "/networks/"+c.id+"/support-requests", object{"agency_id": c.world.A.ID.String(), "reason": c.bird("reason of a support request"), "hours": 1})
}

// cookies plants the secrets of an answer's cookies.
func (c *caged) cookies(a reply) {
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if len(cookie.Value) > 6 {
			c.plant("cookie "+cookie.Name, cookie.Value)
		}
	}
}

// file: a person with every field, a property, a file with notes, tasks, facts, documents and a report that nobody may know of.
func (c *caged) file() {
	c.t.Helper()
	b := c.broker
	last := c.bird("last name")
	tax := c.plant("tax code", subjects.ComputeTaxCode(last, "Zita", calendar.On(1951, time.July, 23), "F", "H501"))
	mail := c.bird("mailed e-mail") + "@canary.example"
	person := object{"kind": "natural", "first_name": c.bird("first name"), "last_name": last, "tax_code": tax, "birth_date": c.plant("birth date", "1951-07-23"), "birth_place": c.bird("birth place"), "sex": "F",
		"email": mail, "phone": c.plant("phone", "+393337654321"), "iban": c.plant("IBAN", "IT60X0542811101000000123456"),
		"addresses":   []any{object{"kind": "residence", "street": c.bird("street"), "city": c.bird("city"), "postal_code": "70121"}},
		"employments": []any{object{"kind": "employee", "employer": c.bird("employer")}},
		"incomes":     []any{object{"kind": "salary", "source": c.bird("source of income"), "net_monthly_cents": 4731913}}, "liabilities": []any{object{"kind": "loan", "lender": c.bird("lender of a debt"), "monthly_cents": 193719}},
		"identity_documents": []any{object{"kind": "passport", "number": c.bird("passport"), "issued_by": c.bird("issuer")}},
		"health":             object{"text": c.bird("health remark")}, "legal": object{"text": c.bird("legal remark")}}
	c.plant("income", "4731913")
	c.plant("debt", "193719")
	made := b.do("POST", "/subjects", person).want(201)
	if got := c.found(string(made.raw)); len(got) < 15 {
		c.t.Fatalf("the person came back with %v only", got)
	}
	c.subjects["Rossi"] = made.str("id")
	c.refused(b.do("POST", "/subjects", person), 409)
	c.refused(b.do("POST", "/subjects", with2(person, "tax_code", c.bird("wrong tax code"))), 422)
	c.refused(b.do("POST", "/subjects", with2(person, "iban", c.bird("wrong IBAN"))), 422)
	b.do("GET", "/search?q="+last, nil).want(200)
	c.compliance.do("POST", "/subjects/"+made.str("id")+"/risk", object{"risk_profile": "low"}, made.match()).want(200)
	report := c.compliance.do("POST", "/suspicion-reports", object{"subject_id": made.str("id"), "reason": c.bird("suspicion")}).want(201)
	c.compliance.do("PATCH", "/suspicion-reports/"+report.str("id"), object{"state": "sent", "uif_protocol": c.bird("protocol of the UIF")}, report.match()).want(200)
	c.home = b.do("POST", "/properties", object{"address": object{"street": c.bird("street of a property"), "city": c.bird("city of a property"), "province": "BA", "postal_code": "70121"}, "price_cents": 20000000,
		"cadastral": object{"sheet": c.bird("cadastral sheet")}, "appraisals": []any{object{"value_cents": 20000000, "appraised_on": "2026-11-01", "appraiser": c.bird("appraiser")}}}).want(201).str("id")
	app := "/applications/" + b.do("POST", "/applications", c.asked()).want(201).str("id")
	b.do("POST", app+"/notes", object{"text": c.bird("note")}).want(201)
	b.do("POST", app+"/tasks", object{"title": c.bird("task")}).want(201)
	document := b.do("POST", app+"/documents", object{"kind": "mandate"}).want(201)
	content := []byte("%PDF-1.4\n1 0 obj<</Title(" + c.bird("content of a document") + ")>>endobj\ntrailer<<>>\n%%EOF\n")
	up := b.do("PUT", "/documents/"+document.str("id")+"/content", content, document.match(), "Content-Type: application/pdf", "X-File-Name: "+c.bird("file name")+".pdf").want(200)
	link := c.plant("link", b.do("POST", "/documents/"+document.str("id")+"/link", object{}).want(200).str("url"))
	b.do("GET", link, nil).want(200)
	c.refused(c.office.do("GET", link, nil), 404)
	c.refused(b.do("PUT", "/documents/"+document.str("id")+"/content", []byte("<html>"+c.bird("content that is refused")), up.match(), "X-File-Name: "+c.bird("file name that is refused")+".html"), 422, 415)
	c.office.do("POST", "/documents/"+document.str("id")+"/reject", object{"reason": c.bird("reason of a rejection")}, up.match()).want(200)
	b.do("POST", app+"/events", object{"event": "withdraw", "payload": object{"reason": "client", "note": c.bird("note of an event")}}, b.do("GET", app, nil).want(200).match())
}

// lends: a file goes to a bank through the connector, whose settings hold a secret.
func (c *caged) lends() {
	c.t.Helper()
	lender := c.story.admin.do("POST", "/lenders", object{"key": "aurora", "name": c.bird("mailed name of a lender"), "agreement_from": "2026-01-01"}).want(201).str("id")
	c.refused(c.story.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": lender, "name": "x", "config": object{"url": c.bird("setting that does not fit"), "token": 7}}), 422)
	c.story.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": lender, "name": c.bird("name of a connection"),
		"config": object{"url": c.bank.URL + "/aurora", "token": c.plant("connection token", "demo-aurora")}}).want(201)
	app := c.story.readyFile()
	noun := "/submissions/" + c.broker.do("POST", app+"/submissions", object{"lender_id": lender}).want(201).str("id")
	c.broker.send(noun, "submit", nil).want(200)
	var reference string
	eventually(c.t, "the bank's reference", func() bool {
		reference, _ = c.broker.do("GET", noun, nil).want(200).body["lender_reference"].(string)
		return reference != ""
	})
	c.plant("bank's reference", reference)
}

// bothers sends every route of the interface a value in every place of it: address, query, headers and each field.
func (c *caged) bothers() {
	c.t.Helper()
	var read document
	must(c.t, json.Unmarshal(c.broker.do("GET", "/api/openapi.json", nil).want(200).raw, &read))
	w := &walker{caged: c, schemas: read.Components.Schemas}
	for path, methods := range read.Paths {
		for method, op := range methods {
			if method = strings.ToUpper(method); method == "DELETE" || strings.HasPrefix(path, "/api/v1/auth/logout") {
				continue
			}
			at, query := place.ReplaceAllString(strings.TrimPrefix(path, "/api/v1"), c.bird("address of "+path)), ""
			for _, p := range op.Parameters {
				if p.In == "query" {
					query += "&" + p.Name + "=" + c.bird("query of "+path)
				}
			}
			by := c.story.admin
			if strings.Contains(path, "/networks") {
				by = c.network
			}
			for _, content := range op.RequestBody.Content {
				w.refuses(by.do(method, at, w.filled(content.Schema, path, 0), "If-Match: \""+c.bird("If-Match")+"\"", "Idempotency-Key: "+c.bird("idempotency key"), "User-Agent: "+c.bird("agent"), "X-Tenant: "+c.bird("tenant")))
				w.refuses(by.do(method, at, []byte(`{"`+c.bird("name of a field")+`": "`+c.bird("broken JSON")), "If-Match: \"1\""))
			}
			w.refuses(by.do(method, at+"?"+c.bird("name of a query")+"=1"+query, nil, "Last-Event-ID: "+c.bird("event id"), "Cookie: pratica_session="+c.bird("forged session")))
		}
	}
	if w.sent < 200 || w.errors < 150 {
		c.t.Errorf("only %d requests and %d errors: the walk has lost its way", w.sent, w.errors)
	}
}

type walker struct {
	*caged
	schemas      map[string]shape
	sent, errors int
}

// refuses counts; an answer that is an error has no value of ours in it.
func (w *walker) refuses(a reply) {
	w.t.Helper()
	w.sent++
	if a.status < 400 {
		return
	}
	w.errors++
	w.refused(a, a.status)
}

var pointed = regexp.MustCompile(`"pointer":"[^"]*"`)

// refused: the answer is an error, and repeats nothing.
func (c *caged) refused(a reply, statuses ...int) {
	c.t.Helper()
	if !slices.Contains(statuses, a.status) {
		c.t.Fatalf("%s: %d, want %d: %.500s", a.what, a.status, statuses, a.raw)
	}
	fields := c.found(pointed.ReplaceAllString(string(a.raw), "") + fmt.Sprint(a.header))
	for _, at := range pointed.FindAllString(string(a.raw), -1) { // a pointer says where, by the names that were sent
		fields = append(fields, slices.DeleteFunc(c.found(at), func(field string) bool { return strings.HasPrefix(field, "name ") })...)
	}
	if len(fields) > 0 {
		c.t.Errorf("%s: %d repeats %v: %.500s", a.what, a.status, fields, a.raw)
	}
}

// filled is a body with a value in every text of a schema.
func (w *walker) filled(of shape, path string, depth int) any {
	if of.Ref != "" {
		of = w.schemas[of.Ref[strings.LastIndex(of.Ref, "/")+1:]]
	}
	kind, _ := of.Type.(string)
	if list, ok := of.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	switch {
	case depth > 4:
		return nil
	case kind == "object":
		out := object{}
		for _, name := range slices.Sorted(maps.Keys(of.Properties)) {
			out[name] = w.filled(of.Properties[name], path+" "+name, depth+1)
		}
		return out
	case kind == "array":
		return []any{w.filled(*of.Items, path, depth+1)}
	case kind == "boolean":
		return true
	case kind == "integer" || kind == "number":
		return 1
	}
	return w.bird("field " + path)
}

// breaks takes the database's connections, and Redis, away while people work.
func (c *caged) breaks() {
	c.t.Helper()
	for range 3 {
		c.world.Exec(c.t, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
		if a := c.broker.do("POST", "/applications", c.asked()); a.status >= 400 {
			c.refused(a, 500, 503)
		}
	}
	commands := c.keeps() // what Redis has seen; it ends here
	if fields := c.found(commands); len(fields) > 0 {
		c.t.Errorf("Redis has: %v", fields)
	}
	c.redis.Kill()
	somebody := object{"kind": "natural", "first_name": c.bird("first name without Redis"), "last_name": c.bird("last name without Redis")}
	eventually(c.t, "a person entered without Redis, once the broken connections are spent", func() bool { return c.broker.do("POST", "/subjects", somebody).status == 201 })
	c.refused(stranger(c.t, c.program.url, "guesser").do("POST", "/auth/login", object{"email": c.bird("e-mail without Redis") + "@canary.example", "password": c.bird("password without Redis")}), 401, 503)
	c.redis.Start()
}

func with2(body object, name string, value any) object {
	out := maps.Clone(body)
	out[name] = value
	return out
}
