package ssh

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/ssh/files"
	"tuppence/tui"
	"tuppence/tui/command"
	"tuppence/tui/plain"
)

// Front is what the chain of a session leads to. Contexts end when the session does.
type Front interface {
	// Role says what a key is: RoleNone for one without a wallet. It is asked when a key has authenticated and for each
	// session, to know whose places it takes.
	Role(ctx context.Context, who view.Caller) (ledger.Role, error)
	// Screen returns the program of a session with a terminal.
	Screen(ctx context.Context, who view.Caller, t Terminal) tea.Model
	// Plain talks in lines until the person leaves, and returns the cause if something else ends it.
	Plain(ctx context.Context, who view.Caller, t PlainTalk, in io.Reader, out io.Writer) error
	// SpeaksPlain says whether a terminal is talked to in lines although nobody has asked for it.
	SpeaksPlain(ctx context.Context, who view.Caller, t Terminal) bool
	// Exec runs one command and returns its exit code, of package tui. Width is asked when something is printed: the
	// columns of the terminal, 0 without one.
	Exec(
		ctx context.Context, who view.Caller, width func() int, args []string, in io.Reader, out, errw io.Writer,
	) int
	// Files speaks SFTP until the client leaves, and returns the cause if something else ends it. Tell says a line for the
	// person, beside the protocol. HasFiles says whether there are any.
	Files(ctx context.Context, who view.Caller, rw io.ReadWriteCloser, tell func(string)) error
	HasFiles() bool
	// Opens says whether the words of a command open a screen at a terminal (ssh -t HOST history).
	Opens(args []string) bool
}

// Terminal is what is known about the other end of a screen. Everything in it is bounded and cleaned.
type Terminal struct {
	Term          string // name, "unknown" if it was not one
	Width, Height int    // cells
	Profile       colorprofile.Profile
	Env           map[string]string // of TERM, NO_COLOR, COLORTERM, LANG, LC_CTYPE, LC_ALL: those that were sent
	Start         []string          // words that came with ssh -t, see Front.Opens
}

// PlainTalk is what is known about the other end of a talk in lines.
type PlainTalk struct {
	Terminal bool          // it has a terminal, which shows what we echo and wants CR LF
	ASCII    bool          // its locale has no other letters
	Start    []string      // words of a command that comes first
	Told     <-chan string // that it ends soon, in a sentence
}

// FrontOptions are for NewFront.
type FrontOptions struct {
	Log   *slog.Logger     // where internal errors of commands go; nil: nowhere
	Now   func() time.Time // for "--since 7d"
	NewID func() string    // idempotency keys and ids of errors; nil: random
	// Version of the program, as the command version tells it; "": "unknown".
	Version string
	// Files is what is shown as files; nil: there are none.
	Files files.Service
	// Screen makes the screens of a session; nil: those of package tui.
	Screen func(ctx context.Context, svc command.Service, who view.Caller, t Terminal) tea.Model
}

// NewFront returns the screens and commands of package tui.
func NewFront(svc command.Service, o FrontOptions) Front {
	f := &front{svc, o}
	if f.o.Screen == nil {
		f.o.Screen = f.places
	}
	return f
}

type front struct {
	svc command.Service
	o   FrontOptions
}

// Role implements Front.
func (f *front) Role(ctx context.Context, who view.Caller) (ledger.Role, error) {
	me, err := f.svc.WhoAmI(ctx, who)
	if _, refused := errors.AsType[*ledger.Refusal](err); refused {
		return ledger.RoleNone, nil // a key that opens nothing: what it asks for is refused in words
	}
	return me.Role, err
}

// Screen implements Front.
func (f *front) Screen(ctx context.Context, who view.Caller, t Terminal) tea.Model {
	who.Session = true
	return f.o.Screen(ctx, f.svc, who, t)
}

// places makes the screens of package tui. Words that came with ssh -t name the place that opens first.
func (f *front) places(ctx context.Context, svc command.Service, who view.Caller, t Terminal) tea.Model {
	o := tui.ScreenOptions{
		Width: t.Width, Height: t.Height, Profile: t.Profile, Now: f.o.Now, Log: f.o.Log, NewID: f.o.NewID,
		Version: f.o.Version, Term: t.Term, Locale: t.locale(),
	}
	if c, code := opened(t.Start); c != nil {
		o.Start, o.Invite = c.Place, code
	}
	return tui.New(ctx, svc, who, o)
}

// Plain implements Front.
func (f *front) Plain(ctx context.Context, who view.Caller, t PlainTalk, in io.Reader, out io.Writer) error {
	who.Session = true
	return plain.Run(ctx, f.svc, who, in, out, plain.Options{
		Terminal: t.Terminal, ASCII: t.ASCII, Start: t.Start, Told: t.Told, Now: f.o.Now, Log: f.o.Log, NewID: f.o.NewID,
		Version: f.o.Version,
	})
}

// SpeaksPlain implements Front: a dumb terminal has no screen, and a person may have asked for lines once and for all.
func (f *front) SpeaksPlain(ctx context.Context, who view.Caller, t Terminal) bool {
	if t.Term == "dumb" {
		return true
	}
	me, err := f.svc.WhoAmI(ctx, who) // a screen that cannot ask says so itself
	return err == nil && me.Plain
}

// Exec implements Front.
func (f *front) Exec(
	ctx context.Context, who view.Caller, width func() int, args []string, in io.Reader, out, errw io.Writer,
) int {
	o := command.Options{Log: f.o.Log, Now: f.o.Now, NewID: f.o.NewID, Version: f.o.Version, Width: width}
	return command.Exec(ctx, f.svc, who, args, in, out, errw, o)
}

// HasFiles implements Front.
func (f *front) HasFiles() bool { return f.o.Files != nil }

// Files implements Front.
func (f *front) Files(ctx context.Context, who view.Caller, rw io.ReadWriteCloser, tell func(string)) error {
	return files.Serve(ctx, f.o.Files, who, files.Options{Now: f.o.Now, Log: f.o.Log, Tell: tell}, rw)
}

// Opens implements Front: the bare path of a command that has a screen opens it; with arguments or flags the command
// runs, also at a terminal. The code of an invitation opens the sign-up, since a vendor's link leads here.
func (f *front) Opens(args []string) bool {
	c, _ := opened(args)
	return c != nil
}

// opened returns the command with a screen that these words name, nil if there is none, and the code that came with it.
func opened(args []string) (c *command.Command, code string) {
	if len(args) == 2 && args[0] == "join" && !strings.HasPrefix(args[1], "-") {
		args, code = args[:1], args[1]
	}
	path := strings.Join(args, " ")
	for _, c := range command.Commands() {
		if c.Path == path && c.Place != "" {
			return &c, code
		}
	}
	return nil, ""
}

// locale is the one that is in force for letters, as POSIX orders what was sent.
func (t Terminal) locale() string { return cmp.Or(t.Env["LC_ALL"], t.Env["LC_CTYPE"], t.Env["LANG"]) }
