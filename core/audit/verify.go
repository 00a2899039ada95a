package audit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Finding is one thing that is wrong with a trail, by the entry's number and id. What is gone from a file has left no id there.
type Finding struct {
	Kind string // changed, removed, inserted, reordered, rewritten, truncated, unsigned, signature
	Seq  int64
	To   int64     // the last one, where several in a row are meant; otherwise 0
	ID   uuid.UUID // zero when nothing tells it
	Why  string
}

func (f Finding) String() string {
	out := fmt.Sprintf("%s: entry %d", f.Kind, f.Seq)
	if f.To > f.Seq {
		out = fmt.Sprintf("%s: entries %d to %d", f.Kind, f.Seq, f.To)
	}
	if f.ID != uuid.Nil {
		out += " (" + f.ID.String() + ")"
	}
	return out + ": " + f.Why
}

// mostFindings ends a verification: who has so many knows enough, and memory stays bounded.
const mostFindings = 1000

// verifier takes a trail's entries one by one, in the order they are found in, and says what is wrong with them.
type verifier struct {
	trail string
	owner uuid.UUID
	key   *PublicKey // nil: whose signatures are not looked at
	h     *hasher

	next     int64 // the number that should come
	last     link  // the entry before it
	rival    *link // another one of last's number: the next entry tells which of them it follows
	ahead    *link // one that came too early, until the entry after it tells whether it was moved or others are gone
	early    map[int64]link
	missing  []span
	anchors  map[int64]Hex // what is signed, by number, and not reached yet
	end      int64         // the last number that is signed
	good     int64         // up to here what is signed has been found
	entries  int64
	findings []Finding
}

// link is what of an entry the next one refers to. It is sound when its hash covers it.
type link struct {
	seq      int64
	id       uuid.UUID
	previous Hex
	hash     Hex
	sound    bool
}

type span struct{ from, to int64 }

func newVerifier(trail string, owner uuid.UUID, key *PublicKey) *verifier {
	return &verifier{trail: trail, owner: owner, key: key, h: newHasher(), next: 1, last: link{hash: beginning, sound: true}, early: map[int64]link{}, anchors: map[int64]Hex{}}
}

// full reports that there is no use in going on.
func (v *verifier) full() bool { return len(v.findings) >= mostFindings }

func (v *verifier) find(kind string, seq int64, id uuid.UUID, why string) {
	v.findings = append(v.findings, Finding{Kind: kind, Seq: seq, ID: id, Why: why})
}

// entry takes the next one.
func (v *verifier) entry(l *Line) {
	v.take(link{l.Seq, l.ID, l.Previous, l.Hash, bytes.Equal(v.h.line(v.trail, v.owner, l), l.Hash)}, "its hash does not cover what it says")
}

// spoiled takes an entry of which something else is wrong than its hash.
func (v *verifier) spoiled(l *Line, why string) {
	v.take(link{l.Seq, l.ID, l.Previous, l.Hash, false}, why)
}

// gone takes a link whose entry is not there any more.
func (v *verifier) gone(l *Line) {
	v.find("removed", l.Seq, l.ID, "the chain has it, the trail has not")
	v.take(link{l.Seq, l.ID, l.Previous, l.Hash, true}, "")
}

func (v *verifier) take(l link, why string) {
	v.entries++
	if !l.sound {
		v.find("changed", l.seq, l.id, why)
		v.settle(l)
		v.step(link{v.next, l.id, l.previous, l.hash, false})
		return
	}
	v.settle(l)
	switch follows := bytes.Equal(l.previous, v.last.hash); {
	case l.seq == v.next:
		if !follows {
			v.blame(l)
		}
		v.step(l)
	case l.seq == v.last.seq && v.rival == nil && v.entries > 1:
		v.rival = &l
	case l.seq < v.next && v.fill(l.seq):
		v.find("reordered", l.seq, l.id, "it stands after entries that came later")
	case l.seq < v.next || follows:
		v.find("inserted", l.seq, l.id, "the chain has no place for it")
	default:
		v.ahead = &l
	}
}

// blame says who is wrong when an entry does not follow the one before it.
func (v *verifier) blame(l link) {
	switch {
	case v.rival != nil || !v.last.sound: // said already, or about to be
	case v.last.seq == 0:
		v.find("changed", l.seq, l.id, "it is the first and says that something came before")
	default:
		v.find("changed", v.last.seq, v.last.id, "the entry after it follows another one")
	}
}

// settle decides, with the entry that comes next, what was left open.
func (v *verifier) settle(l link) {
	if v.rival != nil {
		wrong := []link{v.last, *v.rival}
		switch {
		case bytes.Equal(l.previous, v.rival.hash):
			v.last, wrong = *v.rival, wrong[:1]
		case bytes.Equal(l.previous, v.last.hash):
			wrong = wrong[1:]
		}
		for _, w := range wrong {
			v.find("inserted", w.seq, w.id, "another entry has its number")
		}
		v.rival = nil
	}
	if v.ahead == nil {
		return
	}
	a := *v.ahead
	v.ahead = nil
	if l.seq == v.next && l.sound {
		v.find("reordered", a.seq, a.id, "it stands before entries that came earlier")
		v.early[a.seq] = a
		return
	}
	v.jump(a)
}

// jump goes on after a gap.
func (v *verifier) jump(a link) {
	v.missing = append(v.missing, span{v.next, a.seq - 1})
	v.next = a.seq
	v.step(a)
}

// step goes past an entry, and past those that had come too early.
func (v *verifier) step(l link) {
	for ok := true; ok; l, ok = v.early[v.next] {
		delete(v.early, l.seq)
		v.last, v.next = l, v.next+1
		if signed, ok := v.anchors[l.seq]; ok {
			delete(v.anchors, l.seq)
			v.compare(l, signed)
		}
	}
}

// compare holds the chain against what was signed of it.
func (v *verifier) compare(l link, signed Hex) {
	if bytes.Equal(l.hash, signed) {
		v.good = max(v.good, l.seq)
		return
	}
	if n := len(v.findings); n > 0 && v.findings[n-1].Kind == "rewritten" && v.findings[n-1].Seq == l.seq {
		return // two checkpoints of one entry
	}
	v.find("rewritten", l.seq, l.id, fmt.Sprintf("the chain up to here is not the one that was signed; up to entry %d it is", v.good))
}

// fill takes a number out of those that are missing.
func (v *verifier) fill(seq int64) bool {
	for i, m := range v.missing {
		if seq < m.from || seq > m.to {
			continue
		}
		left := slices.DeleteFunc([]span{{m.from, seq - 1}, {seq + 1, m.to}}, func(s span) bool { return s.from > s.to })
		v.missing = slices.Replace(v.missing, i, i+1, left...)
		return true
	}
	return false
}

// checkpoint takes what was signed, before or right after the entry it ends with.
func (v *verifier) checkpoint(c *Checkpoint) {
	switch {
	case c.Trail != v.trail || c.Owner != v.owner:
		v.find("signature", c.Seq, uuid.Nil, "the checkpoint is of another trail")
	case v.key != nil && !v.key.verifies(c):
		v.find("signature", c.Seq, uuid.Nil, "the checkpoint's signature is not by key "+v.key.ID()+", or not of this checkpoint")
	case c.Seq == v.last.seq && v.rival == nil:
		v.end = max(v.end, c.Seq)
		v.compare(v.last, c.Hash)
	case c.Seq >= v.next:
		v.end = max(v.end, c.Seq)
		if other, ok := v.anchors[c.Seq]; ok && !bytes.Equal(other, c.Hash) {
			v.find("rewritten", c.Seq, uuid.Nil, "two checkpoints, both signed, say different things of it")
		}
		v.anchors[c.Seq] = c.Hash
	}
}

// finish says what can be said only when there is no more. With whole, the trail must end where the last checkpoint does.
func (v *verifier) finish(whole bool) []Finding {
	v.settle(link{})
	for _, m := range v.missing {
		v.findings = append(v.findings, Finding{Kind: "removed", Seq: m.from, To: m.to, Why: "the chain goes on after it"})
	}
	switch {
	case v.full():
	case v.last.seq < v.end:
		v.findings = append(v.findings, Finding{Kind: "truncated", Seq: v.next, To: v.end, Why: "it was signed and is not there"})
	case whole && v.end == 0:
		v.find("unsigned", v.last.seq, v.last.id, "no checkpoint vouches for the trail")
	case whole && v.last.seq > v.end:
		v.find("inserted", v.last.seq, v.last.id, fmt.Sprintf("the trail was signed up to entry %d and has more", v.end))
	}
	return v.findings
}
