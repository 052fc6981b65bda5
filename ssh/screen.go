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
		v := sessionOf(sess)
		t, pty := v.terminal()
		t.Start = v.start
		switch {
		case v.plain:
			s.talk(v, pty)
		case !pty:
			v.usage(sess, "A screen needs a terminal: ssh -t %s\nWithout one, give a command: ssh %s help\n"+
				"Or talk in plain lines: ssh %s plain", s.host, s.host, s.host)
		case s.front.SpeaksPlain(v.ctx, v.who, t):
			s.talk(v, pty)
		default:
			s.screen(v, t)
		}
	}
}

// screen draws on the raw channel, because the painter writes its own line ends. Of Bubble Tea it uses the event loop;
// its reader of keys (see input), its renderer (a ticker, and writes under the lock that the loop needs), its signal
// handlers and its recovery (which prints to the server's own output) are replaced.
func (s *Server) screen(v *session, t Terminal) {
	p := newPainter(stallWriter{v.ch, v.conn}, t)
	v.watchSize(p, t)
	idle := time.AfterFunc(s.limits.Idle, func() { v.end(endIdle(s.limits.Idle)) })
	defer idle.Stop()

	s.play(v, t, p, func() { idle.Reset(s.limits.Idle) })

	end := endOf(v.ctx)
	if end == nil {
		end = endQuit
	}
	p.close(end.text)
	v.outcome = outcome{EventScreen, end.code, end.reason}
}

// play runs the program until it quits or the session's context ends.
func (s *Server) play(v *session, t Terminal, p *painter, key func()) {
	failed := func(r any) {
		s.reportPanic("screen", r)
		v.end(endPanic)
	}
	defer func() {
		if r := recover(); r != nil {
			failed(r)
		}
	}()
	root := &rootModel{model: s.front.Screen(v.ctx, v.who, t), paint: p, failed: failed, now: s.now}
	defer root.alarms.Stop()
	program := tea.NewProgram(root,
		tea.WithContext(v.ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithEnvironment([]string{}),
		tea.WithoutRenderer(), tea.WithoutSignalHandler(), tea.WithFilter(dropProcessMsgs))
	root.send = program.Send
	warned := s.warnings(v, program.Send)
	defer warned.stop()
	in := &input{
		r: v.ch, ctx: v.ctx, send: program.Send, failed: failed,
		key:    func() { key(); warned.key() },
		parser: parser{most: s.limits.Paste, dropped: p.bell, hears: p.hears},
		limit:  rate.NewLimiter(rate.Limit(s.limits.InputRate), max(s.limits.InputBurst, 1024)),
		hangup: func() { v.end(endHangup) },
		// The program gets the key and should leave; if it is stuck the session ends all the same.
		interrupt: func() { time.AfterFunc(endGrace, func() { v.end(endStuck) }) },
	}
	go in.run() // ends with the channel
	p.follow(program.Send)
	if _, err := program.Run(); err != nil && v.ctx.Err() == nil {
		failed(fmt.Errorf("the program ended: %w", err))
	}
	program.Kill()
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
