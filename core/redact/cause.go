package redact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/fault"
)

// Cause is what a log may say of an error: codes, states of the database, system errors, and the plain words around them. Whatever
// could be somebody's input (quoted, capitalised, with digits or signs) is left out, and so is the text of a type it does not know.
func Cause(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *fault.Error:
		return join(e.Code, Cause(e.Cause))
	case *pgconn.PgError: // its words and detail quote values; names of the schema are ours
		return strings.Join(strings.Fields("SQLSTATE "+e.Code+" "+e.TableName+" "+e.ConstraintName), " ")
	case *net.OpError: // without the address: it may be a caller's
		return join(e.Op+" "+e.Net, Cause(e.Err))
	case *fs.PathError:
		return join(e.Op, Cause(e.Err))
	case *url.Error:
		return join(e.Op, Cause(e.Err))
	case syscall.Errno:
		return e.Error()
	case runtime.Error:
		return e.Error()
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range e.Unwrap() {
			all = append(all, Cause(one))
		}
		return strings.Join(all, "; ")
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil {
			return fmt.Sprintf("%T", err)
		}
		before, _, _ := strings.Cut(err.Error(), inner.Error())
		return join(words(strings.TrimRight(before, ": ")), Cause(inner))
	}
	if errors.Is(err, context.DeadlineExceeded) { // its type is not exported
		return "deadline exceeded"
	}
	if t := fmt.Sprintf("%T", err); t != "*errors.errorString" {
		return t
	}
	return words(err.Error())
}

func join(what, cause string) string {
	if what == "" || cause == "" {
		return what + cause
	}
	return what + ": " + cause
}

// plain is a word that is nobody's name: lower case, or one of ours in capitals. counted is a number that is nobody's either.
var (
	plain   = regexp.MustCompile(`^\(?([a-z]+('[a-z]+)?|[a-z]+[-/][a-z]+|PRATICA_[A-Z_]+|EOF|TLS|SQL|HTTP|JSON|A|The|No)[,.:;)]*$`)
	counted = regexp.MustCompile(`^[0-9]{1,3}[,.:;)]*$`)
	counts  = map[string]bool{"answer": true, "exit": true, "line": true, "signal": true, "status": true, "version": true}
)

func words(text string) string {
	var out []string
	for _, w := range strings.Fields(text) {
		switch {
		case plain.MatchString(w), len(out) > 0 && counts[out[len(out)-1]] && counted.MatchString(w):
			out = append(out, w)
		case len(out) == 0 || out[len(out)-1] != "…":
			out = append(out, "…")
		}
	}
	return strings.Join(out, " ")
}
