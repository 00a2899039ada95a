package api

import (
	"cmp"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
)

// linkTemplate is the route of people's links: whatever is answered there is read by a person.
const linkTemplate = "/callbacks/{state}"

// browses reports whether a person's browser is at a link.
func browses(r *http.Request) bool {
	at, _ := mux.CurrentRoute(r).GetPathTemplate()
	return at == linkTemplate && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// matterWords are what a person reads, by language, matter and how it stands.
var matterWords = map[string]map[callbacks.Matter]map[callbacks.Stand]string{
	"it": {
		callbacks.BankConsent: {
			callbacks.Ask:   "L'agenzia ti chiede di poter leggere i tuoi conti presso questa banca, in sola lettura: non può disporre nulla. Dai il consenso sulle pagine della banca, con le sue credenziali, che l'agenzia non vede. Puoi revocarlo in ogni momento, nell'area riservata, all'agenzia o alla banca.",
			callbacks.Again: "La banca non ha risposto come doveva e il consenso non è stato dato. Riprova; se succede ancora, riapri il link più tardi o dillo all'agenzia.",
			callbacks.Wait:  "Un momento: parliamo con la banca. La pagina si aggiorna da sola.",
			callbacks.Slow:  "La banca non ha ancora risposto. Continuiamo a chiedere: puoi aspettare qui, oppure chiudere la pagina e riaprire il link più tardi. Non si perde nulla.",
			callbacks.App:   "La banca ti manda una richiesta nella sua app: confermala lì. Questa pagina se ne accorge da sola.",
			callbacks.Go:    "Ti portiamo sulle pagine della banca.",
			callbacks.Done:  "Grazie: il consenso è attivo. Puoi chiudere questa pagina.",
			callbacks.Ended: "Il consenso non è attivo: è stato rifiutato, revocato o è scaduto. Se vuoi darlo, chiedi un nuovo link all'agenzia.",
		},
		callbacks.Verification: {
			callbacks.Ask:   "L'agenzia ti chiede di dimostrare chi sei con la tua identità digitale.",
			callbacks.Again: "Il gestore dell'identità non ha risposto come doveva. Riprova; se succede ancora, riapri il link più tardi o dillo all'agenzia.",
			callbacks.Wait:  "Un momento: parliamo con il gestore della tua identità. La pagina si aggiorna da sola.",
			callbacks.Slow:  "Il gestore dell'identità non ha ancora risposto. Continuiamo a chiedere: puoi aspettare qui, oppure chiudere la pagina e riaprire il link più tardi. Non si perde nulla.",
			callbacks.App:   "Il gestore ti manda una richiesta nella sua app: confermala lì. Questa pagina se ne accorge da sola.",
			callbacks.Go:    "Ti portiamo sulle pagine del gestore della tua identità.",
			callbacks.Done:  "Grazie: la tua identità è verificata. Puoi chiudere questa pagina.",
			callbacks.Ended: "La verifica non è riuscita. L'agenzia ti dirà perché e ti manderà un nuovo link.",
		},
	},
	"en": {
		callbacks.BankConsent: {
			callbacks.Ask:   "The agency asks you to let it read your accounts at this bank. It can only read, and dispose of nothing. You agree on the bank's own pages, with its credentials, which the agency does not see. You may take the consent back at any time, in your own area, at the agency or at the bank.",
			callbacks.Again: "The bank did not answer as it should, and no consent was given. Try again; if that happens once more, open the link later or tell the agency.",
			callbacks.Wait:  "One moment: we are talking to the bank. This page looks again by itself.",
			callbacks.Slow:  "The bank has not answered yet. We keep asking: you can wait here, or close this page and open the link again later. Nothing is lost.",
			callbacks.App:   "The bank sends you a request in its app: confirm it there. This page notices by itself.",
			callbacks.Go:    "We are taking you to the bank's pages.",
			callbacks.Done:  "Thank you: the consent is in force. You can close this page.",
			callbacks.Ended: "The consent is not in force: it was refused, taken back, or is over. If you want to give it, ask the agency for a new link.",
		},
		callbacks.Verification: {
			callbacks.Ask:   "The agency asks you to prove who you are with your digital identity.",
			callbacks.Again: "The identity provider did not answer as it should. Try again; if that happens once more, open the link later or tell the agency.",
			callbacks.Wait:  "One moment: we are talking to your identity provider. This page looks again by itself.",
			callbacks.Slow:  "The identity provider has not answered yet. We keep asking: you can wait here, or close this page and open the link again later. Nothing is lost.",
			callbacks.App:   "The provider sends you a request in its app: confirm it there. This page notices by itself.",
			callbacks.Go:    "We are taking you to the pages of your identity provider.",
			callbacks.Done:  "Thank you: your identity is verified. You can close this page.",
			callbacks.Ended: "The verification did not succeed. The agency will tell you why, and send you a new link.",
		},
	},
}

// turnedWords are what a person reads whose link opens nothing now, by language and status; 0 is whatever else.
var turnedWords = map[string]map[int]string{
	"it": {
		http.StatusNotFound:        "Questo link non è valido, è scaduto o è già stato usato. Chiedine un altro all'agenzia.",
		http.StatusTooManyRequests: "Da qui arrivano troppe richieste. Aspetta un minuto e riapri il link: resta valido.",
		0:                          "Qualcosa non ha funzionato dalla nostra parte. Riapri il link tra qualche minuto: resta valido.",
	},
	"en": {
		http.StatusNotFound:        "This link is not valid, has expired, or was used already. Ask the agency for another one.",
		http.StatusTooManyRequests: "Too many requests come from here. Wait a minute and open the link again: it stays valid.",
		0:                          "Something went wrong on our side. Open the link again in a few minutes: it stays valid.",
	},
}

// matterLabels are the few words around them.
var matterLabels = map[string]map[string]string{
	"it": {"ask": "Continua", "again": "Riprova", "go": "Vai alla pagina", "until": "Durata del consenso: fino al", "portal": "Vai all'area riservata"},
	"en": {"ask": "Continue", "again": "Try again", "go": "Go to the page", "until": "The consent lasts until", "portal": "Go to your own area"},
}

// refreshes are the seconds after which a page looks again by itself.
var refreshes = map[callbacks.Stand]string{callbacks.Wait: "2", callbacks.App: "3", callbacks.Slow: "15"}

const matterStyle = `:root{color-scheme:light dark}body{font:17px/1.55 system-ui;max-width:34rem;margin:12vh auto 2rem;padding:0 1.25rem;color:#1c2b2b;background:#f7f8f6}h1{font:600 1.5rem/1.25 Georgia,serif;margin:0 0 1.25rem}
a{color:#15625f}button,.go{font:600 1rem/1 system-ui;display:inline-block;border:0;border-radius:6px;padding:.85rem 1.4rem;background:#15625f;color:#fff;text-decoration:none;cursor:pointer}
button:focus-visible,a:focus-visible{outline:3px solid #77b4b0;outline-offset:2px}.quiet{font-size:.9rem;margin-top:2.5rem;padding-top:1rem;border-top:1px solid #d5dede}
@media(prefers-color-scheme:dark){body{background:#131a1a;color:#dce6e6}a{color:#7fd4cc}button,.go{background:#7fd4cc;color:#0a2524}.quiet{border-color:#2c3939}}`

var matterPolicy = policyOf(matterStyle)

// The form posts to its own address: that is the link.
var matterPage = template.Must(template.New("matter").Parse(`<!doctype html><html lang="{{.Lang}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{with .Agency}}{{.}}{{else}}Pratica{{end}}</title>
<style>` + matterStyle + `</style><main><h1>{{with .Agency}}{{.}}{{else}}Pratica{{end}}</h1>{{with .With}}<p><strong>{{.}}</strong></p>{{end}}
<p role="status">{{.Text}}</p>{{with .Begin}}<form method="post"><button>{{.}}</button></form>{{end}}{{with .URL}}<p><a class="go" href="{{.}}" rel="noreferrer">{{$.Label.go}}</a></p>{{end}}
{{with .Until}}<p>{{$.Label.until}} {{.}}.</p>{{end}}<p class="quiet"><a href="/portal">{{.Label.portal}}</a></p></main></html>`))

func languageOf(r *http.Request) string {
	if first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ","); first != "" && !strings.HasPrefix(strings.ToLower(first), "it") {
		return "en"
	}
	return "it"
}

// showMatter shows how a matter stands. Whoever is waited for elsewhere is sent there: by the page, because browsers hold a redirect to
// the policy of the form that began.
func showMatter(w http.ResponseWriter, r *http.Request, status int, view callbacks.View) error {
	lang := languageOf(r)
	labels := matterLabels[lang]
	in := map[string]any{"Lang": lang, "Agency": view.Agency, "With": view.With, "Label": labels, "Text": matterWords[lang][view.Matter][view.Stand]}
	switch view.Stand {
	case callbacks.Ask, callbacks.Again:
		in["Begin"] = labels[string(view.Stand)]
	case callbacks.Go:
		in["URL"] = view.URL
		w.Header().Set("Refresh", "0; url="+view.URL)
	}
	if every, looks := refreshes[view.Stand]; looks {
		w.Header().Set("Refresh", every)
	}
	if view.Stand != callbacks.Ended {
		in["Until"] = dayIn(lang, view.Until)
	}
	return writeMatter(w, status, in)
}

// turnAway tells a person what keeps them out, and what to do.
func turnAway(w http.ResponseWriter, r *http.Request, err error) {
	p := problem(err, requestOf(r.Context()).id)
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retry))
	}
	lang := languageOf(r)
	_ = writeMatter(w, p.Status, map[string]any{"Lang": lang, "Label": matterLabels[lang], "Text": cmp.Or(turnedWords[lang][p.Status], turnedWords[lang][0])}) // whoever asked may have gone
}

func writeMatter(w http.ResponseWriter, status int, in map[string]any) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", matterPolicy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return matterPage.Execute(w, in)
}

// dayIn writes a day as people of a language do.
func dayIn(lang, day string) string {
	at, err := calendar.Parse(day)
	if err != nil {
		return ""
	}
	return at.Time().Format(map[string]string{"it": "02/01/2006", "en": "2 January 2006"}[lang])
}
