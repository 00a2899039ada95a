package mockbank

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Callbacks tell a client that something has happened; what, it reads from the API. They are signed as Standard Webhooks are:
// webhook-id, webhook-timestamp (seconds), and webhook-signature "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body". The key
// is what follows "whsec_" in CallbackSecret, base64 decoded. One that is not taken with a 2xx is sent again under its id, five times in all.

const (
	callbackAttempts = 5
	callbackTimeout  = 10 * time.Second
	callbackEvery    = 500 * time.Millisecond
)

// CallbackSecret is the published secret that callbacks of a bank, or of "bureau", are signed with.
func CallbackSecret(bank string) string {
	sum := sha256.Sum256([]byte("callbacks of " + bank))
	return "whsec_" + base64.StdEncoding.EncodeToString(sum[:])
}

// Sign is the webhook-signature of a callback of a bank.
func Sign(bank, id string, at time.Time, body []byte) string {
	key := sha256.Sum256([]byte("callbacks of " + bank))
	mac := hmac.New(sha256.New, key[:])
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// courier holds the callbacks of a bank that are still to be sent.
type courier struct {
	bank   string
	dials  *dialled
	now    func() time.Time
	client *http.Client

	mu   sync.Mutex
	bag  []letter
	last int
}

type letter struct {
	id, to string
	body   []byte
	tried  int
}

func newCourier(bank string, dials *dialled, now func() time.Time) *courier {
	return &courier{bank: bank, dials: dials, now: now, client: &http.Client{Timeout: callbackTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// post puts a callback into the bag. An empty address wants none.
func (c *courier) post(to string, body any) {
	if to == "" {
		return
	}
	text, _ := json.Marshal(body) // of strings
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.bag = append(c.bag, letter{id: fmt.Sprintf("msg_%s_%d_%x", c.bank, c.last, c.now().UnixNano()), to: to, body: text})
}

// deliver sends what is in the bag, and keeps what was not taken.
func (c *courier) deliver(ctx context.Context) error {
	c.mu.Lock()
	bag := c.bag
	c.bag = nil
	c.mu.Unlock()
	var all error
	for _, l := range bag {
		times := 1
		if c.dials.use(func(d *Dials) *int { return &d.Twice }) {
			times = 2
		}
		for range times {
			if err := c.send(ctx, l); err != nil {
				all = errors.Join(all, err)
				if l.tried++; l.tried < callbackAttempts {
					c.mu.Lock()
					c.bag = append(c.bag, l)
					c.mu.Unlock()
				}
				break
			}
		}
	}
	return all
}

func (c *courier) send(ctx context.Context, l letter) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.to, bytes.NewReader(l.body))
	if err != nil {
		return err
	}
	at := c.now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", l.id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("Webhook-Signature", Sign(c.bank, l.id, at, l.body))
	answer, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("%s answered %d", l.to, answer.StatusCode)
	}
	return nil
}

// tell puts the steps into the bag that clients have not heard of.
func (p *portal) tell() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := false
	for _, f := range p.ledger.Files {
		if f.Callback == "" {
			continue
		}
		events := p.rules.news(*f, p.now(), p.step).Events
		for ; f.Told < len(events); f.Told++ {
			p.courier.post(f.Callback, map[string]string{"reference": f.Reference, "event": events[f.Told].ID, "type": events[f.Told].Type})
			told = true
		}
	}
	if !told {
		return nil
	}
	return p.snap.save(p.rules.Bank, p.ledger)
}

// Deliver sends all callbacks that are due. An error names those that were not taken; they are kept for the next time.
func (b *Bank) Deliver(ctx context.Context) error {
	var all error
	for _, p := range b.banks {
		all = errors.Join(all, p.tell())
	}
	all = errors.Join(all, b.bureau.tell())
	for _, c := range b.couriers {
		all = errors.Join(all, c.deliver(ctx))
	}
	return all
}

// Run delivers callbacks until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	tick := time.NewTicker(callbackEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = b.Deliver(ctx) // what was not taken is sent again
		}
	}
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
