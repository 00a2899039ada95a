package workflow

import "syscall"

const rusageThread = syscall.RUSAGE_THREAD
