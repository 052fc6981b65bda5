package ssh

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/tui"

	tea "github.com/charmbracelet/bubbletea"
)

// FrontOptions are for NewFront.
type FrontOptions struct {
	Log   *slog.Logger     // where internal errors of commands go; nil: nowhere
	Now   func() time.Time // for "--since 7d"
	NewID func() string    // idempotency keys and ids of errors; nil: random
	// Version of the program, as the command version tells it; "": "unknown".
	Version string
	// Screen makes the screens of a session; nil: those of package tui.
	Screen func(ctx context.Context, svc tui.Service, who ledger.Caller, t Terminal) tea.Model
}

// NewFront puts the screens and commands of package tui behind the door.
func NewFront(svc tui.Service, o FrontOptions) Front {
	f := &front{svc, o}
	if f.o.Screen == nil {
		f.o.Screen = f.places
	}
	return f
}

type front struct {
	svc tui.Service
	o   FrontOptions
}

// Screen implements Front.
func (f *front) Screen(ctx context.Context, who ledger.Caller, t Terminal) tea.Model {
	return f.o.Screen(ctx, f.svc, who, t)
}

// places are the screens of package tui. Words that came with ssh -t name the place that opens first.
func (f *front) places(ctx context.Context, svc tui.Service, who ledger.Caller, t Terminal) tea.Model {
	o := tui.ScreenOptions{
		Width: t.Width, Height: t.Height, Profile: t.Profile, Now: f.o.Now, Log: f.o.Log, NewID: f.o.NewID,
		Version: f.o.Version,
	}
	if c := opened(t.Start); c != nil {
		o.Start = c.Place
	}
	return tui.New(ctx, svc, who, o)
}

// Exec implements Front.
func (f *front) Exec(ctx context.Context, who ledger.Caller, args []string, in io.Reader, out, errw io.Writer) int {
	return tui.Exec(ctx, f.svc, who, args, in, out, errw, tui.Options{Log: f.o.Log, Now: f.o.Now, NewID: f.o.NewID, Version: f.o.Version})
}

// Opens implements Opener: the bare path of a command that has a screen opens it; with arguments or flags the command
// runs, also at a terminal.
func (f *front) Opens(args []string) bool { return opened(args) != nil }

// opened is the command with a screen that these words are, nil if they are none.
func opened(args []string) *tui.Command {
	path := strings.Join(args, " ")
	for _, c := range tui.Commands() {
		if c.Path == path && c.Place != "" {
			return &c
		}
	}
	return nil
}
