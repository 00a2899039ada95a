package webhooks

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pratica-crm/pratica/core/ident"
)

// Envelope is a CloudEvents 1.0 event in its JSON form, with the extension attribute `sequence`.
type Envelope struct {
	SpecVersion     string          `json:"specversion" doc:"1.0"`
	ID              ident.EventID   `json:"id" doc:"The same over attempts and replays: what was seen before is dropped"`
	Source          string          `json:"source" doc:"The agency at this installation"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject" doc:"Id of what it is about"`
	Time            time.Time       `json:"time"`
	Sequence        string          `json:"sequence,omitempty" doc:"The subject's version, ten digits: of two events on one subject the greater one is the later"`
	SequenceType    string          `json:"sequencetype,omitempty" doc:"Integer"`
	DataContentType string          `json:"datacontenttype" doc:"application/json"`
	Data            json.RawMessage `json:"data"`
}

// delivered is what of a delivery is posted.
type delivered struct {
	ID       ident.EventID
	Type     string
	Subject  string
	Sequence int64
	Data     json.RawMessage
	At       time.Time
}

func (d delivered) envelope(source string) Envelope {
	e := Envelope{SpecVersion: "1.0", ID: d.ID, Source: source, Type: d.Type, Subject: d.Subject, Time: d.At.UTC(), DataContentType: "application/json", Data: d.Data}
	if d.Sequence > 0 {
		e.Sequence, e.SequenceType = fmt.Sprintf("%010d", d.Sequence), "Integer"
	}
	return e
}

// request is a delivery as it is posted, signed with every secret that counts, the newest first.
func (d delivered) request(source string, secrets []string, now time.Time) (Request, error) {
	body, err := json.Marshal(d.envelope(source))
	if err != nil {
		return Request{}, err
	}
	var signatures []string
	for _, secret := range secrets {
		key, err := webhook.NewWebhook(secret)
		if err != nil {
			return Request{}, err
		}
		signature, err := key.Sign(d.ID.String(), now, body)
		if err != nil {
			return Request{}, err
		}
		signatures = append(signatures, signature)
	}
	return Request{Body: body, Header: map[string]string{
		"content-type":                 "application/cloudevents+json; charset=utf-8",
		"user-agent":                   "Pratica-Webhooks/1",
		webhook.HeaderWebhookID:        d.ID.String(),
		webhook.HeaderWebhookTimestamp: strconv.FormatInt(now.Unix(), 10),
		webhook.HeaderWebhookSignature: strings.Join(signatures, " "),
	}}, nil
}
