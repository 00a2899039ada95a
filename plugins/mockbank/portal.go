package mockbank

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	if seen && !p.dials.forgetful() {
		if known.Fingerprint != fingerprint {
			refuse(w, http.StatusUnprocessableEntity, "idempotency_key", "This key belongs to another request.")
			return
		}
		answer(w, http.StatusCreated, map[string]string{"reference": known.Reference})
		return
	}
	reference := do()
	if reference == "" {
		return
	}
	p.ledger.Operations[key] = operation{Method: method, Reference: reference, Fingerprint: fingerprint, Resent: known.Resent}
	if err := p.snap.save(p.rules.Bank, p.ledger); err != nil {
		refuse(w, http.StatusInternalServerError, "snapshot", err.Error())
		return
	}
	answer(w, http.StatusCreated, map[string]string{"reference": reference})
}

func (p *portal) submit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, applicationAtMost))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "body", "An application has at most 1 MiB.")
		return
	}
	var a Application
	if err := json.Unmarshal(body, &a); err != nil || a.File == "" {
		refuse(w, http.StatusUnprocessableEntity, "application", "This is no application.")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	p.act(w, r, "SubmitApplication", body, func() string {
		p.ledger.Last++
		mark := sha256.Sum256([]byte(key)) // a bank that forgot must not give a reference again
		f := &file{Reference: fmt.Sprintf("%s-%06d-%x", p.rules.Prefix, p.ledger.Last, mark[:3]), Key: key, Received: p.now().UTC(),
			Application: a, Answers: map[string]time.Time{}}
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

// take takes the document that answers an item. What arrived must be what was sent: Content-Digest says so, before the content or after it.
func (p *portal) take(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	size, err := io.Copy(hash, http.MaxBytesReader(w, r.Body, documentAtMost))
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "content", "The document did not arrive whole.")
		return
	}
	sent := r.Header.Get("Content-Digest")
	if sent == "" {
		sent = r.Trailer.Get("Content-Digest")
	}
	sum := hash.Sum(nil)
	if size == 0 || sent != "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":" {
		refuse(w, http.StatusUnprocessableEntity, "digest", "The document is empty, or not the one its Content-Digest names.")
		return
	}
	p.act(w, r, "AnswerRequest", sum, func() string {
		f := p.ledger.find(r.PathValue("reference"))
		if f == nil {
			unknownReference(w)
			return ""
		}
		for _, item := range p.rules.items(f.Reference) {
			if item.ID == r.PathValue("item") {
				f.Answers[item.ID] = p.now().UTC()
				return f.Reference
			}
		}
		refuse(w, http.StatusUnprocessableEntity, "item", "The bank has not asked for this.")
		return ""
	})
}

func (p *portal) withdraw(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, applicationAtMost))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "body", "A withdrawal has at most 1 MiB.")
		return
	}
	p.act(w, r, "WithdrawApplication", bytes.TrimSpace(body), func() string {
		f := p.ledger.find(r.PathValue("reference"))
		if f == nil {
			unknownReference(w)
			return ""
		}
		if f.Withdrawn == nil {
			now := p.now().UTC()
			f.Withdrawn = &now
		}
		return f.Reference
	})
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
