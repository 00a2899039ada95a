package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
)

// TestQueueFigures: what waits, runs and was given up is counted over all agencies, by priority and connector, and no agency is named.
func TestQueueFigures(t *testing.T) {
	w := coretest.New(t)
	put := func(a *coretest.Agency, priority, state, at, lease, reason string) {
		t.Helper()
		w.Exec(t, `insert into operations (tenant_id, id, connector, method, priority, state, next_attempt_at, lease_until, dead_at, dead_reason, created_at, updated_at)
			values ($1, $2, 'bankportal', 'SubmitApplication', $3, $4, now() + $5::interval, now() + $6::interval, case when $7 <> '' then now() end, nullif($7, ''), now(), now())`,
			a.ID, ident.NewOperation(), priority, state, at, lease, reason)
	}
	const none = "-1 hour"
	put(w.A, "screen", "queued", "-90 seconds", none, "")
	put(w.B, "screen", "queued", "-10 seconds", none, "")
	put(w.A, "screen", "running", "-1 minute", "1 minute", "")
	put(w.A, "screen", "running", "-1 minute", none, "") // its worker has died: it waits
	put(w.B, "nightly", "reconciling", "1 hour", none, "")
	put(w.B, "nightly", "failed", "-1 hour", none, "exhausted")
	put(w.B, "nightly", "failed", "-1 hour", none, "")
	put(w.B, "nightly", "done", "-1 hour", none, "")
	m := api.NewMetrics()
	m.WatchQueue(api.Queue{Standing: w.Operator,
		Attempts: func() []connectors.Attempts {
			return []connectors.Attempts{{Connector: "bankportal", Kind: "timeout", Then: "queued", Count: 7}}
		},
		Banks: func() []breakers.Standing {
			return []breakers.Standing{{Connector: "bankportal", State: "open", Banks: 2}}
		}})
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text := answer.Body.String()
	for _, line := range []string{
		`pratica_operations_waiting{connector="bankportal",priority="screen"} 3`,
		`pratica_operations_running{connector="bankportal",priority="screen"} 1`,
		`pratica_operations_waiting{connector="bankportal",priority="nightly"} 0`,
		`pratica_operations_later{connector="bankportal",priority="nightly"} 1`,
		`pratica_operations_dead{connector="bankportal",reason="exhausted"} 1`,
		`pratica_operations_attempts_total{connector="bankportal",kind="timeout",then="queued"} 7`,
		`pratica_operations_banks{connector="bankportal",state="open"} 2`,
		`pratica_operations_oldest_seconds{connector="bankportal",priority="screen"} 90`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("not said: %s", line)
		}
	}
	if strings.Contains(text, "agn_") || strings.Contains(text, w.A.ID.UUID.String()) {
		t.Error("an agency is named")
	}
}
