package host

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/plugins/sdk"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// What the core sends has a place in the protocol: a field of its payload that the messages lack would be dropped silently.
func TestPayloadFitsTheProtocol(t *testing.T) {
	sent := submissions.Payload{Reference: "r", File: "f", Purpose: "p", ProductKind: "k", RateKind: "x", AmountCents: 1 << 40, TermMonths: 240, NominalRateBPS: 300,
		InstalmentCents: 1 << 33, ValueCents: 1 << 41, LTVBPS: 7000, DTIBPS: 3000,
		Parties:    []submissions.PayloadParty{{Role: "a", FirstName: "b", LastName: "c", CompanyName: "d", TaxCode: "e", Employment: "f", NetMonthlyCents: 1, DebtsCents: 2}},
		Properties: []submissions.PayloadProperty{{Purpose: "a", Address: "b", ValueCents: 3}}, Documents: []submissions.PayloadDocument{{Kind: "a", SHA256: "b"}}}
	body, err := json.Marshal(sent)
	must(t, err)
	var message pb.Application
	must(t, protojson.Unmarshal(body, &message))
	var author sdk.Application // and the author sees it under the same names
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	must(t, strict.Decode(&author))
	if message.GetAmountCents() != 1<<40 || message.GetParties()[0].GetDebtsCents() != 2 || author.ValueCents != 1<<41 {
		t.Errorf("%v", &message)
	}
}

// What comes back is what the core reads, whole.
func TestNewsFitTheCore(t *testing.T) {
	rate, term, amount, expires := 310, 240, int64(1)<<40, time.Date(2026, 12, 1, 8, 30, 0, 0, time.UTC)
	want := submissions.News{Final: true, Events: []submissions.BankEvent{{ID: "1", Type: "offer", RateBPS: &rate, Expires: &expires, ReasonCode: "ltv", Note: "n", AmountCents: &amount, TermMonths: &term,
		Items: []submissions.BankItem{{ID: "i", Kind: "payslip", Text: "t"}}}}}
	body, err := json.Marshal(want)
	must(t, err)
	var message pb.News
	must(t, protojson.Unmarshal(body, &message))
	wire, err := proto.Marshal(&pb.GetStatusResponse{Outcome: done(), News: &message})
	must(t, err)
	answer, err := reply{methods[connectors.Status], wire, nil}.answer("", nil)
	must(t, err)
	var got submissions.News
	strict := json.NewDecoder(bytes.NewReader(answer.Payload))
	strict.DisallowUnknownFields()
	must(t, strict.Decode(&got))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A connector does not speak with the platform's codes, by which an operation waits without end or a broker is told something; its own stay.
func TestCodesOfThePlatform(t *testing.T) {
	for code, want := range map[string]string{"bank.busy": "said.bank.busy", "bank.resting": "said.bank.resting", "connector.busy": "said.connector.busy", "unprepared": "said.unprepared",
		"connector.starting": "said.connector.starting", "connector.backoff": "said.connector.backoff", "connector.quarantined": "said.connector.quarantined", "connector.refused": "said.connector.refused",
		"connector.stopped": "said.connector.stopped", "connector.revoked": "said.connector.revoked", "withdrawn": "said.withdrawn", "connector_disabled": "said.connector_disabled", "way_left": "said.way_left",
		"bank.limit": "bank.limit", "bank.reads_exceeded": "bank.reads_exceeded", "connector.error": "connector.error", "not_found": "not_found", "busy": "busy"} {
		f := &pb.Error{Kind: pb.ErrorKind_ERROR_KIND_REJECTED, Code: code, SideEffect: pb.SideEffect_SIDE_EFFECT_NONE}
		wire, err := proto.Marshal(&pb.GetStatusResponse{Outcome: &pb.Outcome{Ended: &pb.Outcome_Failed{Failed: f}}})
		must(t, err)
		answer, err := reply{methods[connectors.Status], wire, nil}.answer("", nil)
		must(t, err)
		wantFailure(t, answer, "rejected", want, "none")
	}
}

func done() *pb.Outcome { return &pb.Outcome{Ended: &pb.Outcome_Done{Done: &pb.Done{}}} }

// Whatever a connector answers, the core gets JSON it can read, or a failure.
func FuzzAnswer(f *testing.F) {
	seed, err := proto.Marshal(&pb.GetStatusResponse{Outcome: done(), News: &pb.News{Events: []*pb.BankEvent{{Id: "1", Type: "offer"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, wire []byte) {
		var out pb.GetStatusResponse
		known := proto.Unmarshal(wire, &out) == nil
		answer, err := reply{methods[connectors.Status], wire, nil}.answer(out.GetOutcome().GetOperationId(), nil)
		if err != nil {
			return
		}
		if !known {
			t.Error("it reads what protobuf does not")
		}
		var news submissions.News
		if answer.Verdict == connectors.Done || answer.Verdict == connectors.Pending {
			must(t, json.Unmarshal(answer.Payload, &news))
		}
		if answer.Failure != nil && !isWord(answer.Failure.Code) {
			t.Errorf("code %q", answer.Failure.Code)
		}
	})
}

// Whatever the core sends is read or refused.
func FuzzParse(f *testing.F) {
	f.Add([]byte(application))
	f.Fuzz(func(_ *testing.T, payload []byte) {
		_ = parse(payload, &pb.Application{})
	})
}
