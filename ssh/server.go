package ssh

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
	gossh "golang.org/x/crypto/ssh"
)

// Server accepts SSH connections and runs a screen or a command for each of their sessions.
type Server struct {
	front     Front
	host      string // what is typed after ssh
	limits    Limits
	log       *slog.Logger
	now       func() time.Time
	observer  func(Event)
	signer    gossh.Signer
	library   *cssh.Server
	admission *admission
	seats     atomic.Uint64 // how many sessions there were: the number of the last

	mu       sync.Mutex // may be taken while a conn's mutex is held, never the other way round
	closing  bool
	listener net.Listener // nil before Serve
	conns    map[*conn]struct{}
	live     map[*session]struct{} // identified and admitted
	running  sync.WaitGroup        // all that runs for connections; added to under mu and never once closing
	ended    chan struct{}         // capacity 1: a session has ended
	stopped  chan struct{}         // closed when Shutdown is through
}

// New checks the options and returns a Server that does not listen yet.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{
		front: o.Front, host: o.Host, limits: o.Limits.withDefaults(), log: o.Log, now: o.Now, observer: o.Observe,
		signer: o.HostKey, conns: map[*conn]struct{}{}, live: map[*session]struct{}{},
		ended: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.host == "" {
		s.host = "THIS-HOST"
	}
	s.admission = newAdmission(s.limits)
	if err := s.build(); err != nil {
		return nil, err
	}
	return s, nil
}

// build sets the library up. Only channels of type "session" have a handler, so ports are not forwarded; global
// requests have none. Its own time limits stay off, because every write renews them (connection.go).
func (s *Server) build() (err error) {
	s.library, err = wish.NewServer(
		wish.WithVersion("tuppence"),
		func(l *cssh.Server) error { l.AddHostKey(s.signer); return nil },
		cssh.WrapConn(s.accept),
		wish.WithPublicKeyAuth(s.offerKey),
		wish.WithKeyboardInteractiveAuth(s.offerNoKey),
		cssh.EmulatePty(),
		s.withChain(),
		func(l *cssh.Server) error {
			l.ServerConfigCallback = s.config
			l.ChannelHandlers = map[string]cssh.ChannelHandler{"session": s.openSession}
			return nil
		},
	)
	if err != nil {
		return fmt.Errorf("ssh: %w", err)
	}
	return nil
}

// HostKey returns the public half of the host key.
func (s *Server) HostKey() gossh.PublicKey { return s.signer.PublicKey() }

// Addr returns where the Server listens, nil before Serve.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve accepts connections from the listener, which it takes over, until Shutdown is called, and returns when Shutdown
// has; then the error is nil. Any other end of the listener is an error: Shutdown is still to be called. A Server
// serves once.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closing || s.listener != nil {
		s.mu.Unlock()
		l.Close()
		return nil
	}
	s.listener = l
	s.mu.Unlock()
	if err := s.acceptAll(l); err != nil {
		return err
	}
	<-s.stopped
	return nil
}

// acceptAll runs until the listener is closed. A listener that fails for a moment (no more files) is asked again.
func (s *Server) acceptAll(l net.Listener) error {
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			s.handle(nc)
			continue
		}
		if s.isClosing() {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("ssh: %w", err)
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.log.Warn("ssh: accept", "error", err, "again_in", pause)
		time.Sleep(pause)
	}
}

// handle hands a new connection to the library, in a goroutine that cannot take the process down: the log-in runs in
// it, and reads what a client sends before it is known. The library's own Serve does not recover.
func (s *Server) handle(nc net.Conn) {
	if !s.enter() {
		nc.Close()
		return
	}
	go func() {
		defer s.running.Done()
		defer s.recovered("connection")
		defer nc.Close()
		s.library.HandleConn(nc)
	}()
}

// enter counts something that Shutdown waits for; false if it is too late.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

func (s *Server) observe(e Event) {
	if s.observer != nil {
		s.observer(e)
	}
}

// Load is how much is connected at a moment.
type Load struct {
	Conns           int // connections
	Unauthenticated int // those of them that have not authenticated
	Sessions        int // open channels of authenticated connections
}

// Load returns the present counts.
func (s *Server) Load() Load { return s.admission.load() }
