package ssh

import (
	"errors"
	"log/slog"
	"reflect"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Options make a Server. HostKey, Front and Now are needed.
type Options struct {
	HostKey gossh.Signer     // the key by which clients know the service
	Front   Front            // screens and commands
	Host    string           // what is typed after ssh: "-p 2222 pay.example"; in messages only
	Limits  Limits           // zero fields take the defaults
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // for the length of sessions
	Observe func(Event)      // called for each Event, from many goroutines; nil: not at all
}

// Limits bound what clients with and without an account may use up. A zero field takes the value of DefaultLimits.
type Limits struct {
	// An address is one of IPv4, or a /64 of IPv6; a /56 may have twice and a /48 four times as much (ledger.NetworksOf).
	ConnRate               float64 // new connections per second from one address, after a burst of ten seconds' worth
	Unauthenticated        int     // connections that have not authenticated
	UnauthenticatedPerAddr int     // … from one address

	// Places of keys, as many for connections and as many for sessions. Who comes when all are taken gets the place of
	// the one that has been silent for longest in the same share.
	Strangers        int // of keys without a wallet: they cost nothing
	StrangersPerAddr int // … from one address
	Members          int // of keys with a wallet
	MembersPerAddr   int // … from one address
	Staff            int // of representatives and operators, from wherever they come
	SessionsPerKey   int // sessions of one key: the next one ends the longest-silent one

	SessionsPerConn int           // sessions on one connection, also of channels that have not asked for anything yet
	SessionRate     float64       // new sessions per second on one connection, after a burst of ten seconds' worth
	KeepAlive       time.Duration // of silence, until a client with a session is asked whether it is there
	KeepAliveMax    int           // such times in a row without an answer: then its connection is closed
	AuthTries       int           // refused keys before the connection ends
	Grace           time.Duration // from connect to authenticated; from an opened channel to its command
	Idle            time.Duration // a screen without a key; a connection without a session
	Life            time.Duration // of a connection, at most
	Notice          time.Duration // for which screens say that the service goes down, before they end
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
	RSABitsMost     int           // largest RSA key; a larger one is refused before anything is computed with it
}

// DefaultLimits are the bounds for a small machine: about 200 kB per session.
func DefaultLimits() Limits {
	return Limits{
		ConnRate: 20, Unauthenticated: 400, UnauthenticatedPerAddr: 40,
		Strangers: 400, StrangersPerAddr: 40, Members: 3500, MembersPerAddr: 200, Staff: 100, SessionsPerKey: 20,
		SessionsPerConn: 10, SessionRate: 10, KeepAlive: 2 * time.Minute, KeepAliveMax: 2, AuthTries: 3,
		Grace: 10 * time.Second, Idle: 30 * time.Minute, Life: 12 * time.Hour, Notice: 3 * time.Second,
		Exec:    10 * time.Minute,
		Stall:   20 * time.Second,
		Command: 8 << 10, Input: 1 << 20, Paste: 4 << 10, InputBurst: 32 << 10, InputRate: 8 << 10,
		Env: 32, Width: 400, Height: 200, RSABits: 2048, RSABitsMost: 8192,
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
	EventEvicted   EventKind = "evicted"   // a connection or a session made room for another; Reason names the share
	EventNoKey     EventKind = "no_key"    // a client without a usable key was told how to make one
	EventLogin     EventKind = "login"     // a key authenticated
	EventScreen    EventKind = "screen"    // a screen ended; Reason says how
	EventExec      EventKind = "exec"      // a command ended
	EventFiles     EventKind = "files"     // a session of files ended
	EventPanic     EventKind = "panic"     // a session failed; it is in the log
	EventStalled   EventKind = "stalled"   // a client that did not read was cut off
)

// withDefaults returns the limits with the defaults where a field is zero or negative. It goes through the fields by
// reflection, so that a new limit is not forgotten here and left at zero, which would refuse all or bound nothing.
func (l Limits) withDefaults() Limits {
	fields, defaults := reflect.ValueOf(&l).Elem(), reflect.ValueOf(DefaultLimits())
	for k := range fields.NumField() {
		f := fields.Field(k)
		if f.CanInt() && f.Int() <= 0 || f.CanFloat() && f.Float() <= 0 {
			f.Set(defaults.Field(k))
		}
	}
	return l
}

// check refuses options that would serve the wrong callers or none.
func (o Options) check() error {
	switch {
	case o.Front == nil:
		return errors.New("ssh: Options.Front is missing")
	case o.Now == nil:
		return errors.New("ssh: Options.Now is missing")
	case o.HostKey == nil:
		return errors.New("ssh: Options.HostKey is missing")
	case o.Limits.Width > 1000 || o.Limits.Height > 1000:
		return errors.New("ssh: a terminal may have at most 1000 columns and 1000 rows")
	}
	return nil
}
