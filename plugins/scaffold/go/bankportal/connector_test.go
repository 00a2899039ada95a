package bankportal

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// bank answers every request alike.
func bank(t *testing.T, status int, body string) sdk.Call {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	config, _ := json.Marshal(settings{URL: server.URL, Token: "t"})
	return sdk.Call{Config: config, IdempotencyKey: "k"}.WithTransport(server.Client().Transport)
}

func TestSubmission(t *testing.T) {
	receipt, err := portal{}.SubmitApplication(t.Context(), bank(t, 201, `{"reference":"A-1"}`), sdk.Application{File: "2026-1"})
	if err != nil || receipt.Reference != "A-1" {
		t.Errorf("%+v %v", receipt, err)
	}
}

func TestWhatGoesWrong(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   sdk.Kind
		effect sdk.SideEffect
	}{
		{401, `{}`, sdk.Unauthenticated, sdk.None},
		{429, `{}`, sdk.RateLimited, sdk.None},
		{500, `{}`, sdk.Unavailable, sdk.Unknown}, // it may have been taken: the platform asks ReconcileSubmission
		{200, `<html>`, sdk.ContractDrift, sdk.Unknown},
	} {
		_, err := portal{}.SubmitApplication(t.Context(), bank(t, c.status, c.body), sdk.Application{})
		var failed sdk.Error
		if !errors.As(err, &failed) || failed.Kind != c.kind || failed.SideEffect != c.effect {
			t.Errorf("%d: %v", c.status, err)
		}
		if c.status == 429 && failed.RetryAfter != 30*time.Second {
			t.Errorf("again after %s", failed.RetryAfter)
		}
	}
}

func TestNeverArrived(t *testing.T) {
	_, err := portal{}.ReconcileSubmission(t.Context(), bank(t, 404, `{"code":"unknown_key"}`), sdk.Application{})
	var failed sdk.Error
	if !errors.As(err, &failed) || failed.Code != "not_found" {
		t.Errorf("%v", err)
	}
}
