package tui

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Options of Exec. The zero value is good.
type Options struct {
	Log     *slog.Logger     // where internal errors go, once each; nil: nowhere
	NewID   func() string    // idempotency keys and ids of errors; nil: random
	Now     func() time.Time // only for "--since 7d"; nil: such a duration is refused
	Width   int              // display cells of a line; 0: 160
	Version string           // of the program; "": "unknown"
}

// Exec runs one command of `ssh host WORDS` and answers the exit code (see exit.go). The answer goes to out; what went
// wrong goes to errw, or with --json as one problem object to out.
func Exec(ctx context.Context, svc Service, who ledger.Caller, args []string, in io.Reader, out, errw io.Writer, o Options) int {
	exit, _ := execute(ctx, svc, who, args, in, out, errw, o)
	return exit
}

// execute is Exec, and answers the command line that confirms what was only tried, "" if there is none.
func execute(ctx context.Context, svc Service, who ledger.Caller, args []string, in io.Reader, out, errw io.Writer, o Options) (exit int, again string) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.Width <= 0 {
		o.Width = maxWidth
	}
	if o.Version == "" {
		o.Version = "unknown"
	}
	r := &Run{Ctx: ctx, Service: svc, Who: who, In: in, Options: o}
	asJSON, err := r.do(args)
	var printed bytes.Buffer
	if err == nil {
		err = r.print(&printed, asJSON)
	}
	if err != nil {
		p, _ := ProblemOf(err)
		return r.fail(err, asJSON, out, errw), p.Again
	}
	if _, err := out.Write(printed.Bytes()); err != nil {
		o.Log.Error("answer not written", "command", r.name(), "error", err)
		return ExitInternal, ""
	}
	return ExitOK, ""
}

// do finds, checks and runs the command. asJSON is known even when the command line is wrong.
func (r *Run) do(args []string) (asJSON bool, err error) {
	defer func() {
		// A bug in one command must not take the connection of everybody down.
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	asJSON = wantsJSON(args)
	if r.Me, err = r.Service.WhoAmI(r.Ctx, r.Who); err != nil {
		return asJSON, err
	}
	args = shorthand(args)
	found, rest, _ := Find(args)
	if found == nil {
		return asJSON, r.unknown(args)
	}
	r.command = found
	if !May(r.Me, found.Role) {
		return asJSON, r.forbidden()
	}
	help, err := r.parse(rest)
	if err != nil {
		return asJSON, err
	}
	asJSON = r.on("json") // the word may have been the value of another flag
	if help {
		return asJSON, r.helpOn(found)
	}
	return asJSON, found.Run(r)
}

// name is the command's path for the log.
func (r *Run) name() string {
	if r.command == nil {
		return ""
	}
	return r.command.Path
}

// shorthand turns what people type out of habit into commands.
func shorthand(args []string) []string {
	if len(args) == 0 {
		return []string{"help"}
	}
	switch args[0] {
	case "policy": // alone it shows
		if len(args) == 1 || strings.HasPrefix(args[1], "-") {
			return append([]string{"policy", "show"}, args[1:]...)
		}
	case "-h", "--help", "-?":
		return append([]string{"help"}, args[1:]...)
	case "-V", "--version":
		return append([]string{"version"}, args[1:]...)
	case "--json":
		if len(args) == 1 {
			return []string{"help", "--json"}
		}
		return append(append([]string{}, args[1:]...), "--json")
	}
	return args
}

// forbidden is the answer to a command of another role.
func (r *Run) forbidden() error {
	if r.command.Role == ledger.RoleUser {
		return ledger.RefuseNotJoined()
	}
	return ledger.Refuse(ledger.ErrNotAllowed, "Type: help, to see what your key may do.",
		"Only %s may use %s.", map[ledger.Role]string{ledger.RoleRep: "a representative", ledger.RoleOperator: "the operator"}[r.command.Role], r.command.Path)
}

// unknown is the answer to words that name no command, with the nearest names that the role may use.
func (r *Run) unknown(args []string) error {
	var words []string
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			break
		}
		words = append(words, a)
	}
	near := suggest(CommandsFor(r.Me), args)
	u := &usageError{detail: fmt.Sprintf("There is no command %q.", strings.Join(words, " ")), remedy: "Type: help, for the list."}
	if len(words) == 0 {
		u.detail = fmt.Sprintf("A command comes first, before %s.", clean(args[0]))
	}
	if len(near) > 0 {
		u.remedy = "Did you mean: " + strings.Join(near, ", ") + "? " + u.remedy
	}
	return u
}

// print writes the answer in the form that was asked for.
func (r *Run) print(w io.Writer, asJSON bool) error {
	if r.draw == nil {
		return errors.New("tui: command without an answer")
	}
	if asJSON {
		return writeJSON(w, r.result)
	}
	s := r.sheet()
	r.draw(s)
	_, err := io.WriteString(w, s.out.String())
	return err
}

// sheet is an empty sheet in the person's zone.
func (r *Run) sheet() *sheet { return &sheet{width: r.Options.Width, zone: zoneOf(r.Me.Zone)} }
