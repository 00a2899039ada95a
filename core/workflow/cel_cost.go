package workflow

import (
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// sizes bounds the cost of a guard by the largest text and list its template declares.
type sizes struct {
	text, list uint64
}

func (s sizes) EstimateCallCost(function, overload string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	return nil
}

func (s sizes) EstimateSize(element cost.AstNode) *cost.SizeEstimate {
	switch element.Type().Kind() {
	case types.StringKind:
		return &cost.SizeEstimate{Max: s.text}
	case types.ListKind:
		return &cost.SizeEstimate{Max: s.list}
	}
	return nil
}

// grow widens the bounds to hold values of a schema.
func (s *sizes) grow(x *Schema) {
	if x.MaxLength != nil && *x.MaxLength > 0 {
		s.text = max(s.text, uint64(*x.MaxLength))
	}
	if x.MaxItems != nil && *x.MaxItems > 0 {
		s.list = max(s.list, uint64(*x.MaxItems))
	}
	if x.Items != nil {
		s.grow(x.Items)
	}
	for _, f := range x.Properties {
		s.grow(f.Schema)
	}
}
