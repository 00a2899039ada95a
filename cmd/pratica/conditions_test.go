package main

import (
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/plugins/host"
)

// TestConditionOf: which of the things that programs say of their connectors concern an agency's connection.
func TestConditionOf(t *testing.T) {
	now := time.Now()
	is := func(state host.State, lane string, banks ...breakers.Rest) hostState {
		return hostState{Status: host.Status{Connector: "bankportal", Lane: lane, State: state}, Banks: banks}
	}
	open := func(bank string, wait time.Duration) breakers.Rest {
		return breakers.Rest{Connector: "bankportal", Bank: bank, State: "open", Until: now.Add(wait), Why: "timeout"}
	}
	half := breakers.Rest{Connector: "bankportal", Bank: "mine", State: "half_open", Until: now, Why: "rejected"}
	type programs = [][]hostState
	for name, c := range map[string]struct {
		said               programs
		host, breaker, why string
		until              time.Duration
	}{
		"nobody runs it":                    {programs{{}, {{Status: host.Status{Connector: "bureau", Lane: "shared", State: host.Healthy}}}}, "none", "closed", "", 0},
		"one of two workers rests":          {programs{{is(host.Healthy, "shared")}, {is(host.Quarantined, "shared")}}, "quarantined", "closed", "", 0},
		"a version is exchanged":            {programs{{is(host.Healthy, "shared"), is(host.Starting, "shared")}}, "healthy", "closed", "", 0},
		"another agency's own process":      {programs{{is(host.Healthy, "shared"), is(host.Backoff, "other")}}, "healthy", "closed", "", 0},
		"only another agency's own process": {programs{{is(host.Healthy, "other")}}, "none", "closed", "", 0},
		"the agency's own process":          {programs{{is(host.Backoff, "agency")}}, "failing", "closed", "", 0},
		"revoked":                           {programs{{is(host.Stopped, "shared")}}, "revoked", "closed", "", 0},
		"another bank rests":                {programs{{is(host.Healthy, "shared", open("other", time.Minute))}}, "healthy", "closed", "", 0},
		"its bank rests":                    {programs{{is(host.Healthy, "shared", open("mine", time.Minute))}}, "healthy", "open", "timeout", time.Minute},
		"in two programs":                   {programs{{is(host.Healthy, "shared", open("mine", time.Second))}, {is(host.Healthy, "shared", open("mine", time.Minute), half)}}, "healthy", "open", "timeout", time.Minute},
		"tried again, elsewhere still open": {programs{{is(host.Healthy, "shared", half)}, {is(host.Healthy, "shared", open("mine", time.Minute))}}, "healthy", "open", "timeout", time.Minute},
		"tried again":                       {programs{{is(host.Healthy, "shared", half)}}, "healthy", "half_open", "other", 0},
		"said a while ago":                  {programs{{is(host.Healthy, "shared", open("mine", -time.Second))}}, "healthy", "half_open", "timeout", 0},
	} {
		got := conditionOf(c.said, "agency", "bankportal", "mine", now)
		if got.Host != c.host || got.Breaker != c.breaker || got.Why != c.why || (got.RetryAt != nil) != (c.until > 0) || c.until > 0 && !got.RetryAt.Equal(now.Add(c.until)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
