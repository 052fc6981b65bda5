package ssh

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	gossh "golang.org/x/crypto/ssh"
)

// size is what pty-req and window-change have in common (RFC 4254 sections 6.2 and 6.7). Pixels are of no use here.
type size struct{ Columns, Rows, PixelWidth, PixelHeight uint32 }

// openTerminal keeps the name and size of a terminal and rewrites the request, so that the library sees only cleaned
// values and no modes.
func (g *gate) openTerminal(req *gossh.Request) bool {
	var want struct {
		Term                                   string
		Columns, Rows, PixelWidth, PixelHeight uint32
		Modes                                  string
	}
	if gossh.Unmarshal(req.Payload, &want) != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pty || g.started {
		return false
	}
	g.pty = true
	g.term.Term = cleanTerm(want.Term)
	g.term.Width, g.term.Height = g.clamp(want.Columns, want.Rows)
	want.Term, want.Modes = g.term.Term, ""
	want.Columns, want.Rows = uint32(g.term.Width), uint32(g.term.Height)
	want.PixelWidth, want.PixelHeight = 0, 0
	req.Payload = gossh.Marshal(want)
	return true
}

// changeSize puts a new size into the mailbox; a flood of them leaves the last one.
func (g *gate) changeSize(req *gossh.Request) bool {
	var want size
	if gossh.Unmarshal(req.Payload, &want) != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.pty {
		return false
	}
	w, h := g.clamp(want.Columns, want.Rows)
	if w == g.term.Width && h == g.term.Height {
		return true
	}
	g.term.Width, g.term.Height = w, h
	select {
	case <-g.resize: // this goroutine is the only one that fills it
	default:
	}
	g.resize <- tea.WindowSizeMsg{Width: w, Height: h}
	return true
}

// clamp bounds a size. Zero means that the client does not know: then it is the classic one.
func (g *gate) clamp(columns, rows uint32) (width, height int) {
	if columns == 0 {
		columns = 80
	}
	if rows == 0 {
		rows = 24
	}
	return int(min(columns, uint32(g.s.limits.Width))), int(min(rows, uint32(g.s.limits.Height)))
}

// setEnv keeps one of the few variables that mean something here.
func (g *gate) setEnv(req *gossh.Request) bool {
	var pair struct{ Name, Value string }
	if gossh.Unmarshal(req.Payload, &pair) != nil {
		return false
	}
	if !slices.Contains([]string{"TERM", "NO_COLOR", "COLORTERM", "LANG"}, pair.Name) || !plain(pair.Value) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started {
		return false
	}
	g.term.Env[pair.Name] = pair.Value
	return true
}

// terminal is what the session has said about its terminal; ok is false if it has none.
func (g *gate) terminal() (t Terminal, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t = g.term
	if named := cleanTerm(t.Env["TERM"]); t.Term == "unknown" && !g.pty {
		t.Term = named
	}
	env := []string{"TERM=" + t.Term}
	for _, name := range []string{"NO_COLOR", "COLORTERM"} {
		if v, sent := t.Env[name]; sent {
			env = append(env, name+"="+v)
		}
	}
	t.Profile = colorprofile.Env(env)
	return t, g.pty
}

// cleanTerm answers the name of a terminal if it looks like one.
func cleanTerm(name string) string {
	if name == "" || len(name) > 64 {
		return "unknown"
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+.", r) {
			return "unknown"
		}
	}
	return name
}

// plain tells whether a value is short printable ASCII.
func plain(v string) bool {
	if len(v) > 64 {
		return false
	}
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return true
}
