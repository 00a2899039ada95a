package api

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/fault"
)

// callbackRoutes let people and banks in who are not signed in: by the secret in the address. Whatever does not fit is the same 404.
func callbackRoutes(d Deps) []Route {
	visit := visitor(d)
	return []Route{
		Raw{Method: "GET", Path: "/callbacks/{state}", For: Public, Summary: "A person's link, and their way back from the bank, which opens once", Serve: visit},
		Raw{Method: "POST", Path: "/callbacks/{state}", For: Public, Summary: "The way back of a bank that posts", Serve: visit},
		Raw{Method: "POST", Path: "/callbacks/connectors/{token}/{path}", For: Public, Summary: "What the other side of a connection sends", Serve: fromBank(d)},
	}
}

const (
	queryAtMost   = 16 << 10
	headersAtMost = 100
)

// visitor shows a person where their matter stands. Someone who has come back is sent on to their link: the way back is spent.
func visitor(d Deps) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, _ Call) error {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer") // the address is the secret
		came := callbacks.Came{Query: r.URL.RawQuery, IP: Address(r, d.Limits.Proxies)}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, queryAtMost))
			if err != nil {
				return fault.New(fault.TooLarge, "callback.too_large", "What a person comes back with has at most 16 KiB.")
			}
			came.Query = strings.TrimPrefix(came.Query+"&"+string(body), "&")
		}
		if len(came.Query) > queryAtMost {
			return fault.New(fault.TooLarge, "callback.too_large", "What a person comes back with has at most 16 KiB.")
		}
		token := mux.Vars(r)["state"]
		if token == "return" { // for whoever knows one address of ours, and brings the state beside it
			values, _ := url.ParseQuery(came.Query) // what cannot be read names no state
			token = values.Get("state")
		}
		view, err := d.Callbacks.Visit(r.Context(), token, came)
		if err != nil {
			if !fault.Is(err, fault.NotFound) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
				return err
			}
			return showMatter(w, r, http.StatusNotFound, callbacks.View{})
		}
		if view.Next != "" {
			http.Redirect(w, r, "/callbacks/"+view.Next, http.StatusSeeOther)
			return nil
		}
		if view.Stand == callbacks.Wait {
			h.Set("Refresh", "3")
		}
		return showMatter(w, r, http.StatusOK, view)
	}
}

// fromBank keeps what a bank sends. It is told no more than that it was taken.
func fromBank(d Deps) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, _ Call) error {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callbacks.MaxBody))
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return fault.New(fault.TooLarge, "callback.too_large", "A callback has at most 256 KiB.")
		case err != nil:
			return nil // whoever sent it has gone
		}
		in := callbacks.Request{Path: mux.Vars(r)["path"], Method: r.Method, Query: r.URL.RawQuery, Body: body}
		for name, values := range r.Header {
			for _, v := range values {
				if len(in.Headers) < headersAtMost {
					in.Headers = append(in.Headers, callbacks.Header{Name: name, Value: v})
				}
			}
		}
		if err := d.Callbacks.Receive(r.Context(), mux.Vars(r)["token"], in); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
}

// matterWords are what a person reads, by language and how their matter stands; "" is a link that opens nothing.
var matterWords = map[string]map[string]map[callbacks.Stand]string{
	"it": {
		"": {"": "Questo link non è valido, è scaduto o è già stato usato. Chiedine un altro all'agenzia."},
		"bank_consent": {
			callbacks.Go:    "L'agenzia ti chiede di poter leggere i tuoi conti presso questa banca, in sola lettura. Puoi revocare il consenso in ogni momento, all'agenzia o alla banca.",
			callbacks.Wait:  "Un momento: parliamo con la banca. La pagina si aggiorna da sola. Se la banca ti ha mandato una richiesta nella sua app, confermala lì.",
			callbacks.Done:  "Grazie: il consenso è attivo. Puoi chiudere questa pagina.",
			callbacks.Ended: "Il consenso non è attivo: è stato rifiutato, revocato o è scaduto. Se vuoi darlo, chiedi un nuovo link all'agenzia.",
		},
		"verification": {
			callbacks.Go:    "L'agenzia ti chiede di dimostrare chi sei con la tua identità digitale.",
			callbacks.Wait:  "Un momento: verifichiamo la tua identità. La pagina si aggiorna da sola.",
			callbacks.Done:  "Grazie: la tua identità è verificata. Puoi chiudere questa pagina.",
			callbacks.Ended: "La verifica non è riuscita. L'agenzia ti dirà perché e ti manderà un nuovo link.",
		},
	},
	"en": {
		"": {"": "This link is not valid, has expired, or was used already. Ask the agency for another one."},
		"bank_consent": {
			callbacks.Go:    "The agency asks you to let it read your accounts at this bank; it can only read. You may take the consent back at any time, at the agency or at the bank.",
			callbacks.Wait:  "One moment: we are talking to the bank. This page looks again by itself. If the bank has asked you in its app, confirm it there.",
			callbacks.Done:  "Thank you: the consent is in force. You can close this page.",
			callbacks.Ended: "The consent is not in force: it was refused, taken back, or is over. If you want to give it, ask the agency for a new link.",
		},
		"verification": {
			callbacks.Go:    "The agency asks you to prove who you are with your digital identity.",
			callbacks.Wait:  "One moment: we are verifying your identity. This page looks again by itself.",
			callbacks.Done:  "Thank you: your identity is verified. You can close this page.",
			callbacks.Ended: "The verification did not succeed. The agency will tell you why, and send you a new link.",
		},
	},
}

var matterPage = template.Must(template.New("matter").Parse(`<!doctype html><html lang="{{.Lang}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pratica</title>
<style>` + pageStyle + `</style><h1>{{with .View.Agency}}{{.}}{{else}}Pratica{{end}}</h1>{{with .View.With}}<p><strong>{{.}}</strong></p>{{end}}
<p>{{.Text}}</p>{{with .View.URL}}<p><a href="{{.}}" rel="noreferrer">{{$.Go}}</a></p>{{end}}{{with .View.Until}}<p>{{$.Until}} {{.}}</p>{{end}}<p><a href="/portal">{{.Portal}}</a></p></html>`))

func showMatter(w http.ResponseWriter, r *http.Request, status int, view callbacks.View) error {
	lang := "it"
	if first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ","); first != "" && !strings.HasPrefix(strings.ToLower(first), "it") {
		lang = "en"
	}
	words := map[string][3]string{"it": {"Continua", "Fino al", "Vai al portale dell'agenzia"}, "en": {"Go on", "Until", "Go to the agency's portal"}}[lang]
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.WriteHeader(status)
	return matterPage.Execute(w, map[string]any{"Lang": lang, "View": view, "Text": matterWords[lang][string(view.Matter)][view.Stand], "Go": words[0], "Until": words[1], "Portal": words[2]})
}
