package ssh

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/tui"
)

// FrontOptions are for NewFront.
type FrontOptions struct {
	Log   *slog.Logger     // where internal errors of commands go; nil: nowhere
	Now   func() time.Time // for "--since 7d"
	NewID func() string    // idempotency keys and ids of errors; nil: random
	// Screen makes the screens of a session. Without it this service has commands only, and says so.
	Screen func(ctx context.Context, svc tui.Service, who ledger.Caller, t Terminal) tea.Model
}

// NewFront puts the screens and commands of package tui behind the door.
func NewFront(svc tui.Service, o FrontOptions) Front { return &front{svc, o} }

type front struct {
	svc tui.Service
	o   FrontOptions
}

// Screen implements Front.
func (f *front) Screen(ctx context.Context, who ledger.Caller, t Terminal) tea.Model {
	if f.o.Screen == nil {
		return commandsOnly{}
	}
	return f.o.Screen(ctx, f.svc, who, t)
}

// Exec implements Front.
func (f *front) Exec(ctx context.Context, who ledger.Caller, args []string, in io.Reader, out, errw io.Writer) int {
	return tui.ExecWith(ctx, f.svc, who, args, in, out, errw, tui.Options{Log: f.o.Log, Now: f.o.Now, NewID: f.o.NewID})
}

// Opens implements Opener: the bare path of a command that has a screen opens it; with arguments or flags the command
// runs, also at a terminal.
func (f *front) Opens(args []string) bool {
	if f.o.Screen == nil {
		return false
	}
	path := strings.Join(args, " ")
	for _, c := range tui.Commands() {
		if c.Path == path && c.Place != "" {
			return true
		}
	}
	return false
}

// commandsOnly is what a service without screens shows.
type commandsOnly struct{}

// Init implements tea.Model.
func (commandsOnly) Init() tea.Cmd { return nil }

// Update implements tea.Model: any key leaves.
func (m commandsOnly) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.KeyMsg); ok {
		return m, tea.Quit
	}
	return m, nil
}

// View implements tea.Model.
func (commandsOnly) View() string {
	return "This service has no screens. Everything is a command: add help to the line that brought you here.\n\nAny key leaves."
}
