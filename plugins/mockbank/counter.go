package mockbank

import "net/http"

// counterAtLeast is the smallest loan a bank offers in place of a larger one, in cents.
const counterAtLeast = 10_000_00

// counter is the application a bank would take in place of one it rejects for income or LTV: the largest loan, in whole thousands of
// euros, that keeps both ratios. It takes the instalment to be in proportion to the loan; what is owed elsewhere stays out of it.
func (r Rules) counter(a Application) (Application, bool) {
	code, _ := r.reason(a)
	if code != "income" && code != "ltv" {
		return a, false
	}
	amount := a.AmountCents
	for _, ratio := range []struct{ is, most int }{{a.LTVBPS, r.MaxLTVBPS}, {a.DTIBPS, r.MaxDTIBPS}} {
		if ratio.is > ratio.most {
			amount = min(amount, a.AmountCents*int64(ratio.most)/int64(ratio.is))
		}
	}
	amount -= amount % 1000_00
	if amount < counterAtLeast {
		return a, false
	}
	a.LTVBPS = int(int64(a.LTVBPS) * amount / a.AmountCents)
	a.DTIBPS = int(int64(a.DTIBPS) * amount / a.AmountCents)
	a.AmountCents = amount
	return a, true
}

// open is a counter-offer that waits for its answer; nil: there is none.
func (n News) open() *Event {
	if len(n.Events) > 0 && n.Events[len(n.Events)-1].Type == "counter_offer" && !n.Final {
		return &n.Events[len(n.Events)-1]
	}
	return nil
}

func (p *portal) counterOffer(w http.ResponseWriter, r *http.Request) {
	p.look(w, r, func(f *file, news News) any {
		if offer := news.open(); offer != nil {
			return offer
		}
		return nil
	})
}

func (p *portal) answerCounterOffer(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Accept *bool `json:"accept"`
	}
	body, ok := read(w, r, &said)
	if !ok {
		return
	}
	if said.Accept == nil {
		refuse(w, http.StatusUnprocessableEntity, "accept", "Say accept: true or false.")
		return
	}
	p.act(w, r, "AnswerCounterOffer", body, p.on(w, r, func(f *file) string {
		now := p.now().UTC()
		if p.rules.news(*f, now, p.step).open() == nil {
			refuse(w, http.StatusConflict, "no_counter_offer", "There is no counter-offer that waits for an answer.")
			return ""
		}
		if *said.Accept {
			f.Accepted = &now
			f.note(now, "counter_offer_accepted")
		} else {
			f.Declined = &now
			f.note(now, "counter_offer_declined")
		}
		return f.Reference
	}))
}
