package main

import (
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/cmd/pratica/local/mailsink"
)

// TestHeadersOfMail: nothing in an address or a subject begins another header or another recipient; a text is a text, dots and all.
func TestHeadersOfMail(t *testing.T) {
	sink, err := mailsink.Start()
	must(t, err)
	defer sink.Close()
	m := mailer{url: sink.URL(), from: "pratica@pratica.test"}
	for _, c := range [][2]string{{"a@b.test\r\nBcc: c@d.test", "x"}, {"a@b.test", "x\r\nBcc: c@d.test"}, {"a@b.test", "x\nBcc: c@d.test"}, {"a@b.test\r\nRCPT TO:<c@d.test>", "x"}} {
		if err := m.Send(t.Context(), c[0], c[1], "text"); err == nil {
			t.Errorf("%q is sent", c)
		}
	}
	if sent := sink.Messages(); len(sent) != 0 {
		t.Fatalf("sent: %+v", sent)
	}
	must(t, m.Send(t.Context(), "a@b.test", "Perché: \x00=?", "one\n.\nQUIT\nBcc: c@d.test\n"))
	sent := sink.Messages()
	if len(sent) != 1 || sent[0].To != "a@b.test" || strings.Contains(sent[0].Subject, "\n") || !strings.Contains(sent[0].Text, "QUIT") {
		t.Errorf("sent: %+v", sent)
	}
}
