package documents

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
)

const (
	jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00 picture \xff\xd9"
	png  = "\x89PNG\r\n\x1a\n picture IEND\xaeB`\x82"
	pdf  = "%PDF-1.4\nsigned by the client\n%%EOF\n"
)

// archiveOf is a ZIP with a file; what came before it is how a GIFAR is made.
func archiveOf(before, comment string) string {
	out := bytes.NewBufferString(before)
	z := zip.NewWriter(out)
	z.SetOffset(int64(len(before)))
	w, _ := z.Create("Main.class")
	_, _ = w.Write([]byte("\xca\xfe\xba\xbe"))
	_ = z.SetComment(comment)
	_ = z.Close()
	return out.String()
}

// TestTypes: a content is what its bytes say, and only one thing.
func TestTypes(t *testing.T) {
	for what, c := range map[string]struct {
		content, media string
		err            error
	}{
		"a PDF":                       {pdf, "application/pdf", nil},
		"a PDF with blanks after it":  {pdf + "\r\n\x00\x00", "application/pdf", nil},
		"a PDF saved twice":           {pdf + pdf, "application/pdf", nil},
		"a JPEG":                      {jpeg, "image/jpeg", nil},
		"a JPEG with a preview after": {jpeg + jpeg, "image/jpeg", nil},
		"a PNG":                       {png, "image/png", nil},
		"a JPEG with an archive's mark in its data": {"\xff\xd8\xff" + archive + strings.Repeat("\x17", 8000), "image/jpeg", nil},
		"half a PDF":                  {"%PDF-1.4\nand then", "application/pdf", errUnreadable},
		"a PDF after something else":  {"MZ" + pdf, "", errType},
		"a page":                      {"<html><script>alert(1)</script>", "", errType},
		"a drawing":                   {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">`, "", errType},
		"a GIF":                       {"GIF89a", "", errType},
		"nothing":                     {"", "", errType},
		"a PDF that is a page":        {"%PDF-1.4\n<HTML><script>alert(1)</script>\n%%EOF", "", errPolyglot},
		"a JPEG that is a script":     {"\xff\xd8\xff\xfe<?php system($_GET[0]);", "", errPolyglot},
		"a PNG that is a drawing":     {"\x89PNG\r\n\x1a\n<svg onload=alert(1)>", "", errPolyglot},
		"a PDF with a program after":  {pdf + "#!/bin/sh\nrm -rf /\n", "application/pdf", errPolyglot},
		"a PDF that is an archive":    {archiveOf(pdf, ""), "application/pdf", errPolyglot},
		"an archive that ends as PDF": {archiveOf(pdf, "\n%%EOF\n"), "application/pdf", errPolyglot},
		"a JPEG that is a JAR":        {archiveOf(jpeg, ""), "image/jpeg", errPolyglot},
		"a PNG that is a JAR, hidden": {archiveOf(png, strings.Repeat("x", 60_000)+archive+"\x01\x01\x01\x01"), "image/png", errPolyglot},
	} {
		media, err := sniff([]byte(c.content)[:min(len(c.content), headBytes)])
		if err == nil {
			err = ends(media, []byte(c.content)[max(0, len(c.content)-tailBytes):], int64(len(c.content)))
		}
		if media != c.media || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v; want %q, %v", what, media, err, c.media, c.err)
		}
	}
}

// FuzzType: what is taken begins as its type does, and no reader of archives finds one in it.
func FuzzType(f *testing.F) {
	for _, content := range []string{pdf, jpeg, png, archiveOf(jpeg, ""), archiveOf(pdf, "\n%%EOF"), "<html>", "%PDF-1.4 <script>", "\xff\xd8\xff" + archive} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		media, err := sniff(content[:min(len(content), headBytes)])
		if err != nil || ends(media, content[max(0, len(content)-tailBytes):], int64(len(content))) != nil {
			return
		}
		if extensions[media] == nil || bytes.HasPrefix(bytes.TrimSpace(content), []byte("<")) {
			t.Errorf("taken as %q: %.40q", media, content)
		}
		if z, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
			t.Errorf("taken as %q, and an archive of %d files", media, len(z.File))
		}
	})
}
