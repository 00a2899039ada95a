package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// notification is where banks call back, below the call's CallbackURL.
const notification = "notification"

// tolerance is how old, or ahead, a notification's time may be.
const tolerance = 5 * time.Minute

// notified reads a bank's notification about a consent. The framework leaves its signature to the bank; we take those signed as Standard Webhooks.
func notified(_ context.Context, call sdk.Call, in sdk.Callback) ([]string, error) {
	s, _, err := settingsOf(call)
	if err != nil {
		return nil, err
	}
	if !signed(s.Secret, in, time.Now()) {
		return nil, sdk.Error{Kind: sdk.Rejected, Code: "notification.signature", SideEffect: sdk.None}
	}
	var said struct {
		ConsentID string `json:"consentId"`
	}
	if json.Unmarshal(in.Body, &said) != nil || said.ConsentID == "" {
		return nil, drift("notification")
	}
	return []string{said.ConsentID}, nil
}

// signed tells whether a callback is the bank's: by the secret, and of now.
func signed(secret string, in sdk.Callback, now time.Time) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	seconds, wrong := strconv.ParseInt(in.Headers.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || wrong != nil || len(key) < 24 || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(in.Headers.Get("Webhook-Id") + "." + strconv.FormatInt(seconds, 10) + "."))
	mac.Write(in.Body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, signature := range strings.Fields(in.Headers.Get("Webhook-Signature")) {
		if hmac.Equal([]byte(signature), want) {
			return true
		}
	}
	return false
}
