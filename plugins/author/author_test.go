package author

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/conformance"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	"github.com/pratica-crm/pratica/plugins/scaffold"
)

func TestMain(m *testing.M) {
	jail.Enter()
	os.Exit(m.Run())
}

// packed is a package of the skeleton in Node, or in Go where there is no node.
func packed(t *testing.T) (p Project, path string, m archive.Manifest) {
	t.Helper()
	lang := "node"
	if _, err := exec.LookPath("node"); err != nil {
		lang = "go"
	}
	dir := t.TempDir()
	if err := scaffold.New(dir, scaffold.Options{Name: "zeta", Capability: "analysis", Lang: lang}); err != nil {
		t.Fatal(err)
	}
	p, err := Open(filepath.Join(dir, "zeta"))
	if err != nil {
		t.Fatal(err)
	}
	path, m, err = p.Pack(t.Context(), []string{Platform()}, filepath.Join(p.Dir, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	return p, path, m
}

// TestFromSourceToIndex: a package is the same bytes again, is signed by a key made on first use, and published under an index that
// turns at one stroke; what is changed, unsigned, another's or published already is refused with a remedy.
func TestFromSourceToIndex(t *testing.T) {
	p, path, m := packed(t)
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := p.Pack(t.Context(), []string{Platform()}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(again); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the same source gives another package: %v", err)
	}
	whole, err := archive.Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	var bill bom
	if err := json.Unmarshal(whole.Content["sbom.json"], &bill); err != nil || bill.Format != "CycloneDX" || bill.Metadata.Component.Name != "zeta" {
		t.Errorf("%s %v", whole.Content["sbom.json"], err)
	}
	if m.Kit.Score != 100 || m.Kit.Failed != 0 || !bytes.Contains(whole.Content["docs.md"], []byte("## Permissions")) || len(whole.Content["report.json"]) == 0 {
		t.Errorf("%+v", m.Kit)
	}

	at := filepath.Join(t.TempDir(), "settings", "publisher.key")
	out := t.TempDir()
	key, made, err := Key(at)
	if err != nil || !made {
		t.Fatal(err)
	}
	if same, made, err := Key(at); err != nil || made || !same.Equal(key) {
		t.Errorf("the second time the key is another: %v", err)
	}
	refuses := func(says string, packages ...string) {
		t.Helper()
		if _, err := Publish(out, packages, key); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
	refuses("pratica plugin sign", path)
	s, err := Sign(path, key)
	if err != nil || s.Verify(whole.SHA256) != nil {
		t.Fatalf("%v", err)
	}
	index, err := Publish(out, []string{path}, key)
	if err != nil || len(index.Packages) != 1 || index.Packages[0].SHA256 != whole.SHA256 {
		t.Fatalf("%+v %v", index, err)
	}
	if _, err := Publish(out, []string{path}, key); err != nil {
		t.Errorf("the same again: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(out, archive.IndexName))
	if err != nil {
		t.Fatal(err)
	}
	if read, by, err := archive.OpenIndex(text); err != nil || by != s.Key || len(read.Packages) != 1 {
		t.Errorf("%+v %v", read, err)
	}
	left, _ := filepath.Glob(filepath.Join(out, ".*"))
	if len(left) != 0 {
		t.Errorf("%v is left", left)
	}

	// Another package under the same version.
	m.Title = "Another"
	var other bytes.Buffer
	if _, err := archive.Write(&other, m, map[string][]byte{Platform(): []byte("x")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, other.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses("not this package's", path)
	if _, err := Sign(path, key); err != nil {
		t.Fatal(err)
	}
	refuses("does not change", path)
	_, stranger, _ := ed25519.GenerateKey(nil)
	if _, err := Publish(out, []string{path}, stranger); err == nil || !strings.Contains(err.Error(), "another publisher's") {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(at, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Key(at); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
}

// TestNotPacked: what is not conformant, or no connector's folder, is not packed.
func TestNotPacked(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "pratica plugin new") {
		t.Errorf("%v", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: " + err.Error())
	}
	dir := t.TempDir()
	if err := scaffold.New(dir, scaffold.Options{Name: "zeta", Capability: "analysis", Lang: "node"}); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "zeta", "connector.js")
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, bytes.Replace(text, []byte("figure.transactions.sort()"), []byte("0"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(filepath.Join(dir, "zeta"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Pack(t.Context(), nil, t.TempDir()); err == nil || !strings.Contains(err.Error(), "pratica plugin test") {
		t.Errorf("%v", err)
	}
}

// TestBillOfNode: what package-lock.json names for production, and what it cannot read is said.
func TestBillOfNode(t *testing.T) {
	at := filepath.Join(t.TempDir(), "package-lock.json")
	write := func(text string) {
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"lockfileVersion":3,"packages":{"":{"name":"zeta"},"node_modules/undici":{"version":"7.1.0"},"node_modules/a/node_modules/@s/b":{"version":"1.0.0"},"node_modules/eslint":{"version":"9.0.0","dev":true}}}`)
	got, err := locked(at)
	var names []string
	for _, c := range got {
		names = append(names, c.PURL)
	}
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"pkg:npm/%40s/b@1.0.0", "pkg:npm/undici@7.1.0"}) {
		t.Errorf("%v %v", names, err)
	}
	write(`{"lockfileVersion":1}`)
	if _, err := locked(at); err == nil || !strings.Contains(err.Error(), "npm install") {
		t.Errorf("%v", err)
	}
}

// TestDev: the inspector shows a call with its exchanges, a change of the source is running soon, and nobody else may use the page.
func TestDev(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: " + err.Error())
	}
	dir := t.TempDir()
	if err := scaffold.New(dir, scaffold.Options{Name: "zeta", Capability: "bankportal", Lang: "node"}); err != nil {
		t.Fatal(err)
	}
	p, err := Open(filepath.Join(dir, "zeta"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	up, ended := make(chan string, 1), make(chan error, 1)
	d := &Dev{Project: p, Listen: "127.0.0.1:0", Out: io.Discard, Up: func(address string) { up <- address }}
	go func() { ended <- d.Run(ctx) }()
	address := <-up
	ask := func(path string, form url.Values) (s state, status int) {
		t.Helper()
		answer, err := http.PostForm(address+path, form)
		if form == nil {
			answer, err = http.Get(address + path)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		_ = json.NewDecoder(answer.Body).Decode(&s) // a refusal is none
		return s, answer.StatusCode
	}
	if _, status := ask("/main", url.Values{}); status != http.StatusForbidden {
		t.Errorf("without the token: status %d", status)
	}
	mine := url.Values{"token": {d.token}}
	s, status := ask("/main", mine)
	if status != http.StatusOK || len(s.Steps) != 2 || s.Steps[0].Ended != "done" || s.Steps[0].Exchanges[0] != (conformance.Exchange{Method: "POST", Path: "/aurora/applications", Status: 201}) {
		t.Errorf("%d %+v", status, s.Steps)
	}
	if s, status = ask("/mood", url.Values{"token": {d.token}, "mood": {"limited"}}); status != http.StatusOK || s.Mood != "limited" {
		t.Errorf("%d %+v", status, s)
	}
	at := filepath.Join(p.Dir, "connector.js")
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, bytes.Replace(text, []byte(`"0.1.0"`), []byte(`"0.2.0"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	<-up
	if s, _ = ask("/state", nil); s.Version != "0.2.0" || s.Mood != "limited" || s.Wrong != "" {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(at, []byte("this is no JavaScript"), 0o600); err != nil {
		t.Fatal(err)
	}
	<-up
	if s, _ = ask("/state", nil); s.Version != "0.2.0" || s.Wrong == "" {
		t.Errorf("a source that does not run: %+v", s)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
