package core_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pratica-crm/pratica/"

// home says where a third-party library lives, and why it lives nowhere else.
var home = []struct {
	library, why string
	allowed      []string
}{
	{"github.com/jackc/pgx", "SQL goes through the door; only it and the stores under it see rows", []string{"core/tenancy", "core/schema", "core/coretest", "core/", "cmd/", "tenants"}},
	{"github.com/uptrace/bun", "the query builder is the door's, and lists in stores use it", []string{"core/tenancy", "core/"}},
	{"github.com/redis/go-redis", "Redis is a few small types, so that it can be replaced", []string{"core/redis"}},
	{"github.com/alicebob/miniredis", "the embedded Redis is for dev and tests", []string{"cmd/", "core/coretest", "core/redis", "core/queue"}},
	{"github.com/casbin/casbin", "one package turns rules into decisions", []string{"policies"}},
	{"github.com/hashicorp/go-plugin", "foreign processes are started and spoken to in one place", []string{"plugins/"}},
	{"google.golang.org/grpc", "foreign processes are started and spoken to in one place", []string{"plugins/"}},
	{"github.com/danielgtaylor/huma", "HTTP lives in api", []string{"api"}},
	{"github.com/gorilla/mux", "HTTP lives in api", []string{"api"}},
	{"cel.dev/", "the guard language can be changed without any feature noticing", []string{"core/workflow"}},
	{"github.com/google/cel-go", "its cost limit is ignored with state tracking; use cel.dev/cel-go", nil},
	{"github.com/prometheus", "what is counted is HTTP, and counted where it is answered", []string{"api"}},
	{"golang.org/x/crypto/acme", "certificates are the server program's affair", []string{"cmd/"}},
	{"github.com/go-webauthn", "what proves a person is judged in one place", []string{"tenants/accounts"}},
	{"github.com/pquerna/otp", "what proves a person is judged in one place", []string{"tenants/accounts"}},
	{"github.com/coreos/go-oidc", "who else vouches for people is judged in one place, and for applicants in one connector", []string{"tenants", "plugins/connectors/identity"}},
	{"github.com/zitadel/oidc", "a provider for tests", nil},
	{"golang.org/x/oauth2", "who else vouches for people is judged in one place", []string{"tenants"}},
	{"github.com/scim2/filter-parser", "SCIM is read in one place", []string{"tenants"}},
	{"github.com/oauth2-proxy/mockoidc", "a provider for tests", nil},
	{"github.com/tink-crypto", "keys are handled in one place", []string{"core/crypto"}},
	{"github.com/aws/aws-sdk-go-v2", "the root key is asked for in one place", []string{"core/crypto", "core/blob"}},
	{"github.com/hashicorp/vault", "the root key is asked for in one place", []string{"core/crypto"}},
	{"github.com/santhosh-tekuri/jsonschema", "a connector's settings are held to its schema in one place", []string{"core/connectors"}},
	{"github.com/getkin/kin-openapi", "what a bank says is held to contracts in tests", []string{"plugins/mockbank/contract"}},
	{"github.com/minio/minio-go", "where contents are kept can be changed without any feature noticing", []string{"core/blob"}},
	{"github.com/pdfcpu/pdfcpu", "strangers' PDFs are taken apart in one place, and in a process of its own", []string{"core/documents/watermark"}},
	{"github.com/go-pdf/fpdf", "papers that the platform makes look alike", []string{"core/pdf"}},
	{"github.com/pressly/goose", "the schema is brought up in one place", []string{"core/schema"}},
	{"golang.org/x/sys", "programs are shut in in one place", []string{"plugins/host/jail"}},
	{"golang.org/x/time", "what connectors send is paced in one place", []string{"plugins/egress"}},
	{"net/http", "the domain knows no HTTP; what it offers, a command line could offer too", []string{"api", "cmd/", "plugins/", "web", "policies", "tenants", "core/documents", "core/webhooks/post"}},
	{"github.com/standard-webhooks", "what is posted to agencies' systems is signed in one place", []string{"core/webhooks"}},
}

// layers lists the packages of core from the ground up; a package may import only what stands before it.
var layers = [][]string{
	{"fault", "ident", "money", "calendar", "page", "netguard"},
	{"access", "crypto", "redact"},
	{"tenancy", "schema"},
	{"audit", "outbox", "redis", "keys", "blob", "pdf", "webhooks"},
	{"queue", "workflow", "jobs"},
	{"instances", "subjects", "properties", "products", "search"},
	{"applications"},
	{"documents"},
	{"connectors"},
	{"submissions", "compliance"},
	{"commissions", "reports", "rotation", "privacy"},
	{"coretest"},
}

// TestImports holds the directions of the architecture.
func TestImports(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		seen++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			for _, complaint := range judge(filepath.ToSlash(rel), imported) {
				t.Errorf("%s: %s", rel, complaint)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d files were read", seen)
	}
}

func judge(file, imported string) (complaints []string) {
	test := strings.HasSuffix(file, "_test.go")
	dir := file[:strings.LastIndex(file, "/")+1]
	for _, h := range home {
		if strings.HasPrefix(imported, h.library) && !test && !within(dir, h.allowed) {
			complaints = append(complaints, "may not import "+imported+": "+h.why)
		}
	}
	local, own := strings.CutPrefix(imported, module)
	if !own || test || strings.HasPrefix(dir, "core/coretest/") {
		return complaints
	}
	say := func(why string) { complaints = append(complaints, "may not import "+local+": "+why) }
	switch {
	case strings.HasPrefix(dir, "core/") && !strings.HasPrefix(local, "core/") && local != "migrations":
		say("the domain stands below the web, the policies, the plugins and the commands")
	case strings.HasPrefix(dir, "migrations/"):
		say("migrations are data")
	case strings.HasPrefix(dir, "plugins/connectors/") && !strings.HasPrefix(local, "plugins/sdk") && !within(local+"/", []string{ownRules(dir)}):
		say("a connector is somebody else's program: it sees the SDK, the package of rules of its own name, and nothing of the platform")
	case strings.HasPrefix(dir, "plugins/cashflow/") && !within(local+"/", []string{"plugins/cashflow"}):
		say("the rules of a connector see no more than the connector does")
	case strings.HasPrefix(dir, "policies/") && !strings.HasPrefix(local, "core/access") && !strings.HasPrefix(local, "core/fault") && !strings.HasPrefix(local, "core/ident"):
		say("policies decide about actions and know nothing of features")
	case local == "core/coretest":
		say("coretest is for tests")
	case strings.HasPrefix(dir, "core/") && strings.HasPrefix(local, "core/"):
		if from, to := layer(dir), layer(local+"/"); from >= 0 && to > from {
			say("inside core, imports go downwards; declare a small port below and wire it in cmd")
		}
	}
	return complaints
}

// ownRules is where a connector's rules lie when others read them, too: tests, and a mock bank.
func ownRules(dir string) string { return "plugins/" + strings.Split(dir, "/")[2] }

func within(dir string, allowed []string) bool {
	for _, a := range allowed {
		if strings.HasPrefix(dir, strings.TrimSuffix(a, "/")+"/") {
			return true
		}
	}
	return false
}

func layer(dir string) int {
	name := strings.Split(strings.TrimPrefix(dir, "core/"), "/")[0]
	for i, names := range layers {
		for _, n := range names {
			if n == name {
				return i
			}
		}
	}
	return -1
}

// TestJudge shows that the rules above can complain.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		bad            bool
	}{
		{"core/subjects/service.go", "net/http", true},
		{"core/subjects/service.go", module + "api", true},
		{"core/subjects/service.go", module + "core/applications", true},
		{"core/applications/service.go", module + "core/subjects", false},
		{"api/subjects.go", module + "core/subjects", false},
		{"api/subjects.go", "github.com/casbin/casbin/v2", true},
		{"plugins/connectors/bankportal/main.go", module + "core/ident", true},
		{"plugins/connectors/bankportal/main.go", module + "plugins/sdk", false},
		{"plugins/connectors/bankportal/main.go", module + "plugins/cashflow", true},
		{"plugins/connectors/cashflow/main.go", module + "plugins/cashflow", false},
		{"plugins/cashflow/analyse.go", module + "core/ident", true},
		{"core/queue/relay.go", "github.com/redis/go-redis/v9", true},
	} {
		if got := len(judge(c.file, c.imported)) > 0; got != c.bad {
			t.Errorf("%s importing %s: complaint %v, want %v", c.file, c.imported, got, c.bad)
		}
	}
}
