package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// header is the first line of an export: whose trail it is, and the checkpoint it ends with.
type header struct {
	Format     int        `json:"pratica_audit"`
	Trail      string     `json:"trail"`
	Owner      uuid.UUID  `json:"owner"`
	Key        PublicKey  `json:"key"`
	Checkpoint Checkpoint `json:"checkpoint"`
}

// signed is a line that holds a checkpoint, right after the entry it ends with.
type signed struct {
	Checkpoint *Checkpoint `json:"checkpoint"`
}

// signedPrefix tells such a line from an entry.
var signedPrefix = []byte(`{"checkpoint":`)

// Report is what a verification came to.
type Report struct {
	Trail    string
	Owner    uuid.UUID
	Entries  int64
	SealedTo int64  // the last entry a good checkpoint vouches for
	KeyID    string // of the key the signatures were held against
	Given    bool   // the key was given, not taken from the file itself
	Findings []Finding
}

// maxLine bounds a line of an export.
const maxLine = 1 << 20

// VerifyFile checks an export offline, in bounded memory. key is the installation's, nil to take the file's own, which shows only
// that the file agrees with itself. More checkpoints, kept elsewhere, show what a shortened or rewritten file cannot.
// The error is of a file that is no export or cannot be read; whatever is wrong with a trail is a finding.
func VerifyFile(r io.Reader, key *PublicKey, more ...Checkpoint) (Report, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	var head header
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Format != 1 {
		if err := lines.Err(); err != nil {
			return Report{}, fmt.Errorf("read export: %w", err)
		}
		return Report{}, fmt.Errorf("this is no export of a trail: its first line says otherwise")
	}
	out := Report{Trail: head.Trail, Owner: head.Owner, Given: key != nil}
	if key == nil {
		key = &head.Key
	}
	out.KeyID = key.ID()
	v := newVerifier(head.Trail, head.Owner, key)
	if !canonical(lines.Bytes(), head) {
		v.find("changed", 0, uuid.Nil, "the first line is not as an export writes it")
	}
	v.checkpoint(&head.Checkpoint)
	for i := range more {
		v.checkpoint(&more[i])
	}
	for number := 2; !v.full() && lines.Scan(); number++ {
		v.line(lines.Bytes(), number)
	}
	if err := lines.Err(); err != nil {
		return out, fmt.Errorf("read export: %w", err)
	}
	out.Findings, out.Entries, out.SealedTo = v.finish(true), v.entries, v.good
	return out, nil
}

// line takes one line of a file. It must be byte for byte what an export writes: two texts for one entry would be one too many.
func (v *verifier) line(text []byte, number int) {
	if bytes.HasPrefix(text, signedPrefix) {
		var s signed
		if json.Unmarshal(text, &s) != nil || s.Checkpoint == nil || !canonical(text, s) {
			v.find("signature", v.last.seq, uuid.Nil, fmt.Sprintf("line %d is not as an export writes a checkpoint", number))
			return
		}
		v.checkpoint(s.Checkpoint)
		return
	}
	var l Line
	switch err := json.Unmarshal(text, &l); {
	case err != nil:
		l = Line{Seq: v.next, ID: l.ID}
		v.spoiled(&l, fmt.Sprintf("line %d cannot be read", number))
	case !canonical(text, l):
		v.spoiled(&l, fmt.Sprintf("line %d is not as an export writes it", number))
	default:
		v.entry(&l)
	}
}

func canonical(text []byte, value any) bool {
	again, err := json.Marshal(value)
	return err == nil && bytes.Equal(text, again)
}
