package main

// ExitError ends the program with a code of the command line's contract: 1 refused, 2 the tool could not do its work.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return "exit"
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }
