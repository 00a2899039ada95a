package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// tested is a block of a README that a reader is told to type: after the mark, a fence.
var tested = regexp.MustCompile("(?s)<!-- tested -->\n```(?:sh)?\n(.*?)```")

// TestReadmeBlocks types what both READMEs mark as tested, in a folder laid out as the reader has it.
func TestReadmeBlocks(t *testing.T) {
	bin, err := programs()
	must(t, err)
	root, err := filepath.Abs("../..")
	must(t, err)
	for _, name := range []string{"README.md", "README.it.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		must(t, err)
		blocks := tested.FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no tested block", name)
		}
		for _, b := range blocks {
			dir := t.TempDir()
			must(t, os.Symlink(bin, filepath.Join(dir, "bin")))
			for _, folder := range []string{"tenants", "core"} {
				must(t, os.Symlink(filepath.Join(root, folder), filepath.Join(dir, folder)))
			}
			cmd := exec.Command("bash", "-euo", "pipefail", "-c", string(b[1]))
			cmd.Dir, cmd.Env = dir, environment()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", name, err, b[1], out)
			}
		}
	}
}
