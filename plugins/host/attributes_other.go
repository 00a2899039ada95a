//go:build !linux

package host

import "syscall"

// attributes: a process group of its own. Where there is no death signal, the end of its standard input tells a connector.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
