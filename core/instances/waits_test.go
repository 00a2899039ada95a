package instances_test

import (
	"strings"
	"testing"
	"time"
)

// TestADeadlineOutlivesABreach: it ends while the parcel weighs too much, waits without being asked again and again, and fires
// as soon as the weight is right.
func TestADeadlineOutlivesABreach(t *testing.T) {
	p := newPostUnder(t, parcel+`invariants: [{id: inv_light, in: [waiting], expr: weight < 50}]
`)
	id := p.open()
	p.weigh(id, 10)
	must(t, p.send(id, "wait", "broker"))
	p.weigh(id, 40)
	p.weigh(id, 60)
	p.Clock.Advance(25 * time.Hour)
	if !p.fire(id) || p.fire(id) {
		t.Error("it is due once")
	}
	p.wantState(id, "waiting", "fired")
	p.weigh(id, 70)
	if p.fire(id) {
		t.Error("it is due while the breach stands")
	}
	p.weigh(id, 20)
	p.wantState(id, "waiting", "fired,armed")
	if !p.fire(id) {
		t.Error("it is not due once the breach is gone")
	}
	p.wantState(id, "open", "fired,fired")
	if r := p.replay(id); !r.OK || strings.Join(r.Instance.States, " ") != "open" {
		t.Errorf("%+v", r)
	}
}
