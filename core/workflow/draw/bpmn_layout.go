package draw

import (
	"fmt"
	"slices"
)

// Sizes in pixels, as BPMN's editors draw.
const (
	margin     = 40
	column     = 70 // between columns: room for the flows
	row        = 50 // between rows: room for events on a border
	taskHeight = 80
)

// write adds the scope's elements to a process or sub-process.
func (in *scope) write(to *element) {
	for _, x := range in.shapes {
		e := elem("bpmn:"+x.tag, append([]string{"id", x.id, "name", x.name}, x.attrs...)...)
		if x.host != nil {
			e.attrs = append(e.attrs, "attachedToRef", x.host.id)
		}
		for _, note := range x.notes {
			d := elem("bpmn:documentation")
			d.text = note
			e.add(d)
		}
		for _, id := range x.incoming {
			e.add(&element{name: "bpmn:incoming", text: id})
		}
		for _, id := range x.outgoing {
			e.add(&element{name: "bpmn:outgoing", text: id})
		}
		if x.definition != nil {
			e.add(x.definition)
		}
		if x.inside != nil {
			x.inside.write(e)
		}
		to.add(e)
	}
	for _, f := range in.flows {
		e := elem("bpmn:sequenceFlow", "id", f.id, "name", f.name, "sourceRef", f.from.id, "targetRef", f.to.id)
		if f.condition != "" {
			c := elem("bpmn:conditionExpression", "xsi:type", "bpmn:tFormalExpression")
			c.text = f.condition
			e.add(c)
		}
		to.add(e)
	}
}

// arrange gives every shape of a scope its size and place: columns by the number of steps from the start.
func (in *scope) arrange() {
	for _, x := range in.shapes {
		x.w, x.h = x.size()
	}
	var columns [][]*shape
	ranks := in.ranks()
	for _, x := range in.shapes {
		if x.host != nil {
			continue
		}
		for len(columns) <= ranks[x] {
			columns = append(columns, nil)
		}
		columns[ranks[x]] = append(columns[ranks[x]], x)
	}
	left := 0
	for _, shapes := range columns {
		widest, top := 0, 0
		for _, x := range shapes {
			widest = max(widest, x.w)
		}
		for _, x := range shapes {
			x.x, x.y = left, top+max(0, taskHeight-x.h)/2 // small shapes stand in line with tasks
			top += max(taskHeight, x.h) + row
		}
		in.height = max(in.height, top)
		left += widest + column
	}
	for _, x := range in.shapes {
		if x.host != nil { // side by side on the lower border
			x.x, x.y = x.host.x+10+x.host.borders*(x.w+10), x.host.y+x.host.h-x.h/2
			x.host.borders++
		}
	}
	in.width = left - column
	in.height += row // room for the flows that lead back
}

func (x *shape) size() (w, h int) {
	switch x.tag {
	case "startEvent", "endEvent", "boundaryEvent":
		return 36, 36
	case "exclusiveGateway", "parallelGateway":
		return 50, 50
	case "subProcess":
		x.inside.arrange()
		return x.inside.width + 2*margin, x.inside.height + 2*margin
	}
	return 100, taskHeight
}

// ranks counts the flows from a start to each shape; a boundary event counts as its host, what no flow reaches as second.
func (in *scope) ranks() map[*shape]int {
	out := map[*shape]int{}
	var queue []*shape
	for _, x := range in.shapes {
		if x.tag == "startEvent" {
			out[x], queue = 0, append(queue, x)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, f := range in.flows {
			if _, seen := out[f.to]; !seen && (f.from == from || f.from.host == from) {
				out[f.to], queue = out[from]+1, append(queue, f.to)
			}
		}
	}
	for _, x := range in.shapes {
		if _, seen := out[x]; !seen {
			out[x] = 1
		}
	}
	return out
}

// draw adds the shapes and edges of a scope whose origin lies at left and top.
func (in *scope) draw(plane *element, left, top int) {
	for _, x := range in.shapes {
		e := elem("bpmndi:BPMNShape", "id", x.id+"_di", "bpmnElement", x.id)
		if x.inside != nil {
			e.attrs = append(e.attrs, "isExpanded", "true")
		}
		plane.add(e.add(elem("dc:Bounds", "x", fmt.Sprint(left+x.x), "y", fmt.Sprint(top+x.y), "width", fmt.Sprint(x.w), "height", fmt.Sprint(x.h))))
		if x.inside != nil {
			x.inside.draw(plane, left+x.x+margin, top+x.y+margin)
		}
	}
	for _, f := range in.flows {
		e := elem("bpmndi:BPMNEdge", "id", f.id+"_di", "bpmnElement", f.id)
		for _, p := range in.route(f) {
			e.add(elem("di:waypoint", "x", fmt.Sprint(left+p[0]), "y", fmt.Sprint(top+p[1])))
		}
		plane.add(e)
	}
}

// route is the way of a flow: to the left border of its target, forward through the gap before it, back along the lower edge.
// Flows to one target arrive one below the other.
func (in *scope) route(f *flow) [][2]int {
	from := [2]int{f.from.x + f.from.w, f.from.y + f.from.h/2}
	to := [2]int{f.to.x, f.to.y + f.to.h*(slices.Index(f.to.incoming, f.id)+1)/(len(f.to.incoming)+1)}
	out := [][2]int{from}
	if f.from.host != nil {
		from = [2]int{f.from.x + f.from.w/2, f.from.y + f.from.h + 7}
		out = [][2]int{{from[0], f.from.y + f.from.h}, from}
	}
	if turn := to[0] - column/2; turn > from[0] {
		out = append(out, [2]int{turn, from[1]}, [2]int{turn, to[1]})
	} else {
		below := in.height - row/2
		out = append(out, [2]int{from[0] + column/4, from[1]}, [2]int{from[0] + column/4, below}, [2]int{turn, below}, [2]int{turn, to[1]})
	}
	return slices.Compact(append(out, to))
}
