package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"time"

	"github.com/google/uuid"
)

// Hex is bytes that are written as hexadecimal digits.
type Hex []byte

// MarshalText writes the digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText reads the digits.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// Line is an entry with its place in the chain, as an export and a proof write it. Detail is the text of a JSON object, exactly as
// it is stored: the hash covers these very bytes.
type Line struct {
	Seq      int64     `json:"seq"`
	ID       uuid.UUID `json:"id"`
	At       time.Time `json:"at"` // to the microsecond
	Actor    string    `json:"actor_id"`
	Action   string    `json:"action"`
	Ref      string    `json:"ref"`
	Detail   string    `json:"detail"`
	Request  string    `json:"request_id"`
	Sealed   []byte    `json:"sealed,omitzero"`
	Previous Hex       `json:"previous"`
	Hash     Hex       `json:"hash"`
}

// beginning is the hash before the first one.
var beginning = make(Hex, sha256.Size)

// hasher computes what the database computes in audit_hash: SHA-256 over the parts, each with its length before it as four bytes,
// big end first.
type hasher struct {
	sum     hash.Hash
	scratch [24]byte
	digest  [sha256.Size]byte
}

func newHasher() *hasher { return &hasher{sum: sha256.New()} }

// epoch is what PostgreSQL counts microseconds from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// line is the hash of an entry. The result is good until the next call.
func (h *hasher) line(trail string, owner uuid.UUID, l *Line) []byte {
	h.sum.Reset()
	h.text("pratica audit 1 " + trail)
	h.bytes(owner[:])
	h.number(l.Seq)
	h.bytes(l.Previous)
	h.bytes(l.ID[:])
	h.number(l.At.UnixMicro() - epoch)
	for _, text := range [...]string{l.Actor, l.Action, l.Ref, l.Detail, l.Request} {
		h.text(text)
	}
	if l.Sealed == nil {
		h.length(-1)
	} else {
		h.bytes(l.Sealed)
	}
	return h.sum.Sum(h.digest[:0])
}

// checkpoint is what a signature is over.
func (h *hasher) checkpoint(c *Checkpoint) []byte {
	h.sum.Reset()
	h.text("pratica audit checkpoint 1 " + c.Trail)
	h.bytes(c.Owner[:])
	h.number(c.Seq)
	h.bytes(c.Hash)
	h.number(c.At.UnixMicro() - epoch)
	h.text(c.Key)
	return h.sum.Sum(h.digest[:0])
}

func (h *hasher) length(n int) {
	binary.BigEndian.PutUint32(h.scratch[:4], uint32(int32(n)))
	h.sum.Write(h.scratch[:4])
}

func (h *hasher) bytes(b []byte) {
	h.length(len(b))
	h.sum.Write(b)
}

func (h *hasher) text(s string) {
	h.length(len(s))
	for len(s) > 0 { // in pieces: a copy of the whole would be garbage a line
		n := copy(h.scratch[:], s)
		h.sum.Write(h.scratch[:n])
		s = s[n:]
	}
}

func (h *hasher) number(n int64) {
	h.length(8)
	binary.BigEndian.PutUint64(h.scratch[:8], uint64(n))
	h.sum.Write(h.scratch[:8])
}
