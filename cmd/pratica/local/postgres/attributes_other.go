//go:build !linux

package postgres

import "syscall"

// Without Pdeathsig a killed owner leaves the server running; the next start stops it.
func attributes(who *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: who, Setpgid: true}
}
