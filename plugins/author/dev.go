package author

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/plugins/conformance"
	"github.com/pratica-crm/pratica/plugins/scaffold"
)

// Dev runs a connector before a mock bank and shows what it does; when its source changes it is built and started anew.
type Dev struct {
	Project
	Listen string    // of the inspector
	Debug  bool      // without the jail, and, in Go, without optimisations: for a debugger
	Out    io.Writer // for the author
	// Up is told the inspector's address and every new start. Nil: nobody.
	Up func(address string)

	token string
	mu    sync.Mutex
	stage *conformance.Stage
	steps []conformance.Step
	mood  string
	wrong string // why the last build or start failed
}

const (
	lookEvery   = 300 * time.Millisecond
	stepsAtMost = 100
)

// Run runs until ctx ends.
func (d *Dev) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("%w; another program has that port: use --listen 127.0.0.1:0 for a free one", err)
	}
	d.token, d.mood = rand.Text(), "sound"
	seen := d.source()
	d.restart(ctx)
	defer func() {
		if d.stage != nil {
			d.stage.Close()
		}
	}()
	server := &http.Server{Handler: d.routes(l.Addr().String()), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	defer server.Close()
	address := "http://" + l.Addr().String()
	fmt.Fprintf(d.Out, "The inspector: %s\n", address)
	d.tell(address)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if now := d.source(); now != seen {
			seen = now
			fmt.Fprintln(d.Out, "The source has changed.")
			d.restart(ctx)
			d.tell(address)
		}
	}
}

func (d *Dev) tell(address string) {
	if d.Up != nil {
		d.Up(address)
	}
}

// restart builds and starts the connector; the one that runs goes on when that fails.
func (d *Dev) restart(ctx context.Context) {
	stage, err := d.start(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.wrong = err.Error()
		fmt.Fprintln(d.Out, err)
		return
	}
	if d.stage != nil {
		d.stage.Close()
	}
	d.stage, d.wrong = stage, ""
	_ = stage.Mood(d.mood) // it was one before
	fmt.Fprintf(d.Out, "%s %s runs as process %d.\n", d.Name, stage.About().GetVersion(), stage.PID())
	switch {
	case d.Debug && d.Node:
		fmt.Fprintf(d.Out, "To debug: kill -USR1 %d, then open chrome://inspect, or node inspect -p %d.\n", stage.PID(), stage.PID())
	case d.Debug:
		fmt.Fprintf(d.Out, "To debug: dlv attach %d.\n", stage.PID())
	}
}

func (d *Dev) start(ctx context.Context) (*conformance.Stage, error) {
	program := filepath.Join(d.Dir, d.Name)
	var err error
	if d.Debug && !d.Node {
		err = d.run(ctx, nil, "go", "build", "-gcflags=all=-N -l", "-o", program, ".")
	} else {
		program, err = d.Build(ctx, Platform())
	}
	if err != nil {
		return nil, err
	}
	spec, err := conformance.ReadSpec(filepath.Join(d.Dir, conformance.SpecName))
	if err != nil {
		return nil, err
	}
	return conformance.OpenStage(ctx, conformance.Options{Binary: program, Spec: spec}, d.Debug)
}

// source is what the connector is made of, so that a change is seen: names, sizes and times.
func (d *Dev) source() string {
	var out []string
	_ = filepath.WalkDir(d.Dir, func(at string, e fs.DirEntry, err error) error { // what cannot be read does not change
		if err != nil || e.IsDir() && at != d.Dir && (strings.HasPrefix(e.Name(), ".") && e.Name() != scaffold.SDKDir || e.Name() == "node_modules" || e.Name() == "dist" || e.Name() == "cassettes") {
			return fs.SkipDir
		}
		if i, err := e.Info(); err == nil && slices.Contains([]string{".go", ".js", ".json", ".yaml", ".mod", ".proto"}, filepath.Ext(at)) {
			out = append(out, fmt.Sprint(at, i.Size(), i.ModTime().UnixNano()))
		}
		return nil
	})
	return strings.Join(out, "\n")
}

// routes are the inspector's. It listens on this machine alone; a page of elsewhere cannot use it: it would need the token, and the
// name by which it is reached must be its own.
func (d *Dev) routes(host string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.page)
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { d.answer(w) })
	mux.HandleFunc("POST /main", d.act(func(s *conformance.Stage, _ *http.Request) ([]conformance.Step, error) { return s.Main() }))
	mux.HandleFunc("POST /call", d.act(func(s *conformance.Stage, r *http.Request) ([]conformance.Step, error) {
		payload := json.RawMessage(r.FormValue("payload"))
		if len(payload) > 0 && !json.Valid(payload) {
			return nil, fmt.Errorf("the payload is no JSON")
		}
		if len(payload) == 0 {
			payload = json.RawMessage("{}")
		}
		return []conformance.Step{s.Call(r.FormValue("method"), payload)}, nil
	}))
	mux.HandleFunc("POST /mood", d.act(func(s *conformance.Stage, r *http.Request) ([]conformance.Step, error) {
		err := s.Mood(r.FormValue("mood"))
		if err == nil {
			d.mu.Lock()
			d.mood = r.FormValue("mood")
			d.mu.Unlock()
		}
		return nil, err
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.Method != http.MethodGet && r.FormValue("token") != d.token {
			http.Error(w, "This is not your page.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (d *Dev) act(do func(*conformance.Stage, *http.Request) ([]conformance.Step, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		stage := d.stage
		d.mu.Unlock()
		if stage == nil {
			http.Error(w, "The connector does not run.", http.StatusConflict)
			return
		}
		steps, err := do(stage, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		d.mu.Lock()
		d.steps = append(d.steps, steps...)
		d.steps = d.steps[max(0, len(d.steps)-stepsAtMost):]
		d.mu.Unlock()
		d.answer(w)
	}
}

// state is what the inspector shows.
type state struct {
	Connector string             `json:"connector"`
	Version   string             `json:"version"`
	PID       int                `json:"pid"`
	Mood      string             `json:"mood"`
	Wrong     string             `json:"wrong"`
	Steps     []conformance.Step `json:"steps"`
	Reports   []string           `json:"reports"`
	Log       []string           `json:"log"`
}

func (d *Dev) answer(w http.ResponseWriter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := state{Connector: d.Name, Mood: d.mood, Wrong: d.wrong, Steps: append([]conformance.Step{}, d.steps...), Reports: []string{}, Log: []string{}}
	if d.stage != nil {
		s.Version, s.PID, s.Reports = d.stage.About().GetVersion(), d.stage.PID(), append(s.Reports, d.stage.Reports()...)
		lines := strings.Split(strings.TrimSpace(d.stage.Log()), "\n")
		s.Log = lines[max(0, len(lines)-50):]
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s) // whoever went away needs no answer
}

func (d *Dev) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+d.token+"'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	_ = inspector.Execute(w, map[string]any{"Name": d.Name, "Token": d.token, "Moods": conformance.Moods()})
}
