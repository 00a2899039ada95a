package host

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// What a connector may be reported for. Those of the egress broker (egress.…) come besides.
const (
	NotAdmitted    = "not_admitted"
	NotStarted     = "not_started"
	Ended          = "ended"
	Starved        = "out_of_memory"
	QuarantinedNow = "quarantined"
	Printed        = "printed"
	Flooded        = "flooded"
	Late           = "late"
	Garbage        = "garbage"
	KilledTwice    = "killed_twice"
)

// texts are what an operator reads, in English and Italian; %s is the report's detail.
var texts = map[string][2]string{
	NotAdmitted:          {"It is not run: %s.", "Non viene eseguito: %s."},
	NotStarted:           {"It did not start: %s.", "Non si è avviato: %s."},
	Ended:                {"It ended by itself (%s) and was started again; calls that were under way are asked about at the other side.", "È terminato da solo (%s) ed è stato riavviato; per le chiamate in corso si chiede all'altra parte."},
	Starved:              {"It held more memory than it may and was ended. Look for a leak, or give connectors more (PRATICA_CONNECTORS_MEMORY).", "Occupava più memoria del consentito ed è stato terminato. Cercare una perdita, o concedere più memoria ai connettori (PRATICA_CONNECTORS_MEMORY)."},
	QuarantinedNow:       {"It crashed too often and rests for ten minutes; its calls wait.", "Si è interrotto troppo spesso e riposa per dieci minuti; le sue chiamate attendono."},
	Printed:              {"It printed on its standard output after the handshake; nobody reads that. Logs belong on standard error.", "Ha scritto sull'uscita standard dopo l'avvio; nessuno la legge. I messaggi vanno sull'uscita degli errori."},
	Flooded:              {"It prints more than 100 lines a second or 1 MiB a minute; the rest is left out of the log.", "Scrive più di 100 righe al secondo o 1 MiB al minuto; il resto non viene registrato."},
	Late:                 {"It did not answer in time; the call was given up and others go on.", "Non ha risposto in tempo; la chiamata è stata abbandonata e le altre proseguono."},
	Garbage:              {"It answered what the protocol does not allow (%s); the answer was thrown away.", "Ha risposto in un modo che il protocollo non ammette (%s); la risposta è stata scartata."},
	KilledTwice:          {"A call that ended its process twice is not sent again; put it back in the queue when the connector is mended.", "Una chiamata che ha terminato due volte il processo non viene più inviata; rimetterla in coda quando il connettore è corretto."},
	"egress.not_allowed": {"It tried to reach %s, which its approval does not name, and was refused.", "Ha tentato di raggiungere %s, che la sua approvazione non comprende, ed è stato respinto."},
	"egress.private":     {"It tried to reach %s, which is an address inside the network, and was refused.", "Ha tentato di raggiungere %s, che è un indirizzo interno alla rete, ed è stato respinto."},
	"egress.secret":      {"It used a secret it was not given for that call or that place (%s), and was refused.", "Ha usato un segreto non destinato a quella chiamata o a quel luogo (%s), ed è stato respinto."},
	"egress.limit":       {"It sent more, or larger, requests to %s than it may; some were refused.", "Ha inviato a %s più richieste, o più grandi, del consentito; alcune sono state respinte."},
	"egress.call":        {"It sent a request to %s outside of a call, and was refused.", "Ha inviato una richiesta a %s al di fuori di una chiamata, ed è stato respinto."},
}

// Report is something an operator should know of a connector. It names no agency, no person and nothing of what was sent.
type Report struct {
	At     time.Time `json:"at"` // of the last time
	Code   string    `json:"code"`
	Detail string    `json:"detail,omitempty"` // English: a cause, a host name
	Times  int       `json:"times"`            // in a row
}

// Text says it in a language: "it", or English.
func (r Report) Text(language string) string {
	text, known := texts[r.Code]
	if !known {
		return strings.TrimSpace(r.Code + " " + r.Detail)
	}
	out := text[0]
	if language == "it" {
		out = text[1]
	}
	if strings.Contains(out, "%s") {
		out = fmt.Sprintf(out, r.Detail)
	}
	return out
}

const (
	reportsAtMost = 50 // of one connector; the oldest go
	detailAtMost  = 300
)

// reports keeps what connectors did.
type reports struct {
	mu  sync.Mutex
	now func() time.Time
	of  map[string][]Report
}

func newReports(now func() time.Time) *reports { return &reports{now: now, of: map[string][]Report{}} }

func (r *reports) add(connector, code, detail string) {
	if len(detail) > detailAtMost {
		detail = detail[:detailAtMost]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.of[connector]
	if n := len(all); n > 0 && all[n-1].Code == code && all[n-1].Detail == detail {
		all[n-1].Times++
		all[n-1].At = r.now()
		return
	}
	all = append(all, Report{r.now(), code, detail, 1})
	r.of[connector] = all[max(0, len(all)-reportsAtMost):]
}

func (r *reports) list(connector string) []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Report{}, r.of[connector]...)
}

// ended tells how a process ended.
func ended(p *process) string {
	if p.run.starved {
		return Starved
	}
	return Ended
}

// worthReporting are the failures of calls that say something about the connector itself.
var worthReporting = map[string]string{"connector.deadline": Late, "connector.garbage": Garbage, "connector.nul": Garbage, "connector.operation": Garbage, "connector.killed_twice": KilledTwice}

func (h *Host) reportAnswer(connector string, a connectors.Answer) {
	if a.Failure == nil {
		return
	}
	if code, worth := worthReporting[a.Failure.Code]; worth {
		h.reports.add(connector, code, a.Failure.Code)
	}
}

// Reports are the last things a connector did that an operator should know, oldest first.
func (h *Host) Reports(connector string) []Report { return h.reports.list(connector) }

// Jail tells which layers shut connectors in on this machine.
func (h *Host) Jail() []jail.Layer { return h.jail.Layers() }

// Layers tells which shut this connector in, while it is healthy.
func (h *Host) Layers(connector string) []jail.Layer {
	s, known := h.by[connector]
	if !known {
		return nil
	}
	if _, p, _, _ := s.look(); p != nil {
		return p.run.cell.Layers()
	}
	return nil
}
