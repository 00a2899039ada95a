package host

import (
	"encoding/json"
	"errors"

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
	out     protoreflect.MessageType
	streams bool
}

// methods are all there are. A new one in the protocol needs nothing here. Read only.
var methods = all(pb.File_connector_v1_connector_proto.Services())

func all(services protoreflect.ServiceDescriptors) map[string]rpc {
	out := map[string]rpc{}
	for i := range services.Len() {
		service := services.Get(i)
		for j := range service.Methods().Len() {
			d := service.Methods().Get(j)
			m := rpc{name: string(d.Name()), path: "/" + string(service.FullName()) + "/" + string(d.Name()), in: typeOf(d.Input()), out: typeOf(d.Output()), streams: d.IsStreamingClient()}
			if m.streams {
				m.part, m.in = m.in, typeOf(d.Input().Fields().ByName("header").Message())
			}
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
	fields := m.in.Descriptor().Fields()
	switch earlier := fields.ByName("earlier"); {
	case earlier != nil:
		if err := about(in.Mutable(earlier).Message(), call.Of, payload); err != nil {
			return nil, err
		}
		if ref := fields.ByName("external_ref"); ref != nil {
			in.Set(ref, protoreflect.ValueOfString(call.ExternalRef))
		}
	case fields.Len() == 1: // the call alone
	case sole(m.in.Descriptor(), "call") != nil:
		if err := parse(payload, in.Mutable(sole(m.in.Descriptor(), "call")).Message().Interface()); err != nil {
			return nil, err
		}
	default:
		if err := parse(payload, in.Interface()); err != nil {
			return nil, err
		}
	}
	in.Set(fields.ByName("call"), protoreflect.ValueOfMessage(head.ProtoReflect()))
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
	request := sole(m.in.Descriptor(), "call")
	fields := earlier.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); request != nil && f.Message() == request.Message() {
			return parse(payload, earlier.Mutable(f).Message().Interface())
		}
	}
	return errMethod // nothing that acts
}

// reply is what a method came back with.
type reply struct {
	method rpc
	out    proto.Message
}

func (r reply) outcome() *pb.Outcome {
	out, _ := r.out.(interface{ GetOutcome() *pb.Outcome })
	if out == nil {
		return nil
	}
	return out.GetOutcome()
}

// payload is what came beside the outcome: nil when the method has nothing.
func (r reply) payload() (proto.Message, error) {
	m := r.out.ProtoReflect()
	if came, ok := r.out.(interface{ GetCame() *pb.Came }); ok {
		return cameTo(came.GetCame())
	}
	if f := sole(m.Descriptor(), "outcome"); f != nil {
		if !m.Has(f) {
			return nil, errors.New("it gives no " + string(f.Name()))
		}
		return m.Get(f).Message().Interface(), nil
	}
	if m.Descriptor().Fields().Len() == 1 {
		return nil, nil
	}
	m.Clear(m.Descriptor().Fields().ByName("outcome"))
	return r.out, nil
}

// cameTo is the one thing an earlier request came to. Where it comes to nothing but an end, there is none.
func cameTo(c *pb.Came) (proto.Message, error) {
	m := c.ProtoReflect()
	if !m.IsValid() {
		return nil, nil
	}
	if f := m.WhichOneof(m.Descriptor().Oneofs().Get(0)); f != nil {
		return m.Get(f).Message().Interface(), nil
	}
	return nil, nil
}
