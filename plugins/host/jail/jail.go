// Package jail shuts a foreign program in: it takes away, before the program's first instruction, whatever it does not need.
//
// A cell is made in two steps. The kernel makes new namespaces when it forks; the rest is done by a stage: the platform's own
// binary, started under another name, which narrows its own rights one layer after the other, says which of them took, and then
// becomes the program. A main must therefore call Enter before anything else.
//
// Which layers there are depends on the kernel, and on whether the platform runs as root; each one is reported as active or
// absent, with the reason. Nothing is taken for granted: the report comes from the stage itself, of this very start.
package jail

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Names of the layers, in the order they are reported.
const (
	UID        = "uid"
	User       = "user_namespace"
	Network    = "network_namespace"
	PID        = "pid_namespace"
	IPC        = "ipc_namespace"
	UTS        = "uts_namespace"
	Mount      = "mount_namespace"
	Limits     = "limits"
	Memory     = "memory"
	Privileges = "no_new_privileges"
	Landlock   = "landlock"
	Seccomp    = "seccomp"
)

var layerNames = []string{UID, User, Network, PID, IPC, UTS, Mount, Limits, Memory, Privileges, Landlock, Seccomp}

// Required is what a policy asks for that wants a whole jail. Of a choice ("a|b") one is enough.
func Required() []string {
	return []string{UID + "|" + User, Network, PID, IPC, Mount, Limits, Memory, Privileges, Landlock, Seccomp}
}

// Layer is one wall of a cell. Why says in words what it rests on, or why it is not there.
type Layer struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Why    string `json:"why"`
}

// Policy says how programs are shut in.
type Policy struct {
	// Off leaves programs outside: they run with all the rights of the platform's user. For a debugger, and for comparison.
	Off bool
	// Require names layers without which nothing is started; empty: what there is is used, and reported.
	Require []string
	// FirstUID and UIDs are the users that programs may become when the platform is root: program n becomes FirstUID + n % UIDs.
	// They should be nobody else's. Zero: 60800 and 200, which systemd leaves unused.
	FirstUID, UIDs int
	// Memory is what a program and its children may hold resident, in bytes. Zero: 256 MiB.
	Memory int64
	// Stage is a program whose main begins with Enter, and which starts faster than this one: it builds the cells. Empty: this one does.
	Stage string
	// Group is a cgroup (v2) that is the platform's to divide, for the memory limit. Empty: a cgroup below the platform's own.
	Group string
}

// memoryAtLeast is what the stage itself needs.
const memoryAtLeast = 64 << 20

func (p Policy) withDefaults() (Policy, error) {
	if p.FirstUID == 0 {
		p.FirstUID = 60800
	}
	if p.UIDs == 0 {
		p.UIDs = 200
	}
	if p.Memory == 0 {
		p.Memory = 256 << 20
	}
	switch {
	case p.FirstUID < 1 || p.UIDs < 1:
		return p, errors.New("programs need users of their own, and root is none")
	case p.Memory < memoryAtLeast:
		return p, fmt.Errorf("a program needs %d MiB of memory at least", memoryAtLeast>>20)
	}
	for _, choice := range p.Require {
		for name := range strings.SplitSeq(choice, "|") {
			if !slices.Contains(layerNames, name) {
				return p, fmt.Errorf("there is no layer %q; there are %s", name, strings.Join(layerNames, ", "))
			}
		}
	}
	return p, nil
}

// missing tells, in words, what a policy asks for and a cell does not have. Empty: nothing.
func (p Policy) missing(layers []Layer) string {
	var out []string
	for _, choice := range p.Require {
		names := strings.Split(choice, "|")
		if slices.ContainsFunc(layers, func(l Layer) bool { return l.Active && slices.Contains(names, l.Name) }) {
			continue
		}
		for _, l := range layers {
			if slices.Contains(names, l.Name) {
				out = append(out, l.Name+" ("+l.Why+")")
			}
		}
	}
	return strings.Join(out, ", ")
}

func errMissing(what string) error {
	return errors.New("the policy asks for layers that are not there: " + what)
}

// absent reports all layers as not there, for one reason.
func absent(why string) []Layer {
	out := []Layer{}
	for _, name := range layerNames {
		out = append(out, Layer{name, false, why})
	}
	return out
}

const searchPath = "PATH=/usr/local/bin:/usr/bin:/bin"

// stageName is the name under which the platform's binary starts itself as a stage.
const stageName = "pratica-jail"

// entered tells that this program's main has called Enter, so that starting itself as a stage will do what it should.
var entered bool

// Enter must be the first thing main does. In a stage it does not return.
func Enter() {
	entered = true
	if len(os.Args) > 0 && os.Args[0] == stageName {
		os.Exit(stage())
	}
}

var errNotEntered = errors.New("this program's main must call jail.Enter first: without it a connector's start would start the program itself")
