package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/documents/watermark"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/redact"
)

// TestStamp: the very program that serves is the process that stamps.
func TestStamp(t *testing.T) {
	bin, err := programs()
	must(t, err)
	p := watermark.NewProcess(filepath.Join(bin, "pratica"), "stamp")
	var copied bytes.Buffer
	original := demoPDF("Busta paga", "Officine Adriatiche", []string{"Netto: 2.000 €"})
	must(t, p.Mark(t.Context(), &copied, bytes.NewReader(original), "Ada Rossi  ada@example.test"))
	if !bytes.HasPrefix(copied.Bytes(), []byte("%PDF-")) || !bytes.Contains(copied.Bytes(), []byte("/Subtype /Watermark")) || bytes.Contains(original, []byte("/Subtype /Watermark")) {
		t.Errorf("the copy is %.40q", copied.Bytes())
	}
	copied.Reset()
	if err := p.Mark(t.Context(), &copied, strings.NewReader("%PDF-1.4\n%%EOF\n"), "Ada"); err == nil || fault.As(err).Code != "document.unmarkable" || copied.Len() > 0 {
		t.Errorf("what cannot be stamped: %v, %d bytes", err, copied.Len())
	}
}

// TestDoctorAsksForPapers: the doctor uses the object store and the scanner as the product would, and says what mends them.
func TestDoctorAsksForPapers(t *testing.T) {
	gateway := coretest.StartGateway(t)
	good := Config{BlobURL: gateway.URL(""), S3AccessKey: redact.Secret(gateway.AccessKey), S3Secret: redact.Secret(gateway.Secret), ClamdURL: coretest.StartClamd(t, "Pratica.Test", "malware")}
	wrong := good
	wrong.S3Secret, wrong.ClamdURL = "wrong", "unix:///nowhere/clamd"
	direct := good
	direct.BlobURL = gateway.URL("&sse=s3&encryption=server")
	for what, c := range map[string]struct {
		cfg            Config
		store, scanner string
	}{
		"all is well":          {good, "encrypted before they go there", "answers"},
		"the store encrypts":   {direct, "it alone encrypts", "answers"},
		"a wrong secret":       {wrong, "document.storage_unavailable", "start it, or take PRATICA_CLAMD_URL away"},
		"nothing is set":       {Config{}, "PRATICA_BLOB_URL (object store) are not set", "marked not_scanned"},
		"a folder that is not": {Config{BlobDir: "/nowhere"}, "make it and give it to the user", "marked not_scanned"},
		"no address":           {Config{BlobURL: "s3:/bucket", ClamdURL: "clamd"}, "looks like s3://", "looks like tcp://"},
	} {
		store, err := doctorContents(t.Context(), c.cfg)
		if said := store + errorText(err); !strings.Contains(said, c.store) {
			t.Errorf("%s: of the store it says %q", what, said)
		}
		scanner, err := doctorScanner(t.Context(), c.cfg)
		if said := scanner + errorText(err); !strings.Contains(said, c.scanner) {
			t.Errorf("%s: of the scanner it says %q", what, said)
		}
	}
	if _, err := (Config{}).contents(); !errors.Is(err, errUnset) {
		t.Errorf("without either: %v", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
