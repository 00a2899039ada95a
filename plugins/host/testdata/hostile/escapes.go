package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// What an attempt to get out came to, as the code of the call's failure.
func outcome(out bool) error {
	code := "contained"
	if out {
		code = "escaped"
	}
	return sdk.Error{Kind: sdk.Rejected, Code: code, SideEffect: sdk.None}
}

// remembered is a handle of an earlier call.
var remembered atomic.Value

// escape tries to get at what is not this call's.
func escape(ctx context.Context, call sdk.Call, what, at string) error {
	switch what {
	case "socket": // to an address of the host's machine
		conn, err := net.Dial("tcp", at)
		if err == nil {
			conn.Close()
		}
		return outcome(err == nil)
	case "look around": // for a text of the host's environment, wherever processes have theirs
		out := strings.Contains(strings.Join(os.Environ(), "\n"), at)
		for _, name := range []string{"environ", "cmdline"} {
			files, _ := filepath.Glob("/proc/*/" + name)
			for _, file := range files {
				text, _ := os.ReadFile(file)
				out = out || bytes.Contains(text, []byte(at))
			}
		}
		return outcome(out)
	case "read a file":
		_, err := os.ReadFile(at)
		return outcome(err == nil)
	case "remember":
		remembered.Store(token(call))
	case "use what it remembers", "send its own secret":
		secret := token(call)
		if what == "use what it remembers" {
			secret = remembered.Load().(string)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		answer, err := call.Client().Do(r)
		var refused *sdk.Refusal
		switch {
		case errors.As(err, &refused):
			return sdk.Error{Kind: sdk.Rejected, Code: refused.Code, SideEffect: sdk.None}
		case err != nil:
			return err
		}
		answer.Body.Close()
		return outcome(true)
	case "show its settings": // which must not have the secret
		return outcome(token(call) == at)
	case "flood":
		line := []byte(strings.Repeat("x", 100) + "\n")
		for range 20_000 {
			_, _ = os.Stderr.Write(line)
		}
	case "fork": // until it may not
		for n := 0; n < 5000; n++ {
			if _, err := syscall.ForkExec("/bin/sleep", []string{"sleep", at}, &syscall.ProcAttr{}); err != nil {
				return outcome(n < 2)
			}
		}
		return outcome(true)
	case "leak":
		var kept [][]byte
		for {
			piece := make([]byte, 1<<20)
			for i := 0; i < len(piece); i += 4096 {
				piece[i] = 1
			}
			kept = append(kept, piece)
			runtime.KeepAlive(kept)
		}
	}
	return nil
}

func token(call sdk.Call) string {
	var s struct{ Token string }
	_ = json.Unmarshal(call.Config, &s)
	return s.Token
}
