package ssh

import (
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/time/rate"

	"tuppence/tui"
)

// screen runs a program of Bubble Tea for a session with a terminal. Of Bubble Tea it uses the event loop and the
// parser of keys; its renderer (a ticker, and writes under the lock that the loop needs), its signal handlers and its
// recovery (which prints to the server's own output) are replaced.
func (s *Server) screen(g *gate, t Terminal) (EventKind, int, string) {
	g.become(kindScreen)
	p := newPainter(guarded{g.ch, g.conn}, t)
	idle := time.AfterFunc(s.limits.Idle, func() { g.end(endIdle(s.limits.Idle)) })
	defer idle.Stop()

	s.play(g, t, p, func() { idle.Reset(s.limits.Idle) })

	end := endOf(g.ctx)
	if end == nil {
		p.close("")
		return EventScreen, tui.ExitOK, "quit"
	}
	p.close(end.text)
	return EventScreen, end.code, end.reason
}

// play runs the program until it quits or the session's context ends.
func (s *Server) play(g *gate, t Terminal, p *painter, key func()) {
	failed := func(r any) {
		s.reportPanic("screen", r)
		g.end(endPanic)
	}
	defer func() {
		if r := recover(); r != nil {
			failed(r)
		}
	}()
	w := &window{model: s.front.Screen(g.ctx, g.who, t), paint: p, failed: failed}
	in := &input{
		r: g.ch, ctx: g.ctx, paste: s.limits.Paste, key: key, dropped: p.bell,
		limit:  rate.NewLimiter(rate.Limit(s.limits.InputRate), max(s.limits.InputBurst, 1024)),
		hangup: func() { g.end(endHangup) },
		// The program gets the key and should leave; if it is stuck the person leaves all the same.
		interrupt: func() { time.AfterFunc(last, func() { g.end(endStuck) }) },
	}
	program := tea.NewProgram(w,
		tea.WithContext(g.ctx), tea.WithInput(in), tea.WithOutput(io.Discard),
		tea.WithoutRenderer(), tea.WithoutSignalHandler(), tea.WithFilter(onlyHarmless))
	w.send = program.Send
	resized := make(chan struct{})
	go func() {
		defer close(resized)
		g.resizes(program.Send, p)
	}()
	if _, err := program.Run(); err != nil && g.ctx.Err() == nil {
		failed(fmt.Errorf("the program ended: %w", err))
	}
	program.Kill()
	w.over.Store(true)
	close(g.left)
	<-resized
}

// resizes hands new sizes to the program until the session ends.
func (g *gate) resizes(send func(tea.Msg), p *painter) {
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-g.left:
			return
		case size := <-g.resize:
			p.resize(size.Width, size.Height)
			send(size)
		}
	}
}

// onlyHarmless drops what a program may ask of its process, which here is the server: to be suspended, to run others.
func onlyHarmless(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.SuspendMsg); ok {
		return nil
	}
	if fmt.Sprintf("%T", msg) == "tea.execMsg" {
		return nil
	}
	return msg
}
