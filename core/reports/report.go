package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Report is what a network's files come to, of the months in which they were opened.
type Report struct {
	NetworkID   ident.NetworkID `json:"network_id"`
	From        string          `json:"from" doc:"First month, as 2026-01. Months of few files are told together with their neighbours, so it can be earlier than asked for"`
	To          string          `json:"to" doc:"Last month; it can be later than asked for"`
	AsOf        *time.Time      `json:"as_of" doc:"When the oldest of these figures was counted; null where there is none yet"`
	Total       Cell            `json:"total"`
	ByOutcome   []KeyCell       `json:"by_outcome"`
	ByState     []StateCell     `json:"by_state"`
	ByAgency    []AgencyCell    `json:"by_agency"`
	ByProduct   []KeyCell       `json:"by_product"`
	ByPurpose   []KeyCell       `json:"by_purpose"`
	Ageing      []KeyCell       `json:"ageing" doc:"Files that have not ended, by days in their present state"`
	Commissions Commissions     `json:"commissions"`
}

// Cell is a number of files and the amount asked for with them, in cents. Both are null where hidden.
type Cell struct {
	Files       *int   `json:"files"`
	AmountCents *int64 `json:"amount_cents"`
	Hidden      bool   `json:"hidden" doc:"Fewer than five files, none included, or what would give such a figure away"`
	Partial     bool   `json:"partial" doc:"Periods whose own figure is hidden are not in it"`
}

// KeyCell is the cell of an outcome, product, purpose or bucket of days.
type KeyCell struct {
	Key string `json:"key"`
	Cell
}

// StateCell is the cell of a state. The same state can end files differently in two agencies.
type StateCell struct {
	State   string `json:"state"`
	Outcome string `json:"outcome" enum:"open,won,lost"`
	Cell
}

// AgencyCell is the cell of an agency.
type AgencyCell struct {
	AgencyID ident.AgencyID `json:"agency_id"`
	Name     string         `json:"name"`
	Cell
}

// Commissions are the mediation fees of files that were won.
type Commissions struct {
	Total    Commission         `json:"total"`
	ByAgency []AgencyCommission `json:"by_agency"`
}

// Commission is a number of won files and their fees, in cents. Both are null where hidden.
type Commission struct {
	Files    *int   `json:"files"`
	FeeCents *int64 `json:"fee_cents"`
	Hidden   bool   `json:"hidden"`
	Partial  bool   `json:"partial"`
}

// AgencyCommission is the commission of an agency.
type AgencyCommission struct {
	AgencyID ident.AgencyID `json:"agency_id"`
	Name     string         `json:"name"`
	Commission
}

// monthForm is how a month is written.
const monthForm = "2006-01"

// Range is months from the first to the last, both included.
type Range struct{ from, to time.Time }

// mostMonths bounds a report.
const mostMonths = 120

// ParseRange reads months as "2026-01"; an absent last one is now's, an absent first one eleven months before the last.
func ParseRange(from, to string, now time.Time) (Range, error) {
	month := func(text, pointer string, otherwise time.Time) (time.Time, error) {
		if text == "" {
			return otherwise, nil
		}
		m, err := time.Parse(monthForm, text)
		if err != nil {
			return m, fault.Input("report.range", pointer, "Write a month as 2026-01.")
		}
		return m, nil
	}
	last, err := month(to, "/to", time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return Range{}, err
	}
	first, err := month(from, "/from", last.AddDate(0, -11, 0))
	switch {
	case err != nil:
		return Range{}, err
	case first.After(last):
		return Range{}, fault.Input("report.range", "/from", "The first month comes before the last one.")
	case last.Year()*12+int(last.Month())-first.Year()*12-int(first.Month()) >= mostMonths:
		return Range{}, fault.Input("report.range", "/from", "A report is over ten years at most.")
	}
	return Range{first, last}, nil
}

// sum adds up what periods show: by table, then by key.
type sum map[string]map[string]*Cell

func (s sum) add(lines []Line) {
	for _, l := range lines {
		if s[l.Table] == nil {
			s[l.Table] = map[string]*Cell{}
		}
		c := s[l.Table][l.Key]
		if c == nil {
			c = &Cell{}
			s[l.Table][l.Key] = c
		}
		if l.Files == nil {
			c.Partial = true
			continue
		}
		c.Files, c.AmountCents = plus(c.Files, *l.Files), plus(c.AmountCents, *l.Cents)
	}
}

func plus[N int | int64](total *N, n N) *N {
	if total != nil {
		n += *total
	}
	return &n
}

// cell is a figure as it is told: where no period shows it, it is hidden.
func (s sum) cell(table, key string) Cell {
	c := s[table][key]
	if c == nil || c.Files == nil {
		return Cell{Hidden: true}
	}
	return *c
}

func (s sum) keys(table string) []string {
	var out []string
	for k := range s[table] {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// agency is an agency as a report names it.
type agency struct {
	ID   ident.AgencyID `db:"id"`
	Name string         `db:"name"`
}

// fill writes the summed figures into the report.
func (r *Report) fill(s sum, all []agency) {
	list := func(table string, keys []string) []KeyCell {
		out := []KeyCell{}
		for _, k := range keys {
			out = append(out, KeyCell{k, s.cell(table, k)})
		}
		return out
	}
	r.Total = s.cell("total", "")
	r.ByOutcome = list("outcome", outcomes)
	r.ByProduct, r.ByPurpose, r.Ageing = list("product", s.keys("product")), list("purpose", s.keys("purpose")), list("age", Ages)
	r.ByState = []StateCell{}
	for _, k := range s.keys("state") {
		outcome, state, _ := strings.Cut(k, "/")
		r.ByState = append(r.ByState, StateCell{state, outcome, s.cell("state", k)})
	}
	slices.SortStableFunc(r.ByState, func(a, b StateCell) int {
		return cmp.Compare(slices.Index(outcomes, a.Outcome), slices.Index(outcomes, b.Outcome))
	})
	r.Commissions = Commissions{commission(s.cell("fee", "")), []AgencyCommission{}}
	r.ByAgency = []AgencyCell{}
	for _, a := range all {
		r.ByAgency = append(r.ByAgency, AgencyCell{a.ID, a.Name, s.cell("agency", a.ID.String())})
		r.Commissions.ByAgency = append(r.Commissions.ByAgency, AgencyCommission{a.ID, a.Name, commission(s.cell("agency_fee", a.ID.String()))})
	}
}

func commission(c Cell) Commission {
	return Commission{Files: c.Files, FeeCents: c.AmountCents, Hidden: c.Hidden, Partial: c.Partial}
}
