package fault

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// Guard does work and makes an Internal error with this code of a panic, for goroutines whose panic would end the process. The log
// has the stack; what the panic carries is left out of it unless the runtime made it, since it may quote somebody's input.
func Guard(code string, work func() error) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		cause := Panicked(p)
		slog.Error("panic", "code", code, "cause", cause, "stack", string(debug.Stack()))
		err = Wrap(cause, Internal, code, "Something went wrong on our side; it is in our log.")
	}()
	return work()
}

// Panicked is what may be said of a recovered panic: its type, and its text when the runtime made it.
func Panicked(p any) error {
	if e, ok := p.(error); ok && errors.As(e, new(runtime.Error)) {
		return e
	}
	return fmt.Errorf("panic with a %T", p)
}
