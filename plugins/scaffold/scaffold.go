// Package scaffold makes the skeleton of a connector: what `pratica plugin new` writes.
//
// The templates are real packages (go/) and modules (node/), tested as they are; their name is acme. The SDK for Go is a module of its
// own, and a module's files cannot be embedded from outside it: sdk.zip holds them, and TestSDKIsCurrent tells when it no longer does.
package scaffold

import (
	"archive/zip"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/plugins/proto"
	sdknode "github.com/pratica-crm/pratica/plugins/sdk-node"
)

//go:embed go node readme
var templates embed.FS

//go:embed sdk.zip
var sdkZip []byte

// SDKDir is where the SDK stands in an author's folder.
const SDKDir = ".pratica-sdk"

const sdkModule = "github.com/pratica-crm/pratica/plugins/sdk"

// folders are the templates, by what authors call a capability.
var folders = map[string]string{"bankportal": "bankportal", "openbanking": "openbanking", "identity": "identity", "bureau": "bureau", "analysis": "analysis"}

var (
	names  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	clause = regexp.MustCompile(`(?m)^package [a-z]+$`)
)

// Options say what to make.
type Options struct {
	Name       string // lower-case letters, digits, "-" and "_"; also the folder's and the program's
	Capability string // bankportal, openbanking, identity, bureau, analysis
	Lang       string // go, node
	SDK        string // a folder with the SDK to use instead of the one in this program; empty: that one
}

// New makes the folder Options.Name in dir. A folder that is there already, and is not empty, is left as it is.
func New(dir string, o Options) error {
	folder, known := folders[o.Capability]
	switch {
	case !names.MatchString(o.Name):
		return fmt.Errorf("%q is no name of a connector: take lower-case letters, digits, \"-\" and \"_\", beginning with a letter", o.Name)
	case !known:
		return fmt.Errorf("%q is no capability: take openbanking, bankportal, identity, bureau or analysis", o.Capability)
	case o.Lang != "go" && o.Lang != "node":
		return fmt.Errorf("there is no skeleton in %q: take go or node, or any language with gRPC: the protocol is %s/connector.proto", o.Lang, SDKDir)
	}
	target := filepath.Join(dir, o.Name)
	if there, err := os.ReadDir(target); err == nil && len(there) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already, and is left as it is: take another name, or remove it", target)
	}
	files, err := o.files(folder)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(target, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files are those of a new connector, by path.
func (o Options) files(folder string) (map[string][]byte, error) {
	out := map[string][]byte{}
	if o.Lang == "node" { // what does not depend on the language stands with the Go templates
		for _, shared := range []string{"schema.json", "conformance.yaml"} {
			if text, err := templates.ReadFile(path.Join("go", folder, shared)); err == nil {
				out[shared] = text
			}
		}
	}
	err := each(templates, path.Join(o.Lang, folder), func(name string, text []byte) { out[name] = text })
	if err != nil {
		return nil, err
	}
	readme, err := templates.ReadFile("readme/" + o.Lang + ".md")
	if err != nil {
		return nil, err
	}
	out["README.md"], out[".gitignore"] = readme, []byte("/acme\n/dist\nnode_modules\n")
	if o.Lang == "go" {
		err = o.goFiles(out, folder)
	} else {
		err = o.nodeFiles(out)
	}
	for name, text := range out {
		if !strings.HasPrefix(name, SDKDir) && name != "go.sum" {
			text = bytes.ReplaceAll(text, []byte("acme"), []byte(o.Name))
			out[name] = bytes.ReplaceAll(text, []byte("Acme"), []byte(strings.ToUpper(o.Name[:1])+o.Name[1:]))
		}
	}
	return out, err
}

// goFiles makes a program of a template's package, and its module.
func (o Options) goFiles(out map[string][]byte, folder string) error {
	for name, text := range out {
		if strings.HasSuffix(name, ".go") {
			text = clause.ReplaceAll(text, []byte("package main"))
			out[name] = bytes.Replace(text, []byte("// Package "+folder+" "), []byte("// Command acme "), 1)
		}
	}
	out["main.go"] = []byte("package main\n\nimport \"github.com/pratica-crm/pratica/plugins/sdk\"\n\nfunc main() { sdk.Serve(Connector()) }\n")
	where := "./" + SDKDir
	sdk, err := sdkFiles()
	if err != nil {
		return err
	}
	if o.SDK != "" {
		if where, err = filepath.Abs(o.SDK); err != nil {
			return err
		}
		if sdk, err = read(where, "go.mod", "go.sum"); err != nil {
			return err
		}
	} else {
		for name, text := range sdk {
			out[path.Join(SDKDir, name)] = text
		}
		out[path.Join(SDKDir, "connector.proto")] = proto.Connector
	}
	out["go.sum"] = sdk["go.sum"]
	out["go.mod"], err = moduleOf(string(sdk["go.mod"]), where)
	return err
}

// moduleOf is a connector's go.mod: it requires the SDK, and all that the SDK requires, which go would add.
func moduleOf(sdk, where string) ([]byte, error) {
	version := regexp.MustCompile(`(?m)^go .*$`).FindString(sdk)
	required := regexp.MustCompile(`(?m)^\t(\S+ v\S+)`).FindAllStringSubmatch(sdk, -1)
	if version == "" || len(required) == 0 {
		return nil, errors.New("the go.mod of the SDK cannot be read")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "module acme\n\n%s\n\nrequire %s v0.0.0\n\nrequire (\n", version, sdkModule)
	for _, r := range required {
		fmt.Fprintf(&out, "\t%s // indirect\n", r[1])
	}
	fmt.Fprintf(&out, ")\n\nreplace %s => %s\n", sdkModule, where)
	return []byte(out.String()), nil
}

func (o Options) nodeFiles(out map[string][]byte) error {
	out["main.js"] = []byte("\"use strict\";\n\nrequire(\"./" + SDKDir + "\").serve(require(\"./connector.js\"));\n")
	out["package.json"] = []byte(`{
  "name": "acme",
  "version": "0.1.0",
  "private": true,
  "engines": { "node": ">=20" },
  "scripts": {
    "build": "node ` + SDKDir + `/build.js main.js acme",
    "test": "node --test"
  }
}
`)
	if o.SDK != "" {
		there, err := read(o.SDK, "index.js", "build.js", "server.js", "protobuf.js", "certificate.js", "egress.js", "outcome.js", "connector.proto")
		for name, text := range there {
			out[path.Join(SDKDir, name)] = text
		}
		return err
	}
	out[path.Join(SDKDir, "connector.proto")] = proto.Connector
	return each(sdknode.Files, ".", func(name string, text []byte) { out[path.Join(SDKDir, name)] = text })
}

// read reads the named files of a folder.
func read(dir string, names ...string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("--sdk must be a folder with the SDK: %w", err)
		}
		out[name] = text
	}
	return out, nil
}

// sdkFiles are the files of the SDK for Go.
func sdkFiles() (map[string][]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(sdkZip), int64(len(sdkZip)))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	return out, each(in, ".", func(name string, text []byte) { out[name] = text })
}

// each calls back for every file below a folder, with its path from there.
func each(in fs.FS, root string, back func(name string, text []byte)) error {
	return fs.WalkDir(in, root, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := in.Open(at)
		if err != nil {
			return err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		back(strings.TrimPrefix(at, root+"/"), text)
		return err
	})
}
