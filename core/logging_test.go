package core_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/redact"
)

// unwatched are packages whose log nobody keeps: they run in processes of their own, whose output the host counts and drops, or are
// a bank for trying.
var unwatched = []string{"plugins/sdk", "plugins/connectors/", "plugins/mockbank"}

// spoken are functions whose fault messages are not constants, each with the reason why nothing of a person is in them.
var spoken = map[string]string{
	"core/fault.Guard":               "the code its caller gives, a constant of the callers",
	"core/schema.Check":              "two versions of the schema",
	"core/tenancy.checkRole":         "a version of PostgreSQL",
	"core/tenancy.Denied":            "a permission",
	"core/tenancy.DeniedFor":         "a permission and its conditions, as the agency's admins wrote them",
	"core/tenancy.forbidden":         "a permission",
	"core/tenancy.fromState":         "a noun and a number of the quota triggers",
	"core/audit.errBroken":           "numbers and ids of entries; an Internal error, whose text goes to the log through redact",
	"core/instances.tryFor":          "a duration",
	"core/instances.end":             "a version's status",
	"core/instances.Certify":         "a version's status",
	"core/instances.candidate":       "a version's status",
	"core/instances.chosen":          "a count of files",
	"core/instances.sameSubject":     "keys of the agency's own templates",
	"core/instances.knows":           "states of the agency's own templates",
	"core/applications.world":        "names and bounds of facts, as the agency's own template declares them",
	"core/instances.Seal":            "a finding about a template of the platform",
	"core/instances.StartUpgrade":    "where an overlay of the agency's own does not fit",
	"core/instances.rebase":          "where an overlay of the agency's own does not fit",
	"core/subjects.hidden":           "a permission",
	"core/applications.Plan":         "states of the agency's own template",
	"core/applications.given":        "a fact's name and role, as the agency's own template declares them",
	"core/applications.instance":     "states of the agency's own template",
	"core/submissions.call":          "a method of the agency's own template; Internal",
	"core/submissions.Apply":         "an action of the agency's own template; Internal",
	"core/consents.fits":             "days",
	"core/consents.spent":            "a number and an instant",
	"core/consents.read":             "constants; the blockers are literals",
	"core/consents.act":              "a method of the agency's own template; Internal",
	"core/creditreports.refused":     "constants of its callers",
	"core/documents/watermark.Mark":  "the constant text of another fault",
	"tenants.scimError":              "names a constant scimType and message; its callers are the constants beside it",
	"tenants.uniquely":               "the constant text of another fault",
	"tenants.CreateScimToken":        "lists the platform's own roles",
	"tenants.DropRole":               "where a role is in use: member, key or role",
	"tenants.refuseBeyond":           "permissions",
	"tenants.DecideSupport":          "a grant's state",
	"api.diffRoute":                  "where the two templates that were sent cannot be read",
	"core/catalogue.Add":             "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.Approve":         "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.ByKey":           "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.Dedicate":        "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.ParseName":       "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.RevokePublisher": "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.Trust":           "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.Upgrade":         "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"core/catalogue.release":         "for the operator's terminal: names of connectors, versions and publishers, which the operator typed",
	"cmd/pratica.Run":                "for the operator's terminal: the name of a connector, which the operator typed",
	"cmd/pratica.refused":            "what a mail server did not take, a constant of the callers",
	"tenants.noAction":               "the nearest name of an action, one of the platform's own",
	"cmd/pratica.agencyOf":           "agencies of the person who is asked about, on the operator's own terminal",
}

// TestLogging reads every call of log/slog and every fault that is made: messages are constants, an attribute's name is one of
// redact.Keys, and its value has a type of that form. The handler would hide what is not; here whoever wrote it learns of it.
func TestLogging(t *testing.T) {
	w := &watch{t: t, fset: token.NewFileSet(), keys: map[string]int{}, spoken: map[string]int{}}
	w.modules()
	if w.lines < 25 || w.faults < 250 {
		t.Errorf("only %d lines of log and %d faults were read", w.lines, w.faults)
	}
	for key := range redact.Keys {
		if w.keys[key] == 0 {
			t.Errorf("no line of the log has %q any more: take it out of redact.Keys", key)
		}
	}
	for name := range spoken {
		if w.spoken[name] == 0 {
			t.Errorf("%s makes no message any more: take it off the list", name)
		}
	}
	t.Logf("%d lines of log, %d faults", w.lines, w.faults)
}

// TestLoggingComplains shows that the test above can.
func TestLoggingComplains(t *testing.T) {
	source := `package x
import ("log/slog"; "context"; "fmt"; "errors"; "github.com/pratica-crm/pratica/core/fault"; "github.com/pratica-crm/pratica/core/ident")
type person struct{ Name string }
func f(ctx context.Context, l *slog.Logger, p person, id ident.SubjectID, all []any) error {
	slog.Info("hello " + p.Name)
	slog.Info("hello", "name", p.Name)
	slog.Info("hello", "job", p.Name)
	slog.Info("hello", "error", p.Name)
	slog.Info("hello", "kind", p)
	slog.Info("hello", p.Name, 1)
	slog.InfoContext(ctx, "hello", slog.String("email", p.Name))
	l.LogAttrs(ctx, slog.LevelInfo, "hello", slog.Any("job", p))
	l.With("name", p.Name).Info("hello")
	slog.Info("hello", all...)
	_ = fault.New(fault.Invalid, "x.y", "No "+p.Name)
	_ = fault.New(fault.Invalid, "x."+p.Name, "No")
	_ = fault.Input("x.y", "/y", fmt.Sprintf("%s", p.Name))
	_ = &fault.Error{Kind: fault.Invalid, Code: "x.y", Message: p.Name}
	slog.Info("hello", "job", id, "error", errors.New("x"), "attempt", 1, slog.Int("attempt", 2))
	return fault.New(fault.Invalid, "x.y", "Take"+" another.")
}`
	w := &watch{t: t, fset: token.NewFileSet(), keys: map[string]int{}, spoken: map[string]int{}}
	exports := w.list("./core/fault", "./core/ident", "log/slog", "context", "fmt", "errors")
	file, err := parser.ParseFile(w.fset, "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	complaints := w.read("x", []*ast.File{file}, w.importer(exports))
	if len(complaints) != 14 {
		t.Errorf("%d complaints, want 14:\n%s", len(complaints), strings.Join(complaints, "\n"))
	}
}

// watch reads packages.
type watch struct {
	t             *testing.T
	fset          *token.FileSet
	lines, faults int
	keys, spoken  map[string]int
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles, Imports        []string
	DepOnly                 bool
}

// list compiles packages and what they need, and finds where their types are written down.
func (w *watch) list(patterns ...string) (all []listed) {
	w.t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Imports,DepOnly"}, patterns...)...)
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, p)
	}
}

func (w *watch) importer(all []listed) types.Importer {
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(w.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
}

func (w *watch) modules() {
	all := w.list("./...")
	from := w.importer(all)
	for _, p := range all {
		local, own := strings.CutPrefix(p.ImportPath, module)
		if p.DepOnly || !own || slices.ContainsFunc(unwatched, func(u string) bool { return strings.HasPrefix(local, u) }) ||
			!slices.Contains(p.Imports, "log/slog") && !slices.Contains(p.Imports, module+"core/fault") && local != "core/fault" {
			continue
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(w.fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				w.t.Fatal(err)
			}
			files = append(files, file)
		}
		for _, complaint := range w.read(local, files, from) {
			w.t.Error(complaint)
		}
	}
}

// read judges a package.
func (w *watch) read(name string, files []*ast.File, from types.Importer) (complaints []string) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{Importer: from}).Check(module+name, w.fset, files, info); err != nil {
		w.t.Fatal(err)
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			where := name + "."
			if f, is := decl.(*ast.FuncDecl); is {
				where += f.Name.Name
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				j := judgement{watch: w, info: info, where: where, node: n}
				switch n := n.(type) {
				case *ast.CallExpr:
					j.call(n)
				case *ast.CompositeLit:
					j.literal(n)
				}
				complaints = append(complaints, j.complaints...)
				return true
			})
		}
	}
	return complaints
}

type judgement struct {
	*watch
	info       *types.Info
	where      string
	node       ast.Node
	complaints []string
}

func (j *judgement) say(format string, args ...any) {
	at := j.fset.Position(j.node.Pos())
	j.complaints = append(j.complaints, fmt.Sprintf("%s:%d: %s", filepath.Base(at.Filename), at.Line, fmt.Sprintf(format, args...)))
}

// called is the function or method of a package that is called.
func (j *judgement) called(call *ast.CallExpr) (pkg, name string) {
	at := call.Fun
	if s, is := at.(*ast.SelectorExpr); is {
		at = s.Sel
	}
	if id, is := at.(*ast.Ident); is {
		if f, is := j.info.Uses[id].(*types.Func); is && f.Pkg() != nil {
			return f.Pkg().Path(), f.Name()
		}
	}
	return "", ""
}

// before is how many arguments of a call of slog stand before the message.
var before = map[string]int{"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2}

func (j *judgement) call(call *ast.CallExpr) {
	pkg, name := j.called(call)
	switch {
	case pkg == "log/slog" && name == "With":
		j.attributes(call, call.Args)
	case pkg == "log/slog":
		n, logs := before[name]
		if !logs {
			return
		}
		j.lines++
		if j.constant(call.Args[n]) == nil {
			j.say("the message of a log line is a constant; what differs is an attribute")
		}
		j.attributes(call, call.Args[n+1:])
	case pkg == module+"core/fault" && j.where != "core/fault."+name:
		j.fault(name, call.Args)
	}
}

func (j *judgement) attributes(call *ast.CallExpr, args []ast.Expr) {
	if call.Ellipsis.IsValid() {
		j.say("attributes are written out, so that they can be read here")
		return
	}
	for i := 0; i < len(args); {
		if of, is := args[i].(*ast.CallExpr); is {
			if pkg, _ := j.called(of); pkg == "log/slog" {
				j.attribute(of.Args[0], of.Args[1])
				i++
				continue
			}
		}
		if i+1 == len(args) {
			j.say("an attribute without a value")
			return
		}
		j.attribute(args[i], args[i+1])
		i += 2
	}
}

func (j *judgement) attribute(key, value ast.Expr) {
	name := j.constant(key)
	if name == nil {
		j.say("the name of an attribute is a constant")
		return
	}
	form, known := redact.Keys[constant.StringVal(name)]
	if !known {
		j.say("redact.Keys does not know the attribute %s, and the log would hide it", name)
		return
	}
	j.keys[constant.StringVal(name)]++
	if of := j.info.Types[value].Type; !fits(form, of) && !(form == redact.ID && (j.outside(value) || slices.Contains([]string{"actor", "trace_id"}, constant.StringVal(name)))) { // these two are texts everywhere, of which the handler sees to the form
		j.say("%s is %s, and a %s does not fit it", name, form, of)
	}
}

// fits reports whether a value of a type can have a form. Texts fit words, at which the handler looks; never ids and errors.
func fits(form redact.Form, of types.Type) bool {
	basic, _ := of.Underlying().(*types.Basic)
	text := basic != nil && basic.Info()&types.IsString != 0
	isError := types.Implements(of, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
	switch form {
	case redact.Error:
		return isError
	case redact.ID:
		return isID(of) || basic != nil && !text
	}
	return basic != nil && !isError
}

func isID(of types.Type) bool {
	name := types.Unalias(of).String()
	return strings.HasPrefix(name, module+"core/ident.ID[") || name == "github.com/google/uuid.UUID"
}

// outside reports whether a text is an id's outside form: id.String().
func (j *judgement) outside(value ast.Expr) bool {
	call, _ := value.(*ast.CallExpr)
	if call == nil {
		return false
	}
	s, is := call.Fun.(*ast.SelectorExpr)
	return is && s.Sel.Name == "String" && isID(j.info.Types[s.X].Type)
}

// fault judges a fault's code and message.
func (j *judgement) fault(name string, args []ast.Expr) {
	at := map[string][2]int{"New": {1, 2}, "Wrap": {2, 3}, "Input": {0, 2}}[name]
	if at == [2]int{} {
		return
	}
	j.said(args[at[0]], args[at[1]])
}

func (j *judgement) literal(lit *ast.CompositeLit) {
	if of := j.info.Types[lit].Type; of == nil || of.String() != module+"core/fault.Error" || strings.HasPrefix(j.where, "core/fault.") {
		return
	}
	for _, e := range lit.Elts {
		if kv := e.(*ast.KeyValueExpr); kv.Key.(*ast.Ident).Name == "Code" || kv.Key.(*ast.Ident).Name == "Message" {
			j.said(kv.Value)
		}
	}
}

func (j *judgement) said(texts ...ast.Expr) {
	j.faults++
	for _, text := range texts {
		if j.constant(text) != nil {
			continue
		}
		j.spoken[j.where]++
		if spoken[j.where] == "" {
			j.say("%s says what is not a constant; whatever a caller sent must not be in it. Give the reason in the list of this test", j.where)
		}
	}
}

func (j *judgement) constant(e ast.Expr) constant.Value { return j.info.Types[e].Value }
