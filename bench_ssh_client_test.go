package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Settings of the clients. The doors bound what one address may have (ssh.DefaultLimits): clients come from so many
// addresses of this machine that none of the bounds is reached.
const (
	perAddress = 150 // sessions from one address
	atOnce     = 8   // connections that are opened at once

	// A frame is over when nothing has come for so long: it is one write of the server, so its parts come together,
	// and the next frame of a session comes no sooner than 8 ms later.
	frameEnd = 5 * time.Millisecond
)

// depth is a terminal by what it tells of its colours.
type depth struct{ name, term, colorterm string }

var (
	trueColour = depth{"true colour", "xterm-256color", "truecolor"}
	depths     = []depth{trueColour, {"256 colours", "xterm-256color", ""}, {"16 colours", "xterm", ""}}
)

// visitorKey is the key of a visitor, the same in every run: its wallet is found again.
func visitorKey(i int) gossh.Signer {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint64(seed, uint64(i)+1)
	key, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		panic(err) // never for a key of this kind
	}
	return key
}

// tap is a connection that can stop reading, as a client that is suspended does.
type tap struct {
	*net.TCPConn
	shut   chan struct{} // closed: nothing is read any more
	closed chan struct{}
	once   sync.Once
}

// Read implements net.Conn.
func (t *tap) Read(p []byte) (int, error) {
	select {
	case <-t.shut:
		<-t.closed
		return 0, net.ErrClosed
	default:
		return t.TCPConn.Read(p)
	}
}

// Close implements net.Conn.
func (t *tap) Close() error {
	t.once.Do(func() { close(t.closed) })
	return t.TCPConn.Close()
}

// line is one SSH connection of a client.
type line struct {
	*gossh.Client
	tap *tap
}

// dialLine logs in with the key of a visitor. A small buffer makes a client that stops reading noticed sooner.
func dialLine(ctx context.Context, to string, i, buffer int) (*line, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/perAddress), 1)}}
	c, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, err
	}
	t := &tap{TCPConn: c.(*net.TCPConn), shut: make(chan struct{}), closed: make(chan struct{})}
	if buffer > 0 {
		err = t.SetReadBuffer(buffer)
	}
	stop := context.AfterFunc(ctx, func() { _ = t.Close() })
	defer stop()
	cc, chans, reqs, err2 := gossh.NewClientConn(t, to, &gossh.ClientConfig{
		User: "any", Auth: []gossh.AuthMethod{gossh.PublicKeys(visitorKey(i))},
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err := errors.Join(err, err2); err != nil {
		_ = t.Close()
		return nil, err
	}
	return &line{gossh.NewClient(cc, chans, reqs), t}, nil
}

// reset ends a connection as a machine that was switched off and on does: with RST, without a word of SSH.
func (l *line) reset() {
	_ = l.tap.SetLinger(0)
	_ = l.tap.Close()
}

// visitor is one session at a terminal of 80x24, and what it has seen.
type visitor struct {
	line    *line
	session *gossh.Session
	keys    io.Writer
	drawn   chan struct{} // closed when the first frame is there
	changed chan struct{} // capacity 1: something was read

	mu      sync.Mutex
	bytes   int // read since the last key
	pressed time.Time
	last    time.Time // of the last byte of the frame that the key drew; zero: none yet
	over    bool      // that frame is over
}

// theQuestion is what wish asks a terminal before its first frame, and theAnswer what a terminal says.
var (
	theQuestion = []byte("\x1b[c")
	theAnswer   = []byte("\x1b]11;rgb:0000/0000/0000\x07\x1b[?62c")
	firstFrame  = []byte("How rivers freeze") // in every first frame
)

// visit opens a session on a connection and waits for its first frame.
func (l *line) visit(ctx context.Context, command string, d depth) (*visitor, error) {
	session, err := l.NewSession()
	if err != nil {
		return nil, err
	}
	v := &visitor{line: l, session: session, drawn: make(chan struct{}), changed: make(chan struct{}, 1), over: true}
	v.keys, err = session.StdinPipe()
	out, err2 := session.StdoutPipe()
	if err = errors.Join(err, err2); err == nil && d.colorterm != "" {
		err = session.Setenv("COLORTERM", d.colorterm)
	}
	if err == nil {
		err = session.RequestPty(d.term, 24, 80, gossh.TerminalModes{})
	}
	switch {
	case err != nil:
	case command == "":
		err = session.Shell()
	default:
		err = session.Start(command)
	}
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() { defer close(gone); v.read(out) }()
	select {
	case <-v.drawn:
		return v, nil
	case <-gone:
		return nil, errors.New("the session ended before its first frame")
	case <-ctx.Done():
		return nil, fmt.Errorf("no first frame: %w", ctx.Err())
	}
}

// read notes what comes until the session ends.
func (v *visitor) read(out io.Reader) {
	buf, early := make([]byte, 8<<10), []byte(nil)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		v.note(n, time.Now())
		if early == nil {
			early = make([]byte, 0, n)
		}
		select {
		case <-v.drawn:
			continue
		default:
		}
		if bytes.Contains(buf[:n], theQuestion) {
			_, _ = v.keys.Write(theAnswer)
		}
		if early = append(early, buf[:n]...); bytes.Contains(early, firstFrame) {
			close(v.drawn)
			early = early[:0:0]
		}
	}
}

// note counts bytes that were read at a time.
func (v *visitor) note(n int, at time.Time) {
	v.mu.Lock()
	v.bytes += n
	v.over = v.over || !v.last.IsZero() && at.Sub(v.last) > frameEnd
	if !v.over {
		v.last = at
	}
	v.mu.Unlock()
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

// press writes a key.
func (v *visitor) press(key byte) error {
	v.mu.Lock()
	v.bytes, v.pressed, v.last, v.over = 0, time.Now(), time.Time{}, false
	v.mu.Unlock()
	_, err := v.keys.Write([]byte{key})
	return err
}

// waited returns how long the last key took until its frame was read; false if it drew nothing.
func (v *visitor) waited() (time.Duration, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.pressed.IsZero() || v.last.IsZero() {
		return 0, false
	}
	return v.last.Sub(v.pressed), true
}

// quiet waits until nothing has come for a while, and returns the bytes since the last key.
func (v *visitor) quiet(ctx context.Context, pause time.Duration) (n int, err error) {
	for wait := time.NewTimer(pause); ; {
		select {
		case <-v.changed:
			wait.Reset(pause)
		case <-wait.C:
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.bytes, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// crowd opens sessions, one wallet each, and tells how long each waited for its first frame.
func crowd(ctx context.Context, to, command string, from, n int, d depth, buffer int) ([]*visitor, spread, error) {
	all, took, faults := make([]*visitor, n), make(spread, n), make([]error, n)
	each(ctx, n, atOnce, func(i int) {
		began := time.Now()
		l, err := dialLine(ctx, to, from+i, buffer)
		if err == nil {
			if all[i], err = l.visit(ctx, command, d); err != nil {
				_ = l.Close()
			}
		}
		took[i], faults[i] = time.Since(began), err
	})
	return all, took, errors.Join(append(faults, ctx.Err())...)
}

// leave closes connections, all at once.
func leave(all []*visitor) {
	for _, v := range all {
		_ = v.line.Close()
	}
}

// spread is how long something took, each time.
type spread []time.Duration

// part returns the value that so many per cent are below.
func (s spread) part(percent int) time.Duration {
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	return s[min(len(s)*percent/100, len(s)-1)]
}

// pause waits, because a figure is of a stretch of time.
func pause(ctx context.Context, d time.Duration) error {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
