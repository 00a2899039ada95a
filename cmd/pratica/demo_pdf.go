package main

import (
	"bytes"
	"fmt"
	"strings"
)

// demoPDF writes a one-page PDF (A4, Helvetica, Windows-1252 text) with a title, lines and the mark of a demonstration.
// Own code because all that is asked for is text on a page: a layout library would be larger than what it lays out.
func demoPDF(title, issuer string, lines []string) []byte {
	page := &strings.Builder{}
	write := func(font string, size, x, y int, text string) {
		fmt.Fprintf(page, "BT /%s %d Tf %d %d Td (%s) Tj ET\n", font, size, x, y, pdfText(text))
	}
	write("R", 10, 60, 792, issuer)
	write("B", 18, 60, 752, title)
	page.WriteString("0.6 w 60 740 m 535 740 l S\n")
	for i, line := range lines {
		write("R", 11, 60, 712-20*i, line)
	}
	page.WriteString("0.75 g\n")
	write("B", 30, 60, 66, "DOCUMENTO DIMOSTRATIVO")
	page.WriteString("0.35 g\n")
	write("R", 8, 60, 48, "Persone, importi e numeri sono inventati.")
	return pdfFile([]string{
		"<< /Type /Catalog /Pages 2 0 R /Lang (it-IT) >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /R 4 0 R /B 5 0 R >> >> /Contents 6 0 R >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page),
		"<< /Title (" + pdfText(title) + ") /Producer (Pratica) >>",
	})
}

// pdfFile numbers the objects from 1 (the catalogue) to the last (the information) and writes the table of their offsets.
func pdfFile(objects []string) []byte {
	out := &bytes.Buffer{}
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	table := &strings.Builder{}
	fmt.Fprintf(table, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		fmt.Fprintf(table, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(out, "%strailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", table, len(objects)+1, len(objects), start)
	return out.Bytes()
}

// beyondLatin1 are the Windows-1252 codes of the characters our texts use that Latin-1 does not have.
var beyondLatin1 = map[rune]byte{'€': 0x80, '’': 0x92, '–': 0x96}

// pdfText encodes a text in Windows-1252, with what ends a string escaped.
func pdfText(text string) string {
	out := &strings.Builder{}
	for _, r := range text {
		code, special := beyondLatin1[r]
		switch {
		case special:
			out.WriteByte(code)
		case r == '(' || r == ')' || r == '\\':
			out.WriteByte('\\')
			out.WriteByte(byte(r))
		case r >= ' ' && r <= '~' || r >= 0xa0 && r <= 0xff:
			out.WriteByte(byte(r))
		default:
			out.WriteByte('?')
		}
	}
	return out.String()
}
