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

// ready is the word under which the bureau tells that a report is there.
const ready = "ready"

// oldest is how late a callback may come: Standard Webhooks' five minutes, both ways.
const oldest = 5 * time.Minute

// callback makes sure that the bureau said it, by the signature of Standard Webhooks, and names the report. The platform then asks.
func callback(_ context.Context, call sdk.Call, c sdk.Callback) ([]string, error) {
	s, err := settingsOf(call)
	if err != nil {
		return nil, err
	}
	refuse := sdk.Error{Kind: sdk.Rejected, Code: "callback.signature", SideEffect: sdk.None}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.CallbackSecret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, refuse
	}
	stamp := c.Headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > oldest {
		return nil, refuse
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.Headers.Get("Webhook-Id") + "." + stamp + "."))
	mac.Write(c.Body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for given := range strings.FieldsSeq(c.Headers.Get("Webhook-Signature")) { // several while a secret changes
		if hmac.Equal([]byte(given), []byte(want)) {
			var said struct {
				ReportID string `json:"report_id"`
			}
			if err := json.Unmarshal(c.Body, &said); err != nil || said.ReportID == "" {
				return nil, sdk.Error{Kind: sdk.ContractDrift, Code: "callback.body", SideEffect: sdk.None}
			}
			return []string{said.ReportID}, nil
		}
	}
	return nil, refuse
}
