package connectors

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/queue"
)

// TestAfter is the table of what the queue does with an answer, by its kind.
func TestAfter(t *testing.T) {
	failed := func(kind, effect string) Answer {
		return Answer{Verdict: Failed, Failure: &Failure{Kind: kind, SideEffect: effect}}
	}
	putOff := func(kind, code, effect string, after time.Duration) Answer {
		return Answer{Verdict: Failed, Failure: &Failure{Kind: kind, Code: code, SideEffect: effect, RetryAfter: after}}
	}
	for name, c := range map[string]struct {
		answer  Answer
		method  string
		attempt int
		age     time.Duration // also how long its connector has not run, where that is why it waits
		state   string
		stop    bool
		least   time.Duration
		most    time.Duration
	}{
		"done":                        {Answer{Verdict: Done}, Submit, 1, 0, "done", false, 0, 0},
		"asked again as it says":      {Answer{Verdict: Pending, PollAfter: 3 * time.Second}, Status, 1, 0, "queued", false, 3 * time.Second, 3 * time.Second},
		"not more than once a second": {Answer{Verdict: Pending}, Status, 1, 0, "queued", false, time.Second, time.Second},
		"less often as time goes by":  {Answer{Verdict: Pending, PollAfter: time.Second}, Status, 1, 10 * time.Minute, "queued", false, 30 * time.Second, 30 * time.Second},
		"at least every five minutes": {Answer{Verdict: Pending}, Status, 1, 30 * 24 * time.Hour, "queued", false, 5 * time.Minute, 5 * time.Minute},
		"taken in, not done yet":      {Answer{Verdict: Pending}, Submit, 1, 0, "reconciling", false, time.Second, time.Second},
		"acted, then broke":           {failed("internal", "committed"), Submit, 1, 0, "reconciling", false, time.Millisecond, time.Second},
		"acted, and wants a pause":    {failed("rate_limited", "committed"), Submit, retriesAtMost, 0, "reconciling", false, time.Millisecond, time.Hour},
		"acted, and says no":          {failed("rejected", "committed"), Submit, 1, 0, "failed", false, 0, 0},
		"a person is needed":          {Answer{Verdict: NeedsUser}, Submit, 1, 0, "waiting_user", false, 0, 0},
		"consent":                     {failed("consent_expired", "none"), Submit, 1, 0, "waiting_user", false, 0, 0},
		"anybody's callback":          {failed("invalid_config", "none"), Callback, 1, 0, "failed", false, 0, 0},
		"slow":                        {failed("unavailable", "none"), Submit, 1, 0, "queued", false, time.Millisecond, time.Second},
		"slow for days":               {failed("timeout", "none"), Submit, retriesAtMost, 0, "failed", false, 0, 0},
		"did it arrive":               {failed("unavailable", "unknown"), Submit, 1, 0, "reconciling", false, time.Millisecond, time.Second},
		"garbage, did it arrive":      {failed("internal", "unknown"), Submit, 1, 0, "reconciling", false, time.Millisecond, time.Second},
		"three times garbage":         {failed("internal", "unknown"), Submit, internalTries, 0, "failed", false, 0, 0},
		"never found out":             {failed("rate_limited", "unknown"), Submit, retriesAtMost, 0, "failed", false, 0, 0},
		"throttled":                   {Answer{Verdict: Failed, Failure: &Failure{Kind: "rate_limited", SideEffect: "none", RetryAfter: time.Minute}}, Submit, 9, 0, "queued", false, time.Minute, time.Minute},
		"left alone for days":         {putOff("unavailable", BankResting, "none", 20*time.Second), Submit, retriesAtMost, 0, "queued", false, 20 * time.Second, 20 * time.Second},
		"left alone, did it arrive":   {putOff("unavailable", BankResting, "unknown", 20*time.Second), Submit, retriesAtMost, 0, "reconciling", false, 20 * time.Second, 20 * time.Second},
		"no room to ask":              {putOff("unavailable", hostBusy, "unknown", 0), Submit, retriesAtMost, 0, "reconciling", false, pollAtLeast, 2 * pollAtLeast},
		"starts anew":                 {putOff("unavailable", "connector.backoff", "none", 0), Submit, retriesAtMost, time.Second, "queued", false, pollAtLeast, 2 * pollAtLeast},
		"in quarantine for a day":     {putOff("unavailable", "connector.quarantined", "none", 0), Submit, retriesAtMost, 24 * time.Hour, "queued", false, restAtMost / 2, restAtMost},
		"in quarantine for days":      {putOff("unavailable", "connector.quarantined", "none", 0), Submit, 1, idleAtMost, "failed", false, 0, 0},
		"taken back, did it arrive":   {putOff("unavailable", "connector.revoked", "unknown", 0), Submit, 1, idleAtMost, "failed", false, 0, 0},
		"no time to rest":             {putOff("rate_limited", BankBusy, "none", time.Nanosecond), Submit, retriesAtMost, 0, "queued", false, pollAtLeast, pollAtLeast},
		"a full bank for days":        {putOff("rate_limited", BankBusy, "none", 0), Submit, retriesAtMost, 30 * idleAtMost, "queued", false, restAtMost / 2, restAtMost},
		"its keys are away":           {putOff("unavailable", unprepared, "unknown", 0), Submit, retriesAtMost, 0, "reconciling", false, pollAtLeast, 2 * pollAtLeast},
		"cannot be prepared":          {putOff("internal", unprepared, "none", 0), Submit, internalTries, 0, "failed", false, 0, 0},
		"died, which is a try":        {putOff("unavailable", "connector.died", "none", 0), Submit, retriesAtMost, 0, "failed", false, 0, 0},
		"wrong settings":              {failed("invalid_config", "none"), Submit, 1, 0, "waiting_user", true, 0, 0},
		"wrong token":                 {failed("unauthenticated", "none"), Submit, 1, 0, "waiting_user", true, 0, 0},
		"wrong token while asking":    {failed("unauthenticated", "unknown"), Submit, 1, 0, "waiting_user", true, 0, 0},
		"rejected":                    {failed("rejected", "none"), Submit, 1, 0, "failed", false, 0, 0},
		"drift":                       {failed("contract_drift", "none"), Submit, 1, 0, "failed", false, 0, 0},
		"a panic":                     {failed("internal", "none"), Submit, 1, 0, "queued", false, time.Millisecond, time.Second},
		"three panics":                {failed("internal", "none"), Submit, internalTries, 0, "failed", false, 0, 0},
	} {
		idle := time.Duration(0)
		if c.answer.Failure.idle() {
			idle = c.age
		}
		got := after(c.answer, c.method, c.attempt, c.age, idle)
		if got.state != c.state || got.stop != c.stop || got.after < c.least || got.after > c.most {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestPutOff: what is put off without end is only what is unavailable or limited, whatever the code; and no lane's rest is a hot loop.
func TestPutOff(t *testing.T) {
	for _, kind := range []string{"timeout", "consent_expired", "invalid_config", "unauthenticated", "invalid_request", "rejected", "unsupported", "contract_drift", "internal"} {
		for _, code := range slices.Concat(inTheWay, notRunning) {
			a := Answer{Verdict: Failed, Failure: &Failure{Kind: kind, Code: code, SideEffect: "none", RetryAfter: time.Nanosecond}}
			if n := after(a, Submit, retriesAtMost, 0, 0); n.state == "queued" || a.Failure.putOff() || putOff(a) != nil {
				t.Errorf("%s, %s: %+v, for the lane %v", kind, code, n, putOff(a))
			}
		}
	}
	for said, want := range map[time.Duration]time.Duration{0: pollAtLeast, time.Nanosecond: pollAtLeast, 5 * time.Second: 5 * time.Second, time.Hour: restAtMost} {
		var rest *queue.Rest
		if err := putOff(Answer{Verdict: Failed, Failure: &Failure{Kind: "unavailable", Code: BankResting, RetryAfter: said}}); !errors.As(err, &rest) || rest.For != want {
			t.Errorf("%s: the lane rests %v, want %s", said, err, want)
		}
	}
}

// TestIdles: the time without a connector begins with the first word of it, goes on while a breaker stands before it, and ends with a call.
func TestIdles(t *testing.T) {
	now := time.Now()
	since := now.Add(-time.Hour)
	for name, c := range map[string]struct {
		since time.Time
		kind  string
		code  string
		want  time.Time
	}{
		"stopped":                {time.Time{}, "unavailable", "connector.stopped", now},
		"stopped for long":       {since, "unavailable", "connector.refused", since},
		"behind a breaker":       {since, "unavailable", BankResting, since},
		"only behind a breaker":  {time.Time{}, "unavailable", BankResting, time.Time{}},
		"called, and nobody in":  {since, "unavailable", "bank.unreachable", time.Time{}},
		"called, and not wanted": {since, "rejected", "connector.stopped", time.Time{}},
	} {
		if got := idles(c.since, &Failure{Kind: c.kind, Code: c.code}, now); !got.Equal(c.want) {
			t.Errorf("%s: since %s, want %s", name, got, c.want)
		}
	}
	if got := idles(since, nil, now); !got.IsZero() {
		t.Errorf("answered, and idle since %s", got)
	}
}

// TestWords: a broker is told of whoever is on the other side, not always of a bank.
func TestWords(t *testing.T) {
	for method, who := range map[string][2]string{Submit: {"The bank is slow", "La banca tarda"}, FetchAccounts: {"The bank is slow", "La banca tarda"}, GetEvidence: {"The identity provider is slow", "Il gestore dell'identità tarda"},
		RequestReport: {"The bureau is slow", "Il sistema di informazioni creditizie tarda"}, Analyse: {"The analysis is slow", "L'analisi tarda"}, Callback: {"The service is slow", "Il servizio tarda"}} {
		said := Operation{Method: method, State: "queued", Error: &Failure{Kind: "timeout"}}.message()
		if !strings.HasPrefix(said.EN, who[0]) || !strings.HasPrefix(said.IT, who[1]) {
			t.Errorf("%s: %+v", method, said)
		}
	}
	if said := (Operation{Method: RequestReport, State: "reconciling"}).message(); said.IT != "Verifichiamo con il sistema di informazioni creditizie se la richiesta è arrivata." {
		t.Error(said.IT)
	}
	if said := (Operation{Method: Submit, State: "queued", Error: &Failure{Kind: "unavailable", Code: "connector.quarantined"}}).message(); !strings.HasPrefix(said.EN, "The connector is out of service") || !strings.HasPrefix(said.IT, "Il connettore") {
		t.Errorf("it is not the bank: %+v", said)
	}
	if said := (Operation{Method: Submit, State: "queued", Error: &Failure{Kind: "unavailable", Code: BankResting}, idleSince: time.Now()}).message(); !strings.HasPrefix(said.EN, "The connector is out of service") {
		t.Errorf("it is the connector that the breaker opened for: %+v", said)
	}
	if said := (Operation{Method: StartConsent, State: "failed", Error: &Failure{Kind: "rejected", Code: "way_left"}}).message(); !strings.HasPrefix(said.EN, "It was not sent") {
		t.Errorf("what nobody there has refused: %s", said.EN)
	}
}
