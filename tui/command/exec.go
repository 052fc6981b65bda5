package command

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

	"tuppence/server/view"
)

// Options of Exec. The zero value is good.
type Options struct {
	Log     *slog.Logger     // where internal errors go, once each; nil: nowhere
	NewID   func() string    // idempotency keys and ids of errors; nil: random
	Now     func() time.Time // only for "--since 7d"; nil: such a duration is refused
	Width   int              // display cells of a line; 0: 160
	Version string           // of the program; "": "unknown"
}

// Exec runs one command of `ssh host WORDS` and returns the exit code (see exit.go). The answer goes to out; what went
// wrong goes to errw, or with --json as one problem object to out.
func Exec(
	ctx context.Context, svc Service, who view.Caller, args []string, in io.Reader, out, errw io.Writer, o Options,
) int {
	exit, _ := Try(ctx, svc, who, args, in, out, errw, o)
	return exit
}

// Try is Exec, and returns the command line that confirms what was only tried, "" if there is none.
func Try(
	ctx context.Context, svc Service, who view.Caller, args []string, in io.Reader, out, errw io.Writer, o Options,
) (exit int, again string) {
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
	// Printed as a whole and then written: an error while it is drawn leaves no half of an answer behind.
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
		// A bug in one command must not end the connections of all.
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	asJSON = wantsJSON(args)
	// The role decides which commands exist, so the caller is looked up before the words are understood.
	if r.Me, err = r.Service.WhoAmI(r.Ctx, r.Who); err != nil {
		return asJSON, err
	}
	// A line that is being typed is no command yet.
	if completes(args) {
		return false, r.complete(args[1:])
	}
	err = r.execute(shorthand(args))
	if r.Flags != nil {
		asJSON = r.on("json") // the word may have been the value of another flag
	}
	return asJSON, err
}

// name is the command's path for the log.
func (r *Run) name() string {
	if r.command == nil {
		return ""
	}
	return r.command.Path
}

// shorthand turns what is typed out of habit into commands.
func shorthand(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{} // cobra takes nil for the arguments of the process
	case args[0] == "policy" && (len(args) == 1 || strings.HasPrefix(args[1], "-")): // alone it shows
		return append([]string{"policy", "show"}, args[1:]...)
	case args[0] == "-?":
		return append([]string{"help"}, args[1:]...)
	case args[0] == "-V", args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

// print writes the answer in the form that was asked for.
func (r *Run) print(w io.Writer, asJSON bool) error {
	if r.draw == nil {
		return errors.New("command: command without an answer")
	}
	if asJSON {
		return writeJSON(w, r.result)
	}
	s := r.text()
	r.draw(s)
	_, err := io.WriteString(w, s.out.String())
	return err
}

// text is an empty text in the person's zone.
func (r *Run) text() *textWriter { return &textWriter{width: r.Options.Width, zone: ZoneOf(r.Me.Zone)} }
