package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/checkout"
	"tuppence/server/funding"
	"tuppence/server/hook"
	"tuppence/server/inbound"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/server/voice"
	"tuppence/server/webhook"
	"tuppence/ssh"
	"tuppence/store"
)

// shutdownTime is how long requests and sessions that have begun may take to end.
const shutdownTime = 10 * time.Second

// errBooks says that the books take no more writes until they are opened again.
var errBooks = errors.New("the books failed")

// reopenAfter is how long the books must have worked before they are opened again by themselves: a disk that fails at
// once needs a person.
const reopenAfter = time.Minute

// serve runs the service until ctx ends or a part of it fails. When the books fail, after a failed sync for example,
// what was in flight has an unknown outcome: everything is closed, opened, audited, and goes on under the same
// addresses, once and then not more often than reopenAfter.
func serve(ctx context.Context, c Config, demo bool, out, errw io.Writer, files store.FS) error {
	if demo {
		if err := c.onlyLoopback(); err != nil {
			return err
		}
	}
	tuneRuntime(c)
	log := newLog(c, errw)
	// When the books were opened again, zero for never. Only then is an audit due: at a normal start it would keep a large
	// service from its users for minutes, and its operator has the command check.
	var reopened time.Time
	for {
		s, err := openService(ctx, c, demo, log, files)
		if err != nil {
			return err
		}
		if !reopened.IsZero() {
			if err := s.auditAgain(ctx, errw); err != nil {
				return errors.Join(err, s.close())
			}
		}
		err = errors.Join(s.run(ctx, out), s.close())
		if !errors.Is(err, errBooks) || ctx.Err() != nil || time.Since(reopened) < reopenAfter {
			return err
		}
		log.Error("the books failed: they are opened again", "error", err)
		c, out, reopened = s.c, io.Discard, time.Now()
	}
}

// service is the program running: its books, what serves them, and where it listens.
type service struct {
	c         Config
	demo      bool
	card      *funding.SimulatedCard // the demo's; nil where Stripe takes cards
	ways      []funding.PayoutWay    // in which payouts leave, beside a list
	gateway   *webhook.Gateway       // the operator's own; nil for none
	log       *slog.Logger
	listeners listeners
	engine    *store.Engine
	svc       *server.Server
	front     *ssh.Server
	meters    *meters
	operator  string   // fingerprint of the operator's key
	made      bool     // that key was made at this start
	hostKey   string   // fingerprint by which clients know the service
	files     store.FS // under the journal; nil: the machine's
	voice     []string // what a telephone service signs its calls with
}

// openService opens the listeners first, so that a taken port costs nothing, then the books, then what serves them.
func openService(ctx context.Context, c Config, demo bool, log *slog.Logger, files store.FS) (*service, error) {
	s := &service{c: c, demo: demo, log: log, files: files}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open opens the parts in this order, each with its reason:
//
//  1. The data directory, the listeners and the methods of payment: what is most often wrong costs nothing and leaves
//     nothing behind.
//  2. The secret and the operator's key. Books that exist without their secret are not opened (see keys.go).
//  3. The books. The engine's lock keeps a second service out.
//  4. The control socket, which replaces one that is there: only the owner of the books may do that.
//  5. The use cases over the books, then the SSH server over them.
//
// What was opened before an error is closed by the caller.
func (s *service) open(ctx context.Context) (err error) {
	if err := dataDir(s.c.Data); err != nil {
		return err
	}
	if s.listeners, err = listen(ctx, s.c, s.demo, s.log); err != nil {
		return err
	}
	s.c.finalize(s.listeners)
	methods, err := s.methods()
	if err != nil {
		return err
	}
	secret, err := masterSecret(s.c.Data)
	if err != nil {
		return err
	}
	sealer, err := seal.New(secret, rand.Reader)
	if err != nil {
		return err
	}
	var name string
	if s.operator, name, s.made, err = operatorKey(s.c.Data, s.c.Operator); err != nil {
		return err
	}
	s.engine, err = store.Open(filepath.Join(s.c.Data, booksDir), store.Options{
		Archive: s.c.Archive, Log: s.log.With("part", "store"), FS: s.files,
		MostlyAbsent: books.MostlyAbsent(),
	})
	if err != nil {
		return fmt.Errorf("open the books in %s: %w", s.c.Data, err)
	}
	if s.listeners.control, err = listenControl(ctx, s.c.Data); err != nil {
		return err
	}
	s.meters = newMeters(s.engine)
	if s.svc, err = server.Open(ctx, s.options(sealer, name, methods)); err != nil {
		return err
	}
	s.meters.registry.MustRegister(coverageMeter{s.svc})
	hostKey, err := hostKey(s.c.Data, s.demo)
	if err != nil {
		return err
	}
	s.hostKey = gossh.FingerprintSHA256(hostKey.PublicKey())
	s.front, err = ssh.New(ssh.Options{
		HostKey: hostKey, Log: s.log.With("part", "ssh"), Now: time.Now, Host: sshTarget(s.c),
		Front: ssh.NewFront(s.svc, ssh.FrontOptions{
			Log: s.log.With("part", "tui"), Now: time.Now, Version: version, Files: s.svc,
		}),
		Limits:  ssh.Limits{KeepAlive: time.Duration(s.c.Alive) * time.Second},
		Observe: s.meters.session,
	})
	if err == nil {
		s.meters.door(s.front.Load)
	}
	return err
}

// dataDir makes the data directory, or refuses one that others can write to: they could put books of their own there.
func dataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written to by others: run chmod 700 %s", dir, dir)
	}
	return nil
}

// options are what the service knows of its surroundings.
func (s *service) options(sealer *seal.Sealer, operatorName string, methods []funding.Method) server.Options {
	o := server.Options{
		Store: s.engine, Seal: sealer, Now: time.Now, Log: s.log.With("part", "server"), Operator: s.operator,
		OperatorName:  operatorName,
		OperatorNamed: s.c.Operator != "",
		House:         view.House{Name: s.c.Name, Host: sshTarget(s.c), URL: s.c.URL, Simulated: s.demo},
		Methods:       methods,
		Voice:         server.VoiceLine{On: len(s.voice) > 0, Number: s.c.Phone, Desk: s.c.PhoneRep},
		Ways:          s.ways,
		Gateway:       s.gateway,
		Deliver: webhook.NewSender(webhook.SenderOptions{
			Target: webhook.Target{AllowLoopback: s.demo}, Now: time.Now,
		}),
		Resolve: lookUp,
		Prove:   webhook.NewProver(webhook.Target{AllowLoopback: s.demo}, net.DefaultResolver.LookupTXT),
		Fetch:   webhook.NewFetcher(webhook.Target{AllowLoopback: s.demo}),
		// No key can log in before there is a front.
		KeyEnded: func(fingerprint string, but uint64) { s.front.End(fingerprint, but) },
	}
	return o
}

// lookUp finds the addresses of a name, as the sender of webhooks will.
func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// close gives everything back, the books last: whatever still runs may write to them. It may be called on a service of
// which only a part was opened.
func (s *service) close() error {
	s.listeners.close()
	if s.engine == nil {
		return nil
	}
	return s.engine.Close()
}

// auditAgain looks at the books after a failure, before they serve a caller again.
func (s *service) auditAgain(ctx context.Context, errw io.Writer) error {
	clean, err := audit(ctx, s.engine, errw, nil)
	if err == nil && !clean {
		err = errNotClean
	}
	return err
}

// watchBooks returns when the books have failed, or ctx ends. A second late is soon enough: after a failure the engine
// takes no writes, so nothing is sold meanwhile.
func (s *service) watchBooks(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.engine.Failure(); err != nil {
			return fmt.Errorf("%w: %w", errBooks, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// run serves until ctx ends or the first part fails, then lets everything finish that has begun, outermost first:
// listeners close, requests and commands end, the chores stop.
func (s *service) run(ctx context.Context, out io.Writer) error {
	// Three contexts, because the end has an order: ctx asks for it, running ends what takes new work, and keeping ends
	// the chores when the last request is over.
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(nil) })()
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	p := &parts{stop: stop}
	if err := s.startParts(running, keeping, p); err != nil {
		stop(err)
	}
	if context.Cause(running) == nil {
		s.log.Info("listening", "http", s.c.HTTP, "ssh", s.c.SSH, "metrics", s.c.Metrics)
		greet(out, s)
	}
	<-running.Done()
	s.log.Info("stopping: what has begun is finished first")
	s.shut(context.WithoutCancel(ctx), p.servers)
	stopKeeping()
	p.wait.Wait()
	if cause := context.Cause(running); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// parts are what runs side by side. The first that fails stops all: a service whose SSH side is gone must not go on
// selling, since its users could not lock their wallets.
type parts struct {
	wait    sync.WaitGroup
	stop    context.CancelCauseFunc
	servers []*http.Server
}

// start runs one part. A web server that was told to close has not failed.
func (p *parts) start(name string, run func() error) {
	p.wait.Go(func() {
		if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.stop(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// web starts a web server.
func (p *parts) web(name string, w *http.Server, l net.Listener) {
	p.servers = append(p.servers, w)
	p.start(name, func() error { return w.Serve(l) })
}

// startParts starts everything that the settings ask for. The demo vendor comes last, because it calls the others.
func (s *service) startParts(running, keeping context.Context, p *parts) error {
	closing := make(chan struct{})
	calls := voice.New(s.svc, voice.Options{URL: s.c.URL, Secrets: s.voice, Log: s.log.With("part", "voice")})
	public := webServer(routes(s.c, s.svc, s.engine, s.log, s.meters, closing, calls), s.log)
	public.RegisterOnShutdown(func() { close(closing) })
	p.web("http", public, capped(s.listeners.http, time.Now))
	p.web("control", webServer(controlRoutes(s.engine, s.log), s.log), s.listeners.control)
	if s.listeners.metrics != nil {
		p.web("metrics", webServer(s.meters.routes(), s.log), s.listeners.metrics)
	}
	p.start("ssh", func() error { return s.front.Serve(s.listeners.ssh) })
	p.start("housekeeping", func() error { s.svc.Run(keeping); return nil })
	p.start("books", func() error { return s.watchBooks(running) })
	if !s.demo {
		return nil
	}
	vendor, err := openDemoVendor(running, s.c, s.svc, s.operator, s.log, s.listeners.shop)
	if err != nil {
		return err
	}
	site := http.NewServeMux()
	site.Handle("/", vendor)
	if s.card != nil {
		site.Handle(cardHost+"/", s.card.Pages())
	}
	p.web("demo vendor", webServer(site, s.log), s.listeners.shop)
	if s.c.Practice {
		if err := practiseOnce(running, s.c, s.svc, s.operator); err != nil {
			return err
		}
	}
	p.start("simulated banks", func() error { s.playBanks(running); return nil })
	return nil
}

// shut closes the listeners and waits for the requests that have begun, but not longer than shutdownTime. What is cut
// off then is safe: a sale is in the journal or is not, and its idempotency key says which.
func (s *service) shut(ctx context.Context, servers []*http.Server) {
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	var leaving sync.WaitGroup
	leaving.Go(func() { _ = s.front.Shutdown(ctx) })
	for _, w := range servers {
		leaving.Go(func() {
			if w.Shutdown(ctx) != nil {
				_ = w.Close()
			}
		})
	}
	leaving.Wait()
}

// routes is the public HTTP side. Pages that wait are let go when closing is closed.
func routes(
	c Config, svc *server.Server, engine *store.Engine, log *slog.Logger, m *meters, closing <-chan struct{},
	calls http.Handler,
) http.Handler {
	mux := http.NewServeMux()
	api := hook.New(
		svc,
		hook.Options{BaseURL: c.URL, Log: log.With("part", "http"), Now: time.Now, Rate: float64(c.Rate), Burst: 2 * c.Rate},
	)
	pages := checkout.New(
		svc, checkout.Options{Log: log.With("part", "checkout"), URL: c.URL, Now: time.Now, Closing: closing},
	)
	mux.Handle("/", pages)
	mux.Handle(voice.Prefix, calls)
	mux.Handle(inbound.Prefix, inbound.New(svc, log.With("part", "inbound")))
	for _, prefix := range hook.Prefixes() {
		mux.Handle(prefix, api)
	}
	// Two questions of an orchestrator. livez: is the process there at all; restart it if not. readyz: can it sell now;
	// send it no requests if not.
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := engine.Ready(); err != nil {
			http.Error(w, "the books cannot be written", http.StatusServiceUnavailable)
			return
		}
		if _, _, err := svc.Head(ctx); err != nil {
			http.Error(w, "the books cannot be read", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	// The mux would send a path with an empty part elsewhere, and a client would follow with its body and its key: what
	// is the API's goes there as it is.
	return m.count(mux, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hook.Owns(r.URL.Path) {
			api.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// webServer has the time limits and the bound of the headers of a public address. Pages that watch lift the write limit
// themselves.
func webServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// greet prints what a person needs who starts the service for the first time: what to type, and where the data is.
func greet(out io.Writer, s *service) {
	var b strings.Builder
	c := s.c
	if s.demo {
		b.WriteString("DEMO: simulated payment methods, no real money.\n")
	}
	fmt.Fprintf(&b, "wallet    ssh %s\n", sshTarget(c))
	if s.demo {
		fmt.Fprintf(&b, "host key  %s\n", s.hostKey)
		fmt.Fprintf(&b, "shop      %s\n", demoVendorURL(c))
	} else {
		fmt.Fprintf(&b, "http      %s\n", c.URL)
	}
	if s.made {
		fmt.Fprintf(
			&b, "operator  ssh -i %s -o IdentitiesOnly=yes %s help\n", filepath.Join(c.Data, operatorFile), sshTarget(c),
		)
	}
	fmt.Fprintf(&b, "data      %s\n", c.Data)
	_, _ = io.WriteString(out, b.String())
}

// sshTarget is what people type after ssh. The port is left out where it is the usual one (RFC 4253 section 4.2).
func sshTarget(c Config) string {
	if _, port, err := net.SplitHostPort(c.SSH); err == nil && port != "22" {
		return "-p " + port + " " + c.Host
	}
	return c.Host
}

// newLog writes to the terminal or the collector of the operator. Texts are for people, JSON is for programs; the level
// is one of those that Config.check lets through.
func newLog(c Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		level = slog.LevelInfo // check has refused others
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// leastMemory is the least value of Config.Memory in MiB. With less than what is always alive, the collector would take
// half of the processor and free nothing.
const leastMemory = 256

// tuneRuntime sets the collector and the scheduler of Go for a service. What the environment says wins.
func tuneRuntime(c Config) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // under full load a third less memory at the same rate
	}
	if os.Getenv("GOMEMLIMIT") == "" { // soft: near it the collector runs more often, and nothing is refused
		debug.SetMemoryLimit(int64(c.Memory) << 20)
	}
	if os.Getenv("GOMAXPROCS") == "" { // a thread in a sync keeps its processor for a while, and of two that is half
		runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	}
}
