package identity

import (
	"errors"
	"net/url"
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func TestAnotherStateIsRefused(t *testing.T) {
	call := sdk.Call{Config: []byte(`{"url":"https://id.example","client_id":"c","client_secret":"s"}`)}
	start, err := identity{}.StartVerification(t.Context(), call, sdk.VerificationOrder{Level: "high", State: "mine", ReturnURL: "https://back.example"})
	var user sdk.NeedsUser
	if !errors.As(err, &user) {
		t.Fatal(err)
	}
	page, err := url.Parse(user.URL)
	if err != nil || page.Query().Get("code_challenge_method") != "S256" || page.Query().Get("state") != "mine" {
		t.Errorf("%s %v", user.URL, err)
	}
	_, err = identity{}.CompleteVerification(t.Context(), call, start, "state=another&code=x")
	var failed sdk.Error
	if !errors.As(err, &failed) || failed.Code != "state" {
		t.Errorf("%v", err)
	}
}
