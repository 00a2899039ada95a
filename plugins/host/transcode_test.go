package host

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// What is written of an answer is what protojson writes, for every method there is.
func TestTranscodesAsProtojson(t *testing.T) {
	services := pb.File_connector_v1_connector_proto.Services()
	for i := range services.Len() {
		for j := range services.Get(i).Methods().Len() {
			d := services.Get(i).Methods().Get(j)
			out := typeOf(d.Output()).New()
			if out.Descriptor().Fields().Len() == 1 || d.Name() == "Describe" {
				continue // nothing beside the outcome; or no call of the platform
			}
			t.Run(string(d.Name()), func(t *testing.T) {
				fields := out.Descriptor().Fields()
				for k := range fields.Len() {
					if f := fields.Get(k); f.Name() != "outcome" {
						fillFor(out, f)
					}
				}
				payload := out.Interface()
				if f := sole(out.Descriptor(), "outcome"); f != nil {
					payload = out.Get(f).Message().Interface()
				}
				if came, ok := payload.(*pb.Came); ok {
					came.To = &pb.Came_Report{Report: came.GetReport()} // the last of the oneof that was filled in
					if came.GetReport() == nil {
						report := &pb.Report{}
						fillAll(report.ProtoReflect())
						came.To = &pb.Came_Report{Report: report}
					}
					payload = came.GetReport()
				}
				want, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(payload)
				must(t, err)
				wire, err := proto.Marshal(out.Interface())
				must(t, err)
				got, err := reply{methods[string(d.Name())], wire, nil}.json(true)
				must(t, err)
				var a, b any
				must(t, json.Unmarshal(want, &a))
				must(t, json.Unmarshal(got, &b))
				if !reflect.DeepEqual(a, b) {
					t.Errorf("%s\nwant %s", got, want)
				}
			})
		}
	}
}

// fine are values that hold by the rules; any other field gets what is hard to write.
var fine = map[protoreflect.FullName]string{"connector.v1.Consent.status": "valid", "connector.v1.Verification.level": "high"}

func sample(f protoreflect.FieldDescriptor) string {
	if s, ok := fine[f.FullName()]; ok {
		return s
	}
	holds := rules[f.FullName()].holds
	for _, s := range []string{"\"\\/\n\t\x01é€😀<>&\u2028", "2026-11-26", "a_code.1"} {
		if holds == nil || holds([]byte(s)) == nil {
			return s
		}
	}
	panic("no sample for " + f.FullName())
}

func fillAll(m protoreflect.Message) {
	if stamp, ok := m.Interface().(*timestamppb.Timestamp); ok {
		stamp.Seconds, stamp.Nanos = 1_780_000_000, 123_000_000
		return
	}
	for i := range m.Descriptor().Fields().Len() {
		fillFor(m, m.Descriptor().Fields().Get(i))
	}
}

func fillFor(m protoreflect.Message, f protoreflect.FieldDescriptor) {
	value := func() protoreflect.Value {
		switch f.Kind() {
		case protoreflect.StringKind:
			return protoreflect.ValueOfString(sample(f))
		case protoreflect.BytesKind:
			return protoreflect.ValueOfBytes([]byte{0, 1, 254, 255})
		case protoreflect.BoolKind:
			return protoreflect.ValueOfBool(true)
		case protoreflect.Int32Kind:
			return protoreflect.ValueOfInt32(-7)
		}
		return protoreflect.ValueOfInt64(-1 << 62)
	}
	switch {
	case f.IsList() && f.Message() != nil:
		for range 2 {
			fillAll(m.Mutable(f).List().AppendMutable().Message())
		}
	case f.IsList():
		m.Mutable(f).List().Append(value())
		m.Mutable(f).List().Append(value())
	case f.Message() != nil:
		fillAll(m.Mutable(f).Message())
	default:
		m.Set(f, value())
	}
}

// A rule is about a field there is.
func TestRulesHaveFields(t *testing.T) {
	found := map[protoreflect.FullName]bool{}
	all := pb.File_connector_v1_connector_proto.Messages()
	for i := range all.Len() {
		for j := range all.Get(i).Fields().Len() {
			found[all.Get(i).Fields().Get(j).FullName()] = true
		}
	}
	for name := range rules {
		if !found[name] {
			t.Errorf("%s is no field of the protocol", name)
		}
	}
}

// What no program writes, or the platform cannot keep, is refused.
func TestRefusedOnTheWire(t *testing.T) {
	page := func(transactions ...*pb.Transaction) []byte {
		wire, err := proto.Marshal(&pb.FetchTransactionsResponse{Page: &pb.TransactionPage{Transactions: transactions}})
		must(t, err)
		return wire
	}
	good := &pb.Transaction{Id: "1", BookedOn: "2026-11-26", Text: "x"}
	long := make([]*pb.Transaction, linesAtMost+1)
	for i := range long {
		long[i] = good
	}
	twice := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "1")
	twice = append(twice, twice...)
	inPage := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), twice)
	for name, wire := range map[string][]byte{
		"no id":               page(&pb.Transaction{BookedOn: "2026-11-26"}),
		"no day":              page(&pb.Transaction{Id: "1"}),
		"a day that is none":  page(&pb.Transaction{Id: "1", BookedOn: "26/11/2026"}),
		"a NUL":               page(&pb.Transaction{Id: "1", BookedOn: "2026-11-26", Text: "a\x00"}),
		"too many lines":      page(long...),
		"a text too long":     page(&pb.Transaction{Id: "1", BookedOn: "2026-11-26", Text: strings.Repeat("x", textAtMost+1)}),
		"a field twice":       protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), inPage),
		"cut off":             page(good)[:8],
		"no UTF-8":            protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), "\xff")),
		"nothing where due":   {},
		"a number for a text": protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)),
	} {
		if out, err := (reply{methods["FetchTransactions"], wire, nil}).json(true); err == nil {
			t.Errorf("%s is taken: %.80s", name, out)
		}
	}
	if _, err := (reply{methods["FetchTransactions"], page(good, good), nil}).json(true); err != nil {
		t.Error(err)
	}
}

// TestTexts puts each byte that needs care, and those next to it, at every place of a step of 32, of a word of eight and of the rest behind them.
func TestTexts(t *testing.T) {
	for _, c := range []rune{1, 0x1f, ' ', '!', '"', '#', '[', '\\', ']', 0x7f, 0x80, 'à', '€', '𝄞'} {
		for at := range 40 {
			for _, also := range []rune{'"', 'x', 0xa0} {
				want := strings.Repeat("x", at) + string(c) + string(also) + strings.Repeat("y", 39-at)
				out, err := text(nil, []byte(want))
				must(t, err)
				var got string
				if must(t, json.Unmarshal(out, &got)); got != want {
					t.Errorf("%q became %s", want, out)
				}
			}
		}
	}
	for _, bad := range []string{"0123456789\x00", "\x00", "a\xff", "0123456\xc3"} {
		if out, err := text(nil, []byte(bad)); err == nil {
			t.Errorf("%q became %s", bad, out)
		}
	}
}
