package workflow

import (
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// provider gives CEL the object types of a template's schemas over plain maps.
//
// Why not ext.NativeTypes: there an absent number reads as 0 and the guard
// passes. Here an absent member is an unknown, and stays one until the clause
// says "missing".
type provider struct {
	*types.Registry
	objects map[string][]*Fact
}

func newProvider() (*provider, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	return &provider{Registry: registry, objects: map[string][]*Fact{}}, nil
}

// typeOf gives the CEL type of a schema; objects are registered under the path that leads to them.
func (p *provider) typeOf(s *Schema, path string) *types.Type {
	switch s.Type {
	case "integer":
		return types.IntType
	case "boolean":
		return types.BoolType
	case "string":
		if s.Format != "" {
			return types.TimestampType
		}
		return types.StringType
	case "array":
		return types.NewListType(p.typeOf(s.Items, path))
	case "object":
		if _, known := p.objects[path]; !known { // written while compiling only; guards read it at once from many sides
			p.objects[path] = s.Properties
			for _, f := range s.Properties {
				p.typeOf(f.Schema, path+"."+f.Name)
			}
		}
		return types.NewObjectType(path)
	}
	return types.DynType
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.objects[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	members, ok := p.objects[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	out := make([]string, len(members))
	for i, f := range members {
		out[i] = f.Name
	}
	return out, true
}

func (p *provider) FindStructFieldType(object, member string) (*types.FieldType, bool) {
	members, ok := p.objects[object]
	if !ok {
		return p.Registry.FindStructFieldType(object, member)
	}
	for _, f := range members {
		if f.Name != member {
			continue
		}
		trail := types.NewAttributeTrail(object + "." + member)
		return &types.FieldType{
			Type:  p.typeOf(f.Schema, object+"."+member),
			IsSet: func(target any) bool { return memberOf(target, member) != nil },
			GetFrom: func(target any) (any, error) {
				if v := memberOf(target, member); v != nil {
					return v, nil
				}
				return types.NewUnknown(0, trail), nil
			},
		}, true
	}
	return nil, false
}

func memberOf(target any, member string) any {
	if v, ok := target.(ref.Val); ok {
		target = v.Value()
	}
	object, _ := target.(map[string]any)
	return object[member]
}

// scopeValue carries the evaluation into the domain functions, as their hidden first argument.
type scopeValue struct{ *evaluation }

var scopeType = types.NewOpaqueType("pratica.Scope")

func (s scopeValue) Type() ref.Type                           { return scopeType }
func (s scopeValue) Value() any                               { return s.evaluation }
func (s scopeValue) Equal(other ref.Val) ref.Val              { return types.Bool(other.Type() == s.Type()) }
func (s scopeValue) ConvertToType(t ref.Type) ref.Val         { return types.NewErr("no conversion to %s", t) }
func (s scopeValue) ConvertToNative(reflectType) (any, error) { return nil, errNoConversion }

// plainOf turns a CEL result into the engine's own types.
func plainOf(v ref.Val) (any, bool) {
	switch x := v.(type) {
	case types.Int:
		return int64(x), true
	case types.String:
		return string(x), true
	case types.Bool:
		return bool(x), true
	case types.Timestamp:
		return x.Time.UTC(), true
	}
	switch x := v.Value().(type) {
	case []any, map[string]any, time.Time:
		return x, true
	}
	return nil, false
}
