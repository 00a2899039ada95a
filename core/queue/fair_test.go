package queue

import (
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

var wide = Caps{All: 1000, Tenant: 1000, TenantConnector: 1000, Connector: 1000, Connection: 1000}

// serve lets the scheduler take n times from lanes that never end, each job of the lane's weight, and counts jobs by lane. What is taken
// ends at once.
func serve(f *fair, weights map[Lane]int, n int) map[Lane]int {
	for l := range weights {
		f.hear(l)
	}
	out := map[Lane]int{}
	for range n {
		l, most, ok := f.next()
		if !ok {
			break
		}
		var jobs []Job
		for range most {
			jobs = append(jobs, Job{Lane: l, Weight: weights[l]})
		}
		f.took(l, jobs)
		f.began(l, -most)
		out[l] += most
	}
	return out
}

// TestFairByWeight: agencies share by what their jobs weigh, not by how many they are, and the connectors of one take turns.
func TestFairByWeight(t *testing.T) {
	a, b := ident.NewAgency(), ident.NewAgency()
	light, heavy, other := Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: b, Priority: Background, Connector: "x"}, Lane{Tenant: a, Priority: Background, Connector: "y"}
	got := serve(newFair(wide), map[Lane]int{light: 1, other: 1, heavy: 8}, 4000)
	of, paid := got[light]+got[other], 8*got[heavy]
	if of < paid*9/10 || of > paid*11/10 {
		t.Errorf("one agency was served %d of weight, the other %d", of, paid)
	}
	if d := got[light] - got[other]; d < -8 || d > 8 {
		t.Errorf("connectors of one agency: %d and %d", got[light], got[other])
	}
}

// TestFairAmongMany: however much one agency has waiting, each other one has its turn within one round; who comes anew is behind
// those who wait.
func TestFairAmongMany(t *testing.T) {
	f := newFair(wide)
	all := map[Lane]int{}
	for range 50 {
		all[Lane{Tenant: ident.NewAgency(), Priority: Background, Connector: "x"}] = 1
	}
	got := serve(f, all, 50)
	for l, n := range got {
		if n != quantum {
			t.Errorf("%v was served %d in one round", l, n)
		}
	}
	if len(got) != 50 {
		t.Errorf("%d of 50 had a turn", len(got))
	}
}

// TestFairPriorities: as long as a person waits nothing else is taken; nightly work has its turn under any load of the background.
func TestFairPriorities(t *testing.T) {
	a := ident.NewAgency()
	screen, back, night := Lane{Tenant: a, Priority: Screen, Connector: "x"}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: a, Priority: Nightly, Connector: "x"}
	f := newFair(wide)
	if got := serve(f, map[Lane]int{screen: 1, back: 1, night: 1}, 100); got[back]+got[night] != 0 || got[screen] == 0 {
		t.Errorf("with a person waiting: %v", got)
	}
	f = newFair(wide)
	if got := serve(f, map[Lane]int{back: 1, night: 1}, 800); got[night] != 100*quantum || got[back] != 700*quantum {
		t.Errorf("background and nightly: %v", got)
	}
	if got := serve(newFair(wide), map[Lane]int{night: 1}, 8); got[night] != 8*quantum {
		t.Errorf("nightly alone: %v", got)
	}
}

// TestFairCaps: each cap holds what it names and nothing else; the last quarter is for people; what ends makes room.
func TestFairCaps(t *testing.T) {
	a, b := ident.NewAgency(), ident.NewAgency()
	fill := func(f *fair, lanes ...Lane) int { // takes without an end, until nothing may run
		n := 0
		for _, l := range lanes {
			f.hear(l)
		}
		for {
			l, most, ok := f.next()
			if !ok {
				return n
			}
			f.took(l, make([]Job, most))
			n += most
		}
	}
	for name, c := range map[string]struct {
		caps         Caps
		first, then  Lane
		wants, after int
	}{
		"all":                            {Caps{8, 99, 99, 99, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: b, Priority: Background, Connector: "y"}, 6, 0},
		"all, kept for people":           {Caps{8, 99, 99, 99, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: b, Priority: Screen, Connector: "y"}, 6, 2},
		"an agency":                      {Caps{99, 8, 99, 99, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: a, Priority: Background, Connector: "y"}, 6, 0},
		"another agency":                 {Caps{99, 8, 99, 99, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: b, Priority: Background, Connector: "x"}, 6, 6},
		"an agency's people":             {Caps{99, 8, 99, 99, 99}, Lane{Tenant: a, Priority: Nightly, Connector: "x"}, Lane{Tenant: a, Priority: Screen, Connector: "y"}, 6, 2},
		"its other connector":            {Caps{99, 99, 4, 99, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: a, Priority: Background, Connector: "y"}, 3, 3},
		"the connector of others":        {Caps{99, 99, 99, 4, 99}, Lane{Tenant: a, Priority: Background, Connector: "x"}, Lane{Tenant: b, Priority: Background, Connector: "x"}, 3, 0},
		"people fill what there is":      {Caps{8, 99, 99, 99, 99}, Lane{Tenant: a, Priority: Screen, Connector: "x"}, Lane{Tenant: b, Priority: Background, Connector: "x"}, 8, 0},
		"people leave what is theirs":    {Caps{99, 99, 4, 99, 99}, Lane{Tenant: a, Priority: Screen, Connector: "x"}, Lane{Tenant: a, Priority: Screen, Connector: "y"}, 4, 4},
		"one worker, and nobody starves": {Caps{1, 1, 1, 1, 99}, Lane{Tenant: a, Priority: Nightly, Connector: "x"}, Lane{Tenant: b, Priority: Screen, Connector: "x"}, 1, 0},
		"an agency's bank":               {Caps{99, 99, 8, 99, 4}, Lane{a, Background, "x", ident.NewConnection()}, Lane{a, Background, "x", ident.NewConnection()}, 3, 3},
	} {
		f := newFair(c.caps)
		if got := fill(f, c.first); got != c.wants {
			t.Errorf("%s: %d run, want %d", name, got, c.wants)
		}
		if got := fill(f, c.then); got != c.after {
			t.Errorf("%s: then %d run, want %d", name, got, c.after)
		}
		for range c.wants {
			f.ended(c.first)
		}
		for range c.after {
			f.ended(c.then)
		}
		if len(f.busy) != 0 {
			t.Errorf("%s: all has ended, and counted are %v", name, f.busy)
		}
		if got := f.room(c.first); got != c.wants {
			t.Errorf("%s: when all has ended there is room for %d, want %d", name, got, c.wants)
		}
	}
}

// TestFairRests: a lane that rests is passed over, its neighbours are not, and when the rest is over it has its turn.
func TestFairRests(t *testing.T) {
	f := newFair(wide)
	f.now = time.Unix(1_800_000_000, 0)
	a := ident.NewAgency()
	down, up := Lane{a, Background, "x", ident.NewConnection()}, Lane{a, Background, "x", ident.NewConnection()}
	f.rests[down] = f.now.Add(time.Second)
	if got := serve(f, map[Lane]int{down: 1, up: 1}, 10); got[down] != 0 || got[up] != 10*quantum {
		t.Errorf("while one rests: %v", got)
	}
	f.now = f.now.Add(time.Minute)
	if got := serve(f, map[Lane]int{down: 1, up: 1}, 10); got[down] != 5*quantum || len(f.rests) != 0 {
		t.Errorf("when it has rested: %v", got)
	}
}

// TestFairForgets: an agency whose lanes are empty is out of the ring, with its debts, and back when it is heard of.
func TestFairForgets(t *testing.T) {
	f := newFair(wide)
	l := Lane{Tenant: ident.NewAgency(), Priority: Background, Connector: "x"}
	f.hear(l)
	f.hear(l)
	_, _, ok := f.next()
	f.took(l, []Job{{Weight: 100}})
	if !ok || len(f.rings[Background].order) != 1 {
		t.Errorf("in the ring: %v", f.rings[Background].order)
	}
	f.took(l, nil)
	if _, _, ok := f.next(); ok || len(f.rings[Background].order) != 0 || len(f.rings[Background].of) != 0 {
		t.Error("an empty lane is still asked")
	}
	f.hear(l)
	if got, _, ok := f.next(); !ok || got != l {
		t.Error("a lane that is heard of again is not asked")
	}
}
