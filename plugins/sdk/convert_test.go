package sdk

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Nothing of a message is lost on its way to the author: every field that is set in the message is set in the struct.
func TestAuthorsSeeAll(t *testing.T) {
	for _, c := range []struct {
		in  proto.Message
		see func(proto.Message) any
	}{
		{&pb.Call{}, func(m proto.Message) any { return callOf(m.(*pb.Call)) }},
		{&pb.Callback{}, func(m proto.Message) any { return callbackOf(m.(*pb.Callback)) }},
		{&pb.Application{}, func(m proto.Message) any { return applicationOf(m.(*pb.Application)) }},
		{&pb.NewDocument{}, func(m proto.Message) any { return newDocumentOf(m.(*pb.NewDocument)) }},
		{&pb.RequestAnswer{}, func(m proto.Message) any { return answerOf(m.(*pb.RequestAnswer)) }},
		{&pb.Withdrawal{}, func(m proto.Message) any { return withdrawalOf(m.(*pb.Withdrawal)) }},
		{&pb.ConsentOrder{}, func(m proto.Message) any { return consentOrderOf(m.(*pb.ConsentOrder)) }},
		{&pb.StartedConsent{}, func(m proto.Message) any { return startedOf(m.(*pb.StartedConsent)) }},
		{&pb.TransactionQuestion{}, func(m proto.Message) any { return questionOf(m.(*pb.TransactionQuestion)) }},
		{&pb.VerificationOrder{}, func(m proto.Message) any { return verificationOrderOf(m.(*pb.VerificationOrder)) }},
		{&pb.VerificationStart{}, func(m proto.Message) any { return verificationStartOf(m.(*pb.VerificationStart)) }},
		{&pb.ReportOrder{}, func(m proto.Message) any { return reportOrderOf(m.(*pb.ReportOrder)) }},
		{&pb.AnalysisOrder{}, func(m proto.Message) any { return analysisOrderOf(m.(*pb.AnalysisOrder)) }},
	} {
		name := string(c.in.ProtoReflect().Descriptor().Name())
		t.Run(name, func(t *testing.T) {
			fillMessage(c.in.ProtoReflect())
			noZero(t, name, reflect.ValueOf(c.see(c.in)))
		})
	}
}

// Nothing an author says is lost: every field that is set in the struct is set in the message.
func TestAuthorsAreHeard(t *testing.T) {
	for _, c := range []struct {
		said any
		put  func(any) proto.Message
	}{
		{&News{}, func(v any) proto.Message { return newsTo(*v.(*News)) }},
		{&Receipt{}, func(v any) proto.Message { return receiptTo(*v.(*Receipt)) }},
		{&[]Product{}, func(v any) proto.Message { return productsTo(*v.(*[]Product)) }},
		{&PreCheck{}, func(v any) proto.Message { return preCheckTo(*v.(*PreCheck)) }},
		{&[]Message{}, func(v any) proto.Message { return conversationTo(*v.(*[]Message)) }},
		{&[]Institution{}, func(v any) proto.Message { return institutionsTo(*v.(*[]Institution)) }},
		{&ConsentSet{}, func(v any) proto.Message { return consentsTo(*v.(*ConsentSet)) }},
		{&[]Account{}, func(v any) proto.Message { return accountsTo(*v.(*[]Account)) }},
		{&[]Balance{}, func(v any) proto.Message { return balancesTo(*v.(*[]Balance)) }},
		{&TransactionPage{}, func(v any) proto.Message { return pageTo(*v.(*TransactionPage)) }},
		{&VerificationStart{}, func(v any) proto.Message { return startTo(*v.(*VerificationStart)) }},
		{&Verification{}, func(v any) proto.Message { return verificationTo(*v.(*Verification)) }},
		{&Report{}, func(v any) proto.Message { return reportTo(*v.(*Report)) }},
		{&CashFlow{}, func(v any) proto.Message { return cashFlowTo(*v.(*CashFlow)) }},
		{&Description{}, func(v any) proto.Message { return descriptionTo(*v.(*Description), []string{"x"}) }},
		{&NeedsUser{}, func(v any) proto.Message { v.(*NeedsUser).Way = OTP; return userTo(*v.(*NeedsUser)) }},
		{&Error{}, func(v any) proto.Message {
			v.(*Error).Kind = Rejected
			return outcomeOf("o", *v.(*Error)).GetFailed()
		}},
	} {
		name := fmt.Sprintf("%T", c.said)
		t.Run(name, func(t *testing.T) {
			fill(reflect.ValueOf(c.said).Elem())
			allSet(t, name, c.put(c.said).ProtoReflect())
		})
	}
}

// fill sets everything an author can set.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value)
		v.SetMapIndex(reflect.ValueOf("x"), value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	default:
		panic("cannot fill " + v.Kind().String())
	}
}

func noZero(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("%s is lost", path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				noZero(t, path+"."+f.Name, v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Errorf("%s is lost", path)
		}
		for i := range v.Len() {
			noZero(t, path, v.Index(i))
		}
	}
}

func fillMessage(m protoreflect.Message) {
	if stamp, ok := m.Interface().(*timestamppb.Timestamp); ok {
		stamp.Seconds = 1
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList() && f.Message() != nil:
			list := m.Mutable(f).List()
			fillMessage(list.AppendMutable().Message())
		case f.IsList():
			m.Mutable(f).List().Append(value(f))
		case f.Message() != nil:
			fillMessage(m.Mutable(f).Message())
		default:
			m.Set(f, value(f))
		}
	}
}

func value(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("x")
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("x"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	}
	panic("no value for " + f.Kind().String())
}

func allSet(t *testing.T, path string, m protoreflect.Message) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) {
			if name := m.Descriptor().FullName(); name != "google.protobuf.Timestamp" && name != "google.protobuf.Duration" {
				t.Errorf("%s.%s is lost", path, f.Name())
			}
			continue
		}
		switch {
		case f.IsList() && f.Message() != nil:
			allSet(t, path+"."+string(f.Name()), m.Get(f).List().Get(0).Message())
		case !f.IsList() && !f.IsMap() && f.Message() != nil:
			allSet(t, path+"."+string(f.Name()), m.Get(f).Message())
		}
	}
}
