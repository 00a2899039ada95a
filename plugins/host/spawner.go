package host

import (
	"errors"
	"os/exec"
	"runtime"
)

var errStopped = errors.New("the host is stopped")

// spawner starts programs from one operating-system thread that it keeps to itself until it is closed. Linux sends a child its
// death signal when the *thread* that started it ends; one of Go's shared threads may end at any time.
type spawner struct {
	jobs chan spawning
	done chan struct{}
}

type spawning struct {
	cmd *exec.Cmd
	err chan error
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan spawning), done: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		for {
			select {
			case j := <-s.jobs:
				j.err <- j.cmd.Start()
			case <-s.done:
				return
			}
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	j := spawning{cmd, make(chan error, 1)}
	select {
	case s.jobs <- j:
		return <-j.err
	case <-s.done:
		return errStopped
	}
}

// close ends the thread, and with it, on Linux, whatever it started and still runs.
func (s *spawner) close() { close(s.done) }
