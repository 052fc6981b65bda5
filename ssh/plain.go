package ssh

import (
	"context"
	"io"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/time/rate"

	"tuppence/tui"
	"tuppence/tui/command"
)

// talk serves a talk in lines. It lives as a screen does: it ends after a time without a key and at a restart, and
// what is typed is read at a bounded rate.
func (s *Server) talk(v *session, pty bool) {
	idle := time.AfterFunc(s.limits.Idle, func() { v.end(endIdle(s.limits.Idle)) })
	defer idle.Stop()
	told := make(chan string, 3) // one of each kind
	warned := s.warnings(v, func(msg tea.Msg) {
		if e, is := msg.(tui.Ending); is {
			select {
			case told <- e.Words():
			default: // the talk has not read the one before
			}
		}
	})
	defer warned.stop()
	// A command inside may not see its context at once; closing the connection wakes it.
	stop := context.AfterFunc(v.ctx, v.closeIfNotDone)
	defer stop()

	in := &lineInput{
		r: v.ch, ctx: v.ctx, key: func() { idle.Reset(s.limits.Idle); warned.key() },
		limit: rate.NewLimiter(rate.Limit(s.limits.InputRate), max(s.limits.InputBurst, 1024)),
	}
	t, _ := v.terminal()
	how := PlainTalk{Terminal: pty, ASCII: onlyASCII(t.locale()), Start: v.start, Told: told}
	out := stallWriter{v.ch, v.conn}
	err := s.front.Plain(v.ctx, v.who, how, in, out)
	v.outcome = outcome{EventScreen, endQuit.code, endQuit.reason}
	switch end := endOf(v.ctx); {
	case end != nil:
		v.outcome.code, v.outcome.reason = end.code, end.reason
		if end.text != "" {
			// Behind what was said, so in the same stream: a client may show what comes in the other one before it.
			line := end.text + "\n"
			if pty {
				line = end.text + "\r\n"
			}
			_, _ = io.WriteString(out, line)
		}
	case err != nil: // it has been told
		v.outcome.code = command.ExitInternal
	}
}

// onlyASCII says whether a locale that was sent has no letters but those of ASCII, as far as we can write it.
func onlyASCII(lang string) bool {
	lang = strings.ReplaceAll(strings.ToLower(lang), "-", "")
	return lang != "" && !strings.Contains(lang, "utf8")
}

// lineInput is what a person types, at a bounded rate.
type lineInput struct {
	r     io.Reader
	ctx   context.Context // of the session
	key   func()
	limit *rate.Limiter
}

// Read implements io.Reader.
func (i *lineInput) Read(p []byte) (int, error) {
	n, err := i.r.Read(p[:min(len(p), 1024)])
	if n > 0 {
		i.key()
		if late := i.limit.WaitN(i.ctx, n); late != nil {
			return 0, late
		}
	}
	return n, err
}
