package mockbank

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	bureauName = "bureau"
	// ReportCents is what a credit report costs.
	ReportCents = 240
)

// purposes a report may be asked for.
var purposes = []string{"mortgage_application", "consumer_credit_application", "guarantee"}

// ReportRequest asks for a person's credit report. A bureau gives none without a purpose and the evidence of a consent.
type ReportRequest struct {
	TaxCode string `json:"tax_code"`
	Purpose string `json:"purpose"`
	Consent struct {
		Reference string     `json:"reference"`
		GivenAt   *time.Time `json:"given_at"`
	} `json:"consent"`
}

// Report is a credit report: what its person owes and how they paid, by the digest of the tax code and nothing else.
type Report struct {
	Score         int        `json:"score"` // 300 to 850
	Class         string     `json:"class"` // A to E
	Exposures     []Exposure `json:"exposures"`
	LatePayments  int        `json:"late_payments"` // in 24 months
	Defaults      int        `json:"defaults"`
	InquiriesHalf int        `json:"inquiries_six_months"`
}

// Exposure is a debt.
type Exposure struct {
	Kind             string `json:"kind"` // mortgage, personal_loan, card
	ResidualCents    int64  `json:"residual_cents"`
	InstalmentCents  int64  `json:"instalment_cents"`
	RemainingMonths  int    `json:"remaining_months"`
	OverdueCents     int64  `json:"overdue_cents"`
	WorstDelayMonths int    `json:"worst_delay_months"`
}

// order is a report that was asked for.
type order struct {
	ID          string        `json:"id"`
	Fingerprint string        `json:"fingerprint"`
	Request     ReportRequest `json:"request"`
	Polls       int           `json:"polls"`
	Callback    string        `json:"callback,omitempty"`
	Told        bool          `json:"told,omitempty"`
}

// bureau sells credit reports: one for an idempotency key, and each once.
type bureau struct {
	dials   *dialled
	now     func() time.Time
	snap    *snapshot
	courier *courier

	mu     sync.Mutex
	orders map[string]*order // by idempotency key
}

func (b *bureau) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /account", b.account)
	mux.HandleFunc("POST /reports", b.request)
	mux.HandleFunc("GET /reports/{id}", b.report)
	mux.HandleFunc("GET /operations/{key}", b.operation)
	mux.HandleFunc("/", noSuchPath)
	return mux
}

// account is the bill.
func (b *bureau) account(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	answer(w, http.StatusOK, map[string]int{"reports": len(b.orders), "price_cents": ReportCents, "charged_cents": ReportCents * len(b.orders)})
}

func (b *bureau) request(w http.ResponseWriter, r *http.Request) {
	var in ReportRequest
	body, ok := read(w, r, &in)
	if !ok {
		return
	}
	key, callback := r.Header.Get("Idempotency-Key"), r.Header.Get("Callback-URL")
	switch {
	case key == "":
		refuse(w, http.StatusBadRequest, "idempotency_key", "Send an Idempotency-Key.")
		return
	case len(in.TaxCode) != 16:
		refuse(w, http.StatusUnprocessableEntity, "tax_code", "A tax code has 16 characters.")
		return
	case !slices.Contains(purposes, in.Purpose):
		refuse(w, http.StatusUnprocessableEntity, "purpose", "A report needs a purpose of the list.")
		return
	case in.Consent.Reference == "" || in.Consent.GivenAt == nil || in.Consent.GivenAt.After(b.now()):
		refuse(w, http.StatusForbidden, "consent", "A report needs the person's consent, with its reference and the time it was given.")
		return
	case callback != "" && !webAddress(callback):
		refuse(w, http.StatusUnprocessableEntity, "callback_url", "Callback-URL is no web address.")
		return
	}
	sum := sha256.Sum256(body)
	b.mu.Lock()
	defer b.mu.Unlock()
	o, seen := b.orders[key]
	if seen && o.Fingerprint != hex.EncodeToString(sum[:]) {
		refuse(w, http.StatusUnprocessableEntity, "idempotency_key", "This key belongs to another request.")
		return
	}
	if !seen {
		id := sha256.Sum256([]byte("report " + key))
		o = &order{ID: "RPT-" + hex.EncodeToString(id[:6]), Fingerprint: hex.EncodeToString(sum[:]), Request: in, Callback: callback,
			Polls: max(1, b.dials.get().CommandPolls)}
		b.orders[key] = o
		if err := b.snap.save(bureauName, b.orders); err != nil {
			refuse(w, http.StatusInternalServerError, "snapshot", err.Error())
			return
		}
	}
	w.Header().Set("Location", "/bureau/reports/"+o.ID)
	w.Header().Set("Retry-After", "1")
	answer(w, http.StatusAccepted, map[string]any{"report_id": o.ID, "state": "pending", "price_cents": ReportCents})
}

// report is pending for a look or more, then it is there.
func (b *bureau) report(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.orders {
		if o.ID != r.PathValue("id") {
			continue
		}
		if o.Polls > 0 {
			o.Polls--
			w.Header().Set("Retry-After", "1")
			answer(w, http.StatusOK, map[string]any{"report_id": o.ID, "state": "pending", "price_cents": ReportCents})
			return
		}
		answer(w, http.StatusOK, map[string]any{"report_id": o.ID, "state": "ready", "price_cents": ReportCents, "report": reportOn(o.Request.TaxCode)})
		return
	}
	refuse(w, http.StatusNotFound, "unknown_report", "The bureau has no such report.")
}

func (b *bureau) operation(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, seen := b.orders[r.PathValue("key")]
	if !seen {
		refuse(w, http.StatusNotFound, "unknown_key", "The bureau has had no such request.")
		return
	}
	answer(w, http.StatusOK, map[string]any{"report_id": o.ID, "price_cents": ReportCents})
}

// reportOn is the report of a tax code. The last letter decides the class, so that a test can choose: A to E are A to E, others by the digest.
func reportOn(taxCode string) Report {
	d := sha256.Sum256([]byte(taxCode))
	class := int(d[0]) % 5
	if last := taxCode[len(taxCode)-1]; last >= 'A' && last <= 'E' {
		class = int(last - 'A')
	}
	out := Report{Score: 830 - 110*class - int(d[1])%60, Class: string(rune('A' + class)), InquiriesHalf: int(d[2]) % 4, Exposures: []Exposure{}}
	kinds := []string{"personal_loan", "card", "mortgage"}
	for i := range int(d[3])%3 + class/2 {
		months := 6 + int(d[4+i])%60
		instalment := int64(80_00 + int(d[8+i])*100)
		e := Exposure{Kind: kinds[i%3], InstalmentCents: instalment, RemainingMonths: months, ResidualCents: instalment * int64(months)}
		if class >= 3 {
			e.WorstDelayMonths, e.OverdueCents = class-2, instalment*int64(class-2)
		}
		out.Exposures = append(out.Exposures, e)
	}
	out.LatePayments = max(0, class-1) * 2
	if class == 4 {
		out.Defaults = 1
	}
	return out
}

// tell finishes the reports whose clients wait to be called.
func (b *bureau) tell() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := false
	for _, o := range b.orders {
		if o.Callback != "" && !o.Told {
			o.Told, o.Polls, told = true, 0, true
			b.courier.post(o.Callback, map[string]string{"report_id": o.ID, "type": "ready"})
		}
	}
	if !told {
		return nil
	}
	return b.snap.save(bureauName, b.orders)
}
