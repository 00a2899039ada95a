package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// schema is what the kit reads of a config schema.
type schema struct {
	Type       string `json:"type"`
	Properties map[string]struct {
		Type   any               `json:"type"`
		Enum   []any             `json:"enum"`
		Format string            `json:"format"`
		Secret bool              `json:"x-secret"`
		Reveal bool              `json:"x-reveal"`
		Title  map[string]string `json:"x-title"`
		Help   map[string]string `json:"x-help"`
	} `json:"properties"`
}

func (k *kit) schema() (s schema, err error) {
	err = json.Unmarshal(k.about.ConfigSchema, &s)
	return s, err
}

func describeSchema(k *kit) error {
	if err := connectors.Fits(k.about.ConfigSchema, k.lanes[0].config); err != nil {
		var wrong *fault.Error
		if !k.o.Spec.given && errors.As(err, &wrong) && wrong.Kind == fault.Invalid {
			err = nil // without settings to try, only the schema itself is judged
		}
		if errors.As(err, &wrong) {
			var fields []string
			for _, f := range wrong.Fields {
				fields = append(fields, f.Pointer+": "+f.Message)
			}
			return fmt.Errorf("%s %s", wrong.Message, strings.Join(fields, "; "))
		}
		if err != nil {
			return err
		}
	}
	s, err := k.schema()
	if err != nil || s.Type != "object" {
		return errors.New("the schema is not of an object")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if p := s.Properties[name]; p.Type == nil && p.Enum == nil {
			return fmt.Errorf("the setting %q has neither a type nor an enum", name)
		}
		if s.Properties[name].Reveal && !s.Properties[name].Secret {
			return fmt.Errorf("the setting %q is x-reveal but not x-secret", name)
		}
	}
	return nil
}

func describeTranslations(k *kit) error {
	s, err := k.schema()
	if err != nil {
		return err
	}
	var missing []string
	both := func(what string, text map[string]string, maybe bool) {
		if maybe && len(text) == 0 {
			return
		}
		for _, language := range []string{"en", "it"} {
			if text[language] == "" {
				missing = append(missing, what+" in "+language)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		both("x-title of "+name, s.Properties[name].Title, false)
		both("x-help of "+name, s.Properties[name].Help, true)
	}
	for _, m := range k.inside.About.GetMessages() {
		both("the message "+m.GetKey(), m.GetText(), false)
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

var place = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?$`)

func describeEgress(k *kit) error {
	s, err := k.schema()
	if err != nil {
		return err
	}
	for _, to := range k.about.Egress {
		if name, ok := strings.CutPrefix(to, "{"); ok {
			if p, known := s.Properties[strings.TrimSuffix(name, "}")]; !known || p.Format != "uri" {
				return fmt.Errorf("egress names %s, which is no setting with format uri", to)
			}
		} else if !place.MatchString(to) {
			return fmt.Errorf("egress names %q, which is no host, host:port or {setting}", to)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if s.Properties[name].Format == "uri" && !slices.Contains(k.about.Egress, "{"+name+"}") {
			return fmt.Errorf("the setting %q is an address, and egress does not name {%s}", name, name)
		}
	}
	return nil
}

// unknownMethod asks past the host for a method there is not.
func unknownMethod(k *kit) error {
	ctx, cancel := context.WithTimeout(k.ctx, callLimit)
	defer cancel()
	for _, method := range []string{"/connector.v1.Core/NoSuchMethod", "/connector.v9.Core/Describe"} {
		if code := status.Code(k.inside.Conn.Invoke(ctx, method, &pb.HealthRequest{}, &pb.HealthResponse{})); code != codes.Unimplemented {
			return fmt.Errorf("%s is answered with %s", method, code)
		}
	}
	return nil
}

// operationEcho asks past the host, which refuses an answer to another operation.
func operationEcho(k *kit) error {
	ctx, cancel := context.WithTimeout(k.ctx, callLimit)
	defer cancel()
	want := ident.NewOperation().String()
	out := &pb.ValidateConfigResponse{}
	err := k.inside.Conn.Invoke(ctx, "/connector.v1.Core/ValidateConfig", &pb.ValidateConfigRequest{Call: &pb.Call{OperationId: want, Config: k.lanes[0].config,
		IdempotencyKey: want, Deadline: timestamppb.New(time.Now().Add(callLimit))}}, out)
	if err != nil {
		return fmt.Errorf("ValidateConfig ended with %s", status.Code(err))
	}
	if got := out.GetOutcome().GetOperationId(); got != want {
		return fmt.Errorf("the call was operation %s, the answer is to %q", want, got)
	}
	return nil
}
