package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/redact"
)

func TestClocks(t *testing.T) {
	said, err := doctorClock(t.Context(), Config{DatabaseURL: redact.Secret(coretest.New(t).URL("pratica_app"))})
	if err != nil || said == "" {
		t.Errorf("one machine's clock beside itself: %q %v", said, err)
	}
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for theirs, want := range map[time.Duration]string{0: "", time.Second: "", 3 * time.Second: "", 4 * time.Second: "", 6 * time.Second: "3s behind", -time.Second: "", -30 * time.Second: "30s ahead of"} {
		err := clocksAgree(noon, noon.Add(theirs), noon.Add(3*time.Second)) // the answer took three seconds
		if said := errorText(err); (want == "") != (err == nil) || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", theirs, said, want)
		}
	}
}
