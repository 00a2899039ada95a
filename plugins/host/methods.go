package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/pratica-crm/pratica/core/connectors"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// rpc is a method of the protocol, as its descriptor has it. The platform's JSON of a request is its fields besides the call,
// of an answer its fields besides the outcome; where that is one message, the message's own.
type rpc struct {
	name    string
	path    string
	in      protoreflect.MessageType // for a stream: of its header
	part    protoreflect.MessageType // for a stream: of its messages
	streams bool
	head    protoreflect.FieldDescriptor // of the request: the platform's call
	earlier protoreflect.FieldDescriptor // the call it asks about, if it does
	ref     protoreflect.FieldDescriptor // and the other side's reference to that
	payload protoreflect.FieldDescriptor // the one message besides the call, if it is one
	answer  *shape                       // of the response without its outcome
	sole    protowire.Number             // where the response has one message besides the outcome: its field
	came    bool                         // that message says what an earlier call came to: the platform gets what is in it
}

// methods are all there are. A new one in the protocol needs nothing here. Read only.
//
// An answer's outcome has field 1 everywhere.
var methods = all(pb.File_connector_v1_connector_proto.Services())

func all(services protoreflect.ServiceDescriptors) map[string]rpc {
	out := map[string]rpc{}
	for i := range services.Len() {
		service := services.Get(i)
		for j := range service.Methods().Len() {
			d := service.Methods().Get(j)
			if d.Name() == "Describe" {
				continue // asked at the start, and read as a message
			}
			m := rpc{name: string(d.Name()), path: "/" + string(service.FullName()) + "/" + string(d.Name()), in: typeOf(d.Input()), streams: d.IsStreamingClient(), answer: shapeOf(d.Output())}
			if f := sole(d.Output(), "outcome"); f != nil {
				m.sole, m.came = f.Number(), f.Name() == "came"
			}
			if m.streams {
				m.part, m.in = m.in, typeOf(d.Input().Fields().ByName("header").Message())
			}
			fields := m.in.Descriptor().Fields()
			m.head, m.earlier, m.ref = fields.ByName("call"), fields.ByName("earlier"), fields.ByName("external_ref")
			m.payload = sole(m.in.Descriptor(), "call")
			out[m.name] = m
		}
	}
	return out
}

// typeOf finds the generated type; that it is there is certain, it is generated from the same file.
func typeOf(d protoreflect.MessageDescriptor) protoreflect.MessageType {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err)
	}
	return t
}

// sole is the one field of a message besides another, if it is one and a message.
func sole(d protoreflect.MessageDescriptor, besides protoreflect.Name) protoreflect.FieldDescriptor {
	if d.Fields().Len() != 2 {
		return nil
	}
	for i := range 2 {
		if f := d.Fields().Get(i); f.Name() != besides && f.Message() != nil && !f.IsList() {
			return f
		}
	}
	return nil
}

// request makes a request of the platform's JSON. For a stream it is the first message.
func (m rpc) request(head *pb.Call, call connectors.Call, payload json.RawMessage) (proto.Message, error) {
	in := m.in.New()
	var err error
	switch {
	case m.earlier != nil:
		err = about(in.Mutable(m.earlier).Message(), call.Of, payload)
		if m.ref != nil {
			in.Set(m.ref, protoreflect.ValueOfString(call.ExternalRef))
		}
	case m.payload != nil:
		err = parse(payload, in.Mutable(m.payload).Message().Interface())
	case m.in.Descriptor().Fields().Len() > 1: // not the call alone
		err = parse(payload, in.Interface())
	}
	if err != nil {
		return nil, err
	}
	in.Set(m.head, protoreflect.ValueOfMessage(head.ProtoReflect()))
	if !m.streams {
		return in.Interface(), nil
	}
	first := m.part.New()
	first.Set(first.Descriptor().Fields().ByName("header"), protoreflect.ValueOfMessage(in))
	return first.Interface(), nil
}

// chunk is a message of a stream that carries content.
func (m rpc) chunk(content []byte) proto.Message {
	out := m.part.New()
	out.Set(out.Descriptor().Fields().ByName("chunk"), protoreflect.ValueOfBytes(content))
	return out.Interface()
}

// about fills in the request an earlier call of the method had.
func about(earlier protoreflect.Message, of string, payload json.RawMessage) error {
	m, known := methods[of]
	if !known {
		return errMethod
	}
	fields := earlier.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); m.payload != nil && f.Message() == m.payload.Message() {
			return parse(payload, earlier.Mutable(f).Message().Interface())
		}
	}
	return errMethod // nothing that acts
}

// outcomeField is the outcome's, in every response.
const outcomeField = 1

// reply is what a method came back with, as it came.
type reply struct {
	method rpc
	wire   []byte
	free   func() // gives the wire's buffer back: nothing of it may be held
}

// outcome reads how the call ended; nil when the reply does not say.
func (r reply) outcome() (*pb.Outcome, error) {
	wire, err := part(r.wire, outcomeField)
	if wire == nil || err != nil {
		return nil, err
	}
	out := &pb.Outcome{}
	if proto.Unmarshal(wire, out) != nil {
		return nil, errWire
	}
	return out, nil
}

// part is the content of the one field of a message with that number; nil when it is not there.
func part(wire []byte, of protowire.Number) (found []byte, err error) {
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			return nil, errWire
		}
		m := protowire.ConsumeFieldValue(number, kind, wire[n:])
		if m < 0 || number == of && (kind != protowire.BytesType || found != nil) {
			return nil, errWire
		}
		if number == of {
			found, _ = protowire.ConsumeBytes(wire[n : n+m])
		}
		wire = wire[n+m:]
	}
	return found, nil
}

// rooms are where answers are written before their size is known.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// json is what came beside the outcome. done: the call is over, and what its kind of answer needs must be there.
func (r reply) json(done bool) (json.RawMessage, error) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	out, err := r.write((*room)[:0], done)
	if out == nil || err != nil {
		return nil, err
	}
	*room = out
	return bytes.Clone(out), nil
}

// write appends that to room; nil: there is nothing.
func (r reply) write(room []byte, done bool) ([]byte, error) {
	if r.method.sole == 0 && !done {
		return nil, nil
	}
	if r.method.sole == 0 {
		return r.method.answer.object(room, r.wire, done)
	}
	content, err := part(r.wire, r.method.sole)
	inside := r.method.answer.fields[r.method.sole].inside
	switch {
	case err != nil:
		return nil, err
	case r.method.came:
		return inside.first(room, content, done)
	case content == nil && (done || r.method.name == connectors.Status):
		return nil, errors.New("it gives nothing where something is due")
	case content == nil:
		return nil, nil
	}
	return inside.object(room, content, done)
}

// first is the one message inside a message, if there is one: what an earlier request came to. Where it came to nothing but an
// end, there is none.
func (s *shape) first(out, wire []byte, strict bool) (json.RawMessage, error) {
	for number, f := range s.fields {
		if f == nil {
			continue
		}
		if content, err := part(wire, protowire.Number(number)); err != nil || content != nil {
			if err != nil {
				return nil, err
			}
			return f.inside.object(out, content, strict)
		}
	}
	if !strict {
		return nil, nil
	}
	return json.RawMessage(`{}`), nil
}
