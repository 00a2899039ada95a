package mockbank

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	applicationAtMost = 1 << 20  // bytes
	documentAtMost    = 32 << 20 // bytes
)

// act carries a POST out once. The same key with the same request gives the same answer again, and is counted as sent again; with
// another one 422. A bank that forgets keys carries each POST out. do changes the ledger and returns the reference; when it has refused, by itself, it returns "".
func (p *portal) act(w http.ResponseWriter, r *http.Request, method string, body []byte, do func() string) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		refuse(w, http.StatusBadRequest, "idempotency_key", "Send an Idempotency-Key.")
		return
	}
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), body...))
	fingerprint := hex.EncodeToString(sum[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	known, seen := p.ledger.Operations[key]
	if seen && known.Fingerprint == fingerprint {
		known.Resent++
		p.ledger.Operations[key] = known
	}
	if seen && !p.dials.get().ForgetKeys {
		if known.Fingerprint != fingerprint {
			refuse(w, http.StatusUnprocessableEntity, "idempotency_key", "This key belongs to another request.")
			return
		}
		p.receipt(w, known)
		return
	}
	reference := do()
	if reference == "" {
		return
	}
	done := operation{Method: method, Reference: reference, Fingerprint: fingerprint, Resent: known.Resent}
	if method == "SubmitApplication" {
		done.Polls = p.dials.get().CommandPolls
		if done.Polls == 0 && r.Header.Get("Prefer") == "respond-async" {
			done.Polls = 1
		}
		if done.Polls > 0 {
			done.Command = "cmd-" + fingerprint[:16] + "-" + strconv.Itoa(p.ledger.Last)
		}
	}
	p.ledger.Operations[key] = done
	if err := p.snap.save(p.rules.Bank, p.ledger); err != nil {
		refuse(w, http.StatusInternalServerError, "snapshot", err.Error())
		return
	}
	p.receipt(w, done)
}

// receipt is the answer to a POST: the reference, or the command to look at for it.
func (p *portal) receipt(w http.ResponseWriter, o operation) {
	if o.Command == "" {
		answer(w, http.StatusCreated, map[string]string{"reference": o.Reference})
		return
	}
	w.Header().Set("Location", "/"+p.rules.Bank+"/commands/"+o.Command)
	w.Header().Set("Retry-After", "1")
	answer(w, http.StatusAccepted, map[string]string{"command": o.Command, "state": "running"})
}

func (p *portal) submit(w http.ResponseWriter, r *http.Request) {
	var a Application
	body, ok := read(w, r, &a)
	if !ok {
		return
	}
	if a.File == "" {
		refuse(w, http.StatusUnprocessableEntity, "application", "This is no application.")
		return
	}
	callback := r.Header.Get("Callback-URL")
	if callback != "" && !webAddress(callback) {
		refuse(w, http.StatusUnprocessableEntity, "callback_url", "Callback-URL is no web address.")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	p.act(w, r, "SubmitApplication", body, func() string {
		p.ledger.Last++
		a.Counter = a.Counter || p.dials.get().Counter
		mark := sha256.Sum256([]byte(key)) // a bank that forgot must not give a reference again
		f := &file{Reference: fmt.Sprintf("%s-%06d-%x", p.rules.Prefix, p.ledger.Last, mark[:3]), Key: key, Received: p.now().UTC(),
			Application: a, Answers: map[string]time.Time{}, Callback: callback}
		p.ledger.Files = append(p.ledger.Files, f)
		return f.Reference
	})
}

func (p *portal) list(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	type line struct {
		Reference string `json:"reference"`
		Key       string `json:"key"`
		Resent    int    `json:"resent"`
	}
	lines, resent := []line{}, 0
	for _, f := range p.ledger.Files {
		lines = append(lines, line{f.Reference, f.Key, p.ledger.Operations[f.Key].Resent})
	}
	for _, o := range p.ledger.Operations {
		resent += o.Resent
	}
	answer(w, http.StatusOK, map[string]any{"count": len(lines), "resent": resent, "applications": lines})
}

func (p *portal) status(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.ledger.find(r.PathValue("reference"))
	if f == nil {
		unknownReference(w)
		return
	}
	answer(w, http.StatusOK, p.rules.news(*f, p.now(), p.step))
}

// receive reads a document's bytes and returns their digest. What arrived must be what was sent: Content-Digest says so, before the
// content or after it. When it is not, it has refused.
func receive(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	hash := sha256.New()
	size, err := io.Copy(hash, http.MaxBytesReader(w, r.Body, documentAtMost))
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "content", "The document did not arrive whole.")
		return nil, false
	}
	sent := r.Header.Get("Content-Digest")
	if sent == "" {
		sent = r.Trailer.Get("Content-Digest")
	}
	sum := hash.Sum(nil)
	if size == 0 || sent != "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":" {
		refuse(w, http.StatusUnprocessableEntity, "digest", "The document is empty, or not the one its Content-Digest names.")
		return nil, false
	}
	return sum, true
}

// take takes the document that answers an item.
func (p *portal) take(w http.ResponseWriter, r *http.Request) {
	sum, ok := receive(w, r)
	if !ok {
		return
	}
	p.act(w, r, "AnswerRequest", sum, p.on(w, r, func(f *file) string {
		for _, item := range p.rules.items(f.Reference) {
			if item.ID == r.PathValue("item") {
				f.Answers[item.ID] = p.now().UTC()
				f.note(p.now(), "answer")
				return f.Reference
			}
		}
		refuse(w, http.StatusUnprocessableEntity, "item", "The bank has not asked for this.")
		return ""
	}))
}

func (p *portal) withdraw(w http.ResponseWriter, r *http.Request) {
	var said any
	body, ok := read(w, r, &said)
	if !ok {
		return
	}
	p.act(w, r, "WithdrawApplication", bytes.TrimSpace(body), p.on(w, r, func(f *file) string {
		if f.Withdrawn == nil {
			now := p.now().UTC()
			f.Withdrawn = &now
			f.note(now, "withdrawn")
		}
		return f.Reference
	}))
}

// operation tells what came of a key, so that who lost an answer can ask.
func (p *portal) operation(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, seen := p.ledger.Operations[r.PathValue("key")]
	if !seen {
		refuse(w, http.StatusNotFound, "unknown_key", "The bank has had no such request.")
		return
	}
	answer(w, http.StatusOK, map[string]string{"method": known.Method, "reference": known.Reference})
}

func unknownReference(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "unknown_reference", "The bank has no such application.")
}
