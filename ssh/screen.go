package ssh

import (
	"fmt"
	"io"
	"reflect"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	cssh "github.com/charmbracelet/ssh"
	"golang.org/x/time/rate"
)

// runScreen is the end of the chain: a program of Bubble Tea for a session with a terminal, a word of help for one
// without, and a talk in lines for those who want it or have no screen.
func (s *Server) runScreen(cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		if v := sessionOf(sess); !s.talked(sess, v) {
			s.screen(v)
		}
	}
}

// talked does what there is without a screen; false if one is to be opened.
func (s *Server) talked(sess cssh.Session, v *session) bool {
	t, pty := v.terminal()
	switch {
	case v.plain:
		s.talk(v, pty)
	case !pty:
		v.usage(sess, "A screen needs a terminal: ssh -t %s\nWithout one, give a command: ssh %s help\n"+
			"Or talk in plain lines: ssh %s plain", s.host, s.host, s.host)
	case s.front.SpeaksPlain(v.ctx, v.who, t):
		s.talk(v, pty)
	default:
		return false
	}
	return true
}

// screen draws on the raw channel, because the painter writes its own line ends. Of Bubble Tea it uses the event loop;
// its reader of keys (see input), its renderer (a ticker, and writes under the lock that the loop needs), its signal
// handlers and its recovery (which prints to the server's own output) are replaced.
func (s *Server) screen(v *session) {
	p := s.painterOf(v)
	idle := time.AfterFunc(s.limits.Idle, func() { v.end(endIdle(s.limits.Idle)) })
	defer idle.Stop()

	s.play(v, p, idle)

	end := endOf(v.ctx)
	if end == nil {
		end = endQuit
	}
	p.close(end.text)
	v.outcome = outcome{EventScreen, end.code, end.reason}
}

// painterOf makes the painter of a session, which is told of new sizes.
func (s *Server) painterOf(v *session) *painter {
	t, _ := v.terminal()
	p := newPainter(stallWriter{v.ch, v.conn}, t)
	v.watchSize(p, t)
	return p
}

// play runs the program until it quits or the session's context ends.
func (s *Server) play(v *session, p *painter, idle *time.Timer) {
	failed := func(r any) {
		s.reportPanic("screen", r)
		v.end(endPanic)
	}
	defer func() {
		if r := recover(); r != nil {
			failed(r)
		}
	}()
	root := s.root(v, p, failed)
	defer root.alarms.Stop()
	program := programOf(v, root)
	warned := s.warnings(v, program.Send)
	defer warned.stop()
	key := func() {
		idle.Reset(s.limits.Idle)
		warned.key()
	}
	go s.input(v, p, program.Send, failed, key).run() // ends with the channel
	p.follow(program.Send)
	if _, err := program.Run(); err != nil && v.ctx.Err() == nil {
		failed(fmt.Errorf("the program ended: %w", err))
	}
	program.Kill()
}

// root makes the model of a session.
func (s *Server) root(v *session, p *painter, failed func(any)) *rootModel {
	t, _ := v.terminal()
	t.Start = v.start
	return &rootModel{model: s.front.Screen(v.ctx, v.who, t), paint: p, failed: failed, now: s.now}
}

// programOf makes the event loop of a session.
func programOf(v *session, root *rootModel) *tea.Program {
	program := tea.NewProgram(root,
		tea.WithContext(v.ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithEnvironment([]string{}),
		tea.WithoutRenderer(), tea.WithoutSignalHandler(), tea.WithFilter(dropProcessMsgs))
	root.send = program.Send
	return program
}

// input makes what reads the keys of a session.
func (s *Server) input(v *session, p *painter, send func(tea.Msg), failed func(any), key func()) *input {
	return &input{
		r: v.ch, ctx: v.ctx, send: send, failed: failed, key: key,
		parser: parser{most: s.limits.Paste, dropped: p.bell, hears: p.hears},
		limit:  rate.NewLimiter(rate.Limit(s.limits.InputRate), max(s.limits.InputBurst, 1024)),
		hangup: func() { v.end(endHangup) },
		// The program gets the key and should leave; if it is stuck the session ends all the same.
		interrupt: func() { time.AfterFunc(endGrace, func() { v.end(endStuck) }) },
	}
}

// dropProcessMsgs drops what a program may ask of its process, which here is the server: to be suspended, to run
// others.
func dropProcessMsgs(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.SuspendMsg); ok {
		return nil
	}
	if reflect.TypeOf(msg) == execute {
		return nil
	}
	return msg
}
