package ssh

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
	gossh "golang.org/x/crypto/ssh"
)

// Server is the SSH front.
type Server struct {
	front    Front
	host     string
	limits   Limits
	log      *slog.Logger
	now      func() time.Time
	observer func(Event)
	signer   gossh.Signer
	library  *cssh.Server
	admit    *admission

	mu       sync.Mutex
	closing  bool
	listener net.Listener // nil before Serve
	conns    map[*conn]struct{}
	live     map[*gate]struct{}
	running  sync.WaitGroup // all that runs for connections; added to under mu and never once closing
	ended    chan struct{}  // capacity 1: a session has ended
	stopped  chan struct{}  // closed when Shutdown is through
}

// New checks the options and loads or makes the host key.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	signer := o.HostKey
	if signer == nil {
		var err error
		if signer, err = loadHostKey(o.HostKeyPath); err != nil {
			return nil, err
		}
	}
	s := &Server{
		front: o.Front, host: o.Host, limits: o.Limits.withDefaults(), log: o.Log, now: o.Now, observer: o.Observe,
		signer: signer,
		conns:  map[*conn]struct{}{}, live: map[*gate]struct{}{},
		ended: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.admit = newAdmission(s.limits)
	if err := s.build(); err != nil {
		return nil, err
	}
	return s, nil
}

// build sets the library up. Each of its tables is filled by us or empty: nothing is on by default, and the time limits
// are ours (conn.go), because those of the library are renewed by every write.
func (s *Server) build() (err error) {
	s.library, err = wish.NewServer(
		func(l *cssh.Server) error { l.AddHostKey(s.signer); return nil },
		cssh.EmulatePty(),
		wish.WithVersion("tuppence"),
		wish.WithPublicKeyAuth(s.offered),
		wish.WithKeyboardInteractiveAuth(s.letVisitor),
		wish.WithMiddleware(s.route, s.account, s.contain), // the last one runs first
	)
	if err != nil {
		return fmt.Errorf("ssh: %w", err)
	}
	s.library.ServerConfigCallback = s.config
	s.library.ConnCallback = s.wrap
	s.library.ChannelHandlers = map[string]cssh.ChannelHandler{"session": s.session}
	s.library.RequestHandlers = map[string]cssh.RequestHandler{}
	s.library.SubsystemHandlers = map[string]cssh.SubsystemHandler{}
	return nil
}

// HostKey is the public half of the host key.
func (s *Server) HostKey() gossh.PublicKey { return s.signer.PublicKey() }

// Addr is where the Server listens, nil before Serve.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve lets people in at the listener, which it takes over, until Shutdown is called, and returns when the last of
// them has left; then the error is nil. Any other end of the listener is an error: Shutdown is still to be called. A
// Server serves once.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closing || s.listener != nil {
		s.mu.Unlock()
		l.Close()
		return nil
	}
	s.listener = l
	s.mu.Unlock()
	if err := s.accept(l); err != nil {
		return err
	}
	<-s.stopped
	return nil
}

// accept runs until the listener is closed. A listener that fails for a moment (no more files) is asked again.
func (s *Server) accept(l net.Listener) error {
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			s.greet(nc)
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

// greet hands a new connection to the library, in a goroutine that cannot take the process down.
func (s *Server) greet(nc net.Conn) {
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

// recovered ends a panic of one goroutine: in the log once, and no further.
func (s *Server) recovered(where string) {
	if r := recover(); r != nil {
		s.reportPanic(where, r)
	}
}

func (s *Server) observe(e Event) {
	if s.observer != nil {
		s.observer(e)
	}
}

// Load is how much is going on.
type Load struct{ Conns, Strangers, Sessions int }

// Load counts connections, those of them that have not authenticated, and sessions.
func (s *Server) Load() Load { return s.admit.load() }
