package mockbank

import (
	"html/template"
	"net/http"
	"slices"
	"time"
)

// scaWindow is how long a person has to confirm.
const scaWindow = 15 * time.Minute

// sca is a confirmation by the person: on the bank's page, or in an app that this bank only pretends to have.
type sca struct {
	ID      string    `json:"id"`
	Way     string    `json:"way"`
	Status  string    `json:"status"` // received, finalised, failed
	Started time.Time `json:"started"`
	Polls   int       `json:"polls"` // looks that are left before the app answers
}

// start begins a confirmation. A refusal comes as code and text.
func (a *ais) start(c *consent, r *http.Request) (code, text string) {
	way := a.way(r)
	polls := a.dials.get().SCAPolls
	if polls == 0 {
		polls = 2
	}
	switch {
	case way == decoupledSCA && a.person(c.Person) == nil:
		return "FORMAT_ERROR", "For a confirmation in the app PSU-ID must name a customer of the bank."
	case way == redirectSCA && c.Redirect == "":
		return "FORMAT_ERROR", "For a redirect TPP-Redirect-URI must be a web address."
	}
	c.SCA = append(c.SCA, &sca{ID: unguessable(), Way: way, Status: "received", Started: a.now().UTC(), Polls: polls})
	return "", ""
}

// way is how the person will confirm: as the dial says, as the client prefers, or the bank's own way.
func (a *ais) way(r *http.Request) string {
	redirect, decoupled := r.Header.Get("TPP-Redirect-Preferred"), r.Header.Get("TPP-Decoupled-Preferred")
	if a.version() < decoupledFrom {
		decoupled = ""
	}
	switch forced := a.dials.get().SCA; {
	case forced != "":
		return forced
	case redirect == "true":
		return redirectSCA
	case decoupled == "true", redirect == "false":
		return decoupledSCA
	}
	return a.rules.SCA
}

// steps adds a confirmation's links to an answer.
func (a *ais) steps(w http.ResponseWriter, r *http.Request, c *consent, s *sca, links map[string]link, out map[string]any) {
	links["scaStatus"] = link{a.path("consents", c.ID, "authorisations", s.ID)}
	if s.Way == redirectSCA {
		w.Header().Set("ASPSP-SCA-Approach", "REDIRECT")
		links["scaRedirect"] = link{origin(r) + "/" + a.rules.Bank + "/psd2/sca/" + s.ID}
		return
	}
	w.Header().Set("ASPSP-SCA-Approach", "DECOUPLED")
	out["psuMessage"] = "Confermi l'accesso nell'app della banca."
}

// origin is where the client has reached the bank.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (a *ais) authorise(w http.ResponseWriter, r *http.Request, c *consent) {
	if c.Status != "received" {
		tpp(w, http.StatusConflict, "STATUS_INVALID", "The consent is "+c.Status+".")
		return
	}
	if id := r.Header.Get("PSU-ID"); id != "" {
		c.Person = id
	}
	if at := webOnly(r.Header.Get("TPP-Redirect-URI")); at != "" {
		c.Redirect = at
	}
	if code, text := a.start(c, r); code != "" {
		tpp(w, http.StatusBadRequest, code, text)
		return
	}
	s := c.SCA[len(c.SCA)-1]
	links := map[string]link{}
	out := map[string]any{"scaStatus": s.Status, "authorisationId": s.ID, "_links": links}
	if a.save(w) {
		a.steps(w, r, c, s, links, out)
		answer(w, http.StatusCreated, out)
	}
}

func (a *ais) authorisations(w http.ResponseWriter, _ *http.Request, c *consent) {
	ids := []string{}
	for _, s := range c.SCA {
		ids = append(ids, s.ID)
	}
	answer(w, http.StatusOK, map[string]any{"authorisationIds": ids})
}

func (a *ais) scaStatus(w http.ResponseWriter, r *http.Request, c *consent) {
	a.poll(c)
	for _, s := range c.SCA {
		if s.ID == r.PathValue("authorisation") {
			if a.save(w) {
				answer(w, http.StatusOK, map[string]string{"scaStatus": s.Status})
			}
			return
		}
	}
	tpp(w, http.StatusNotFound, "RESOURCE_UNKNOWN", "The consent has no such authorisation.")
}

// poll is a look at a consent; after enough of them the app has its answer.
func (a *ais) poll(c *consent) {
	for _, s := range c.SCA {
		if s.Way != decoupledSCA || s.Status != "received" {
			continue
		}
		if s.Polls--; s.Polls > 0 {
			continue
		}
		if a.dials.use(func(d *Dials) *int { return &d.SCARefuse }) {
			a.refused(c, s)
			continue
		}
		person := a.person(c.Person)
		a.finish(c, s, *person, a.askedOf(c, *person))
	}
}

func (a *ais) refused(c *consent, s *sca) {
	s.Status = "failed"
	a.end(c, "rejected")
}

func (a *ais) finish(c *consent, s *sca, person Person, chosen []string) {
	s.Status = "finalised"
	a.grant(c, person, chosen)
}

// askedOf are the accounts of a person that a consent is about: those it names, or all, of the kinds it is restricted to.
func (a *ais) askedOf(c *consent, person Person) []string {
	named := c.Access.named()
	var out []string
	for _, account := range person.Accounts {
		if named != nil && !slices.Contains(named, account.IBAN) || len(c.Access.RestrictedTo) > 0 && !slices.Contains(c.Access.RestrictedTo, account.Type) {
			continue
		}
		out = append(out, account.IBAN)
	}
	return out
}

func (a *ais) person(id string) *Person {
	for i := range a.people {
		if a.people[i].ID == id {
			return &a.people[i]
		}
	}
	return nil
}

var scaTemplate = template.Must(template.New("sca").Parse(`<!doctype html>
<html lang="it"><head><meta charset="utf-8"><title>{{.Bank}}</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.4rem 1.2rem}fieldset{margin:1rem 0}</style></head><body>
<h1>{{.Bank}}</h1>
{{if .Over}}<p>{{.Over}}</p>{{else}}
<p>Un intermediario chiede di leggere i suoi conti fino al {{.Until}}. / A broker asks to read your accounts until {{.Until}}.</p>
<form method="post">
<fieldset><legend>Chi è / Who you are</legend>{{range .People}}<label><input type="radio" name="person" value="{{.ID}}" {{if eq .ID $.Chosen}}checked{{end}}> {{.Name}}</label><br>{{end}}</fieldset>
{{range .People}}<fieldset><legend>{{.Name}}</legend>{{range .Accounts}}<label><input type="checkbox" name="account" value="{{.IBAN}}" checked> {{.Name}} <code>{{.IBAN}}</code></label><br>{{end}}</fieldset>{{end}}
<button name="answer" value="yes">Consento / I agree</button> <button name="answer" value="no">Nego / I refuse</button>
</form>{{end}}</body></html>
`))

// page shows what is asked for, and takes the person's answer. A post without accounts chooses all that are asked for.
func (a *ais) page(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	show := func(status int, with map[string]any) {
		with["Bank"] = a.rules.Name
		w.WriteHeader(status)
		_ = scaTemplate.Execute(w, with) // whoever went away needs no page
	}
	c, s := a.confirmation(r.PathValue("sca"))
	if s == nil {
		show(http.StatusNotFound, map[string]any{"Over": "Questa pagina non esiste. / There is no such page."})
		return
	}
	if a.age(c); s.Status != "received" || c.Status != "received" {
		show(http.StatusGone, map[string]any{"Over": "La richiesta è scaduta o già conclusa. / The request is over."})
		return
	}
	if r.Method != http.MethodPost {
		show(http.StatusOK, map[string]any{"People": a.people, "Chosen": c.Person, "Until": c.ValidUntil})
		return
	}
	to := c.Redirect
	if r.PostFormValue("answer") == "yes" {
		person := a.person(r.PostFormValue("person"))
		if person == nil {
			show(http.StatusUnprocessableEntity, map[string]any{"Over": "Scelga chi è. / Choose who you are."})
			return
		}
		chosen := a.askedOf(c, *person)
		if picked := r.PostForm["account"]; len(picked) > 0 {
			chosen = slices.DeleteFunc(chosen, func(iban string) bool { return !slices.Contains(picked, iban) })
		}
		a.finish(c, s, *person, chosen)
	} else {
		a.refused(c, s)
		if c.Nok != "" {
			to = c.Nok
		}
	}
	if a.save(w) {
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

func (a *ais) confirmation(id string) (*consent, *sca) {
	for _, c := range a.consents {
		for _, s := range c.SCA {
			if s.ID == id && s.Way == redirectSCA {
				return c, s
			}
		}
	}
	return nil, nil
}

var homeTemplate = template.Must(template.New("home").Parse(`<!doctype html>
<html lang="it"><head><meta charset="utf-8"><title>{{.Bank}}</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}button{font:inherit}</style></head><body>
<h1>{{.Bank}}</h1><p>I consensi dati a terzi. / Consents given to third parties.</p>
<ul>{{range .Consents}}<li><form method="post">{{.Person}} → {{.Client}}, {{.Status}}, {{.ValidUntil}} <input type="hidden" name="consent" value="{{.ID}}"><button>Revoca / Revoke</button></form></li>{{else}}<li>–</li>{{end}}</ul></body></html>
`))

// home is where people see their consents, and revoke them.
func (a *ais) home(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Method == http.MethodPost {
		for _, c := range a.consents {
			if c.ID == r.PostFormValue("consent") && c.Status == "valid" {
				a.end(c, "revokedByPsu")
			}
		}
		if a.save(w) {
			http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		}
		return
	}
	var valid []*consent
	for _, c := range a.consents {
		if a.age(c); c.Status == "valid" {
			valid = append(valid, c)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = homeTemplate.Execute(w, map[string]any{"Bank": a.rules.Name, "Consents": valid})
}
