package workflow

import (
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Cost has two readings: before publishing, what a guard may cost at most by the sizes its template declares (sizes), and
// while it runs, what it has cost so far (meter). A unit is 10 to 70 ns. The library's own model counts neither the length of
// a text that size() or a conversion walks, nor a joined list, nor what our functions and the time zones do: this one does.

// callCost is what a function costs besides what it walks over.
var callCost = map[string]uint64{
	callDocument: 200, // the documents of every party
	callComplete: 200,
	callStateIn:  5,
	callMatches:  10,
}

// zoneCost is the price of reading a time zone's table, which a getter does at each call with a zone.
const zoneCost = 1000

// zoned are the getters of a timestamp.
var zoned = map[string]bool{"getFullYear": true, "getMonth": true, "getDayOfYear": true, "getDayOfMonth": true, "getDate": true, "getDayOfWeek": true,
	"getHours": true, "getMinutes": true, "getSeconds": true, "getMilliseconds": true}

func baseCost(function string, args int) uint64 {
	if args > 1 && zoned[function] {
		return zoneCost
	}
	return max(1, callCost[function])
}

// bytesPerUnit is how much text is walked, copied or put into a message for one unit.
const bytesPerUnit = 8

// meter prices each call of a running guard. It is asked after the call: what one call may do is bounded because its texts
// and lists were paid for when they were made, because only plain values are compared (see affordable) and because matches
// has a bound of its own.
type meter struct{ patterns map[string]pattern }

func (m meter) CallCost(function, overload string, args []ref.Val, result ref.Val) *uint64 {
	units := baseCost(function, len(args))
	switch {
	case len(args) == 2 && (function == operators.Equals || function == operators.NotEquals):
		units += min(extent(args[0]), extent(args[1])) // of unequal length: not walked
	case len(args) == 2 && function == operators.Add && args[1].Type() == types.ListType:
		units += extent(args[1]) // the left list is not touched
	case function == operators.In:
		units += extent(args[1]) + extent(args[0])
	case function == callMatches:
		source, _ := args[1].(types.String)
		units += extent(args[0]) * uint64(m.patterns[string(source)].steps)
	default:
		for _, a := range args {
			if a.Type() != types.ListType { // size and index do not walk it
				units += extent(a)
			}
		}
	}
	return &units
}

// extent is what walking a value costs.
func extent(v ref.Val) uint64 {
	switch x := v.(type) {
	case types.String:
		return uint64(len(x) / bytesPerUnit)
	case types.Bytes:
		return uint64(len(x) / bytesPerUnit)
	case traits.Lister:
		n, _ := x.Size().(types.Int)
		return uint64(max(0, n))
	}
	return 0
}

// sizes bounds the cost of a guard by the largest text and list its template declares.
type sizes struct {
	text, list uint64
	patterns   map[string]pattern
}

// reads are the functions whose work the library's model takes for one step, whatever the text.
var reads = map[string]bool{"size": true, "int": true, "uint": true, "double": true, "bool": true, "timestamp": true, "duration": true}

// EstimateCallCost prices what the library's model does not know.
func (s sizes) EstimateCallCost(function, overload string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	if target != nil {
		args = append([]cost.AstNode{*target}, args...)
	}
	units := baseCost(function, len(args))
	switch {
	case function == callMatches:
		source, _ := textOf(args[1].Expr())
		units = saturated(s.textOf(args[0]), uint64(s.patterns[source].steps))
	case reads[function]:
		units = saturated(s.textOf(args[0]), 1)
	case function == operators.Add && args[1].Type().Kind() == types.ListKind: // joining costs nothing, what is joined is walked
		left, right := s.listOf(args[0]), s.listOf(args[1])
		return &cost.CallEstimate{CostEstimate: cost.FixedCostEstimate(right.Max).Add(cost.FixedCostEstimate(1)), ResultSize: new(left.Add(right))}
	case units == 1:
		return nil
	}
	return &cost.CallEstimate{CostEstimate: cost.FixedCostEstimate(units)}
}

// textOf is how long a text may be; nothing else has a length here.
func (s sizes) textOf(x cost.AstNode) uint64 {
	if k := x.Type().Kind(); k != types.StringKind && k != types.BytesKind && k != types.DynKind {
		return 0
	}
	if size := x.ComputedSize(); size != nil {
		return size.Max
	}
	return s.text
}

func (s sizes) listOf(x cost.AstNode) cost.SizeEstimate {
	if size := x.ComputedSize(); size != nil {
		return *size
	}
	return cost.SizeEstimate{Max: s.list}
}

// saturated is what walking a text costs, times; without end when the text has none.
func saturated(text, times uint64) uint64 {
	if text > 1<<40 {
		return text
	}
	return 1 + 4*text*times/bytesPerUnit // a character has up to four bytes
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
