package ssh

import (
	"errors"
	"log/slog"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Options make a Server. Front, Now and one of HostKeyPath and HostKey are needed.
type Options struct {
	HostKeyPath string       // of the host key; made (Ed25519, mode 0600) if there is none
	HostKey     gossh.Signer // host key in memory, instead of HostKeyPath
	Front       Front
	Host        string           // what people type after ssh: "-p 2222 pay.example"; used in messages only
	Limits      Limits           // zero fields take the defaults
	Log         *slog.Logger     // nil: nothing is logged
	Now         func() time.Time // for the length of sessions
	Observe     func(Event)      // called for each Event, from many goroutines; nil: nobody looks
}

// Limits bound what strangers and members may use up. A zero field takes the value of DefaultLimits.
type Limits struct {
	Conns           int           // connections at once
	ConnsPerAddr    int           // … from one address (IPv6: one /64)
	ConnRate        float64       // new connections per second from one address, after a burst of ten seconds' worth
	Strangers       int           // connections that have not authenticated
	StrangersPer    int           // … from one address
	Sessions        int           // screens and commands at once
	SessionsPerKey  int           // … of one key
	SessionsPerConn int           // … on one connection
	SessionRate     float64       // new sessions per second on one connection, after a burst of ten seconds' worth
	AuthTries       int           // refused keys before the connection ends
	Grace           time.Duration // from connect to authenticated; from an opened channel to its command
	Idle            time.Duration // a screen without a key; a connection without a session
	Life            time.Duration // of a connection, at most
	Exec            time.Duration // of one command
	Stall           time.Duration // a write that the client does not take: then it is cut off
	Command         int           // bytes of a command line
	Input           int           // bytes that a command may read
	Paste           int           // bytes of one paste; a longer one is dropped whole
	InputBurst      int           // bytes of keys at once
	InputRate       int           // bytes of keys per second after that
	Env             int           // env requests of a session
	Width, Height   int           // cells of a terminal
	RSABits         int           // smallest RSA key
}

// DefaultLimits are the bounds for a small machine: about 200 kB per session.
func DefaultLimits() Limits {
	return Limits{
		Conns: 4000, ConnsPerAddr: 200, ConnRate: 20, Strangers: 400, StrangersPer: 40,
		Sessions: 4000, SessionsPerKey: 20, SessionsPerConn: 10, SessionRate: 10, AuthTries: 3,
		Grace: 10 * time.Second, Idle: 30 * time.Minute, Life: 12 * time.Hour, Exec: 10 * time.Minute,
		Stall:   20 * time.Second,
		Command: 8 << 10, Input: 1 << 20, Paste: 4 << 10, InputBurst: 32 << 10, InputRate: 8 << 10,
		Env: 32, Width: 400, Height: 200, RSABits: 2048,
	}
}

// Event is something to count. Kinds and reasons are words of this package and never what a client sent, so they can be
// labels of a metric.
type Event struct {
	Kind   EventKind
	Reason string        // refused: which limit; ended: how
	Took   time.Duration // ended: length of the session
}

// EventKind says what happened.
type EventKind string

// Kinds of events.
const (
	EventConnected EventKind = "connected" // a connection was let in
	EventRefused   EventKind = "refused"   // a connection or a session was not; Reason names the limit
	EventVisitor   EventKind = "visitor"   // somebody without a key got the two lines
	EventLogin     EventKind = "login"     // a key authenticated
	EventScreen    EventKind = "screen"    // a screen ended; Reason says how
	EventExec      EventKind = "exec"      // a command ended
	EventPanic     EventKind = "panic"     // a session failed; it is in the log
	EventStalled   EventKind = "stalled"   // a client that did not read was cut off
)

// withDefaults fills what is zero.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	fill(&l.Conns, d.Conns)
	fill(&l.ConnsPerAddr, d.ConnsPerAddr)
	fill(&l.ConnRate, d.ConnRate)
	fill(&l.Strangers, d.Strangers)
	fill(&l.StrangersPer, d.StrangersPer)
	fill(&l.Sessions, d.Sessions)
	fill(&l.SessionsPerKey, d.SessionsPerKey)
	fill(&l.SessionsPerConn, d.SessionsPerConn)
	fill(&l.SessionRate, d.SessionRate)
	fill(&l.AuthTries, d.AuthTries)
	fill(&l.Grace, d.Grace)
	fill(&l.Idle, d.Idle)
	fill(&l.Life, d.Life)
	fill(&l.Exec, d.Exec)
	fill(&l.Stall, d.Stall)
	fill(&l.Command, d.Command)
	fill(&l.Input, d.Input)
	fill(&l.Paste, d.Paste)
	fill(&l.InputBurst, d.InputBurst)
	fill(&l.InputRate, d.InputRate)
	fill(&l.Env, d.Env)
	fill(&l.Width, d.Width)
	fill(&l.Height, d.Height)
	fill(&l.RSABits, d.RSABits)
	return l
}

func fill[T int | float64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// check refuses options that would serve the wrong people or nobody.
func (o Options) check() error {
	switch {
	case o.Front == nil:
		return errors.New("ssh: Options.Front is missing")
	case o.Now == nil:
		return errors.New("ssh: Options.Now is missing")
	case o.HostKey == nil && o.HostKeyPath == "":
		return errors.New("ssh: Options.HostKeyPath is missing: where the host key is, or shall be")
	case o.Limits.Width > 1000 || o.Limits.Height > 1000:
		return errors.New("ssh: a terminal may have at most 1000 columns and 1000 rows")
	}
	return nil
}
