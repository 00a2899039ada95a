package runlog

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// packer keeps a case in few bytes that the collector need not look into: about 80 with half a dozen facts and a deadline,
// where the values themselves take a kilobyte. States are not among them, see spot.
type packer struct {
	names []string // of the template; what a log adds is written out
	index map[string]uint64
	buf   []byte
	rest  string // what is left to unpack
}

func newPacker(m *workflow.Machine) *packer {
	p := &packer{index: map[string]uint64{}}
	add := func(name string) {
		if _, known := p.index[name]; !known {
			p.names = append(p.names, name)
			p.index[name] = uint64(len(p.names))
		}
	}
	for _, n := range m.FactNames() {
		add(n)
	}
	m.Template.EachState(func(s *workflow.State) {
		if add(s.Name); s.SLA != nil {
			add(s.SLA.Emits)
		}
	})
	return p
}

// Kinds of values.
const (
	packedFalse byte = iota
	packedTrue
	packedInt
	packedText
	packedTime
	packedList
	packedObject
)

func (p *packer) pack(a *awake) string {
	p.buf = p.buf[:0]
	p.count(a.order)
	p.int(a.inst.Sequence)
	p.count(len(a.inst.Timers))
	for _, t := range a.inst.Timers {
		p.name(t.State)
		p.name(t.Event)
		p.int(t.Entry)
		p.time(t.Due)
		p.time(t.Paused)
		p.value(t.Waits)
	}
	p.list(a.inst.Frozen)
	p.text(seldom(a.inst))
	for name, v := range a.facts {
		if v != nil {
			p.name(name)
			p.value(v)
		}
	}
	return string(p.buf)
}

// seldom is what few instances have, in JSON; "" when this one has none of it.
func seldom(i workflow.Instance) string {
	if len(i.Approvals)+len(i.Waivers)+len(i.History)+len(i.Head) == 0 {
		return ""
	}
	i.States, i.Timers, i.Frozen, i.Sequence = nil, nil, nil, 0
	raw, err := json.Marshal(i)
	if err != nil {
		panic(err) // it has texts, numbers and times of four-digit years only
	}
	return string(raw)
}

// unpack fills all of a but the states.
func (p *packer) unpack(record string, a *awake) {
	p.rest = record
	a.order = p.readCount()
	sequence := p.readInt()
	var timers []workflow.Timer
	for range p.readCount() {
		timers = append(timers, workflow.Timer{State: p.readName(), Event: p.readName(), Entry: p.readInt(), Due: p.readTime(), Paused: p.readTime(), Waits: p.readValue() == true})
	}
	frozen := p.readList()
	a.inst = workflow.Instance{}
	if text := p.readText(); text != "" {
		if err := json.Unmarshal([]byte(text), &a.inst); err != nil {
			panic(err) // it was written by seldom
		}
	}
	a.inst.Sequence, a.inst.Timers, a.inst.Frozen = sequence, timers, frozen
	for len(p.rest) > 0 {
		name := p.readName()
		a.facts[name] = p.readValue()
	}
}

func (p *packer) count(n int) { p.buf = binary.AppendUvarint(p.buf, uint64(n)) }
func (p *packer) int(n int64) { p.buf = binary.AppendVarint(p.buf, n) }
func (p *packer) kind(k byte) { p.buf = append(p.buf, k) }
func (p *packer) text(s string) {
	p.count(len(s))
	p.buf = append(p.buf, s...)
}

func (p *packer) name(s string) {
	n := p.index[s]
	p.buf = binary.AppendUvarint(p.buf, n)
	if n == 0 {
		p.text(s)
	}
}

func (p *packer) time(t time.Time) {
	p.int(t.Unix())
	p.count(t.Nanosecond())
}

func (p *packer) list(names []string) {
	p.count(len(names))
	for _, n := range names {
		p.name(n)
	}
}

func (p *packer) value(v any) {
	switch x := v.(type) {
	case bool:
		if x {
			p.kind(packedTrue)
		} else {
			p.kind(packedFalse)
		}
	case int64:
		p.kind(packedInt)
		p.int(x)
	case string:
		p.kind(packedText)
		p.text(x)
	case time.Time:
		p.kind(packedTime)
		p.time(x)
	case []any:
		p.kind(packedList)
		p.count(len(x))
		for _, item := range x {
			p.value(item)
		}
	case map[string]any:
		p.kind(packedObject)
		p.count(len(x))
		for name, member := range x {
			p.name(name)
			p.value(member)
		}
	}
}

func (p *packer) readCount() int {
	n, shift := uint64(0), 0
	for ; p.rest[0] >= 0x80; shift += 7 {
		n |= uint64(p.rest[0]&0x7f) << shift
		p.rest = p.rest[1:]
	}
	n |= uint64(p.rest[0]) << shift
	p.rest = p.rest[1:]
	return int(n)
}

func (p *packer) readInt() int64 {
	n := uint64(p.readCount())
	return int64(n>>1) ^ -int64(n&1)
}

func (p *packer) readText() string { return p.cut(p.readCount()) }

func (p *packer) cut(n int) string {
	s := p.rest[:n]
	p.rest = p.rest[n:]
	return s
}

func (p *packer) readName() string {
	if n := p.readCount(); n > 0 {
		return p.names[n-1]
	}
	return p.readText()
}

func (p *packer) readTime() time.Time {
	sec := p.readInt()
	return time.Unix(sec, int64(p.readCount())).UTC()
}

func (p *packer) readList() (names []string) {
	for range p.readCount() {
		names = append(names, p.readName())
	}
	return names
}

func (p *packer) readValue() any {
	switch p.cut(1)[0] {
	case packedTrue:
		return true
	case packedInt:
		return p.readInt()
	case packedText:
		return p.readText()
	case packedTime:
		return p.readTime()
	case packedList:
		out := make([]any, p.readCount())
		for i := range out {
			out[i] = p.readValue()
		}
		return out
	case packedObject:
		n := p.readCount()
		out := make(map[string]any, n)
		for range n {
			name := p.readName()
			out[name] = p.readValue()
		}
		return out
	}
	return false
}
