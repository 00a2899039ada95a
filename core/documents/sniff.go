package documents

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/pratica-crm/pratica/core/fault"
)

var (
	errType       = fault.New(fault.Invalid, "document.type", "Documents are PDF, JPEG or PNG files.")
	errUnreadable = fault.New(fault.Invalid, "document.unreadable", "This PDF is damaged or not complete. Save it again and upload that.")
	errPolyglot   = fault.New(fault.Invalid, "document.polyglot", "This file is more than a PDF or a picture: something else is hidden in it. Print it to a new PDF and upload that.")
)

// magic is how a content of each type we take begins, at its first byte.
var magic = []struct{ media, begins string }{
	{"application/pdf", "%PDF-"},
	{"image/jpeg", "\xff\xd8\xff"},
	{"image/png", "\x89PNG\r\n\x1a\n"},
}

// active are the beginnings of pages and scripts. A reader that guesses would take a content with one of them in its first
// bytes for what it is not; none of ours has a reason to.
var active = [][]byte{[]byte("<html"), []byte("<!doctype"), []byte("<script"), []byte("<svg"), []byte("<body"), []byte("<?php")}

const (
	headBytes = 1024         // as far as readers look for a beginning
	tailBytes = 66_000       // as far from the end as an archive's directory may stand: 22 bytes and a comment of at most 65,535
	endBytes  = 1024         // as far from the end as a PDF's end mark may stand
	archive   = "PK\x05\x06" // the end of an archive's directory: ZIP, JAR, office files
)

// sniff tells by its first bytes what a content is, whatever its name or its sender says; "" is none that we take.
func sniff(head []byte) (media string, err error) {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			media = m.media
		}
	}
	if media == "" {
		return "", errType
	}
	lower := bytes.ToLower(head[:min(len(head), headBytes)])
	for _, mark := range active {
		if bytes.Contains(lower, mark) {
			return "", errPolyglot
		}
	}
	return media, nil
}

// ends looks at the last bytes of a content of so many bytes. A PDF ends with its mark and nothing after it; in none stands the directory of an
// archive, which is read from the end: a picture or a PDF that is also a ZIP or a JAR. What else trails a picture (cameras
// append previews and data of their own) is harmless: it is only ever served as a picture.
func ends(media string, tail []byte, size int64) error {
	if media == "application/pdf" {
		last := tail[max(0, len(tail)-endBytes):]
		mark := bytes.LastIndex(last, []byte("%%EOF"))
		if mark < 0 {
			return errUnreadable
		}
		if len(bytes.Trim(last[mark+len("%%EOF"):], "\x00\t\n\f\r \x1a")) > 0 {
			return errPolyglot
		}
	}
	if archived(tail, size) {
		return errPolyglot
	}
	return nil
}

// archived reports whether the end of an archive's directory stands in tail: its mark, and a length or a place of the directory
// that could be, or is told elsewhere (ZIP64). No more than that is asked, since many readers mend the rest; a picture's data holds
// that by chance once in millions.
func archived(tail []byte, size int64) bool {
	const record = 22
	could := max(uint32(min(size, math.MaxUint32-1)), math.MaxUint16)
	for rest := tail; ; rest = rest[1:] {
		at := bytes.Index(rest, []byte(archive))
		if at < 0 || len(rest)-at < record {
			return false
		}
		rest = rest[at:]
		entries, length, place := binary.LittleEndian.Uint16(rest[10:]), binary.LittleEndian.Uint32(rest[12:]), binary.LittleEndian.Uint32(rest[16:])
		if length <= could || place <= could || length == math.MaxUint32 || place == math.MaxUint32 || entries == math.MaxUint16 {
			return true
		}
	}
}
