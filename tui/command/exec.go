package command

import (
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
	"tuppence/server/view"
)

// Options of Exec. The zero value is good.
type Options struct {
	Log     *slog.Logger     // where internal errors go, once each; nil: nowhere
	NewID   func() string    // idempotency keys and ids of errors; nil: random
	Now     func() time.Time // only for "--since 7d"; nil: such a duration is refused
	Width   func() int       // display cells of a line of Exec, asked when it prints; nil or 0 cells: 160
	Version string           // of the program; "": "unknown"
}

// filled returns the options with what the zero value stands for.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.Version == "" {
		o.Version = "unknown"
	}
	return o
}

// Exec runs one command of `ssh host WORDS` and returns the exit code (see exit.go). The answer goes to out; what went
// wrong goes to errw, or with --json as one problem object to out.
func Exec(
	ctx context.Context, svc Service, who view.Caller, args []string, in io.Reader, out, errw io.Writer, o Options,
) int {
	reply := try(ctx, svc, who, args, in, o, out)
	width := 0
	if o.Width != nil {
		width = o.Width() // now, when it is printed: the terminal may have changed its size meanwhile
	}
	to := out
	if reply.wrong {
		to = errw
	}
	// Printed as a whole and then written: an error while it is drawn leaves no half of an answer behind.
	text := reply.Text(width)
	if text == "" { // of a session that has ended
		return reply.Exit
	}
	if _, err := io.WriteString(to, text); err != nil {
		if o.Log != nil {
			first := ledger.MaskCards(strings.Join(args[:min(1, len(args))], ""))
			o.Log.Error("answer not written", "command", first, "error", err)
		}
		return max(reply.Exit, ExitInternal)
	}
	if reply.note != "" {
		_, _ = io.WriteString(errw, reply.note+"\n")
	}
	return reply.Exit
}

// Reply is what a command said, before it is laid out.
type Reply struct {
	Exit  int
	Again string // the command line that confirms what was only tried, "" if there is none
	// Request is the one that Again says yes to. What a person sees on the own page is added to the line: --match.
	Request *view.Approval
	Closed  *view.Closing // the wallet has closed, and its code is shown this once; nil: it has not
	Next    view.Cursor   // where the following page of a list begins, "" if there is none

	wrong  bool   // its text belongs to the error stream
	object string // JSON or CSV, which is printed as it is; "": draw puts it in words
	note   string // what has no place in the object
	run    *Run
	draw   func(*textWriter)
}

// Text lays the reply out in a width in display cells; 0 is that of a pipe.
func (r Reply) Text(width int) string {
	if r.object != "" {
		return r.object
	}
	return r.run.lay(width, r.draw)
}

// Try is Exec, and leaves the writing to its caller. What prints as it comes is refused.
func Try(ctx context.Context, svc Service, who view.Caller, args []string, in io.Reader, o Options) Reply {
	return try(ctx, svc, who, args, in, o, nil)
}

// try runs a command. What it prints as it comes goes to live; nil: the caller keeps the answer.
func try(
	ctx context.Context, svc Service, who view.Caller, args []string, in io.Reader, o Options, live io.Writer,
) Reply {
	r := &Run{Ctx: ctx, Service: svc, Who: who, In: in, Options: o.filled(), live: live}
	asJSON, err := r.do(args)
	if err == nil && r.draw == nil {
		err = errors.New("command: command without an answer")
	}
	reply := Reply{Exit: r.exit, Next: r.next, Closed: r.closed, run: r, draw: r.draw}
	switch {
	case err != nil:
	case asJSON:
		reply.object, err = jsonText(r.result)
	case r.file != nil:
		reply.object, _, err = r.printed()
		reply.note = r.file.note
	case r.asCSV():
		reply.object, err = csvText(r.result, r.columns(), r.lenient())
		reply.note = moreAt(r.next)
	}
	if err != nil {
		return r.fail(err, asJSON)
	}
	return reply
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
	if err := ledger.RefuseCard(strings.Join(args, " ")); err != nil { // before anything repeats a word of it
		return asJSON, err
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
	case args[0] == "shop" && (len(args) == 1 || strings.HasPrefix(args[1], "-")): // alone it is today
		return append([]string{"shop", "today"}, args[1:]...)
	case args[0] == "-?":
		return append([]string{"help"}, args[1:]...)
	case args[0] == "-V", args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

// lay is a text in a width and in the person's zone. Only of a terminal the width is known, and there a table that is
// wider is no table any more.
func (r *Run) lay(width int, draw func(*textWriter)) string {
	s := &textWriter{width: width, fit: width > 0, zone: ZoneOf(r.Me.Zone)}
	if width <= 0 {
		s.width = maxWidth
	}
	draw(s)
	return s.out.String()
}
