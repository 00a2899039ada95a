package main

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/oauth2-proxy/mockoidc"
)

// rights: an applicant is invited into the portal, looks, agrees and asks; a copy of their data is made and opened; their data are erased.
func (c *caged) rights() {
	c.t.Helper()
	mail := strings.ToLower(c.bird("mailed e-mail of an applicant")) + "@canary.example"
	who := "/subjects/" + c.broker.do("POST", "/subjects", object{"kind": "natural", "first_name": c.bird("mailed first name of an applicant"), "last_name": c.bird("mailed last name of an applicant"), "email": mail}).want(201).str("id")
	c.compliance.do("POST", "/consent-texts", object{"purpose": "marketing", "it": c.bird("text of a consent") + " e altre parole ancora", "en": c.bird("text of a consent in English") + " and some words more"}).want(201)
	c.broker.do("POST", who+"/portal-access", nil).want(201)
	token := ""
	eventually(c.t, "the portal's link", func() bool {
		for _, m := range c.mails.Messages() {
			if _, after, found := strings.Cut(m.Text, "/portal#"); found && m.To == mail {
				token = c.plant("mailed link to the portal", strings.Fields(after)[0])
			}
		}
		return token != ""
	})
	guest := stranger(c.t, c.program.url, "a guest")
	c.cookies(guest.do("POST", "/portal/session", object{"token": token}).want(204))
	c.refused(stranger(c.t, c.program.url, "a thief").do("POST", "/portal/session", object{"token": token}), 401)
	c.refused(stranger(c.t, c.program.url, "a thief").do("GET", "/portal/me", nil, "Cookie: pratica_portal="+c.bird("forged cookie of the portal")), 401)
	for _, path := range []string{"/portal/me", "/portal/files", "/portal/consents", "/portal/access-log"} {
		guest.do("GET", path, nil).want(200)
	}
	guest.do("POST", "/portal/consents", object{"purpose": "marketing", "state": "given"}).want(200)
	c.refused(guest.do("POST", "/portal/consents", object{"purpose": c.bird("no purpose"), "state": "given"}), 422)
	guest.do("POST", "/portal/requests", object{"kind": "access"}).want(201)
	c.compliance.do("POST", who+"/exports", object{"locale": "it"}).want(202)
	copied := ""
	eventually(c.t, "the copy", func() bool {
		e := c.compliance.do("GET", who+"/exports", nil).want(200).items()[0]
		copied = e["id"].(string)
		return e["state"] == "ready"
	})
	link := c.plant("link to a copy", c.compliance.do("POST", "/exports/"+copied+"/link", object{"format": "json"}).want(200).str("url"))
	if got := c.found(string(c.compliance.do("GET", link, nil).want(200).raw)); len(got) < 3 {
		c.t.Errorf("the copy has %v only", got)
	}
	c.refused(c.office.do("GET", link, nil), 403, 404)
	c.compliance.do("POST", who+"/erasure", object{"reason": "objection"}).want(200)
}

// vouches: a provider, a network's directory and an OAuth2 client speak for others.
func (c *caged) vouches() {
	c.t.Helper()
	provider, err := mockoidc.NewServer(nil)
	must(c.t, err)
	at, err := net.Listen("tcp", "127.0.0.1:0")
	must(c.t, err)
	must(c.t, provider.Start(at, nil))
	c.t.Cleanup(func() { _ = provider.Shutdown() })
	path := "/agency/identity-provider"
	c.story.admin.do("PUT", path, object{"issuer": provider.Issuer(), "client_id": provider.ClientID, "client_secret": c.plant("secret at a provider", provider.ClientSecret), "domains": []string{"canary.example"},
		"first_role": "read_only"}, c.story.admin.do("GET", path, nil).want(200).match()).want(200)
	provider.QueueUser(&mockoidc.MockUser{Subject: c.bird("subject at a provider"), Email: strings.ToLower(c.bird("e-mail at a provider")) + "@canary.example", EmailVerified: true})
	newcomer := stranger(c.t, c.program.url, "a newcomer")
	c.comesBy(newcomer).want(303)
	newcomer.do("GET", "/me", nil).want(200)
	provider.QueueUser(&mockoidc.MockUser{Subject: c.bird("subject that is refused"), Email: c.bird("e-mail that is refused") + "@elsewhere.example", EmailVerified: true})
	c.refused(c.comesBy(stranger(c.t, c.program.url, "nobody")), 403)
	answer := url.Values{"state": {c.world.A.ID.String() + "." + c.bird("forged state")}, "code": {c.bird("forged code")}, "iss": {"https://" + c.bird("forged issuer")}, "error": {c.bird("error of a provider")}}
	c.refused(newcomer.do("GET", "/auth/oidc/"+c.world.A.ID.String()+"/callback?"+answer.Encode(), nil, "Cookie: pratica_oidc="+c.bird("forged cookie of a sign-in")), 401)

	directory := stranger(c.t, c.program.url, "a directory")
	directory.key = c.plant("SCIM token", c.network.do("POST", "/networks/"+c.id+"/scim-tokens", object{"name": c.bird("name of a SCIM token"), "roles": []string{"broker"}}).want(201).str("secret"))
	user := strings.ToLower(c.bird("e-mail of a directory's")) + "@canary.example"
	body := object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": user, "externalId": c.bird("external id"), "name": object{"formatted": c.bird("name of a directory's")}}
	id := directory.do("POST", "/scim/v2/Users", body).want(201).str("id")
	c.refused(directory.do("POST", "/scim/v2/Users", body), 409)
	offer := object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{object{"op": "add", "path": "members", "value": []any{object{"value": id}}}}}
	directory.do("PATCH", "/scim/v2/Groups/"+c.world.A.ID.String()+".broker", offer).want(200) // an offer, which nobody decides
	directory.do("GET", "/scim/v2/Users?filter="+url.QueryEscape(`userName eq "`+user+`"`), nil).want(200)
	c.refused(directory.do("GET", "/scim/v2/Users?filter="+c.bird("filter"), nil), 400)
	c.refused(directory.do("PATCH", "/scim/v2/Users/"+id, object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{object{"op": "replace", "path": c.bird("path"), "value": c.bird("value")}}}), 400)
	c.refused(stranger(c.t, c.program.url, "a forger").do("GET", "/scim/v2/Users", nil, "Authorization: Bearer prs_"+c.bird("forged SCIM token")), 401)

	client := c.story.admin.do("POST", "/api-keys", object{"name": c.bird("name of a client"), "roles": []string{"read_only"}, "client": true}).want(201)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.str("id")}, "client_secret": {c.plant("client's secret", client.str("secret"))}}
	machine := stranger(c.t, c.program.url, "a machine")
	exchange := func() reply {
		return machine.do("POST", "/oauth/token", []byte(form.Encode()), "Content-Type: application/x-www-form-urlencoded")
	}
	reader := stranger(c.t, c.program.url, "a reader")
	reader.key = c.plant("access token", exchange().want(200).str("access_token"))
	reader.do("GET", "/applications", nil).want(200)
	form.Set("scope", c.bird("scope"))
	c.refused(exchange(), 400)
	form.Set("client_secret", c.bird("wrong secret of a client"))
	c.refused(exchange(), 401)
}

// comesBy takes a browser to the agency's provider and back.
func (c *caged) comesBy(p *person) reply {
	c.t.Helper()
	p.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	there := p.do("GET", "/auth/oidc/"+c.world.A.ID.String()+"/start", nil).want(303)
	resp, err := p.http.Get(there.header.Get("Location"))
	must(c.t, err)
	must(c.t, resp.Body.Close())
	back, err := resp.Location()
	must(c.t, err)
	c.plant("code of a provider", back.Query().Get("code"))
	c.plant("state of a sign-in", back.Query().Get("state"))
	return p.do("GET", back.RequestURI(), nil)
}
