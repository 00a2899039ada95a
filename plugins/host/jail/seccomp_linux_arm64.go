package jail

import "golang.org/x/sys/unix"

const machine = unix.AUDIT_ARCH_AARCH64

var deniedHere = []uintptr{unix.SYS_NFSSERVCTL}
