// Command tuppence is a micropayment service provider in one program: wallets over SSH, vendors over HTTP, and a
// durable double-entry ledger between them.
//
//	tuppence serve            run the service; addresses and files as flags, TUPPENCE_* variables or a TOML file
//	tuppence demo             the same with a demo vendor and simulated payment methods, on this machine only
//	tuppence check DIR        recompute every balance from the journal; exit status 0 if clean, 3 if not
//	tuppence backup DIR FILE  write a backup, also while the service runs; the secret is not in it
//	tuppence restore FILE DIR make a data directory from a backup; put the secret beside it afterwards
//	tuppence gateway          put an existing site behind a price, for programs that pay
//	tuppence pay URL          ask for an address, and pay what it costs
//	tuppence mcp              a wallet for a language model
//	tuppence export           write the books for hledger, beancount or a spreadsheet, also while the service runs
//	tuppence forward URL      post the events of "ssh HOST shop listen --json" to a server that is being written
//	tuppence version          what this is
//
// The data directory holds books/ (journal and index), secret (the master secret: keep a copy apart from the backups),
// operator_key (made at the first start unless --operator names a key), ssh_host_ed25519_key, and control.sock while
// the service runs. One service opens it at a time. A demo has its host key in the user's configuration directory,
// where all demos of a user share it.
//
// The operator works in the same terminal as every user:
//
//	ssh -i DIR/operator_key -o IdentitiesOnly=yes -p 2222 localhost help
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses of the program: a script tells a bad command line, books that are not clean, and events that were not
// taken from a failure. Commands over ssh have their own, see package command.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitNotClean = 3
	exitNotTaken = 4
)

// version is set by the Makefile from the tag. Commands and manual pages show it as well.
var version = "dev"

// errNotClean says that the audit found something; what it found is printed already.
var errNotClean = errors.New("the books are not clean")

// errUsage marks a command line that cannot be meant: run makes another exit status of it, so that a script which
// starts the service can tell its own mistake from a failure.
var errUsage = errors.New("usage")

func main() {
	syscall.Umask(0o077) // whatever is written, here or by a library, is the owner's alone
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run is the program without the process around it.
func run(ctx context.Context, args []string) int {
	cmd := root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNotClean):
		return exitNotClean
	case errors.Is(err, errNotTaken):
		return exitNotTaken
	case errors.Is(err, errRefused):
		fmt.Fprintln(os.Stderr, "tuppence:", err)
		return exitRefused
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "tuppence:", err)
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "tuppence:", err)
	return exitFailed
}

// root is the command line of the program, by cobra. Its errors are returned and not printed, so that each is said once
// and has its exit status.
func root() *cobra.Command {
	c := &cobra.Command{
		Use: "tuppence", Short: "Micropayments: wallets over SSH, vendors over HTTP, one exact ledger",
		SilenceUsage: true, SilenceErrors: true,
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	c.AddCommand(
		serviceCommand("serve", "Run the service", false),
		serviceCommand("demo", "Run the service with a demo vendor and simulated money, on this machine only", true),
		archived(
			&cobra.Command{Use: "check DIR", Short: "Audit the books", Args: exactly("DIR")},
			func(cmd *cobra.Command, args []string, archive string) error {
				return check(cmd.Context(), args[0], archive, cmd.OutOrStdout(), cmd.ErrOrStderr())
			},
		),
		archived(
			&cobra.Command{
				Use:   "backup DIR FILE",
				Short: "Write a backup, also while the service runs",
				Args:  exactly("DIR", "FILE"),
			},
			func(cmd *cobra.Command, args []string, archive string) error {
				return backup(cmd.Context(), args[0], archive, args[1], cmd.OutOrStdout())
			},
		),
		exportCommand(),
		forwardCommand(),
		gatewayCommand(),
		payCommand(),
		mcpCommand(),
		&cobra.Command{
			Use:   "restore FILE DIR",
			Short: "Make a data directory from a backup",
			Args:  exactly("FILE", "DIR"),
			RunE: func(cmd *cobra.Command, args []string) error {
				return restore(cmd.Context(), args[0], args[1], cmd.OutOrStdout())
			},
		},
		&cobra.Command{
			Use:   "version",
			Short: "Print what this is",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), versionLine())
				return err
			},
		},
	)
	return c
}

// serviceCommand is a command that runs the service. Both of them take the same settings: what the demo does
// differently is decided by what it is and not by a flag that a real service could be given by mistake.
func serviceCommand(use, short string, demo bool) *cobra.Command {
	s := &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		config, err := loadConfig(cmd.Flags())
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return serve(cmd.Context(), config, demo, cmd.OutOrStdout(), cmd.ErrOrStderr(), nil)
	}}
	configFlags(s.Flags(), use)
	return s
}

// archived gives a command that opens the books the directory of their older part.
func archived(c *cobra.Command, run func(cmd *cobra.Command, args []string, archive string) error) *cobra.Command {
	archive := c.Flags().String("archive", "", "directory of the older part of the journal, if the service was given one")
	c.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd, args, *archive) }
	return c
}

// noArgs refuses arguments: a service that ignored a word would not do what was meant by it.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: %q is too much here", errUsage, args[0])
	}
	return nil
}

// exactly wants the named arguments, and shows how the command is written if there are fewer or more.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return fmt.Errorf("%w: write it as tuppence %s", errUsage, cmd.Use)
		}
		return nil
	}
}

// versionLine names the program, its version, the commit if the build knows it, and the toolchain: what a report of a
// fault needs.
func versionLine() string {
	goVersion, revision := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				revision = " (" + s.Value[:12] + ")"
			}
		}
	}
	return "tuppence " + version + revision + " " + goVersion
}
