// Package watermark stamps PDFs, and is the one home of pdfcpu. A PDF is a program written by a stranger: it is read in a
// process of its own that holds no secret, has bounded memory and time, and ends with the document.
package watermark

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/text/unicode/norm"
)

const (
	maxBytes    = 32 << 20 // of what is read: more than a document may have
	decodeBytes = 64 << 20 // of what any part of it may unpack to
)

// look is the stamp: across the page and over what is on it, so that it can neither be cut off nor painted over.
const look = "fontname:Helvetica, position:c, rotation:40, scalefactor:0.85 rel, fillcolor:#7a1f1f, opacity:0.28, align:c"

// Stamp writes to w a copy of a PDF with the text (lines parted by \n) on every page. The whole is in memory: Process bounds it.
func Stamp(w io.Writer, pdf io.Reader, text string) error {
	raw, err := io.ReadAll(io.LimitReader(pdf, maxBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("read PDF: %w", err)
	case len(raw) > maxBytes:
		return errors.New("read PDF: too large")
	}
	api.DisableConfigDir() // no fonts or settings of whoever runs this
	conf := model.NewDefaultConfiguration()
	conf.Offline = true
	conf.Limits.MaxStreamBytes, conf.Limits.MaxDecodeBytes = maxBytes, decodeBytes
	conf.Limits.MaxImageBytes, conf.Limits.MaxImagePixels = decodeBytes, 64<<20
	conf.Limits.MaxObjectCount, conf.Limits.MaxXRefEntries, conf.Limits.MaxObjectStreamCount = 500_000, 500_000, 50_000
	mark, err := api.TextWatermark(plain(text), look, true, false, types.POINTS)
	if err != nil {
		return fmt.Errorf("make the mark: %w", err)
	}
	var out bytes.Buffer
	if err := api.AddWatermarks(bytes.NewReader(raw), &out, nil, mark, conf); err != nil {
		return fmt.Errorf("stamp PDF: %w", err)
	}
	_, err = out.WriteTo(w)
	return err
}

// plain spells a text with what every reader's own Helvetica has, Latin-1: a letter beyond it without its accent, or as a
// question mark. A percent sign would be read as a page number.
func plain(text string) string {
	out := &strings.Builder{}
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n' || r >= ' ' && r <= '~' && r != '%' && r != '\\' || r >= 0xa1 && r <= 0xff:
			out.WriteRune(r)
		default:
			base := []rune(norm.NFD.String(string(r)))[0]
			if base > '~' || !unicode.IsLetter(base) {
				base = '?'
			}
			out.WriteRune(base)
		}
	}
	return out.String()
}
