// Package author is what stands behind the commands of who writes connectors: building, packing, signing, publishing.
package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/scaffold"
)

// Docs is where authors read on.
const Docs = "https://github.com/pratica-crm/pratica/blob/main/plugins/README.md"

// Project is an author's folder.
type Project struct {
	Dir  string
	Name string // of the connector: the folder's
	Node bool   // else Go
}

// Open finds out what is in a folder.
func Open(dir string) (Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Project{}, err
	}
	p := Project{Dir: dir, Name: filepath.Base(dir)}
	switch {
	case there(dir, "go.mod"):
	case there(dir, "package.json") && there(dir, scaffold.SDKDir, "build.js"):
		p.Node = true
	default:
		return p, fmt.Errorf("%s is no connector's folder: it has neither go.mod, nor package.json with %s. Make one with `pratica plugin new`, or go to the folder first. See %s#ten-minutes", dir, scaffold.SDKDir, Docs)
	}
	return p, nil
}

func there(parts ...string) bool {
	_, err := os.Stat(filepath.Join(parts...))
	return err == nil
}

// Platform is this machine's, as packages name it.
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// Build makes the connector's program for a platform and returns where it is. The same source gives the same bytes. For this
// platform it is ./NAME, what the author runs, too.
func (p Project) Build(ctx context.Context, platform string) (string, error) {
	out := filepath.Join(p.Dir, p.Name)
	if p.Node {
		if platform != archive.Any && platform != Platform() {
			return "", fmt.Errorf("a connector in Node is one file for all platforms: leave --platform %s away", platform)
		}
		return out, p.run(ctx, nil, "node", filepath.Join(scaffold.SDKDir, "build.js"), "main.js", p.Name)
	}
	system, machine, ok := strings.Cut(platform, "/")
	if !ok {
		return "", fmt.Errorf("%q is no platform; they look like linux/amd64 (go tool dist list)", platform)
	}
	if platform != Platform() {
		out = filepath.Join(p.Dir, "dist", system+"-"+machine, p.Name)
	}
	return out, p.run(ctx, []string{"GOOS=" + system, "GOARCH=" + machine, "CGO_ENABLED=0"}, "go", "build", "-trimpath", "-buildvcs=false", "-o", out, ".")
}

func (p Project) run(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed, or not where programs are looked for (PATH). See %s#ten-minutes", name, Docs)
	}
	if err != nil {
		return fmt.Errorf("it does not build (%s %s):\n%s", name, strings.Join(args, " "), said.String())
	}
	return nil
}
