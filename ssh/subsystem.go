package ssh

import (
	"context"
	"io"
	"time"

	cssh "github.com/charmbracelet/ssh"

	"tuppence/tui/command"
)

// serveFiles serves the subsystem sftp, and says of others that there are none. They are accepted first, because
// clients do not show the error stream of a request that was refused.
func (s *Server) serveFiles(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		v := sessionOf(sess)
		switch {
		case !v.wantsFiles():
			next(sess)
		case sess.Subsystem() == "sftp" && s.front.HasFiles():
			s.files(sess, v)
		default:
			v.say(sess, "There is no such subsystem here. Everything is a command: ssh %s help", s.host)
			v.outcome = outcome{EventRefused, command.ExitNotAllowed, "subsystem"}
		}
	}
}

// files serves one session of SFTP. It lives as a screen does: it ends after a time of silence and at a restart. What
// is under way then is cut off: a client that copies again within minutes gets the same view.
func (s *Server) files(sess cssh.Session, v *session) {
	idle := time.AfterFunc(s.limits.Idle, func() { v.end(endQuiet(s.limits.Idle)) })
	defer idle.Stop()
	// Reads of a channel end with the channel alone, and that is closed behind the exit code: so they are a pipe's.
	in, feed := io.Pipe()
	go func() {
		defer s.recovered("files")
		_, err := io.Copy(feed, keyedReader{v.ch, func() { idle.Reset(s.limits.Idle) }})
		_ = feed.CloseWithError(err) // nil is the end of the input
	}()
	stop := context.AfterFunc(v.ctx, func() { _ = in.Close() })
	defer stop()
	defer in.Close()
	stuck := context.AfterFunc(v.ctx, v.closeIfNotDone) // a write that waits does not see the context
	defer stuck()

	tell := func(line string) { v.say(sess, "%s", line) }
	err := s.front.Files(v.ctx, v.who, filesIO{in, stallWriter{v.ch, v.conn}}, tell)
	v.outcome = outcome{EventFiles, endQuit.code, endQuit.reason}
	switch end := endOf(v.ctx); {
	case end != nil:
		v.outcome.code, v.outcome.reason = end.code, end.reason
		if end.text != "" {
			v.say(sess, "%s", end.text)
		}
	case err != nil: // it sent what is no packet
		v.outcome.code, v.outcome.reason = command.ExitUsage, endGarbled
	}
}

// keyedReader tells of all that comes.
type keyedReader struct {
	io.Reader
	key func()
}

// Read implements io.Reader.
func (k keyedReader) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if n > 0 {
		k.key()
	}
	return n, err
}

// filesIO is both ways of a channel. To close it ends the input: the exit code comes behind.
type filesIO struct {
	*io.PipeReader
	io.Writer
}
