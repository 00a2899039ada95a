package privacy_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/privacy"
)

// archived: the archive has the copy in both forms, and each paper of hers by the name and digest that the copy says; nobody else's.
func (d *desk) archived(content, raw string, c privacy.Copy) {
	t := d.t
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	office.Must(t, err)
	digests := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		office.Must(t, err)
		text, err := io.ReadAll(r)
		office.Must(t, err)
		sum := sha256.Sum256(text)
		digests[f.Name] = hex.EncodeToString(sum[:])
		switch {
		case f.Name == "copy.json" && string(text) != raw, f.Name == "copy.pdf" && !strings.HasPrefix(string(text), "%PDF-"), strings.Contains(string(text), "berta's payslip"):
			t.Errorf("%s: %.80q", f.Name, text)
		}
	}
	if len(digests) != 2+len(c.Papers) || len(c.Papers) == 0 {
		t.Errorf("the archive has %v", digests)
	}
	for _, p := range c.Papers {
		if p.Content == "" || digests[p.Content] != p.SHA256 {
			t.Errorf("%s %q: %s, want %s", p.Kind, p.Content, digests[p.Content], p.SHA256)
		}
	}
}
