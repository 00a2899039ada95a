package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// checkPDF follows a file's own directions: the end says where the table is, the table where every object is, and a
// stream is as long as it says.
func checkPDF(t testing.TB, raw []byte) {
	t.Helper()
	end := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(raw)
	if !bytes.HasPrefix(raw, []byte("%PDF-1.4\n")) || end == nil {
		t.Fatalf("no PDF: %.40q … %q", raw, raw[max(0, len(raw)-40):])
	}
	start, _ := strconv.Atoi(string(end[1]))
	table := regexp.MustCompile(`^xref\n0 (\d+)\n0000000000 65535 f \n((?:\d{10} 00000 n \n)+)trailer\n<< /Size (\d+) /Root 1 0 R`).FindSubmatch(raw[start:])
	if table == nil || !bytes.Equal(table[1], table[3]) {
		t.Fatalf("no table of objects at %d: %.60q", start, raw[start:])
	}
	rows := strings.Split(strings.TrimSuffix(string(table[2]), "\n"), "\n")
	if fmt.Sprint(len(rows)+1) != string(table[1]) {
		t.Errorf("the table has %d rows and says %s", len(rows), table[1])
	}
	for i, row := range rows {
		at, _ := strconv.Atoi(row[:10])
		if !bytes.HasPrefix(raw[at:], fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at %d: %.20q", i+1, at, raw[at:])
		}
	}
	stream := regexp.MustCompile(`(?s)/Length (\d+) >>\nstream\n(.*)\nendstream`).FindSubmatch(raw)
	if stream == nil || string(stream[1]) != fmt.Sprint(len(stream[2])) {
		t.Errorf("the page's length is wrong")
	}
}

// TestPDF: accents, euros and brackets come out as they went in; a reader finds the words where one is installed.
func TestPDF(t *testing.T) {
	raw := demoPDF("Documento d'identità", "Comune di Forlì – Città", []string{`Qualità (è così) \ perché no?`, "Netto: 1.234,00 €"})
	checkPDF(t, raw)
	for _, want := range []string{"(Documento d'identit\xe0)", "Comune di Forl\xec \x96 Citt\xe0", `Qualit` + "\xe0" + ` \(` + "\xe8 cos\xec" + `\) \\ perch` + "\xe9" + ` no?`, "1.234,00 \x80", "(DOCUMENTO DIMOSTRATIVO)"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("%q is not in it", want)
		}
	}
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		return // the checks above stand alone
	}
	path := filepath.Join(t.TempDir(), "page.pdf")
	must(t, os.WriteFile(path, raw, 0o600))
	text, err := exec.Command(reader, path, "-").CombinedOutput()
	must(t, err)
	for _, want := range []string{"Documento d'identità", "Forlì – Città", `Qualità (è così) \ perché no?`, "1.234,00 €"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("a reader does not find %q in %s", want, text)
		}
	}
}
