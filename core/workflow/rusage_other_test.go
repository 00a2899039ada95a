//go:build !linux

package workflow

import "syscall"

const rusageThread = syscall.RUSAGE_SELF // the nearest there is
