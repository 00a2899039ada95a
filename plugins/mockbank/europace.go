package mockbank

import (
	"net/http"
	"strconv"
	"time"
)

// The applications of a bank as Europace's "Anträge" API 2.97 shows them to lender and adviser: GET, and the message that a lender's
// clerk writes. That API has neither submission nor pre-check (on Europace both happen on its own platform), so the portal's own
// contract stays (openapi.yaml); whoever builds a connector to Europace finds its shapes here. A case (vorgang) is our reference, and has one application, 1/1.

// europaceReasons are reasons of a rejection in Europace's words.
var europaceReasons = map[string]string{"income": "FINANZIELLE_SITUATION", "credit_history": "NEGATIV_MERKMAL", "property": "WERTERMITTLUNG", "ltv": "KRITERIEN", "documents": "UNTERLAGEN_UNVOLLSTAENDIG", "other": "KRITERIEN"}

func (p *portal) antrag(f *file) map[string]any {
	news := p.rules.news(*f, p.now(), p.step)
	status := map[string]string{"antragsteller": "BEANTRAGT", "produktAnbieter": "NICHT_BEARBEITET"}
	feasible := "UNTER_VORBEHALT_PRODUZENT"
	if f.Withdrawn != nil {
		status["antragsteller"] = "WIDERRUFEN"
	}
	changed, notes := f.Received, []map[string]string{}
	for _, e := range news.Events {
		changed = *e.At
		switch e.Type {
		case "rejected":
			status["produktAnbieter"], status["produktanbieterAblehnungsgrund"] = "ABGELEHNT", europaceReasons[e.ReasonCode]
			feasible = "NICHT_MACHBAR"
		case "bounced":
			status["produktAnbieter"], status["produktanbieterAblehnungsgrund"] = "ABGELEHNT", "UNTERLAGEN_UNVOLLSTAENDIG"
			feasible = "NICHT_MACHBAR"
		case "counter_offer":
			status["produktAnbieter"], status["produktanbieterAblehnungsgrund"] = "ABGELEHNT", "GEGENANGEBOT"
		case "info_requested":
			status["produktAnbieter"] = "ZURUECKGESTELLT"
		case "approved":
			status["produktAnbieter"] = "UNTERSCHRIEBEN"
			delete(status, "produktanbieterAblehnungsgrund")
			feasible = "MACHBAR"
		}
		if e.Note != "" {
			notes = append(notes, map[string]string{"kategorie": "MACHBAR", "text": e.Note})
		}
	}
	papers := []map[string]string{}
	for _, d := range f.Application.Documents {
		papers = append(papers, map[string]string{"titel": d.Kind, "name": d.SHA256, "art": d.Kind})
	}
	return map[string]any{"antragsNummer": f.Reference + "/1/1", "vorgangsReferenz": f.Application.File, "datenKontext": "TEST_MODUS", "status": status, "dokumente": papers,
		"zeitpunktDerAnnahme": f.Received.Format(time.RFC3339), "letzteAenderung": changed.Format(time.RFC3339), "letztesEreignis": changed.Format(time.RFC3339),
		"produktAnbieter": map[string]string{"produktAnbieterId": p.rules.Bank, "firmierung": p.rules.Name},
		"angebot": map[string]any{"erzeugtAm": f.Received.Format(time.RFC3339), "machbarkeitsStatus": feasible, "meldungen": notes, "darlehen": []map[string]any{{
			"darlehensTyp": "ANNUITAETEN_DARLEHEN", "darlehensBetrag": float64(f.Application.AmountCents) / 100, "sollZins": float64(p.rules.rate(f.Application)) / 100}}}}
}

// antraege lists the bank's applications, the newest first, or the one of a case.
func (p *portal) antraege(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		limit = 10
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	all := []map[string]any{}
	for i := len(p.ledger.Files) - 1; i >= 0; i-- {
		if f := p.ledger.Files[i]; r.PathValue("vorgang") == "" || r.PathValue("vorgang") == f.Reference {
			all = append(all, p.antrag(f))
		}
	}
	if len(all) == 0 && r.PathValue("vorgang") != "" {
		unknownReference(w)
		return
	}
	from := min(max(0, page)*limit, len(all))
	answer(w, http.StatusOK, map[string]any{"antraege": all[from:min(from+limit, len(all))], "_links": map[string]link{"self": {"/" + p.rules.Bank + "/v2/antraege"}}})
}

// teilantrag finds the application of a path /v2/antraege/{vorgang}/1/1; when there is none it has refused.
func (p *portal) teilantrag(w http.ResponseWriter, r *http.Request) *file {
	f := p.ledger.find(r.PathValue("vorgang"))
	if f == nil || r.PathValue("antrag") != "1" || r.PathValue("teilantrag") != "1" {
		unknownReference(w)
		return nil
	}
	return f
}

func (p *portal) oneAntrag(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.teilantrag(w, r); f != nil {
		answer(w, http.StatusOK, p.antrag(f))
	}
}

// nachricht is the lender's clerk writing to the broker.
func (p *portal) nachricht(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Text string `json:"text"`
	}
	if _, ok := read(w, r, &said); !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.teilantrag(w, r)
	if f == nil {
		return
	}
	f.say(p.now(), "bank", said.Text)
	if err := p.snap.save(p.rules.Bank, p.ledger); err != nil {
		refuse(w, http.StatusInternalServerError, "snapshot", err.Error())
		return
	}
	w.WriteHeader(http.StatusCreated)
}
