package ssh

import (
	"context"
	"io"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/ledger"
)

// Front is what stands behind the door. Contexts end when the session does.
type Front interface {
	// Screen answers the program of a session with a terminal.
	Screen(ctx context.Context, who ledger.Caller, t Terminal) tea.Model
	// Exec runs one command and answers its exit code.
	Exec(ctx context.Context, who ledger.Caller, args []string, in io.Reader, out, errw io.Writer) int
}

// Opener is a Front that opens a screen for some commands when they come with a terminal (ssh -t HOST history).
type Opener interface {
	// Opens tells whether these words name a screen.
	Opens(args []string) bool
}

// Terminal is what is known about the other end of a screen. Everything in it is bounded and cleaned.
type Terminal struct {
	Term          string // name, "unknown" if it was not one
	Width, Height int    // cells
	Profile       colorprofile.Profile
	Env           map[string]string // of TERM, NO_COLOR, COLORTERM, LANG: those that were sent
	Start         []string          // words that came with ssh -t, see Opener
}
