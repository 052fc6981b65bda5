package ssh

import (
	"context"
	"errors"
	"io"
	"time"

	cssh "github.com/charmbracelet/ssh"

	"tuppence/tui/command"
)

// runCommand runs the command line of a session, if it has one that does not open a screen.
func (s *Server) runCommand(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		if !s.ran(sess) {
			next(sess)
		}
	}
}

// ran runs a command, or says why it cannot; false if a screen or a talk is to be opened.
func (s *Server) ran(sess cssh.Session) bool {
	v := sessionOf(sess)
	line := sess.RawCommand()
	if len(line) > s.limits.Command {
		v.usage(sess, "The command line has %d bytes; at most %d are read.", len(line), s.limits.Command)
		return true
	}
	args, err := command.Words(line)
	if err != nil {
		v.usage(sess, "Not understood: %v.", err)
		return true
	}
	if len(args) > 1 && (args[0] == "scp" || args[0] == "rsync") {
		v.usage(sess, "Files are copied by SFTP: with scp -s if your OpenSSH is older than 9, or with sftp; not with rsync.")
		return true
	}
	t, pty := v.terminal()
	switch {
	case len(args) == 1 && args[0] == "plain":
		v.plain = true
	case len(args) > 0 && (!pty || t.Term == "dumb" || !s.front.Opens(args)):
		s.run(sess, v, args, pty)
		return true
	default:
		v.start = args
	}
	return false
}

// usage tells a client that it asked for nothing that can be run.
func (v *session) usage(sess cssh.Session, format string, args ...any) {
	v.say(sess, format, args...)
	v.outcome = outcome{EventExec, command.ExitUsage, "usage"}
}

// run runs one command. Its context ends when the client goes away or sends a signal, when it takes too long, and
// when the service stops for good; the end of its input does not end it (ssh -n).
func (s *Server) run(sess cssh.Session, v *session, args []string, pty bool) {
	if !command.Follows(args) { // that ends with its session, and no restart waits for it
		v.becomeCommand()
		limit := time.AfterFunc(s.limits.Exec, func() { v.end(endExec(s.limits.Exec)) })
		defer limit.Stop()
	}
	// A command that waits for input does not see its context; closing the connection wakes it.
	stop := context.AfterFunc(v.ctx, v.closeIfNotDone)
	defer stop()

	in := &stdin{
		r: v.ch, ctx: v.ctx, left: s.limits.Input, typed: pty, interrupt: func() { v.end(endSignal) },
	}
	out, errw := stallWriter{sess, v.conn}, stallWriter{sess.Stderr(), v.conn}
	code := s.front.Exec(v.ctx, v.who, v.columns, args, in, out, errw)
	v.outcome = outcome{EventExec, code, "done"}
	if end := endOf(v.ctx); end != nil {
		v.outcome.reason = end.reason
		if end.text != "" && code != command.ExitOK {
			v.say(sess, "%s", end.text)
			v.outcome.code = end.code
		}
	}
}

// columns are those of the terminal now, 0 if the session has none.
func (v *session) columns() int {
	t, pty := v.terminal()
	if !pty {
		return 0
	}
	return t.Width
}

// closeIfNotDone gives a command that was ended a moment to return.
func (v *session) closeIfNotDone() {
	t := time.NewTimer(endGrace)
	defer t.Stop()
	select {
	case <-v.done:
	case <-t.C:
		v.conn.Close()
	}
}

var errTooMuchInput = errors.New("more input than a command may read")

// stdin is the input of a command: bounded, and an error, not an end, when there is more, so that half of an input is
// never taken for the whole. From a terminal in raw mode it understands the keys that a line discipline would.
type stdin struct {
	r         io.Reader
	ctx       context.Context // of the session: reads end with it
	left      int             // bytes that may still be read
	typed     bool            // it comes from a terminal
	interrupt func()
}

// Read implements io.Reader.
func (i *stdin) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	if i.left <= 0 {
		return 0, errTooMuchInput
	}
	if len(p) > i.left {
		p = p[:i.left]
	}
	n, err := i.r.Read(p)
	i.left -= n
	if !i.typed {
		return n, err
	}
	for k := range n {
		switch p[k] {
		case '\r':
			p[k] = '\n'
		case 0x03: // ctrl+c
			i.interrupt()
			return k, context.Canceled
		case 0x04: // ctrl+d
			return k, io.EOF
		}
	}
	return n, err
}
