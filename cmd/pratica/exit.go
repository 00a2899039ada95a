package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/plugins/author"
)

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

// sections of plugins/README.md are where its verbs are explained; what is not here is an operator's.
var sections = map[string]string{"new": "ten-minutes", "dev": "ten-minutes", "record": "ten-minutes", "test": "ten-minutes", "docs": "ten-minutes",
	"package": "publishing", "sign": "publishing", "publish": "publishing"}

// linked ends what a connector's author or operator is told with where to read on, unless it says so itself.
func linked(args []string, err error) error {
	if len(args) < 2 || args[0] != "plugin" || strings.Contains(err.Error(), "https://") {
		return err
	}
	return fmt.Errorf("%w. See %s#%s", err, author.Docs, cmp.Or(sections[args[1]], "for-operators"))
}
