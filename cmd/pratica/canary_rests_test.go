package main

import (
	"io"
	"net/http"
	"strings"
)

// rests: a bank does not answer, and is left alone; the agency is told so of its own connection, and figures say what went out and what
// came of it, without who or where.
func (c *caged) rests() {
	c.t.Helper()
	connect := func(key, url string) string {
		lender := c.story.admin.do("POST", "/lenders", object{"key": key, "name": c.bird("mailed name of a lender"), "agreement_from": "2026-01-01"}).want(201).str("id")
		return c.story.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": lender, "name": key, "config": object{"url": url, "token": c.bird("token of a bank")}}).want(201).str("id")
	}
	silent, answers := connect("silent", "http://"+deaf+"/portal"), connect("answers", c.bank.URL+"/aurora")
	condition := func(id string) object {
		is, _ := c.story.admin.do("GET", "/connections/"+id, nil).want(200).body["condition"].(object)
		return is
	}
	eventually(c.t, "both programs to say that the connector is up", func() bool { return condition(silent)["host"] == "healthy" })
	for range 5 {
		c.refused(c.story.admin.do("GET", "/connections/"+silent+"/products", nil), 503)
	}
	eventually(c.t, "the breaker in the agency's view", func() bool {
		is := condition(silent)
		return is["breaker"] == "open" && is["why"] == "unavailable" && is["retry_at"] != nil
	})
	for _, one := range c.story.admin.do("GET", "/connections", nil).want(200).items() {
		is, _ := one["condition"].(object)
		if want := map[string]string{silent: "open", answers: "closed"}[one["id"].(string)]; want != "" && is["breaker"] != want || is["host"] != "healthy" {
			c.t.Errorf("the list has %v of %v", is, one["name"])
		}
	}
	c.story.admin.do("GET", "/connections/"+answers+"/products", nil)
	c.story.attempted()
	for at, lines := range map[string][]string{
		c.counters: {`pratica_egress_requests_total{class="none",connector="bankportal",host="setting"} 5`, `pratica_egress_requests_total{class="4xx",connector="bankportal",host="setting"} 1`,
			`pratica_egress_bytes_total{connector="bankportal",host="setting",way="in"} `, `pratica_operations_banks{connector="bankportal",state="open"} 1`},
		c.works: {`pratica_webhook_attempts_total{outcome="unreachable",then="pending"} 1`},
	} {
		text := c.counted(at)
		for _, line := range lines {
			if !strings.Contains(text, line) {
				c.t.Errorf("not counted: %s\n%s", line, only(text, "pratica_egress", "pratica_webhook"))
			}
		}
		if strings.Contains(text, deaf) || strings.Contains(text, c.bank.Listener.Addr().String()) {
			c.t.Error("a figure names an address of an agency's")
		}
	}
}

// counted are the figures at an admin port.
func (c *caged) counted(at string) string {
	c.t.Helper()
	resp, err := http.Get("http://" + at + "/metrics")
	must(c.t, err)
	text, err := io.ReadAll(resp.Body)
	must(c.t, err)
	must(c.t, resp.Body.Close())
	return string(text)
}

func only(text string, prefixes ...string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		for _, p := range prefixes {
			if strings.HasPrefix(line, p) {
				out = append(out, line)
			}
		}
	}
	return strings.Join(out, "\n")
}
