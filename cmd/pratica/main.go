// Command pratica is the whole product: server, worker, tools, and everything at once for a first look.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Dev      DevCmd      `cmd:"" help:"Everything in one process, with demo data: database, Redis, mail, bank, server, worker."`
	Serve    ServeCmd    `cmd:"" help:"Serve the interface and the workspace."`
	Worker   WorkerCmd   `cmd:"" help:"Run operations, timers and mail."`
	Migrate  MigrateCmd  `cmd:"" help:"Bring the database to this version."`
	Network  NetworkCmd  `cmd:"" help:"Networks."`
	Agency   AgencyCmd   `cmd:"" help:"Agencies."`
	User     UserCmd     `cmd:"" help:"People."`
	Keys     KeysCmd     `cmd:"" help:"Keys that encrypt agencies' data."`
	Workflow WorkflowCmd `cmd:"" help:"Check, explain, run and test workflow templates offline."`
	Audit    AuditCmd    `cmd:"" help:"Export and verify the audit trail."`
	Privacy  PrivacyCmd  `cmd:"" help:"Copies of a person's data, and what has to be erased."`
	Policy   PolicyCmd   `cmd:"" help:"Explain who may do what."`
	Plugin   PluginCmd   `cmd:"" help:"Connectors: make, test, pack and sign them; catalogue, versions, and what they do."`
	Doctor   DoctorCmd   `cmd:"" help:"Say what is missing or wrong, and how to mend it."`
	Version  VersionCmd  `cmd:"" help:"Print the version."`
	Stamp    StampCmd    `cmd:"" hidden:""`
}

// VersionCmd prints the version.
type VersionCmd struct{}

// Run prints it.
func (VersionCmd) Run() error {
	_, err := fmt.Println(version)
	return err
}

func main() {
	jail.Enter() // does not return where a connector is being started
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parser := kong.Must(&c, kong.Name("pratica"), kong.Description("Credit and mortgage brokerage."), kong.UsageOnError(),
		kong.Exit(func(code int) { os.Exit(exitOf(os.Args[1:], code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindToProvider(func() (Config, error) { return readConfig(os.Environ()) }))
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	if err := command.Run(); err != nil {
		code, said := 1, err
		var exit *ExitError
		if errors.As(err, &exit) {
			code, said = exit.Code, exit.Err
		}
		if said != nil {
			fmt.Fprintln(os.Stderr, "pratica:", linked(os.Args[1:], said))
		}
		os.Exit(code)
	}
}

// exitOf is the code for a command line that cannot be read. The workflow verbs, and plugin test, are a contract with 0, 1 and 2 only.
func exitOf(args []string, code int) int {
	if code != 0 && len(args) > 0 && (args[0] == "workflow" || args[0] == "plugin" && len(args) > 1 && args[1] == "test") {
		return exitBroken
	}
	return code
}

// setLog makes the process log JSON lines of a level to standard error, and nothing in them that core/redact does not know.
func setLog(level string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return fmt.Errorf("PRATICA_LOG_LEVEL: %q is no level; use debug, info, warn or error", level)
	}
	slog.SetDefault(slog.New(redact.Handler(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: l}))))
	return nil
}
