package mockbank

import (
	"fmt"
	"regexp"
	"time"
)

// Application is what a bank is sent. Money in cents, ratios in basis points.
type Application struct {
	File        string     `json:"file"`
	AmountCents int64      `json:"amount_cents"`
	TermMonths  int        `json:"term_months"`
	LTVBPS      int        `json:"ltv_bps"`
	DTIBPS      int        `json:"dti_bps"`
	Parties     []Party    `json:"parties"`
	Properties  []Property `json:"properties"`
	Documents   []Document `json:"documents"`
	// Counter says that the broker will take a counter-offer in place of a rejection.
	Counter bool `json:"accepts_counter_offer"`
}

// Party is a person or company of the file; both amounts are a month's.
type Party struct {
	Role            string `json:"role"`
	NetMonthlyCents int64  `json:"net_monthly_cents"`
	DebtsCents      int64  `json:"debts_cents"`
}

// Property is a property of the file.
type Property struct {
	ValueCents int64 `json:"value_cents"`
}

// Document is named by the digest of its content.
type Document struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
}

// Event is one step, under an id that is unique for the bank and stays.
type Event struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	Items      []Item     `json:"items,omitempty"`
	RateBPS    int        `json:"rate_bps,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"`
	ReasonCode string     `json:"reason_code,omitempty"`
	Note       string     `json:"note,omitempty"`
	At         *time.Time `json:"at,omitempty"`
	// Of a counter-offer.
	AmountCents int64 `json:"amount_cents,omitempty"`
	TermMonths  int   `json:"term_months,omitempty"`
}

// Item is something a bank asks for.
type Item struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// News are the steps so far.
type News struct {
	Final  bool    `json:"final"`
	Events []Event `json:"events"`
}

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// bounce says why an application is not taken up at all; empty when it is.
func (r Rules) bounce(a Application) string {
	switch {
	case !r.Complete:
		return ""
	case len(a.Parties) == 0:
		return "The application names no applicant."
	case len(a.Properties) == 0:
		return "The application names no property."
	}
	return ""
}

// reason is the first reason code that applies; empty: the application is approved.
func (r Rules) reason(a Application) (code, note string) {
	if a.AmountCents <= 0 || a.AmountCents > r.MaxAmountCents || a.TermMonths < r.MinTermMonths || a.TermMonths > r.MaxTermMonths {
		return "other", fmt.Sprintf("We lend up to %d euros for %d to %d months.", r.MaxAmountCents/100, r.MinTermMonths, r.MaxTermMonths)
	}
	for _, d := range a.Documents {
		if !digest.MatchString(d.SHA256) {
			return "documents", "A document is named by what is no SHA-256."
		}
	}
	for _, p := range a.Properties {
		if p.ValueCents <= 0 {
			return "property", "A property has no value."
		}
	}
	for _, p := range a.Parties {
		if p.DebtsCents > p.NetMonthlyCents {
			return "credit_history", "A party's monthly debts are above its income."
		}
	}
	if a.DTIBPS > r.MaxDTIBPS {
		return "income", fmt.Sprintf("Instalments take more than %s of the income.", percent(r.MaxDTIBPS))
	}
	if a.LTVBPS > r.MaxLTVBPS {
		return "ltv", fmt.Sprintf("We lend up to %s of the value.", percent(r.MaxLTVBPS))
	}
	return "", ""
}

// rate is the offered rate: one basis point more for each further 100 of LTV above 5000.
func (r Rules) rate(a Application) int { return r.RateBPS + max(0, a.LTVBPS-5000)/100 }

func percent(bps int) string { return fmt.Sprintf("%d.%02d %%", bps/100, bps%100) }

// news are the steps that have been taken by now. step lies between two of them.
func (r Rules) news(f file, now time.Time, step time.Duration) News {
	out := News{Events: []Event{}}
	at := f.Received
	if f.Withdrawn != nil {
		out.Final = true
		if now.After(*f.Withdrawn) {
			now = *f.Withdrawn
		}
	}
	last := 0
	take := func(e Event) bool {
		at, last = at.Add(step), last+1
		if at.After(now) {
			return false
		}
		e.ID = fmt.Sprintf("%s.%d", f.Reference, last)
		taken := at
		e.At = &taken
		if e.Type == "offer" || e.Type == "counter_offer" {
			expires := at.AddDate(0, 0, r.OfferDays)
			e.Expires = &expires
		}
		out.Events = append(out.Events, e)
		return true
	}
	if note := r.bounce(f.Application); note != "" {
		out.Final = take(Event{Type: "bounced", Note: note}) || out.Final
		return out
	}
	if !take(Event{Type: "acknowledged"}) {
		return out
	}
	if len(r.Asks) > 0 {
		if !take(Event{Type: "info_requested", Items: r.items(f.Reference)}) {
			return out
		}
		answered, complete := f.answered(r.items(f.Reference))
		if !complete {
			return out
		}
		at = later(at, answered)
	}
	application := f.Application
	if code, note := r.reason(application); code != "" {
		counter, can := r.counter(application)
		if can && application.Counter {
			if !take(Event{Type: "counter_offer", RateBPS: r.rate(counter), AmountCents: counter.AmountCents, TermMonths: counter.TermMonths}) {
				return out
			}
			switch lapses := at.AddDate(0, 0, r.OfferDays); {
			case f.Accepted != nil:
				at, can = later(at, *f.Accepted), true
			case f.Declined != nil:
				at, can = later(at, *f.Declined), false
			case now.After(lapses):
				at, can = lapses, false
			default:
				return out
			}
		} else {
			can = false
		}
		if !can {
			out.Final = take(Event{Type: "rejected", ReasonCode: code, Note: note}) || out.Final
			return out
		}
		application = counter
	}
	rate := r.rate(application)
	if take(Event{Type: "income_approved"}) && take(Event{Type: "property_checks"}) && take(Event{Type: "approved", RateBPS: rate}) && take(Event{Type: "offer", RateBPS: rate}) {
		out.Final = true
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// items are what the bank asks for in a file.
func (r Rules) items(reference string) []Item {
	out := []Item{}
	for i, kind := range r.Asks {
		out = append(out, Item{ID: fmt.Sprintf("%s.item-%d", reference, i+1), Kind: kind, Text: words(kind)})
	}
	return out
}
