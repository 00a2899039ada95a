package mockbank

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Product is a loan in a bank's list.
type Product struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	RateKind       string `json:"rate_kind"`
	RateBPS        int    `json:"rate_bps"`
	MaxLTVBPS      int    `json:"max_ltv_bps"`
	MaxAmountCents int64  `json:"max_amount_cents"`
	MinTermMonths  int    `json:"min_term_months"`
	MaxTermMonths  int    `json:"max_term_months"`
}

// Verdict is what a bank says beforehand. It binds nobody.
type Verdict struct {
	Verdict    string `json:"verdict"` // feasible, feasible_with_changes, refused, incomplete
	ReasonCode string `json:"reason_code,omitempty"`
	Note       string `json:"note,omitempty"`
	RateBPS    int    `json:"rate_bps,omitempty"`
	// The loan that would be taken, with feasible_with_changes.
	AmountCents int64 `json:"amount_cents,omitempty"`
	TermMonths  int   `json:"term_months,omitempty"`
}

// Message is a letter between bank and broker.
type Message struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	From string    `json:"from"` // bank or broker
	Text string    `json:"text"`
}

// Entry is a line of an application's logbook.
type Entry struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"` // bank or broker
	What string    `json:"what"`
}

func (r Rules) products() []Product {
	out := []Product{}
	for _, kind := range []struct {
		id, name string
		extra    int
	}{{"fixed", "Mutuo a tasso fisso", 0}, {"variable", "Mutuo a tasso variabile", -40}} {
		out = append(out, Product{ID: r.Bank + "-" + kind.id, Name: kind.name, RateKind: kind.id, RateBPS: r.RateBPS + kind.extra, MaxLTVBPS: r.MaxLTVBPS,
			MaxAmountCents: r.MaxAmountCents, MinTermMonths: r.MinTermMonths, MaxTermMonths: r.MaxTermMonths})
	}
	return out
}

// verdict is what the rules say of an application that is not submitted yet.
func (r Rules) verdict(a Application) Verdict {
	if note := r.bounce(a); note != "" {
		return Verdict{Verdict: "incomplete", Note: note}
	}
	code, note := r.reason(a)
	if code == "" {
		return Verdict{Verdict: "feasible", RateBPS: r.rate(a)}
	}
	if c, can := r.counter(a); can {
		return Verdict{Verdict: "feasible_with_changes", ReasonCode: code, Note: note, RateBPS: r.rate(c), AmountCents: c.AmountCents, TermMonths: c.TermMonths}
	}
	return Verdict{Verdict: "refused", ReasonCode: code, Note: note}
}

func (p *portal) products(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"products": p.rules.products()})
}

func (p *portal) precheck(w http.ResponseWriter, r *http.Request) {
	var a Application
	if _, ok := read(w, r, &a); ok {
		answer(w, http.StatusOK, p.rules.verdict(a))
	}
}

// command tells how far a submission is that was answered with 202.
func (p *portal) command(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, o := range p.ledger.Operations {
		if o.Command == "" || o.Command != r.PathValue("command") {
			continue
		}
		if o.Polls > 0 {
			o.Polls--
			p.ledger.Operations[key] = o
			w.Header().Set("Retry-After", "1")
			answer(w, http.StatusOK, map[string]string{"command": o.Command, "state": "running"})
			return
		}
		answer(w, http.StatusOK, map[string]string{"command": o.Command, "state": "done", "reference": o.Reference})
		return
	}
	refuse(w, http.StatusNotFound, "unknown_command", "The bank has no such command.")
}

// look answers what of returns of an application; nothing: 404.
func (p *portal) look(w http.ResponseWriter, r *http.Request, of func(*file, News) any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.ledger.find(r.PathValue("reference"))
	if f == nil {
		unknownReference(w)
		return
	}
	body := of(f, p.rules.news(*f, p.now(), p.step))
	if body == nil {
		refuse(w, http.StatusNotFound, "nothing", "The application has no such thing.")
		return
	}
	answer(w, http.StatusOK, body)
}

func (p *portal) logbook(w http.ResponseWriter, r *http.Request) {
	p.look(w, r, func(f *file, news News) any {
		entries := append([]Entry{{At: f.Received, By: "broker", What: "submitted"}}, f.Log...)
		for _, e := range news.Events {
			entries = append(entries, Entry{At: *e.At, By: "bank", What: e.Type})
		}
		slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) })
		return map[string]any{"entries": entries}
	})
}

// messages are those that were written, and what the bank says with its steps.
func (p *portal) messages(w http.ResponseWriter, r *http.Request) {
	p.look(w, r, func(f *file, news News) any {
		all := append([]Message{}, f.Messages...)
		for _, e := range news.Events {
			text := e.Note
			for _, i := range e.Items {
				text = cmp.Or(text, i.Text)
			}
			if text != "" {
				all = append(all, Message{ID: e.ID, At: *e.At, From: "bank", Text: text})
			}
		}
		slices.SortStableFunc(all, func(a, b Message) int { return a.At.Compare(b.At) })
		return map[string]any{"messages": all}
	})
}

func (p *portal) write(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Text string `json:"text"`
	}
	body, ok := read(w, r, &said)
	if !ok {
		return
	}
	if said.Text == "" {
		refuse(w, http.StatusUnprocessableEntity, "text", "A message has a text.")
		return
	}
	p.act(w, r, "SendMessage", body, p.on(w, r, func(f *file) string {
		f.say(p.now(), "broker", said.Text)
		f.note(p.now(), "message")
		return f.Reference
	}))
}

func (f *file) say(now time.Time, from, text string) {
	f.Messages = append(f.Messages, Message{ID: fmt.Sprintf("%s.message-%d", f.Reference, len(f.Messages)+1), At: now.UTC(), From: from, Text: text})
}

// missing is what the bank has asked for and has not got.
func (p *portal) missing(w http.ResponseWriter, r *http.Request) {
	p.look(w, r, func(f *file, news News) any {
		items := []Item{}
		for _, e := range news.Events {
			for _, i := range e.Items {
				if _, answered := f.Answers[i.ID]; !answered {
					items = append(items, i)
				}
			}
		}
		return map[string]any{"items": items}
	})
}

// addDocument takes a document nobody asked for.
func (p *portal) addDocument(w http.ResponseWriter, r *http.Request) {
	kind := r.URL.Query().Get("kind")
	if kind == "" {
		refuse(w, http.StatusUnprocessableEntity, "kind", "Say the document's kind: ?kind=payslip.")
		return
	}
	sum, ok := receive(w, r)
	if !ok {
		return
	}
	p.act(w, r, "AddDocument", sum, p.on(w, r, func(f *file) string {
		if p.rules.news(*f, p.now(), p.step).Final {
			refuse(w, http.StatusConflict, "final", "The application is decided or withdrawn.")
			return ""
		}
		f.Application.Documents = append(f.Application.Documents, Document{Kind: kind, SHA256: hex.EncodeToString(sum)})
		f.note(p.now(), "document")
		return f.Reference
	}))
}

// on finds the application of the path for act.
func (p *portal) on(w http.ResponseWriter, r *http.Request, do func(*file) string) func() string {
	return func() string {
		f := p.ledger.find(r.PathValue("reference"))
		if f == nil {
			unknownReference(w)
			return ""
		}
		return do(f)
	}
}

// read reads a JSON body; when it is none it has refused.
func read(w http.ResponseWriter, r *http.Request, into any) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, applicationAtMost))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "body", "A request has at most 1 MiB.")
		return nil, false
	}
	if err := json.Unmarshal(body, into); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "body", "The body is not the JSON of the contract.")
		return nil, false
	}
	return body, true
}
