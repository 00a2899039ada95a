// Package pdf writes the papers the platform makes itself, and is the one home of fpdf. Letters beyond Latin-1 and the euro are spelled
// without their accents, or as a question mark: every reader has the font, and none is embedded.
package pdf

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

// Paper is a text with a title, some lines under it, and sections.
type Paper struct {
	Title    string
	Lines    []string
	Sections []Section
}

// Section is a table of names and values.
type Section struct {
	Title string
	Rows  [][2]string
}

// Add puts a row at the end; one without a value is left out.
func (s *Section) Add(name, value string) {
	if value != "" {
		s.Rows = append(s.Rows, [2]string{name, value})
	}
}

// Text is the paper as plain text.
func (p Paper) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, p.Title)
	for _, l := range p.Lines {
		fmt.Fprintln(&b, l)
	}
	for _, s := range p.Sections {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "  %s: %s\n", r[0], r[1])
		}
	}
	return b.String()
}

// Write writes the paper as a PDF on A4.
func (p Paper) Write(w io.Writer) error {
	f := fpdf.New("P", "mm", "A4", "")
	code := f.UnicodeTranslatorFromDescriptor("") // cp1252
	say := func(text string) string { return code(plain(text)) }
	f.SetTitle(p.Title, true)
	f.SetMargins(20, 20, 20)
	f.SetAutoPageBreak(true, 20)
	f.SetFooterFunc(func() {
		f.SetY(-15)
		f.SetFont("Helvetica", "", 8)
		f.CellFormat(0, 5, fmt.Sprint(f.PageNo()), "", 0, "R", false, 0, "")
	})
	f.AddPage()
	f.SetFont("Helvetica", "B", 16)
	f.MultiCell(0, 8, say(p.Title), "", "L", false)
	f.SetFont("Helvetica", "", 10)
	for _, l := range p.Lines {
		f.MultiCell(0, 5, say(l), "", "L", false)
	}
	for _, s := range p.Sections {
		f.Ln(4)
		f.SetFont("Helvetica", "B", 12)
		f.MultiCell(0, 6, say(s.Title), "B", "L", false)
		f.Ln(1)
		for _, r := range s.Rows {
			f.SetFont("Helvetica", "B", 9)
			f.MultiCell(0, 4.5, say(r[0]), "", "L", false)
			f.SetFont("Helvetica", "", 9)
			f.SetX(26)
			f.MultiCell(0, 4.5, say(r[1]), "", "L", false)
		}
	}
	if err := f.Output(w); err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	return nil
}

// plain spells a text with the letters of cp1252.
func plain(text string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n' || r >= ' ' && r <= '~' || r >= 0xa1 && r <= 0xff || r == '€' || r == '’' || r == '–':
			out.WriteRune(r)
		case unicode.IsControl(r):
			out.WriteRune(' ')
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
