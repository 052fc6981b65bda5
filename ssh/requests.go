package ssh

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	gossh "golang.org/x/crypto/ssh"
)

// filteredChannel hands the library a channel whose requests were filtered. The library's own loop keeps variables
// without bound, accepts agents, and waits for the session when sizes or signals come faster than they are read.
type filteredChannel struct {
	gossh.NewChannel
	v *session
}

// Accept implements gossh.NewChannel.
func (n filteredChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := n.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	ch = heardChannel{ch, n.v}
	n.v.ch, n.v.requests = ch, in
	out := make(chan *gossh.Request)
	go func() {
		defer close(out)
		defer n.v.s.recovered("requests")
		grace := time.AfterFunc(n.v.s.limits.Grace, func() { ch.Close() })
		defer grace.Stop()
		n.v.filter(out)
	}()
	return ch, out, nil
}

// filter passes on what the library is to see and replies to the rest, until a shell, a command or a subsystem was
// passed on: the library has nothing to see after it. It never waits for the session: of what comes often (sizes) the
// last is kept.
func (v *session) filter(out chan<- *gossh.Request) {
	for req := range v.requests {
		pass, ok := false, false
		switch req.Type {
		case "pty-req":
			pass = v.openTerminal(req)
		case "shell", "exec", "subsystem":
			pass = v.ask(req)
		case "window-change":
			ok = v.changeSize(req)
		case "env":
			if v.envs++; v.envs > v.s.limits.Env {
				v.ch.Close()
				continue
			}
			ok = v.setEnv(req)
		case "signal":
			v.signal(req)
		default: // agents, X11, breaks and what is to come
		}
		if !pass {
			_ = req.Reply(ok, nil)
			continue
		}
		if out <- req; v.hasStarted() { // the library replies
			return
		}
	}
}

// ask lets through the one shell, command or subsystem of a session.
func (v *session) ask(req *gossh.Request) bool {
	if req.Type == "shell" {
		req.Payload = gossh.Marshal(struct{ Line string }{})
	} else if gossh.Unmarshal(req.Payload, &struct{ Line string }{}) != nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked {
		return false
	}
	v.asked = true
	v.files = req.Type == "subsystem"
	return true
}

// signal ends the session for the signals that ask for it; the others mean nothing to a session without a process.
func (v *session) signal(req *gossh.Request) {
	var sig struct{ Name string }
	if gossh.Unmarshal(req.Payload, &sig) != nil {
		return
	}
	switch sig.Name {
	case "INT", "TERM", "HUP", "QUIT", "KILL":
		v.end(endSignal)
	}
}

// openTerminal keeps the name and size of a terminal and rewrites the request (RFC 4254 section 6.2), so that the
// library sees only cleaned values and no modes.
func (v *session) openTerminal(req *gossh.Request) bool {
	var want struct {
		Term                                   string
		Columns, Rows, PixelWidth, PixelHeight uint32
		Modes                                  string
	}
	if gossh.Unmarshal(req.Payload, &want) != nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.pty || v.asked {
		return false
	}
	v.pty = true
	v.term.Term = cleanTerm(want.Term)
	v.term.Width, v.term.Height = v.clamp(want.Columns, want.Rows)
	want.Term, want.Modes = v.term.Term, ""
	want.Columns, want.Rows = uint32(v.term.Width), uint32(v.term.Height)
	want.PixelWidth, want.PixelHeight = 0, 0
	req.Payload = gossh.Marshal(want)
	return true
}

// changeSize tells the painter a new size (RFC 4254 section 6.7); of a flood of them it has the last one.
func (v *session) changeSize(req *gossh.Request) bool {
	var want struct{ Columns, Rows, PixelWidth, PixelHeight uint32 }
	if gossh.Unmarshal(req.Payload, &want) != nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.pty {
		return false
	}
	w, h := v.clamp(want.Columns, want.Rows)
	if w == v.term.Width && h == v.term.Height {
		return true
	}
	v.term.Width, v.term.Height = w, h
	if v.paint != nil {
		v.paint.resize(w, h)
	}
	return true
}

// watchSize tells a painter of new sizes, also of one that came since the terminal was looked at.
func (v *session) watchSize(p *painter, seen Terminal) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paint = p
	if w, h := v.term.Width, v.term.Height; w != seen.Width || h != seen.Height {
		p.resize(w, h)
	}
}

// clamp bounds a size. Zero means that the client does not know: then it is the classic one.
func (v *session) clamp(columns, rows uint32) (width, height int) {
	if columns == 0 {
		columns = 80
	}
	if rows == 0 {
		rows = 24
	}
	return int(min(columns, uint32(v.s.limits.Width))), int(min(rows, uint32(v.s.limits.Height)))
}

// setEnv keeps one of the few variables that mean something here.
func (v *session) setEnv(req *gossh.Request) bool {
	var pair struct{ Name, Value string }
	if gossh.Unmarshal(req.Payload, &pair) != nil {
		return false
	}
	known := []string{"TERM", "NO_COLOR", "COLORTERM", "LANG", "LC_CTYPE", "LC_ALL"}
	if !slices.Contains(known, pair.Name) || !printable(pair.Value) {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked {
		return false
	}
	v.term.Env[pair.Name] = pair.Value
	return true
}

// terminal returns what the client has said about its terminal; ok is false if it has none.
func (v *session) terminal() (t Terminal, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.term
	if named := cleanTerm(t.Env["TERM"]); t.Term == unknownTerm && !v.pty {
		t.Term = named
	}
	env := []string{"TERM=" + t.Term}
	for _, name := range []string{"NO_COLOR", "COLORTERM"} {
		if value, sent := t.Env[name]; sent {
			env = append(env, name+"="+value)
		}
	}
	t.Profile = colorprofile.Env(env)
	return t, v.pty
}

// unknownTerm stands for a terminal without a usable name.
const unknownTerm = "unknown"

// cleanTerm returns the name of a terminal if it looks like one, unknownTerm otherwise: names are repeated in messages,
// and those of terminfo have letters, digits and few marks.
func cleanTerm(name string) string {
	if name == "" || len(name) > 64 {
		return unknownTerm
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+.", r) {
			return unknownTerm
		}
	}
	return name
}

// printable says whether a value is short printable ASCII.
func printable(value string) bool {
	if len(value) > 64 {
		return false
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}
