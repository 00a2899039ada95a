package api

import (
	"errors"
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
		Raw{Method: "GET", Path: "/callbacks/{state}", For: Public, Summary: "A person's link, which shows where their matter stands, and their way back from the bank, which opens once", Serve: visit},
		Raw{Method: "POST", Path: "/callbacks/{state}", For: Public, Summary: "The person begins at their link; or the way back of a bank that posts", Serve: visit},
		Raw{Method: "POST", Path: "/callbacks/connectors/{token}/{path}", For: Public, Summary: "What the other side of a connection sends", Serve: fromBank(d)},
	}
}

const (
	queryAtMost   = 16 << 10
	headersAtMost = 100
)

// visitor shows a person where their matter stands. Someone who has begun, or come back, is sent on to their link: what they did is not done
// again when the page is loaded again.
func visitor(d Deps) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, _ Call) error {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer") // the address is the secret
		view, err := visit(d, w, r)
		switch {
		case err != nil && browses(r):
			turnAway(w, r, err)
			return nil
		case err != nil:
			return err
		case view.Next != "":
			http.Redirect(w, r, "/callbacks/"+view.Next, http.StatusSeeOther)
			return nil
		}
		return showMatter(w, r, http.StatusOK, view)
	}
}

// visit reads what a person comes with.
func visit(d Deps, w http.ResponseWriter, r *http.Request) (callbacks.View, error) {
	came := callbacks.Came{Query: r.URL.RawQuery, IP: Address(r, d.Limits.Proxies), Posted: r.Method == http.MethodPost}
	large := fault.New(fault.TooLarge, "callback.too_large", "What a person comes back with has at most 16 KiB.")
	if came.Posted {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, queryAtMost))
		if err != nil {
			return callbacks.View{}, large
		}
		came.Query = strings.TrimPrefix(came.Query+"&"+string(body), "&")
	}
	if len(came.Query) > queryAtMost {
		return callbacks.View{}, large
	}
	token := mux.Vars(r)["state"]
	if token == "return" { // for whoever knows one address of ours, and brings the state beside it
		values, _ := url.ParseQuery(came.Query) // what cannot be read names no state
		token = values.Get("state")
	}
	return d.Callbacks.Visit(r.Context(), token, came)
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
