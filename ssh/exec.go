package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	cssh "github.com/charmbracelet/ssh"

	"tuppence/tui"
)

// exec runs one command. Its context ends when the client goes away or sends a signal, when it takes too long, and
// when the service stops for good; the end of its input does not end it (ssh -n).
func (s *Server) exec(sess cssh.Session, g *gate, args []string, pty bool) (EventKind, int, string) {
	return s.run(sess, g, pty, func(in io.Reader) int {
		return s.front.Exec(g.ctx, g.who, args, in, guarded{sess, g.conn}, guarded{sess.Stderr(), g.conn})
	})
}

func (s *Server) run(sess cssh.Session, g *gate, pty bool, do func(in io.Reader) int) (EventKind, int, string) {
	g.become(kindExec)
	limit := time.AfterFunc(s.limits.Exec, func() { g.end(endExec(s.limits.Exec)) })
	defer limit.Stop()
	// A command that waits for input does not see its context; closing the connection wakes it.
	stop := context.AfterFunc(g.ctx, func() { g.conn.s.closeIfNotDone(g) })
	defer stop()

	code := do(&stdin{r: g.ch, ctx: g.ctx, left: s.limits.Input, typed: pty, interrupt: func() { g.end(endSignal) }})
	end := endOf(g.ctx)
	switch {
	case end == nil:
		return EventExec, code, "done"
	case end.text != "" && code != tui.ExitOK:
		fmt.Fprintln(sess.Stderr(), end.text)
		return EventExec, end.code, end.reason
	}
	return EventExec, code, end.reason
}

// closeIfNotDone gives a command that was ended a moment to return.
func (s *Server) closeIfNotDone(g *gate) {
	t := time.NewTimer(last)
	defer t.Stop()
	select {
	case <-g.done:
	case <-t.C:
		g.conn.Close()
	}
}

// guarded writes to a client and gives the connection up if it does not read.
type guarded struct {
	io.Writer
	c *conn
}

// piece is how much a client has Limits.Stall for.
const piece = 16 << 10

// Write implements io.Writer.
func (w guarded) Write(p []byte) (n int, err error) {
	t := time.AfterFunc(w.c.s.limits.Stall, w.c.stalled)
	defer t.Stop()
	for len(p) > 0 && err == nil {
		t.Reset(w.c.s.limits.Stall)
		var k int
		k, err = w.Writer.Write(p[:min(len(p), piece)])
		n, p = n+k, p[k:]
	}
	return n, err
}

var errTooMuchInput = errors.New("more input than a command may read")

// stdin is the input of a command: bounded, and an error, not an end, when there is more, so that half of an input is
// never taken for the whole. From a terminal in raw mode it understands the two keys that a line would.
type stdin struct {
	r         io.Reader
	ctx       context.Context // of the session: reads end with it
	left      int
	typed     bool
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
