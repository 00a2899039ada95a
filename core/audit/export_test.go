package audit

import (
	"bytes"

	"github.com/google/uuid"
)

// Rehash gives an entry the hash that somebody who bends a trail would give it.
func (l *Line) Rehash(trail string, owner uuid.UUID) {
	l.Hash = bytes.Clone(newHasher().line(trail, owner, l))
}

// Head is the first line of an export that ends with an entry.
func Head(trail string, owner uuid.UUID, key *Key, last Line) any {
	c := Checkpoint{Trail: trail, Owner: owner, Seq: last.Seq, Hash: last.Hash, At: last.At}
	key.sign(&c)
	return header{1, trail, owner, key.Public, c}
}
