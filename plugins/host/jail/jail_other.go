//go:build !linux

package jail

import (
	"os/exec"
	"syscall"
)

// Jail makes cells on this machine, which has no layers.
type Jail struct{ layers []Layer }

// Open reports that there is nothing here to shut a program in with.
func Open(p Policy, _ string) (*Jail, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	j := &Jail{absent("this system has none; it is there on Linux")}
	if missing := p.missing(j.layers); missing != "" {
		return nil, errMissing(missing)
	}
	return j, nil
}

// Layers are those of this machine.
func (j *Jail) Layers() []Layer { return j.layers }

// Cell is what one process is shut in: nothing.
type Cell struct{ layers []Layer }

// Command prepares a program's start, in a process group of its own. Where there is no death signal, the end of its standard
// input tells a connector that the platform is gone.
func (j *Jail) Command(program, dir string, _ int) (*exec.Cmd, *Cell, error) {
	cmd := exec.Command(program)
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
	return cmd, &Cell{j.layers}, nil
}

// Environment is what a program should know.
func (c *Cell) Environment() []string { return []string{searchPath} }

// Settle does nothing.
func (c *Cell) Settle(int) error { return nil }

// Layers of this cell.
func (c *Cell) Layers() []Layer { return c.layers }

// OutOfMemory is never known here.
func (c *Cell) OutOfMemory() bool { return false }

// Close does nothing.
func (c *Cell) Close() {}

func stage() int { return 2 }
